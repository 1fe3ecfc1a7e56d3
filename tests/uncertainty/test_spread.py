"""Printed intervals become standard uncertainties in one place."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbonmeter.errors import CarbonmeterError
from carbonmeter.uncertainty import coverage_factor, standard_uncertainties, standard_uncertainty

NAN = math.nan


@pytest.mark.parametrize(
    ("value", "low", "high", "coverage", "shape", "u"),
    [
        (10.0, 8.04, 11.96, 95, "normal", 1.0),
        (10.0, 9.0, 13.0, 95, "normal", 2.0 / 1.96),  # asymmetric: half of the range
        (10.0, 8.0, 12.0, 95.45, "normal", 1.0),
        (10.0, 8.0, 12.0, 90, "normal", 2.0 / 1.6448536269514722),
        (10.0, 9.0, 11.0, NAN, "uniform", 1 / math.sqrt(3)),
        (1.0, 0.9, 1.3, 100, "uniform", 0.4 / math.sqrt(12)),  # JCGM 100 4.3.8
        (10.0, 9.05, 10.95, 95, "uniform", 1 / math.sqrt(3)),
        (10.0, 9.0, 11.0, NAN, "triangular", 1 / math.sqrt(6)),
        (0.0, 0.0, 1.0, NAN, "triangular", 1 / math.sqrt(18)),
        (10.0, 9.0, 11.0, NAN, "arcsine", 1 / math.sqrt(2)),
        (10.0, 8.04, 11.96, 95, "", 1.0),  # stated coverage: normal
        (10.0, 9.0, 11.0, NAN, "", 1 / math.sqrt(3)),  # limits only: uniform
        (10.0, 10.0, 10.0, 95, "normal", 0.0),
    ],
)
def test_intervals(value, low, high, coverage, shape, u):
    assert standard_uncertainty(value, low, high, coverage, shape) == pytest.approx(u, rel=1e-12)


@pytest.mark.parametrize("shape", ["", "normal", "uniform", "triangular", "lognormal"])
def test_no_bounds_no_uncertainty(shape):
    assert math.isnan(standard_uncertainty(1.0, NAN, NAN, 95, shape))
    assert math.isnan(standard_uncertainty(NAN, NAN, NAN, 95, shape))


@pytest.mark.parametrize("shape", ["normal", "lognormal"])
@pytest.mark.parametrize("coverage", [NAN, 100.0])
def test_an_unbounded_shape_without_coverage_says_nothing(shape, coverage):
    assert math.isnan(standard_uncertainty(1.0, 0.9, 1.1, coverage, shape))


@given(st.floats(0.01, 2.0), st.floats(0.01, 100.0))
def test_lognormal_bounds_give_back_the_moments(sigma, mean):
    middle = mean * math.exp(-(sigma**2) / 2)
    low, high = middle * math.exp(-1.96 * sigma), middle * math.exp(1.96 * sigma)
    expected = mean * math.sqrt(math.expm1(sigma**2))
    for sign in (1.0, -1.0):
        bounds = sorted((sign * low, sign * high))
        got = standard_uncertainty(sign * mean, *bounds, 95, "lognormal")
        assert got == pytest.approx(expected, rel=1e-9)


@given(st.floats(0.0, 1.0), st.floats(50.0, 99.9))
def test_triangular_quantiles_give_back_the_limits(mode, percent):
    # The bounds that leave each side its share of what lies outside, from the distribution itself.
    t = 1.0 - math.sqrt(1.0 - percent / 100.0)
    low, high = mode - t * mode, mode + t * (1.0 - mode)
    expected = math.sqrt((1.0 + mode**2 - mode) / 18.0)
    assert standard_uncertainty(mode, low, high, percent, "triangular") == pytest.approx(expected)


def test_columns_equal_their_scalars_and_keep_the_gaps():
    rows = [
        (26.7, 26.0, 27.4, 95, "normal"),
        (1.0, NAN, NAN, NAN, ""),
        (10.0, 3.0, 30.0, 95, "lognormal"),
        (1.0, 0.9, 1.3, NAN, "uniform"),
        (1.0, 0.9, 1.3, NAN, "triangular"),
    ]
    column = standard_uncertainties(*(list(x) for x in zip(*rows, strict=True)))
    expected = [standard_uncertainty(*row) for row in rows]
    np.testing.assert_array_equal(column, expected)
    assert np.isnan(column).tolist() == [False, True, False, False, False]
    assert standard_uncertainties([], [], [], [], []).shape == (0,)


@pytest.mark.parametrize(
    ("value", "low", "high", "coverage", "shape"),
    [
        (1.0, 1.2, 0.8, 95, "normal"),
        (1.0, 0.8, 1.2, 0, "normal"),
        (1.0, 0.8, 1.2, 120, "uniform"),
        (1.5, 0.8, 1.2, 95, "triangular"),
        (1.0, 0.0, 1.2, 95, "lognormal"),
        (1.0, -0.5, 1.2, 95, "lognormal"),
    ],
)
def test_bounds_that_do_not_fit_are_refused_with_their_place(value, low, high, coverage, shape):
    with pytest.raises(CarbonmeterError, match=r"1 interval\(s\) do not fit .* position 1: "):
        standard_uncertainties(
            [1.0, value], [0.9, low], [1.1, high], [95, coverage], ["normal", shape]
        )


def test_an_unknown_shape_is_refused_with_the_near_one():
    with pytest.raises(CarbonmeterError, match=r"unknown distribution 'norml'.*near: normal"):
        standard_uncertainty(1.0, 0.9, 1.1, 95, "norml")


@pytest.mark.parametrize(("percent", "dof"), [(0, 5), (100, 5), (95, 0), (-1, 5), (NAN, 5)])
def test_no_coverage_factor_outside_its_domain(percent, dof):
    with pytest.raises(CarbonmeterError, match="no coverage factor"):
        coverage_factor(percent, dof)


@pytest.mark.parametrize(("percent", "k"), [(68.27, 1.0), (95.0, 1.96), (95.45, 2.0), (99.73, 3.0)])
def test_levels_that_name_a_rounded_factor(percent, k):
    assert coverage_factor(percent) == k


def test_a_value_may_pass_its_bounds_by_rounding_only():
    assert standard_uncertainty(0.0, 0.0, 0.0, 95, "normal") == 0.0
    for size in (1e-6, 1.0, 1e6):
        at_the_end = standard_uncertainty(1.1 * size, 0.9 * size, 1.1 * size, 95, "normal")
        for off in (1.0 - 1e-13, 1.0 + 1e-13):
            bounds = 0.9 * size, 1.1 * size * off
            found = standard_uncertainty(1.1 * size, *bounds, 95, "normal")
            assert found == pytest.approx(at_the_end, rel=1e-11)
        for value in (1.1 * size * (1.0 + 1e-9), 0.9 * size * (1.0 - 1e-9)):
            with pytest.raises(CarbonmeterError, match="the value between them"):
                standard_uncertainty(value, 0.9 * size, 1.1 * size, 95, "normal")


def test_ten_positions_are_shown_and_all_are_counted():
    with pytest.raises(CarbonmeterError) as caught:
        standard_uncertainties([3.0] * 12, [1.0] * 12, [2.0] * 12, [95.0] * 12, ["normal"] * 12)
    assert str(caught.value).startswith("12 interval(s)")
    assert str(caught.value).count("position") == 10
