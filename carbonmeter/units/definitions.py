"""Every unit the package reads, each spelling by name, and the spellings it refuses.

A text is looked up here as it stands: there are no free prefixes and no plurals, so nothing can
leak from one name into another. To accept a unit, add a line; to refuse one, say what to write.
"""

from __future__ import annotations

from typing import NamedTuple

from carbonmeter.units.species import SPECIES, SPECIES_MASSES


class Definition(NamedTuple):
    """One unit: `number` (a decimal or ratio) times `of`; a base unit names its dimension."""

    name: str
    number: str
    of: str
    spellings: tuple[str, ...] = ()
    counts: bool = True  # may be counted in 万 and 亿


class Refusal(NamedTuple):
    """Why a unit text is not used, and what to write instead."""

    rule: str
    cure: str


# What US tables weigh in pounds; no other species is.
POUNDED = ("CO2", "CH4", "N2O", "CO2e")

PLAIN: tuple[Definition, ...] = (
    # base units
    Definition("kg", "1", "[mass]", ("千克", "公斤")),
    Definition("m", "1", "[length]", ("米",)),
    Definition("s", "1", "[time]", ("秒",)),
    Definition("K", "1", "[temperature]", counts=False),
    Definition("A", "1", "[current]"),
    Definition("kmol", "1", "[amount]", ("千摩尔",), counts=False),
    Definition("Nm3", "1", "[normal_volume]", ("Nm³", "标准立方米", "标立方米", "标方")),
    Definition("CNY", "1", "[money_CNY]", ("元", "人民币元")),
    Definition("USD", "1", "[money_USD]", ("美元",)),
    Definition("EUR", "1", "[money_EUR]", ("欧元",)),
    Definition("HKD", "1", "[money_HKD]", ("港元",)),
    Definition("degC", "1", "[celsius]", ("°C", "℃", "摄氏度"), counts=False),
    # pure numbers
    Definition("percent", "1/100", "1", ("%",), counts=False),
    Definition("permille", "1/1000", "1", ("‰",), counts=False),
    Definition("basis_point", "1/10000", "1", ("基点",), counts=False),
    Definition("ppmv", "1/1000000", "1", counts=False),  # by volume: a mole fraction of a gas
    Definition("ppbv", "1/1000000000", "1", counts=False),
    # mass
    Definition("mg", "1/1000000", "kg", ("毫克",)),
    Definition("g", "1/1000", "kg", ("克",)),
    Definition("t", "1000", "kg", ("吨",)),
    Definition("Gg", "1000", "t"),
    Definition("Mt", "1000000", "t"),
    Definition("lb", "0.45359237", "kg", ("磅",)),
    Definition("short_ton", "2000", "lb", ("短吨",)),
    # length, area, volume: each power is a name of its own
    Definition("mm", "1/1000", "m", ("毫米",)),
    Definition("cm", "1/100", "m", ("厘米",)),
    Definition("km", "1000", "m", ("千米", "公里")),
    Definition("mile", "1609.344", "m", ("英里",)),
    Definition("cm2", "1/10000", "m^2", ("cm²", "平方厘米")),
    Definition("m2", "1", "m^2", ("m²", "平方米")),
    Definition("km2", "1000000", "m^2", ("km²", "平方公里", "平方千米")),
    Definition("hm2", "10000", "m^2", ("hm²",)),
    Definition("ha", "10000", "m^2", ("公顷",)),
    Definition("亩", "10000/15", "m^2"),
    Definition("cm3", "1/1000000", "m^3", ("cm³", "立方厘米")),
    Definition("dm3", "1/1000", "m^3", ("dm³",)),
    Definition("m3", "1", "m^3", ("m³", "立方米")),
    Definition("mL", "1/1000000", "m^3", ("毫升",)),
    Definition("L", "1/1000", "m^3", ("升",)),
    Definition("ML", "1000", "m^3", ("兆升",)),
    Definition("ft3", "0.028316846592", "m^3", ("立方英尺",)),
    Definition("US_gallon", "3.785411784", "L", ("美制加仑",)),
    # time; never a month, whose length differs. Rates per year are printed with a year, but a year
    # is 365, 365.25 or 366 days: it has a dimension of its own and is never turned into days.
    Definition("yr", "1", "[year]", counts=False),
    Definition("min", "60", "s", ("分钟",)),
    Definition("h", "3600", "s", ("小时",)),
    Definition("d", "86400", "s", ("天", "日")),
    # energy and power
    Definition("J", "1", "kg*m^2/s^2", ("焦", "焦耳")),
    Definition("kJ", "1000", "J", ("千焦",)),
    Definition("MJ", "1000000", "J", ("兆焦",)),
    Definition("GJ", "1000000000", "J", ("吉焦",)),
    Definition("TJ", "1000000000000", "J", ("太焦",)),
    Definition("PJ", "1000000000000000", "J", ("拍焦",)),
    Definition("EJ", "1000000000000000000", "J"),
    # The Btu of the International Table: 4.1868 kJ/kg/K times one pound times 5/9 K, exactly (NIST
    # SP 811, app. B). US documents mostly do not say which; others differ by less than 0.1 %.
    Definition("MMBtu", "1055.05585262", "MJ", ("mmBtu", "megaBtu", "百万英热单位")),
    Definition("W", "1", "J/s", ("瓦",)),
    Definition("kW", "1000", "W", ("千瓦",)),
    Definition("MW", "1000000", "W", ("兆瓦",)),
    Definition("GW", "1000000000", "W", ("吉瓦",)),
    Definition("Wh", "3600", "J", ("瓦时",)),
    Definition("kWh", "3600000", "J", ("千瓦时", "度")),
    Definition("MWh", "3600000000", "J", ("兆瓦时",)),
    Definition("GWh", "3600000000000", "J", ("吉瓦时",)),
    Definition("TWh", "3600000000000000", "J", ("太瓦时",)),
    # coal equivalent: 29.3076 GJ/t, not 7000 thermochemical kilocalories
    Definition("gce", "29.3076", "kJ", ("克标准煤", "克标煤")),
    Definition("kgce", "29.3076", "MJ", ("千克标准煤", "千克标煤")),
    Definition("tce", "29.3076", "GJ", ("吨标准煤", "吨标煤")),
    # electricity and pressure
    Definition("V", "1", "W/A", ("伏",)),
    Definition("mV", "1/1000", "V", ("毫伏",)),
    Definition("kA", "1000", "A", ("千安",)),
    Definition("Pa", "1", "kg/m/s^2", ("帕",)),
    Definition("kPa", "1000", "Pa", ("千帕",)),
    Definition("MPa", "1000000", "Pa", ("兆帕",)),
)


def _species() -> tuple[Definition, ...]:
    found: list[Definition] = []
    for species, zh in SPECIES.items():
        kilogram = f"kg{species}"
        spellings = (f"千克{zh}",) if zh else ()
        found.append(Definition(kilogram, "1", f"[mass_of_{species}]", spellings))
        for mass, number, zh_mass in SPECIES_MASSES:
            spellings = (zh_mass + zh,) if zh and zh_mass else ()
            found.append(Definition(mass + species, number, kilogram, spellings))
        if species in POUNDED:
            found.append(Definition(f"lb{species}", "0.45359237", kilogram))
    return tuple(found)


DEFINITIONS: dict[str, Definition] = {d.name: d for d in (*PLAIN, *_species())}

# Every accepted spelling and the name it stands for.
SPELLINGS: dict[str, str] = {
    spelling: d.name for d in DEFINITIONS.values() for spelling in (d.name, *d.spellings)
}

# Scales that do not start at zero, and where they start in kelvin. They stand alone in a text.
OFFSETS: dict[str, float] = {"degC": 273.15}

# Counting prefixes; each also in the forms that tables print.
MYRIADS: dict[str, int] = {"": 1, "万": 10**4, "亿": 10**8}
PRINTED_MYRIADS: dict[str, tuple[str, ...]] = {
    "万": ("万", "10^4", "1e4", "10⁴"),
    "亿": ("亿", "10^8", "1e8", "10⁸"),
}

_TONNE = "write t for 1000 kg"
_YEAR = (
    "a quantity belongs to the period of its row, so leave the time out; write yr only in a rate"
    " that its source prints per year"
)
_MONTH = "a quantity belongs to the period of its row, so leave the time out"
_GALLON = "write US_gallon for 3.785411784 L, or give the volume in L"
_BTU = "write MMBtu for a million, or give the energy in MJ"

REFUSED: dict[str, Refusal] = {
    "ton": Refusal("'ton' is 907, 1000 or 1016 kg, depending on the country", _TONNE),
    "tons": Refusal("'tons' are 907, 1000 or 1016 kg, depending on the country", _TONNE),
    "tonne": Refusal("'tonne' is spelled t here", _TONNE),
    "tonnes": Refusal("'tonnes' is spelled t here", _TONNE),
    "mt": Refusal("'mt' is read as metric tonne by some and as million tonnes by others", _TONNE),
    "MT": Refusal(
        "'MT' is read as metric tonne by some and as million tonnes by others",
        "write t for 1000 kg or Mt for 1000000 t",
    ),
    "Mg": Refusal("'Mg' (megagram) is easily read as milligram or magnesium", _TONNE),
    "kt": Refusal("'kt' is a knot to unit libraries", "write Gg for 1000 t, or 万t for 10000 t"),
    "千吨": Refusal("'千吨' is not in the list", "write Gg for 1000 t, or give the number in 吨"),
    "百万吨": Refusal("'百万吨' is not in the list", "write Mt for 1000000 t"),
    "mu": Refusal("'mu' is a unit of atomic mass to unit libraries", "write 亩, or ha"),
    "C": Refusal(
        "'C' alone could be carbon, coulomb or Celsius",
        "write tC or kgC for carbon, degC for a temperature",
    ),
    "F": Refusal("'F' alone could be farad or Fahrenheit", "give temperatures in degC"),
    "N": Refusal("'N' alone could be newton or nitrogen", "use a unit of the list"),
    "方": Refusal("'方' does not say at which temperature and pressure", "write m3 or Nm3"),
    "gallon": Refusal("'gallon' is 3.785 L in the US and 4.546 L in Britain", _GALLON),
    "gal": Refusal("'gal' is 3.785 L in the US and 4.546 L in Britain", _GALLON),
    "long_ton": Refusal("a long ton is 1016 kg; 'ton' is read in several ways", _TONNE),
    "Btu": Refusal("a single Btu is seldom meant, and 'MBtu' is a thousand or a million", _BTU),
    "MBtu": Refusal("'MBtu' is a thousand Btu to some and a million to others", _BTU),
    "scf": Refusal(
        "'scf' is a cubic foot at 60 or 68 degF, depending on the rule", "write ft3 and the state"
    ),
    "m3n": Refusal("'m3n' is spelled Nm3 here", "write Nm3"),
    "cal": Refusal("a calorie is 4.184 or 4.1868 J", "give the energy in J, kJ or GJ"),
    "kcal": Refusal("a kilocalorie is 4.184 or 4.1868 kJ", "give the energy in kJ, MJ or GJ"),
    "大卡": Refusal("a kilocalorie is 4.184 or 4.1868 kJ", "give the energy in kJ, MJ or GJ"),
    "千卡": Refusal("a kilocalorie is 4.184 or 4.1868 kJ", "give the energy in kJ, MJ or GJ"),
    "toe": Refusal("'toe' has several definitions", "give the energy in GJ or tce"),
    "RMB": Refusal("'RMB' is spelled CNY here", "write CNY or 元"),
    "yuan": Refusal("'yuan' is spelled CNY here", "write CNY or 元"),
    "$": Refusal("'$' is the sign of many currencies", "write USD"),
    "¥": Refusal("'¥' is both yuan and yen", "write CNY"),
    "￥": Refusal("'￥' is both yuan and yen", "write CNY"),
    "a": Refusal("a year is not a unit of amount", _YEAR),
    "y": Refusal("a year is not a unit of amount", _YEAR),
    "year": Refusal("a year is not a unit of amount", _YEAR),
    "年": Refusal("a year is not a unit of amount", _YEAR),
    "month": Refusal("a month has no fixed length", _MONTH),
    "月": Refusal("a month has no fixed length", _MONTH),
    "-": Refusal("a dash is not a unit", "write 1 for a pure number"),
    "fraction": Refusal("a pure number has the unit 1", "write 1"),
    "ratio": Refusal("a pure number has the unit 1", "write 1"),
    "ppm": Refusal("'ppm' does not say whether by mass or by volume", "write ppmv, percent or 1"),
    "ppb": Refusal("'ppb' does not say whether by mass or by volume", "write ppbv, or 1"),
    "万": Refusal("'万' is a number, not a unit", "write the unit after it: 万t, 万Nm3, 万元"),
    "亿": Refusal("'亿' is a number, not a unit", "write the unit after it: 亿t, 亿元"),
    **{
        f"kt{s}": Refusal(f"'kt{s}' starts with kt, a knot to unit libraries", f"write Gg{s}")
        for s in SPECIES
    },
    **{
        f"ton{s}": Refusal(
            f"'ton{s}' starts with ton, which is 907, 1000 or 1016 kg", f"write t{s}"
        )
        for s in SPECIES
    },
    **{
        s: Refusal(f"'{s}' is a substance, not an amount of it", f"write t{s} or kg{s}")
        for s in SPECIES
        if s != "C"
    },
}
