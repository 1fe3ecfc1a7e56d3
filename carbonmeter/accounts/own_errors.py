"""Errors of the rows themselves, by meters or alone: columns and variances of a plan of draws."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from carbonmeter.kernels import segment_sum
from carbonmeter.uncertainty.sample import key_of

if TYPE_CHECKING:
    from scipy.sparse import csr_array

    from carbonmeter.accounts.grouping import Groups
    from carbonmeter.accounts.ledger import Ledger
    from carbonmeter.tables import Coded

Column = NDArray[np.float64]
Index = NDArray[np.int64]
Words = NDArray[np.uint64]
# The columns whose values tell two rows of a table apart.
IDENTITY = ("entity", "site", "region", "period", "activity", "subject", "counterparty", "note")


@dataclass(frozen=True)
class Errors:
    """Normal errors: as columns (a model times a number) and as variances within cells.

    `own[c, s]` is the sum of (quantity u)² of the rows of cell c that use the set s of models;
    `set_models[s, m]` says how often the set has the model m. `effective_rows` is
    (sum s²)² / sum s⁴ over the rows of a cell: how many equal rows its error is made of.
    """

    column_model: Index
    column_noise: Index
    noise_keys: Words
    own: csr_array
    set_models: csr_array
    cell_keys: Words
    effective_rows: Column


class RowErrors(NamedTuple):
    """Entries to be added to the table of a plan, and the errors they belong to."""

    line: Index
    column: Index
    amount: Column
    errors: Errors


def mixed(words: Words) -> Words:
    """Each word shaken so that sums of different ones differ (the finaliser of SplitMix64)."""
    z = words + np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(z ^ (z >> np.uint64(31)))


def label_keys(column: Coded) -> Words:
    """One word per row, of its text."""
    keys = np.array([key_of(label) for label in (*column.labels, "")], dtype=np.uint64)
    return keys[column.codes]


def cell_keys(cells: Groups) -> Words:
    """One word per cell, of its labels."""
    texts = zip(*(cells.labels[name] for name in cells.names), strict=True)
    return np.array([key_of("own " + " · ".join(text)) for text in texts], dtype=np.uint64)


def row_keys(account: Ledger) -> Words:
    """One word per row, of everything that tells it from other rows; its place in the file is not
    part of it."""
    keys = np.zeros(len(account.activity), dtype=np.uint64)
    for name in IDENTITY:
        keys = mixed(keys ^ label_keys(account.activity.text(name)))
    return keys


def row_errors(
    account: Ledger,
    cells: Groups,
    weight: Column | None,
    line_model: Index,
    model_keys: Words,
    rows: str,
) -> RowErrors:
    """What the rows' own uncertainties bring to a plan; see `carbonmeter.accounts.sampling`."""
    lines = _lines(account, cells, weight, line_model, model_keys)
    named = lines.meter != ""
    own = lines.take(np.flatnonzero(~named))
    parts = [_by_meter(lines.take(np.flatnonzero(named)))]
    alone = own.take(np.zeros(0, dtype=np.int64))
    if rows == "explicit":
        keys = row_keys(account)
        parts.append(_Entries(own.line, own.model, keys[own.row], own.size * own.weight))
    else:
        single = own.in_one_cell()
        alone = own.take(np.flatnonzero(single))
        parts.append(_falling_alike(own.take(np.flatnonzero(~single))))
    line, model, key, amount = (np.concatenate(column) for column in zip(*parts, strict=True))
    n_models = model_keys.size
    noise_keys, noise = np.unique(key, return_inverse=True)
    pairs, place = np.unique(noise * max(n_models, 1) + model, return_inverse=True)
    column_noise, column_model = np.divmod(pairs, max(n_models, 1))
    first = np.arange(n_models, dtype=np.int64)
    own_variance, set_models = _variances(alone, cells.count, n_models)
    errors = Errors(
        np.concatenate([first, column_model]),
        np.concatenate([np.full(n_models, -1, dtype=np.int64), column_noise]),
        noise_keys,
        own_variance,
        set_models,
        cell_keys(cells),
        _effective_rows(account, own, cells.count),
    )
    return RowErrors(line, n_models + place, amount, errors)


class _Entries(NamedTuple):
    """A model of a line, times the normal number of a key, times an amount."""

    line: Index
    model: Index
    key: Words
    amount: Column


@dataclass(frozen=True)
class _Lines:
    """Lines whose rows state an uncertainty: `size` is the quantity times it."""

    line: Index
    row: Index
    cell: Index
    model: Index
    size: Column
    weight: Column
    meter: NDArray[np.object_]
    use_key: Words
    """of the model and the weight"""
    cell_key: Words

    def take(self, at: Index) -> _Lines:
        return _Lines(*(getattr(self, name)[at] for name in self.__dataclass_fields__))

    def in_one_cell(self) -> NDArray[np.bool_]:
        """Of each line, whether all lines of its row lie in one cell."""
        rows, place = np.unique(self.row, return_inverse=True)
        least = np.full(rows.size, np.iinfo(np.int64).max)
        most = np.full(rows.size, -1, dtype=np.int64)
        np.minimum.at(least, place, self.cell)
        np.maximum.at(most, place, self.cell)
        return np.asarray((least == most)[place])

    def pattern(self, words: Words) -> tuple[Words, Words]:
        """Of each row, what its lines are alike in, in any order; and the same for each line."""
        rows, place = np.unique(self.row, return_inverse=True)
        found = np.zeros(rows.size, dtype=np.uint64)
        np.add.at(found, place, mixed(words))
        return found, found[place]


def _lines(
    account: Ledger, cells: Groups, weight: Column | None, line_model: Index, model_keys: Words
) -> _Lines:
    u_rel = account.activity.number("u_rel")
    stated = np.isfinite(u_rel) & (u_rel > 0.0)
    line = np.flatnonzero(stated[account.line_row]).astype(np.int64)
    if weight is not None:
        line = line[weight[line] != 0.0]
    row = account.line_row[line].astype(np.int64)
    part = np.ones(line.size) if weight is None else np.asarray(weight[line], np.float64)
    column = account.activity.text("meter")
    labels = np.array([*column.labels, ""], dtype=object)
    model, cell = line_model[line], cells.of_line[line].astype(np.int64)
    return _Lines(
        line,
        row,
        cell,
        model,
        account.line_quantity[line] * u_rel[row],
        part,
        labels[column.codes[row]],
        mixed(model_keys[model] ^ part.view(np.uint64)),
        cell_keys(cells)[cell],
    )


def _by_meter(lines: _Lines) -> _Entries:
    """The rows of one meter err together, wherever their lines fall."""
    names, place = np.unique(lines.meter.astype(str), return_inverse=True)
    keys = np.array([key_of(f"meter {name}") for name in names.tolist()], dtype=np.uint64)
    key = keys[place] if keys.size else np.zeros(0, np.uint64)
    return _Entries(lines.line, lines.model, key, lines.size * lines.weight)


def _falling_alike(lines: _Lines) -> _Entries:
    """Rows with lines of the same models in the same cells: one number for all of them."""
    of_row, key = lines.pattern(lines.use_key ^ mixed(lines.cell_key))
    _, first = np.unique(lines.row, return_index=True)
    keys, place = np.unique(of_row, return_inverse=True)
    total = np.sqrt(segment_sum(lines.size[first] ** 2, place, keys.size))
    # The lines of one of the rows say where all of them fall.
    speaker = np.full(keys.size, np.iinfo(np.int64).max)
    np.minimum.at(speaker, place, lines.row[first])
    at = np.searchsorted(keys, key)
    kept = np.flatnonzero(lines.row == speaker[at])
    amount = total[at[kept]] * lines.weight[kept]
    return _Entries(lines.line[kept], lines.model[kept], key[kept], amount)


def _variances(lines: _Lines, n_cells: int, n_models: int) -> tuple[csr_array, csr_array]:
    """Sums of squares of the rows of each cell by their set of models, and what the sets are."""
    from scipy.sparse import csr_array

    of_row, key = lines.pattern(lines.use_key)
    _, first = np.unique(lines.row, return_index=True)
    keys, place = np.unique(of_row, return_inverse=True)
    pairs, at = np.unique(lines.cell[first] * max(keys.size, 1) + place, return_inverse=True)
    cell, which = np.divmod(pairs, max(keys.size, 1))
    variance = segment_sum(lines.size[first] ** 2, at, pairs.size)
    own = csr_array((variance, (cell, which)), shape=(n_cells, keys.size))
    speaker = np.full(keys.size, np.iinfo(np.int64).max)
    np.minimum.at(speaker, place, lines.row[first])
    of_set = np.searchsorted(keys, key)
    kept = np.flatnonzero(lines.row == speaker[of_set])
    terms = csr_array(
        (lines.weight[kept], (of_set[kept], lines.model[kept])), shape=(keys.size, n_models)
    )
    own.sort_indices()
    terms.sort_indices()
    return own, terms


def _effective_rows(account: Ledger, own: _Lines, n_cells: int) -> Column:
    """(sum s²)² / sum s⁴ over the rows of each cell, at the values printed; 0 without rows."""
    co2e = account.recipes.co2e[account.line_recipe[own.line]] * own.weight
    span = max(len(account.activity), 1)
    pairs, place = np.unique(own.cell * span + own.row, return_inverse=True)
    s = segment_sum(own.size * co2e, place, pairs.size)
    cell = pairs // span
    square = segment_sum(s**2, cell, n_cells)
    fourth = segment_sum(s**4, cell, n_cells)
    return np.divide(square**2, fourth, out=np.zeros(n_cells), where=fourth > 0.0)
