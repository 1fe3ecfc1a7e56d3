"""What rows of draws say: their moments, and the order statistics of both tails.

Both are defined so that compiled code and NumPy give the same bits: an order statistic is one of
the numbers, and a sum runs over lanes: number i goes to lane i % LANES, each lane is added from the
first on, and the lanes are added by halves.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from carbonmeter.kernels.terms import LANES

Column = NDArray[np.float64]
Numbers = NDArray[np.floating[Any]]
SAMPLE = 512  # numbers of a row that say where its tails begin


class Moments(NamedTuple):
    """Of each row: its mean, and the means of the second and fourth powers about it."""

    mean: Column
    second: Column
    fourth: Column


def moments(draws: Numbers, compiled: bool = False) -> Moments:
    """Moments of each row, in double precision.

    Parameters
    ----------
    draws : float32 or float64[k, n]    n >= 1

    Examples
    --------
    >>> [float(part[0]) for part in moments(np.array([[1.0, 3.0]]))]
    [2.0, 1.0, 1.0]
    """
    if compiled:
        from carbonmeter.kernels.compiled_order import moments_of

        found = np.empty((3, len(draws)))
        moments_of(draws, found)
        return Moments(*found)
    n = draws.shape[1]

    def mean(power: Callable[[Column], Column]) -> Column:
        lanes = np.zeros((len(draws), LANES))
        for at in range(0, n, LANES):
            part = power(draws[:, at : at + LANES].astype(np.float64))
            lanes[:, : part.shape[1]] += part
        while lanes.shape[1] > 1:
            half = lanes.shape[1] // 2
            lanes = lanes[:, :half] + lanes[:, half:]
        return np.asarray(lanes[:, 0] / n)

    middle = mean(lambda x: x)

    def second(x: Column) -> Column:
        return (x - middle[:, np.newaxis]) ** 2

    return Moments(middle, mean(second), mean(lambda x: second(x) ** 2))


def tails(draws: Numbers, low: int, high: int, compiled: bool = False) -> tuple[Numbers, Numbers]:
    """The `low` smallest and the `high` largest numbers of each row, each in rising order.

    Compiled, the numbers beyond what a sample of the row takes for the tails' beginnings are
    gathered and only those sorted; a row that the sample misjudged is sorted whole.

    Parameters
    ----------
    draws : float32 or float64[k, n]    1 <= low, high <= n; not changed

    Examples
    --------
    >>> low, high = tails(np.array([[5.0, 1.0, 4.0, 2.0]]), 2, 1)
    >>> low.tolist(), high.tolist()
    ([[1.0, 2.0]], [[5.0]])
    """
    k, n = draws.shape
    part = max(low, high) / n
    if not compiled or part > 0.2 or n < 4 * SAMPLE:
        return _sorted(draws, low, high)
    from carbonmeter.kernels.compiled_order import gather

    sample = np.sort(draws[:, :: n // SAMPLE], axis=1)
    size = sample.shape[1]
    # Four standard deviations of how many of the sample lie in a tail.
    beyond = math.ceil(part * size + 4.0 * math.sqrt(part * (1.0 - part) * size)) + 2
    room = math.ceil(n * (beyond / size + 4.0 * math.sqrt(beyond) / size))
    below = np.full((k, room), np.inf, dtype=draws.dtype)
    above = np.full((k, room), np.inf, dtype=draws.dtype)
    counts = np.zeros((k, 2), dtype=np.int64)
    gather(
        draws,
        np.ascontiguousarray(sample[:, beyond]),
        np.ascontiguousarray(sample[:, size - 1 - beyond]),
        below,
        above,
        counts,
    )
    below.sort(axis=1)
    above.sort(axis=1)
    at = counts[:, 1:] - high + np.arange(high)
    first, last = below[:, :low], np.take_along_axis(above, np.clip(at, 0, room - 1), axis=1)
    fits = (counts >= (low, high)) & (counts <= room)
    again = np.flatnonzero(~fits.all(axis=1))
    if again.size:
        first = first.copy()
        first[again], last[again] = _sorted(draws[again], low, high)
    return first, last


def _sorted(draws: Numbers, low: int, high: int) -> tuple[Numbers, Numbers]:
    n = draws.shape[1]
    if low + high >= n // 2:
        ordered = np.sort(draws, axis=1)
    else:
        ordered = np.partition(draws, (low - 1, n - high), axis=1)
    return np.sort(ordered[:, :low], axis=1), np.sort(ordered[:, n - high :], axis=1)
