"""A library as a workbook that people read: records, sources and words, a sheet each."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from carbonmeter.errors import Problem
from carbonmeter.factors.exchange.content import (
    ABOUT,
    BESIDE,
    Content,
    kept,
    number_text,
    read_table,
    refusal,
    used,
    whole,
)
from carbonmeter.factors.exchange.tables import tables_beside
from carbonmeter.factors.layer import DATES, NUMBERS, Rows
from carbonmeter.factors.package import rows_of
from carbonmeter.factors.record import RECORDS
from carbonmeter.tables.field import Field
from carbonmeter.tables.schema import Table
from carbonmeter.tables.source_excel import sheets_with_rows

if TYPE_CHECKING:
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

MOST_ROWS = 1_048_575
LONGEST = 32_767
FIRST_YEAR = 1901
# The same library is the same file: its own date of creation is fixed.
CREATED = datetime(2020, 1, 1)
WIDTHS = {"id": 30, "parameter": 26, "subject": 24, "note": 50, "title": 50, "value": 14}


def xlsx_bytes(content: Content, lang: str = "en") -> bytes:
    """The library as a workbook: headings frozen, text as text, numbers as numbers.

    Parameters
    ----------
    content : Content
    lang : 'en' or 'zh'              of headings and sheets; the other stands in their notes

    Raises
    ------
    ExchangeError                    more rows or longer cells than a workbook holds
    """
    import xlsxwriter

    _check(content)
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(out, options) as book:
        book.set_properties({"title": content.layer.title, "created": CREATED})
        formats = _formats(book)
        if len(content.layer):
            _records(_sheet(book, RECORDS, lang), content, lang, formats)
        for name, rows in tables_beside(content).items():
            schema = ABOUT if name == ABOUT.name else BESIDE[name]
            _rows(_sheet(book, schema, lang), schema, rows, lang, formats)
    return out.getvalue()


def _check(content: Content) -> None:
    layer, problems = content.layer, []
    if len(layer) > MOST_ROWS:
        rule, cure = f"{len(layer)} records, a sheet holds {MOST_ROWS}", "write .parquet"
        problems.append(Problem(layer.name, None, "", "", rule, cure))
    for field in RECORDS.fields:
        if field.name not in NUMBERS and field.name not in DATES:
            for at, text in enumerate(layer.columns[field.name].tolist()):
                if len(text) > LONGEST:
                    rule = f"{len(text)} characters, a cell holds {LONGEST}"
                    problems.append(layer.problem(at, field.name, rule, "write .parquet or .csv"))
    if problems:
        raise refusal(f"{layer.name} as a workbook", problems)


def _formats(book: Workbook) -> dict[str, Any]:
    head = {"bold": True, "bottom": 1, "text_wrap": True, "valign": "vcenter"}
    return {
        "head": book.add_format(head | {"bg_color": "#DCE6EE"}),
        "text": book.add_format({"num_format": "@"}),
        "number": book.add_format({"num_format": "General"}),
        "date": book.add_format({"num_format": "yyyy-mm-dd"}),
    }


def _sheet(book: Workbook, schema: Table, lang: str) -> Worksheet:
    return book.add_worksheet(schema.zh if lang == "zh" else schema.name)


def _head(sheet: Worksheet, fields: Sequence[Field], lang: str, formats: dict[str, Any]) -> None:
    for at, field in enumerate(fields):
        shown, other = (field.zh, field.name) if lang == "zh" else (field.name, field.zh)
        sheet.write_string(0, at, shown, formats["head"])
        sheet.write_comment(0, at, f"{other}\n{field.meaning}".strip())
        sheet.set_column(at, at, WIDTHS.get(field.name, 14))
    sheet.freeze_panes(1, 1)


def _records(sheet: Worksheet, content: Content, lang: str, formats: dict[str, Any]) -> None:
    layer = content.layer
    fields = used(layer)
    _head(sheet, fields, lang, formats)
    sheet.autofilter(0, 0, len(layer), len(fields) - 1)
    for at, field in enumerate(fields):
        column = layer.columns[field.name].tolist()
        if field.name in NUMBERS:
            _numbers(sheet, at, column, formats)
        elif field.name in DATES:
            _dates(sheet, at, column, formats)
        else:
            for row, text in enumerate(column, 1):
                if text:
                    sheet.write_string(row, at, kept(text), formats["text"])


def _numbers(sheet: Worksheet, at: int, column: list[float], formats: dict[str, Any]) -> None:
    """Numbers as cells; one that sixteen digits do not hold stands as text, with all of them."""
    for row, value in enumerate(column, 1):
        if value != value:
            continue
        if float(f"{value:.16G}") == value:
            sheet.write_number(row, at, value, formats["number"])
        else:
            sheet.write_string(row, at, number_text(value), formats["text"])


def _dates(sheet: Worksheet, at: int, column: list[date | None], formats: dict[str, Any]) -> None:
    for row, day in enumerate(column, 1):
        if day is None:
            continue
        if day.year < FIRST_YEAR:
            sheet.write_string(row, at, day.isoformat(), formats["text"])
        else:
            moment = datetime(day.year, day.month, day.day)
            sheet.write_datetime(row, at, moment, formats["date"])


def _rows(sheet: Worksheet, schema: Table, rows: Rows, lang: str, formats: dict[str, Any]) -> None:
    _head(sheet, schema.fields, lang, formats)
    for at, field in enumerate(schema.fields):
        for number, row in enumerate(rows, 1):
            if row[field.name]:
                sheet.write_string(number, at, kept(row[field.name]), formats["text"])


def read_workbook(path: Path) -> Content:
    """The library in a workbook that was written here, whatever its language.

    Raises
    ------
    ExchangeError                    a sheet that is missing, or whatever is wrong with one
    """
    there = sheets_with_rows(path)
    found: dict[str, Rows] = {}
    for name, schema in {ABOUT.name: ABOUT, **BESIDE}.items():
        sheet = next((s for s in there if s in (schema.name, schema.zh)), None)
        found[name] = () if sheet is None else _read(schema, path, sheet)
    if not found[ABOUT.name]:
        rule = f"no sheet {ABOUT.name} or {ABOUT.zh} that names the library"
        cure = "name a mapping with --mapping, which says what the columns are"
        raise refusal(path.name, [Problem(path.name, None, "", "", rule, cure)])
    sheet = next((s for s in there if s in (RECORDS.name, RECORDS.zh)), None)
    records = None if sheet is None else read_table(RECORDS, path, path.name, sheet=sheet)
    return whole(records, found.pop(ABOUT.name), found, path.name)


def _read(schema: Table, path: Path, sheet: str) -> Rows:
    return rows_of(read_table(schema, path, f"{path.name} [{sheet}]", sheet=sheet), schema)
