"""Every printed number of the international documents stands in one library, to the digit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal

import pytest

from carbonmeter.units import problem_of, scale
from tests.factors.golden_rows import GOLDEN, Row, records_of, rows_of, statements_of

NUMBERS = rows_of(GOLDEN / "international.csv")
GRID = rows_of(GOLDEN / "grid.csv")
USEEIO = rows_of(GOLDEN / "useeio.csv")
EXIOBASE = rows_of(GOLDEN / "exiobase.csv")
UNITS = {
    (row["printed"], row["gas"], row["ours"]) for row in rows_of(GOLDEN / "units_international.csv")
}
PARTS = {
    "exiobase": ("direct", "upstream", "total"),
    "useeio": ("without_margins", "margins", "with_margins"),
}


def wrong(row: Row, record: Row, value: str) -> str:
    """What differs between a printed number and a record; empty if nothing does."""
    if Decimal(record["value"]) != Decimal(value):
        return f"{row['id']}: printed {value}, held {record['value']}"
    if (row["unit"], row["gas"], record["unit"]) not in UNITS:
        return f"{row['id']}: printed in {row['unit']} of {row['gas']}, held in {record['unit']}"
    for printed, held in (("lower", "low"), ("upper", "high")):
        bound, ours = row.get(printed, ""), record.get(held, "")
        # Where nothing is printed here, another reading of the same number may give the bounds.
        if bound and (not ours or Decimal(bound) != Decimal(ours)):
            return f"{row['id']}: {printed} printed {bound}, held {ours or 'empty'}"
    return ""


def differences(rows: list[Row]) -> Iterator[str]:
    for row in rows:
        id_ = row["record"] or row["id"]
        record = records_of(row["library"]).get(id_)
        if record is not None:
            yield wrong(row, record, row["value"])
        elif id_ not in statements_of(row["library"]):
            yield f"{row['id']}: {row['library']} does not hold it"
        elif statements_of(row["library"])[id_]["text"] != f"{row['value']} {row['unit']}":
            yield f"{row['id']}: its statement is not what is printed"


@pytest.mark.parametrize(
    ("rows", "count"), [(NUMBERS, 3792), (GRID, 12068)], ids=["documents", "grid"]
)
def test_each_number_stands_as_printed(rows, count):
    assert len({row["id"] for row in rows}) == len(rows) == count
    assert [found for found in differences(rows) if found] == []


@pytest.mark.parametrize(
    ("rows", "count"), [(USEEIO, 2032), (EXIOBASE, 8194)], ids=["useeio", "exiobase"]
)
def test_each_intensity_stands_as_printed_with_its_parts(rows, count):
    assert len({row["id"] for row in rows}) == len(rows) == count
    found = []
    for row in rows:
        library = row.get("library", "exiobase-2011")
        for part in PARTS["exiobase" if library == "exiobase-2011" else "useeio"]:
            record = records_of(library)[f"{row['id']}.{part}"]
            found.append(wrong(row, record, row[part]))
            assert row.get("flag", "") in record.get("note", "")
            assert record["price_year"] == row.get("price_year", "2011")
            assert record["gwp_set"] == row.get("gwp_set", "AR4")
    assert [text for text in found if text] == []


@pytest.mark.parametrize(
    ("library", "rows"),
    [
        ("ember-2025", GRID),
        ("ember-2026", GRID),
        ("ifi-2021", GRID),
        ("ghgp-xsector", GRID),
        ("uk-desnz-2024", NUMBERS),
        ("us-epa-hub-2025", NUMBERS),
    ],
)
def test_a_library_holds_nothing_that_is_not_printed(library, rows):
    printed = {row["record"] or row["id"] for row in rows if row["library"] == library}
    assert {*records_of(library), *statements_of(library)} == printed


def test_numbers_that_two_tables_print_alike_stand_once():
    twice = Counter(row["record"] for row in NUMBERS if row["record"])
    value = {row["id"]: row["value"] for row in NUMBERS}
    for row in NUMBERS:
        if row["record"] in value:
            assert Decimal(row["value"]) == Decimal(value[row["record"]])
    assert sum(twice.values()) == 30


def test_only_units_in_use_are_declared_and_each_is_readable():
    held = {"kg/USD", "kg/EUR"} | {row["unit"] for row in (*NUMBERS, *GRID)}
    assert {printed for printed, _, _ in UNITS} <= held
    assert [ours for _, _, ours in UNITS if problem_of(ours)] == []


@pytest.mark.parametrize(
    ("library", "total"), [("exiobase-2011", "total"), ("useeio-1.3", "with_margins")]
)
def test_a_sum_is_derived_from_its_parts(library, total):
    records = records_of(library)
    for id_, record in records.items():
        if id_.endswith(f".{total}"):
            parents = [part.strip("[]") for part in record["derived_from"].split(" + ")]
            values = [Decimal(records[parent]["value"]) for parent in parents]
            digits = [Decimal(x).as_tuple().exponent for x in (*map(str, values), record["value"])]
            slack = sum(Decimal(1).scaleb(int(n)) for n in digits) / 2
            assert abs(sum(values) - Decimal(record["value"])) <= slack


def test_grid_output_rates_of_the_us_read_as_metric():
    record = records_of("us-epa-hub-2025")["epa2025.t6.total.co2.akgd"]
    metric = float(record["value"]) * scale(record["unit"], "kgCO2/MWh")
    assert metric == pytest.approx(899.003 * 0.45359237, rel=1e-12)


def test_the_world_answers_for_no_country():
    records = records_of("ember-2026")
    assert {row["region"] for row in records.values()} >= {"WLD", "CHN"}
    assert "*" not in {row["region"] for row in records.values()}


def test_ranges_without_a_level_give_no_uncertainty():
    for library in ("ipcc-2006", "ipcc-2019"):
        for record in records_of(library).values():
            if record.get("low") and not record.get("coverage"):
                assert record["distribution"] == "not_stated"
