"""The IPCC's table and corrections, and a line through readings: numbers and refusals."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbonmeter.errors import CarbonmeterError
from carbonmeter.uncertainty import coverage_factor, standard_uncertainty
from carbonmeter.uncertainty.inventory import (
    approach_1,
    area_by_points,
    correction_of_large,
    lognormal_limits,
)
from carbonmeter.uncertainty.straight_line import straight_line

NAN, INF = math.nan, math.inf


def test_a_sink_enters_the_total_with_its_sign_and_the_variance_with_its_square():
    table = approach_1([900.0, -400.0], [1000.0, -400.0], [3.0, 4.0], [4.0, 3.0])
    assert table.combined.tolist() == [5.0, 5.0]
    assert table.level == pytest.approx(math.hypot(50.0, 20.0) / 600.0 * 100.0)
    assert table.trend == pytest.approx(20.0)
    assert table.with_activity.tolist() == [2.0, 0.8]


def test_a_factor_alone_leaves_the_trend_of_one_category_certain():
    table = approach_1([100.0], [150.0], [0.0], [30.0])
    assert (table.level, table.trend) == (pytest.approx(30.0), pytest.approx(50.0))
    assert table.trend_uncertainty == pytest.approx(0.0, abs=1e-10)


@given(st.floats(0.1, 400.0), st.floats(1e-3, 1e6))
def test_lognormal_limits_give_back_mean_and_u(percent, mean):
    low, high, deviation = lognormal_limits(mean, percent)
    assert high / low == pytest.approx(deviation ** (2 * coverage_factor(95.0)))
    u = standard_uncertainty(mean, low, high, 95.0, "lognormal")
    assert 200.0 * u / mean == pytest.approx(percent, rel=1e-9)


def test_shares_of_points_are_shares_of_area():
    area, error = area_by_points([0, 25, 75], 100, 400.0)
    assert area.tolist() == [0.0, 100.0, 300.0]
    assert error.tolist() == [
        0.0,
        pytest.approx(error[2]),
        pytest.approx(400 * 0.4330127 / 99**0.5),
    ]


def test_a_line_is_that_of_linear_algebra():
    rng = np.random.default_rng(3)
    x = rng.uniform(0.0, 10.0, 12)
    y = 2.0 - 0.7 * x + rng.normal(0.0, 0.1, 12)
    line = straight_line(x.tolist(), y.tolist(), 4.0)
    design = np.column_stack([np.ones(12), x - 4.0])
    best, rest, *_ = np.linalg.lstsq(design, y, rcond=None)
    covariance = np.linalg.inv(design.T @ design) * rest[0] / 10
    assert [line.intercept.value, line.slope.value] == pytest.approx(best.tolist(), rel=1e-12)
    assert [line.intercept.u, line.slope.u] == pytest.approx(np.sqrt(np.diag(covariance)).tolist())
    assert line.correlation == pytest.approx(
        covariance[0, 1] / np.sqrt(np.prod(np.diag(covariance)))
    )
    assert (line.dof, line.intercept.dof, line.at(1.0).dof) == (10, None, None)
    there = np.array([1.0, 5.0])
    assert line.at(9.0).u == pytest.approx(math.sqrt(there @ covariance @ there))
    assert line.at(4.0) == line.intercept


def test_readings_on_a_line_have_no_spread():
    line = straight_line([1.0, 2.0, 3.0], [2.0, 4.0, 6.0])
    assert (line.slope.value, line.slope.u, line.deviation) == (2.0, 0.0, 0.0)
    assert math.isnan(line.correlation)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: approach_1([1.0], [1.0, 2.0], [1.0], [1.0]), "four columns of one length"),
        (lambda: approach_1([1.0], [NAN], [1.0], [1.0]), "all numbers finite"),
        (lambda: approach_1([1.0], [1.0], [INF], [1.0]), "all numbers finite"),
        (lambda: approach_1([1.0], [1.0], [-1.0], [1.0]), "an uncertainty is not negative"),
        (lambda: approach_1([1.0], [1.0], [1.0], [-1.0]), "an uncertainty is not negative"),
        (lambda: approach_1([1.0, -1.0], [1.0, 1.0], [1, 1], [1, 1]), "add up to nothing"),
        (lambda: approach_1([1.0, 1.0], [1.0, -1.0], [1, 1], [1, 1]), "add up to nothing"),
        (lambda: correction_of_large(99.0), "below it leave the value as it is"),
        (lambda: correction_of_large(231.0), "above it use Monte Carlo"),
        (lambda: correction_of_large(NAN), "an uncertainty of nan %"),
        (lambda: lognormal_limits(1.0, -1.0), "write 0 or more, finite"),
        (lambda: lognormal_limits(0.0, 50.0), "lognormal distribution of 0"),
        (lambda: area_by_points([3], 1, 9.0), "give two points or more"),
        (lambda: area_by_points([3, 7], 9, 9.0), "no more hits than points"),
        (lambda: area_by_points([-1], 9, 9.0), "-1 hits of 9 points"),
        (lambda: area_by_points([1], 9, 0.0), "an area above 0"),
        (lambda: straight_line([1.0, 2.0], [1.0, 2.0]), "three or more"),
        (lambda: straight_line([1.0, 2.0, 3.0], [1.0, 2.0]), "one y for each x"),
        (lambda: straight_line([1.0, 2.0, NAN], [1.0, 2.0, 3.0]), "all finite"),
        (lambda: straight_line([2.0, 2.0, 2.0], [1.0, 2.0, 3.0]), "show no slope; vary x"),
    ],
)
def test_what_means_nothing_is_refused(make, said):
    with pytest.raises(CarbonmeterError, match=said):
        make()
