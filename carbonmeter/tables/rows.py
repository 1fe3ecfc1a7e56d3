"""Rows in which nothing is written; a spreadsheet leaves them behind, and they say nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from weakref import ref

import numpy as np
from numpy.typing import NDArray

from carbonmeter.tables.cells import NOWHERE, Positions, distinct, in_arrow
from carbonmeter.tables.source import Cells, Doubles, Mixed

_counted: ref[NDArray[np.int32]] | None = None


def counting(n: int) -> NDArray[np.int32]:
    """The numbers 0, 1 … n - 1, not writable; whoever counts rows at one time shares the memory."""
    global _counted
    held = None if _counted is None else _counted()
    if held is None or held.size < n:
        held = np.arange(n, dtype=np.int32)
        held.flags.writeable = False
        _counted = ref(held)
    return held[:n]


def is_counting(rows: NDArray[Any]) -> bool:
    """Whether rows are 0, 1 … n - 1."""
    numbers = counting(rows.size)
    at = (rows.dtype, rows.strides, rows.__array_interface__["data"][0])
    same = at == (numbers.dtype, numbers.strides, numbers.__array_interface__["data"][0])
    return same or bool(np.array_equal(rows, numbers))


def blank_rows(cells: Mapping[str, Cells]) -> Positions:
    """The rows whose every cell is blank; columns with few distinct cells are asked first."""
    columns = sorted(cells.values(), key=_effort)
    rows: Positions | None = None
    for column in columns:
        rows = _blank(column, rows)
        if not rows.size:
            return NOWHERE
    return NOWHERE if rows is None else rows


def _effort(column: Cells) -> int:
    return len(column.values if isinstance(column, Mixed) else column)


def _blank(column: Cells, rows: Positions | None) -> Positions:
    if isinstance(column, Doubles):
        rows = np.arange(len(column)) if rows is None else rows
        return rows[np.isnan(column.values[rows])]
    if not isinstance(column, Mixed):
        rows = np.arange(len(column)) if rows is None else rows
        column = distinct(column.take(in_arrow(rows)))
        codes = column.codes
    else:
        codes = column.codes if rows is None else column.codes[rows]
    empty = np.array([_says_nothing(value) for value in column.values] + [False])
    if not empty.any():
        return NOWHERE
    found: NDArray[Any] = np.flatnonzero(empty[codes])
    return found if rows is None else rows[found]


def _says_nothing(value: object) -> bool:
    return value is None or value != value or (isinstance(value, str) and not value.strip())


def kept(column: Cells, blank: Positions) -> Cells:
    """The column without the blank rows."""
    if isinstance(column, Mixed):
        return Mixed(np.delete(column.codes, blank), column.values)
    if isinstance(column, Doubles):
        return Doubles(np.delete(column.values, blank))
    import pyarrow as pa

    mask = np.ones(len(column), dtype=bool)
    mask[blank] = False
    return column.filter(pa.array(mask))
