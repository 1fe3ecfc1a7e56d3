"""What shares of ownership cannot be at any one date."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from carbonmeter.errors import Problem
from carbonmeter.tables.checked import Checked
from carbonmeter.tables.columns import Coded
from carbonmeter.tables.keys import fingerprint, overlapping

SLACK = 1e-9
_FOREVER = np.datetime64("2300-01-01", "D")
Days = NDArray[np.int64]


def contradictions(table: Checked) -> Iterator[Problem]:
    """Every contradiction among rows (child, parent, share, from, to, operational_control)."""
    if not len(table):
        return
    end = np.where(np.isnat(table.dates("to")), _FOREVER, table.dates("to"))
    start, stop = table.dates("from").astype(np.int64), end.astype("M8[D]").astype(np.int64)
    yield from _same_share_twice(table, start, stop)
    yield from _more_than_all(table, start, stop)
    yield from _two_operators(table, start, stop)
    yield from _loops(table, start, stop)


def _name(column: Coded, at: int) -> str:
    return column.labels[int(column.codes[at])]


def _problem(table: Checked, at: int, column: str, value: str, rule: str, cure: str) -> Problem:
    return Problem(table.source.name, int(table.row[at]), column, value, rule, cure)


def _same_share_twice(table: Checked, start: Days, stop: Days) -> Iterator[Problem]:
    key, _ = fingerprint(table, ("child", "parent"))
    for pair in overlapping(start, stop, key):
        first, last = sorted(pair)
        yield _problem(
            table,
            last,
            "parent",
            _name(table.text("parent"), last),
            f"holds {_name(table.text('child'), last)} in row {table.row[first]} at the same time",
            "write one row with the whole share, or correct the dates",
        )


def _two_operators(table: Checked, start: Days, stop: Days) -> Iterator[Problem]:
    rows = np.flatnonzero(table.flag("operational_control"))
    child = table.text("child").codes[rows]
    for pair in overlapping(start[rows], stop[rows], child):
        first, last = sorted(rows[list(pair)].tolist())
        if _name(table.text("parent"), first) == _name(table.text("parent"), last):
            continue
        yield _problem(
            table,
            last,
            "operational_control",
            "yes",
            f"{_name(table.text('parent'), first)} in row {table.row[first]} runs"
            f" {_name(table.text('child'), last)} at the same time",
            "only one parent runs a child: write no in one of the rows, or correct the dates",
        )


def _more_than_all(table: Checked, start: Days, stop: Days) -> Iterator[Problem]:
    """Shares of one child that add up to more than one; the first such day of each child."""
    child, share = table.text("child"), table.number("share")
    codes = np.concatenate([child.codes, child.codes])
    day = np.concatenate([start, stop])
    change = np.concatenate([share, -share])
    order = np.lexsort((change, day, codes))
    held = np.cumsum(change[order])
    over = order[held > 1.0 + SLACK]
    _, firsts = np.unique(codes[over], return_index=True)
    for event in np.sort(firsts):
        code, when = codes[over[event]], day[over[event]]
        rows = np.flatnonzero((child.codes == code) & (start <= when) & (when < stop))
        numbers = ", ".join(str(row) for row in table.row[rows])
        yield _problem(
            table,
            int(rows[-1]),
            "share",
            f"{share[rows].sum():.10g}",
            f"the shares of {child.labels[code]} in rows {numbers} add up to more than 1"
            f" on {np.datetime64(int(when), 'D')}",
            "correct the shares or the dates",
        )


def _loops(table: Checked, start: Days, stop: Days) -> Iterator[Problem]:
    """Entities that own themselves through others at some date; each loop once."""
    names = {name: i for i, name in enumerate(sorted(_names(table)))}
    child = np.array([names[n] for n in table.text("child").labels])[table.text("child").codes]
    parent = np.array([names[n] for n in table.text("parent").labels])[table.text("parent").codes]
    suspects = _cyclic(np.arange(len(table)), child, parent)
    seen: set[frozenset[int]] = set()
    for when in np.unique(start[suspects]):
        live = suspects[(start[suspects] <= when) & (when < stop[suspects])]
        live = _cyclic(live, child, parent)
        for loop in _walks(live, child, parent):
            if frozenset(loop) in seen:
                continue
            seen.add(frozenset(loop))
            path = [_name(table.text("child"), at) for at in loop]
            rows = ", ".join(str(table.row[at]) for at in sorted(loop))
            yield _problem(
                table,
                max(loop),
                "parent",
                " → ".join([*path, path[0]]),
                f"a loop of ownership (rows {rows}) on {np.datetime64(int(when), 'D')}",
                "correct a parent or the dates: nobody owns itself",
            )


def _names(table: Checked) -> set[str]:
    return {*table.text("child").labels, *table.text("parent").labels}


def _cyclic(
    rows: NDArray[np.intp], child: NDArray[np.int64], parent: NDArray[np.int64]
) -> NDArray[np.intp]:
    """The rows that remain when links to entities that own nothing, or that nobody owns, go."""
    while rows.size:
        kept = rows[np.isin(parent[rows], child[rows]) & np.isin(child[rows], parent[rows])]
        if kept.size == rows.size:
            break
        rows = kept
    return rows


def _walks(
    rows: NDArray[np.intp], child: NDArray[np.int64], parent: NDArray[np.int64]
) -> Iterator[list[int]]:
    """Loops among the rows, found by going from child to parent; each row is walked once."""
    upward: dict[int, list[int]] = {}
    for at in rows.tolist():
        upward.setdefault(int(child[at]), []).append(at)
    done: set[int] = set()
    for origin in list(upward):
        path: list[int] = []
        place: dict[int, int] = {}
        node = origin
        while node not in place:
            place[node] = len(path)
            onward = [at for at in upward.get(node, []) if at not in done]
            if not onward:
                break
            done.add(onward[0])
            path.append(onward[0])
            node = int(parent[onward[0]])
        else:
            yield path[place[node] :]
