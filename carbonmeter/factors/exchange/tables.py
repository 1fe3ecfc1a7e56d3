"""A library as tidy tables: CSV files that stand beside each other, and one Parquet file."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from carbonmeter.errors import Problem
from carbonmeter.factors.exchange.content import (
    ABOUT,
    BESIDE,
    TIDY,
    Content,
    cells,
    guarded,
    read_table,
    refusal,
    texts,
    whole,
)
from carbonmeter.factors.exchange.files import csv_bytes, field_schema
from carbonmeter.factors.layer import DATES, NUMBERS, Rows
from carbonmeter.factors.package import rows_of
from carbonmeter.factors.record import RECORDS
from carbonmeter.tables.field import Field
from carbonmeter.tables.schema import Table

if TYPE_CHECKING:
    import pyarrow as pa

METADATA = b"carbonmeter.library"


def csv_files(content: Content, stem: str, lang: str = "en") -> dict[str, bytes]:
    """Records as `stem.csv` and each other table as `stem.<its name>.csv`, for people.

    Parameters
    ----------
    content : Content
    stem : str                       of the names of the files
    lang : 'en' or 'zh'              of the headings; both are read back
    """
    layer = content.layer
    files: dict[str, bytes] = {}
    if len(layer):
        columns = [[layer.name] * len(layer), *(cells(layer, f) for f in RECORDS.fields)]
        files[f"{stem}.csv"] = csv_bytes(headings(TIDY, lang), columns, people=True)
    for name, rows in tables_beside(content).items():
        schema = ABOUT if name == ABOUT.name else BESIDE[name]
        columns = [[guarded(row[f.name]) for row in rows] for f in schema.fields]
        files[f"{stem}.{name}.csv"] = csv_bytes(headings(schema, lang), columns, people=True)
    return files


def tables_beside(content: Content) -> dict[str, Rows]:
    """Every table that is not the records: what the library is, and those that have rows."""
    said = tuple({"key": key, "value": value} for key, value in content.said())
    return {ABOUT.name: said, **{name: r for name in BESIDE if (r := content.rows(name))}}


def headings(schema: Table, lang: str) -> list[str]:
    """The headings of a table in a language."""
    return [field.zh if lang == "zh" else field.name for field in schema.fields]


def names_file(path: Path) -> Path:
    """The file that names the library, beside any of its others."""
    return path.with_name(f"{_stem(path)}.{ABOUT.name}.csv")


def _stem(path: Path) -> str:
    stem = path.name.removesuffix(".csv")
    for name in (ABOUT.name, *BESIDE):
        stem = stem.removesuffix(f".{name}")
    return stem


def read_csv_files(path: Path) -> Content:
    """The library in `stem.csv` and the files beside it.

    Raises
    ------
    ExchangeError                    a table that is missing, or whatever is wrong with one
    """
    stem, folder = _stem(path), path.parent
    if not names_file(path).is_file():
        cure = "name a mapping with --mapping, which says what the columns are"
        rule = f"the table {stem}.{ABOUT.name}.csv, which names the library, is not beside it"
        raise refusal(path.name, [Problem(path.name, None, "", "", rule, cure)])
    beside: dict[str, Rows] = {}
    for name, schema in {ABOUT.name: ABOUT, **BESIDE}.items():
        file = folder / f"{stem}.{name}.csv"
        there = file.is_file()
        beside[name] = rows_of(read_table(schema, file, file.name), schema) if there else ()
    main = folder / f"{stem}.csv"
    records = read_table(TIDY, main, main.name) if main.is_file() else None
    return whole(records, beside.pop(ABOUT.name), beside, path.name)


def parquet_bytes(content: Content) -> bytes:
    """The records as Parquet; each column says what it is, the file what else the library holds."""
    from pyarrow import parquet

    out = io.BytesIO()
    parquet.write_table(_arrow(content), out, write_page_checksum=True)
    return out.getvalue()


def _arrow(content: Content) -> pa.Table:
    import pyarrow as pa

    layer = content.layer
    columns, fields = [], []
    for field in RECORDS.fields:
        array: Any
        if field.name in NUMBERS:
            array = pa.array(layer.columns[field.name], from_pandas=True)
        elif field.name in DATES:
            array = pa.array(layer.columns[field.name].astype("M8[D]"), type=pa.date32())
        else:
            array = pa.array(texts(layer, field), type=pa.string()).dictionary_encode()
        columns.append(array)
        fields.append(pa.field(field.name, array.type, metadata=_described(field)))
    held = {name: list(rows) for name, rows in tables_beside(content).items()}
    said: dict[bytes | str, bytes | str] = {METADATA: json.dumps(held, ensure_ascii=False)}
    return pa.Table.from_arrays(columns, schema=pa.schema(fields, metadata=said))


def _described(field: Field) -> dict[bytes, bytes]:
    """What a column says of itself: Table Schema, and where the unit of its numbers stands."""
    said = {"schema": json.dumps(field_schema(field), ensure_ascii=False), "title_zh": field.zh}
    if field.name in ("value", "low", "high"):
        said["unit"] = "of the row: column unit"
    elif field.name == "coverage":
        said["unit"] = "percent"
    return {key.encode(): text.encode() for key, text in said.items()}


def names_library(path: Path) -> bool:
    """Whether the metadata of a Parquet file name a library."""
    return _held(path) is not None


def _held(path: Path) -> bytes | None:
    import pyarrow as pa
    from pyarrow import parquet

    try:
        schema = parquet.read_schema(path)
        # A page whose checksum differs would be read as other numbers.
        if METADATA in (schema.metadata or {}):
            parquet.read_table(path, page_checksum_verification=True)
    except (pa.ArrowException, OSError, UnicodeDecodeError) as wrong:
        rule = f"not a readable Parquet file ({wrong})"
        problem = Problem(path.name, None, "", "", rule, "write it again")
        raise refusal(path.name, [problem]) from None
    return (schema.metadata or {}).get(METADATA)


def read_parquet(path: Path) -> Content:
    """The library in a Parquet file that was written here.

    Raises
    ------
    ExchangeError                    a file without our metadata, or whatever is wrong with it
    """
    from pyarrow import parquet

    held = _held(path)
    if held is None:
        rule = "its metadata do not say which library it is"
        cure = "name a mapping with --mapping, which says what the columns are"
        raise refusal(path.name, [Problem(path.name, None, "", "", rule, cure)])
    try:
        tables = json.loads(held)
    except (ValueError, RecursionError) as wrong:
        rule = f"its metadata are not JSON ({wrong})"
        problem = Problem(path.name, None, "", "", rule, "write the file again")
        raise refusal(path.name, [problem]) from None
    beside = beside_of(tables if isinstance(tables, dict) else {}, path.name)
    records = read_table(RECORDS, path, path.name) if parquet.read_metadata(path).num_rows else None
    return whole(records, beside.pop(ABOUT.name), beside, path.name)


def beside_of(held: Mapping[str, Any], name: str) -> dict[str, Rows]:
    """The tables beside the records, from the JSON that a format carries them in, checked."""
    found: dict[str, Rows] = {}
    for key, schema in {ABOUT.name: ABOUT, **BESIDE}.items():
        rows, place = held.get(key) or [], f"{name} [{key}]"
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            problem = Problem(place, None, "", "", "not a list of rows", "export it again")
            raise refusal(name, [problem])
        table = frame(rows, schema, place) if rows else None
        found[key] = () if table is None else rows_of(read_table(schema, table, place), schema)
    return found


def frame(rows: list[Mapping[str, Any]], schema: Table, name: str) -> pa.Table:
    """Rows of texts as a table that a schema reads."""
    import pyarrow as pa

    names = [field.name for field in schema.fields]
    return pa.table({n: text_array([row.get(n) for row in rows], n, name) for n in names})


def text_array(cells: Sequence[Any], column: str, name: str) -> pa.Array[Any]:
    """Cells of any kind as texts; None is blank.

    Raises
    ------
    ExchangeError                    half of a character, which no text holds
    """
    import pyarrow as pa

    try:
        return pa.array(["" if c is None else str(c) for c in cells], type=pa.string())
    except UnicodeEncodeError as wrong:
        problem = Problem(name, None, column, "", f"half of a character ({wrong.reason})", "")
        raise refusal(name, [replace(problem, cure="export the library again")]) from None
