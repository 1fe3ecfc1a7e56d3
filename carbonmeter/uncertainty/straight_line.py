"""A straight line through readings: two coefficients that err together, and predictions by it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from carbonmeter.errors import CarbonmeterError
from carbonmeter.uncertainty.joint import covariance
from carbonmeter.uncertainty.value import Source, Uncertain


class StraightLine(NamedTuple):
    """y = intercept + slope (x - origin), fitted by least squares."""

    intercept: Uncertain
    slope: Uncertain
    origin: float
    deviation: float
    """experimental standard deviation of the readings about the line, unit of y"""
    dof: int
    """degrees of freedom of `deviation`, and of every u that follows from this line alone"""

    @property
    def correlation(self) -> float:
        """Correlation coefficient of intercept and slope; NaN for readings without a spread."""
        scale = self.intercept.u * self.slope.u
        return covariance(self.intercept, self.slope) / scale if scale else math.nan

    def at(self, x: float) -> Uncertain:
        """What the line gives at x, with the u of the line there; no reading's own error."""
        return self.intercept + (x - self.origin) * self.slope


def straight_line(x: Sequence[float], y: Sequence[float], origin: float = 0.0) -> StraightLine:
    """The line of least squares through readings of equal weight.

    The height of the line at the mean of x and its slope err independently, so these two are the
    sources; intercept and every prediction are made of them and carry their correlation. Both u
    rest on the one deviation about the line: Welch–Satterthwaite would take them for two
    findings, so the values state no degrees of freedom and the line states its own.

    Parameters
    ----------
    x, y : sequence of float    at least three readings, x not all alike; the x are taken as exact
    origin : float              the x at which the intercept is given

    Source
    ------
    JCGM 100:2008: H.3

    Examples
    --------
    >>> line = straight_line([1.0, 2.0, 3.0, 4.0], [2.1, 3.9, 6.1, 7.9])
    >>> round(line.slope.value, 2), round(line.slope.u, 3), line.dof
    (1.96, 0.057, 2)
    """
    n = len(x)
    if len(y) != n or n < 3 or not all(map(math.isfinite, (*x, *y, origin))):
        raise CarbonmeterError(
            f"a line through {n} x and {len(y)} y: give one y for each x, three or more, all finite"
        )
    middle, height = math.fsum(x) / n, math.fsum(y) / n
    away = [each - middle for each in x]
    spread = math.fsum(d * d for d in away)
    if spread == 0.0:
        raise CarbonmeterError(f"all {n} readings are at x = {x[0]}: they show no slope; vary x")
    slope = math.fsum(d * (each - height) for d, each in zip(away, y, strict=True)) / spread
    rest = [each - height - slope * d for d, each in zip(away, y, strict=True)]
    deviation = math.sqrt(math.fsum(r * r for r in rest) / (n - 2))
    mean = _term(height, deviation / math.sqrt(n), "height of the line")
    tilt = _term(slope, deviation / math.sqrt(spread), "slope of the line")
    return StraightLine(mean + (origin - middle) * tilt, tilt, origin, deviation, n - 2)


def _term(value: float, u: float, label: str) -> Uncertain:
    return Uncertain.of_parts(value, {Source(label, None): u}, label)
