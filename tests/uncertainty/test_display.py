"""Two significant digits of U, halves rounded up."""

from __future__ import annotations

import math

import pytest

from carbonmeter.uncertainty.display import half_up, joined, last_place, with_uncertainty


@pytest.mark.parametrize(
    ("value", "exponent", "text"),
    [(0.5, 0, "1"), (1.5, 0, "2"), (2.5, 0, "3"), (-2.5, 0, "-3"), (2.675, -2, "2.68")],
)
def test_halves_go_up(value, exponent, text):
    assert str(half_up(value, exponent)) == text


@pytest.mark.parametrize(
    ("value", "expanded", "texts"),
    [
        (1.23456, 0.0996, ("1.23", "0.10")),
        (1.23456, 0.0994, ("1.235", "0.099")),
        (12345.6, 995.0, ("12300", "1000")),
        (0.0, 0.25, ("0.00", "0.25")),
        (9.999, 0.012, ("9.999", "0.012")),
        (1.0, 0.0, ("1.0", "0")),
        (1.0, math.nan, ("1.0", "not stated")),
        (math.nan, 1.0, ("nan", "1.0")),
        (1.0, math.inf, ("1.0", "inf")),
    ],
)
def test_value_matches_its_uncertainty(value, expanded, texts):
    assert with_uncertainty(value, expanded) == texts


def test_rounding_never_leaves_three_digits():
    for expanded in (0.0995, 9.95, 99.5, 995.0, 0.994999):
        place = last_place(expanded)
        digits = str(half_up(expanded, place).scaleb(-place).to_integral_value())
        assert len(digits) == 2


@pytest.mark.parametrize(
    ("value", "expanded", "text"),
    [
        (5e15, 1e14, "(5.00 ± 0.10)e+15"),
        (1e-9, 1e-10, "(1.00 ± 0.10)e-09"),
        (0.0, 1e-9, "(0.0 ± 1.0)e-09"),
        (1e-9, math.nan, "(1.0 ± not stated)e-09"),
        (0.0, 0.0, "0.0 ± 0"),
    ],
)
def test_large_and_small_values_share_a_power_of_ten(value, expanded, text):
    assert joined(value, expanded) == text
