"""The second-order term of the variance, named beside first order: what curvature adds to u².

Everything is written in independent standard normal axes w: a quantity is its estimate plus
own * w of its own plus its loadings times common axes. With f_a, f_ab the derivatives along them,

    u² = sum f_a²  +  sum over a, b of ( ½ f_ab² + f_a f_abb )        bias = ½ sum f_aa
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from carbonmeter.errors import CarbonmeterError
from carbonmeter.kernels import segment_sum

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Column = NDArray[np.float64]
Complex = NDArray[np.complex128]
Index = NDArray[np.int64]
TILT = 1e-30  # of the complex step, in standard deviations
REACH = 2.0**-4  # of the real differences, in standard deviations
NEAR, FAR = (-2.0, -1.0, 1.0, 2.0), (1.0 / 12.0, -8.0 / 12.0, 8.0 / 12.0, -1.0 / 12.0)
BEND = (-1.0 / 12.0, 16.0 / 12.0, 16.0 / 12.0, -1.0 / 12.0)  # and -30/12 in the middle


class Curve(NamedTuple):
    """A formula about its estimate, along K independent axes of one standard deviation each."""

    value: float
    slope: Column
    """float64[K], f_a"""
    bend: Column
    """float64[K, K], f_ab; symmetric"""
    twist: Column
    """float64[K], sum over b of f_abb"""


class SecondOrder(NamedTuple):
    """Standard uncertainty of each group with and without the second-order term."""

    u_first: Column
    u: Column
    """float64[g]; NaN where the term outweighs first order downwards: no expansion holds there"""
    bias: Column
    """float64[g], what the mean lies above the value at the estimates"""


def curve(formula: Callable[[Complex], Complex], estimate: Column, axes: Column) -> Curve:
    """Derivatives of a formula up to the third along axes of one standard deviation each.

    The first derivative is by complex step, exact to rounding in its direction. It is taken again
    at four points within an eighth of a standard deviation along every other axis, whose central
    differences give f_ab and f_abb: exact for polynomials up to the fourth degree in one axis,
    else with an error of the fourth power of 1/16 of a standard deviation.

    Parameters
    ----------
    formula : complex[k, n] -> complex[n]    analytic at the estimate: a maximum, an absolute value
                                             or a rounding on the way is seen from one side only,
                                             and wants Monte Carlo
    estimate : float64[k]
    axes : float64[k, K]                     what each argument moves by along each axis

    Raises
    ------
    CarbonmeterError    the formula is not defined within an eighth of a standard deviation

    Examples
    --------
    >>> found = curve(lambda x: x[0] * x[1], np.array([10.0, 3.0]), np.diag([1.0, 0.5]))
    >>> found.slope, found.bend.round(12)
    (array([3., 5.]), array([[0. , 0.5],
           [0.5, 0. ]]))
    """
    size = axes.shape[1]
    # Every place (the estimate, then four along each axis) times every direction of the step.
    moves = [np.zeros(size)]
    for b in range(size):
        moves += [np.eye(size)[b] * (step * REACH) for step in NEAR]
    at = estimate[:, np.newaxis] + axes @ np.array(moves).T
    points = at[:, :, np.newaxis] + 1j * TILT * axes[:, np.newaxis, :]
    n = at.shape[1]
    with np.errstate(all="ignore"):
        found = np.asarray(formula(points.reshape(estimate.size, n * size))).reshape(n, size)
        value = np.asarray(formula(estimate.astype(np.complex128)[:, np.newaxis])).real
    slopes = found.imag / TILT
    if not (np.isfinite(found).all() and np.isfinite(slopes).all() and np.isfinite(value).all()):
        raise CarbonmeterError(
            "the formula has no derivative within an eighth of a standard deviation of its"
            " estimate, so no second-order term; draw it instead (Monte Carlo)"
        )
    slope, around = slopes[0], slopes[1:].reshape(size, 4, size)
    bend = np.tensordot(around, np.array(FAR), axes=(1, 0)) / REACH
    third = (np.tensordot(around, np.array(BEND), axes=(1, 0)) - 2.5 * slope) / REACH**2
    return Curve(float(value.ravel()[0]), slope, (bend + bend.T) / 2.0, third.sum(axis=0))


@dataclass(frozen=True, eq=False)
class Curves:
    """The curves of several models in one set of axes, as tables over models."""

    value: Column
    slope: csr_array
    """csr float64[m, axes]"""
    bend: csr_array
    """csr float64[m, pairs], each pair of axes once; those of two axes times the root of 2, so
    that the squares of a row add up to those of the full matrix"""
    twist: csr_array
    """csr float64[m, axes]"""
    trace: Column
    """float64[m], sum of f_aa"""

    @classmethod
    def of(cls, curves: Sequence[Curve], axis: Sequence[Index], n_axes: int) -> Curves:
        """Curves by the places of their axes; `axis[m]` has no place twice."""
        from scipy.sparse import csr_array

        model, first, second, size = [], [], [], []
        for m, (curve_, own) in enumerate(zip(curves, axis, strict=True)):
            at, to = np.triu_indices(own.size)
            model.append(np.full(at.size, m))
            first.append(np.minimum(own[at], own[to]))
            second.append(np.maximum(own[at], own[to]))
            size.append(curve_.bend[at, to] * np.where(at == to, 1.0, np.sqrt(2.0)))
        nothing = [np.zeros(0, np.int64)]
        code = np.concatenate(nothing + first) * max(n_axes, 1) + np.concatenate(nothing + second)
        pairs, place = np.unique(code, return_inverse=True)
        bend = (np.concatenate([np.zeros(0), *size]), (np.concatenate(nothing + model), place))
        of_model = np.repeat(np.arange(len(curves)), [own.size for own in axis])
        of_axis = np.concatenate([*nothing, *axis])
        shape = (len(curves), n_axes)

        def table(columns: list[Column]) -> csr_array:
            data = np.concatenate([np.zeros(0), *columns])
            return csr_array((data, (of_model, of_axis)), shape=shape)

        return cls(
            np.array([c.value for c in curves], dtype=np.float64),
            table([c.slope for c in curves]),
            csr_array(bend, shape=(len(curves), max(pairs.size, 1))),
            table([c.twist for c in curves]),
            np.array([np.trace(c.bend) for c in curves], dtype=np.float64),
        )


class Noise(NamedTuple):
    """Normal errors of quantities, as sums over rows: (models' quantities) times one axis each."""

    group: Index
    """int64[p], the group that each error is felt in"""
    amount: csr_array
    """csr float64[p, m], what the quantity of each model moves by"""


class OwnRows(NamedTuple):
    """Rows that err by themselves in one group, by what they are multiplied with."""

    variance: csr_array
    """csr float64[g, s], sum of (quantity u)² of the rows of each set of models"""
    models: csr_array
    """csr float64[s, m], how often the set has the model"""


def second_order(
    quantity: csr_array, curves: Curves, noise: Noise | None = None, own: OwnRows | None = None
) -> SecondOrder:
    """u of groups, each a sum over models of quantity times formula, to second order.

    Exact, whatever the distributions, where the formulas are products of independent quantities
    each to the first power: then it is the variance itself, up to products of three and more. Else
    it is that of the Guide for quantities that are normal: for other shapes the terms of one
    quantity alone (f_aa, f_aaa) depend on their fourth moments. What needs more than third
    derivatives is left out; Monte Carlo judges that.

    Parameters
    ----------
    quantity : csr float64[g, m]
    curves : Curves                 of the m models
    noise : Noise                   meters and other shared errors of quantities
    own : OwnRows                   rows by themselves; u² gains variance * (formula's own variance)

    Source
    ------
    JCGM 100:2008: 5.1.2, note (the second-order term); H.1.7 uses it
    """
    n = quantity.shape[0]
    slope, twist = quantity @ curves.slope, quantity @ curves.twist
    first = _squares(slope)
    beyond = 0.5 * _squares(quantity @ curves.bend) + np.asarray(slope.multiply(twist).sum(axis=1))
    if noise is not None:
        size, moved = noise.amount @ curves.value, noise.amount @ curves.slope
        first = first + segment_sum(size**2, noise.group, n)
        by_trace = size * (noise.amount @ curves.trace)
        beyond = beyond + segment_sum(_squares(moved) + by_trace, noise.group, n)
    if own is not None:
        value, moved = own.models @ curves.value, own.models @ curves.slope
        first = first + own.variance @ value**2
        by_trace = value * (own.models @ curves.trace)
        beyond = beyond + own.variance @ (_squares(moved) + by_trace)
    whole = first + beyond
    u = np.sqrt(np.where(whole >= 0.0, whole, np.nan))
    return SecondOrder(np.sqrt(first), u, 0.5 * (quantity @ curves.trace))


def _squares(table: csr_array) -> Column:
    """The sum of squares of each row."""
    return np.asarray(table.power(2).sum(axis=1), dtype=np.float64)
