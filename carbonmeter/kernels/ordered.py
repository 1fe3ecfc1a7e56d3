"""Rows in the order of their segments: sorted once, then summed at the speed of reading them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from carbonmeter.kernels import reduce
from carbonmeter.kernels.exact import Floats, Integers

if TYPE_CHECKING:
    from concurrent.futures import Executor

Codes = NDArray[np.integer[Any]]
TASK = 1 << 20  # rows: less than a millisecond of work is not worth a thread


def counting_order(segment: Integers, n: int) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """The rows sorted by segment; rows of one segment keep their order.

    Parameters
    ----------
    segment : int[rows]    0 <= segment < n
    n : int

    Returns
    -------
    int32[rows], int64[n + 1]    the rows in order; segment s is order[offsets[s]:offsets[s + 1]]

    Examples
    --------
    >>> import numpy as np
    >>> order, offsets = counting_order(np.array([1, 0, 1, 3]), 4)
    >>> order.tolist(), offsets.tolist()
    ([1, 0, 2, 3], [0, 1, 3, 3, 4])
    """
    offsets = np.zeros(n + 1, dtype=np.int64)
    if segment.size < reduce.COMPILED_FROM:
        np.cumsum(np.bincount(segment, minlength=n), out=offsets[1:])
        return np.argsort(segment, kind="stable").astype(np.int32), offsets
    from carbonmeter.kernels import compiled_ordered as code

    plain = reduce.index(segment)
    order = np.empty(segment.size, dtype=np.int32)
    code.count(plain, offsets)
    code.place(plain, offsets[:-1].copy(), order)
    return order, offsets


def narrow(n: int) -> np.dtype[np.integer[Any]]:
    """The narrowest integers that hold codes below n."""
    return np.dtype(np.uint8 if n <= 1 << 8 else np.uint16 if n <= 1 << 16 else np.int32)


@dataclass(frozen=True, eq=False)
class Runs:
    """Rows sorted by segment: 8 bytes of quantity and 1, 2 or 4 of recipe each, and offsets.

    `highest` is the binary exponent of the largest |quantity|.
    """

    quantity: Floats
    recipe: Codes
    offsets: NDArray[np.int64]
    n_recipes: int
    highest: int

    @classmethod
    def of(
        cls, quantity: Floats, recipe: Integers, n_recipes: int, segment: Integers, n: int
    ) -> Runs:
        """The rows sorted; columns are copied.

        Parameters
        ----------
        quantity : float64[rows]    finite
        recipe : int[rows]          0 <= recipe < n_recipes
        segment : int[rows]         0 <= segment < n, in any order
        """
        highest, _ = reduce.exponents(quantity)
        codes = narrow(n_recipes)
        if quantity.size < reduce.COMPILED_FROM:
            order, offsets = counting_order(segment, n)
            return cls(quantity[order], recipe[order].astype(codes), offsets, n_recipes, highest)
        from carbonmeter.kernels import compiled_ordered as code

        offsets = np.zeros(n + 1, dtype=np.int64)
        plain = reduce.index(segment)
        code.count(plain, offsets)
        values, narrowed = np.empty(quantity.size), np.empty(quantity.size, dtype=codes)
        code.arrange(
            reduce.plain(quantity),
            reduce.index(recipe),
            plain,
            offsets[:-1].copy(),
            values,
            narrowed,
        )
        return cls(values, narrowed, offsets, n_recipes, highest)

    def __len__(self) -> int:
        return int(self.offsets.size - 1)

    @property
    def nbytes(self) -> int:
        return int(self.quantity.nbytes + self.recipe.nbytes + self.offsets.nbytes)

    def joined(self, first: Integers) -> Runs:
        """Neighbouring runs put together, without a copy of the rows.

        Parameters
        ----------
        first : int[m + 1]    the first run of each new one, rising from 0; the last is len(self)
        """
        offsets = self.offsets[first]
        return Runs(self.quantity, self.recipe, offsets, self.n_recipes, self.highest)

    def sums(self, coefficient: Floats, pool: Executor | None = None) -> Floats:
        """Sum of quantity * coefficient[recipe] of each run, bit for bit `weighted_segment_sum`.

        Parameters
        ----------
        coefficient : float64[n_recipes]    finite; products too
        pool : Executor                     threads of the caller's; how many leaves no mark

        Raises
        ------
        ValueError                          not one finite coefficient for each recipe
        """
        if coefficient.shape != (self.n_recipes,):
            raise ValueError(f"{self.n_recipes} coefficients are needed, not {coefficient.shape}")
        top = self.highest + reduce.exponents(coefficient)[0]
        rows = np.diff(self.offsets)
        if self.quantity.size < reduce.COMPILED_FROM or not reduce.LOWEST <= top <= reduce.HIGHEST:
            return self._scattered(coefficient, slice(None), rows)
        total, deep = np.empty(len(self)), np.empty(len(self), dtype=np.bool_)
        self._run(reduce.plain(coefficient), top, total, deep, pool)
        if deep.any():
            again = np.flatnonzero(deep)
            starts = self.offsets[again]
            length = rows[again]
            at = np.repeat(starts - np.cumsum(length) + length, length) + np.arange(length.sum())
            total[again] = self._scattered(coefficient, at, length)
        return total

    def _run(
        self,
        coefficient: Floats,
        top: int,
        total: Floats,
        deep: NDArray[np.bool_],
        pool: Executor | None,
    ) -> None:
        """The compiled pass, in pieces of whole runs if there is a pool to work on them."""
        from carbonmeter.kernels.compiled_ordered import run_sums

        def piece(runs: slice) -> None:
            offsets = self.offsets[runs.start : runs.stop + 1]
            run_sums(self.quantity, coefficient, self.recipe, offsets, top, total[runs], deep[runs])

        n_tasks = self.quantity.size // TASK
        if pool is None or n_tasks < 2:
            piece(slice(0, len(self)))
            return
        rows = np.linspace(0, self.quantity.size, n_tasks + 1)
        edges = np.unique(np.searchsorted(self.offsets, rows).clip(0, len(self)))
        edges[-1] = len(self)  # empty runs at the end
        for _ in pool.map(piece, (slice(a, b) for a, b in pairwise(edges))):
            pass

    def _scattered(
        self, coefficient: Floats, at: slice | NDArray[np.int64], length: NDArray[np.int64]
    ) -> Floats:
        """The sums of some runs by the way that serves any numbers."""
        segment = np.repeat(np.arange(length.size), length)
        recipe = self.recipe[at].astype(np.int32)
        return reduce.weighted_segment_sum(
            self.quantity[at], coefficient, recipe, segment, length.size
        )
