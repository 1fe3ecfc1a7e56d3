"""First order of totals through what connects records: u, covariance, degrees of freedom, what
better knowledge brings, and the second-order term beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from carbonmeter.accounts.collapse import Collapsed
from carbonmeter.accounts.evidence import Evidence
from carbonmeter.accounts.lineage import Lineage, Reach, lineage_of
from carbonmeter.accounts.spread import changes, own_variance
from carbonmeter.errors import CarbonmeterError
from carbonmeter.methods import METHODS
from carbonmeter.uncertainty import Common, Linear, Structure
from carbonmeter.uncertainty.combine import added
from carbonmeter.uncertainty.second_order import (
    Curve,
    Curves,
    Noise,
    OwnRows,
    SecondOrder,
    curve,
    second_order,
)

if TYPE_CHECKING:
    from scipy.sparse import csr_array

    from carbonmeter.accounts.models import Model

Column = NDArray[np.float64]
Index = NDArray[np.int64]
Complex = NDArray[np.complex128]


@dataclass(frozen=True)
class Connections:
    """What moves records and meters together beside being one: by ids, and 'meter NAME'."""

    common: tuple[Common, ...] = ()
    correlations: Mapping[tuple[str, str], float] | None = None

    def __bool__(self) -> bool:
        return bool(self.common or self.correlations)


@dataclass(frozen=True, eq=False)
class FirstOrder:
    """Groups as linear in records (those of the library), then named meters, then common causes.

    A meter is a quantity of u = 1: the change per unit of it is what its rows move by together.
    """

    collapsed: Collapsed
    evidence: Evidence
    connections: Connections

    @property
    def n_records(self) -> int:
        return int(self.evidence.record_u.size)

    @cached_property
    def lineage(self) -> Lineage | None:
        """Parents and common causes that the library names of the records used; None: none."""
        used = {record for model in self.collapsed.models for record in model.records}
        return lineage_of(self.evidence, used)

    @cached_property
    def structure(self) -> Structure:
        meters, lineage = self.collapsed.meters, self.lineage
        ids = [*self.evidence.ids, *(f"meter {name}" for name in meters)]
        u, common = self.evidence.record_u, self.connections.common
        if lineage is not None:
            u = lineage.component_u(u)
            common = lineage.with_causes(common, self.evidence)
        u = np.concatenate([u, np.ones(len(meters))])
        return Structure.of(ids, u, common, self.connections.correlations)

    @cached_property
    def names(self) -> list[str]:
        """One text per component: records as people call them, meters, common causes."""
        meters = (f"meter {name}" for name in self.collapsed.meters)
        return [*self.evidence.names, *meters, *self.structure.names]

    @cached_property
    def linear(self) -> Linear:
        """Groups by themselves: rows without a named meter err in each group alone."""
        from scipy.sparse import csr_array

        n, size = self.collapsed.groups.count, len(self.structure)
        moved = changes(self.collapsed, self.n_records, self.lineage)
        change, component, group = added(*moved, size, n)
        table = csr_array((change, (group, component)), shape=(n, size))
        return Linear(table, self.structure, own_variance(self.collapsed))

    @cached_property
    def joint(self) -> Linear:
        """Groups together: rows that fall into several of them are quantities too."""
        from scipy.sparse import csr_array, hstack

        own = self.collapsed.own
        apart, n = np.flatnonzero(~own.alone), self.collapsed.groups.count
        place = np.full(own.key.size, -1, dtype=np.int64)
        place[apart] = np.arange(apart.size)
        at = np.flatnonzero(place[own.pattern] >= 0)
        co2e = np.array([model.co2e for model in self.collapsed.models])
        size = np.sqrt(own.square.finish())[own.pattern[at]] * co2e[own.model[at]]
        fall = csr_array((size, (own.group[at], place[own.pattern[at]])), shape=(n, apart.size))
        change = hstack([self.linear.change, fall], format="csr")
        change.sort_indices()
        return Linear(
            change,
            self.structure.beside(np.ones(apart.size)),
            own_variance(self.collapsed, own.alone),
        )

    @cached_property
    def degrees_of_freedom(self) -> Column:
        """float64[record or meter]; NaN where none are stated, as of every meter."""
        stated = self.evidence.library.records["degrees_of_freedom"].to_numpy(np.float64)
        return np.concatenate([stated, np.full(len(self.collapsed.meters), np.nan)])

    def second_order(self) -> SecondOrder:
        """The variance with what curvature adds to it; see `carbonmeter.uncertainty`."""
        from scipy.sparse import csr_array

        of, n = self.collapsed, len(self.collapsed.models)
        cells = (of.cell_group, of.cell_model)
        quantity = csr_array((of.quantity.finish(), cells), shape=(of.groups.count, n))
        return second_order(quantity, self._curves(), self._noise(), self._own_rows())

    def _curves(self) -> Curves:
        """Each model's derivatives, along the axes that its records feel, themselves or through
        their parents, which move them linearly here."""
        own = np.where(np.isnan(self.structure.own), 0.0, self.structure.own)
        common, size = self.structure.loading, len(self.structure)
        found: list[Curve] = []
        places: list[Index] = []
        for model in self.collapsed.models:
            reach = [self._reach(record) for record in model.records]
            bases = sorted({base for each in reach for base, _ in each})
            alone = [base for base in bases if own[base] > 0.0]
            shared = sorted({int(c) for base in bases for c in common[[base], :].indices})
            axes = np.zeros((len(reach), len(alone) + len(shared)))
            scales = [value.own for value in (*model.values, model.gwp)]
            for i, (each, scale) in enumerate(zip(reach, scales, strict=True)):
                for base, slope in each:
                    if base in alone:
                        axes[i, alone.index(base)] += slope * own[base] * scale
                    for j, c in enumerate(shared):
                        axes[i, len(alone) + j] += slope * common[base, c] * scale
            estimate = np.array([value.value for value in (*model.values, model.gwp)])
            found.append(curve(_formula(model), estimate, axes))
            places.append(np.array([*alone, *(size + c for c in shared)], dtype=np.int64))
        return Curves.of(found, places, size + common.shape[1])

    def _reach(self, record: int) -> Reach:
        return ((record, 1.0),) if self.lineage is None else self.lineage.of(record)

    def _noise(self) -> Noise:
        """Meters, and rows that fall into several groups or models alike, per group."""
        from scipy.sparse import csr_array

        of = self.collapsed
        code = of.meter_group * max(len(of.meters), 1) + of.meter
        pairs, place = np.unique(code, return_inverse=True)
        amount = (of.metered.finish(), (place, of.meter_model))
        shape = (pairs.size, len(of.models))
        return Noise(pairs // max(len(of.meters), 1), csr_array(amount, shape=shape))

    def _own_rows(self) -> OwnRows:
        """Rows by themselves: in each group, the models of a pattern move together."""
        from scipy.sparse import csr_array

        own, n = self.collapsed.own, self.collapsed.groups.count
        pairs, place = np.unique(own.pattern * max(n, 1) + own.group, return_inverse=True)
        pattern, group = np.divmod(pairs, max(n, 1))
        models = csr_array(
            (np.ones(place.size), (place, own.model)),
            shape=(pairs.size, len(self.collapsed.models)),
        )
        variance = (own.square.finish()[pattern], (group, np.arange(pairs.size)))
        return OwnRows(csr_array(variance, shape=(n, pairs.size)), models)

    def pairs(self) -> dict[tuple[str, str], float]:
        """The connections as correlations of the records used that state an uncertainty, for draws.

        Raises
        ------
        CarbonmeterError    a connected meter: draws know correlations of records only
        """
        metered = self.structure.loading[self.n_records :]
        if metered.nnz:
            name = self.collapsed.meters[int(metered.nonzero()[0][0])]
            raise CarbonmeterError(
                f"'meter {name}' has a part in a common component; draws know connections of"
                " records only: leave the meter out of it, or ask for U"
            )
        used = sorted({r for model in self.collapsed.models for r in model.records})
        used = used if self.lineage is None else self.lineage.drawn(used)
        some = np.array([r for r in used if self.evidence.record_u[r] > 0.0], dtype=np.int64)
        moving = self._moving(some).toarray() / self.evidence.record_u[some, np.newaxis]
        matrix = moving @ moving.T
        ids = self.evidence.ids
        at, to = np.nonzero(np.triu(matrix, 1))
        return {
            (ids[some[i]], ids[some[j]]): float(np.clip(matrix[i, j], -1.0, 1.0))
            for i, j in zip(at.tolist(), to.tolist(), strict=True)
        }

    def _moving(self, records: Index) -> csr_array:
        """float64[records, axes]: what each moves by when a common axis, or the own part of a
        record that others are derived from, moves by one."""
        from scipy.sparse import csr_array, diags_array, hstack

        structure = self.structure
        if self.lineage is None:
            return structure.loading[records]
        entries = [
            (i, base, slope)
            for i, record in enumerate(records.tolist())
            for base, slope in self.lineage.of(record)
        ]
        at, base, slope = (np.array(column) for column in zip(*entries, strict=True))
        reach = csr_array((slope, (at, base)), shape=(records.size, len(structure)))
        own = np.where(np.isnan(structure.own), 0.0, structure.own)
        return csr_array(hstack([reach @ diags_array(own), reach @ structure.loading]))


def _formula(model: Model) -> Callable[[Complex], Complex]:
    """The model as a function of its values and its GWP, in the order of its records."""
    method = METHODS[model.method]
    names = [value.argument for value in model.values]

    def evaluated(values: Complex) -> Complex:
        given: dict[str, Complex | float] = dict(zip(names, values[:-1], strict=True))
        given[method.quantity] = 1.0
        return np.asarray(method.formula(**given) * model.scale * values[-1], np.complex128)

    return evaluated
