"""Draws of groups read off block by block, and more added until what they say is settled."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from carbonmeter.accounts import drawing
from carbonmeter.accounts.drawing import Part, Plan, Shared
from carbonmeter.uncertainty.reading import ROUNDING, Summary, described, numerical_tolerance

Column = NDArray[np.float64]
Index = NDArray[np.int64]
Single = NDArray[np.float32]
STEP = 10_000  # draws of one batch while a tolerance is sought
# How many times as many draws are tried next. What a group needs is up to it alone, so that other
# groups have no say in its draws; few steps, so that groups of one step are drawn together.
GROWTH = (1.25, 1.5, 2.0, 3.0, 4.0)


@dataclass(frozen=True)
class Settling:
    """What is asked of each group, and when its draws are enough.

    Parameters
    ----------
    draws, most : int    how many at first, and at most
    tolerance : float    of two standard errors of mean, u and both ends, as a part of u
    digits : int         instead of it: to half a unit of the last of so many digits of u
    """

    draws: int
    most: int
    seed: int
    coverage: float
    interval: str
    tolerance: float | None = None
    digits: int | None = None
    workers: int = 1

    @property
    def adaptive(self) -> bool:
        return self.tolerance is not None or self.digits is not None

    def excess(self, said: Summary, error: Summary) -> Column:
        """Two standard errors of the worst number of each group, as a part of what they may be."""
        worst = 2.0 * np.max(np.stack(error), axis=0)
        if self.digits is not None:
            limit = numerical_tolerance(said.u, self.digits)
        else:
            limit = (self.tolerance or 1.0) * said.u
        part: Column = np.divide(worst, limit, out=np.zeros(worst.size), where=worst > 0.0)
        return part


@dataclass(frozen=True)
class Readings:
    """Of each group: how many draws, what they say, how surely, and their share within limits."""

    draws: Index
    said: Summary
    error: Summary
    within: Column

    @classmethod
    def empty(cls, n: int) -> Readings:
        numbers = np.zeros((9, n))
        return cls(np.zeros(n, np.int64), Summary(*numbers[:4]), Summary(*numbers[4:8]), numbers[8])

    def put(self, at: Index, other: Readings) -> None:
        self.draws[at] = other.draws
        self.within[at] = other.within
        for mine, its in zip((*self.said, *self.error), (*other.said, *other.error), strict=True):
            mine[at] = its


@dataclass(frozen=True)
class Run:
    """Draws of all groups of a plan.

    Parameters
    ----------
    value, expanded : float64[groups]    the limits are value ± expanded, tCO2e
    """

    plan: Plan
    asked: Settling
    value: Column
    expanded: Column

    @cached_property
    def shared(self) -> Shared:
        return Shared(self.plan, self.asked.seed)

    @cached_property
    def compiled(self) -> bool:
        return self.plan.compiled(self.asked.draws)

    def readings(self, progress: Callable[[int, int], None] | None = None) -> Readings:
        """All groups; blocks of them go to the workers, a single one is shared between them."""
        blocks, workers = self.plan.blocks(self.asked.draws), self.asked.workers
        found = Readings.empty(self.value.size)
        inside = workers if len(blocks) == 1 else 1
        with ThreadPoolExecutor(workers) as pool:
            each = pool.map(lambda block: self._block(block, inside), blocks)
            for done, (block, part) in enumerate(zip(blocks, each, strict=True)):
                found.put(block, part)
                if progress:
                    progress(done + 1, len(blocks))
        return found

    def _block(self, groups: Index, workers: int) -> Readings:
        found = Readings.empty(groups.size)
        kept = np.empty((groups.size, 0), dtype=np.float32)
        self._extend(found, groups, np.arange(groups.size), kept, self.asked.draws, workers)
        return found

    def _extend(
        self, found: Readings, groups: Index, at: Index, kept: Single, n: int, workers: int
    ) -> None:
        """Adds draws of some groups of a block up to n, and of those not settled still more."""
        some, had = groups[at], kept.shape[1]
        centre = self.plan.centre[some]
        draws = np.empty((some.size, n), dtype=np.float32)
        draws[:, :had] = kept
        part = Part(self.plan, some, self.asked.seed, self.shared)
        part.fill(draws, had, centre, workers=workers, compiled=self.compiled)
        read = self._read(some, draws, centre)
        found.put(at, read)
        if not self.asked.adaptive or n >= self.asked.most:
            return
        for more, these in _growing(self.asked.excess(read.said, read.error)):
            wanted = min(-(-int(n * more) // STEP) * STEP, self.asked.most)
            size = max(1, drawing.KEPT // wanted)
            for left in range(0, these.size, size):
                chosen = these[left : left + size]
                self._extend(found, groups, at[chosen], draws[chosen], wanted, workers)

    def _read(self, groups: Index, draws: Single, centre: Column) -> Readings:
        asked = self.asked
        said, error = described(draws, asked.coverage, asked.interval, self.compiled)
        value, slack = self.value[groups], ROUNDING * np.abs(self.value[groups])
        half = self.expanded[groups] + slack
        low, high = ((value + side * half - centre).astype(np.float32) for side in (-1.0, 1.0))
        inside = (draws >= low[:, np.newaxis]) & (draws <= high[:, np.newaxis])
        within = np.count_nonzero(inside, axis=1) / draws.shape[1]
        moved = Summary(said.mean + centre, said.u, said.low + centre, said.high + centre)
        return Readings(np.full(groups.size, draws.shape[1]), moved, error, within)


def _growing(excess: Column) -> Iterator[tuple[float, Index]]:
    """How many times as many draws the groups not settled are to have; errors fall by the root."""
    step = np.searchsorted(GROWTH[:-1], 1.1 * excess**2)
    for i, more in enumerate(GROWTH):
        these = np.flatnonzero((step == i) & (excess > 1.0))
        if these.size:
            yield more, these
