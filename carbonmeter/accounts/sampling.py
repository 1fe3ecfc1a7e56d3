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

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from carbonmeter import units
from carbonmeter.accounts.own_errors import Errors, row_errors
from carbonmeter.errors import CarbonmeterError, near
from carbonmeter.kernels import segment_sum
from carbonmeter.kernels.draws import COMPILED_FROM, normals
from carbonmeter.uncertainty.sample import Correlations, Quantities, key_of
from carbonmeter.uncertainty.shapes import Shape, shape_of

if TYPE_CHECKING:
    from scipy.sparse import csr_array

    from carbonmeter.accounts.grouping import Groups
    from carbonmeter.accounts.ledger import Ledger
    from carbonmeter.accounts.recipes import Choice

Column = NDArray[np.float64]
Index = NDArray[np.int64]
Words = NDArray[np.uint64]
ROWS = ("collapsed", "explicit")
ROOM = 1 << 22  # numbers held at a time by one block of draws (32 MB)
KEPT = 1 << 22  # draws kept at a time, before they are reduced (32 MB)
WIDEST = 2048  # draws of a block


@dataclass(frozen=True)
class Model:
    """What recipes that differ in their labels only have in common: a formula and its values.

    `own` is what brings a record's value to the unit of the formula; `scale` the rest, from the
    result of the formula to tonnes of gas per unit of quantity as given.
    """

    formula: Callable[..., Any]
    name: str
    quantity: str
    values: tuple[tuple[str, int, float, float], ...]  # argument, record, value, own
    scale: float
    gwp: tuple[int, float, float]

    @property
    def records(self) -> list[int]:
        return [record for _, record, _, _ in self.values] + [self.gwp[0]]

    def coefficient(self, drawn: Mapping[int, Column], n: int) -> Column:
        """tCO2e per unit of quantity in each draw; records that are not drawn keep their value."""
        values: dict[str, Column | float] = {
            name: drawn[record] * own if record in drawn else value
            for name, record, value, own in self.values
        }
        values[self.quantity] = np.ones(n)
        record, value, own = self.gwp
        gwp = drawn[record] * own if record in drawn else value
        with np.errstate(all="ignore"):
            found: Column = np.asarray(self.formula(**values) * self.scale * gwp, np.float64)
        if not np.isfinite(found).all():
            raise CarbonmeterError(
                f"{self.name} has no value at {np.count_nonzero(~np.isfinite(found))} of {n} draws:"
                " a value it uses is drawn where the formula is not defined; give that record a"
                " distribution with limits"
            )
        return found


def models_of(account: Ledger) -> tuple[list[Model], Words, Index]:
    """The distinct models in an order that no file has a say in, a word for each that names it
    among any others, and the model of each recipe."""
    recipes = account.recipes
    record_unit = [str(u) for u in account.library.records["unit"]]
    ids = account.library.records["id"].astype(str).tolist()
    made: dict[tuple[Any, ...], Model] = {}
    keys = []
    for i, choice in enumerate(recipes.choices):
        model = _model(choice, float(recipes.scale[i]), record_unit)
        parts = [(name, ids[record], value) for name, record, value, _ in model.values]
        key = (model.name, model.scale, *parts, (ids[model.gwp[0]], model.gwp[1]))
        made[key] = model
        keys.append(key)
    ordered = sorted(made)
    place = {key: i for i, key in enumerate(ordered)}
    return (
        [made[key] for key in ordered],
        np.array([key_of(repr(key)) for key in ordered], dtype=np.uint64),
        np.array([place[key] for key in keys], dtype=np.int64),
    )


def _model(choice: Choice, scale: float, record_unit: list[str]) -> Model:
    method = choice.method
    to_tonnes = method.output.sign * units.scale(method.output.unit, f"t{method.output.gas}")
    values = tuple(
        (name, answer.record, answer.value, _scale(record_unit[answer.record], parameter.unit))
        for (name, parameter), answer in zip(method.parameters.items(), choice.answers, strict=True)
    )
    gwp = choice.gwp
    own = _scale(record_unit[gwp.record], f"tCO2e/t{method.output.gas}")
    return Model(
        method.formula,
        method.name,
        method.quantity,
        values,
        to_tonnes * scale,
        (gwp.record, gwp.value, own),
    )


def _scale(given: str, wanted: str) -> float:
    return 1.0 if given == wanted else units.scale(given, wanted)


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
