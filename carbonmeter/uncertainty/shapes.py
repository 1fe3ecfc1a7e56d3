"""Distributions as quantile functions: what a probability between 0 and 1 becomes.

A quantile function never falls, so one uniform number gives one draw and quantities that share
their uniforms move together. What a record prints (value, bounds, coverage, shape) becomes a shape
by `shape_of`, with exactly the standard uncertainty of `standard_uncertainty` and these middles:

    normal       mean = value, also where the bounds lie unevenly about it
    lognormal    mean = value; the width of the bounds gives sigma of the logarithm
    triangular   mode = value; the limits lie unevenly if the bounds do, and the mean with them
    uniform      between the limits, wherever the value is; mean = their middle
    arcsine      as uniform

The other shapes are for values that the user states in Python.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from carbonmeter.errors import CarbonmeterError
from carbonmeter.uncertainty.spread import coverage_factor, standard_uncertainty

Column = NDArray[np.float64]
# Below it the normal distribution has no double left between its tail and 1.
FARTHEST = 8.0


class Shape(Protocol):
    """A distribution: its mean, its standard deviation and its quantile function."""

    @property
    def mean(self) -> float: ...

    @property
    def sd(self) -> float: ...

    def quantile(self, p: Column) -> Column:
        """The value that a part `p` of the distribution lies below; 0 < p < 1."""
        ...


@dataclass(frozen=True)
class Normal:
    """Normal distribution.

    Examples
    --------
    >>> Normal(10.0, 2.0).quantile(np.array([0.5, 0.975])).round(3)
    array([10.  , 13.92])
    """

    mean: float
    sd: float

    def __post_init__(self) -> None:
        _check("normal", self.sd >= 0.0, "a standard deviation is not negative", *_of(self))

    def quantile(self, p: Column) -> Column:
        return self.mean + self.sd * _ndtri(p)


class Normals(NamedTuple):
    """Normal distributions side by side: a column of means and one of standard deviations."""

    mean: Column
    sd: Column

    def quantile(self, p: Column) -> Column:
        return self.mean + self.sd * _ndtri(p)


@dataclass(frozen=True)
class Lognormal:
    """Lognormal distribution of the given mean; `sigma` is the standard deviation of the logarithm.

    A negative mean mirrors it: all values are negative then.
    """

    mean: float
    sigma: float

    def __post_init__(self) -> None:
        fits = self.sigma >= 0.0 and self.mean != 0.0
        _check("lognormal", fits, "the mean is not zero and sigma not negative", *_of(self))

    @property
    def sd(self) -> float:
        return abs(self.mean) * math.sqrt(math.expm1(self.sigma**2))

    def quantile(self, p: Column) -> Column:
        z = math.copysign(1.0, self.mean) * _ndtri(p)
        return self.mean * np.exp(self.sigma * z - self.sigma**2 / 2.0)


@dataclass(frozen=True)
class Triangular:
    """Triangular distribution, as lopsided as its mode."""

    low: float
    mode: float
    high: float

    def __post_init__(self) -> None:
        fits = self.low <= self.mode <= self.high
        _check("triangular", fits, "the mode lies within the limits", *_of(self))

    @property
    def mean(self) -> float:
        return self.mode + ((self.high - self.mode) - (self.mode - self.low)) / 3.0

    @property
    def sd(self) -> float:
        left, right = self.mode - self.low, self.high - self.mode
        return math.sqrt((left**2 + right**2 + left * right) / 18.0)

    def quantile(self, p: Column) -> Column:
        left, right = self.mode - self.low, self.high - self.mode
        width = left + right
        below = self.low + np.sqrt(p * (width * left))
        above = self.high - np.sqrt((1.0 - p) * (width * right))
        return np.where(p * width < left, below, above)


@dataclass(frozen=True)
class Uniform:
    """Rectangular distribution between two limits."""

    low: float
    high: float

    def __post_init__(self) -> None:
        _check("uniform", self.low <= self.high, "the lower limit comes first", *_of(self))

    @property
    def mean(self) -> float:
        return (self.low + self.high) / 2.0

    @property
    def sd(self) -> float:
        return (self.high - self.low) / math.sqrt(12.0)

    def quantile(self, p: Column) -> Column:
        return self.low + (self.high - self.low) * p


@dataclass(frozen=True)
class Arcsine:
    """U-shaped distribution between two limits, as of something that swings."""

    low: float
    high: float

    def __post_init__(self) -> None:
        _check("arcsine", self.low <= self.high, "the lower limit comes first", *_of(self))

    @property
    def mean(self) -> float:
        return (self.low + self.high) / 2.0

    @property
    def sd(self) -> float:
        return (self.high - self.low) / math.sqrt(8.0)

    def quantile(self, p: Column) -> Column:
        half = (self.high - self.low) / 2.0
        return np.asarray(self.mean - half * np.cos(np.pi * p), np.float64)


@dataclass(frozen=True)
class TruncatedNormal:
    """Normal distribution about `centre` with deviation `spread`, cut off at limits.

    The cut moves the mean and narrows the deviation: `mean` and `sd` are those of what is left.
    """

    centre: float
    spread: float
    low: float
    high: float

    def __post_init__(self) -> None:
        fits = self.spread > 0.0 and self.low < self.high
        _check("truncated normal", fits, "the spread is positive, low below high", *_of(self))
        a, b = self._limits
        _check(
            "truncated normal",
            a < FARTHEST and b > -FARTHEST,
            f"the limits lie within {FARTHEST:g} deviations of the centre",
            *_of(self),
        )

    @property
    def _limits(self) -> tuple[float, float]:
        return (self.low - self.centre) / self.spread, (self.high - self.centre) / self.spread

    @property
    def _moments(self) -> tuple[float, float]:
        from scipy.special import ndtr

        a, b = self._limits
        mass = float(ndtr(b) - ndtr(a)) if a < 0.0 else float(ndtr(-a) - ndtr(-b))
        at_a, at_b = (math.exp(-x * x / 2.0) / math.sqrt(2.0 * math.pi) for x in (a, b))
        shift = (at_a - at_b) / mass
        return shift, 1.0 + (a * at_a - b * at_b) / mass - shift**2

    @property
    def mean(self) -> float:
        return self.centre + self.spread * self._moments[0]

    @property
    def sd(self) -> float:
        return self.spread * math.sqrt(self._moments[1])

    def quantile(self, p: Column) -> Column:
        from scipy.special import ndtr

        a, b = self._limits
        if a < 0.0:
            z = _ndtri(ndtr(a) + (ndtr(b) - ndtr(a)) * p)
        else:  # from the other tail, where the probabilities keep their digits
            z = -_ndtri(ndtr(-b) + (ndtr(-a) - ndtr(-b)) * (1.0 - p))
        return np.clip(self.centre + self.spread * z, self.low, self.high)


@dataclass(frozen=True)
class Beta:
    """Beta distribution with exponents `a` and `b`, stretched between two limits."""

    low: float
    high: float
    a: float
    b: float

    def __post_init__(self) -> None:
        fits = self.low < self.high and self.a > 0.0 and self.b > 0.0
        _check("beta", fits, "low is below high, a and b are positive", *_of(self))

    @property
    def mean(self) -> float:
        return self.low + (self.high - self.low) * self.a / (self.a + self.b)

    @property
    def sd(self) -> float:
        total = self.a + self.b
        return (self.high - self.low) * math.sqrt(self.a * self.b / (total + 1.0)) / total

    def quantile(self, p: Column) -> Column:
        from scipy.special import betaincinv

        return self.low + (self.high - self.low) * betaincinv(self.a, self.b, p)


def pert(low: float, mode: float, high: float, weight: float = 4.0) -> Beta:
    """Beta distribution from three points, of mean (low + weight mode + high) / (weight + 2).

    Examples
    --------
    >>> round(pert(0.0, 1.0, 6.0).mean, 3)
    1.667
    """
    fits = low <= mode <= high and low < high and weight > 0.0
    _check("PERT", fits, "the mode lies within the limits", low, mode, high, weight)
    width = high - low
    return Beta(
        low,
        high,
        1.0 + weight * (mode - low) / width,
        1.0 + weight * (high - mode) / width,
    )


@dataclass(frozen=True)
class StudentT:
    """Student's t about `centre`, stretched by `scale`, as few readings give it.

    Its deviation is infinite up to two degrees of freedom, and `scale` times sqrt(dof / (dof - 2))
    above: larger than the s / sqrt(n) that the law of propagation takes.

    Source
    ------
    JCGM 101:2008: 6.4.9
    """

    centre: float
    scale: float
    dof: float

    def __post_init__(self) -> None:
        fits = self.scale >= 0.0 and self.dof > 0.0
        _check("t", fits, "the scale is not negative, dof above 0", *_of(self))

    @property
    def mean(self) -> float:
        return self.centre if self.dof > 1.0 else math.nan

    @property
    def sd(self) -> float:
        if self.dof <= 2.0:
            return math.inf
        return self.scale * math.sqrt(self.dof / (self.dof - 2.0))

    def quantile(self, p: Column) -> Column:
        from scipy.special import stdtrit

        return np.asarray(self.centre + self.scale * stdtrit(self.dof, p), np.float64)


class Empirical:
    """What was observed, each value as likely as the others."""

    def __init__(self, values: Sequence[float]) -> None:
        self.values: Column = np.sort(np.asarray(values, dtype=np.float64).ravel())
        _check("empirical", self.values.size > 0, "there is at least one value", *self.values)
        self.values.flags.writeable = False

    @property
    def mean(self) -> float:
        return math.fsum(self.values) / self.values.size

    @property
    def sd(self) -> float:
        return float(np.std(self.values))

    def quantile(self, p: Column) -> Column:
        at = np.minimum((p * self.values.size).astype(np.int64), self.values.size - 1)
        drawn: Column = self.values[at]
        return drawn


def shape_of(
    value: float, low: float, high: float, coverage: float, distribution: str
) -> Shape | None:
    """The shape that a record's bounds state; None where they state none or have no width.

    Parameters
    ----------
    value, low, high, coverage, distribution    as of `standard_uncertainty`

    Raises
    ------
    CarbonmeterError    one bound without the other, infinite bounds, bounds that exclude the value,
                        an unknown distribution, bounds that the distribution cannot have

    Examples
    --------
    >>> shape_of(43.0, 41.4, 43.3, 95.0, "triangular").mean < 43.0
    True
    """
    if math.isnan(low) and math.isnan(high):
        return None
    numbers = (value, low, high)
    if not all(map(math.isfinite, numbers)) or not low <= value <= high:
        raise CarbonmeterError(
            f"bounds {low} … {high} of the value {value}: both are stated, finite, and the value"
            " lies between them; correct them or state none"
        )
    u = standard_uncertainty(value, low, high, coverage, distribution)
    if u == 0.0 or distribution == "not_stated":
        return None
    limits = math.isnan(coverage) or coverage == 100.0
    part = 1.0 if limits else coverage / 100.0
    name = distribution or ("uniform" if limits else "normal")
    if name == "normal":
        return Normal(value, u)
    if name == "lognormal":
        return Lognormal(value, abs(math.log(high / low)) / (2.0 * coverage_factor(coverage)))
    if name == "triangular":
        widening = 1.0 - math.sqrt(1.0 - part)
        return Triangular(
            value - (value - low) / widening, value, value + (high - value) / widening
        )
    middle, half = (low + high) / 2.0, (high - low) / 2.0
    if name == "uniform":
        return Uniform(middle - half / part, middle + half / part)
    swing = half / math.sin(math.pi * part / 2.0)
    return Arcsine(middle - swing, middle + swing)


def _ndtri(p: Column) -> Column:
    from scipy.special import ndtri

    z: Column = ndtri(p)
    return z


def _of(shape: object) -> tuple[float, ...]:
    return tuple(vars(shape).values())


def _check(name: str, fits: bool, rule: str, *numbers: float) -> None:
    if not fits or not all(map(math.isfinite, numbers)):
        shown = ", ".join(f"{number:g}" for number in numbers[:6])
        raise CarbonmeterError(f"{name} distribution of {shown}: numbers are finite, and {rule}")
