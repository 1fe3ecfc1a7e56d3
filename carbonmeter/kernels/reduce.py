"""Sums by segment, exact and independent of the order of the rows.

Short columns go through NumPy, long ones through compiled code; the integers are the same, hence
also the bits. Nothing is checked here but that values are finite, which costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from carbonmeter.kernels import exact
from carbonmeter.kernels.exact import Floats, Grid, Integers, State

# Loading the compiled code takes most of a second, NumPy takes some 10 ns a row: below this many
# rows a first call is far quicker without it, above it repeated calls are several times quicker.
COMPILED_FROM = 500_000
LEAST = -1073  # the binary exponent of the smallest subnormal number
# Tops of grids between which the compiled digits and their units stay well inside float64.
LOWEST, HIGHEST = -900, 1000
WIDEST = 45  # bits of the compiled digits; 62 less the bits of the rows between two carries
GUESSED_FROM = 1 << 22  # rows
SOME = 4096  # rows of which a grid is guessed, and how many binary orders it reaches beyond them
ABOVE, BELOW = 8, 64
PER_SEGMENT = 16  # rows between two carries: then these cost little
CACHED = 1 << 19  # segments whose pairs of digits a cache holds
BUCKET = 13  # 2**13 segments share a part of memory that the nearest caches hold


def segment_sum(values: Floats, segment: Integers, n_segments: int) -> Floats:
    """Sum of `values` within each segment, correctly rounded: what `math.fsum` gives.

    Any order of the rows, any cut into blocks and any number of threads leaves the same bits.

    Parameters
    ----------
    values : float64[n], any unit    finite
    segment : int[n]                 0 <= segment < n_segments, in any order
    n_segments : int

    Returns
    -------
    float64[n_segments], unit of `values`; 0.0 for an empty segment

    Examples
    --------
    >>> segment_sum(np.array([1e16, 1.0, -1e16, 0.5]), np.array([0, 0, 0, 1]), 2)
    array([1. , 0.5])
    """
    guess = _guessed(values.size, lambda some: values[some])
    if guess and _compiles(values, n_segments, guess):
        with suppress(_Beyond):
            return _pairs(values, segment, n_segments, guess).total()
    grid = grid_of(values)
    if _compiles(values, n_segments, grid):
        return _pairs(values, segment, n_segments, grid).total()
    return finish(partial(values, segment, n_segments, grid), grid)


def weighted_segment_sum(
    quantity: Floats, coefficient: Floats, recipe: Integers, segment: Integers, n_segments: int
) -> Floats:
    """Sum of quantity * coefficient[recipe] within each segment, in one pass.

    Each product p is rounded to float64 once, then summed exactly, bit for bit as
    `segment_sum(quantity * coefficient[recipe], ...)`, so that (barring underflow of products)
    |result - exact sum of exact products| <= 2**-53 (|result| + sum of |p|).

    Parameters
    ----------
    quantity : float64[n]       finite
    coefficient : float64[k]    finite; products too
    recipe : int[n]             0 <= recipe < k: which coefficient a row takes
    segment : int[n]            0 <= segment < n_segments, in any order
    n_segments : int

    Returns
    -------
    float64[n_segments], unit of quantity times unit of coefficient

    Examples
    --------
    >>> coefficient = np.array([2.0, 0.5])
    >>> weighted_segment_sum(
    ...     np.array([10.0, 20.0, 30.0]), coefficient, np.array([0, 1, 0]), np.array([0, 0, 1]), 2
    ... )
    array([30., 60.])
    """
    columns = quantity, coefficient, recipe, segment, n_segments
    guess = _guessed(quantity.size, lambda some: quantity[some] * coefficient[recipe[some]])
    if guess and _compiles(quantity, n_segments, guess):
        with suppress(_Beyond):
            return _weighted_pairs(*columns, guess).total()
    grid = weighted_grid_of(quantity, coefficient)
    if _compiles(quantity, n_segments, grid):
        return _weighted_pairs(*columns, grid).total()
    return segment_sum(quantity * coefficient[recipe], segment, n_segments)


class _Beyond(ArithmeticError):
    """A value that does not lie on the grid that was guessed."""


def _guessed(n: int, values: Callable[[slice], Floats]) -> Grid | None:
    """A grid on which all values lie, as some of them suggest: it saves a look at all of them.

    Sums rounded to the nearest do not depend on the grid, as long as it holds every value; whether
    it does is seen when they are added.
    """
    if n < max(GUESSED_FROM, COMPILED_FROM):
        return None
    high, low = exponents(values(slice(None, None, max(n // SOME, 1))))
    return Grid.spanning(high + ABOVE, low - BELOW)


def grid_of(*columns: Floats) -> Grid:
    """The grid on which every value of the columns is exact; blocks of one sum must share it."""
    spans = [exponents(column) for column in columns]
    return Grid.spanning(max(high for high, _ in spans), min(low for _, low in spans))


def weighted_grid_of(quantity: Floats, coefficient: Floats) -> Grid:
    """The grid on which every possible product of the two columns is exact."""
    high, low = exponents(quantity)
    highest, lowest = exponents(coefficient)
    # Products of magnitudes below 2**a and 2**b lie below 2**(a + b), and not below a quarter of
    # that of the smallest; a product that underflows is rounded to a multiple of 2**-1074.
    return Grid.spanning(max(high + highest, LEAST), min(max(low + lowest - 1, LEAST), 1024))


def partial(values: Floats, segment: Integers, n_segments: int, grid: Grid) -> State:
    """The exact sums of a block of rows, to `merge` with those of other blocks and to `finish`.

    Parameters
    ----------
    values : float64[n], any unit    each exact on `grid`
    segment : int[n]                 0 <= segment < n_segments
    """
    if _compiles(values, n_segments, grid):
        return _pairs(values, segment, n_segments, grid).digits()
    state = grid.zeros(n_segments)
    if n_segments == 0:
        return state
    for rows in exact.blocks(values.size):
        if grid.wide:
            for first, held, scaled in exact.windows(values[rows], grid):
                exact.scatter(scaled, segment[rows][held], first, state)
        else:
            exact.scatter(values[rows] * grid.scale, segment[rows], 1, state)
        exact.carry(state)
    return state


def weighted_partial(
    quantity: Floats,
    coefficient: Floats,
    recipe: Integers,
    segment: Integers,
    n_segments: int,
    grid: Grid,
) -> State:
    """`partial` of quantity * coefficient[recipe]; `grid` from `weighted_grid_of` or wider."""
    if _compiles(quantity, n_segments, grid):
        return _weighted_pairs(quantity, coefficient, recipe, segment, n_segments, grid).digits()
    return partial(quantity * coefficient[recipe], segment, n_segments, grid)


def add_rows(part: State, place: Integers, state: State) -> None:
    """Add each segment of `part` to segment `place` of `state`, in place and not carried.

    Parameters
    ----------
    part : int64[m, digits]     carried; m <= 2**22 between two carries
    place : int[m]              0 <= place < len(state)
    state : int64[n, digits]
    """
    if part.size < COMPILED_FROM:
        np.add.at(state, place, part)
        return
    from carbonmeter.kernels.compiled import add_rows

    add_rows(part, index(place), state)


def finish(state: State, grid: Grid) -> Floats:
    """Each segment's exact sum, rounded once to the nearest float64 (ties to even).

    Parameters
    ----------
    state : int64[n_segments, digits]    as `partial` or `merge` return it; not changed

    Returns
    -------
    float64[n_segments]    +0.0 for an empty segment or an exact zero; inf beyond float64's range
    """
    if state.size < COMPILED_FROM or state.size == 0:
        return exact.finish(*exact.leading(state), grid)
    return _finished(state, grid)


def _finished(state: State, grid: Grid) -> Floats:
    """`finish` by compiled code."""
    from carbonmeter.kernels.compiled import leading

    bits = np.empty(state.shape[0], dtype=np.int64)
    index = np.empty_like(bits)
    leading(state, bits, index)
    return exact.finish(bits, index, grid)


class _Pairs(NamedTuple):
    """Sums by compiled code: two digits in one place of memory, and the rare ones below them."""

    pair: State
    over: NDArray[np.int64]
    below: State
    deep: NDArray[np.bool_]
    grid: Grid
    width: int

    def digits(self) -> State:
        """As digits of the grid."""
        from carbonmeter.kernels.compiled import add_pairs

        add_pairs(self.pair, self.over, self.width, self.below)
        return exact.carry(self.below)

    def total(self) -> Floats:
        """Rounded to the nearest float64."""
        from carbonmeter.kernels.compiled import round_pairs

        total = np.empty(self.over.size)
        round_pairs(self.pair, self.over, self.grid.top, self.width, total)
        at = np.flatnonzero(self.deep)
        if at.size:
            few = self._replace(pair=self.pair[at], over=self.over[at], below=self.below[at])
            total[at] = _finished(few.digits(), self.grid)
        return total


def _compiles(column: Floats, n_segments: int, grid: Grid) -> bool:
    """Whether compiled code is worth its loading, and can hold the numbers."""
    held = LOWEST <= grid.top <= HIGHEST and not grid.wide
    return column.size >= COMPILED_FROM and n_segments > 0 and held


def _added(n: int, n_segments: int, grid: Grid, add: Callable[[slice, _Pairs], int]) -> _Pairs:
    """The blocks of n rows added one after the other."""
    from carbonmeter.kernels.compiled import carry_marked, carry_pairs

    # Fewer rows between two carries leave room for wider digits, which fewer rows reach below.
    block = min(exact.BLOCK, 1 << max((PER_SEGMENT * n_segments).bit_length(), 18))
    sums = _Pairs(
        np.zeros((n_segments, 2), dtype=np.int64),
        np.zeros(n_segments, dtype=np.int64),
        grid.zeros(n_segments),
        np.zeros(n_segments, dtype=np.bool_),
        grid,
        min(WIDEST, 62 - (block - 1).bit_length()),
    )
    most = int(np.float64(2.0**grid.top).view(np.int64))
    for rows in exact.blocks(n, block):
        if add(rows, sums) > most:
            raise _Beyond
        carry_pairs(sums.pair, sums.over, sums.width)
        carry_marked(sums.below, sums.deep)
    return sums


def _pairs(values: Floats, segment: Integers, n_segments: int, grid: Grid) -> _Pairs:
    from carbonmeter.kernels.compiled import scatter

    values, segment = plain(values), index(segment)

    def add(rows: slice, to: _Pairs) -> int:
        columns = values[rows], segment[rows]
        return scatter(*columns, grid.top, to.width, to.pair, to.below, to.deep)

    return _added(values.size, n_segments, grid, add)


def _weighted_pairs(
    quantity: Floats,
    coefficient: Floats,
    recipe: Integers,
    segment: Integers,
    n_segments: int,
    grid: Grid,
) -> _Pairs:
    from carbonmeter.kernels.compiled import scatter, weighted_scatter

    quantity, weight = plain(quantity), plain(coefficient)
    recipe, segment = index(recipe), index(segment)

    buckets = _Buckets.of(quantity.size, n_segments) if n_segments > CACHED else None

    def add(rows: slice, to: _Pairs) -> int:
        columns = quantity[rows], weight, recipe[rows], segment[rows]
        found = buckets.sorted(*columns) if buckets else None
        if found:
            return scatter(*found, grid.top, to.width, to.pair, to.below, to.deep)
        return weighted_scatter(*columns, grid.top, to.width, to.pair, to.below, to.deep)

    return _added(quantity.size, n_segments, grid, add)


class _Buckets(NamedTuple):
    """Room to put rows together by parts of memory that the nearest caches hold.

    Where rows jump about in more memory than that, two more passes over them save most of the
    time that would be spent in waiting for it.
    """

    n: int
    product: Floats
    place: NDArray[np.int32]

    @classmethod
    def of(cls, n: int, n_segments: int) -> _Buckets:
        room = min(n, exact.BLOCK)
        return cls((n_segments >> BUCKET) + 1, np.empty(room), np.empty(room, dtype=np.int32))

    def sorted(
        self, quantity: Floats, weight: Floats, recipe: Integers, segment: Integers
    ) -> tuple[Floats, Integers] | None:
        """Products and segments by bucket, valid until the next call; None if they nearly are."""
        from carbonmeter.kernels.compiled_ordered import count_buckets, partition

        free = np.zeros(self.n + 1, dtype=np.int64)
        if count_buckets(segment, BUCKET, free) < segment.size // 4:
            return None
        partition(quantity, weight, recipe, segment, BUCKET, free, self.product, self.place)
        return plain(self.product[: segment.size]), index(self.place[: segment.size])


def exponents(values: Floats) -> tuple[int, int]:
    """The span of a column's binary exponents, by the path that its length asks for."""
    if values.size < COMPILED_FROM:
        return exact.exponents(*exact.magnitudes(values))
    from carbonmeter.kernels.compiled import magnitude_bits

    bits = magnitude_bits(plain(values).view(np.int64)) + np.array([0, 1])
    largest, smallest = bits.view(np.float64).tolist()
    return exact.exponents(largest, smallest)


def plain(column: Floats) -> Floats:
    """The column contiguous and read-only: one compiled version serves owned and Arrow memory."""
    same = np.ascontiguousarray(column, dtype=np.float64).view()
    same.flags.writeable = False
    return same


def index(column: Integers) -> Integers:
    """As `plain`, for the two widths of integer that are compiled."""
    same: Integers = np.ascontiguousarray(column).view()
    if same.dtype not in (np.int32, np.int64):
        same = same.astype(np.int64)
    same.flags.writeable = False
    return same
