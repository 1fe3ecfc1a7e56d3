"""Runs side by side: eight of about one length share a vector, so that none is added across it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from carbonmeter.kernels import ordered, reduce
from carbonmeter.kernels.exact import Floats, Integers
from carbonmeter.kernels.ordered import Codes, Runs, narrow

if TYPE_CHECKING:
    from concurrent.futures import Executor

LANES, FEW = 8, 32  # of the compiled pass
MOST = 512  # rows of a lane, as 2**9 integers of 52 bits stay within 62: a longer run has several
# Products below 2**top and not below 2**(low - 2) have no bit below 2**(low - 54). What the first
# cut leaves of 2**9 of them adds up to 2**(top - 43) at most: within 53 bits if top - low <= NEAR.
NEAR = 42
WINDOW = 1024  # lanes that are sorted by their lengths: their totals lie near each other


def arranged(
    quantity: Floats, recipe: Integers, n_recipes: int, segment: Integers, n: int
) -> Runs | Lanes:
    """The rows sorted by segment, in the way that their number asks for; see `Runs.of`."""
    of = Runs.of if quantity.size < reduce.COMPILED_FROM else Lanes.of
    return of(quantity, recipe, n_recipes, segment, n)


@dataclass(frozen=True, eq=False)
class Lanes:
    """Rows sorted by segment for the compiled pass: 8 bytes of quantity and 1, 2 or 4 of recipe.

    Every eight lanes are a slice: the first row of each, then the second, and so on; the shorter
    lanes end in rows of nothing. Lanes of a window are sorted by length, so these are few.

    Attributes
    ----------
    quantity, recipe : [N]         the rows
    start : int64[slices + 1]      where slices begin
    run : int32[8 slices]          of each lane; n_runs where it is of none
    single : bool                  whether every run is one lane at most
    highest, lowest : int          binary exponents of the largest and smallest |quantity|
    """

    quantity: Floats
    recipe: Codes
    start: NDArray[np.int64]
    run: NDArray[np.int32]
    n_runs: int
    single: bool
    n_recipes: int
    highest: int
    lowest: int

    @classmethod
    def of(
        cls, quantity: Floats, recipe: Integers, n_recipes: int, segment: Integers, n: int
    ) -> Lanes:
        """The rows sorted; columns are copied.

        Parameters
        ----------
        quantity : float64[rows]    finite
        recipe : int[rows]          0 <= recipe < n_recipes
        segment : int[rows]         0 <= segment < n, in any order
        """
        from carbonmeter.kernels import compiled_lanes as code
        from carbonmeter.kernels.compiled_ordered import count

        highest, lowest = reduce.exponents(quantity)
        plain, offsets = reduce.index(segment), np.zeros(n + 1, dtype=np.int64)
        count(plain, offsets)
        rows = np.diff(offsets)
        several = np.maximum(-(-rows // MOST), 1)
        run, length = np.arange(n, dtype=np.int32), rows
        lane, single = plain, not n or int(several.max()) == 1
        if not single:
            first = (np.cumsum(several) - several).astype(np.int32)
            run = np.repeat(run, several)
            length = np.full(run.size, MOST)
            length[first + several - 1] = rows - MOST * (several - 1)
            lane = np.empty(plain.size, dtype=np.int32)
            code.lane_of_rows(plain, first, MOST, np.zeros(n, dtype=np.int64), lane)
            lane = reduce.index(lane)
        place, start = _slices(length)
        values = np.full(int(start[-1]), 0.0)  # NumPy asks for large pages where it fills them
        narrowed = np.full(values.size, 0, dtype=narrow(n_recipes))
        free = start[place // LANES] + place % LANES
        columns = reduce.plain(quantity), reduce.index(recipe), lane
        code.arrange_lanes(*columns, free, values, narrowed)
        of_place = np.full((start.size - 1) * LANES, n, dtype=np.int32)
        of_place[place] = run
        return cls(values, narrowed, start, of_place, n, single, n_recipes, highest, lowest)

    def __len__(self) -> int:
        return self.n_runs

    @property
    def nbytes(self) -> int:
        columns = self.quantity, self.recipe, self.start, self.run
        return sum(column.nbytes for column in columns)

    def joined(self, first: Integers) -> Lanes:
        """Neighbouring runs put together, without a copy of the rows; see `Runs.joined`."""
        m = len(first) - 1
        into = np.append(np.searchsorted(first, np.arange(self.n_runs), side="right") - 1, m)
        run = into[self.run].astype(np.int32)
        return replace(self, run=run, n_runs=m, single=False)

    def sums(self, coefficient: Floats, pool: Executor | None = None) -> Floats:
        """Sum of quantity * coefficient[recipe] of each run; see `Runs.sums`.

        Raises
        ------
        ValueError    not one finite coefficient for each recipe
        """
        if coefficient.shape != (self.n_recipes,):
            raise ValueError(f"{self.n_recipes} coefficients are needed, not {coefficient.shape}")
        high, low = reduce.exponents(coefficient)
        top = self.highest + high
        total = np.empty(self.n_runs + 1)
        deep = np.zeros(self.n_runs + 1, dtype=np.bool_)
        if reduce.LOWEST <= top <= reduce.HIGHEST:
            padded = np.zeros(max(self.n_recipes, FEW))
            padded[: self.n_recipes] = coefficient
            near = top - (self.lowest + low) <= NEAR
            self._run(reduce.plain(padded), near, top, total, deep, pool)
        else:
            deep[:] = True
        deep[-1] = False
        if deep.any():
            total[deep] = self._scattered(coefficient, deep)
        return total[:-1]

    def _run(
        self,
        coefficient: Floats,
        near: bool,
        top: int,
        total: Floats,
        deep: NDArray[np.bool_],
        pool: Executor | None,
    ) -> None:
        """The compiled pass, in pieces of whole slices if there is a pool to work on them."""
        from carbonmeter.kernels import compiled_lanes as code

        n, few = self.start.size - 1, self.n_recipes <= FEW
        columns = self.quantity, coefficient, self.recipe
        parts = np.empty((0 if self.single else n, 3 * LANES), dtype=np.int64)

        def piece(of: slice) -> None:
            start = self.start[of.start : of.stop + 1]
            if self.single:
                run = self.run[LANES * of.start : LANES * of.stop]
                code.lane_totals(*columns, start, run, few, near, top, total, deep)
            else:
                code.lane_digits(*columns, start, few, near, top, parts[of])

        n_tasks = self.quantity.size // ordered.TASK
        if pool is None or n_tasks < 2:
            piece(slice(0, n))
        else:
            rows = np.linspace(0, self.quantity.size, n_tasks + 1)
            edges = np.unique(np.searchsorted(self.start, rows).clip(0, n)).tolist()
            edges[-1] = n
            for _ in pool.map(piece, map(slice, edges[:-1], edges[1:])):
                pass
        if not self.single:
            code.total_of_parts(parts, self.run, top, total, deep)

    def _scattered(self, coefficient: Floats, deep: NDArray[np.bool_]) -> Floats:
        """The sums of some runs by the way that serves any numbers."""
        lane = np.flatnonzero(deep[self.run])
        begin, length = self.start[lane // LANES] + lane % LANES, np.diff(self.start)[lane // LANES]
        length //= LANES
        step = np.arange(length.sum()) - np.repeat(np.cumsum(length) - length, length)
        at = np.repeat(begin, length) + LANES * step
        place = np.cumsum(deep) - 1
        segment = np.repeat(place[self.run[lane]], length)
        recipe = self.recipe[at].astype(np.int32)
        n = int(np.count_nonzero(deep))
        return reduce.weighted_segment_sum(self.quantity[at], coefficient, recipe, segment, n)


def _slices(length: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where each lane comes to stand, and where each slice of eight begins."""
    window = np.arange(length.size) // WINDOW
    order = np.argsort(window * (MOST + 1) + length, kind="stable")
    place = np.empty(length.size, dtype=np.int64)
    place[order] = np.arange(length.size)
    n = -(-length.size // LANES)
    held = np.zeros(n * LANES, dtype=np.int64)
    held[: length.size] = length[order]
    start = np.zeros(n + 1, dtype=np.int64)
    np.cumsum(LANES * held.reshape(n, LANES).max(axis=1, initial=0), out=start[1:])
    return place, start
