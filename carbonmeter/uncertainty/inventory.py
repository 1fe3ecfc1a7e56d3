"""Uncertainty of an inventory as the IPCC Guidelines tabulate it: Approach 1, and its corrections.

All percentages here are half of a 95 % interval, in per cent of the value. The table is offered as
the Guidelines define it; where it simplifies, the function says so.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from carbonmeter.errors import CarbonmeterError
from carbonmeter.uncertainty.shapes import Lognormal
from carbonmeter.uncertainty.spread import coverage_factor

Column = NDArray[np.float64]

LARGE, LARGEST = 100.0, 230.0  # between them the correction for large uncertainties holds


class Approach1(NamedTuple):
    """The columns of the table by category, and its three results."""

    combined: Column
    """column G, %: activity and factor together"""
    level_variance: Column
    """column H, %²: part of the square of the level uncertainty"""
    with_factor: Column
    """column I, percentage points of the trend per 1 % of both years, as when the factor errs"""
    with_activity: Column
    """column J, 1: trend per change of the year alone, as when its activity errs"""
    trend_variance: Column
    """column M, (percentage points)²: part of the square of the trend uncertainty"""
    level: float
    """uncertainty of the year's total, %"""
    trend: float
    """change of the total since the base year, %"""
    trend_uncertainty: float
    """its uncertainty, percentage points"""


def approach_1(
    base: ArrayLike, year: ArrayLike, u_activity: ArrayLike, u_factor: ArrayLike
) -> Approach1:
    """Level and trend uncertainty of an inventory by error propagation.

    Parameters
    ----------
    base, year : float64[n], any one unit    emission of each category; removals negative
    u_activity, u_factor : float64[n], %     of the category's activity and emission factor

    Notes
    -----
    Factors err alike in both years, activities do not. Column I is the difference quotient of one
    per cent that the table prescribes, and column L takes the activity of both years as equally
    uncertain; exact first-order propagation of the same inputs differs in the third digit.

    Source
    ------
    IPCC 2006 Vol. 1 Ch. 3: Table 3.2

    Examples
    --------
    >>> table = approach_1([1000.0, 300.0], [1200.0, 250.0], [2.0, 5.0], [5.0, 50.0])
    >>> round(table.level, 2), round(table.trend, 2), round(table.trend_uncertainty, 2)
    (9.74, 11.54, 4.39)
    """
    before, now, activity, factor = (
        np.atleast_1d(np.asarray(column, dtype=np.float64))
        for column in (base, year, u_activity, u_factor)
    )
    _check(before, now, activity, factor)
    then, total = math.fsum(before), math.fsum(now)
    combined = np.hypot(activity, factor)
    level = (combined * now / total) ** 2
    trend = 100.0 * (total - then) / then
    more = 0.01 * before + then
    with_factor = np.abs(100.0 * (0.01 * now + total - more) / more - trend)
    with_activity = np.abs(now / then)
    parts = (with_factor * factor) ** 2 + (with_activity * activity) ** 2 * 2.0
    return Approach1(
        combined,
        level,
        with_factor,
        with_activity,
        parts,
        math.sqrt(math.fsum(level)),
        trend,
        math.sqrt(math.fsum(parts)),
    )


def correction_of_large(percent: float) -> float:
    """Factor by which error propagation understates a large uncertainty of a product.

    Parameters
    ----------
    percent : float    the uncertainty that error propagation gives, 100 to 230

    Notes
    -----
    Coefficients as recalled, not read in the chapter. The range there is above 100 and below 230;
    at 100 the factor is already 1.067, so results on the two sides of 100 % do not join.

    Source
    ------
    IPCC 2006 Vol. 1 Ch. 3: eq. 3.3, 3.4 (Frey 2003)

    Examples
    --------
    >>> round(correction_of_large(150.0), 4)
    1.1937
    """
    if not LARGE <= percent <= LARGEST:
        raise CarbonmeterError(
            f"an uncertainty of {percent:g} %: the correction holds from {LARGE:g} to"
            f" {LARGEST:g} %; below it leave the value as it is, above it use Monte Carlo"
        )
    series = -0.720 + percent * (1.0921 + percent * (-1.63e-3 + percent * 1.11e-5))
    return (series / percent) ** 2


def lognormal_limits(mean: float, percent: float) -> tuple[float, float, float]:
    """Lower limit, upper limit and geometric deviation of a value with a large uncertainty.

    Notes
    -----
    The chapter takes the percentage as 2 u for the deviation and 1.96 for the limits.

    Source
    ------
    IPCC 2006 Vol. 1 Ch. 3: eq. 3.5-3.7 (as recalled; they follow from the moments)

    Examples
    --------
    >>> [round(x, 3) for x in lognormal_limits(1.0, 100.0)]
    [0.354, 2.258, 1.604]
    """
    if not (percent >= 0.0 and math.isfinite(percent)):
        raise CarbonmeterError(f"an uncertainty of {percent:g} %: write 0 or more, finite")
    shape = Lognormal(mean, math.sqrt(math.log1p((percent / 200.0) ** 2)))
    k = coverage_factor(95.0)
    middle = shape.mean * math.exp(-(shape.sigma**2) / 2.0)
    return (
        middle * math.exp(-k * shape.sigma),
        middle * math.exp(k * shape.sigma),
        math.exp(shape.sigma),
    )


def area_by_points(hits: Sequence[int], points: int, area: float) -> tuple[Column, Column]:
    """Area of each class of land and its standard error, from a grid of sample points.

    Parameters
    ----------
    hits : int[n]      points that fall on each class
    points : int       points in all, at least two
    area : float       the whole area

    Source
    ------
    IPCC 2006 Vol. 4 Ch. 3: Annex 3A.3.5

    Examples
    --------
    >>> area_by_points([3], 9, 900.0)
    (array([300.]), array([150.]))
    """
    counts = np.asarray(hits, dtype=np.float64)
    if points < 2 or (counts < 0).any() or counts.sum() > points or not 0.0 < area < math.inf:
        raise CarbonmeterError(
            f"{counts.sum():g} hits of {points} points on an area of {area:g}: give two points or"
            " more, no more hits than points, and an area above 0"
        )
    part = counts / points
    return part * area, area * np.sqrt(part * (1.0 - part) / (points - 1))


def _check(before: Column, now: Column, activity: Column, factor: Column) -> None:
    sizes = {column.shape for column in (before, now, activity, factor)}
    if len(sizes) != 1 or not all(
        np.isfinite(column).all() for column in (before, now, activity, factor)
    ):
        raise CarbonmeterError(
            "an inventory table needs four columns of one length, all numbers finite: base year,"
            " year, uncertainty of activity and of factor; leave out categories without them"
        )
    if (activity < 0.0).any() or (factor < 0.0).any():
        raise CarbonmeterError("an uncertainty is not negative; write its size in per cent")
    if math.fsum(before) == 0.0 or math.fsum(now) == 0.0:
        raise CarbonmeterError(
            "the categories of a year add up to nothing: no percentage of it can be stated"
        )
