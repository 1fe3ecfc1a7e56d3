"""The gases of the assessment reports are weighed each in a unit of its own."""

from __future__ import annotations

import subprocess
import sys

import pytest

from carbonmeter.units import parse, problem_of, quantity, same_dimension, scale
from carbonmeter.units.definitions import DEFINITIONS, REFUSED, SPELLINGS
from carbonmeter.units.names import defined
from carbonmeter.units.species import GASES, SPECIES, seldom_met
from tests.units.test_scale import assert_pint_agrees


def test_a_gas_is_listed_once_and_made_of_signs_that_the_grammar_reads():
    assert not GASES & set(SPECIES)
    for gas in GASES:
        assert gas.isascii()
        assert gas.replace("_", "").isalnum()
        assert not gas[0].isdigit()


def test_no_unit_of_a_gas_is_a_spelling_of_anything_else():
    units = {mass + gas: (mass, gas) for mass in ("g", "kg", "t", "Gg", "Mt") for gas in GASES}
    assert len(units) == 5 * len(GASES)
    assert not set(units) & (set(SPELLINGS) | set(REFUSED))
    assert {unit: seldom_met(unit) for unit in units} == units


@pytest.mark.parametrize("gas", sorted(GASES))
def test_a_gas_is_weighed_as_any_other(gas):
    assert scale(f"t{gas}", f"kg{gas}") == 1000.0
    assert scale(f"万t{gas}", f"g{gas}") == 1e10
    assert scale(f"tCO2e/t{gas}", f"kgCO2e/kg{gas}") == 1.0
    assert not same_dimension(f"t{gas}", "t")
    assert not same_dimension(f"t{gas}", "tCO2")


@pytest.mark.parametrize("text", ["tCFC11", "万kgHFO1234zeE", "MtHalon1301", "gSO2F2"])
def test_pint_agrees_on_the_gases(text):
    assert_pint_agrees(text)


def test_a_gas_may_be_asked_for_after_others_have_been():
    assert float(quantity(3.0, "tHFE7100").m_as(parse("kgHFE7100"))) == 3000.0
    assert float(quantity(3.0, "tHFE7200").m_as(parse("kgHFE7200"))) == 3000.0


@pytest.mark.parametrize(
    ("text", "rule", "cure"),
    [
        ("tHFO-1234yf", "unknown unit", "write tHFO1234yf"),
        ("thfo1234yf", "unknown unit", "did you mean tHFO1234yf?"),
        ("ktCFC11", "'ktCFC11' starts with kt, a knot to unit libraries", "write GgCFC11"),
        ("tonCFC11", "'tonCFC11' starts with ton, which is 907, 1000 or 1016 kg", "write tCFC11"),
        ("CFC11", "'CFC11' is a substance, not an amount of it", "write tCFC11 or kgCFC11"),
    ],
)
def test_a_bad_spelling_of_a_gas_is_refused_with_its_cure(text, rule, cure):
    assert problem_of(text) == (rule, cure)


def test_one_gas_is_not_another():
    rule, cure = problem_of("tCFC12", "tCFC11") or ("", "")
    assert "CFC12 is not CFC11" in rule
    assert "kgCFC11" in cure


def test_the_lists_hold_only_the_gases_of_everyday_accounts():
    assert not any(seldom_met(name) for name in DEFINITIONS)
    assert defined("tCFC11") is defined("tCFC11")
    code = "import sys; import carbonmeter; print('carbonmeter.units' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
