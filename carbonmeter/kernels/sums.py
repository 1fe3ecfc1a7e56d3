"""Exact sums by segment as one object: what blocks of rows hand over and what merges of them are.

Only `Sums.finish` rounds. Until then a sum is integer digits on a `Grid`, so any cut of the rows
into blocks and any order of merging leaves the same bits, also where blocks have different grids.
"""

from __future__ import annotations

from dataclasses import dataclass

from carbonmeter.kernels import exact, reduce
from carbonmeter.kernels.exact import LOWEST_TOP, Floats, Grid, Integers, State

NOTHING = Grid(LOWEST_TOP, 0)  # the grid of sums to which nothing but zeros was added


@dataclass(frozen=True, eq=False)
class Sums:
    """Exact sums of n segments; `state` is int64[n, 1 + digits], carried, on `grid`.

    Examples
    --------
    >>> import numpy as np
    >>> one = Sums.of(np.array([1e16, 1.0]), np.array([0, 1]), 2)
    >>> other = Sums.of(np.array([1.0, -1e16]), np.array([0, 0]), 2)
    >>> one.merge(other).finish()
    array([1., 1.])
    """

    grid: Grid
    state: State

    @classmethod
    def zeros(cls, n: int) -> Sums:
        """The sums of no rows: neutral in `merge`."""
        return cls(NOTHING, NOTHING.zeros(n))

    @classmethod
    def of(cls, values: Floats, segment: Integers, n: int) -> Sums:
        """Sums of `values` within each segment.

        Parameters
        ----------
        values : float64[rows]    finite
        segment : int[rows]       0 <= segment < n, in any order

        Raises
        ------
        ValueError                a value that is infinite or NaN
        """
        grid = reduce.grid_of(values)
        return _of_state(reduce.partial(values, segment, n, grid), grid)

    @classmethod
    def weighted(
        cls, quantity: Floats, coefficient: Floats, recipe: Integers, segment: Integers, n: int
    ) -> Sums:
        """Sums of quantity * coefficient[recipe], each product rounded to float64 once.

        Parameters
        ----------
        quantity : float64[rows]    finite
        coefficient : float64[k]    finite; products too
        recipe : int[rows]          0 <= recipe < k
        segment : int[rows]         0 <= segment < n, in any order
        """
        grid = reduce.weighted_grid_of(quantity, coefficient)
        state = reduce.weighted_partial(quantity, coefficient, recipe, segment, n, grid)
        return _of_state(state, grid)

    def __len__(self) -> int:
        return int(self.state.shape[0])

    @property
    def nbytes(self) -> int:
        return int(self.state.nbytes)

    def merge(self, other: Sums) -> Sums:
        """The sums of the rows of both; associative and commutative to the bit of `finish`.

        Raises
        ------
        ValueError    another number of segments
        """
        if len(self) != len(other):
            raise ValueError(f"sums of {len(self)} segments do not merge with {len(other)}")
        if self.grid == other.grid:
            return Sums(self.grid, exact.merge(self.state, other.state))
        if other.grid == NOTHING:
            return self
        if self.grid == NOTHING:
            return other
        grid = self.grid.union(other.grid)
        state = exact.carry(
            exact.moved(self.state, self.grid, grid) + exact.moved(other.state, other.grid, grid)
        )
        return Sums(*exact.trimmed(state, grid))

    def placed(self, place: Integers, n: int) -> Sums:
        """The same sums as segments of a larger set, or of a coarser one.

        Parameters
        ----------
        place : int[len(self)]    the segment's new number; those of one number are added
        n : int                   how many segments there are then; those not named are zero
        """
        state = self.grid.zeros(n)
        for rows in exact.blocks(len(self)):
            reduce.add_rows(self.state[rows], place[rows], state)
            exact.carry(state)
        return Sums(self.grid, state)

    def finish(self) -> Floats:
        """float64[n], each sum rounded once to the nearest (ties to even); +0.0 if there is none.

        A sum beyond the range of float64 is infinite.
        """
        return reduce.finish(self.state, self.grid)


def _of_state(state: State, grid: Grid) -> Sums:
    """Zeros lie on no particular grid: they must not widen the grids they are merged with."""
    if grid == exact.EMPTY and not state.any():
        return Sums.zeros(state.shape[0])
    return Sums(grid, state)
