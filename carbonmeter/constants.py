"""The constants of the formulas, each with its unit and source.

A `Constant` is a float that knows its unit: in service it is a plain number, in the dressed run of
the tests it becomes a quantity.
"""

from __future__ import annotations


class Constant(float):
    """A number with a unit, a source, and the mark of how the source was read.

    Examples
    --------
    >>> CO2_PER_C.unit
    'tCO2/tC'
    """

    unit: str
    source: str
    text: str
    confidence: str

    def __new__(
        cls, value: float, unit: str, source: str, text: str = "", confidence: str = "primary"
    ) -> Constant:
        constant = super().__new__(cls, value)
        constant.confidence = confidence
        constant.unit = unit
        constant.source = source
        constant.text = text or repr(float(value))
        return constant


CO2_PER_C = Constant(44 / 12, "tCO2/tC", "stoichiometry, integer molar masses", "44/12")
WATER_HEAT_CAPACITY = Constant(
    4.1868e-3, "GJ/t/K", "NDRC guides, hot water heat", "4.1868e-3", "memory"
)
WATER_REFERENCE_TEMPERATURE = Constant(20.0, "degC", "NDRC guides, hot water heat", "20", "memory")
FEED_WATER_ENTHALPY = Constant(
    83.74e-3, "GJ/t", "NDRC guides, steam heat: water at 20 degC", "83.74e-3", "memory"
)
