"""Every spelling is worth what it should be, in base units."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbonmeter.errors import UnitError
from carbonmeter.units import (
    parse,
    problem_of,
    quantity,
    read_quantity,
    same_dimension,
    scale,
    strip,
)
from carbonmeter.units.definitions import DEFINITIONS, MYRIADS, OFFSETS, REFUSED, SPECIES, SPELLINGS

CHINESE = [
    ("毫克", 1e-6, "kg"),
    ("克", 1e-3, "kg"),
    ("千克", 1.0, "kg"),
    ("公斤", 1.0, "kg"),
    ("吨", 1000.0, "kg"),
    ("万吨", 1e7, "kg"),
    ("亿吨", 1e11, "kg"),
    ("米", 1.0, "m"),
    ("毫米", 1e-3, "m"),
    ("厘米", 1e-2, "m"),
    ("千米", 1000.0, "m"),
    ("公里", 1000.0, "m"),
    ("平方米", 1.0, "m^2"),
    ("平方厘米", 1e-4, "m^2"),
    ("平方公里", 1e6, "m^2"),
    ("平方千米", 1e6, "m^2"),
    ("公顷", 1e4, "m^2"),
    ("万公顷", 1e8, "m^2"),
    ("亩", 10000 / 15, "m^2"),
    ("万亩", 1e8 / 15, "m^2"),
    ("立方米", 1.0, "m^3"),
    ("立方厘米", 1e-6, "m^3"),
    ("万立方米", 1e4, "m^3"),
    ("升", 1e-3, "m^3"),
    ("毫升", 1e-6, "m^3"),
    ("标准立方米", 1.0, "Nm3"),
    ("标立方米", 1.0, "Nm3"),
    ("标方", 1.0, "Nm3"),
    ("万标方", 1e4, "Nm3"),
    ("秒", 1.0, "s"),
    ("分钟", 60.0, "s"),
    ("小时", 3600.0, "s"),
    ("天", 86400.0, "s"),
    ("日", 86400.0, "s"),
    ("焦", 1.0, "kg*m^2/s^2"),
    ("焦耳", 1.0, "kg*m^2/s^2"),
    ("千焦", 1e3, "J"),
    ("兆焦", 1e6, "J"),
    ("吉焦", 1e9, "J"),
    ("太焦", 1e12, "J"),
    ("拍焦", 1e15, "J"),
    ("瓦时", 3600.0, "J"),
    ("千瓦时", 3.6e6, "J"),
    ("度", 3.6e6, "J"),
    ("万度", 3.6e10, "J"),
    ("兆瓦时", 3.6e9, "J"),
    ("吉瓦时", 3.6e12, "J"),
    ("太瓦时", 3.6e15, "J"),
    ("亿千瓦时", 3.6e14, "J"),
    ("瓦", 1.0, "J/s"),
    ("千瓦", 1e3, "J/s"),
    ("兆瓦", 1e6, "J/s"),
    ("万千瓦", 1e7, "J/s"),
    ("吉瓦", 1e9, "J/s"),
    ("克标准煤", 29307.6, "J"),
    ("克标煤", 29307.6, "J"),
    ("千克标准煤", 29307600.0, "J"),
    ("千克标煤", 29307600.0, "J"),
    ("吨标准煤", 29307600000.0, "J"),
    ("吨标煤", 29307600000.0, "J"),
    ("万吨标准煤", 293076000000000.0, "J"),
    ("伏", 1.0, "kg*m^2/s^3/A"),
    ("毫伏", 1e-3, "V"),
    ("千安", 1e3, "A"),
    ("千摩尔", 1.0, "kmol"),
    ("帕", 1.0, "kg/m/s^2"),
    ("千帕", 1e3, "Pa"),
    ("兆帕", 1e6, "Pa"),
    ("元", 1.0, "CNY"),
    ("人民币元", 1.0, "CNY"),
    ("万元", 1e4, "CNY"),
    ("亿元", 1e8, "CNY"),
    ("美元", 1.0, "USD"),
    ("万美元", 1e4, "USD"),
    ("欧元", 1.0, "EUR"),
    ("港元", 1.0, "HKD"),
    ("℃", 1.0, "degC"),
    ("摄氏度", 1.0, "degC"),
    ("‰", 1e-3, "1"),
    ("基点", 1e-4, "1"),
    ("磅", 0.45359237, "kg"),
    ("短吨", 907.18474, "kg"),
    ("英里", 1609.344, "m"),
    ("兆升", 1000.0, "m^3"),
    ("立方英尺", 0.028316846592, "m^3"),
    ("美制加仑", 0.003785411784, "m^3"),
    ("百万英热单位", 1055055852.62, "J"),
    *[
        (mass + zh, kilograms, f"kg{species}")
        for species, zh in SPECIES.items()
        if zh
        for mass, kilograms in (("克", 1e-3), ("千克", 1.0), ("吨", 1e3), ("万吨", 1e7))
    ],
]

EVERYDAY = [
    ("m2", 1.0, "m^2"),
    ("m²", 1.0, "m^2"),
    ("cm2", 1e-4, "m^2"),
    ("cm²", 1e-4, "m^2"),
    ("hm2", 1e4, "m^2"),
    ("hm²", 1e4, "m^2"),
    ("km2", 1e6, "m^2"),
    ("km²", 1e6, "m^2"),
    ("km^2", 1e6, "m^2"),
    ("mm^2", 1e-6, "m^2"),
    ("ha", 1e4, "m^2"),
    ("m3", 1.0, "m^3"),
    ("m³", 1.0, "m^3"),
    ("dm3", 1e-3, "m^3"),
    ("dm³", 1e-3, "m^3"),
    ("cm3", 1e-6, "m^3"),
    ("cm³", 1e-6, "m^3"),
    ("L", 1e-3, "m^3"),
    ("mL", 1e-6, "m^3"),
    ("Nm³", 1.0, "Nm3"),
    ("万Nm3", 1e4, "Nm3"),
    ("10^4 Nm3", 1e4, "Nm3"),
    ("10^4Nm3", 1e4, "Nm3"),
    ("1e4 Nm3", 1e4, "Nm3"),
    ("10⁴ Nm3", 1e4, "Nm3"),
    ("10⁴Nm3", 1e4, "Nm3"),
    ("10^8 kWh", 3.6e14, "J"),
    ("亿kWh", 3.6e14, "J"),
    ("°C", 1.0, "degC"),
    ("%", 0.01, "1"),
    ("percent", 0.01, "1"),
    ("W/m2/ppbv", 1e9, "W/m^2"),
    ("ft3/kmol", 0.3048**3, "m^3/kmol"),
    ("lbN2O/ft3/ppmv", 0.45359237 / 0.3048**3 * 1e6, "kgN2O/m^3"),
    ("min/d", 60 / 86400, "1"),
    ("mg", 1e-6, "kg"),
    ("g", 1e-3, "kg"),
    ("t", 1e3, "kg"),
    ("Gg", 1e6, "kg"),
    ("Mt", 1e9, "kg"),
    ("gCO2", 1e-3, "kgCO2"),
    ("tCO2", 1e3, "kgCO2"),
    ("GgCO2", 1e6, "kgCO2"),
    ("MtCO2", 1e9, "kgCO2"),
    ("MtCO2e", 1e9, "kgCO2e"),
    ("万tCO2e", 1e7, "kgCO2e"),
    ("tHFC23", 1e3, "kgHFC23"),
    ("EJ", 1e18, "J"),
    ("TWh", 3.6e15, "J"),
    ("GJ/万Nm3", 1e5, "J/Nm3"),
    ("TJ/Gg", 1e6, "J/kg"),
    ("kgCF4*d/t/min", 1.44, "kgCF4/kg"),
    ("kgCF4·d/t/min", 1.44, "kgCF4/kg"),
    ("t^-1", 1e-3, "1/kg"),
    ("万t/亿元", 0.1, "kg/CNY"),
    ("ft3", 0.3048**3, "m^3"),
    ("US_gallon", 231 * 0.0254**3, "m^3"),
    ("mile", 5280 * 0.3048, "m"),
    ("lb", 0.45359237, "kg"),
    ("lbCO2/MWh", 0.45359237 / 3.6e9, "kgCO2/J"),
    ("short_ton", 2000 * 0.45359237, "kg"),
    ("MMBtu", 1e6 * 4186.8 * 0.45359237 * 5 / 9, "J"),
    ("mmBtu", 1055055852.62, "J"),
    ("gCH4/mmBtu", 1e-3 / 1055055852.62, "kgCH4/J"),
    ("ML", 1000.0, "m^3"),
    ("kgCO2e/t/km", 1e-6, "kgCO2e/kg/m"),
    ("gCO2/short_ton/mile", 1e-3 / 907.18474 / 1609.344, "kgCO2/kg/m"),
    ("tC/ha/yr", 0.1, "kgC/m^2/yr"),
    ("kgN2O_N/ha/yr", 1e-4, "kgN2O_N/m^2/yr"),
    ("kgNOx/TJ", 1e-12, "kgNOx/J"),
]


@pytest.mark.parametrize(("text", "worth", "base"), CHINESE)
def test_each_chinese_spelling_has_its_value_in_base_units(text, worth, base):
    assert scale(text, base) == pytest.approx(worth, rel=1e-15)


@pytest.mark.parametrize(("text", "worth", "base"), EVERYDAY)
def test_each_everyday_spelling_has_its_value_in_base_units(text, worth, base):
    assert scale(text, base) == pytest.approx(worth, rel=1e-15)


def test_every_chinese_spelling_is_in_the_table_above():
    tested = {text for text, _, _ in CHINESE}
    chinese = {s for s in SPELLINGS if any("㐀" <= c <= "鿿" for c in s)}
    assert chinese <= tested


def test_every_printed_power_is_in_the_table_above():
    tested = {text for text, _, _ in EVERYDAY}
    powers = {
        s
        for s in SPELLINGS
        if s[-1] in "23²³" and s[:-1].rstrip("0123456789") in {"m", "dm", "cm", "mm", "hm", "km"}
    }
    assert powers <= tested


@pytest.mark.parametrize("name", [n for n in DEFINITIONS if n not in OFFSETS])
def test_pint_and_the_exact_table_agree_on_every_name(name):
    assert_pint_agrees(name)
    if DEFINITIONS[name].counts:
        for myriad in MYRIADS:
            assert_pint_agrees(myriad + name)


def assert_pint_agrees(text):
    pint_value = quantity(1.0, text).to_base_units()
    assert scale(text, base_text(pint_value)) == pytest.approx(float(pint_value.m), rel=1e-14)


def base_text(q):
    products = [f"{name}^{power}" for name, power in q.unit_items() if power > 0]
    divisors = [f"{name}^{-power}" for name, power in q.unit_items() if power < 0]
    return "/".join(["*".join(products) or "1", *divisors])


@pytest.mark.parametrize(
    "text",
    [
        f"{p}{n}"
        for n in ("m2", "m3", "Nm3", "ha", "t", "tCO2", "kgC", "tce", "kWh", "CNY", "km2", "d", "J")
        for p in ("k", "M", "G", "T", "h", "d", "c", "m", "u", "µ", "n", "da", "Ki")
        if f"{p}{n}" not in SPELLINGS
    ],
)
def test_no_prefix_leaks_into_a_name(text):
    assert problem_of(text) is not None


def test_a_defined_power_is_never_a_prefixed_power():
    assert scale("hm2", "m2") == 10_000.0
    assert scale("hm2", "ha") == 1.0
    assert scale("km2", "ha") == 100.0
    assert problem_of("mm2") is not None
    assert problem_of("ktCO2") == (
        "'ktCO2' starts with kt, a knot to unit libraries",
        "write GgCO2",
    )


def test_conversions_are_rounded_once():
    assert scale("tC/TJ", "tC/GJ") == 0.001
    assert scale("kg", "t") == 0.001
    assert scale("kgCO2/MWh", "tCO2/GJ") == 1 / 3600
    assert scale("tce", "GJ") == 29.3076
    assert scale("GJ/tce", "1") == 1 / 29.3076


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("tC", "tCO2"),
        ("tCO2", "tCO2e"),
        ("tCH4", "tCO2"),
        ("t", "tCO2"),
        ("tCO2", "t"),
        ("m3", "Nm3"),
        ("万m3", "万Nm3"),
        ("CNY", "USD"),
        ("degC", "K"),
        ("t", "GJ"),
        ("MW", "MWh"),
        ("tC/GJ", "tCO2/GJ"),
        ("GJ/万m3", "GJ/万Nm3"),
        ("t/yr", "t/d"),
        ("t/yr", "t"),
        ("yr", "s"),
        ("kgN2O_N", "kgN2O"),
        ("tCO2_C", "tCO2"),
        ("tCO2_C", "tC"),
        ("kgCH4_C", "kgCH4"),
        ("kgNOx", "kgN2O"),
    ],
)
def test_different_kinds_do_not_convert(given, wanted):
    assert not same_dimension(given, wanted)
    with pytest.raises(UnitError, match="is not a unit of the same kind"):
        scale(given, wanted)


names = st.sampled_from([n for n in DEFINITIONS if n not in OFFSETS])


@given(names, names, st.integers(1, 3), st.sampled_from(["", "万", "亿"]))
def test_a_scale_there_and_back_is_one(a, b, power, myriad):
    counted = myriad + a if DEFINITIONS[a].counts else a
    text, back = f"{counted}^{power}/{b}", f"{a}^{power}/{b}"
    assert scale(text, back) * scale(back, text) == pytest.approx(1.0, rel=1e-15)
    assert parse(text).dimensionality == parse(back).dimensionality


def test_strip_converts_a_column_of_mixed_units():
    values = np.array([1.0, 2.0, 3.0, np.nan])
    codes = np.array([0, 1, 2, 0], dtype=np.int32)
    stripped = strip(values, codes, ["t", "万吨", "kg"], "t")
    assert stripped.dtype == np.float64
    np.testing.assert_array_equal(stripped, [1.0, 20_000.0, 0.003, np.nan])
    assert values[0] == 1.0


def test_strip_reads_only_the_labels_in_use():
    assert strip(np.array([2.0]), np.array([1]), ["nonsense", "kg"], "t").tolist() == [0.002]
    assert strip(np.array([]), np.array([], dtype=np.int64), [], "t").size == 0


def test_strip_names_every_bad_label():
    with pytest.raises(UnitError) as error:
        strip(np.array([1.0, 2.0, 3.0]), np.array([0, 1, 2]), ["ton", "t", "GJ"], "t")
    assert "'ton'" in str(error.value)
    assert "'GJ'" in str(error.value)


def test_a_temperature_difference_heats_water():
    rise = quantity(90.0, "degC") - quantity(20.0, "degC")
    heat = quantity(1.0, "t") * quantity(4.1868, "kJ/kg/K") * rise
    assert heat.m_as(parse("GJ")) == pytest.approx(0.293076, rel=1e-14)


def test_minutes_per_cell_day_cancel_in_the_slope_formula():
    per_tonne = quantity(0.1, "kgCF4*d/t/min") * quantity(3.0, "min/d")
    assert per_tonne.m_as(parse("kgCF4/t")) == pytest.approx(0.3, rel=1e-14)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0.42 tC/t", (0.42, "tC/t")),
        ("2 percent", (2.0, "percent")),
        ("2%", (2.0, "%")),
        ("-1.5e3 万Nm3", (-1500.0, "万Nm3")),
        ("3 10^4 Nm3", (3.0, "10^4 Nm3")),
        ("0.98 1", (0.98, "1")),
        ("1200吨", (1200.0, "吨")),
    ],
)
def test_a_quantity_is_read_as_number_and_unit(text, expected):
    assert read_quantity(text) == expected


@pytest.mark.parametrize(
    ("text", "fragment"),
    [
        ("0.98", "write '0.98 1'"),
        ("t", "write it as '0.42 tC/t'"),
        ("", "write it as"),
        ("1,234 t", "did you mean|unknown|write"),
        ("１２ t", "write it as"),
        ("nan t", "write it as"),
        ("inf t", "write it as"),
        ("1e400 t", "larger than a double"),
        ("5 ton", "907"),
        ("1_000 t", "unknown|write"),
        ("9" * 400, "write it as"),
    ],
)
def test_a_bad_quantity_is_refused_with_its_cure(text, fragment):
    with pytest.raises(UnitError, match=fragment):
        read_quantity(text)


def test_no_spelling_is_both_accepted_and_refused():
    assert not set(SPELLINGS) & set(REFUSED)


def test_every_refusal_names_a_cure():
    assert all(refusal.rule and refusal.cure for refusal in REFUSED.values())
