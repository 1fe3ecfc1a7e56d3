"""Totals drawn: every record errs once in a draw, for all lines that use it.

A line is a quantity times a recipe, so a group is the sum over models of the quantities added
beforehand, times what the model's formula gives for the values drawn. The formulas themselves are
evaluated, not their slopes: a product of two uncertain records is drawn as a product.

Rows that state an uncertainty of their own multiply their quantity by one plus a normal error. A
named meter errs once for all its rows. Rows without one err each by itself; since sums of normal
errors are normal, those of one cell are drawn as one number whose variance is added up exactly,
for every draw anew. Rows whose lines fall into several cells (two views of scope 2, several gases)
err there together, so rows that fall alike share one number in all of them. Both are exact in
their joint law; `rows="explicit"` draws every row by itself, to compare.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from carbonmeter.accounts.drawing import Plan
from carbonmeter.accounts.models import models_of
from carbonmeter.accounts.own_errors import Entries, explicit, row_errors
from carbonmeter.errors import CarbonmeterError, near
from carbonmeter.kernels import segment_sum
from carbonmeter.uncertainty.sample import Correlations, Quantities
from carbonmeter.uncertainty.shapes import Shape, shape_of

if TYPE_CHECKING:
    from carbonmeter.accounts.collapse import Collapsed
    from carbonmeter.accounts.evidence import Evidence
    from carbonmeter.accounts.lineage import Lineage
    from carbonmeter.accounts.summed import Summed

Column = NDArray[np.float64]
ROWS = ("collapsed", "explicit")


def plan_of(
    cells: Summed,
    by: tuple[str, ...],
    *,
    rows: str = "collapsed",
    shapes: Mapping[str, Shape] | None = None,
    correlations: Correlations | None = None,
) -> Plan:
    """The plan of draws of totals, added up to the groups of some of their labels.

    Parameters
    ----------
    cells : Totals                 of the finest groups that are asked for; the errors of rows are
                                   collapsed within them, so that they add up to coarser ones
    by : names of labels           of the groups to draw
    rows : str                     'collapsed' or 'explicit'
    shapes : id -> Shape           instead of the shapes that these records state
    correlations                   between records, by their ids

    Raises
    ------
    CarbonmeterError    unknown records, bounds that give no shape, impossible correlations, rows
                        asked for that are no longer there
    """
    from scipy.sparse import csr_array

    if rows not in ROWS:
        raise CarbonmeterError(f"rows={rows!r}; write 'collapsed' or 'explicit'")
    collapsed = cells.collapsed
    found = row_errors(collapsed, _explicit(cells) if rows == "explicit" else None)
    groups, place = collapsed.groups.only(by)
    n_columns = found.errors.column_model.size
    cell = np.concatenate([collapsed.cell_group, found.cell])
    column = np.concatenate([collapsed.cell_model, found.column])
    amount = np.concatenate([collapsed.quantity.finish(), found.amount])
    pairs, of_pair = np.unique(place[cell] * n_columns + column, return_inverse=True)
    group, at = np.divmod(pairs, max(n_columns, 1))
    value = segment_sum(amount, of_pair, pairs.size)
    table = csr_array((value, (group, at)), shape=(groups.count, n_columns))
    table.sort_indices()
    lineage = cells.first_order.lineage
    quantities, record_of = _records(collapsed, cells.evidence, lineage, shapes or {}, correlations)
    follows = () if lineage is None else lineage.following(record_of)
    return Plan(quantities, record_of, list(collapsed.models), table, found.errors, place, follows)


def _explicit(cells: Summed) -> Entries:
    lines = cells.lines
    if lines is None:
        raise CarbonmeterError(
            "rows='explicit': totals of blocks of rows have given their rows up; account the file"
            " in one piece, or draw them collapsed"
        )
    model = models_of(lines.account, lines.weight).of_line
    return explicit(lines.account, lines.groups.of_line, model, lines.weight)


def _records(
    cells: Collapsed,
    evidence: Evidence,
    lineage: Lineage | None,
    shapes: Mapping[str, Shape],
    correlations: Correlations | None,
) -> tuple[Quantities, list[int]]:
    """The records to draw, by id, and the place of each in the library.

    A record that follows its parents is drawn itself only where a shape is given for it.
    """
    table = evidence.library.records
    used = sorted({record for model in cells.models for record in model.records})
    if lineage is not None:
        stated = {record for record in used if evidence.ids[record] in shapes}
        used = sorted({*lineage.drawn(set(used) - stated), *stated})
    ids = {evidence.ids[record]: record for record in used}
    for name in shapes:
        if name not in ids:
            hint = near(name, sorted(ids)) or "see `account.budget()`"
            raise CarbonmeterError(f"no record {name!r} is used by this account; near: {hint}")
    found: dict[str, Shape] = {}
    for name, record in ids.items():
        row = table.iloc[record]
        shape = shapes.get(name) or shape_of(
            float(row["value"]),
            float(row["low"]),
            float(row["high"]),
            float(row["coverage"]),
            str(row["distribution"]),
        )
        if shape is not None:
            found[name] = shape
    if lineage is not None and correlations is not None:
        # Where a shape is given for a derived record, its parents may not be drawn.
        parents = {evidence.ids[record] for record in lineage.drawn(lineage.u)} - set(found)
        correlations = {pair: r for pair, r in correlations.items() if not parents & {*pair}}
    quantities = Quantities(found, correlations)
    return quantities, [ids[name] for name in quantities.names]
