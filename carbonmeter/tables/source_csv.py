"""Read a CSV file into unchecked cells."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sized
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from carbonmeter.errors import Problem
from carbonmeter.tables.columns import code_type
from carbonmeter.tables.encoding import as_utf8
from carbonmeter.tables.source import Cells, Limits, Mixed, Raw, Source, refused

if TYPE_CHECKING:
    import pyarrow as pa

SHORT = 2_000_000
NAMES = {",": "a comma", ";": "a semicolon", "\t": "a tab", "|": "a bar"}


def read_csv(
    data: bytes,
    source: Source,
    *,
    is_number: Callable[[str], bool],
    delimiter: str = ",",
    limits: Limits,
) -> Raw:
    """The headings and cells of a CSV file, every cell as text.

    Parameters
    ----------
    data : bytes             of the whole file
    source : Source          encoding still unknown
    is_number : function     whether a heading announces numbers; other columns are read as codes
    delimiter : str
    limits : Limits
    """
    name = source.name
    if not data.strip():
        raise refused(name, "the file is empty", "export the table again")
    text, encoding = as_utf8(data, name)
    headings, body, heading_row = _headings(text, name, delimiter)
    if len(headings) > limits.columns:
        raise refused(
            name,
            f"{len(headings)} columns, at most {limits.columns} are read",
            "remove the columns that are not needed, or pass limits=Limits(columns=…)",
            row=heading_row,
        )
    if len(headings) == 1:
        _refuse_delimiter(headings[0], name, delimiter)
    ragged: dict[int, int] = {}
    cells = _short(body, len(headings), delimiter)
    if cells is None:
        table, ragged = _table(body, headings, delimiter, is_number, name)
        cells = tuple(table.columns)
    row = np.arange(1, len(_codes(cells[0])) + len(ragged) + 1, dtype=np.int32)
    row = np.delete(row, [at - 1 for at in ragged]) + np.int32(heading_row)
    problems = [
        _ragged(name, heading_row + at, found, len(headings)) for at, found in ragged.items()
    ]
    if text.count(b'"') % 2:
        rule = "a quotation mark without its partner"
        problems.append(Problem(name, None, "", "", rule, 'close it, or write ""'))
    found = Source(name, source.sha256, encoding, "csv")
    return Raw(found, headings, cells, row, heading_row, tuple(problems))


def _codes(cells: Cells) -> Sized:
    return cells.codes if isinstance(cells, Mixed) else cells


def _short(body: bytes, n_columns: int, delimiter: str) -> tuple[Cells, ...] | None:
    """The cells of a short file without a flaw; None if it is long, or anything is odd.

    Arrow reads long files ten times as fast and knows what to say of odd ones, but it takes longer
    to load than a short file to read.
    """
    if len(body) > SHORT or not body.strip(b"\r\n"):
        return None
    lines = io.StringIO(body.decode("utf-8"), newline="")
    try:
        records = list(csv.reader(lines, delimiter=delimiter, strict=True))
    except csv.Error:
        return None
    if {len(record) for record in records} != {n_columns} or n_columns == 1:
        return None
    cells = []
    for column in zip(*records, strict=True):
        index: dict[str, int] = {}
        codes = [index.setdefault(text, len(index)) for text in column]
        cells.append(Mixed(np.array(codes, dtype=code_type(len(index))), tuple(index)))
    return tuple(cells)


def _ragged(name: str, row: int, found: int, wanted: int) -> Problem:
    rule = f"{found} cells, the heading has {wanted}"
    cure = 'quote a cell that contains the delimiter or a line break: "a, b"'
    return Problem(name, row, "", "", rule, cure)


def _headings(text: bytes, name: str, delimiter: str) -> tuple[tuple[str, ...], bytes, int]:
    """The first record that is not blank, the bytes after it, and its row."""
    stream = io.BytesIO(text)
    lines = (line.decode("utf-8") for line in stream)
    number = 0
    try:
        for record in csv.reader(lines, delimiter=delimiter):
            number += 1
            if any(cell.strip() for cell in record):
                headings = tuple(cell.strip("\ufeff \u3000\t\r\n") for cell in record)
                return headings, text[stream.tell() :], number
    except csv.Error:
        raise refused(
            name, "the heading cannot be read", "close its quotation marks", row=number + 1
        ) from None
    raise refused(name, "the file is empty", "export the table again")


def _refuse_delimiter(heading: str, name: str, delimiter: str) -> None:
    for other in (";", "\t", "|", ",", "，", "、"):
        if other != delimiter and other in heading:
            called = NAMES.get(other, repr(other))
            cure = "save the table with commas"
            if other in NAMES:
                cure += f", or pass delimiter={other!r}"
            raise refused(
                name, f"the cells are separated by {called}, not {NAMES[delimiter]}", cure, row=1
            )


def _table(
    body: bytes,
    headings: tuple[str, ...],
    delimiter: str,
    is_number: Callable[[str], bool],
    name: str,
) -> tuple[pa.Table, dict[int, int]]:
    """The cells below the heading, and how many cells each ragged row has.

    One thread, so that ragged rows come with their numbers; blank lines count as rows.
    """
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    text, coded = pa.string(), pa.dictionary(pa.int32(), pa.string())
    types: dict[str, Any] = {
        str(at): text if is_number(heading) else coded for at, heading in enumerate(headings)
    }
    if not body.strip(b"\r\n"):
        return pa.table({name: pa.array([], type=kind) for name, kind in types.items()}), {}
    ragged: dict[int, int] = {}
    stream: Any = pa.BufferReader(body)

    def skip(row: Any) -> Literal["skip"]:
        ragged[row.number] = row.actual_columns
        return "skip"

    try:
        table = arrow_csv.read_csv(
            stream,
            read_options=arrow_csv.ReadOptions(column_names=list(types), use_threads=False),
            parse_options=arrow_csv.ParseOptions(
                delimiter=delimiter,
                newlines_in_values=b'"' in body,
                ignore_empty_lines=False,
                invalid_row_handler=skip,
            ),
            convert_options=arrow_csv.ConvertOptions(
                column_types=types, strings_can_be_null=False, null_values=[]
            ),
        )
    except MemoryError:
        rule = "does not fit into the memory"
        raise refused(name, rule, "split the file into several of fewer rows") from None
    except pa.ArrowInvalid as wrong:
        raise refused(
            name, f"not a table ({wrong})", "check quotation marks and very long cells"
        ) from None
    return table, ragged
