"""The second-order term: closed forms, the worked examples of the Guide, Monte Carlo."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array

from carbonmeter.errors import CarbonmeterError
from carbonmeter.uncertainty.second_order import Curves, Noise, OwnRows, curve, second_order

ONE = csr_array(np.ones((1, 1)))
SIZES = st.floats(0.1, 10.0)


def alone(formula, estimate, axes):
    """One group that is one formula once."""
    k = np.asarray(axes).shape[1]
    found = curve(formula, np.asarray(estimate), np.asarray(axes))
    return second_order(ONE, Curves.of([found], [np.arange(k)], k))


@given(SIZES, SIZES, st.floats(0.01, 0.5), st.floats(0.01, 0.5))
def test_a_product_has_its_own_variance(x, y, by_x, by_y):
    u, v = x * by_x, y * by_y
    found = alone(lambda q: q[0] * q[1], [x, y], np.diag([u, v]))
    assert found.u_first[0] == pytest.approx(math.hypot(y * u, x * v), rel=1e-12)
    assert found.u[0] ** 2 == pytest.approx((y * u) ** 2 + (x * v) ** 2 + (u * v) ** 2, rel=1e-10)
    assert found.bias[0] == pytest.approx(0.0, abs=1e-12 * x * y)


def test_a_square_and_a_cube_of_one_normal():
    square = alone(lambda q: q[0] ** 2, [3.0], [[0.5]])
    assert square.u[0] ** 2 == pytest.approx(4 * 9 * 0.25 + 2 * 0.5**4, rel=1e-12)
    assert square.bias[0] == pytest.approx(0.25, rel=1e-10)
    # var x³ = 9 x⁴ u² + 36 x² u⁴ + 15 u⁶ for a normal x; the last one is of third order.
    cube = alone(lambda q: q[0] ** 3, [2.0], [[0.1]])
    assert cube.u[0] ** 2 == pytest.approx(9 * 16 * 0.01 + 36 * 4 * 1e-4, rel=1e-10)


def test_the_end_gauge_of_the_guide():
    # JCGM 100 H.1.7 prints 34 nm with the second-order terms beside 32 nm without.
    u = [25.0, 9.7, 1e-6 / 3**0.5, 0.41, 2e-6 / 3**0.5, 0.05 / 3**0.5]
    x = [50000623.0, 215.0, 0.0, -0.1, 11.5e-6, 0.0]
    found = alone(lambda q: q[0] + q[1] - q[0] * (q[2] * q[3] + q[4] * q[5]), x, np.diag(u))
    assert found.u_first[0] == pytest.approx(32.0, abs=0.5)
    assert found.u[0] == pytest.approx(34.0, abs=0.5)


def test_the_gauge_block_by_monte_carlo():
    # JCGM 101 9.5: 35.81 nm from 2e7 draws; the formula is a sum of products, so this is exact.
    sd = [
        25.0 * math.sqrt(18 / 16),
        6.0 * math.sqrt(24 / 22),
        4.0 * math.sqrt(5 / 3),
        7.0 * math.sqrt(8 / 6),
        2e-6 / math.sqrt(3),
        0.2,
        0.5 / math.sqrt(2),
        math.sqrt(1e-12 / 3 + 1e-14 / 9),
        math.sqrt(0.05**2 / 3 + 0.025**2 / 9),
    ]
    x = [50000623.0, 215.0, 0.0, 0.0, 11.5e-6, -0.1, 0.0, 0.0, 0.0]
    found = alone(
        lambda q: q[0] + q[1] + q[2] + q[3] - q[0] * (q[7] * (q[5] + q[6]) + q[4] * q[8]),
        x,
        np.diag(sd),
    )
    assert found.u[0] == pytest.approx(35.81, abs=0.03)


def test_ratio_with_a_common_axis_against_monte_carlo():
    """Two quantities that share a cause, in a formula that is not a polynomial."""
    estimate, axes = np.array([5.0, 2.0]), np.array([[0.3, 0.0, 0.4], [0.0, 0.12, 0.16]])
    found = alone(lambda q: q[0] * q[1] / (1.0 + q[1]), estimate, axes)
    rng = np.random.default_rng(5)
    drawn = estimate[:, np.newaxis] + axes @ rng.standard_normal((3, 2_000_000))
    y = drawn[0] * drawn[1] / (1.0 + drawn[1])
    error = y.std() / math.sqrt(2 * y.size)
    assert found.u[0] == pytest.approx(y.std(), abs=4 * error)
    shift = y.mean() - 5.0 * 2.0 / 3.0
    assert found.bias[0] == pytest.approx(shift, abs=4 * y.std() / math.sqrt(y.size))


def test_rows_and_meters_are_multiplied_exactly():
    """(q + e) f with own and shared errors of q: V (f² + u²) to the last term."""
    f, u = 3.0, 0.6
    curves = Curves.of([curve(lambda q: q[0], np.array([f]), np.array([[u]]))], [np.arange(1)], 1)
    own = OwnRows(csr_array(np.array([[4.0]])), ONE)
    found = second_order(csr_array(np.array([[10.0]])), curves, own=own)
    assert found.u_first[0] ** 2 == pytest.approx(100 * u**2 + 4 * f**2)
    assert found.u[0] ** 2 == pytest.approx(100 * u**2 + 4 * (f**2 + u**2))
    meter = Noise(np.zeros(1, np.int64), csr_array(np.array([[2.0]])))
    shared = second_order(csr_array(np.array([[10.0]])), curves, noise=meter)
    assert shared.u[0] == pytest.approx(found.u[0])


def test_models_of_one_record_are_added_before_they_are_squared():
    """A group of x y and of x z is x (y + z): the same bends, whichever way it is written."""
    apart = Curves.of(
        [
            curve(lambda q: q[0] * q[1], np.array([2.0, 3.0]), np.diag([0.2, 0.3])),
            curve(lambda q: q[0] * q[1], np.array([2.0, 5.0]), np.diag([0.2, 0.5])),
        ],
        [np.array([0, 1]), np.array([0, 2])],
        3,
    )
    found = second_order(csr_array(np.ones((1, 2))), apart)
    whole = alone(lambda q: q[0] * (q[1] + q[2]), [2.0, 3.0, 5.0], np.diag([0.2, 0.3, 0.5]))
    assert found.u[0] == pytest.approx(whole.u[0], rel=1e-12)
    assert found.u_first[0] == pytest.approx(whole.u_first[0], rel=1e-12)


def test_no_models_no_axes_and_formulas_without_a_slope():
    nothing = Curves.of([], [], 0)
    assert second_order(csr_array((2, 0)), nothing).u.tolist() == [0.0, 0.0]
    with pytest.raises(CarbonmeterError, match="no derivative within an eighth"):
        alone(lambda q: np.where(q[0].real < 1.0, np.nan, q[0]), [1.1], [[1.0]])
    # x - x³ about 0 with u = 1: the term outweighs first order downwards.
    assert np.isnan(alone(lambda q: q[0] - q[0] ** 3, [0.0], [[1.0]]).u).tolist() == [True]


def test_a_formula_whose_values_all_state_no_uncertainty_has_no_axes():
    found = curve(lambda x: x[0] * x[1], np.array([10.0, 3.0]), np.zeros((2, 0)))
    assert (found.value, found.slope.size, found.bend.shape) == (30.0, 0, (0, 0))
