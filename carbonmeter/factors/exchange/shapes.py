"""The distribution of a record in the numbers that life-cycle formats ask for."""

from __future__ import annotations

import math
from typing import NamedTuple

from carbonmeter.factors.exchange.inventory import Record


class Shape(NamedTuple):
    """A distribution in the unit of a format.

    Attributes
    ----------
    name : str           normal, lognormal, triangular or uniform
    middle : float       mean of a normal, median of a lognormal, mode of a triangular shape
    sd : float           standard deviation; of a lognormal the geometric one
    low, high : float    limits of a triangular or uniform shape, which nothing passes
    """

    name: str
    middle: float
    sd: float
    low: float
    high: float


def shape_of(record: Record, factor: float) -> Shape | None:
    """The distribution of a record times a factor; None where none is stated.

    Bounds whose meaning the source does not state give none. A coverage below 100 widens uniform
    and triangular bounds to the limits, as it does in the uncertainty of a total.
    """
    low, high = record.fields.get("low"), record.fields.get("high")
    if low is None or high is None or not math.isfinite(record.u):
        return None
    value, name = record.value, record.text("distribution")
    coverage = float(record.fields.get("coverage", 100.0))
    if name == "normal":
        return Shape(name, value * factor, record.u * factor, math.nan, math.nan)
    if name == "lognormal" and low > 0.0:
        # The value is the mean; the median of a lognormal shape lies below it.
        sigma = math.sqrt(math.log1p((record.u / value) ** 2))
        median = value * factor * math.exp(-(sigma**2) / 2.0)
        return Shape(name, median, math.exp(sigma), math.nan, math.nan)
    if name == "triangular":
        widening = 1.0 - math.sqrt(1.0 - coverage / 100.0)
        left, right = (value - low) / widening, (high - value) / widening
        ends = (value - left) * factor, (value + right) * factor
        return Shape(name, value * factor, record.u * factor, *ends)
    if name == "uniform":
        middle, half = (low + high) / 2.0, (high - low) / coverage * 50.0
        ends = (middle - half) * factor, (middle + half) * factor
        return Shape(name, value * factor, record.u * factor, *ends)
    return None
