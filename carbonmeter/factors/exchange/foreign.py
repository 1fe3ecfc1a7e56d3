"""Somebody's table, opened as its mapping says: encoding, sheet, where the headings stand."""

from __future__ import annotations

import codecs
import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np

from carbonmeter.factors.exchange.mapping import Declared
from carbonmeter.factors.layer import NUMBERS
from carbonmeter.tables.cells import distinct, shown
from carbonmeter.tables.encoding import SAVE_AS_UTF8
from carbonmeter.tables.reading import CSV, read_raw
from carbonmeter.tables.rows import kept
from carbonmeter.tables.source import MEGABYTE, Limits, Raw, Source, refused
from carbonmeter.tables.source_csv import read_csv

UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def opened(path: Path, declared: Declared, limits: Limits) -> Raw:
    """The headings and unchecked cells of a table, rows numbered as in its file.

    Raises
    ------
    TableError                       a file that cannot be read as the mapping says
    """
    numbers = {declared.columns[name] for name in NUMBERS if name in declared.columns}
    if path.suffix.lower() in CSV:
        return _csv(path, declared, numbers, limits)
    raw = read_raw(
        path,
        sheet=declared.sheet,
        sheet_names=(),
        is_number=numbers.__contains__,
        delimiter=declared.delimiter,
        limits=limits,
    )
    wanted = declared.heading_row
    if wanted is None or raw.heading_row is None or wanted == raw.heading_row:
        return raw
    return _lower(raw, wanted)


def _csv(path: Path, declared: Declared, numbers: set[str], limits: Limits) -> Raw:
    try:
        size = path.stat().st_size
        if size > limits.file_bytes:
            rule = f"{size / MEGABYTE:.3g} MB, at most {limits.file_bytes / MEGABYTE:.3g} are read"
            raise refused(path.name, rule, "split the file, or store it as Parquet")
        data = path.read_bytes()
    except OSError as wrong:
        rule = f"cannot be opened: {wrong.strerror}"
        raise refused(path.name, rule, "check the path and its permissions") from None
    source = Source(path.name, hashlib.sha256(data).hexdigest(), "", "csv")
    encoding = declared.encoding or ("utf-16" if data.startswith(UTF16) else None)
    if encoding is not None:
        data = _decoded(data, encoding, path.name)
    cut = (declared.heading_row or 1) - 1
    body = data
    for _ in range(cut):
        body = body.partition(b"\n")[2]
    raw = read_csv(
        body,
        source,
        is_number=numbers.__contains__,
        delimiter=declared.delimiter,
        limits=limits,
    )
    if encoding is not None:
        raw = replace(raw, source=replace(raw.source, encoding=encoding.upper()))
    if not cut:
        return raw
    moved = tuple(p if p.row is None else replace(p, row=p.row + cut) for p in raw.problems)
    row = raw.row + np.int32(cut)
    return replace(raw, row=row, heading_row=(raw.heading_row or 1) + cut, problems=moved)


def _decoded(data: bytes, encoding: str, name: str) -> bytes:
    """The same text as UTF-8; every byte must be of the encoding."""
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as wrong:
        row = data.count(b"\n", 0, wrong.start) + 1
        rule = f"bytes that are not {encoding}"
        cure = f"name the right encoding in the mapping, or {SAVE_AS_UTF8}"
        raise refused(name, rule, cure, row=row) from None
    return text.removeprefix("\ufeff").encode("utf-8")


def _lower(raw: Raw, wanted: int) -> Raw:
    """The table with its headings in a row further down."""
    name = raw.source.name
    places = np.flatnonzero(raw.row == wanted)
    if not places.size:
        cure = "name the row of the headings, the first row being 1"
        raise refused(name, f"there is no row {wanted} below the first filled one", cure)
    at = int(places[0])
    cells = tuple(distinct(column) for column in raw.cells)
    headings = tuple(shown(c.values[c.codes[at]]).strip("\ufeff \u3000\t\r\n") for c in cells)
    above = np.arange(at + 1)
    # What was taken for a heading was a title: it names no column.
    problems = tuple(
        p if p.row is None else replace(p, column="")
        for p in raw.problems
        if p.row is None or p.row > wanted
    )
    return replace(
        raw,
        headings=headings,
        cells=tuple(kept(column, above) for column in cells),
        row=np.delete(raw.row, above),
        heading_row=wanted,
        problems=problems,
    )
