"""Draws of a plan: blocks of groups, blocks of draws, the same bits however the work is cut.

Records, formulas and sums are drawn in double precision; the numbers of meters and rows, and the
variance of a cell as a part of its size, in single precision, each of which is far finer than any
run of draws can tell. A cell is drawn by its own key, so groups that are added up hold the very
numbers of their parts: children add up to parents draw by draw, to the rounding of doubles.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from carbonmeter.accounts.lineage import Follow
from carbonmeter.accounts.models import Model, together
from carbonmeter.accounts.own_errors import Errors
from carbonmeter.kernels.draws import COMPILED_FROM
from carbonmeter.kernels.mixing import Mixture, mix
from carbonmeter.kernels.terms import BLOCK
from carbonmeter.uncertainty.sample import Quantities

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Column = NDArray[np.float64]
Single = NDArray[np.float32]
Index = NDArray[np.int64]
ROOM = 1 << 23  # numbers held at a time by one block of draws (64 MB)
KEPT = 1 << 23  # draws kept at a time, before they are reduced (32 MB in single precision)
SHARED = 1 << 23  # coefficients drawn that all blocks of groups use (64 MB)
WIDEST = 2048  # draws of a block
FEW = 32  # models or sets evaluated at a time: their draws stay in the cache


@dataclass(frozen=True)
class Plan:
    """Everything a draw of the groups needs; rows are not seen again.

    A column of `table` is a model, or a model times a normal number (of a meter, or of rows that
    fall alike). `own` adds up the variance of the rows of one cell, over their sets of models.
    `follows` are records computed in each draw from others. `exact` draws the numbers of meters and
    rows in double precision.
    """

    quantities: Quantities
    record_of: list[int]
    models: list[Model]
    table: csr_array
    errors: Errors
    cell_group: Index
    follows: tuple[Follow, ...] = ()
    exact: bool = False

    def draws(
        self, groups: slice, n: int, seed: int, *, workers: int = 1, width: int | None = None
    ) -> Column:
        """Draws 0 to n of some groups, in tCO2e: float64[groups, n].

        The same bits for any split of groups, number of workers and width of block.
        """
        part = Part(self, np.arange(self.table.shape[0])[groups], seed)
        out = np.empty((part.count, n))
        part.fill(out, 0, np.zeros(part.count), workers=workers, width=width)
        return out

    def blocks(self, n: int) -> list[Index]:
        """The groups in blocks whose draws are held at a time."""
        total = int(self.table.shape[0])
        size = max(1, KEPT // n)
        return [np.arange(i, min(i + size, total)) for i in range(0, total, size)]

    @cached_property
    def mixture(self) -> Mixture:
        """All groups: what they add up, of which models, numbers and sets of models."""
        errors, table = self.errors, self.table
        size = np.diff(errors.own.indptr)
        cells = np.flatnonzero((size > 0) & (self.cell_group >= 0))
        cells = cells[np.argsort(self.cell_group[cells], kind="stable")]
        own = errors.own[cells]
        share = own.data * self.terms.point[own.indices] ** 2
        # Each cell's variance as parts of the largest, so that no unit has a say in its rounding.
        cell = np.repeat(np.arange(cells.size), np.diff(own.indptr))
        largest = np.zeros(cells.size)
        np.maximum.at(largest, cell, share)
        part = np.divide(share, largest[cell], out=np.zeros(share.size), where=share > 0.0)
        groups = np.arange(table.shape[0] + 1)
        return Mixture(
            table.indptr.astype(np.int64),
            errors.column_model[table.indices],
            errors.column_noise[table.indices],
            table.data,
            errors.noise_keys,
            np.searchsorted(self.cell_group[cells], groups).astype(np.int64),
            own.indptr.astype(np.int64),
            own.indices.astype(np.int64),
            part.astype(np.float32),
            np.sqrt(largest),
            errors.cell_keys[cells],
        )

    @cached_property
    def terms(self) -> Terms:
        sets = self.errors.set_models
        co2e = np.array([model.co2e for model in self.models])
        bare = Terms(sets.indptr.astype(np.int64), sets.indices.astype(np.int64), sets.data, co2e)
        point = bare.of(co2e[:, np.newaxis])[:, 0]
        return bare._replace(point=np.where(point == 0.0, 1.0, point))

    @cached_property
    def centre(self) -> Column:
        """Of each group, what it is at the medians of all that is drawn, in tCO2e."""
        mixture, half = self.mixture, np.array([0.5])
        drawn = {
            record: shape.quantile(half)
            for record, shape in zip(self.record_of, self.quantities.shapes, strict=True)
        }
        follow(self.follows, drawn)
        middle = np.array([model.coefficient(drawn, 1)[0] for model in self.models])
        group = np.repeat(np.arange(self.table.shape[0]), np.diff(mixture.entries))
        plain = np.flatnonzero(mixture.key < 0)
        added = mixture.amount[plain] * middle[mixture.model[plain]]
        return np.asarray(np.bincount(group[plain], added, self.table.shape[0]), np.float64)

    def compiled(self, n: int) -> bool:
        """Whether n draws of all groups are worth the start of compiled code."""
        return n * numbers_of(self.mixture) > COMPILED_FROM


def numbers_of(mixture: Mixture) -> int:
    """How many single numbers a draw makes; what is only multiplied and added counts less."""
    added = mixture.model.size + mixture.share.size
    groups = mixture.entries.size - 1
    return groups + mixture.cell_keys.size + mixture.keys.size + added // 8


class Terms(NamedTuple):
    """Sets of models whose rows err together: a row's error times the sum of its models.

    `point` is that sum at the values printed; 1 where these give none.
    """

    offsets: Index
    model: Index
    weight: Column
    point: Column

    def of(self, coefficient: Column, left: int = 0, right: int | None = None) -> Column:
        """The sum over the models of each set, one after the other; of sets `left` to `right`."""
        first, end = self.offsets[:-1][left:right], self.offsets[1:][left:right]
        found = np.zeros((first.size, coefficient.shape[1]))
        for k in range(int((end - first).max(initial=0))):
            at = np.flatnonzero(first + k < end)
            entry = first[at] + k
            found[at] += self.weight[entry, np.newaxis] * coefficient[self.model[entry]]
        return found

    def take(self, sets: Index, models: Index) -> Terms:
        """Some of the sets, with their models numbered as in `models`, which is sorted."""
        offsets, entry = _ragged(self.offsets, sets)
        model = np.searchsorted(models, self.model[entry])
        return Terms(offsets, model, self.weight[entry], self.point[sets])


class Coefficients:
    """What models and sets of models are in each draw."""

    def __init__(self, plan: Plan, models: Index, sets: Index, seed: int) -> None:
        self.models = [plan.models[m] for m in models.tolist()]
        self.follows = plan.follows
        self.alike = _alike(self.models, [*plan.record_of, *(f.record for f in plan.follows)])
        self.terms = plan.terms.take(sets, models)
        self.quantities, self.record_of, self.seed = plan.quantities, plan.record_of, seed
        used = {record for model in self.models for record in model.records}
        for each in reversed(plan.follows):  # children before their parents
            if each.record in used:
                used |= {*each.parents}
        self.drawn = [i for i, record in enumerate(plan.record_of) if record in used]

    @property
    def size(self) -> int:
        """Numbers that one draw takes."""
        return len(self.models) + self.terms.offsets.size + len(self.drawn) + len(self.follows)

    def at(self, start: int, stop: int, compiled: bool) -> tuple[Column, Single]:
        """tCO2e per unit of each model; the square of each set, in parts of that printed."""
        n = stop - start
        values = self.quantities.draw(self.seed, start, stop, compiled, self.drawn)
        drawn = {self.record_of[i]: row for i, row in zip(self.drawn, values, strict=True)}
        follow(self.follows, drawn)
        coefficient = np.empty((len(self.models), n))
        for places in self.alike:
            coefficient[places] = together([self.models[i] for i in places], drawn, n)
        terms, square = self.terms, np.empty((self.terms.point.size, n), dtype=np.float32)
        for left in range(0, terms.point.size, FEW):
            right = left + FEW
            point = terms.point[left:right, np.newaxis]
            square[left:right] = (terms.of(coefficient, left, right) / point) ** 2
        return coefficient, square


def follow(follows: Sequence[Follow], drawn: dict[int, Column]) -> None:
    """Adds the records that follow from those drawn, parents first."""
    for each in follows:
        if any(parent in drawn for parent in each.parents):
            drawn[each.record] = each.of(drawn)


def _alike(models: list[Model], drawn: list[int]) -> list[list[int]]:
    """Places of models with one formula whose same arguments are drawn: evaluated together."""
    known, found = set(drawn), dict[tuple[object, ...], list[int]]()
    for i, model in enumerate(models):
        which = tuple(record in known for record in model.records)
        found.setdefault((model.method, which), []).append(i)
    return [p[i : i + FEW] for p in found.values() for i in range(0, len(p), FEW)]


class Shared:
    """Coefficients of all models, drawn once for all blocks of groups, as long as there is room."""

    def __init__(self, plan: Plan, seed: int) -> None:
        every = np.arange(len(plan.models)), np.arange(plan.errors.set_models.shape[0])
        self.whole = Coefficients(plan, *every, seed)
        self.kept: dict[int, tuple[Column, Single]] = {}
        self.room = SHARED // (self.whole.size * WIDEST)
        self.lock = Lock()

    def at(self, start: int, stop: int, compiled: bool) -> tuple[Column, Single] | None:
        """All models and sets of these draws, or None: there is no room, or they are no block."""
        if start % WIDEST or stop - start > WIDEST:
            return None
        with self.lock:
            found = self.kept.get(start)
            if found is not None and found[0].shape[1] >= stop - start:
                return found[0][:, : stop - start], found[1][:, : stop - start]
            if found is None and len(self.kept) >= self.room:
                return None
            self.kept[start] = self.whole.at(start, stop, compiled)
            return self.kept[start]


class Part:
    """Some groups of a plan, to be drawn with a seed."""

    def __init__(self, plan: Plan, groups: Index, seed: int, shared: Shared | None = None) -> None:
        whole, self.plan, self.seed, self.shared = plan.mixture, plan, seed, shared
        entries, e = _ragged(whole.entries, groups)
        cells, c = _ragged(whole.cells, groups)
        parts, p = _ragged(whole.parts, c)
        self.sets, which = np.unique(whole.which[p], return_inverse=True)
        _, term = _ragged(plan.terms.offsets, self.sets)
        self.models = np.unique(np.concatenate([whole.model[e], plan.terms.model[term]]))
        keys, key = np.unique(np.append(whole.key[e], -1), return_inverse=True)
        self.mixture = Mixture(
            entries,
            np.searchsorted(self.models, whole.model[e]),
            key[:-1] - 1,
            whole.amount[e],
            whole.keys[keys[1:]],
            cells,
            parts,
            which,
            whole.share[p],
            whole.scale[c],
            whole.cell_keys[c],
        )
        self.groups, self.count = groups, groups.size

    @cached_property
    def coefficients(self) -> Coefficients:
        return Coefficients(self.plan, self.models, self.sets, self.seed)

    def fill(
        self,
        out: NDArray[np.floating[Any]],
        start: int,
        centre: Column,
        *,
        workers: int = 1,
        width: int | None = None,
        compiled: bool | None = None,
    ) -> None:
        """Draws from `start` on, less the centre of each group, into those columns of `out`."""
        stop, mixture = out.shape[1], self.mixture
        size = self.models.size + self.sets.size + 1
        if compiled is None:
            compiled = (stop - start) * numbers_of(mixture) > COMPILED_FROM
        if not compiled:  # NumPy holds the numbers of a block, compiled code makes them as it goes
            size += 2 * mixture.cell_keys.size + mixture.keys.size + self.count
        elif self.plan.exact:
            size += mixture.keys.size
        wide = width or max(2, min(WIDEST, ROOM // size))
        if width is None and wide > BLOCK:
            wide = wide // BLOCK * BLOCK  # single numbers are made by whole blocks
        edges = sorted({start, *range((start // wide + 1) * wide, stop, wide), stop})

        def block(edge: tuple[int, int]) -> None:
            left, right = edge
            coefficient, square = self._at(left, right, compiled)
            mix(
                mixture,
                self.seed,
                left,
                coefficient,
                square,
                centre,
                out,
                left,
                exact=self.plan.exact,
                compiled=compiled,
            )

        pairs = list(pairwise(edges))
        if workers == 1:
            for edge in pairs:
                block(edge)
        else:
            with ThreadPoolExecutor(workers) as pool:
                list(pool.map(block, pairs))

    def _at(self, start: int, stop: int, compiled: bool) -> tuple[Column, Single]:
        if self.shared:
            found = self.shared.at(start, stop, compiled)
            if found is not None:
                return found[0][self.models], found[1][self.sets]
        return self.coefficients.at(start, stop, compiled)


def _ragged(offsets: Index, at: Index) -> tuple[Index, Index]:
    """Of some segments, the offsets when they stand side by side, and the places of all entries."""
    size = offsets[at + 1] - offsets[at]
    made = np.concatenate([[0], np.cumsum(size)]).astype(np.int64)
    place = np.arange(made[-1], dtype=np.int64) + np.repeat(offsets[at] - made[:-1], size)
    return made, place
