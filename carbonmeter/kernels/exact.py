"""Exact sums of float64 on a fixed-point grid: the state, how it merges, how it becomes a float.

A `Grid` is a row of 40-bit digits ("limbs") whose highest bit lies just above the largest value.
Cutting a float64 along the grid loses nothing, and adding the pieces is integer arithmetic, which
does not depend on any order. A state holds the digits of each segment's exact sum; only `finish`
rounds, once, to the nearest float64. Hence the error bound, for any number of rows:

    |result - exact sum| <= 1/2 ulp(result)

which is what `math.fsum` gives, and also bit for bit what it gives.

Three digits are 120 bits, so values from the largest down to 2**-67 (1e-20) of it are cut in one
pass. A wider range adds digits, at one more pass for every 40 bits, and stays exact down to the
subnormal numbers.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

WIDTH = 40  # bits of a digit: 2**22 rows of 40-bit digits stay below 2**62
CUT = 3  # digits that one pass cuts from a value
REACH = CUT * WIDTH - 53  # binary orders below the top where all 53 bits of a value are inside
LOWEST_TOP = -983  # below it 2**(WIDTH - top) overflows, and three digits reach 2**-1074 anyway
NONE = (-1073, 1024)  # exponents of a column without values: neutral in max and in min
BLOCK = 1 << 22  # rows between two carries
MASK = (1 << WIDTH) - 1

State = NDArray[np.int64]
Integers = NDArray[np.signedinteger[Any]]
Floats = NDArray[np.float64]


class Grid(NamedTuple):
    """Where the digits lie: all values are below 2**top; digit k has the unit 2**(top - 40 k)."""

    top: int
    limbs: int

    @classmethod
    def spanning(cls, high: int, low: int) -> Grid:
        """The grid on which every value with a binary exponent from `low` to `high` is exact."""
        top = max(high, LOWEST_TOP)
        beyond = top - REACH - low
        return cls(top, CUT + max(0, -(-beyond // WIDTH)))

    @property
    def windows(self) -> int:
        """Passes needed: window j takes the values whose top bit lies in or under digit j."""
        return self.limbs - CUT + 1

    def zeros(self, n_segments: int) -> State:
        """The state of no rows: per segment one column of carries, then the digits."""
        return np.zeros((n_segments, self.limbs + 1), dtype=np.int64)


def exponents(largest: float, smallest: float) -> tuple[int, int]:
    """The binary exponents of a column's largest and smallest non-zero magnitude.

    Raises
    ------
    ValueError    if `largest` is infinite or NaN: the sum of the column would mean nothing
    """
    if not math.isfinite(largest):
        raise ValueError("a sum needs finite values; check the columns before they come here")
    if largest == 0.0:
        return NONE
    return math.frexp(largest)[1], math.frexp(smallest)[1]


def magnitudes(values: Floats) -> tuple[float, float]:
    """The largest and the smallest non-zero |value|; (0, inf) if there is none."""
    if values.size == 0:
        return 0.0, math.inf
    size = np.abs(values)
    return float(size.max()), float(size.min(where=size > 0.0, initial=math.inf))


def blocks(n: int) -> Iterator[slice]:
    """The rows in pieces between which carries must be taken."""
    return (slice(start, start + BLOCK) for start in range(0, n, BLOCK))


def window_rows(values: Floats, grid: Grid) -> Iterator[tuple[int, Integers, Floats]]:
    """Per window its index, its rows, and their values scaled so that |x| < 2**40.

    `ldexp` and not one multiplication, because the scale of a low window may overflow.
    """
    below = grid.top - np.frexp(values)[1]
    window = np.clip(below // WIDTH, 0, grid.windows - 1)
    for j in np.unique(window[values != 0.0]):
        rows = np.flatnonzero((window == j) & (values != 0.0))
        yield int(j), rows, np.ldexp(values[rows], (int(j) + 1) * WIDTH - grid.top)


def scatter(scaled: Floats, segment: Integers, first: int, state: State) -> None:
    """Add the three digits of each value into its segment; at most `BLOCK` rows, |x| < 2**40."""
    rest = scaled
    for k in range(first, first + CUT):
        digit = np.trunc(rest)
        np.add.at(state[:, k], segment, digit.astype(np.int64))
        rest = (rest - digit) * 2.0**WIDTH


def carry(state: State) -> State:
    """Bring every digit into [0, 2**40), in place; the sign ends up in the carry column."""
    for k in range(state.shape[1] - 1, 0, -1):
        state[:, k - 1] += state[:, k] >> WIDTH
        state[:, k] &= MASK
    return state


def merge(one: State, other: State) -> State:
    """The state of the rows of both; associative and commutative, to the bit.

    Parameters
    ----------
    one, other : int64[n_segments, digits]    states on one `Grid`
    """
    return carry(one + other)


def finish(state: State, grid: Grid) -> Floats:
    """Each segment's exact sum, rounded once to the nearest float64 (ties to even).

    Parameters
    ----------
    state : int64[n_segments, digits]    as `partial` or `merge` return it; not changed

    Returns
    -------
    float64[n_segments]    +0.0 for an empty segment or an exact zero; inf beyond float64's range
    """
    if state.size == 0:
        return np.zeros(state.shape[0])
    sign = np.where(state[:, :1] < 0, np.int64(-1), np.int64(1))
    # Two more columns, so that the three digits from the leading one on always exist.
    digits = np.pad(carry(state * sign), ((0, 0), (0, 2)))
    lead = (digits != 0).argmax(axis=1)
    at = lead[:, np.newaxis] + np.arange(3)
    d0, d1, d2 = np.take_along_axis(digits, at, axis=1).T
    # Whether anything not zero lies below the three digits decides exact ties.
    np.put_along_axis(digits, at, 0, axis=1)
    sticky = digits.any(axis=1)
    # Left-align the leading digit in its 40 bits, then take 62 bits, the last one "or more".
    gap = WIDTH - np.frexp(d0.astype(np.float64))[1].astype(np.int64)
    gap[d0 == 0] = 0
    high = (d0 << gap) | (d1 >> (WIDTH - gap))
    low = ((d1 << gap) & MASK) | (d2 >> (WIDTH - gap))
    sticky |= ((d2 << gap) & MASK) != 0
    sticky |= (low & (MASK >> 22)) != 0
    leading = (high << 22) | (low >> 18) | sticky
    exponent = grid.top - WIDTH * lead - gap - 22
    with np.errstate(over="ignore"):
        total: Floats = np.ldexp(leading.astype(np.float64), exponent.astype(np.int32))
    return np.where(sign[:, 0] < 0, -total, total)
