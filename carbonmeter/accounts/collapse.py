"""Lines collapsed: all that totals, their uncertainty and their draws need, as exact sums.

After this the rows are never seen again. A block of rows gives a `Collapsed`; the merged ones of
all blocks are, to the bit, that of all rows, because exact sums know no order.

What a group needs of its lines:

    quantity[g, m]    sum of quantities of the lines of group g that have model m
    meter[g, m, k]    sum of quantity u of those whose rows were read by the meter named k
    own[p]            sum of (quantity u)² of the rows without one, by their pattern p: which models
                      in which groups the lines of such a row have. Rows of one pattern err alike in
                      all of its groups, so their errors add up to one number.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from carbonmeter.accounts.distinct import distinct
from carbonmeter.accounts.group_labels import GroupLabels, Place
from carbonmeter.accounts.models import Model, models_of
from carbonmeter.kernels import Sums
from carbonmeter.uncertainty.sample import key_of

if TYPE_CHECKING:
    from carbonmeter.accounts.grouping import Groups
    from carbonmeter.accounts.ledger import Ledger

Column = NDArray[np.float64]
Index = NDArray[np.int64]
Words = NDArray[np.uint64]


@dataclass(frozen=True)
class Patterns:
    """Rows that err by themselves, by what their lines are: `square[p]` is the sum of (quantity
    u)² of the rows of pattern p, whose lines are its entries."""

    key: Words
    square: Sums
    pattern: Index
    group: Index
    model: Index

    @property
    def alone(self) -> NDArray[np.bool_]:
        """Whether all lines of a pattern lie in one group."""
        n = self.key.size
        least, most = np.full(n, np.iinfo(np.int64).max), np.full(n, -1, dtype=np.int64)
        np.minimum.at(least, self.pattern, self.group)
        np.maximum.at(most, self.pattern, self.group)
        return np.asarray(least == most)


@dataclass(frozen=True)
class Collapsed:
    """Exact sums over the lines of groups, by model; see the module.

    Attributes
    ----------
    groups : GroupLabels
    models : tuple of Model           in canonical order
    value : Sums                      per group, tCO2e: each line rounded once, then added exactly
    cell_group, cell_model : int64[c] the cells (group, model) that have lines
    quantity : Sums                   per cell, in the unit of the file
    unread : Sums                     per cell, the quantity of rows that state no u; the same
                                      object as `quantity` where no row states one
    meters : tuple of str             names of meters
    meter_group, meter_model, meter : int64[k]
    metered : Sums                    per entry of these, sum of quantity u
    own : Patterns
    square, fourth : Sums             per group, of s² and s⁴ of its rows that err by themselves,
                                      s = what a row moves its group by at the values printed, tCO2e
    """

    groups: GroupLabels
    models: tuple[Model, ...]
    value: Sums
    cell_group: Index
    cell_model: Index
    quantity: Sums
    unread: Sums
    meters: tuple[str, ...]
    meter_group: Index
    meter_model: Index
    meter: Index
    metered: Sums
    own: Patterns
    square: Sums
    fourth: Sums

    @property
    def effective_rows(self) -> Column:
        """(sum s²)² / sum s⁴ of each group's own rows: of how many equal ones its error is made."""
        square, fourth = self.square.finish(), self.fourth.finish()
        return np.divide(square**2, fourth, out=np.zeros(square.size), where=fourth > 0.0)

    def by(self, names: Sequence[str]) -> Collapsed:
        """The same lines in the groups of fewer names."""
        groups, place = self.groups.only(names)
        model = np.arange(len(self.models), dtype=np.int64)
        return _united([_moved(self, groups, place, self.models, model, self.meters)])

    def merge(self, other: Collapsed) -> Collapsed:
        """The lines of both; associative and commutative, to the bit."""
        groups, *places = self.groups.merge(other.groups)
        models, *of_model = _union_of_models(self.models, other.models)
        meters = tuple(sorted({*self.meters, *other.meters}))
        parts = [
            _moved(part, groups, place, models, model, meters)
            for part, place, model in zip((self, other), places, of_model, strict=True)
        ]
        return _united(parts)


def collapse(account: Ledger, groups: Groups, weight: Column | None = None) -> Collapsed:
    """The lines of an account collapsed into groups, each counted by its weight.

    Parameters
    ----------
    weight : float64[line], 1    >= 0; None: each line counts whole
    """
    labels = groups.keyed
    quantity = account.line_quantity if weight is None else account.line_quantity * weight
    value = Sums.weighted(
        quantity, account.recipes.co2e, account.line_recipe, groups.of_line, groups.count
    )
    models, line_model = models_of(account, weight)
    of_line, (group, model) = distinct(
        [groups.of_line, line_model], [groups.count, max(len(models), 1)]
    )
    u_rel = account.activity.number("u_rel")
    stated = np.isfinite(u_rel)
    bare = account.line_quantity
    lines = _Lines(account, of_line, group.astype(np.int64), model.astype(np.int64))
    whole = Sums.of(bare, of_line, group.size)
    if not stated.any():
        unread = whole
    else:
        left = np.flatnonzero(~stated[account.line_row])
        unread = Sums.of(bare[left], of_line[left], group.size)
    errs = np.flatnonzero((stated & (u_rel > 0.0))[account.line_row])
    if weight is not None:
        errs = errs[weight[errs] != 0.0]
    column = account.activity.text("meter")
    named = np.array([*(label != "" for label in column.labels), False])
    by_meter = named[column.codes[account.line_row[errs]]]
    meters, meter_cell, meter, metered = _by_meter(lines, errs[by_meter])
    own, square, fourth = _by_themselves(lines, errs[~by_meter], labels, models)
    return Collapsed(
        labels,
        models,
        value,
        lines.group,
        lines.model,
        whole,
        unread,
        meters,
        lines.group[meter_cell],
        lines.model[meter_cell],
        meter,
        metered,
        own,
        square,
        fourth,
    )


@dataclass(frozen=True)
class _Lines:
    """The lines of an account by cell, and the cells."""

    account: Ledger
    cell: NDArray[np.int32]
    group: Index
    model: Index

    def error(self, lines: Index) -> Column:
        """Quantity times u of the rows of some lines."""
        rows = self.account.line_row[lines]
        found: Column = (
            self.account.line_quantity[lines] * self.account.activity.number("u_rel")[rows]
        )
        return found


def _by_meter(lines: _Lines, at: Index) -> tuple[tuple[str, ...], Index, Index, Sums]:
    """The rows of one meter err together: sums by cell and meter."""
    column = lines.account.activity.text("meter")
    codes = column.codes[lines.account.line_row[at]]
    of_line, (cell, code) = distinct(
        [lines.cell[at], codes], [max(lines.group.size, 1), max(len(column.labels), 1)]
    )
    names = sorted({column.labels[c] for c in np.unique(code).tolist()})
    place = {name: i for i, name in enumerate(names)}
    of_code = np.array([place.get(label, -1) for label in (*column.labels, "")], dtype=np.int64)
    summed = Sums.of(lines.error(at), of_line, cell.size)
    return tuple(names), cell.astype(np.int64), of_code[code], summed


def _by_themselves(
    lines: _Lines, at: Index, labels: GroupLabels, models: tuple[Model, ...]
) -> tuple[Patterns, Sums, Sums]:
    """The rows without a named meter, by pattern; and s², s⁴ of each group."""
    if at.size == 0:
        return _no_patterns(), Sums.zeros(labels.count), Sums.zeros(labels.count)
    rows, cell = lines.account.line_row[at], lines.cell[at]
    first = np.flatnonzero(np.diff(rows, prepend=-1))  # lines stand in the order of rows
    error = lines.error(at)
    co2e = np.array([model.co2e for model in models])
    moved = error * co2e[lines.model[cell]]
    group = lines.group[cell]
    if first.size == at.size:  # one line a row: its pattern is its cell
        used, pattern = np.unique(cell, return_inverse=True)
        entries = np.arange(used.size), lines.group[used], lines.model[used]
    else:
        words = _cell_words(lines.group, lines.model, _group_words(labels), _model_words(models))
        keys, of_row = np.unique(np.add.reduceat(mixed(words[cell]), first), return_inverse=True)
        pattern = of_row
        speaker = np.full(keys.size, first.size, dtype=np.int64)
        np.minimum.at(speaker, of_row, np.arange(first.size))
        of_line = np.repeat(np.arange(first.size), np.diff(first, append=at.size))
        kept = np.flatnonzero(speaker[of_row[of_line]] == of_line)
        entries = of_row[of_line[kept]], group[kept], lines.model[cell[kept]]
        pairs, place = np.unique(of_line * labels.count + group, return_inverse=True)
        moved, group = np.bincount(place, weights=moved), pairs % labels.count
    square = Sums.of(error[first] ** 2, pattern, int(pattern.max()) + 1)
    found = _patterns([(*entries, square)], labels, models)
    s2 = moved**2
    return found, Sums.of(s2, group, labels.count), Sums.of(s2**2, group, labels.count)


def _no_patterns() -> Patterns:
    nothing = np.zeros(0, dtype=np.int64)
    return Patterns(nothing.astype(np.uint64), Sums.zeros(0), nothing, nothing, nothing)


def mixed(words: Words) -> Words:
    """Each word shaken so that sums of different ones differ (the finaliser of SplitMix64)."""
    z = words + np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(z ^ (z >> np.uint64(31)))


def group_keys(labels: GroupLabels) -> Words:
    """One word per group, of its labels."""
    texts = zip(*(labels.labels[name] for name in labels.names), strict=True)
    return np.array([key_of("own " + " · ".join(text)) for text in texts], dtype=np.uint64)


def _group_words(labels: GroupLabels) -> Words:
    return mixed(group_keys(labels))


def _model_words(models: tuple[Model, ...]) -> Words:
    return np.array([model.word for model in models], dtype=np.uint64)


def _cell_words(group: Index, model: Index, groups: Words, models: Words) -> Words:
    return mixed(models[model] ^ groups[group])


def _patterns(
    parts: list[tuple[Index, Index, Index, Sums]], labels: GroupLabels, models: tuple[Model, ...]
) -> Patterns:
    """Patterns under their canonical keys; those that have become alike are one."""
    sizes = [len(square) for *_, square in parts]
    if not any(sizes):
        return _no_patterns()
    before = np.concatenate([[0], np.cumsum(sizes)])
    pattern = np.concatenate([p + b for (p, *_), b in zip(parts, before, strict=False)])
    group = np.concatenate([g for _, g, _, _ in parts])
    model = np.concatenate([m for _, _, m, _ in parts])
    words = _cell_words(group, model, _group_words(labels), _model_words(models))
    key = np.zeros(int(before[-1]), dtype=np.uint64)
    np.add.at(key, pattern, mixed(words))
    keys, place = np.unique(key, return_inverse=True)
    speaker = np.full(keys.size, key.size, dtype=np.int64)
    np.minimum.at(speaker, place, np.arange(key.size))
    kept = np.flatnonzero(speaker[place[pattern]] == pattern)
    kept = kept[np.lexsort((model[kept], group[kept], place[pattern[kept]]))]
    total = Sums.zeros(keys.size)
    for (*_, square), b, size in zip(parts, before, sizes, strict=False):
        total = total.merge(square.placed(place[b : b + size], keys.size))
    return Patterns(keys, total, place[pattern[kept]], group[kept], model[kept])


def _moved(
    part: Collapsed,
    groups: GroupLabels,
    place: Place,
    models: tuple[Model, ...],
    model: Index,
    meters: tuple[str, ...],
) -> Collapsed:
    """The part in the numbers of the whole; what falls together is added by `_united`."""
    meter = np.array([meters.index(name) for name in part.meters] or [0], dtype=np.int64)
    own = part.own
    return Collapsed(
        groups,
        models,
        part.value.placed(place, groups.count),
        place[part.cell_group],
        model[part.cell_model],
        part.quantity,
        part.unread,
        meters,
        place[part.meter_group],
        model[part.meter_model],
        meter[part.meter],
        part.metered,
        replace(own, group=place[own.group], model=model[own.model]),
        part.square.placed(place, groups.count),
        part.fourth.placed(place, groups.count),
    )


def _united(parts: list[Collapsed]) -> Collapsed:
    """Parts in the same numbers added up."""
    one = parts[0]
    n = len(one.models)
    cells, of_cell = _keys([p.cell_group * n + p.cell_model for p in parts])
    k = len(one.meters)
    entries, of_entry = _keys([(p.meter_group * n + p.meter_model) * k + p.meter for p in parts])
    placed = list(zip(parts, of_cell, strict=True))
    quantity = _added([part.quantity.placed(at, cells.size) for part, at in placed])
    if all(part.unread is part.quantity for part in parts):
        unread = quantity
    else:
        unread = _added([part.unread.placed(at, cells.size) for part, at in placed])
    owns = [(p.own.pattern, p.own.group, p.own.model, p.own.square) for p in parts]
    rest, meter = np.divmod(entries, max(k, 1))
    return Collapsed(
        one.groups,
        one.models,
        _added([p.value for p in parts]),
        *np.divmod(cells, max(n, 1)),
        quantity,
        unread,
        one.meters,
        *np.divmod(rest, max(n, 1)),
        meter,
        _added([p.metered.placed(at, entries.size) for p, at in zip(parts, of_entry, strict=True)]),
        _patterns(owns, one.groups, one.models),
        _added([p.square for p in parts]),
        _added([p.fourth for p in parts]),
    )


def _added(sums: list[Sums]) -> Sums:
    total = sums[0]
    for more in sums[1:]:
        total = total.merge(more)
    return total


def _keys(columns: list[Index]) -> tuple[Index, list[Index]]:
    """Distinct keys of several columns in order, and the place of each key of each column."""
    found, place = np.unique(np.concatenate(columns), return_inverse=True)
    ends = np.cumsum([column.size for column in columns])
    return found, np.split(place, ends[:-1])


def _union_of_models(
    one: tuple[Model, ...], two: tuple[Model, ...]
) -> tuple[tuple[Model, ...], Index, Index]:
    made = {model.key: model for model in (*one, *two)}
    ordered = sorted(made)
    place = {key: i for i, key in enumerate(ordered)}
    first, second = (
        np.array([place[model.key] for model in models], dtype=np.int64) for models in (one, two)
    )
    return tuple(made[key] for key in ordered), first, second
