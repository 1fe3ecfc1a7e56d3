"""Exact sums of float64 on a fixed-point grid: the state, how it merges, how it becomes a float.

A `Grid` is a row of 40-bit digits ("limbs") whose highest bit lies just above the largest value.
Cutting a float64 along the grid loses nothing, and adding the pieces is integer arithmetic, which
does not depend on any order. A state holds the digits of each segment's exact sum; only `finish`
rounds, once, to the nearest float64. Hence the error bound, for any number of rows:

    |result - exact sum| <= 1/2 ulp(result)

which is what `math.fsum` gives, and also bit for bit what it gives.

Three digits are 120 bits: they hold values from the largest down to 2**-67 (1e-20) of it. A wider
range adds digits, which cost time only for the rows that reach into them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

WIDTH = 40  # bits of a digit: 2**22 of them stay below 2**62
CUT = 3  # digits at least
REACH = CUT * WIDTH - 53  # binary orders below the top where all 53 bits of a value are inside
LOWEST_TOP = -983  # below it 2**(WIDTH - top) overflows, and three digits reach 2**-1074 anyway
WINDOW = 22  # digits: values that lie lower are cut from there on, as scaling must not underflow
NONE = (-1073, 1024)  # exponents of a column without values: neutral in max and in min
BLOCK = 1 << 21  # rows between two carries
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
    def scale(self) -> float:
        """What brings values below 2**40, so that the integer part is the first digit."""
        return 2.0 ** (WIDTH - self.top)

    @property
    def wide(self) -> bool:
        """Whether one scale is not enough for the largest and the smallest value."""
        return self.limbs > WINDOW + CUT

    def zeros(self, n_segments: int) -> State:
        """The state of no rows: per segment one column of carries, then the digits."""
        return np.zeros((n_segments, self.limbs + 1), dtype=np.int64)

    def union(self, other: Grid) -> Grid:
        """The grid on which whatever is exact on either is exact."""
        top = max(self.top, other.top)
        bottom = min(self.top - WIDTH * self.limbs, other.top - WIDTH * other.limbs)
        return Grid(top, -((bottom - top) // WIDTH))


EMPTY = Grid.spanning(*NONE)  # of a column of zeros, and of tiny values


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


def blocks(n: int, most: int | None = None) -> Iterator[slice]:
    """The rows in pieces between which carries must be taken."""
    size = BLOCK if most is None else min(most, BLOCK)
    return (slice(start, start + size) for start in range(0, n, size))


def windows(values: Floats, grid: Grid) -> Iterator[tuple[int, NDArray[np.intp], Floats]]:
    """Of a wide grid, per window: its first column, its rows, and their scaled values."""
    window = (grid.top - np.frexp(values)[1]) // (WINDOW * WIDTH)
    for j in range(-(-grid.limbs // WINDOW)):
        rows = np.flatnonzero((window == j) & (values != 0.0))
        # Not one multiplication: the scale of a low window may overflow.
        yield j * WINDOW + 1, rows, np.ldexp(values[rows], (j * WINDOW + 1) * WIDTH - grid.top)


def scatter(scaled: Floats, segment: Integers, first: int, state: State) -> None:
    """Add the digits of each value into its segment, from column `first` on.

    Parameters
    ----------
    scaled : float64[n]    |x| < 2**40; n <= 2**22 between two carries
    """
    rest = scaled
    for k in range(first, state.shape[1]):
        digit = np.trunc(rest)
        np.add.at(state[:, k], segment, digit.astype(np.int64))
        rest = (rest - digit) * 2.0**WIDTH
        if k >= CUT and not rest.any():
            break


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


def moved(state: State, grid: Grid, to: Grid) -> State:
    """The same sums in digits of another grid, not carried.

    Parameters
    ----------
    state : int64[n_segments, digits]    carried; not changed
    to : Grid                            contains `grid`, as `Grid.union` does
    """
    out = to.zeros(state.shape[0])
    whole, part = divmod(to.top - grid.top, WIDTH)
    out[:, whole : whole + state.shape[1]] = state >> part
    if part:
        low = (state & ((1 << part) - 1)) << (WIDTH - part)
        out[:, whole + 1 : whole + 1 + state.shape[1]] += low
    return out


def trimmed(state: State, grid: Grid) -> tuple[Grid, State]:
    """Without the lowest digits that no segment uses: merging again and again adds none."""
    used = state.shape[1]
    while used > CUT + 1 and not state[:, used - 1].any():
        used -= 1
    return Grid(grid.top, used - 1), np.ascontiguousarray(state[:, :used])


def leading(state: State) -> tuple[State, NDArray[np.int64]]:
    """The leading 62 bits of each sum, signed, and the index of the highest one's bit.

    The last bit is set if any lower bit is ("sticky"), which is all that rounding needs to know.

    Parameters
    ----------
    state : int64[n_segments, digits]    carried; not changed
    """
    negative = state[:, 0] < 0
    # Two more digits, so that the three from the leading one on always exist.
    digits = np.zeros((state.shape[1] + 2, state.shape[0]), dtype=np.int64)
    np.multiply(state.T, np.where(negative, -1, 1), out=digits[:-2])
    carry(digits.T)
    lead = (digits != 0).argmax(axis=0)
    at = lead + np.arange(3)[:, np.newaxis]
    d0, d1, d2 = np.take_along_axis(digits, at, axis=0)
    np.put_along_axis(digits, at, 0, axis=0)
    # Align the leading digit to the left of its 40 bits; an exact zero needs no care.
    gap = WIDTH - np.frexp(np.maximum(d0, 1).astype(np.float64))[1].astype(np.int64)
    high = (d0 << gap) | (d1 >> (WIDTH - gap))
    low = ((d1 << gap) & MASK) | (d2 >> (WIDTH - gap))
    below = (low & (MASK >> 22)) | ((d2 << gap) & MASK) | digits.any(axis=0)
    bits = (high << 22) | (low >> 18) | (below != 0)
    return np.where(negative, -bits, bits), WIDTH * lead + gap


def finish(bits: State, index: NDArray[np.int64], grid: Grid) -> Floats:
    """Sums from what `leading` returns, rounded once to the nearest float64 (ties to even)."""
    # A subnormal sum is a multiple of 2**-1074, so it has few bits and `ldexp` does not round it.
    with np.errstate(over="ignore"):
        total: Floats = np.ldexp(bits.astype(np.float64), (grid.top - 22 - index).astype(np.int32))
    return total
