"""What a unit text may look like, and what is said about one that may not be used."""

from __future__ import annotations

import pint
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from carbonmeter.errors import UnitError
from carbonmeter.units import parse, problem_of, scale
from carbonmeter.units.definitions import REFUSED, Refusal
from carbonmeter.units.grammar import MAX_LENGTH, terms_of

BAD = [
    ("MWH", "unknown unit", "did you mean MWh?"),
    ("KWH", "unknown unit", "did you mean kWh?"),
    ("Kg", "unknown unit", "did you mean kg?"),
    ("NM3", "unknown unit", "did you mean Nm3?"),
    ("tCO2/MWH", "unknown unit 'MWH'", "did you mean MWh?"),
    ("万NM3", "unknown unit", "did you mean 万Nm3?"),
    ("ton", "907", "write t"),
    ("tons", "907", "write t"),
    ("tCO2/ton", "907", "write t"),
    ("万ton", "907", "write t"),
    ("kt", "knot", "Gg"),
    ("ktCO2", "knot", "GgCO2"),
    ("mu", "atomic mass", "亩"),
    ("C", "carbon, coulomb or Celsius", "degC"),
    ("GJ/C", "carbon, coulomb or Celsius", "degC"),
    ("CO2", "substance", "tCO2"),
    ("gallon", "4.546 L in Britain", "US_gallon"),
    ("kg/gal", "4.546 L in Britain", "US_gallon"),
    ("MBtu", "thousand", "MMBtu"),
    ("Btu", "seldom", "MMBtu"),
    ("scf", "cubic foot", "ft3"),
    ("tN2O-N", "unknown unit", "write tN2O_N"),
    ("kg CO2-C/ha", "unknown unit", "write kgCO2_C/ha"),
    ("short_tons", "unknown unit", "short_ton"),
    ("kcal", "4.184 or 4.1868", "kJ"),
    ("tCO2/year", "year", "period"),
    ("kgCH4/ha/a", "year", "period"),
    ("元/年", "year", "period"),
    ("ｋｇ", "unknown unit", "write kg"),
    ("ＭＷｈ", "unknown unit", "write MWh"),
    ("tCO₂", "unknown unit", "write tCO2"),
    ("㎡", "unknown unit", "write m2"),
    ("t²", "unknown unit", "write t^2"),
    ("t CO2", "unknown unit", "write tCO2"),
    ("GJ / t", "unknown unit", "write GJ/t"),
    ("kWh ", "unknown unit", "write kWh"),
    (" kWh", "unknown unit", "write kWh"),
    ("kg\n", "unknown unit", "write kg"),
    ("t\x00", "unknown unit", "did you mean"),
    ("tCO2eq", "unknown unit", "write tCO2e"),
    ("tHFC-23", "unknown unit", "write tHFC23"),
    ("тCO2", "unknown unit", "did you mean tCO2"),
    ("tCO2/t pure", "unknown unit 't pure'", "without spaces"),
    ("", "empty unit", "write 1"),
    ("  ", "empty unit", "write 1"),
    ("-", "dash", "write 1"),
    ("fraction", "pure number", "write 1"),
    ("kg**2", "'**' is not read", "write kg^2"),
    ("9**9**9**9 kg", "'**' is not read", "m^2"),
    ("kg**99999", "'**' is not read", "m^2"),
    ("kg^99999", "power 99999", "m^2"),
    ("kg^7", "power 7", "m^2"),
    ("kg^-7", "power -7", "m^2"),
    ("kg^0", "power 0", "m^2"),
    ("kg^1.5", "unknown unit", "write"),
    ("m^--2", "unknown unit", "write"),
    ("GJ/(t*K)", "parentheses", "kJ/kg/K"),
    ("t+t", "unknown unit", "write"),
    ("t/", "a factor is missing", "GJ/t"),
    ("/t", "a factor is missing", "GJ/t"),
    ("t//h", "a factor is missing", "GJ/t"),
    ("t/h*d", "two ways", "kgCF4"),
    ("2t", "a number inside a unit", "move the number"),
    ("1e3 t", "unknown unit|a number inside", "move the number|write"),
    ("t*1", "a number inside a unit", "move the number"),
    ("1e4", "a number inside a unit", "move the number"),
    ("万", "a number, not a unit", "万t"),
    ("万万t", "unknown unit", "did you mean"),
    ("万%", "not counted in 万", "write %"),
    ("degC*t", "point on a scale", "write K"),
    ("kJ/kg/degC", "point on a scale", "write K"),
    ("degC^2", "point on a scale", "write K"),
    ("kg*m/s*A*K*d*h*t*g", "two ways|more than 8", "write"),
    ("kg*m*s*A*K*d*h*t*g", "more than 8 factors", "simpler"),
    ("x" * 10_000, "10000 characters", "write a unit"),
    ("__import__('os')", "parentheses", "kJ/kg/K"),
    ("lambda", "unknown unit", "write|did you mean"),
    ("wombat", "unknown unit", "write a unit of the list|did you mean"),
]


@pytest.mark.parametrize(("text", "rule", "cure"), BAD, ids=lambda x: repr(x)[:30])
def test_a_bad_unit_is_refused_with_its_cure(text, rule, cure):
    problem = problem_of(text)
    assert problem is not None
    found_rule, found_cure = problem
    assert any(part in found_rule for part in rule.split("|"))
    assert any(part in found_cure for part in cure.split("|"))


@pytest.mark.parametrize("text", sorted(REFUSED))
def test_each_refused_spelling_is_refused_by_every_verb(text):
    problem = problem_of(text)
    assert problem is not None
    assert problem[0] == REFUSED[text].rule
    for verb in (parse, lambda t: scale(t, "t"), lambda t: scale("t", t)):
        with pytest.raises(UnitError) as error:
            verb(text)
        assert REFUSED[text].cure in str(error.value)


@pytest.mark.parametrize("text", ["9**9**9**9 kg", "x" * 10_000, "ton", "kg^99999", "MWH"])
def test_pint_never_sees_a_refused_text(text, monkeypatch):
    parse("t")  # the registry exists, so a call below could only be for this text

    def seen(*args, **kwargs):
        raise AssertionError("pint was asked")

    for name in ("parse_expression", "parse_units", "parse_unit_name", "Unit", "Quantity"):
        monkeypatch.setattr(pint.UnitRegistry, name, seen, raising=False)
    with pytest.raises(UnitError):
        parse(text)


def test_an_error_says_what_is_wrong_and_what_to_write():
    with pytest.raises(UnitError) as error:
        parse("MWH")
    assert str(error.value) == "E101: unit 'MWH': unknown unit; did you mean MWh?"


def test_a_long_text_is_shown_short():
    with pytest.raises(UnitError) as error:
        parse("x" * 10_000)
    assert len(str(error.value)) < 300


@pytest.mark.parametrize(
    ("given_unit", "wanted", "rule", "cure"),
    [
        ("tC/GJ", "tCO2/GJ", "carbon is not carbon dioxide", "give it in tCO2/GJ"),
        ("tCO2", "tCO2e", "gwp factor", "give it in tCO2e"),
        ("kgCH4", "tCO2", "CH4 is not CO2", "give it in tCO2"),
        ("t", "tCO2", "does not say that the mass is of CO2", "give it in tCO2"),
        ("tCO2", "t", "a mass of CO2 where plain mass", "give it in t"),
        ("万m3", "万Nm3", "not a normal cubic metre", "give it in 万Nm3"),
        ("USD", "CNY", "exchange rate", "give it in CNY"),
        ("K", "degC", "point on a scale", "give it in degC"),
        ("t", "GJ", "same kind as GJ", "kJ"),
        ("tCO2/yr", "tCO2", "a year is not turned into days", "give it in tCO2"),
        ("t/yr", "t/d", "a year is not turned into days", "give it in t/d"),
        ("kgN2O_N", "kgN2O", "N2O_N is not N2O", "give it in kgN2O"),
    ],
)
def test_a_unit_of_another_kind_is_explained(given_unit, wanted, rule, cure):
    problem = problem_of(given_unit, wanted)
    assert problem is not None
    assert rule in problem[0]
    assert cure in problem[1]


alphabet = st.sampled_from(
    [*"tkgmMGJWhCO2NF34eEd1^*/·()-. 万亿吨元%°²³⁴９ｋ", "**", "10^4 ", "min"]
)


@given(st.lists(alphabet, max_size=70).map("".join))
@example("9**9**9**9 kg")
def test_any_text_is_read_or_refused_with_a_cure(text):
    read = terms_of(text)
    if isinstance(read, Refusal):
        assert read.rule
        assert read.cure
    else:
        assert len(text) <= MAX_LENGTH
        assert scale(text, text) == 1.0
        assert parse(text) is not None


@given(st.text(max_size=80))
def test_any_unicode_text_is_read_or_refused(text):
    problem = problem_of(text)
    if problem is not None:
        assert all(problem)
