"""Numbers for people: U to two significant digits, the value to the same digit."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbonmeter.report.numbers import fixed, percent, percent_of, plain, with_u


@pytest.mark.parametrize(
    ("value", "expanded", "shown"),
    [
        (123456.7, 2345.6, ("123,500", "2,300")),
        (3280094.71, 50174.02, ("3,280,000", "50,000")),
        (123.456, 0.0996, ("123.46", "0.10")),
        (99.96, 9.96, ("100", "10")),
        (-27383.2, 6890.1, ("−27,400", "6,900")),
        (0.0, 0.5, ("0.00", "0.50")),
        (-0.001, 0.5, ("0.00", "0.50")),
        (2.5, 100.0, ("0", "100")),
        (1e-9, 2.34e-11, ("0.000000001000", "0.000000000023")),
        (1234.5, 0.0, ("1,235", "–")),
        (12.3456, float("nan"), ("12.35", "–")),
        (float("nan"), 1.0, ("–", "–")),
        (float("inf"), 1.0, ("–", "–")),
    ],
)
def test_a_value_with_its_uncertainty(value, expanded, shown):
    assert with_u(value, expanded) == shown


def number(text):
    return Decimal(text.replace(",", "").replace("−", "-"))


@given(
    st.floats(-1e12, 1e12, allow_nan=False),
    st.floats(1e-9, 1e12, allow_nan=False, exclude_min=True),
)
def test_u_has_two_digits_and_the_value_lies_within_half_a_step(value, expanded):
    shown = with_u(value, expanded)
    u = number(shown.U)
    assert len("".join(map(str, u.as_tuple().digits)).strip("0")) <= 2
    first = u.adjusted()
    step = Decimal(1).scaleb(first - 1)
    assert abs(u - Decimal(repr(expanded))) <= step / 2
    assert abs(number(shown.value) - Decimal(repr(value))) <= step / 2
    assert number(shown.value) % step == 0


def test_plain_numbers_keep_their_integers():
    assert plain(1234567.8) == "1,234,568"
    assert plain(10.33) == "10.33"
    assert plain(0.0) == "0"
    assert plain(float("nan")) == "–"
    assert fixed(2.345, 2) == "2.35"


def test_percentages_never_hide_what_is_left():
    assert [percent(x) for x in (0.0, 0.00049, 0.0949, 0.316, 0.996, 0.99951, 1.0)] == [
        *("0 %", "< 0.1 %", "9.5 %", "32 %", "99.6 %", "> 99.9 %", "100 %")
    ]
    assert percent(float("nan")) == "–"
    assert percent_of(180928.37, 1029782.98) == "18 %"
    assert percent_of(3.0, 0.0) == "–"
