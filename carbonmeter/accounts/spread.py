"""First-order uncertainty of groups: what shares a record or a meter is added, then squared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from carbonmeter.accounts.collapse import Collapsed
from carbonmeter.accounts.evidence import Evidence
from carbonmeter.accounts.lineage import Lineage
from carbonmeter.kernels import segment_sum
from carbonmeter.uncertainty import NOTHING, OWN, Combined, combine_lines

if TYPE_CHECKING:
    from carbonmeter.accounts.models import Model

Column = NDArray[np.float64]
Index = NDArray[np.int64]

OWN_METERS = "rows' own meters"


@dataclass(frozen=True)
class Spread:
    """First-order uncertainty of each group, in tCO2e, and what of it is not stated.

    Components are library records, then named meters; `names` has one text for each.
    """

    combined: Combined
    names: list[str]
    records_without: NDArray[np.float64]
    activity_without: NDArray[np.float64]
    covered: NDArray[np.float64]
    bare: NDArray[np.int64]

    def unstated(self, n_records: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Group and record of each record without a stated uncertainty; GWPs are not asked."""
        group, record = np.divmod(np.unique(self.bare), max(n_records, 1))
        return group, record

    def name(self, component: int) -> str:
        """The component as text; rows without a named meter count as meters of their own."""
        if component == NOTHING:
            return ""
        return OWN_METERS if component == OWN else self.names[component]


def spread_of(collapsed: Collapsed, evidence: Evidence, lineage: Lineage | None) -> Spread:
    """First order: what shares a record or a meter is added before it is squared."""
    record_u, n = evidence.record_u, collapsed.groups.count
    if lineage is not None:
        record_u = lineage.component_u(record_u)
    co2e = np.array([model.co2e for model in collapsed.models])
    amount, group, model = collapsed.quantity.finish(), collapsed.cell_group, collapsed.cell_model
    _, record, of_group, gwp = _by_record(collapsed, amount, lineage)
    combined = combine_lines(
        *changes(collapsed, record_u.size, lineage),
        np.concatenate([record_u, np.ones(len(collapsed.meters))]),
        n,
        own_variance(collapsed),
    )
    size = np.abs(co2e)[model]
    every, some = _stated(collapsed, evidence.record_u, lineage)
    unread = collapsed.unread.finish() * size
    whole = segment_sum(amount * size, group, n)
    asked = np.isnan(record_u[record]) & ~gwp
    return Spread(
        combined,
        [*evidence.names, *(f"meter {name}" for name in collapsed.meters)],
        _part(segment_sum(amount * size * ~every[model], group, n), whole),
        _part(segment_sum(unread, group, n), whole),
        1.0 - _part(segment_sum(unread * ~some[model], group, n), whole),
        of_group[asked] * record_u.size + record[asked],
    )


def changes(
    collapsed: Collapsed, n_records: int, lineage: Lineage | None
) -> tuple[Column, Index, Index]:
    """What moves groups: the change per unit of a record, or of a meter's u = 1, which of them,
    and the group; one entry per cell, not added yet. Derived records move by their parents."""
    change, record, of_group, _ = _by_record(collapsed, collapsed.quantity.finish(), lineage)
    co2e = np.array([model.co2e for model in collapsed.models])
    moved = collapsed.metered.finish() * co2e[collapsed.meter_model]
    return (
        np.concatenate([change, moved]),
        np.concatenate([record, n_records + collapsed.meter]),
        np.concatenate([of_group, collapsed.meter_group]),
    )


def _part(part: NDArray[np.float64], whole: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.divide(part, whole, out=np.zeros(whole.size), where=whole > 0.0)


def _by_record(
    collapsed: Collapsed, amount: Column, lineage: Lineage | None
) -> tuple[Column, Index, Index, NDArray[np.bool_]]:
    """Of each cell and each record of its model: how far the group moves per unit of the record,
    the record, the group, and whether it is the GWP."""
    entries = [_of_model(model, lineage) for model in collapsed.models]
    length = np.array([len(each) for each in entries], dtype=np.int64)
    first = np.cumsum(length) - length
    record = np.array([r for each in entries for r, _, _ in each], dtype=np.int64)
    slope = np.array([s for each in entries for _, s, _ in each], dtype=np.float64)
    last = np.array([gwp for each in entries for _, _, gwp in each], dtype=bool)
    repeated = length[collapsed.cell_model]
    cell = np.repeat(np.arange(repeated.size), repeated)
    within = np.arange(cell.size) - np.repeat(np.cumsum(repeated) - repeated, repeated)
    at = first[collapsed.cell_model][cell] + within
    return amount[cell] * slope[at], record[at], collapsed.cell_group[cell], last[at]


def _of_model(model: Model, lineage: Lineage | None) -> list[tuple[int, float, bool]]:
    """The records that move a model, by how much, and whether as its GWP."""
    pairs = list(zip(model.records, model.slopes, strict=True))
    found = [(record, slope, False) for record, slope in pairs]
    found[-1] = (*pairs[-1], True)
    if lineage is None:
        return found
    return [
        (base, slope * further, gwp)
        for record, slope, gwp in found
        for base, further in lineage.of(record)
    ]


def own_variance(collapsed: Collapsed, only: NDArray[np.bool_] | None = None) -> Column:
    """Variance of each group by the rows that err by themselves, in (tCO2e)².

    Parameters
    ----------
    only : bool[pattern]    the patterns that count; None: all
    """
    own, n = collapsed.own, collapsed.groups.count
    co2e = np.array([model.co2e for model in collapsed.models])
    pairs, place = np.unique(own.pattern * max(n, 1) + own.group, return_inverse=True)
    moved = segment_sum(co2e[own.model], place, pairs.size)
    pattern, group = np.divmod(pairs, max(n, 1))
    square = own.square.finish()
    if only is not None:
        square = np.where(only, square, 0.0)
    return segment_sum(square[pattern] * moved**2, group, n)


def _stated(
    collapsed: Collapsed, record_u: Column, lineage: Lineage | None
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Of each model, whether every parameter has a record that states its uncertainty, or parents
    that all do, and whether any has. GWPs are not asked: guides fix them by convention, and an
    account says which set it used."""
    partly, wholly = record_u, record_u
    if lineage is not None:
        partly, wholly = lineage.known_u(record_u), lineage.known_u(record_u, whole=True)
    parameters = [model.records[:-1] for model in collapsed.models]
    every = np.array([bool(np.isfinite(wholly[of]).all()) for of in parameters], dtype=bool)
    some = np.array([bool(np.isfinite(partly[of]).any()) for of in parameters], dtype=bool)
    return every, some
