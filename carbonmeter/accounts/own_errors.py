"""Errors of the rows themselves, by meters or alone: columns and variances of a plan of draws."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from carbonmeter.accounts.collapse import Collapsed, group_keys, mixed
from carbonmeter.uncertainty.sample import key_of

if TYPE_CHECKING:
    from scipy.sparse import csr_array

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


class Entries(NamedTuple):
    """A cell's model, times the normal number of a key, times an amount."""

    cell: Index
    model: Index
    key: Words
    amount: Column


class RowErrors(NamedTuple):
    """Entries to be added to the table of a plan, and the errors they belong to."""

    cell: Index
    column: Index
    amount: Column
    errors: Errors


def row_errors(cells: Collapsed, rows: Entries | None = None) -> RowErrors:
    """What the rows' own uncertainties bring to a plan; see `carbonmeter.accounts.sampling`.

    Parameters
    ----------
    rows : Entries    each row's error by itself, instead of those collapsed within cells
    """
    own = cells.own
    alone = own.alone if rows is None else np.zeros(own.key.size, dtype=bool)
    parts = [_by_meter(cells), _falling_alike(cells, alone) if rows is None else rows]
    cell, model, key, amount = (np.concatenate(column) for column in zip(*parts, strict=True))
    n_models = len(cells.models)
    noise_keys, noise = np.unique(key, return_inverse=True)
    pairs, place = np.unique(noise * max(n_models, 1) + model, return_inverse=True)
    column_noise, column_model = np.divmod(pairs, max(n_models, 1))
    first = np.arange(n_models, dtype=np.int64)
    own_variance, set_models = _variances(cells, alone)
    errors = Errors(
        np.concatenate([first, column_model]),
        np.concatenate([np.full(n_models, -1, dtype=np.int64), column_noise]),
        noise_keys,
        own_variance,
        set_models,
        group_keys(cells.groups),
        cells.effective_rows,
    )
    return RowErrors(cell, n_models + place, amount, errors)


def _by_meter(cells: Collapsed) -> Entries:
    """The rows of one meter err together, wherever their lines fall."""
    keys = np.array([key_of(f"meter {name}") for name in (*cells.meters, "")], dtype=np.uint64)
    amount = cells.metered.finish()
    return Entries(cells.meter_group, cells.meter_model, keys[cells.meter], amount)


def _falling_alike(cells: Collapsed, alone: NDArray[np.bool_]) -> Entries:
    """Rows with lines of the same models in the same cells: one number for all of them."""
    own = cells.own
    at = np.flatnonzero(~alone[own.pattern])
    pattern = own.pattern[at]
    amount = np.sqrt(own.square.finish())[pattern]
    return Entries(own.group[at], own.model[at], own.key[pattern], amount)


def _variances(cells: Collapsed, alone: NDArray[np.bool_]) -> tuple[csr_array, csr_array]:
    """Sums of squares of the rows of each cell by their set of models, and what the sets are."""
    from scipy.sparse import csr_array

    own = cells.own
    words = np.array([model.word for model in cells.models], dtype=np.uint64)
    key = np.zeros(own.key.size, dtype=np.uint64)
    np.add.at(key, own.pattern, mixed(words[own.model]))
    group = np.zeros(own.key.size, dtype=np.int64)
    group[own.pattern] = own.group
    kept = np.flatnonzero(alone)
    keys, of_kept = np.unique(key[kept], return_inverse=True)
    shape = (cells.groups.count, keys.size)
    variance = csr_array((own.square.finish()[kept], (group[kept], of_kept)), shape=shape)
    # The entries of one of the patterns say which models the set has.
    speaker = np.full(keys.size, own.key.size, dtype=np.int64)
    np.minimum.at(speaker, of_kept, kept)
    set_of = np.full(own.key.size, -1, dtype=np.int64)
    set_of[speaker] = np.arange(keys.size)
    said = np.flatnonzero(set_of[own.pattern] >= 0)
    terms = csr_array(
        (np.ones(said.size), (set_of[own.pattern[said]], own.model[said])),
        shape=(keys.size, len(cells.models)),
    )
    variance.sort_indices()
    terms.sort_indices()
    return variance, terms


def explicit(
    account: Ledger,
    cell: NDArray[np.int32],
    model: NDArray[np.int32],
    weight: Column | None,
) -> Entries:
    """The own error of each row without a named meter by itself, in the cells of its lines."""
    u_rel = account.activity.number("u_rel")
    meter = account.activity.text("meter")
    named = np.array([*(label != "" for label in meter.labels), False])[meter.codes]
    errs = np.isfinite(u_rel) & (u_rel > 0.0) & ~named
    line = np.flatnonzero(errs[account.line_row])
    if weight is not None:
        line = line[weight[line] != 0.0]
    row = account.line_row[line]
    amount = account.line_quantity[line] * u_rel[row]
    key = row_keys(account)[row]
    return Entries(cell[line].astype(np.int64), model[line].astype(np.int64), key, amount)


def row_keys(account: Ledger) -> Words:
    """One word per row, of everything that tells it from other rows; its place in the file is not
    part of it."""
    keys = np.zeros(len(account.activity), dtype=np.uint64)
    for name in IDENTITY:
        keys = mixed(keys ^ _label_keys(account.activity.text(name)))
    return keys


def _label_keys(column: Coded) -> Words:
    """One word per row, of its text."""
    keys = np.array([key_of(label) for label in (*column.labels, "")], dtype=np.uint64)
    return keys[column.codes]
