"""Rows that say the same thing twice: equal keys, and periods of one key that overlap."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from carbonmeter.errors import Problem
from carbonmeter.kernels.combinations import any_twice, span_of
from carbonmeter.tables.cells import Positions
from carbonmeter.tables.checked import Checked
from carbonmeter.tables.columns import Coded
from carbonmeter.tables.period import bounds

_MIX = np.uint64(0x9E3779B97F4A7C15)
_DAYS = 1 << 20
_TICKED = 32  # combinations a row that are ticked off; sorting the suspects takes as much memory
_NUMBERED = 1 << 32


def fingerprint(table: Checked, names: Sequence[str]) -> tuple[NDArray[np.uint64], bool]:
    """One integer a row, equal for rows with equal keys; and whether the converse holds too.

    The codes are the digits of a number in mixed radix. Where that number would outgrow 64 bits
    it becomes a hash, and rows with equal fingerprints must still be compared.
    """
    key = np.zeros(len(table), dtype=np.uint64)
    space, exact = 1, True
    for name in names:
        digits, size = _digits(table, name)
        if size == 1:
            continue
        space *= size
        exact = exact and space <= 1 << 64
        if exact:
            key *= np.uint64(size % (1 << 64))
        else:
            key ^= key >> np.uint64(29)
            key *= _MIX
        np.add(key, digits, out=key, dtype=np.uint64, casting="unsafe")
    return key, exact


def _digits(table: Checked, name: str) -> tuple[NDArray[Any], int]:
    column = table.columns[name]
    if isinstance(column, Coded):
        return column.codes, max(len(column.labels), 1)
    return np.ascontiguousarray(column).view(np.uint64), 1 << 64


def groups(table: Checked, names: Sequence[str]) -> list[Positions]:
    """The rows of each key that more than one row has, in the order of the table."""
    if _all_alone(table, names):
        return []
    key, exact = fingerprint(table, names)
    rows = _suspects(key)
    ordered = np.sort(key[rows])
    repeated = ordered[1:][ordered[1:] == ordered[:-1]]
    if not repeated.size:
        return []
    rows = rows[np.isin(key[rows], repeated)]
    ids = key[rows] if exact else _exact_ids(table.take(rows), names)
    order = np.argsort(ids, kind="stable")
    cuts = np.flatnonzero(np.diff(ids[order])) + 1
    return [part for part in np.split(rows[order], cuts) if part.size > 1]


def _all_alone(table: Checked, names: Sequence[str]) -> bool:
    """Whether no two rows share a key, where keys are few enough to tick them all off."""
    columns = [table.columns[name] for name in names]
    codes = [column.codes for column in columns if isinstance(column, Coded)]
    sizes = [max(len(column.labels), 1) for column in columns if isinstance(column, Coded)]
    if not codes or len(codes) < len(columns):
        return False
    if span_of(sizes) > min(_TICKED * max(len(table), 1), _NUMBERED):
        return False
    return not any_twice(codes, sizes)


def _suspects(key: NDArray[np.uint64]) -> Positions:
    """Rows that share a slot of a table twice as large; the others are surely alone.

    Two passes over a table of 8 to 16 bytes a row cost a third of sorting the keys.
    """
    bits = max(int(2 * key.size).bit_length(), 1)
    slot = ((key * _MIX) >> np.uint64(64 - bits)).view(np.int64)
    holder = np.empty(1 << bits, dtype=np.int32)
    rows = np.arange(key.size, dtype=np.int32)
    holder[slot] = rows
    ousted = holder[slot] != rows
    shared = ousted.copy()
    shared[holder[slot[ousted]]] = True
    return np.flatnonzero(shared)


def _exact_ids(table: Checked, names: Sequence[str]) -> NDArray[np.int64]:
    ids = np.zeros(len(table), dtype=np.int64)
    for name in names:
        _, digits = np.unique(_digits(table, name)[0], return_inverse=True)
        _, ids = np.unique(ids * (int(digits.max()) + 1) + digits, return_inverse=True)
    return ids


def duplicates(table: Checked, names: Sequence[str]) -> Iterator[Problem]:
    """A problem for each row whose key an earlier row has already."""
    for rows in groups(table, names):
        first = int(table.row[rows[0]])
        value = " · ".join(filter(None, (_shown(table, name, int(rows[0])) for name in names)))
        for at in rows[1:].tolist():
            yield Problem(
                table.source.name,
                int(table.row[at]),
                ", ".join(names),
                value,
                f"the same key as row {first}",
                "add the two rows, remove one, or tell them apart in one of these columns",
            )


def _shown(table: Checked, name: str, at: int) -> str:
    column = table.columns[name]
    return column.labels[column.codes[at]] if isinstance(column, Coded) else str(column[at])


def period_bounds(labels: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The start and end of each period, in days since 1970-01-01."""
    epoch = date(1970, 1, 1).toordinal()
    pairs = [bounds(label) for label in labels]
    start = np.array([a.toordinal() - epoch for a, _ in pairs], dtype=np.int64)
    end = np.array([b.toordinal() - epoch for _, b in pairs], dtype=np.int64)
    return start, end


def overlapping(
    start: NDArray[Any], end: NDArray[Any], group: NDArray[Any]
) -> Iterator[tuple[int, int]]:
    """Pairs (row, earlier row) of one group whose intervals [start, end) overlap.

    Each row that begins before everything earlier in its group has ended is given once, with the
    row of the group that ends last. Starts and ends are days within 1000 years of 1970.
    """
    order = np.lexsort((end, start, group))
    _, rank = np.unique(group[order], return_inverse=True)
    reach = rank * _DAYS + (end[order].astype(np.int64) + _DAYS // 2)
    last = np.maximum.accumulate(reach)
    holder = np.maximum.accumulate(np.where(reach == last, np.arange(reach.size), 0))
    later = np.arange(1, reach.size)
    earlier = holder[:-1]
    wrong = (rank[earlier] == rank[later]) & (start[order][later] < end[order][earlier])
    yield from zip(order[later[wrong]].tolist(), order[earlier[wrong]].tolist(), strict=True)


def _disjoint(labels: Sequence[str]) -> bool:
    """Whether no two of the periods share a day."""
    start, end = period_bounds([label or "2000" for label in labels])
    order = np.argsort(start, kind="stable")
    return not (start[order][1:] < np.maximum.accumulate(end[order])[:-1]).any()


def overlapping_periods(table: Checked, period: str, names: Sequence[str]) -> Iterator[Problem]:
    """A problem for each row whose period overlaps another one of the same key.

    If all periods that occur are disjoint, as months of some years are, nothing is sorted.
    """
    column = table.text(period)
    if _disjoint(column.labels):
        return
    used = np.flatnonzero(np.bincount(column.codes, minlength=len(column.labels)))
    start, end = period_bounds([column.labels[code] or "2000" for code in used])
    if _disjoint([column.labels[code] for code in used]):
        return
    place = np.zeros(len(column.labels), dtype=np.int64)
    place[used] = np.arange(used.size)
    codes = place[column.codes]
    key, exact = fingerprint(table, names)
    for a, b in overlapping(start[codes], end[codes], key):
        same = exact or all(_shown(table, name, a) == _shown(table, name, b) for name in names)
        if codes[a] == codes[b] or not same:
            continue
        a, b = sorted((a, b), key=lambda at: int(table.row[at]))
        yield Problem(
            table.source.name,
            int(table.row[b]),
            period,
            _shown(table, period, b),
            f"overlaps the period {_shown(table, period, a)} of row {int(table.row[a])},"
            " which is the same in all else",
            "keep one of the two, or split the longer period",
        )
