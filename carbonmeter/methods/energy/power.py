"""Coal in power units, by the power guide of the national market.

The guide demands measured carbon. Where it is missing, an upper-limit (punitive) value answers, so
that not measuring never pays; the ordinary defaults of other fuels are not admitted.
"""

from __future__ import annotations

from typing import Annotated

from carbonmeter.constants import CO2_PER_C
from carbonmeter.methods.declare import Parameter, method
from carbonmeter.methods.vocabulary import CarbonAsReceived, CarbonDioxide, FuelMass
from carbonmeter.units import Column

CLAUSES = {"CETS_AG_01_01": "coal of power units (from memory: the text was not read)"}
PUNITIVE = ("punitive",)
MEASURED_ELSE_PUNITIVE = ("measured", "punitive")

OxidationFactor = Annotated[
    Column, Parameter("1", "fraction of the coal's carbon that is oxidised in a power unit")
]


@method(activity="power_unit_combustion", scope="1", clauses=CLAUSES)
def coal_by_carbon(
    fuel: FuelMass,
    carbon_content_as_received: CarbonAsReceived,
    power_unit_oxidation_factor: OxidationFactor,
) -> CarbonDioxide:
    """Carbon dioxide from coal in a power unit, by its measured carbon."""
    return fuel * carbon_content_as_received * power_unit_oxidation_factor * CO2_PER_C


@method(activity="power_unit_combustion", scope="1", clauses=CLAUSES)
def coal_unmeasured(
    fuel: FuelMass,
    net_calorific_value: Annotated[
        Column, Parameter("GJ/t", "net calorific value, as received", MEASURED_ELSE_PUNITIVE)
    ],
    carbon_content: Annotated[Column, Parameter("tC/GJ", "upper-limit carbon per heat", PUNITIVE)],
    power_unit_oxidation_factor: OxidationFactor,
) -> CarbonDioxide:
    """Carbon dioxide from coal in a power unit whose carbon was not measured: the upper limit."""
    heat = fuel * net_calorific_value
    return heat * carbon_content * power_unit_oxidation_factor * CO2_PER_C
