"""Draws of a plan: blocks of groups, blocks of draws, the same bits however the work is cut."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from carbonmeter.accounts.models import Model
from carbonmeter.accounts.own_errors import Errors
from carbonmeter.kernels.draws import COMPILED_FROM, normals
from carbonmeter.uncertainty.sample import Quantities

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Column = NDArray[np.float64]
Index = NDArray[np.int64]
ROOM = 1 << 22  # numbers held at a time by one block of draws (32 MB)
KEPT = 1 << 22  # draws kept at a time, before they are reduced (32 MB)
WIDEST = 2048  # draws of a block


@dataclass(frozen=True)
class Plan:
    """Everything a draw of the groups needs; rows are not seen again.

    A column of `table` is a model, or a model times a normal number (of a meter, or of rows that
    fall alike). `own` adds up the variance of the rows of one cell, over their sets of models.
    """

    quantities: Quantities
    record_of: list[int]
    models: list[Model]
    table: csr_array
    errors: Errors
    cell_group: Index

    def draws(
        self, groups: slice, n: int, seed: int, *, workers: int = 1, width: int | None = None
    ) -> Column:
        """Draws 0 to n of some groups, in tCO2e: float64[groups, n].

        The same bits for any split of groups, number of workers and width of block.
        """
        part = _Part(self, groups)
        out = np.empty((part.table.shape[0], n))
        wide = width or max(2, min(WIDEST, ROOM // max(part.size, 1)) // 2 * 2)
        compiled = n * part.size > COMPILED_FROM

        def fill(start: int) -> None:
            stop = min(start + wide, n)
            out[:, start:stop] = part.block(seed, start, stop, compiled)

        if workers == 1:
            for start in range(0, n, wide):
                fill(start)
        else:
            with ThreadPoolExecutor(workers) as pool:
                list(pool.map(fill, range(0, n, wide)))
        return out

    def blocks(self, n: int) -> list[slice]:
        """The groups in blocks whose draws are held at a time."""
        total = int(self.table.shape[0])
        size = max(1, KEPT // n)
        return [slice(start, min(start + size, total)) for start in range(0, total, size)]


class _Part:
    """What of a plan some groups need."""

    def __init__(self, plan: Plan, groups: slice) -> None:
        from scipy.sparse import csr_array

        errors = plan.errors
        table = plan.table[groups]
        columns = np.unique(table.indices)
        self.table = table[:, columns]
        self.plan = plan
        inside = (plan.cell_group >= groups.start) & (plan.cell_group < groups.stop)
        cells = np.flatnonzero(inside & (errors.own.indptr[1:] > errors.own.indptr[:-1]))
        own = errors.own[cells]
        sets = np.unique(own.indices)
        self.own = own[:, sets]
        terms = errors.set_models[sets]
        models = np.unique(np.concatenate([errors.column_model[columns], terms.indices]))
        self.models = models
        self.terms = terms[:, models]
        self.column_model = np.searchsorted(models, errors.column_model[columns])
        noise = errors.column_noise[columns]
        self.noisy = np.flatnonzero(noise >= 0)
        used, self.noise = np.unique(noise[self.noisy], return_inverse=True)
        self.noise_keys = errors.noise_keys[used]
        self.cell_keys = errors.cell_keys[cells]
        group = plan.cell_group[cells] - groups.start
        ones = np.ones(cells.size)
        shape = (self.table.shape[0], cells.size)
        self.to_group = csr_array((ones, (group, np.arange(cells.size))), shape=shape)
        of_models = {r for m in models.tolist() for r in plan.models[m].records}
        self.drawn = [i for i, record in enumerate(plan.record_of) if record in of_models]

    @cached_property
    def size(self) -> int:
        """Numbers that one draw takes."""
        return int(
            self.column_model.size
            + self.noise_keys.size
            + 2 * self.cell_keys.size
            + self.models.size
            + self.terms.shape[0]
            + len(self.plan.quantities)
            + self.table.shape[0]
        )

    def block(self, seed: int, start: int, stop: int, compiled: bool) -> Column:
        n, plan = stop - start, self.plan
        values = plan.quantities.draw(seed, start, stop, compiled)
        drawn = {plan.record_of[i]: values[i] for i in self.drawn}
        coefficient = np.empty((self.models.size, n))
        for i, model in enumerate(self.models.tolist()):
            coefficient[i] = plan.models[model].coefficient(drawn, n)
        columns = coefficient[self.column_model]
        if self.noisy.size:
            z = normals(seed, self.noise_keys, start, stop, compiled)
            columns[self.noisy] *= z[self.noise]
        total: Column = self.table @ columns
        if self.cell_keys.size:
            spread = np.sqrt(self.own @ (self.terms @ coefficient) ** 2)
            total += self.to_group @ (spread * normals(seed, self.cell_keys, start, stop, compiled))
        return total
