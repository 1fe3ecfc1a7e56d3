"""Totals drawn: every record errs once in a draw, for all lines that use it.

A line is a quantity times a recipe, so a group is the sum over recipes of the quantities added
beforehand, times what the recipe's formula gives for the values drawn. The formulas themselves are
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
from carbonmeter.accounts.models import Model, models_of
from carbonmeter.accounts.own_errors import row_errors
from carbonmeter.errors import CarbonmeterError, near
from carbonmeter.kernels import segment_sum
from carbonmeter.uncertainty.sample import Correlations, Quantities
from carbonmeter.uncertainty.shapes import Shape, shape_of

if TYPE_CHECKING:
    from carbonmeter.accounts.grouping import Groups
    from carbonmeter.accounts.ledger import Ledger

Column = NDArray[np.float64]
ROWS = ("collapsed", "explicit")


def plan_of(
    account: Ledger,
    groups: Groups,
    cells: Groups,
    weight: Column | None,
    *,
    rows: str = "collapsed",
    shapes: Mapping[str, Shape] | None = None,
    correlations: Correlations | None = None,
) -> Plan:
    """The plan of draws of some groups of an account's lines.

    Parameters
    ----------
    cells : Groups                 the finest groups that are asked for; the errors of rows are
                                   collapsed within them, so that they add up to `groups`
    rows : str                     'collapsed' or 'explicit'
    shapes : id -> Shape           instead of the shapes that these records state
    correlations                   between records, by their ids

    Raises
    ------
    CarbonmeterError    unknown records, bounds that give no shape, impossible correlations
    """
    from scipy.sparse import csr_array

    if rows not in ROWS:
        raise CarbonmeterError(f"rows={rows!r}; write 'collapsed' or 'explicit'")
    models, model_keys, of_recipe = models_of(account)
    line_model = of_recipe[account.line_recipe]
    quantity = account.line_quantity if weight is None else account.line_quantity * weight
    found = row_errors(account, cells, weight, line_model, model_keys, rows)
    lines = np.concatenate([np.arange(len(account)), found.line])
    column = np.concatenate([line_model, found.column])
    amount = np.concatenate([quantity, found.amount])
    n_columns = found.errors.column_model.size
    pairs, place = np.unique(
        groups.of_line[lines].astype(np.int64) * n_columns + column, return_inverse=True
    )
    group, at = np.divmod(pairs, max(n_columns, 1))
    value = segment_sum(amount, place, pairs.size)
    table = csr_array((value, (group, at)), shape=(groups.count, n_columns))
    table.sort_indices()
    cell_group = np.full(cells.count, -1, dtype=np.int64)
    cell_group[cells.of_line] = groups.of_line
    quantities, record_of = _records(account, models, shapes or {}, correlations)
    return Plan(quantities, record_of, models, table, found.errors, cell_group)


def _records(
    account: Ledger,
    models: list[Model],
    shapes: Mapping[str, Shape],
    correlations: Correlations | None,
) -> tuple[Quantities, list[int]]:
    """The records to draw, by id, and the place of each in the library."""
    table = account.library.records
    used = sorted({record for model in models for record in model.records})
    ids = {str(table["id"].iloc[record]): record for record in used}
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
    quantities = Quantities(found, correlations)
    return quantities, [ids[name] for name in quantities.names]
