"""Factor tables and packages that break the rules: refused with every problem and its cure."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from importlib import resources
from pathlib import Path

import pytest

from carbonmeter.errors import FactorTableError
from carbonmeter.factors import FactorLibrary
from tests.factors.frames import ROW, frame

BOUNDS = {"low": 24.0, "high": 26.0, "coverage": 95, "distribution": "normal"}

BAD_ROWS = {
    "unknown unit": ({"unit": "GJ/ton"}, "unit", "depending on the country"),
    "no unit": ({"unit": ""}, "unit", "empty"),
    "value missing": ({"value": ""}, "value", "no value"),
    "value not a number": ({"value": "25,1"}, "value", ""),
    "value not finite": ({"value": "1e400"}, "value", ""),
    "value below low": (BOUNDS | {"value": 23.0}, "value", "below low"),
    "value above high": (BOUNDS | {"value": 27.0}, "value", "above high"),
    "low above high": (BOUNDS | {"low": 27.0}, "low", "low is above high"),
    "one bound": ({"low": 24.0}, "low", "one bound without the other"),
    "bounds without coverage": (BOUNDS | {"coverage": ""}, "coverage", "percentage"),
    "coverage above 100": (BOUNDS | {"coverage": 195}, "coverage", ""),
    "coverage zero": (BOUNDS | {"coverage": 0}, "coverage", ""),
    "coverage without bounds": ({"coverage": 95}, "low", "without bounds"),
    "bounds without distribution": (BOUNDS | {"distribution": ""}, "distribution", "without a dis"),
    "unknown distribution": (BOUNDS | {"distribution": "gaussian"}, "distribution", "not one of"),
    "normal within limits": (BOUNDS | {"coverage": 100}, "coverage", "never lies wholly"),
    "lognormal not positive": (
        BOUNDS | {"distribution": "lognormal", "low": -1.0},
        "low",
        "a lognormal value is positive",
    ),
    "unknown tier": ({"tier": "guess"}, "tier", "not one of the words allowed"),
    "unknown confidence": ({"confidence": "sure"}, "confidence", "not one of the words allowed"),
    "empty validity": ({"valid_to": "2024-01-01"}, "valid_to", "not after valid_from 2024-01-01"),
    "validity reversed": ({"valid_to": "2023-01-01"}, "valid_to", "not after valid_from"),
    "no end": ({"valid_to": ""}, "valid_to", "empty"),
    "no such day": ({"valid_from": "2024-02-30"}, "valid_from", "there is no such day"),
    "no source": ({"source": ""}, "source", "empty"),
    "unknown label": ({"subject": "有烟煤"}, "subject", "an unknown label"),
    "supersedes nothing": (
        {"supersedes": "x", "supersede_reason": "correction"},
        "supersedes",
        "no record of this table has this id",
    ),
    "reason without record": (
        {"supersede_reason": "correction"},
        "supersedes",
        "a reason without a record",
    ),
    "unknown reason": ({"supersede_reason": "better"}, "supersede_reason", "not one of"),
    "supersedes itself": (
        {"id": "a", "supersedes": "a", "supersede_reason": "correction"},
        "supersedes",
        "in a circle",
    ),
}


@pytest.mark.parametrize(("row", "column", "rule"), BAD_ROWS.values(), ids=BAD_ROWS)
def test_a_row_that_cannot_be_used_is_named_with_its_cell(row, column, rule):
    good = ROW | {"site": "boiler-2"}
    with pytest.raises(FactorTableError) as caught:
        FactorLibrary.open(frame(good, ROW | row))
    found = [p for p in caught.value.problems if p.column == column]
    assert found, caught.value.problems
    assert found[0].row == 2
    assert rule in found[0].rule
    assert found[0].cure


@pytest.mark.parametrize("column", sorted(ROW))
def test_a_required_column_that_is_not_there_is_named(column):
    with pytest.raises(FactorTableError, match=column):
        FactorLibrary.open(frame().drop(columns=column))


PAIRS = {
    "same id": ({"id": "a"}, {"id": "a", "site": "b"}, "id", "the same id as row 1"),
    "two dimensions": (
        {},
        {"unit": "GJ/万Nm3", "site": "b"},
        "unit",
        "row 1 of DataFrame gives it",
    ),
    "same key and validity": ({}, {"value": 26.0}, "valid_from", "overlaps row 1 of DataFrame"),
    "overlapping validity": (
        {"valid_to": "2024-07-02"},
        {"valid_from": "2024-07-01"},
        "valid_from",
        "valid 2024-07-01 to 2025-01-01, overlaps row 1",
    ),
    "one within the other": (
        {},
        {"valid_from": "2024-03-01", "valid_to": "2024-04-01"},
        "valid_from",
        "overlaps row 1",
    ),
    "supersedes without reason": (
        {"id": "a"},
        {"id": "b", "supersedes": "a"},
        "supersede_reason",
        "no reason is given",
    ),
    "supersedes its unlike": (
        {"id": "a"},
        {"id": "b", "supersedes": "a", "supersede_reason": "correction", "site": "b"},
        "supersedes",
        "differs in site",
    ),
    "in a circle": (
        {"id": "a", "supersedes": "b", "supersede_reason": "correction"},
        {"id": "b", "supersedes": "a", "supersede_reason": "correction"},
        "supersedes",
        "in a circle",
    ),
}


@pytest.mark.parametrize(("first", "second", "column", "rule"), PAIRS.values(), ids=PAIRS)
def test_two_rows_that_contradict_each_other_are_both_named(first, second, column, rule):
    with pytest.raises(FactorTableError) as caught:
        FactorLibrary.open(frame(first, second))
    found = [p for p in caught.value.problems if p.column == column and rule in p.rule]
    assert found, caught.value.problems
    assert found[-1].row == 2


@pytest.mark.parametrize(
    "second",
    [
        {"valid_from": "2025-01-01", "valid_to": "2026-01-01"},
        {"site": "boiler-2"},
        {"subject": "lignite"},
        {"tier": "supplier"},
        {"region": "CN-SD"},
        {"id": "b", "supersedes": "a", "supersede_reason": "correction"},
    ],
)
def test_rows_that_differ_in_the_key_or_replace_each_other_stand_together(second):
    assert len(FactorLibrary.open(frame({"id": "a"}, second))) == 2


def test_every_problem_of_a_table_is_listed_at_once():
    rows = [ROW | {"site": str(i)} | row for i, (row, _, _) in enumerate(BAD_ROWS.values())]
    with pytest.raises(FactorTableError) as caught:
        FactorLibrary.open(frame(*rows))
    assert len(caught.value.problems) >= 14
    assert "The library was not opened." in str(caught.value)
    assert "all are in `.problems` of this error" in str(caught.value)


# ---- packages

DATA = Path(str(resources.files("carbonmeter.data")))


@pytest.fixture
def package(tmp_path):
    shutil.copytree(DATA / "cn-forest", tmp_path / "cn-forest")
    return tmp_path / "cn-forest"


def edit(package: Path, change) -> None:
    """Change the descriptor of a package."""
    path = package / "datapackage.json"
    descriptor = json.loads(path.read_text("utf-8"))
    change(descriptor)
    path.write_text(json.dumps(descriptor), "utf-8")


def rewrite(package: Path, old: str, new: str) -> None:
    """Change a table of a package, and its hash with it."""
    path = package / "poplar.csv"
    data = path.read_text("utf-8").replace(old, new).encode()
    path.write_bytes(data)
    digest = "sha256:" + hashlib.sha256(data).hexdigest()
    edit(package, lambda d: d["resources"][1].update(hash=digest))


def problems_of(package: Path):
    with pytest.raises(FactorTableError) as caught:
        FactorLibrary.open(package)
    return caught.value.problems


def test_a_package_opens_from_any_folder_with_the_same_version(package):
    library = FactorLibrary.open(package)
    assert library.version == FactorLibrary.shipped("cn-forest").version
    assert library.layers == ("cn-forest",)


def test_a_table_that_was_changed_is_refused_with_both_hashes(package):
    table = package / "poplar.csv"
    before = hashlib.sha256(table.read_bytes()).hexdigest()
    table.write_bytes(table.read_bytes().replace(b"0.6251", b"0.6252"))
    (problem,) = problems_of(package)
    assert problem.file == "poplar.csv"
    assert hashlib.sha256(table.read_bytes()).hexdigest() in problem.rule
    assert before in problem.rule


def test_a_source_that_is_not_listed_is_named_with_its_row(package):
    rewrite(package, ",MA2002,", ",MA2003,")
    (problem,) = problems_of(package)
    assert (problem.file, problem.row, problem.value) == ("poplar.csv", 8, "MA2003")
    assert problem.rule == "not a source of sources.csv"


def test_problems_of_records_carry_the_row_of_the_package_table(package):
    rewrite(package, "0.6251,t/m3", "0.6251,t/ton")
    (problem,) = problems_of(package)
    assert (problem.file, problem.row, problem.column) == ("poplar.csv", 2, "unit")


@pytest.mark.parametrize(
    "path",
    ["/etc/passwd.csv", "../poplar.csv", "a/../../poplar.csv", "C:\\x.csv", "file:x.csv", "", 3,
     "x\x00.csv", ["poplar.csv"]],
)  # fmt: skip
def test_a_path_that_leaves_the_package_is_refused(package, path):
    edit(package, lambda d: d["resources"][1].update(path=path))
    assert "not a path inside the package" in {p.rule for p in problems_of(package)}


def test_a_link_that_leaves_the_package_is_refused(package, tmp_path):
    outside = tmp_path / "outside.csv"
    shutil.move(package / "poplar.csv", outside)
    os.symlink(outside, package / "poplar.csv")
    assert "not a path inside the package" in {p.rule for p in problems_of(package)}


DESCRIPTORS = {
    "no hash": (lambda d: d["resources"][1].pop("hash"), "no hash"),
    "short hash": (lambda d: d["resources"][1].update(hash="sha256:12"), "no hash"),
    "listed twice": (lambda d: d["resources"].append(d["resources"][1]), "listed twice"),
    "not listed": (lambda d: d["resources"].pop(1), "does not list it"),
    "missing": (
        lambda d: d["resources"].append({"path": "x.csv", "hash": "sha256:" + "0" * 64}),
        "the file is missing",
    ),
    "not a table": (lambda d: d["resources"][1].update(path="README.md"), "not a CSV table"),
    "no name": (lambda d: d.pop("name"), "not a name"),
    "bad name": (lambda d: d.update(name="../x"), "not a name"),
    "no licence": (lambda d: d.update(licenses=[]), "missing or empty"),
    "no title": (lambda d: d.pop("title"), "missing or empty"),
    "no version": (lambda d: d.pop("version"), "missing or empty"),
    "no resources": (lambda d: d.update(resources={}), "missing or empty"),
    "resources of texts": (lambda d: d.update(resources=["poplar.csv"]), "not a path inside"),
}


@pytest.mark.parametrize(("change", "rule"), DESCRIPTORS.values(), ids=DESCRIPTORS)
def test_a_descriptor_that_is_not_whole_is_refused(package, change, rule):
    edit(package, change)
    assert any(rule in problem.rule for problem in problems_of(package))


@pytest.mark.parametrize("text", ["", "{", "[]", "[" * 100_000, "\ufffe"])
def test_a_descriptor_that_is_not_json_is_refused(package, text):
    (package / "datapackage.json").write_text(text, "utf-8")
    (problem,) = problems_of(package)
    assert problem.file == "datapackage.json"


def test_a_package_without_sources_or_descriptor_is_refused(package):
    (package / "sources.csv").unlink()
    assert any(p.file == "sources.csv" for p in problems_of(package))
    (package / "datapackage.json").unlink()
    (problem,) = problems_of(package)
    assert "not found in cn-forest" in problem.rule
