"""Cells of one column: their distinct values, and what is wrong with some of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from carbonmeter.tables.columns import Coded, Column, Dates, code_type
from carbonmeter.tables.source import ArrowColumn, Cells, Doubles, Mixed

Positions = NDArray[np.intp]
FEW = 20_000
NOWHERE: Positions = np.empty(0, dtype=np.intp)

_BEFORE = " \u3000'\"\ufeff"
PROTECTED = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


class Wrong(NamedTuple):
    """Why a cell cannot be used, and what to do."""

    rule: str
    cure: str


class Flaw(NamedTuple):
    """One wrong value, at each row that has it."""

    at: Positions
    value: str
    rule: str
    cure: str


@dataclass(frozen=True, eq=False)
class Parsed:
    """A column after its check: values, what is wrong, where a number is missing."""

    column: Coded | Column | Dates
    flaws: list[Flaw]
    missing: list[Flaw] = field(default_factory=list)


EMPTY = Wrong("empty", "fill it in")
MISSING = Wrong(
    "no value",
    "fill it in, or pass missing='exclude' to leave the row out and have it listed",
)


def in_arrow(rows: Positions) -> ArrowColumn:
    """Numbers of rows for pyarrow, which would load pandas to look at an array of NumPy."""
    import pyarrow as pa

    data = np.ascontiguousarray(rows, dtype=np.int64)
    return pa.Array.from_buffers(pa.int64(), data.size, [None, pa.py_buffer(data.data)])


def distinct(cells: Cells) -> Mixed:
    """The column as codes into its distinct values; a blank or null cell is ''."""
    if isinstance(cells, Mixed):
        return cells
    if isinstance(cells, Doubles):
        found, codes = np.unique(cells.values, return_inverse=True)
        numbers = tuple("" if value != value else value for value in found.tolist())
        return Mixed(codes.astype(np.int32), numbers)
    import pyarrow as pa

    if not pa.types.is_dictionary(cells.type):
        cells = cells.dictionary_encode()
    cells = cells.unify_dictionaries()
    if cells.num_chunks == 0:
        return Mixed(np.empty(0, dtype=np.int32), ())
    values = list(texts_of(cells.chunk(0).dictionary))
    chunks = []
    for chunk in cells.chunks:
        indices = chunk.indices
        if indices.null_count:
            if "" not in values:
                values.append("")
            indices = indices.cast(pa.int32()).fill_null(values.index(""))
        chunks.append(indices)
    codes = in_numpy(pa.chunked_array(chunks))
    return Mixed(codes.astype(code_type(len(values)), copy=False), tuple(values))


def texts_of(values: Any) -> tuple[object, ...]:
    """The values of an Arrow array; a null is ''.

    Many texts are taken as one and cut: one by one they would cost more than reading a file.
    """
    import pyarrow as pa

    kind = values.type
    if (
        len(values) > FEW
        and values.null_count == 0
        and (pa.types.is_string(kind) or pa.types.is_large_string(kind))
    ):
        from pyarrow import compute

        ends = pa.py_buffer(np.array([0, len(values)], dtype=np.int32).data)
        offsets = pa.Array.from_buffers(pa.int32(), 2, [None, ends])
        whole: Any = pa.ListArray
        joined: Any = compute.binary_join(whole.from_arrays(offsets, values), one_text("\0", kind))
        texts = joined[0].as_py().split("\0")
        if len(texts) == len(values):
            return tuple(texts)
    return tuple("" if value is None else value for value in values.to_pylist())


def in_numpy(column: ArrowColumn) -> NDArray[Any]:
    """The numbers of a column without nulls, read from its buffers.

    pyarrow's own conversion would import pandas, which costs more than reading a large file.
    """
    parts = [bare(chunk) for chunk in column.chunks if len(chunk)]
    if len(parts) == 1:
        return parts[0]
    kind = np.dtype(str(column.type).replace("double", "float64"))
    return np.concatenate(parts) if parts else np.empty(0, dtype=kind)


def bare(array: Any) -> NDArray[Any]:
    """The numbers of an Arrow array, read from its buffer; anything where it is null."""
    kind = np.dtype(str(array.type).replace("double", "float64"))
    if not len(array):
        return np.empty(0, dtype=kind)
    return np.frombuffer(array.buffers()[1], kind, len(array), array.offset * kind.itemsize)


def nulls(array: Any) -> NDArray[np.bool_]:
    """Where an Arrow array that has nulls is null."""
    bits = np.frombuffer(array.buffers()[0], dtype=np.uint8)
    valid = np.unpackbits(bits, count=array.offset + len(array), bitorder="little")
    null: NDArray[np.bool_] = valid[array.offset :] == 0
    return null


def one_text(text: str, kind: Any) -> Any:
    """An Arrow array of one text; `pyarrow.array` would import pandas."""
    import pyarrow as pa

    data = text.encode()
    width = np.int64 if pa.types.is_large_string(kind) else np.int32
    offsets = pa.py_buffer(np.array([0, len(data)], dtype=width).data)
    return pa.Array.from_buffers(kind, 1, [None, offsets, pa.py_buffer(data)])


def mixed_of(values: Sequence[object]) -> Mixed:
    """The column of these cells; 1, 1.0, True and '1' stay different."""
    index: dict[tuple[type, object], int] = {}
    found: list[object] = []
    codes = np.empty(len(values), dtype=np.int32)
    for at, value in enumerate(values):
        key = (type(value), value)
        code = index.get(key)
        if code is None:
            code = index[key] = len(found)
            found.append(value)
        codes[at] = code
    return Mixed(codes, tuple(found))


def shown(value: object) -> str:
    """A cell as a message shows it."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e21:
        return str(int(value))
    if isinstance(value, datetime) and value.time().isoformat() == "00:00:00":
        return value.date().isoformat()
    return str(value)


def unprotected(text: str) -> str:
    """The text without the apostrophe that keeps a spreadsheet from reading it as a formula."""
    rest = text[1:].lstrip(_BEFORE)
    return text[1:] if text[:1] == "'" and rest and rest[0] in PROTECTED else text


def positions_of(codes: NDArray[np.int32], wanted: Sequence[int]) -> Iterator[Positions]:
    """The rows of each wanted code, in one pass however many codes are wanted."""
    table = np.zeros(int(codes.max()) + 1 if codes.size else 0, dtype=bool)
    inside = [code for code in wanted if code < table.size]
    table[inside] = True
    rows = np.flatnonzero(table[codes])
    rows = rows[np.argsort(codes[rows], kind="stable")]
    sorted_codes = codes[rows]
    starts = np.searchsorted(sorted_codes, wanted, side="left")
    ends = np.searchsorted(sorted_codes, wanted, side="right")
    for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
        yield rows[start:end]


def flaws_of(mixed: Mixed, wrong: Mapping[int, Wrong]) -> list[Flaw]:
    """The flaws of the values in `wrong`; a value that no row uses is none."""
    places = positions_of(mixed.codes, list(wrong))
    return [
        Flaw(at, shown(mixed.values[code]), *verdict)
        for at, (code, verdict) in zip(places, wrong.items(), strict=True)
        if at.size
    ]


def read_text(
    cells: Cells,
    judge: Callable[[object], str | Wrong],
    limit: int,
    doubtful: Callable[[Sequence[object], int], Sequence[int]] | None = None,
) -> Parsed:
    """A text column, each distinct value judged once.

    Parameters
    ----------
    cells : Cells
    judge : function               the value to the text to keep, or what is wrong with it
    limit : int                    longest text allowed
    doubtful : function, optional  which of the values the judge must see; the others are texts
                                   within the limit that are right as they stand, which spares it
                                   where nearly each row has a text of its own
    """
    mixed = distinct(cells)
    labels: list[Any] = list(mixed.values)
    wrong: dict[int, Wrong] = {}
    for code in range(len(labels)) if doubtful is None else doubtful(labels, limit):
        verdict = _verdict(labels[code], judge, limit)
        if isinstance(verdict, Wrong):
            wrong[code] = verdict
        labels[code] = "" if isinstance(verdict, Wrong) else verdict
    coded = Coded(mixed.codes, ("",)).relabel(labels or [""])
    return Parsed(coded, flaws_of(mixed, wrong) if wrong else [])


def _verdict(value: object, judge: Callable[[object], str | Wrong], limit: int) -> str | Wrong:
    if not isinstance(value, str):
        return judge(value)
    if len(value) > limit:
        return Wrong(
            f"{len(value)} characters in one cell, at most {limit} are read",
            "shorten the cell, or pass limits=Limits(cell_characters=…)",
        )
    return judge(unprotected(value))


def absent(kind: str, n: int) -> Coded | Column | Dates:
    """The column of an optional field that the file lacks; it takes no memory per row."""
    if kind == "number":
        values: NDArray[Any] = np.broadcast_to(np.float64(np.nan), n)
        return values
    if kind == "date":
        days: NDArray[Any] = np.broadcast_to(np.datetime64("NaT", "D"), n)
        return days
    return Coded.constant("", n)
