"""Every printed parameter of carbon finance stands in one library, as a number or in words."""

from __future__ import annotations

from collections import Counter

from tests.factors.golden_rows import (
    GOLDEN,
    records_of,
    rows_of,
    spellings,
    statements_of,
    wrong_record,
    wrong_statement,
)

ROWS = rows_of(GOLDEN / "finance.csv")
NUMBERS = [row for row in ROWS if row["stands"] == "record"]
WORDS = [row for row in ROWS if row["stands"] == "statement"]


def test_no_row_is_lost():
    assert len(ROWS) == len({row["id"] for row in ROWS}) == 239
    assert len(NUMBERS) + len(WORDS) == len(ROWS)


def test_each_number_stands_as_printed():
    units = spellings("units_finance.csv")
    assert [wrong for row in NUMBERS if (wrong := wrong_record(row, units))] == []


def test_each_word_stands_as_printed():
    assert [wrong for row in WORDS if (wrong := wrong_statement(row))] == []


def test_no_row_stands_twice():
    libraries = {row["library"] for row in ROWS}
    held = Counter(id_ for name in libraries for id_ in (*records_of(name), *statements_of(name)))
    assert [id_ for id_, n in held.items() if n > 1] == []


def test_each_spelling_of_a_unit_is_used():
    held = {
        (row["unit"], records_of(row["library"])[id_]["unit"])
        for row in NUMBERS
        for id_ in row["records"].split("; ")
    }
    assert spellings("units_finance.csv") <= held
