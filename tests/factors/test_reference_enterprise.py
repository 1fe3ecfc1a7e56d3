"""Every printed number of the enterprise guides, the US rule and the GWP tables, to the digit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal

import pytest

from carbonmeter.factors import SHIPPED
from carbonmeter.factors.package import BESIDE
from carbonmeter.units import problem_of, scale
from tests.factors.golden_rows import DATA, GOLDEN, Row, records_of, rows_of

LISTS = {name: rows_of(GOLDEN / f"{name}.csv") for name in ("enterprise", "us_epa_part98")}
UNITS = {
    name: {
        (row["printed"], row["ours"]): Decimal(row["times"])
        for row in rows_of(GOLDEN / f"units_{name}.csv")
    }
    for name in LISTS
}
GASES = rows_of(GOLDEN / "gwp.csv")
BLENDS = rows_of(GOLDEN / "blends.csv")
HALF_WIDTHS = ("AR6_u90_abs", "AR6_u90_pct")


def wrong(row: Row, units: dict[tuple[str, str], Decimal]) -> str:
    """What differs between a printed number and its record; empty if nothing does."""
    id_ = row["record"] or row["id"]
    record = records_of(row["library"]).get(id_)
    if record is None:
        return f"{row['id']}: {row['library']} has no {id_}"
    times = units.get((row["unit"], record["unit"]))
    if times is None:
        return f"{row['id']}: printed in {row['unit']!r}, held in {record['unit']!r}"
    if Decimal(row["value"]) * times != Decimal(record["value"]):
        return f"{row['id']}: printed {row['value']}, held {record['value']}"
    if row["record"] and row["id"] not in record["note"]:
        return f"{row['id']}: {id_} does not say that it is listed so"
    printed = [row["lower"], row["upper"]]
    held = [record.get("low", ""), record.get("high", "")]
    if row["bounds"] == "in the note" and not all(bound in record["note"] for bound in printed):
        return f"{row['id']}: {printed} are not in the note"
    if row["bounds"] == "as printed" and [Decimal(b) * times for b in printed] != [
        Decimal(b) for b in held if b
    ]:
        return f"{row['id']}: bounds printed {printed}, held {held}"
    return ""


@pytest.mark.parametrize(("name", "count"), [("enterprise", 1043), ("us_epa_part98", 98)])
def test_each_number_stands_as_printed(name, count):
    rows = LISTS[name]
    assert len({row["id"] for row in rows}) == len(rows) == count
    assert [found for row in rows if (found := wrong(row, UNITS[name]))] == []


def test_each_printed_bound_is_held_or_said():
    bounded = [row for row in LISTS["enterprise"] if row["lower"]]
    assert {row["bounds"] for row in bounded} == {"as printed", "in the note"}
    assert all(bool(row["lower"]) == bool(row["bounds"]) for row in LISTS["enterprise"])


def test_no_number_is_held_with_more_confidence_than_its_list_gives_it():
    """Where another list of the same number was read in a better copy, that one stands."""
    for name, rows in LISTS.items():
        for row in rows:
            if not row["record"]:
                record = records_of(row["library"])[row["id"]]
                assert record["confidence"] == row["confidence"], (name, row["id"])


@pytest.mark.parametrize("name", LISTS)
def test_a_spelling_of_a_unit_is_a_unit_and_its_number_the_conversion(name):
    for (printed, ours), times in UNITS[name].items():
        assert problem_of(ours) is None
        if times != 1:
            given = {"fraction": "1", "%": "percent"}.get(printed, printed)
            assert scale(given, ours.replace("kg/kg", "1")) == float(times)


def test_a_number_that_two_lists_print_stands_once():
    alike = [row for row in LISTS["enterprise"] if row["record"]]
    assert len(alike) == 207
    assert {row["library"] for row in alike} == {"ipcc-2006", "ipcc-2006-biomass", "ipcc-2019"}
    held = {id_ for library in SHIPPED for id_ in records_of(library)}
    assert not held & {row["id"] for row in alike}


def test_no_id_stands_in_two_libraries():
    counts = Counter(id_ for library in SHIPPED for id_ in records_of(library))
    assert [id_ for id_, n in counts.items() if n > 1] == []


def gas_differences(rows: list[Row]) -> Iterator[str]:
    for row in rows:
        record = records_of(row["library"])[row["record"]]
        value, held = Decimal(row["value"]), Decimal(record["value"])
        if row["quantity"] not in HALF_WIDTHS:
            yield "" if held == value else f"{row['record']}: {value} printed, {held} held"
            continue
        half = (Decimal(record["high"]) - Decimal(record["low"])) / 2
        both = [r["quantity"] for r in rows if r["record"] == row["record"]]
        if row["quantity"] == "AR6_u90_abs":
            yield "" if half == value else f"{row['record']}: ±{value} printed, ±{half} held"
        elif "AR6_u90_abs" in both:  # the rounded share of a width that is printed too
            said = f"({value.normalize():f} %)"
            yield "" if said in record["note"] else f"{row['record']}: {said} is not in the note"
        else:
            yield "" if half == held * value / 100 else f"{row['record']}: ±{value} %"


def test_each_gas_has_each_value_of_each_report():
    assert len(GASES) == 1849
    assert len({row["gas"] for row in GASES}) == 261
    assert [found for found in gas_differences(GASES) if found] == []


@pytest.mark.parametrize(
    ("library", "count"),
    [
        ("gwp-sar", 38),
        ("gwp-tar", 92),
        ("gwp-ar4", 60),
        ("gwp-ar5", 89),
        ("gwp-ar5-ccf", 91),
        ("gwp-ar6", 1466),
    ],
)
def test_a_report_holds_nothing_that_is_not_printed(library, count):
    printed = {row["record"] for row in GASES if row["library"] == library}
    assert set(records_of(library)) == printed
    assert len(printed) == count


def test_each_gas_carries_its_cas_number():
    for library in {row["library"] for row in GASES}:
        codes = {row["identifier"]: row["code"] for row in rows_of(DATA / library / "codes.csv")}
        subject = {id_: record["subject"] for id_, record in records_of(library).items()}
        for row in GASES:
            if row["library"] == library and row["cas"]:
                assert codes[subject[row["record"]]] == row["cas"]


def test_each_component_of_a_blend_stands_as_printed():
    records = records_of("refrigerant-blends")
    assert len(BLENDS) == len(records) == 370
    for row in BLENDS:
        record = records[row["record"]]
        value = Decimal(row["mass_percent"])
        assert Decimal(record["value"]) == value
        assert record["parameter"] == f"mass_fraction_{row['component']}"
        assert (record["unit"], record["source_record"]) == ("percent", row["blend"])
        if row["tol_plus"]:
            assert Decimal(record["low"]) == value + Decimal(row["tol_minus"])
            assert Decimal(record["high"]) == value + Decimal(row["tol_plus"])
            assert record["distribution"] == "not_stated"
        else:
            assert record["low"] == record["high"] == ""


def test_each_blend_is_whole_and_carries_its_number():
    whole: dict[str, Decimal] = {}
    for row in BLENDS:
        whole[row["ashrae"]] = whole.get(row["ashrae"], Decimal(0)) + Decimal(row["mass_percent"])
    assert set(whole.values()) == {Decimal(100)}
    codes = rows_of(DATA / "refrigerant-blends" / "codes.csv")
    assert {row["code"] for row in codes} == set(whole)
    assert {row["scheme"] for row in codes} == {"ashrae-34"}
    assert "codes.csv" in BESIDE
