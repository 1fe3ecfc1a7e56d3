"""What a notebook may put into a DataFrame: each cell is read as it is, or refused by its place."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from carbonmeter.errors import TableError
from carbonmeter.tables import BORROWERS, LOANS, PROJECTS, read_activity

BASE = {
    "entity": "plant",
    "region": "CN-SD",
    "period": "2024",
    "activity": "solid_fuel_combustion",
    "subject": "anthracite",
    "quantity": 10.0,
    "unit": "t",
}


def frame(**cells):
    return pd.DataFrame([{**BASE, **cells}])


@pytest.mark.parametrize(
    ("table", "value"),
    [
        (frame(quantity=Decimal("0.1")), 0.1),
        (frame(quantity=10**20), 1e20),
        (frame(quantity=np.uint64(2**63)), 2.0**63),
        (frame().astype({"quantity": "longdouble"}), 10.0),
        (frame().astype({"quantity": "Float64", "entity": "string"}), 10.0),
        (frame().astype({"quantity": "category"}), 10.0),
        (frame().assign(quantity=pd.arrays.SparseArray([2.5])), 2.5),
        (frame(period=pd.Period("2024-03")), 10.0),
        (frame(note=np.nan, u_rel=None, evidence_date=pd.NaT), 10.0),
    ],
)
def test_numbers_of_every_kind_are_read(table, value) -> None:
    assert read_activity(table).number("quantity").tolist() == [value]


@pytest.mark.parametrize(
    ("cells", "column", "rule"),
    [
        ({"quantity": 10**400}, "quantity", "larger than any number"),
        ({"quantity": 1e31}, "quantity", "at most 1e+30"),
        ({"quantity": 1 + 2j}, "quantity", "not a number"),
        ({"quantity": [[1.0, 2.0]]}, "quantity", "a list in a cell"),
        ({"quantity": True}, "quantity", "yes or no in a number column"),
        ({"entity": {"a": 1}}, "entity", "a dict in a cell"),
        ({"entity": ("a", "b")}, "entity", "a tuple where a name is wanted"),
        ({"entity": b"plant"}, "entity", "a bytes where a name is wanted"),
        ({"entity": "a\ud800"}, "entity", "cannot be seen"),
        ({"note": "a\ud800"}, "note", "half of a character"),
        ({"period": pd.Timestamp("2024-03-01")}, "period", "a date where a period is wanted"),
    ],
    ids=lambda v: v if isinstance(v, str) else "",
)
def test_what_is_no_cell_is_refused_in_its_place(cells, column, rule) -> None:
    rows = [{**BASE, "entity": "other"}, {**BASE, **cells}]
    with pytest.raises(TableError, match="DataFrame") as found:
        read_activity(pd.DataFrame(rows, dtype=object))
    problem = found.value.problems[0]
    assert (problem.row, problem.column) == (2, column)
    assert rule in problem.rule
    assert problem.cure


def test_a_frame_without_rows_says_so() -> None:
    with pytest.raises(TableError, match="DataFrame: the table activity has no rows"):
        read_activity(frame()[:0])


def test_a_checked_table_is_one_line_at_a_prompt() -> None:
    assert repr(read_activity(frame())) == "<table activity of DataFrame: 1 rows>"


def test_borrowers_and_projects_may_be_none_but_loans_may_not() -> None:
    for table in (BORROWERS, PROJECTS):
        headings = pd.DataFrame(columns=[field.name for field in table.fields])
        assert len(table.read(headings)) == len(table.empty()) == 0
    with pytest.raises(TableError, match="no rows below the heading"):
        LOANS.read(pd.DataFrame(columns=[field.name for field in LOANS.fields]))
