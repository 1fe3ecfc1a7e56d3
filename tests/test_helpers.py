"""The judges are judged: a hidden factor and a digit too many are found."""

from __future__ import annotations

import pint
import pytest

from carbonmeter.constants import CO2_PER_C
from carbonmeter.units import parse, quantity
from tests.helpers import dressed, printed

CARBON = {"fuel": quantity(2.0, "t"), "carbon_content": quantity(0.5, "tC/t")}


def sound(fuel, carbon_content):
    carbon = fuel * carbon_content
    return oxidised(carbon)


def oxidised(carbon):
    return carbon * CO2_PER_C


def without_the_step(fuel, carbon_content):
    return fuel * carbon_content


def with_a_hidden_thousand(fuel, carbon_content):
    return fuel * carbon_content * CO2_PER_C * 1000


def test_a_sound_formula_gives_its_plain_value_with_units_on():
    assert dressed(sound)(**CARBON).m_as(parse("tCO2")) == pytest.approx(44 / 12, rel=1e-14)


def test_a_forgotten_step_does_not_reach_the_unit():
    with pytest.raises(pint.DimensionalityError):
        dressed(without_the_step)(**CARBON).m_as(parse("tCO2"))


def test_a_hidden_thousand_shows_against_kilograms():
    amount = dressed(with_a_hidden_thousand)(**CARBON).m_as(parse("kgCO2"))
    assert amount != pytest.approx(with_a_hidden_thousand(2.0, 0.5), rel=1e-12)


@pytest.mark.parametrize(
    ("value", "text", "same"),
    [
        (1.5034, "1.503", True),
        (1.5036, "1.503", False),
        (61204.0, "61204", True),
        (61204.6, "61204", False),
        (0.0274, "0.0274", True),
    ],
)
def test_a_printed_number_is_true_to_half_its_last_digit(value, text, same):
    assert (value == printed(text)) is same
