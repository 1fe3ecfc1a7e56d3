"""What draws say: mean, standard uncertainty and interval, how surely, and whether U agrees."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from carbonmeter.kernels.order import moments, tails

Column = NDArray[np.float64]
Numbers = NDArray[np.floating[Any]]

BATCHES = 10  # of the draws, where a standard error is how these spread
FIFTH = 5.0  # of a tolerance: what the draws that judge by it may leave open
ROUNDING = 2.0**-44  # of a value that nothing moves: what sums of doubles may differ by


class Summary(NamedTuple):
    """What draws say of one or more results, each one a row of draws."""

    mean: Column
    u: Column
    low: Column
    high: Column


class Agreement(NamedTuple):
    """How far the ends of the draws' interval lie above those of first order, and the verdict."""

    low: Column
    high: Column
    tolerance: Column
    agrees: NDArray[np.bool_]
    differs: NDArray[np.bool_]
    needed: Column


def summarise(draws: Numbers, coverage: float, interval: str) -> Summary:
    """Mean, standard uncertainty and coverage interval of each row of draws.

    Parameters
    ----------
    draws : float32 or float64[k, n]    not changed; the moments are of double precision

    Source
    ------
    JCGM 101:2008: 7.6 (mean and u), 7.7 (probabilistically symmetric and shortest interval)

    Examples
    --------
    >>> low, high = summarise(np.arange(1.0, 101.0)[np.newaxis], 90.0, "symmetric")[2:]
    >>> float(low[0]), float(high[0])
    (5.0, 95.0)
    """
    return described(draws, coverage, interval)[0]


def errors(draws: Numbers, coverage: float, interval: str) -> Summary:
    """Standard errors of `summarise`; see `described`."""
    return described(draws, coverage, interval)[1]


def described(
    draws: Numbers, coverage: float, interval: str, compiled: bool = False
) -> tuple[Summary, Summary]:
    """What `summarise` says of each row, and the standard error of each of these numbers.

    The errors of mean and u follow from the moments of the draws. That of an end of a symmetric
    interval follows from its rank: of n draws sqrt(n p (1 - p)) more or fewer may fall below it, so
    it is half as far as the draws that many ranks below and above lie apart (read off over twice
    the ranks, which steadies it). A shortest interval is not at fixed ranks; its ends err as they
    spread over ten batches of the draws, by the root of ten. That is the quantity which the
    adaptive procedure takes from its batches, from all draws at once.

    Source
    ------
    JCGM 101:2008: 7.6, 7.7; 7.9.4 (standard deviations of the averages)
    """
    n = draws.shape[1]
    mean, second, fourth = moments(draws, compiled)
    inside = min(math.floor(coverage / 100.0 * n + 0.5), n - 1)
    if interval == "symmetric":
        ends = _symmetric(draws, inside, compiled)
    else:
        ends = _shortest(draws, inside, compiled)
        batch = draws[:, : n // BATCHES * BATCHES].reshape(len(draws) * BATCHES, -1)
        within = min(math.floor(coverage / 100.0 * batch.shape[1] + 0.5), batch.shape[1] - 1)
        spread = [
            np.std(end.reshape(-1, BATCHES), axis=1, ddof=1) / math.sqrt(BATCHES)
            for end in _shortest(batch, within, compiled)[:2]
        ]
        ends = ends._replace(low_error=spread[0], high_error=spread[1])
    # Nothing was drawn: no rounding of a mean may say so.
    fixed = ends.least == ends.most
    mean[fixed], second[fixed], fourth[fixed] = ends.least[fixed], 0.0, 0.0
    u = np.sqrt(second * n / max(n - 1, 1))
    of_u = np.sqrt(np.maximum(fourth - second**2, 0.0) / n)
    of_u = np.divide(of_u, 2.0 * u, out=np.zeros(u.size), where=u > 0.0)
    said = Summary(mean, u, ends.low, ends.high)
    return said, Summary(u / math.sqrt(n), of_u, ends.low_error, ends.high_error)


class _Ends(NamedTuple):
    low: Column
    high: Column
    low_error: Column
    high_error: Column
    least: Column
    most: Column


def _symmetric(draws: Numbers, inside: int, compiled: bool) -> _Ends:
    n = draws.shape[1]
    first = math.floor((n - inside + 1) / 2) - 1
    last = first + inside
    left = math.sqrt(n * (first + 1) / n * (1.0 - (first + 1) / n))
    wide = max(1, round(2.0 * left))
    low, high = tails(draws, min(first + wide + 1, n), min(n - last + wide, n), compiled)

    def at(rank: int) -> Column:
        from_end = rank - n + high.shape[1]
        found = high[:, from_end] if from_end >= 0 else low[:, min(rank, low.shape[1] - 1)]
        return np.asarray(found, np.float64)

    def error(rank: int) -> Column:
        below, above = max(rank - wide, 0), min(rank + wide, n - 1)
        upper = low[:, above] if rank == first else high[:, above - n + high.shape[1]]
        lower = low[:, below] if rank == first else high[:, below - n + high.shape[1]]
        apart = upper.astype(np.float64) - lower
        return np.asarray(apart * left / max(above - below, 1))

    ends = np.asarray(low[:, 0], np.float64), np.asarray(high[:, -1], np.float64)
    return _Ends(at(first), at(last), error(first), error(last), *ends)


def _shortest(draws: Numbers, inside: int, compiled: bool) -> _Ends:
    n = draws.shape[1]
    low, high = tails(draws, n - inside, n - inside, compiled)
    first = (high - low).argmin(axis=1)
    row = np.arange(len(draws))
    nothing = np.zeros(len(draws))
    numbers = low[row, first], high[row, first], nothing, nothing, low[:, 0], high[:, -1]
    return _Ends(*(np.asarray(part, np.float64) for part in numbers))


def numerical_tolerance(u: Column, digits: int = 1) -> Column:
    """Half a unit of the last of the significant digits of u that are meaningful.

    Source
    ------
    JCGM 101:2008: 7.9.2

    Examples
    --------
    >>> numerical_tolerance(np.array([2.03, 0.0975, 9.6]), 1).tolist()
    [0.5, 0.05, 5.0]
    >>> numerical_tolerance(np.array([2.03]), 2).tolist()
    [0.05]
    """
    size = np.where(u > 0.0, u, 1.0)
    power = np.floor(np.log10(size)) + 1.0 - digits
    power += size / 10.0**power >= 10.0**digits - 0.5  # rounds up to the next power
    return np.where(u > 0.0, 0.5 * 10.0**power, 0.0)


def agreement(
    value: Column, u: Column, factor: float, drawn: Summary, error: Summary, digits: int = 1
) -> Agreement:
    """Whether value ± factor u is the interval of the draws, to significant digits of u.

    Both ends must agree to half a unit of the last digit. The draws are enough for that answer
    where two standard errors of their ends are below a fifth of it; where they are not, only an
    answer that two standard errors cannot turn is given, and `needed` says how many times as many
    draws would be enough.

    Source
    ------
    JCGM 101:2008: 7.9.2 (tolerance), 8.1 (comparison), 8.2 (draws to a fifth of the tolerance)

    Examples
    --------
    >>> drawn = Summary(*np.array([[10.0], [2.0], [6.2], [13.9]]))
    >>> exact = Summary(*np.zeros((4, 1)))
    >>> found = agreement(np.array([10.0]), np.array([2.0]), 1.96, drawn, exact)
    >>> found.low.round(2), found.high.round(2), found.tolerance, found.agrees, found.differs
    (array([0.12]), array([-0.02]), array([0.5]), array([ True]), array([False]))
    """
    tolerance = np.where(u > 0.0, numerical_tolerance(u, digits), ROUNDING * np.abs(value))
    low = drawn.low - (value - factor * u)
    high = drawn.high - (value + factor * u)
    far = np.maximum(np.abs(low), np.abs(high))
    open_ = 2.0 * np.maximum(error.low, error.high)
    # Where first order says that nothing moves, any move is a difference.
    fifth = np.divide(FIFTH * open_, tolerance, out=np.zeros(u.size), where=u > 0.0)
    left = np.where(fifth <= 1.0, 0.0, open_)
    return Agreement(
        low, high, tolerance, far + left <= tolerance, far - left > tolerance, fifth**2
    )
