"""`Uncertain`: shared sources add before they are squared; nothing ever changes in place."""

from __future__ import annotations

import copy
import math
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbonmeter.errors import CarbonmeterError
from carbonmeter.uncertainty import (
    Uncertain,
    correlated,
    covariance,
    coverage_factor,
    of_readings,
)
from carbonmeter.uncertainty.joint import mean_and_deviation

NUMBERS = st.floats(0.1, 1e3)
SPREADS = st.floats(1e-6, 1.0)


@given(NUMBERS, SPREADS, st.floats(1.0, 1e6))
def test_x_plus_x_is_two_x_in_u_dof_and_budget(value, u, dof):
    x = Uncertain(value, u, dof, "x")
    for same in (x + x, 2 * x, x * 2.0, x * 3.0 - x):
        assert same.u == pytest.approx(2 * u, rel=1e-15)
        assert same.dof == pytest.approx(dof, rel=1e-12)
        assert same.components == pytest.approx({"x": 2 * u})
    assert x + x == 2 * x
    assert hash(x + x) == hash(2 * x)
    assert (x - x).u == 0.0
    assert (x / x).u == pytest.approx(0.0, abs=1e-15)
    assert x * x == x**2


def test_two_values_of_the_same_numbers_are_independent():
    x, y = Uncertain(1.0, 0.3), Uncertain(1.0, 0.4)
    assert (x + y).u == pytest.approx(0.5)
    assert Uncertain(1.0, 0.3) != Uncertain(1.0, 0.3)
    assert Uncertain(1.0) == Uncertain(1.0)


FORMULAS = [
    (lambda a, b: a + b, lambda a, b: a + b),
    (lambda a, b: a - 2 * b, lambda a, b: a - 2 * b),
    (lambda a, b: a * b * 44 / 12, lambda a, b: a * b * 44 / 12),
    (lambda a, b: 3 / a / b, lambda a, b: 3 / a / b),
    (lambda a, b: (1 - a) * b, lambda a, b: (1 - a) * b),
    (lambda a, b: a**b + 2**b, lambda a, b: a**b + 2**b),
    (lambda a, b: (a / b).exp(), lambda a, b: math.exp(a / b)),
    (lambda a, b: (a * b).log() * b.sqrt(), lambda a, b: math.log(a * b) * math.sqrt(b)),
    (lambda a, b: abs(-a * b) - b, lambda a, b: abs(-a * b) - b),
]


@pytest.mark.parametrize(("dressed", "plain"), FORMULAS)
def test_slopes_agree_with_differences(dressed, plain):
    a, b, u_a, u_b = 0.7, 1.9, 0.02, 0.03
    y = dressed(Uncertain(a, u_a, label="a"), Uncertain(b, u_b, label="b"))
    h = 1e-6
    slope_a = (plain(a + h, b) - plain(a - h, b)) / (2 * h)
    slope_b = (plain(a, b + h) - plain(a, b - h)) / (2 * h)
    assert y.value == plain(a, b)
    expected = {k: v for k, v in {"a": abs(slope_a) * u_a, "b": abs(slope_b) * u_b}.items() if v}
    assert y.components == pytest.approx(expected, rel=1e-7)
    assert y.u == pytest.approx(math.hypot(*expected.values()), rel=1e-7)


@given(st.floats(1e-12, 1e12))
def test_scale_leaves_no_mark(scale):
    x, y = Uncertain(2.0, 0.1, 7), Uncertain(3.0, 0.2, 9)
    plain, scaled = x * y, (x * scale) * (y * scale) / scale**2
    assert scaled.u == pytest.approx(plain.u, rel=1e-12)
    assert scaled.dof == pytest.approx(plain.dof, rel=1e-12)


def test_tiny_uncertainties_do_not_underflow():
    x = Uncertain(1e-200, 1e-203, 5) + Uncertain(0.0, 1e-203, 5)
    assert x.u == pytest.approx(math.sqrt(2) * 1e-203)
    assert x.dof == pytest.approx(10.0)


def test_powers_at_the_edge_of_their_domain():
    assert (Uncertain(0.0, 0.1) ** 2).u == 0.0
    assert (Uncertain(-2.0, 0.1) ** 3).u == pytest.approx(1.2)
    assert (Uncertain(0.0, 0.1) ** 0).value == 1.0
    assert (Uncertain(4.0, 0.1) ** 0.5).u == pytest.approx(Uncertain(4.0, 0.1).sqrt().u)


def test_degrees_of_freedom_are_refused_where_the_formula_does_not_hold():
    a, b = correlated([1.0, 2.0], [0.1, 0.2], [[1.0, 0.5], [0.5, 1.0]], ["a", "b"])
    assert (a + b).dof is None
    with pytest.raises(CarbonmeterError, match="use expanded"):
        (a + b).interval(95)
    assert (Uncertain(1.0, 0.1, None) + Uncertain(1.0, 0.1, 5)).dof is None
    assert Uncertain(1.0).dof == math.inf
    assert (Uncertain(1.0, 0.1, None) * 0.0).dof == math.inf


def test_correlated_values_have_the_covariances_asked_for():
    r = np.array([[1.0, 0.5, -0.3], [0.5, 1.0, 0.2], [-0.3, 0.2, 1.0]])
    u = [0.1, 0.2, 0.3]
    values = correlated([1.0, 2.0, 3.0], u, r)
    for i in range(3):
        for j in range(3):
            assert covariance(values[i], values[j]) == pytest.approx(r[i, j] * u[i] * u[j])
    intercept, slope = correlated([-0.1712, 0.00218], [0.0029, 0.00067], [[1, -0.93], [-0.93, 1]])
    prediction = intercept + slope * (30 - 20)  # JCGM 100 H.3 prints -0.1494 and 0.0041
    assert prediction.value == pytest.approx(-0.1494, abs=5e-5)
    assert prediction.u == pytest.approx(0.0041, abs=1e-4)


@pytest.mark.parametrize(
    "matrix",
    [[[1.0, 2.0], [2.0, 1.0]], [[1.0, 0.5], [0.4, 1.0]], [[1.0]], [[2.0, 0.0], [0.0, 2.0]]],
)
def test_impossible_correlations_are_refused(matrix):
    with pytest.raises(CarbonmeterError, match=r"correlation"):
        correlated([1.0, 2.0], [0.1, 0.1], matrix)


def test_nothing_changes_in_place():
    x = Uncertain(1.0, 0.1, label="x")
    for name in ("value", "label", "u"):
        with pytest.raises(AttributeError):
            setattr(x, name, 2.0)
    with pytest.raises(AttributeError):
        del x.value
    with pytest.raises(TypeError):
        x.parts[next(iter(x.parts))] = 1.0
    assert copy.deepcopy(x) is x
    assert copy.copy(x) is x


def test_values_stored_together_still_share_their_sources():
    x = Uncertain(1.0, 0.1, 4, "x")
    one, two = pickle.loads(pickle.dumps((x, 2 * x)))
    assert (two - 2 * one).u == 0.0
    assert one.dof == 4


@pytest.mark.parametrize("other", ["1", None, [1.0], np.ones(2)])
def test_what_is_no_number_is_refused(other):
    x = Uncertain(1.0, 0.1)
    for act in (
        lambda: x + other,
        lambda: other - x,
        lambda: x * other,
        lambda: other / x,
        lambda: x**other,
    ):
        with pytest.raises(TypeError):
            act()


def test_numpy_scalars_are_numbers():
    x = Uncertain(1.0, 0.1)
    assert (np.float64(2.0) * x).u == pytest.approx(0.2)
    assert isinstance(np.float64(2.0) * x, Uncertain)


def test_bad_uncertainties_are_refused():
    for u, dof in ((-0.1, math.inf), (0.1, 0), (0.1, -3), (0.1, math.nan)):
        with pytest.raises(CarbonmeterError, match="is finite and not negative"):
            Uncertain(1.0, u, dof)


def test_an_unstated_uncertainty_is_not_zero():
    x = Uncertain(5.0, math.nan) + Uncertain(1.0, 0.1)
    assert math.isnan(x.u)
    assert x.dof is None
    assert str(x) == "6.0 ± not stated (k = 2)"


def test_text_has_two_digits_of_u():
    assert str(Uncertain(0.42, 0.0125)) == "0.420 ± 0.025 (k = 2)"
    assert str(Uncertain(50000838, 31.66)) == "50000838 ± 63 (k = 2)"
    assert str(Uncertain(182377.4, 3656.0)) == "182400 ± 7300 (k = 2)"
    assert str(Uncertain(-5.67037e-8, 2.05e-13)) == "(-5.670370 ± 0.000041)e-08 (k = 2)"
    assert str(Uncertain(3.0)) == "3.0 ± 0 (k = 2)"
    assert repr(Uncertain(1.0, 0.5, 3, "x")) == "Uncertain(1.0, u=0.5, dof=3.0, label='x')"


def test_html_is_escaped():
    html = Uncertain(1.0, 0.5, label="<script>alert(1)</script>")._repr_html_()
    assert "<script>" not in html
    assert "&lt;script&gt;" in html


def test_intervals_use_truncated_degrees_of_freedom():
    low, high = Uncertain(0.0, 1.0, 16.75).interval(99)
    assert (round(low, 2), round(high, 2)) == (-2.92, 2.92)
    assert Uncertain(1.0, 0.1).interval(95) == pytest.approx((1.0 - 0.196, 1.0 + 0.196))


def test_readings():
    x = of_readings([9.0, 10.0, 11.0], "balance")
    assert (x.value, x.u, x.dof) == (10.0, pytest.approx(1 / math.sqrt(3)), 2.0)
    with pytest.raises(CarbonmeterError, match="two or more"):
        of_readings([1.0])


@pytest.mark.parametrize(("base", "digits"), [(1.0, 14), (1e6, 9), (1e7, 8)])
def test_mean_and_deviation_under_cancellation(base, digits):
    # NIST StRD NumAcc2-4: the mean to 14 digits, the deviation as far as the data allow.
    mean, deviation = mean_and_deviation([base + 0.2] + [base + 0.1, base + 0.3] * 500)
    assert abs(mean - (base + 0.2)) <= 1e-14 * mean
    assert abs(deviation - 0.1) <= 0.1 * 10.0**-digits


@pytest.mark.parametrize("n", [3, 50, 100, 1000])
def test_readings_keep_their_whole_degrees_of_freedom(n):
    x = of_readings([10.0 + 0.1 * (i % 7) for i in range(n)])
    assert x.dof == n - 1.0
    k = coverage_factor(95.0, n - 1)
    for same in (x, 2.0 * x, x + x, x + 0.0 * of_readings([1.0, 2.0])):
        low, high = same.interval(95.0)
        assert (high - low) / (2.0 * same.u) == pytest.approx(k, rel=1e-12)
    two = of_readings([1.0, 2.0, 3.0]) + of_readings([3.0, 1.0, 2.0])  # 4 dof, but for rounding
    low, high = two.interval(95.0)
    assert (high - low) / (2.0 * two.u) == pytest.approx(coverage_factor(95.0, 4), rel=1e-12)


def test_what_is_no_number_takes_part_in_no_arithmetic():
    x = Uncertain(2.0, 0.1)
    for work in (
        lambda: x - "1",
        lambda: "1" - x,
        lambda: x / "1",
        lambda: "1" / x,
        lambda: x ** "1",
        lambda: "1" ** x,
        lambda: x + None,
        lambda: x * None,
    ):
        with pytest.raises(TypeError, match="unsupported operand"):
            work()
    assert x != 2.0
