"""Bad input on its whole way: from the file through the public functions to the exit status.

Each floor has a table of its own beside it; here one row stands for one way in which a file can
reach a person as an error: its class, its place, its cure, and nothing written.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
import pytest
import xlsxwriter

from carbonmeter import FactorLibrary, account, read_activity, read_entities, read_loans
from carbonmeter.cli import main
from carbonmeter.errors import (
    AccountError,
    CarbonmeterError,
    EntityError,
    FactorNotFound,
    FactorTableError,
    GuideError,
    ProblemsError,
    TableError,
)
from carbonmeter.examples import example
from carbonmeter.tables import read_borrowers, read_names, read_projects

GOOD = {
    "entity": "plant",
    "site": "s1",
    "region": "CN-SD",
    "period": "2024",
    "activity": "solid_fuel_combustion",
    "subject": "anthracite",
    "quantity": "10",
    "unit": "t",
}
HEAD = ",".join(GOOD)
VALUE = {
    "parameter": "net_calorific_value",
    "subject": "anthracite",
    "site": "s1",
    "valid_from": "2024-01-01",
    "valid_to": "2025-01-01",
    "value": "23.1",
    "unit": "GJ/t",
    "source": "laboratory",
}


def line(cells: dict[str, str]) -> str:
    return ",".join(f'"{c}"' if set(c) & set(',"\n') else c for c in cells.values())


def plant(**cells: str) -> bytes:
    """An activity file whose row 2 is right and whose row 3 has these cells."""
    rows = [HEAD, line({**GOOD, "entity": "other", "site": "s2"}), line({**GOOD, **cells})]
    return ("\n".join(rows) + "\n").encode()


def values(*rows: dict[str, str]) -> bytes:
    """A measured table whose row 2 is right for another site, then these."""
    table = [",".join({**VALUE, **(rows[0] if rows else {})})]
    names = table[0].split(",")
    for row in ({"site": "s2"}, *rows):
        cells = {**VALUE, **row}
        table.append(line({name: cells.get(name, "") for name in names}))
    return ("\n".join(table) + "\n").encode()


def sheet(**cells: object) -> Callable[[Path], None]:
    """A workbook whose row 2 has these cells; a tuple is a method of the writer and its values."""

    def make(path: Path) -> None:
        with xlsxwriter.Workbook(path, {"default_date_format": "yyyy-mm"}) as book:
            page = book.add_worksheet("activity")
            page.write_row(0, 0, list(GOOD))
            for at, (name, value) in enumerate(GOOD.items()):
                cell = cells.get(name, 10.0 if name == "quantity" else value)
                method, *rest = cell if isinstance(cell, tuple) else ("write", cell)
                getattr(page, method)(1, at, *rest)

    return make


def unmerged(path: Path) -> None:
    with xlsxwriter.Workbook(path) as book:
        page = book.add_worksheet("activity")
        page.write_row(0, 0, list(GOOD))
        page.write_row(1, 0, list(GOOD.values()))
        page.merge_range(1, 0, 2, 0, "plant")
        page.write_row(2, 1, list(GOOD.values())[1:])


def bomb(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("xl/worksheets/sheet1.xml", b"0" * 50_000_000)


def parquet(**cells: object) -> Callable[[Path], None]:
    row = {**GOOD, "quantity": 10.0, **cells}
    return lambda path: pd.DataFrame([row]).to_parquet(path)


class Case(NamedTuple):
    """One bad file: its name and content, the error, words of its message, and the place."""

    file: str
    content: bytes | Callable[[Path], None] | None
    error: type[CarbonmeterError]
    says: str
    row: int | None = None
    column: str = ""


def put(path: Path, content: bytes | Callable[[Path], None] | None) -> Path:
    if callable(content):
        content(path)
    elif content is not None:
        path.write_bytes(content)
    return path


T, A, N, F = TableError, AccountError, FactorNotFound, FactorTableError
CSV, XLSX = "plant.csv", "plant.xlsx"
ELECTRIC = {"activity": "electricity_purchase", "subject": "", "unit": "MWh"}
UTF16 = plant().decode().encode("utf-16")
MIXED = plant(entity="茌平铝厂") + f"{line({**GOOD, 'entity': '铝业公司'})}\n".encode("gb18030")

ACTIVITIES = {
    # units
    "unknown unit": Case(CSV, plant(unit="MWH"), T, "did you mean MWh", 3, "unit"),
    "ton": Case(CSV, plant(unit="ton"), T, "ton", 3, "unit"),
    "power of power": Case(CSV, plant(unit="9**9**9**9 kg"), T, "unit", 3, "unit"),
    "huge exponent": Case(CSV, plant(unit="kg^99999"), T, "unit", 3, "unit"),
    "unit of 10 kB": Case(CSV, plant(unit="t" * 10_000), T, "unit", 3, "unit"),
    "full-width unit": Case(CSV, plant(unit="ｔ"), T, "unit", 3, "unit"),
    "no unit": Case(CSV, plant(unit=""), T, "empty", 3, "unit"),
    "unit of another kind": Case(CSV, plant(unit="MWh"), A, "give it in t", 3, "unit"),
    "mass for a volume": Case(CSV, plant(**{**ELECTRIC, "unit": "t"}), A, "MWh", 3, "unit"),
    # numbers
    "thousands": Case(CSV, plant(quantity="1,234"), T, "write 1234", 3, "quantity"),
    "ten thousands": Case(CSV, plant(quantity="1.5万"), T, "such as 万t", 3, "quantity"),
    "full-width digits": Case(CSV, plant(quantity="１２"), T, "write 12", 3, "quantity"),
    "percent": Case(CSV, plant(quantity="12%"), T, "write 0.12", 3, "quantity"),
    "negative": Case(CSV, plant(quantity="-1"), T, "without the sign", 3, "quantity"),
    "infinite": Case(CSV, plant(quantity="inf"), T, "finite", 3, "quantity"),
    "too large for a double": Case(CSV, plant(quantity="1e400"), T, "larger", 3, "quantity"),
    "larger than anything": Case(CSV, plant(quantity="1e300"), T, "at most", 3, "quantity"),
    "dash": Case(CSV, plant(quantity="—"), T, "missing='exclude'", 3, "quantity"),
    "blank": Case(CSV, plant(quantity=""), T, "fill it in", 3, "quantity"),
    "limit": Case(CSV, plant(quantity="<5"), T, "say why in a note", 3, "quantity"),
    "notation key": Case(CSV, plant(quantity="NE"), T, "notation key", 3, "quantity"),
    "date for a number": Case(CSV, plant(quantity="2024-03"), T, "a date", 3, "quantity"),
    "unit in the number": Case(CSV, plant(quantity="5 t"), T, "put 't' elsewhere", 3, "quantity"),
    # names
    "space at the end": Case(CSV, plant(entity="plant "), T, "write 'plant'", 3, "entity"),
    "Cyrillic look-alike": Case(CSV, plant(entity="рlant"), T, "looks like p", 3, "entity"),
    "colour code": Case(CSV, plant(entity="\x1b[31mplant"), T, "cannot be seen", 3, "entity"),
    "written backwards": Case(CSV, plant(entity="a\u202eb"), T, "cannot be seen", 3, "entity"),
    "the same row twice": Case(CSV, plant(entity="other", site="s2"), T, "same key as row 2", 3),
    # time
    "no such month": Case(CSV, plant(period="2024-13"), T, "01 to 12", 3, "period"),
    "year of two digits": Case(CSV, plant(period="24"), T, "not a period", 3, "period"),
    "period in words": Case(CSV, plant(period="2024年3月"), T, "write 2024-03", 3, "period"),
    "month within the year": Case(
        CSV,
        plant(entity="other", site="s2", period="2024-03"),
        T,
        "overlaps the period 2024 of row 2",
        3,
        "period",
    ),
    "before the guide": Case(CSV, plant(period="1999"), A, "no edition", 3, "period"),
    # activities and factors
    "activity misspelt": Case(
        CSV, plant(activity="solid_fuel_combuston"), A, "did you mean solid_fuel", 3, "activity"
    ),
    "label misspelt": Case(CSV, plant(activity="固体燃料燃"), T, "固体燃料燃烧", 3, "activity"),
    "fuel misspelt": Case(
        CSV, plant(subject="antracite"), N, "holds it for anthracite", 3, "subject"
    ),
    "region of nobody": Case(CSV, plant(region="XX", **ELECTRIC), N, "region XX", 3, "region"),
    "province misspelt": Case(CSV, plant(region="山冬"), T, "unknown label", 3, "region"),
    "Namibia is no blank": Case(CSV, plant(region="NA", **ELECTRIC), N, "region NA", 3, "region"),
    "zero without proof": Case(
        CSV,
        plant(activity="non_fossil_electricity_purchase", subject="", unit="MWh"),
        A,
        "name the contract",
        3,
        "evidence",
    ),
    # tables
    "no column": Case(CSV, plant().replace(b"unit", b"note"), T, "add a column unit", 1, "unit"),
    "strange column": Case(
        CSV, plant().replace(b"site", b"sight"), T, "did you mean site", 1, "sight"
    ),
    "column twice": Case(CSV, plant().replace(b"site", b"unit"), T, "occurs twice", 1, "unit"),
    "heading only": Case(CSV, HEAD.encode(), T, "no rows below the heading"),
    "no bytes": Case(CSV, b"", T, "the file is empty"),
    "ragged": Case(CSV, plant() + b"a,b\n", T, "2 cells, the heading has 8", 4),
    "semicolons": Case(CSV, plant().replace(b",", b";"), T, "separated by a semicolon", 1),
    "title above": Case(CSV, b"Our plant,,,,,,,\n" + plant(), T, "seems to be the heading", 2),
    "open quotation mark": Case(CSV, plant() + b'"a,', T, "quotation mark"),
    "10 000 columns": Case(CSV, b"a," * 10_000 + b"\n", T, "at most 512", 1),
    "cell of a megabyte": Case(CSV, plant(entity="a" * 1_000_000), T, "at most 32768"),
    # encodings and names of files
    "UTF-16": Case(CSV, UTF16, T, "save the file again as CSV UTF-8"),
    "NUL": Case(CSV, plant(entity="a\0b"), T, "NUL byte", 3),
    "Latin-1": Case(CSV, plant().replace(b"plant", b"pl\xff"), T, "neither UTF-8 nor GB18030", 3),
    "two encodings": Case(CSV, MIXED, T, "this row is UTF-8 while others are GB18030", 3),
    "no such file": Case("没有 这个.csv", None, T, "check the path"),
    "a folder": Case("folder.csv", lambda path: path.mkdir(), T, "cannot be opened"),
    "no ending": Case("plant", plant(), T, "use .csv, .xlsx or .parquet"),
    "old Excel": Case("plant.xls", b"", T, "save it as .xlsx"),
    "macros": Case("plant.xlsm", b"", T, "macros are never run"),
    # Excel and Parquet
    "not a workbook": Case(XLSX, b"PK\x03\x04" + b"x" * 100, T, "copy the file again"),
    "a bomb": Case(XLSX, bomb, T, "times its size"),
    "formula never computed": Case(
        XLSX,
        sheet(quantity=("write_formula", "=1+1", None, "")),
        T,
        "without a stored value",
        2,
        "quantity",
    ),
    "error of Excel": Case(
        XLSX,
        sheet(quantity=("write_formula", "=1/0", None, "#DIV/0!")),
        T,
        "repair the formula",
        2,
        "quantity",
    ),
    "code turned into a number": Case(
        XLSX, sheet(entity=9.137e17), T, "a number where a name", 2, "entity"
    ),
    "month turned into a date": Case(
        XLSX,
        sheet(period=("write_datetime", pd.Timestamp("2024-03-01"))),
        T,
        "a date where a period",
        2,
        "period",
    ),
    "merged cells": Case(XLSX, unmerged, T, "unmerge them", 2, "entity"),
    "not Parquet": Case("plant.parquet", b"PAR1", T, "write the file again"),
    "NaN in Parquet": Case(
        "plant.parquet", parquet(quantity=float("nan")), T, "no value", 1, "quantity"
    ),
}

MEASURED = {
    "dimension": Case("m.csv", values({"unit": "tCO2/t"}), F, "GJ/t", 3, "unit"),
    "unknown unit": Case("m.csv", values({"unit": "GJ/T"}), F, "unit", 3, "unit"),
    "no source": Case("m.csv", values({"source": ""}), F, "fill it in", 3, "source"),
    "no end": Case("m.csv", values({"valid_to": ""}), F, "fill it in", 3, "valid_to"),
    "ends before it begins": Case(
        "m.csv", values({"valid_to": "2023-01-01"}), F, "not after", 3, "valid_to"
    ),
    "29 February": Case(
        "m.csv", values({"valid_from": "2023-02-29"}), F, "no such day", 3, "valid_from"
    ),
    "two at once": Case("m.csv", values({}, {"value": "24"}), F, "overlaps row 3", 4, "valid_from"),
    "one bound": Case("m.csv", values({"low": "22"}), F, "give both or neither", 3, "low"),
    "bounds exchanged": Case(
        "m.csv",
        values({"low": "25", "high": "22", "coverage": "95", "distribution": "normal"}),
        F,
        "exchange them",
        3,
        "low",
    ),
    "parameter misspelt": Case(
        "m.csv",
        values({"parameter": "net_calorific_valu"}),
        F,
        "did you mean net_calorific_value",
        3,
        "parameter",
    ),
    "larger than anything": Case("m.csv", values({"value": "1e300"}), F, "at most", 3, "value"),
    "column missing": Case(
        "m.csv", b"parameter,value\nnet_calorific_value,23\n", F, "add a column unit", 1, "unit"
    ),
}


def check(error: CarbonmeterError, case: Case) -> None:
    """An error says what, where and what to do."""
    assert case.says in str(error) or case.says in repr([str(p) for p in problems_of(error)])
    if isinstance(error, ProblemsError):
        assert error.problems
        assert all(p.rule and p.cure for p in error.problems), error.problems
    if case.row is not None:
        assert case.row in {p.row for p in problems_of(error)}, error
    if case.column:
        places = {(p.row, p.column) for p in problems_of(error)}
        assert (case.row, case.column) in places, error


def problems_of(error: CarbonmeterError) -> tuple[object, ...]:
    return error.problems if isinstance(error, ProblemsError) else ()


def check_command(arguments: list[object], error: CarbonmeterError, out: Path, capsys) -> None:
    """The same error through the command line: status 1, said once, nothing written."""
    before = set(out.parent.iterdir())
    assert main([str(each) for each in arguments]) == 1
    said = capsys.readouterr()
    first = f"{type(error).__name__} {error}".splitlines()[0]
    assert said.err.startswith(first[:60])
    assert said.err.count(first) == 1
    assert "Traceback" not in said.err
    assert said.out == ""
    assert not out.exists()
    assert set(out.parent.iterdir()) == before


@pytest.mark.parametrize("name", ACTIVITIES)
def test_an_activity_file(name, tmp_path, capsys) -> None:
    case = ACTIVITIES[name]
    path = put(tmp_path / case.file, case.content)
    with pytest.raises(case.error) as found:
        account(read_activity(path), guide="cets")
    check(found.value, case)
    out = tmp_path / "lines.csv"
    command = ["account", path, "--guide", "cets", "--out", out]
    check_command(command, found.value, out, capsys)


def accounted(activity: Path, table: Path) -> None:
    library = FactorLibrary.open(table).over(FactorLibrary.default())
    account(read_activity(activity), library, guide="cets")


@pytest.mark.parametrize("name", MEASURED)
def test_a_measured_table(name, tmp_path, capsys) -> None:
    case = MEASURED[name]
    activity = put(tmp_path / CSV, plant())
    path = put(tmp_path / case.file, case.content)
    with pytest.raises(case.error) as found:
        accounted(activity, path)
    check(found.value, case)
    out = tmp_path / "lines.parquet"
    command = ["account", activity, "--guide", "cets", "--measured", path, "--out", out]
    check_command(command, found.value, out, capsys)


BOOK = {
    "loan twice": ("loans.csv", "L002,", "L001,", read_loans, T, "same key as row 2", 3, "loan"),
    "dollars": (
        "loans.csv",
        ",1719.59,万元",
        ",1719.59,USD",
        read_loans,
        T,
        "exchange rate",
        2,
        "unit",
    ),
    "negative balance": (
        "loans.csv",
        ",1719.59,",
        ",-1719.59,",
        read_loans,
        T,
        "negative",
        2,
        "outstanding",
    ),
    "asset class": (
        "loans.csv",
        "business_loan,,2024-12-31,1719",
        "mortgage,,2024-12-31,1719",
        read_loans,
        T,
        "business_loan, project_finance",
        2,
        "asset_class",
    ),
    "day of the loan": (
        "loans.csv",
        "2024-12-31,1719",
        "31.12.2024,1719",
        read_loans,
        T,
        "2024-03-01",
        2,
        "date",
    ),
    "listed or not": (
        "borrowers.csv",
        "2024-12-31,no,467500",
        "2024-12-31,maybe,467500",
        read_borrowers,
        T,
        "yes or no",
        2,
        "listed",
    ),
    "debt in words": (
        "borrowers.csv",
        ",336375,",
        ",unknown,",
        read_borrowers,
        T,
        "not a number",
        2,
        "debt",
    ),
    "balance sheet twice": (
        "borrowers.csv",
        "chiping-alumina,",
        "chiping-aluminium,",
        read_borrowers,
        T,
        "same key as row 2",
        3,
        "entity, date",
    ),
    "no such currency": (
        "projects.csv",
        ",万元,2023-06-30",
        ",块钱,2023-06-30",
        read_projects,
        T,
        "unit",
        2,
        "unit",
    ),
    "share above one": (
        "entities.csv",
        "holding,0.75,",
        "holding,1.75,",
        read_entities,
        T,
        "at most 1",
        2,
        "share",
    ),
    "shares of more than all": (
        "entities.csv",
        "aluminium,0.068,",
        "aluminium,0.5,",
        read_entities,
        EntityError,
        "add up to more than 1",
        4,
        "share",
    ),
    "its own parent": (
        "entities.csv",
        "guanxian-pv,chiping-aluminium,0.35,",
        "guanxian-pv,guanxian-pv,0.35,",
        read_entities,
        EntityError,
        "nobody owns itself",
        5,
        "parent",
    ),
    "two operators": (
        "entities.csv",
        ",0.068,2015-01-01,,no,",
        ",0.068,2015-01-01,,yes,",
        read_entities,
        EntityError,
        "only one parent runs",
        4,
        "operational_control",
    ),
    "credit code": (
        "names.csv",
        "Chiping Example Aluminium,,",
        "Chiping Example Aluminium,9.13715E+17,",
        read_names,
        T,
        "turned into a number",
        2,
        "credit_code",
    ),
    "name twice": (
        "names.csv",
        "chiping-alumina,",
        "chiping-aluminium,",
        read_names,
        T,
        "same key as row 2",
        3,
        "entity",
    ),
}


@pytest.mark.parametrize("name", BOOK)
def test_a_file_of_a_run_folder(name, tmp_path, capsys) -> None:
    file, old, new, read, error, says, row, column = BOOK[name]
    folder = Path(shutil.copytree(example().folder, tmp_path / "聊城 示例"))
    text = (folder / file).read_text("utf-8-sig")
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(error) as found:
        read(folder / file)
    check(found.value, Case(file, None, error, says, row, column))
    out = tmp_path / "out"
    check_command(["run", folder, "--out", out], found.value, out, capsys)


def package(folder: Path) -> dict[str, Any]:
    """A package of one record, right as it stands."""
    folder.mkdir()
    (folder / "sources.csv").write_text("source,title\nlab,Laboratory\n", encoding="utf-8")
    heads = "id,parameter,subject,region,site,valid_from,value,unit,tier,source,confidence"
    record = "a1,net_calorific_value,anthracite,CN,*,2024-01-01,23.1,GJ/t,default,lab,primary"
    (folder / "fuels.csv").write_text(f"{heads}\n{record}\n", encoding="utf-8")
    return {
        "name": "mine",
        "title": "Mine",
        "version": "1",
        "licenses": [{"name": "CC0-1.0"}],
        "sources": [{"title": "Laboratory"}],
        "resources": [
            {"path": name, "hash": f"sha256:{hashlib.sha256(data).hexdigest()}"}
            for name in ("sources.csv", "fuels.csv")
            for data in [(folder / name).read_bytes()]
        ],
    }


def upward(described: dict[str, Any]) -> None:
    described["resources"][1]["path"] = "../fuels.csv"


def other(path: Path) -> None:
    path.write_text(path.read_text("utf-8").replace("23.1", "23.2"), encoding="utf-8")


PACKAGES: dict[str, tuple[Callable[[Path, dict[str, Any]], object], str]] = {
    "no licence": (lambda f, d: d.pop("licenses"), "missing or empty"),
    "no source": (lambda f, d: d.pop("sources"), "missing or empty"),
    "path upwards": (lambda f, d: upward(d), "not a path inside the package"),
    "another hash": (lambda f, d: other(f / "fuels.csv"), "its SHA-256 is"),
    "a table is gone": (lambda f, d: (f / "fuels.csv").unlink(), "the file is missing"),
    "a table too many": (lambda f, d: (f / "x.csv").write_text("a\n1\n"), "does not list it"),
}


@pytest.mark.parametrize("name", PACKAGES)
def test_a_package_of_factors(name, tmp_path, capsys) -> None:
    spoil, says = PACKAGES[name]
    folder = tmp_path / "库"
    described = package(folder)
    spoil(folder, described)
    (folder / "datapackage.json").write_text(json.dumps(described), encoding="utf-8")
    with pytest.raises(FactorTableError) as found:
        FactorLibrary.open(folder)
    check(found.value, Case("", None, FactorTableError, says))
    check_command(["factors", "check", folder], found.value, tmp_path / "none", capsys)


OPTIONS = {
    "guide": (["--guide", "cest"], GuideError, "did you mean: cets?"),
    "label": (["--guide", "cets", "--by", "entty"], GuideError, "did you mean: entity?"),
    "bounds": (["--guide", "cets", "--bounds-from", "ipcc-2007"], F, "did you mean ipcc-2006"),
    "sheet": (["--guide", "cets", "--sheet", "活动数据"], T, "a CSV file has no sheets"),
    "other guide": (["--guide", "cets", "--compare", "ndcr"], GuideError, "did you mean: ndrc?"),
    "day before": (["--guide", "cets", "--as-of", "2001-01-01"], N, "not yet public"),
    "ending": (["--guide", "cets", "--out", "lines.xls"], CarbonmeterError, "write .csv"),
}


@pytest.mark.parametrize("name", OPTIONS)
def test_an_option_of_the_command_line(name, tmp_path, capsys, monkeypatch) -> None:
    options, error, says = OPTIONS[name]
    monkeypatch.chdir(tmp_path)
    path = put(tmp_path / CSV, plant())
    out = tmp_path / "lines.csv"
    rest = [] if "--out" in options else ["--out", "lines.csv"]
    assert main(["account", str(path), *options, *rest]) == 1
    said = capsys.readouterr()
    assert says in said.err
    assert "Traceback" not in said.err
    assert said.err.startswith(error.__name__) or error is CarbonmeterError
    assert not out.exists()
    assert sorted(each.name for each in tmp_path.iterdir()) == [CSV]


@pytest.mark.parametrize(
    "option", [["--lang", "fr"], ["--as-of", "yesterday"], ["--missing", "skip"]]
)
def test_a_word_that_the_command_line_does_not_know_is_usage(option, tmp_path, capsys) -> None:
    path = put(tmp_path / CSV, plant())
    with pytest.raises(SystemExit) as stopped:
        main(["account", str(path), "--guide", "cets", *option])
    assert stopped.value.code == 2
    assert option[0] in capsys.readouterr().err


def test_there_are_enough_of_them() -> None:
    assert len(ACTIVITIES) + len(MEASURED) + len(BOOK) + len(PACKAGES) + len(OPTIONS) >= 100
