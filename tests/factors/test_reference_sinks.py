"""Every printed parameter of sinks stands in one library, as a number or in words."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from carbonmeter.factors import FactorLibrary
from carbonmeter.uncertainty.spread import standard_uncertainty
from tests.factors.golden_rows import (
    GOLDEN,
    records_of,
    rows_of,
    spellings,
    statements_of,
    wrong_record,
    wrong_statement,
)

ROWS = rows_of(GOLDEN / "sinks.csv")
NUMBERS = [row for row in ROWS if row["stands"] == "record"]
WORDS = [row for row in ROWS if row["stands"] == "statement"]


def test_no_row_is_lost():
    assert len(ROWS) == len({row["id"] for row in ROWS}) == 847
    assert len(NUMBERS) + len(WORDS) == len(ROWS)


def test_each_number_stands_as_printed():
    units = spellings("units_sinks.csv")
    assert [wrong for row in NUMBERS if (wrong := wrong_record(row, units))] == []


def test_each_word_stands_as_printed():
    assert [wrong for row in WORDS if (wrong := wrong_statement(row))] == []


def test_bounds_stand_beside_the_value_or_as_rivals_in_the_note():
    rivals = {row["id"] for row in ROWS if row["bounds"] == "in the note"}
    assert rivals == {"SP0069", "SP0279", "SP0610", "SP0645"}
    assert {row["bounds"] for row in ROWS} == {"", "as printed", "in the note", "of two records"}


def test_each_spelling_of_a_unit_is_used():
    held = {
        (row["unit"], records_of(row["library"])[id_]["unit"])
        for row in NUMBERS
        for id_ in row["records"].split("; ")
    }
    assert spellings("units_sinks.csv") <= held


def test_no_row_of_ours_stands_twice():
    libraries = {row["library"] for row in ROWS}
    held = Counter(id_ for name in libraries for id_ in (*records_of(name), *statements_of(name)))
    assert [id_ for id_, n in held.items() if n > 1] == []


def test_what_a_soil_was_measured_on_gives_its_degrees_of_freedom():
    soils = FactorLibrary.shipped("ipcc-2019").records.set_index("id")
    dry = soils.loc["ipcc2019r.afolu.soil.soc_ref.efdb327445"]
    assert (dry["value"], dry["low"], dry["high"]) == (24.0, 22.8, 25.2)
    assert (dry["coverage"], dry["degrees_of_freedom"]) == (95.0, 780.0)


@pytest.mark.parametrize(
    ("record", "u"),
    [
        ("SP0602", (0.8512 - 0.76) / 2),  # bounds of two standard deviations
        ("SP0703", 1.5),  # bounds of one
        ("SP0637", 0.0),  # one by definition
        ("SP0647", np.nan),  # least and largest value, of which nobody says what they mean
    ],
)
def test_bounds_give_the_uncertainty_that_their_source_states(record, u):
    row = FactorLibrary.shipped("ipcc-2019").records.set_index("id").loc[record]
    bounds = [row[name] for name in ("value", "low", "high", "coverage", "distribution")]
    assert standard_uncertainty(*bounds) == pytest.approx(u, nan_ok=True)
