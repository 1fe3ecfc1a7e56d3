"""From a printed interval to a standard uncertainty, and from a probability to a coverage factor.

Every ± in carbonmeter passes through here once: bounds, coverage and shape as the source prints
them go in, one standard uncertainty comes out.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike, NDArray

from carbonmeter.errors import CarbonmeterError, near

Column = NDArray[np.float64]

# Levels that by convention name a rounded factor: 95 % is 1.96 in the IPCC's rules, and the others
# are the two-decimal names of k = 1, 2, 3.
BY_CONVENTION = {68.27: 1.0, 95.0: 1.96, 95.45: 2.0, 99.73: 3.0}

ROUNDING = 1e-12  # part of a bound by which a value may pass it: bounds may be lent, as percentages


def coverage_factor(percent: float, dof: float = math.inf) -> float:
    """The factor k by which u is multiplied to cover `percent` of a normal or t distribution.

    Parameters
    ----------
    percent : float    two-sided probability, 0 < percent < 100
    dof : float        effective degrees of freedom; the Guide truncates them to an integer first

    Source
    ------
    JCGM 100:2008: Annex G, Table G.2

    Examples
    --------
    >>> coverage_factor(95), round(coverage_factor(99, 16), 2)
    (1.96, 2.92)
    """
    if not (0.0 < percent < 100.0 and dof > 0.0):
        raise CarbonmeterError(
            f"no coverage factor for {percent} % and {dof} degrees of freedom: the probability"
            " lies between 0 and 100 %, the degrees of freedom above 0"
        )
    upper = 0.5 + percent / 200.0
    if math.isinf(dof):
        return BY_CONVENTION.get(percent) or NormalDist().inv_cdf(upper)
    from scipy.special import stdtrit

    return float(stdtrit(dof, upper))


def standard_uncertainty(
    value: float, low: float, high: float, coverage: float, distribution: str
) -> float:
    """Standard uncertainty of a value printed with bounds; NaN if the bounds do not give one.

    Parameters
    ----------
    value : float           the estimate
    low, high : float       its bounds, absolute; both NaN if not stated
    coverage : float        percent of the cases between the bounds; NaN or 100: they are limits
    distribution : str      normal, uniform, triangular, lognormal, arcsine, not_stated, or ""

    Returns
    -------
    float, unit of `value`

    Notes
    -----
    An interval may be asymmetric about `value`:

    * normal: half of the interval over k, whatever side is longer, which is how the IPCC defines
      its percentages ("half of the 95 % range", k = 1.96); without coverage NaN;
    * uniform: the full width over the square root of 12;
    * triangular: between the two limits with the mode at `value`, whose variance is exact;
    * lognormal: `value` is the mean, the bounds are quantiles; without coverage NaN;
    * arcsine: half of the width over the square root of 2;
    * "": normal if a coverage is stated (4.3.4), uniform if the bounds are limits (4.3.7);
    * not_stated: NaN, because nobody knows what the source means by its bounds.

    For uniform, triangular and arcsine a coverage below 100 first widens the bounds to the limits
    of the distribution.

    Raises
    ------
    CarbonmeterError    if the shape is unknown or cannot have such bounds; if one bound is missing
                        or infinite, or the value lies outside them

    Source
    ------
    JCGM 100:2008: 4.3; 4.3.8 for asymmetric limits. IPCC 2006 Vol. 1 Ch. 3: eq. 3.1, 3.5-3.7.
    (Clauses as quoted in open material; the texts were not opened.)

    Examples
    --------
    >>> round(standard_uncertainty(26.7, 26.0, 27.4, 95, "normal"), 4)
    0.3571
    >>> round(standard_uncertainty(1.0, 0.9, 1.3, math.nan, "uniform"), 4)
    0.1155
    """
    return float(standard_uncertainties([value], [low], [high], [coverage], [distribution])[0])


def standard_uncertainties(
    value: ArrayLike,
    low: ArrayLike,
    high: ArrayLike,
    coverage: ArrayLike,
    distribution: Sequence[str],
) -> Column:
    """`standard_uncertainty` of whole columns of one length.

    Returns
    -------
    float64[n], unit of `value`; NaN where no bounds are stated

    Raises
    ------
    CarbonmeterError    naming every position whose bounds do not fit its shape
    """
    v, a, b, p = (np.asarray(x, dtype=np.float64) for x in (value, low, high, coverage))
    if len({v.shape, a.shape, b.shape, p.shape, (len(distribution),)}) != 1:
        raise CarbonmeterError(
            f"columns of {v.size} values, {a.size} and {b.size} bounds, {p.size} coverages and"
            f" {len(distribution)} distributions; give one of each for every value"
        )
    limits = np.isnan(p) | (p == 100.0)
    shapes = np.array(distribution, dtype=object)
    shapes[(shapes == "") & limits] = "uniform"
    shapes[shapes == ""] = "normal"
    u = np.full(v.shape, np.nan)
    stated = ~(np.isnan(a) & np.isnan(b))
    hair = ROUNDING * np.maximum(np.abs(a), np.abs(b))
    inside = (a - hair <= v) & (v <= b + hair)  # false for a bound that is not a number
    finite = np.isfinite(v) & np.isfinite(a) & np.isfinite(b)
    wrong = stated & (~finite | ~inside | (p <= 0.0) | (p > 100.0))
    for shape in dict.fromkeys(shapes.tolist()):
        if shape not in SHAPES:
            raise CarbonmeterError(
                f"unknown distribution {shape!r}; write one of {', '.join(SHAPES)}"
                + (f" (near: {hint})" if (hint := near(str(shape), tuple(SHAPES))) else "")
            )
        rows = (shapes == shape) & stated & ~wrong
        if shape in QUANTILES:
            rows &= ~limits
        wrong |= rows & _impossible(shape, v, a, b)
        rows &= ~wrong
        u[rows] = SHAPES[shape](v[rows], a[rows], b[rows], np.where(limits, 100.0, p)[rows])
    if wrong.any():
        _refuse(np.flatnonzero(wrong), v, a, b, p, shapes)
    return u


def _normal(value: Column, low: Column, high: Column, percent: Column) -> Column:
    return (high - low) / (2.0 * _factors(percent))


def _uniform(value: Column, low: Column, high: Column, percent: Column) -> Column:
    return (high - low) / (percent / 100.0) / math.sqrt(12.0)


def _triangular(value: Column, low: Column, high: Column, percent: Column) -> Column:
    # Both sides shrink by one ratio: each tail keeps its share of what lies outside.
    widening = 1.0 - np.sqrt(1.0 - percent / 100.0)
    left, right = (value - low) / widening, (high - value) / widening
    return np.sqrt((left**2 + right**2 + left * right) / 18.0)


def _lognormal(value: Column, low: Column, high: Column, percent: Column) -> Column:
    sigma = np.abs(np.log(high / low)) / (2.0 * _factors(percent))
    return np.abs(value) * np.sqrt(np.expm1(sigma**2))


def _arcsine(value: Column, low: Column, high: Column, percent: Column) -> Column:
    return (high - low) / (2.0 * math.sqrt(2.0)) / np.sin(np.pi * percent / 200.0)


def _unread(value: Column, low: Column, high: Column, percent: Column) -> Column:
    return np.full(value.shape, np.nan)


SHAPES: dict[str, Callable[[Column, Column, Column, Column], Column]] = {
    "normal": _normal,
    "uniform": _uniform,
    "triangular": _triangular,
    "lognormal": _lognormal,
    "arcsine": _arcsine,
    "not_stated": _unread,
}
QUANTILES = ("normal", "lognormal")  # unbounded shapes: bounds without coverage say nothing


def _impossible(shape: str, value: Column, low: Column, high: Column) -> NDArray[np.bool_]:
    """Where a shape cannot have these bounds about this value."""
    if shape == "lognormal":
        return (low * high <= 0.0) | (value * low <= 0.0)
    return np.zeros(value.shape, dtype=np.bool_)


def _factors(percent: Column) -> Column:
    distinct, place = np.unique(percent, return_inverse=True)
    return np.array([coverage_factor(p) for p in distinct.tolist()])[place]


def _refuse(
    rows: NDArray[np.intp],
    value: Column,
    low: Column,
    high: Column,
    percent: Column,
    shapes: NDArray[np.object_],
) -> None:
    shown = "; ".join(
        f"position {i}: {value[i]} within {low[i]} … {high[i]}, {percent[i]} %, {shapes[i]}"
        for i in rows[:10].tolist()
    )
    raise CarbonmeterError(
        f"{rows.size} interval(s) do not fit their distribution: {shown}. Both bounds or none must"
        " be stated, finite and in order, with the value between them, lognormal ones of one sign,"
        " coverage above 0 up to 100."
    )
