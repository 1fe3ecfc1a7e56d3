"""Golden rows of printed numbers, and the shipped records and statements that hold them."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from importlib import resources
from pathlib import Path

from carbonmeter.factors.package import BESIDE

DATA = Path(str(resources.files("carbonmeter.data")))
GOLDEN = Path(__file__).parents[1] / "golden" / "factors"
BETWEEN = re.compile(r" / |; ")

Row = Mapping[str, str]


def rows_of(file: Path) -> list[Row]:
    """The rows of a CSV table, as texts."""
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


@cache
def records_of(library: str) -> dict[str, Row]:
    """Each record of a library by its id, as its table prints it."""
    files = [file for file in (DATA / library).glob("*.csv") if file.name not in BESIDE]
    return {row["id"]: row for file in sorted(files) for row in rows_of(file)}


@cache
def statements_of(library: str) -> dict[str, Row]:
    """Each statement of a library by its id."""
    file = DATA / library / "statements.csv"
    return {row["id"]: row for row in rows_of(file)} if file.is_file() else {}


def spellings(name: str) -> set[tuple[str, str]]:
    """Units as printed and as the library spells them, from the declared table."""
    return {(row["printed"], row["ours"]) for row in rows_of(GOLDEN / name)}


def wrong_record(row: Row, units: set[tuple[str, str]]) -> str:
    """What differs between a golden row and its records; empty if nothing does."""
    held = records_of(row["library"])
    ids = BETWEEN.split(row["records"])
    if missing := [id_ for id_ in ids if id_ not in held]:
        return f"{row['id']}: {row['library']} has no {missing}"
    records = [held[id_] for id_ in ids]
    values = BETWEEN.split(row["value"])
    if row["bounds"] == "of two records":
        values = [row["lower"], row["upper"]]
    printed = [Decimal(value.split()[0]) for value in values]  # "70 quantitative / 30 …"
    ours = [Decimal(record["value"]) for record in records]
    if printed != ours:
        return f"{row['id']}: printed {printed}, held {ours}"
    for record in records:
        if record["unit"] != row["unit"] and (row["unit"], record["unit"]) not in units:
            return f"{row['id']}: printed in {row['unit']!r}, held in {record['unit']!r}"
    return _wrong_bounds(row, records[0])


def _wrong_bounds(row: Row, record: Row) -> str:
    printed = [row["lower"], row["upper"]]
    held = [record.get("low", ""), record.get("high", "")]
    if row["bounds"] == "in the note":
        lost = [bound for bound in printed if bound not in record["note"]]
        return f"{row['id']}: {lost} is not in the note" if lost or any(held) else ""
    if row["bounds"] in ("", "of two records"):
        return ""
    if [Decimal(bound) for bound in printed] != [Decimal(bound) for bound in held if bound]:
        return f"{row['id']}: bounds printed {printed}, held {held}"
    return ""


def wrong_statement(row: Row) -> str:
    """What differs between a golden row and its statement; empty if nothing does."""
    statement = statements_of(row["library"]).get(row["records"])
    if statement is None:
        return f"{row['id']}: {row['library']} does not state it"
    if not statement["text"].startswith(row["value"]):
        return f"{row['id']}: printed {row['value']!r}, stated {statement['text']!r}"
    return ""
