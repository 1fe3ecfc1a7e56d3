"""The compiled passes over rows of draws: moments by lanes, and what lies in the tails."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from carbonmeter.kernels.jit import kernel
from carbonmeter.kernels.terms import LANES

Numbers = NDArray[np.floating[Any]]
Column = NDArray[np.float64]


@kernel
def halved(lanes: Column) -> float:
    """The lanes added by halves; they are changed."""
    half = LANES // 2
    while half > 0:
        for i in range(half):
            lanes[i] = lanes[i] + lanes[half + i]
        half //= 2
    return float(lanes[0])


@kernel
def add_to(part: Numbers, lanes: Column) -> None:
    for i in range(part.size):
        lanes[i] += np.float64(part[i])


@kernel
def add_powers(part: Numbers, mean: float, second: Column, fourth: Column) -> None:
    for i in range(part.size):
        off = np.float64(part[i]) - mean
        square = off * off
        second[i] += square
        fourth[i] += square * square


@kernel
def moments_of(draws: Numbers, found: Column) -> None:
    """Mean, second and fourth moment of each row; see `order.moments`.

    Parameters
    ----------
    found : float64[3, k]    filled in
    """
    n = draws.shape[1]
    one, two = np.empty(LANES), np.empty(LANES)
    for row in range(draws.shape[0]):
        one[:] = 0.0
        for at in range(0, n, LANES):
            add_to(draws[row, at : min(at + LANES, n)], one)
        mean = halved(one) / n
        one[:] = 0.0
        two[:] = 0.0
        for at in range(0, n, LANES):
            add_powers(draws[row, at : min(at + LANES, n)], mean, one, two)
        found[0, row] = mean
        found[1, row] = halved(one) / n
        found[2, row] = halved(two) / n


@kernel
def gather(
    draws: Numbers,
    low: Numbers,
    high: Numbers,
    below: Numbers,
    above: Numbers,
    counts: NDArray[np.int64],
) -> None:
    """The numbers of each row up to `low` and from `high` on, as many as there is room for.

    Parameters
    ----------
    below, above : [k, room]    filled in, in the order of the row
    counts : int64[k, 2]        filled in: how many there are, also beyond the room
    """
    n, room = draws.shape[1], below.shape[1]
    # One place more than there are numbers: each is written, and kept only if it counts.
    left, right = np.empty(n + 1, dtype=draws.dtype), np.empty(n + 1, dtype=draws.dtype)
    for row in range(draws.shape[0]):
        a, b = np.uint64(0), np.uint64(0)
        least, most = low[row], high[row]
        for i in range(n):
            x = draws[row, i]
            left[a] = x
            a += np.uint64(x <= least)
            right[b] = x
            b += np.uint64(x >= most)
        below[row, : min(np.int64(a), room)] = left[: min(np.int64(a), room)]
        above[row, : min(np.int64(b), room)] = right[: min(np.int64(b), room)]
        counts[row, 0], counts[row, 1] = a, b
