"""Bad input of every sort: each is refused with its place and its cure."""

from __future__ import annotations

import codecs
import datetime as dt
import io
import struct
import zipfile

import numpy as np
import openpyxl
import pandas as pd
import pyarrow as pa
import pytest
import xlsxwriter
from pyarrow import parquet

from carbonmeter.errors import EntityError, ProblemsError, TableError
from carbonmeter.tables import (
    ACTIVITY,
    BORROWERS,
    LOANS,
    NAMES,
    PROJECTS,
    Limits,
    read_entities,
)

HEAD = "entity,region,period,activity,subject,quantity,unit"
GOOD = {
    "entity": "plant",
    "region": "CN-SD",
    "period": "2024",
    "activity": "solid_fuel_combustion",
    "subject": "anthracite",
    "quantity": "10",
    "unit": "t",
}
LABELS = {"无烟煤": "anthracite", "电解铝": "aluminium"}


def read_activity(source, **options):
    return ACTIVITY.read(source, labels=LABELS, **options)


def csv(folder, text, name="plant.csv", encoding="utf-8"):
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
    return path


def row(**changed):
    cells = {**GOOD, **changed}
    return ",".join(f'"{c}"' if "," in c or "\n" in c else c for c in cells.values())


def activity(**changed):
    """A file whose row 2 is right and whose row 3 has these cells."""

    def make(folder):
        return csv(folder, f"{HEAD}\n{row(entity='other')}\n{row(**changed)}\n")

    return make


def raw(text, **options):
    return lambda folder: csv(folder, text, **options)


def sheet(*cells, good=True, name="activity", more=None, **options):
    """A workbook with headings, a right row 2 and these cells (row, column, method, …)."""

    def make(folder):
        path = folder / "plant.xlsx"
        with xlsxwriter.Workbook(path, options) as book:
            page = book.add_worksheet(name)
            page.write_row(0, 0, list(GOOD))
            if good:
                page.write_row(1, 0, [*list(GOOD.values())[:5], 10.0, "t"])
            page.write_row(2, 0, ["other", *list(GOOD.values())[1:5], 10.0, "t"])
            for at, column, method, *rest in cells:
                formats = [book.add_format(r) if isinstance(r, dict) else r for r in rest]
                getattr(page, method)(at, column, *formats)
            if more:
                more(book)
        return path

    return make


def frame(**changed):
    def make(folder):
        rows = [{**GOOD, "entity": "other", "quantity": 1.0}, {**GOOD, "quantity": 2.0, **changed}]
        return pd.DataFrame(rows)

    return make


def columns(**changed):
    """A Parquet file of two rows with some columns replaced."""

    def make(folder):
        good = {name: [value, value] for name, value in GOOD.items()}
        good |= {"entity": ["other", "plant"], "quantity": [1.0, 2.0]}
        parquet.write_table(pa.table({**good, **changed}), folder / "plant.parquet")
        return folder / "plant.parquet"

    return make


def zipped(change):
    """A right workbook whose parts are changed by a function of name and bytes."""

    def make(folder):
        path = sheet()(folder)
        parts = {n: zipfile.ZipFile(path).read(n) for n in zipfile.ZipFile(path).namelist()}
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in change(parts).items():
                archive.writestr(name, data)
        path.write_bytes(out.getvalue())
        return path

    return make


def lying_bomb(folder):
    """A part of 30 MB that says it has a thousand bytes."""
    path = zipped(lambda parts: {**parts, "xl/media/big.bin": b"0" * 30_000_000})(folder)
    data = bytearray(path.read_bytes())
    true, lie = struct.pack("<I", 30_000_000), struct.pack("<I", 1000)
    path.write_bytes(bytes(data).replace(true, lie))
    return path


def cut_off(folder):
    path = sheet()(folder)
    path.write_bytes(path.read_bytes()[:3000])
    return path


def renamed(suffix, data=b"anything"):
    def make(folder):
        path = folder / f"plant{suffix}"
        path.write_bytes(data)
        return path

    return make


def formula_without_value(folder):
    path = folder / "plant.xlsx"
    book = openpyxl.Workbook()
    page = book.active
    page.append(list(GOOD))
    page.append([*list(GOOD.values())[:5], "=5+5", "t"])
    book.save(path)
    return path


def merged(folder):
    path = folder / "plant.xlsx"
    book = openpyxl.Workbook()
    page = book.active
    page.append(list(GOOD))
    for entity in ("plant", "other", "third"):
        page.append([entity, *list(GOOD.values())[1:5], 10.0, "t"])
    page.merge_cells("A3:A4")
    book.save(path)
    return path


def empty_workbook(folder):
    openpyxl.Workbook().save(folder / "plant.xlsx")
    return folder / "plant.xlsx"


def two_sheets(book):
    book.add_worksheet("more").write(0, 0, "x")


def hidden_sheet(book):
    page = book.add_worksheet("lists")
    page.hide()
    page.write(0, 0, "x")


def table(name, head, *rows):
    return lambda folder: csv(folder, "\n".join([head, *rows]) + "\n", name=f"{name}.csv")


LOAN = "loan,lender,borrower,asset_class,project,date,outstanding,unit,origin,note"


def loans(*rows):
    return table("loans", LOAN, "L0,bank,firm,business_loan,,2024-12-31,5,万元,,", *rows)


SHARES = "child,parent,share,from,to,operational_control"


def shares(*rows):
    return table("entities", SHARES, *rows)


def names(code):
    return table("names", "entity,name_zh,credit_code", f"firm,示例,{code}")


NUMBERS = [
    ("nan", activity(quantity="NaN"), 3, "quantity", "no value", "missing='exclude'"),
    ("empty", activity(quantity=""), 3, "quantity", "no value", "fill it in"),
    ("dash", activity(quantity="—"), 3, "quantity", "no value", "missing='exclude'"),
    ("none in Chinese", activity(quantity="无"), 3, "quantity", "no value", "fill it in"),
    ("n.a.", activity(quantity="n.a."), 3, "quantity", "no value", "fill it in"),
    ("notation key", activity(quantity="NE"), 3, "quantity", "notation key", "report the key"),
    ("infinity", activity(quantity="inf"), 3, "quantity", "not a finite number", "write"),
    ("minus infinity", activity(quantity="-Infinity"), 3, "quantity", "not a finite", "write"),
    ("overflow", activity(quantity="1e400"), 3, "quantity", "larger than any", "exponent"),
    ("underflow", activity(quantity="1e-400"), 3, "quantity", "read as zero", "exponent"),
    ("negative", activity(quantity="-5"), 3, "quantity", "negative", "without the sign"),
    ("text", activity(quantity="ten"), 3, "quantity", "not a number", "1234.5"),
    ("thousands", activity(quantity="1,234"), 3, "quantity", "thousands", "write 1234"),
    ("thousands space", activity(quantity="1 234.5"), 3, "quantity", "thousands", "write 1234.5"),
    ("decimal comma", activity(quantity="12,5"), 3, "quantity", "a comma", "write 12.5"),
    ("full width", activity(quantity="１２３"), 3, "quantity", "full-width", "write 123"),
    ("underscore", activity(quantity="1_000"), 3, "quantity", "thousands", "write 1000"),
    ("percent", activity(quantity="12%"), 3, "quantity", "percent sign", "write 0.12"),
    ("limit", activity(quantity="<5"), 3, "quantity", "a limit", "in a note"),
    ("hexadecimal", activity(quantity="0x1A"), 3, "quantity", "not a decimal", "decimal digits"),
    ("400 digits", activity(quantity="1" * 400), 3, "quantity", "400 characters", "round it"),
    ("date", activity(quantity="2024-03-01"), 3, "quantity", "a date", "write the number"),
    ("unit inside", activity(quantity="12 t"), 3, "quantity", "text after", "write 12 and"),
    ("other minus", activity(quantity="−5"), 3, "quantity", "a minus sign", "write -5"),
    ("true", frame(quantity=True), 2, "quantity", "yes or no", "write the number"),
    ("frame nan", frame(quantity=np.nan), 2, "quantity", "no value", "missing='exclude'"),
    ("frame inf", frame(quantity=np.inf), 2, "quantity", "not a finite", "write the number"),
    ("frame text", frame(quantity="1,5"), 2, "quantity", "a comma", "write 1.5"),
    ("null", columns(quantity=[None, 2.0]), 1, "quantity", "no value", "fill it in"),
    ("parquet text", columns(quantity=["1", "x"]), 2, "quantity", "not a number", "1234.5"),
    ("u above ten", raw(f"{HEAD},u_rel\n{row()},11\n"), 2, "u_rel", "at most 10", "correct"),
    ("u negative", raw(f"{HEAD},u_rel\n{row()},-0.1\n"), 2, "u_rel", "at least 0", "correct"),
]

IDS = [
    ("no entity", activity(entity=""), 3, "entity", "empty", "fill it in"),
    ("space at the end", activity(entity="plant "), 3, "entity", "a space", "write 'plant'"),
    ("look-alike", activity(entity="рlant"), 3, "entity", "only looks like p", "write 'plant'"),
    ("full width name", activity(entity="ｐlant"), 3, "entity", "full-width", "write 'plant'"),
    ("unseen", activity(entity="pl\u200bant"), 3, "entity", "cannot be seen", "type the name"),
    ("hard space", activity(entity="pl\u00a0ant"), 3, "entity", "another kind", "plain space"),
    ("code as number", columns(entity=[1, 2]), 1, "entity", "a number", "as text"),
    ("zeros lost", frame(entity=371500), 2, "entity", "leading zeros", "as text"),
    ("date as name", frame(entity=dt.date(2024, 1, 1)), 2, "entity", "a date", "as text"),
    ("label", activity(subject="无烟没"), 3, "subject", "unknown label", "无烟煤"),
    ("unknown unit", activity(unit="MWH"), 3, "unit", "unknown unit", "MWh"),
    ("refused unit", activity(unit="ton"), 3, "unit", "", "t"),
    ("no unit", activity(unit=""), 3, "unit", "empty", "fill it in"),
    (
        "same key",
        raw(f"{HEAD}\n{row()}\n{row(entity='b')}\n{row()}\n"),
        4,
        "entity, site, period, activity, subject, counterparty, meter, note",
        "the same key as row 2",
        "add the two rows",
    ),
]

TIME = [
    ("month 13", activity(period="2024-13"), 3, "period", "no month 13", "01 to 12"),
    ("quarter", activity(period="2024Q1"), 3, "period", "not a period", "write 2024-Q1"),
    ("Chinese month", activity(period="2024年3月"), 3, "period", "not a", "write 2024-03"),
    ("short month", activity(period="2024-3"), 3, "period", "not a period", "write 2024-03"),
    ("short year", activity(period="24"), 3, "period", "not a period", "2024-Q1"),
    ("year 0", activity(period="0000"), 3, "period", "the year 0000", "1900"),
    ("day", activity(period="2024-03-01"), 3, "period", "not a period", "2024-03"),
    ("no period", activity(period=""), 3, "period", "empty", "fill it in"),
    ("fraction", frame(period=2024.5), 2, "period", "not a period", "as text"),
    (
        "overlap",
        raw(f"{HEAD}\n{row()}\n{row(period='2024-03')}\n"),
        3,
        "period",
        "overlaps the period 2024 of row 2",
        "split the longer",
    ),
    (
        "overlap, longer one later",
        raw(f"{HEAD}\n{row(period='2024-03')}\n{row(period='2023')}\n{row(period='2024-H1')}\n"),
        4,
        "period",
        "overlaps the period 2024-03 of row 2",
        "split the longer",
    ),
    (
        "evidence date",
        raw(f"{HEAD},evidence_date\n{row()},2024/3/1\n"),
        2,
        "evidence_date",
        "year-month-day",
        "write 2024-03-01",
    ),
]

TABLES = [
    ("empty file", raw(b""), None, "", "the file is empty", "export"),
    ("blank file", raw(b"\n \n"), None, "", "the file is empty", "export"),
    ("header only", raw(f"{HEAD}\n"), None, "", "no rows below", "fill the table"),
    ("blank rows only", raw(f"{HEAD}\n,,,,,,\n\n"), None, "", "no rows below", "fill the table"),
    (
        "missing column",
        raw("entity,region,period,activity,subject,quantity\na,b,2024,c,d,1\n"),
        1,
        "unit",
        "the column is missing",
        "add a column unit (or 单位)",
    ),
    ("unknown column", raw(f"{HEAD},colour\n{row()},red\n"), 1, "colour", "unknown", "remove it"),
    ("free columns", raw(f"{HEAD},颜色\n{row()},红\n"), 1, "颜色", "unknown", "to one of 场所"),
    (
        "misspelt column",
        raw(HEAD.replace("quantity", "quantiy") + f"\n{row()}\n"),
        1,
        "quantiy",
        "an unknown column",
        "did you mean quantity",
    ),
    (
        "repeated column",
        raw(f"{HEAD},unit\n{row()},t\n"),
        1,
        "unit",
        "occurs twice",
        "keep one",
    ),
    (
        "repeated in Chinese",
        raw(f"{HEAD},单位\n{row()},t\n"),
        1,
        "单位",
        "occurs twice (as 'unit')",
        "keep one",
    ),
    (
        "title above the heading",
        raw(f"2024年活动数据,,,,,,\n{HEAD}\n{row()}\n"),
        2,
        "",
        "seems to be the heading",
        "remove the rows above",
    ),
    ("no heading", raw(f"{HEAD},\n{row()},7\n"), 1, "", "column 8 has cells", "name it"),
    ("short row", raw(f"{HEAD}\n{row()}\na,b\n"), 3, "", "2 cells, the heading has 7", "quote"),
    ("long row", raw(f"{HEAD}\n{row()},9\n"), 2, "", "8 cells, the heading has 7", "quote"),
    ("semicolons", raw(f"{HEAD}\n{row()}\n".replace(",", ";")), 1, "", "a semicolon", "delimiter"),
    ("tabs", raw(f"{HEAD}\n{row()}\n".replace(",", "\t")), 1, "", "a tab", "delimiter="),
    (
        "quotation mark",
        raw(f'{HEAD}\n{row()}\n"{row(entity="b")}\n'),
        None,
        "",
        "without its partner",
        "close it",
    ),
    ("10 000 columns", raw(",".join(map(str, range(10_000))) + "\n"), 1, "", "10000", "limits="),
    ("10 MB cell", activity(entity="x" * 10_000_000), None, "", "", "long cells"),
    (
        "long cell",
        activity(entity="x" * 40_000),
        3,
        "entity",
        "40000 characters in one cell",
        "shorten",
    ),
    ("unknown format", renamed(".docx"), None, "", "files '.docx' are not read", ".xlsx"),
    ("no file", lambda folder: folder / "none.csv", None, "", "cannot be opened", "the path"),
    ("a folder", lambda folder: folder.rename(folder.with_suffix(".csv")), None, "", "", "path"),
    ("not Parquet", renamed(".parquet"), None, "", "not a readable Parquet", "write"),
]

ENCODINGS = [
    (
        "UTF-16",
        raw(codecs.BOM_UTF16_LE + f"{HEAD}\n{row()}\n".encode("utf-16-le")),
        None,
        "",
        "UTF-16",
        "CSV UTF-8",
    ),
    (
        "UTF-16 without mark",
        raw(f"{HEAD}\n{row()}\n", encoding="utf-16-be"),
        None,
        "",
        "UTF-16 without a mark",
        "CSV UTF-8",
    ),
    ("carriage returns", raw(f"{HEAD}\r{row()}\r"), None, "", "Macintosh", "CSV UTF-8"),
    ("NUL", raw(f"{HEAD}\n{row(entity='pl' + chr(0))}\n"), 2, "", "a NUL byte", "export"),
    (
        "Latin-1",
        raw(f"{HEAD}\n{row(entity='Caf' + chr(0xE9))}\n", encoding="latin-1"),
        2,
        "",
        "neither UTF-8 nor GB18030",
        "CSV UTF-8",
    ),
    (
        "mixed",
        raw(
            f"{HEAD}\n{row(entity='聊城铝业')}\n".encode()
            + f"{row(entity='茌平铝业')}\n".encode("gb18030")
        ),
        2,
        "",
        "this row is UTF-8",
        "joined",
    ),
    (
        "mark and GB18030",
        raw(codecs.BOM_UTF8 + f"{HEAD}\n{row(entity='茌平')}\n".encode("gb18030")),
        2,
        "",
        "not UTF-8 after",
        "CSV UTF-8",
    ),
]

EXCEL = [
    ("xls", renamed(".xls"), None, "", ".xls files are not read", "save it as .xlsx"),
    ("xlsm", renamed(".xlsm"), None, "", ".xlsm files are not read", "never run"),
    ("password", renamed(".xlsx", bytes.fromhex("d0cf11e0a1b11ae1")), None, "", "password", "xlsx"),
    ("not a zip", renamed(".xlsx"), None, "", "not an .xlsx file", "copy the file"),
    ("cut off", cut_off, None, "", "cut off", "copy the file"),
    ("merged", merged, 3, "entity", "merged cells", "unmerge"),
    ("nothing below the merged", merged, 4, "entity", "empty", "fill it in"),
    ("no sheet has data", empty_workbook, None, "", "no sheet has data", "fill one in"),
    ("no value of a formula", formula_without_value, 2, "quantity", "a formula", "calculate"),
    (
        "error cell",
        sheet((2, 5, "write_formula", "=1/0", None, "#DIV/0!")),
        3,
        "quantity",
        "an error of the spreadsheet",
        "repair the formula",
    ),
    (
        "not available",
        sheet((2, 0, "write_formula", "=NA()", None, "#N/A")),
        3,
        "entity",
        "an error of the spreadsheet",
        "enter the value",
    ),
    (
        "other workbook",
        sheet((2, 5, "write_formula", "='[1]S'!A1", None, 3)),
        3,
        "quantity",
        "another workbook",
        "paste the value",
    ),
    (
        "percent format",
        sheet((2, 5, "write_number", 0.05, {"num_format": "0.0%"})),
        3,
        "quantity",
        "as a percentage",
        "it then shows 0.05",
    ),
    (
        "month became a date",
        sheet((2, 2, "write_datetime", dt.datetime(2024, 3, 1), {"num_format": "yyyy-mm"})),
        3,
        "period",
        "a date where a period",
        "2024-03",
    ),
    (
        "two sheets",
        sheet(name="2024", more=two_sheets),
        None,
        "",
        "2 sheets have data",
        "one of 2024, more",
    ),
    (
        "hidden sheet",
        sheet(name="2024", more=hidden_sheet),
        None,
        "",
        "2 sheets have data",
        "lists",
    ),
    (
        "two tables in a sheet",
        sheet((4, 0, "write_row", list(GOOD))),
        5,
        "quantity",
        "not a number",
        "digits",
    ),
    (
        "bomb",
        zipped(lambda parts: {**parts, "xl/media/big.bin": b"0" * 50_000_000}),
        None,
        "",
        "once unpacked",
        "limits=",
    ),
    ("lying bomb", lying_bomb, None, "", "is damaged", "again"),
    (
        "path in the zip",
        zipped(lambda parts: {**parts, "../../evil.txt": b"x"}),
        None,
        "",
        "a part named",
        "save",
    ),
    (
        "macros inside",
        zipped(lambda parts: {**parts, "xl/vbaProject.bin": b"x"}),
        None,
        "",
        "macros",
        "save it as .xlsx",
    ),
    (
        "entities",
        zipped(
            lambda parts: {
                **parts,
                "xl/sharedStrings.xml": b'<!DOCTYPE x [<!ENTITY a "b">]><sst>&a;</sst>',
            }
        ),
        None,
        "",
        "declares entities",
        "save",
    ),
]


LOANS_CASES = [
    ("negative", loans("L1,bank,firm,business_loan,,2024-12-31,-5,元,,"), 3, "outstanding", "neg"),
    ("no such day", loans("L1,bank,firm,business_loan,,2024-02-30,5,元,,"), 3, "date", "no such"),
    (
        "short year",
        loans("L1,bank,firm,business_loan,,24-02-03,5,元,,"),
        3,
        "date",
        "cannot be told",
    ),
    ("slashes", loans("L1,bank,firm,business_loan,,2024/2/3,5,元,,"), 3, "date", "year-month-day"),
    ("time", loans("L1,bank,firm,business_loan,,2024-02-03 10:00,5,元,,"), 3, "date", "a time of"),
    ("year 0", loans("L1,bank,firm,business_loan,,0000-02-03,5,元,,"), 3, "date", "no such day"),
    ("year 9999", loans("L1,bank,firm,business_loan,,9999-12-31,5,元,,"), 3, "date", "the year"),
    ("no date", loans("L1,bank,firm,business_loan,,,5,元,,"), 3, "date", "empty"),
    ("twice", loans("L0,bank,firm,business_loan,,2024-12-31,5,元,,"), 3, "loan", "the same key"),
    ("class", loans("L1,bank,firm,busines_loan,,2024-12-31,5,元,,"), 3, "asset_class", "not one"),
    ("currency", loans("L1,bank,firm,business_loan,,2024-12-31,5,USD,,"), 3, "unit", ""),
    ("not money", loans("L1,bank,firm,business_loan,,2024-12-31,5,t,,"), 3, "unit", ""),
    (
        "no project",
        loans("L1,bank,firm,project_finance,,2024-12-31,5,元,,"),
        3,
        "project",
        "without",
    ),
    ("no amount", loans("L1,bank,firm,business_loan,,2024-12-31,,元,,"), 3, "outstanding", "no va"),
]

ENTITY_CASES = [
    ("percent", shares("a,b,60%,2020-01-01,,"), TableError, 2, "share", "percent", "write 0.6"),
    ("sixty", shares("a,b,60,2020-01-01,,"), TableError, 2, "share", "at most 1", "correct"),
    ("zero", shares("a,b,0,2020-01-01,,"), TableError, 2, "share", "above 0", "correct"),
    (
        "maybe",
        shares("a,b,1,2020-01-01,,maybe"),
        TableError,
        2,
        "operational_control",
        "nei",
        "yes",
    ),
    (
        "ends before",
        shares("a,b,1,2020-01-01,2019-01-01,"),
        TableError,
        2,
        "to",
        "not after",
        "day",
    ),
    ("itself", shares("a,a,1,2020-01-01,,"), EntityError, 2, "parent", "loop", "nobody"),
    (
        "loop",
        shares("a,b,1,2020-01-01,,", "b,c,1,2020-01-01,,", "c,a,0.5,2021-01-01,,"),
        EntityError,
        4,
        "parent",
        "a loop of ownership (rows 2, 3, 4) on 2021-01-01",
        "correct a parent",
    ),
    (
        "above one",
        shares("a,b,0.6,2020-01-01,,", "a,c,0.5,2022-01-01,,"),
        EntityError,
        3,
        "share",
        "the shares of a in rows 2, 3 add up to more than 1 on 2022-01-01",
        "correct the shares",
    ),
    (
        "two operators",
        shares("a,b,0.5,2020-01-01,,yes", "a,c,0.5,2020-01-01,,yes"),
        EntityError,
        3,
        "operational_control",
        "b in row 2 runs a at the same time",
        "write no",
    ),
    (
        "same share twice",
        shares("a,b,0.3,2020-01-01,,", "a,b,0.3,2021-01-01,,"),
        EntityError,
        3,
        "parent",
        "holds a in row 2 at the same time",
        "one row",
    ),
]

CODES = [
    ("as a float", "9.1371500745678899E+17", "turned into a number"),
    ("as a whole float", "913715007456788992.0", "turned into a number"),
    ("17 digits", "91371500745678899", "17 digits"),
    ("too short", "9137150074", "10 characters"),
    ("wrong letter", "91371500MA3C4D5O6X", "does not occur"),
    ("wrong check", "91371500MA3C4D5E69", "check character"),
    ("small letters", "91371500ma3c4d5e6x", "small letters"),
]


def problems_of(read, source, error):
    with pytest.raises(error) as caught:
        read(source)
    assert type(caught.value) is error
    assert all(problem.cure and problem.file for problem in caught.value.problems)
    assert "Nothing was computed." in str(caught.value)
    return caught.value.problems


def assert_named(problems, row, column, rule, cure=""):
    named = [p for p in problems if p.row == row and p.column == column]
    assert any(rule in p.rule and cure in p.cure for p in named), problems


SINGLE = [*NUMBERS, *IDS, *TIME, *TABLES, *ENCODINGS, *EXCEL]


@pytest.mark.parametrize("case", SINGLE, ids=lambda case: case[0])
def test_activity_is_refused(case, tmp_path):
    _, make, row, column, rule, cure = case
    problems = problems_of(read_activity, make(tmp_path / "."), TableError)
    assert_named(problems, row, column, rule, cure)


@pytest.mark.parametrize("case", LOANS_CASES, ids=lambda case: case[0])
def test_loan_is_refused(case, tmp_path):
    _, make, row, column, rule = case
    assert_named(problems_of(LOANS.read, make(tmp_path), TableError), row, column, rule)


@pytest.mark.parametrize("case", ENTITY_CASES, ids=lambda case: case[0])
def test_ownership_is_refused(case, tmp_path):
    _, make, error, *place = case
    assert_named(problems_of(read_entities, make(tmp_path), error), *place)


@pytest.mark.parametrize(("name", "code", "rule"), CODES, ids=[case[0] for case in CODES])
def test_credit_code_is_refused(name, code, rule, tmp_path):
    problems = problems_of(NAMES.read, names(code)(tmp_path), TableError)
    assert_named(problems, 2, "credit_code", rule)


def test_credit_code_that_a_spreadsheet_made_a_number_is_refused(tmp_path):
    with xlsxwriter.Workbook(tmp_path / "names.xlsx") as book:
        page = book.add_worksheet()
        page.write_row(0, 0, ["entity", "name_zh", "credit_code"])
        page.write_row(1, 0, ["firm", "示例", 913715007456788992])
    problems = problems_of(NAMES.read, tmp_path / "names.xlsx", TableError)
    assert_named(problems, 2, "credit_code", "turned into a number; digits are lost", "as text")


def test_negative_debt_is_refused_and_negative_equity_is_not(tmp_path):
    head = "entity,date,listed,equity,debt,unit"
    make = table("borrowers", head, "a,2024-12-31,no,-5,1,万元", "b,2024-12-31,no,5,-1,万元")
    problems = problems_of(BORROWERS.read, make(tmp_path), TableError)
    assert [(p.row, p.column, p.rule) for p in problems] == [(3, "debt", "negative")]


def test_project_without_a_date_is_refused(tmp_path):
    make = table("projects", "project,entity,date,debt,unit", "p,e,,5,亿元")
    assert_named(problems_of(PROJECTS.read, make(tmp_path), TableError), 2, "date", "empty")


@pytest.mark.parametrize(
    ("limits", "rule"),
    [
        (Limits(file_bytes=10), "at most 1e-05 are read"),
        (Limits(columns=3), "at most 3 are read"),
        (Limits(cell_characters=5), "at most 5 are read"),
        (Limits(rows=1), "at most 1 are read"),
    ],
    ids=["bytes", "columns", "cell", "rows"],
)
def test_limits_are_arguments(limits, rule, tmp_path):
    source = activity()(tmp_path)
    problems = problems_of(lambda path: read_activity(path, limits=limits), source, TableError)
    assert any(rule in problem.rule for problem in problems)


def test_all_problems_come_at_once(tmp_path):
    text = f"{HEAD},colour\n{row(quantity='x', unit='MWH', period='2024-13')},\n{row(entity='')},\n"
    problems = problems_of(read_activity, csv(tmp_path, text), TableError)
    assert [(p.row, p.column) for p in problems] == [
        (1, "colour"),
        (2, "period"),
        (2, "quantity"),
        (2, "unit"),
        (3, "entity"),
    ]


def test_nothing_is_excluded_but_what_is_missing(tmp_path):
    text = f"{HEAD}\n{row(quantity='')}\n{row(quantity='-1', entity='b')}\n"
    with pytest.raises(TableError) as caught:
        read_activity(csv(tmp_path, text), missing="exclude")
    assert [(p.row, p.rule) for p in caught.value.problems] == [(3, "negative")]


def test_bad_inputs_are_many():
    cases = [*SINGLE, *LOANS_CASES, *ENTITY_CASES, *CODES]
    assert len(cases) >= 120
    assert issubclass(EntityError, ProblemsError)
