"""One table in every format and encoding gives one result."""

from __future__ import annotations

import codecs
import hashlib
import subprocess
import sys

import numpy as np
import openpyxl
import pandas as pd
import pyarrow as pa
import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from pyarrow import parquet

from carbonmeter.errors import TableError
from carbonmeter.tables import ACTIVITY, LOANS, Field, Kind, Table, read_activity

NOTES = Table(
    "notes",
    "备注表",
    (
        Field("name", Kind.IDENTIFIER, "名称", aliases=("称呼",)),
        Field("value", Kind.NUMBER, "数值", signed=True),
        Field("day", Kind.DATE, "日", required=False),
        Field("note", Kind.TEXT, "备注", required=False),
    ),
)

HEAD = "entity,region,period,activity,subject,quantity,unit,note"
ROWS = [
    ("plant", "CN-SD", "2024-01", "solid_fuel_combustion", "anthracite", 10.5, "t", "一月"),
    ("plant", "CN-SD", "2024-02", "solid_fuel_combustion", "anthracite", 0.1, "万t", "a, b"),
    ("厂", "NA", "2024", "electricity_purchase", "", 3.0, "MWh", "None"),
]


def as_csv(rows, head=HEAD, end="\n"):
    def cell(value):
        text = repr(value) if isinstance(value, float) else str(value)
        quoted = '"' + text.replace('"', '""') + '"'
        return quoted if any(letter in text for letter in ',"\r\n') else text

    return end.join([head, *(",".join(map(cell, row)) for row in rows)]) + end


def contents(table):
    frame = table.frame().drop(columns="row")
    return frame.astype(dict.fromkeys(frame.select_dtypes("category"), object)).to_dict("list")


@pytest.fixture
def sources(tmp_path):
    """The same rows as CSV in four encodings, a workbook, Parquet twice, and a frame."""
    text = as_csv(ROWS)
    paths = {}
    for name, data in {
        "utf-8": text.encode(),
        "mark": codecs.BOM_UTF8 + text.encode(),
        "gb18030": text.encode("gb18030"),
        "windows": as_csv(ROWS, end="\r\n").encode(),
        "no-final-newline": text.rstrip("\n").encode(),
    }.items():
        paths[name] = tmp_path / f"{name}.csv"
        paths[name].write_bytes(data)
    paths["excel"] = tmp_path / "plant.xlsx"
    with xlsxwriter.Workbook(paths["excel"]) as book:
        page = book.add_worksheet("活动数据")
        for at, row in enumerate([HEAD.split(","), *ROWS]):
            page.write_row(at, 0, row)
        book.add_worksheet("lists").write(0, 0, "x")
    frame = pd.DataFrame(ROWS, columns=HEAD.split(","))
    table = pa.Table.from_pandas(frame)
    for name, dictionary in {"parquet": True, "plain": False}.items():
        paths[name] = tmp_path / f"{name}.parquet"
        parquet.write_table(table, paths[name], use_dictionary=dictionary, row_group_size=2)
    objects = frame.astype(object)
    return {**paths, "frame": frame, "objects": objects, "categories": frame.astype("category")}


def test_every_format_gives_the_same_table(sources):
    tables = {name: ACTIVITY.read(source) for name, source in sources.items()}
    wanted = contents(tables["utf-8"])
    assert wanted["entity"] == ["plant", "plant", "厂"]
    assert wanted["region"] == ["CN-SD", "CN-SD", "NA"]
    assert wanted["note"] == ["一月", "a, b", "None"]
    assert wanted["quantity"] == [10.5, 0.1, 3.0]
    assert wanted["meter"] == ["", "", ""]
    for name, table in tables.items():
        got = contents(table)
        assert {k: v for k, v in got.items() if k not in ("u_rel", "evidence_date")} == {
            k: v for k, v in wanted.items() if k not in ("u_rel", "evidence_date")
        }, name
        assert np.isnan(table.number("u_rel")).all()
        assert np.isnat(table.dates("evidence_date")).all()


def test_rows_are_numbered_as_the_user_sees_them(sources):
    for name in ("utf-8", "excel"):
        assert ACTIVITY.read(sources[name]).row.tolist() == [2, 3, 4]
    for name in ("parquet", "frame"):
        assert ACTIVITY.read(sources[name]).row.tolist() == [1, 2, 3]


def test_the_source_is_told(sources):
    encodings = {n: ACTIVITY.read(sources[n]).source.encoding for n in ("utf-8", "mark", "gb18030")}
    assert encodings == {"utf-8": "UTF-8", "mark": "UTF-8 with BOM", "gb18030": "GB18030"}
    source = ACTIVITY.read(sources["gb18030"]).source
    assert source.sha256 == hashlib.sha256(sources["gb18030"].read_bytes()).hexdigest()
    assert str(source) == "gb18030.csv (GB18030)"
    assert ACTIVITY.read(sources["excel"]).source.name == "plant.xlsx [活动数据]"
    hashes = {ACTIVITY.read(sources["frame"]).source.sha256 for _ in range(2)}
    assert len(hashes) == 1
    changed = sources["frame"].assign(quantity=1.0)
    assert ACTIVITY.read(changed).source.sha256 not in hashes


def test_nothing_checked_can_be_changed(sources):
    table = ACTIVITY.read(sources["utf-8"])
    with pytest.raises(ValueError, match="read-only"):
        table.number("quantity")[0] = 1.0


def test_asking_for_the_wrong_kind_of_column_is_an_error(sources):
    table = ACTIVITY.read(sources["utf-8"])
    with pytest.raises(TypeError, match="'quantity' of activity is not text"):
        table.text("quantity")
    with pytest.raises(TypeError, match="'entity' of activity is not a number"):
        table.number("entity")
    with pytest.raises(TypeError, match="'quantity' of activity is not a date"):
        table.dates("quantity")


def test_headings_may_be_chinese_or_an_alias_with_spaces(tmp_path):
    path = tmp_path / "notes.csv"
    path.write_text(" 称呼 ,数值,备注\na,1,x\n", encoding="utf-8")
    table = NOTES.read(path)
    assert table.text("name").text().tolist() == ["a"]
    path.write_text("称呼,数值\na,x\n", encoding="gb18030")
    with pytest.raises(TableError) as caught:
        NOTES.read(path)
    assert [(p.row, p.column) for p in caught.value.problems] == [(2, "数值")]


def test_blank_rows_and_columns_say_nothing_and_keep_the_numbers(tmp_path):
    path = tmp_path / "notes.csv"
    path.write_text("\nname,value,,\na,1,,\n,,,\n\nb,0,,\n\n", encoding="utf-8")
    table = NOTES.read(path)
    assert table.row.tolist() == [3, 6]
    assert table.number("value").tolist() == [1.0, 0.0]


def test_a_quoted_cell_may_hold_commas_quotes_and_lines(tmp_path):
    path = tmp_path / "notes.csv"
    path.write_text('name,value,note\na,1,"x, ""y""\nz"\nb,2,\n', encoding="utf-8")
    table = NOTES.read(path)
    assert table.text("note").text().tolist() == ['x, "y"\nz', ""]
    assert table.row.tolist() == [2, 3]


def test_the_apostrophe_before_a_formula_is_taken_off(tmp_path):
    path = tmp_path / "notes.csv"
    path.write_text("name,value,note\n'-a,1,'=1+1\nb,2,'s\nc,3,'＝x\n", encoding="utf-8")
    table = NOTES.read(path)
    assert table.text("name").text().tolist() == ["-a", "b", "c"]
    assert table.text("note").text().tolist() == ["=1+1", "'s", "＝x"]


def test_another_delimiter_is_read_when_it_is_named(tmp_path):
    path = tmp_path / "notes.csv"
    path.write_text("name;value\na;1.5\n", encoding="utf-8")
    assert NOTES.read(path, delimiter=";").number("value").tolist() == [1.5]


def test_chinese_labels_become_identifiers(tmp_path):
    path = tmp_path / "plant.csv"
    path.write_text(
        as_csv([("a", "CN", "2024", "固体燃料燃烧", "无烟煤", 1.0, "吨", "")]), encoding="gb18030"
    )
    labels = {"固体燃料燃烧": "solid_fuel_combustion", "无烟煤": "anthracite"}
    table = read_activity(path, labels=labels)
    assert table.text("activity").labels == ("solid_fuel_combustion",)
    assert table.text("subject").labels == ("anthracite",)
    assert read_activity(path).text("activity").labels == ("solid_fuel_combustion",)


def test_missing_rows_are_left_out_by_name_and_listed(tmp_path):
    rows = [(*ROWS[0][:5], text, *ROWS[0][6:]) for text in ("1", "—", "", "无")]
    path = tmp_path / "plant.csv"
    path.write_text(as_csv(rows), encoding="utf-8")
    table = ACTIVITY.read(path, missing="exclude")
    assert table.row.tolist() == [2]
    assert [(p.row, p.column, p.value) for p in table.excluded] == [
        (3, "quantity", "—"),
        (4, "quantity", ""),
        (5, "quantity", "无"),
    ]
    with pytest.raises(ValueError, match="'raise' or 'exclude'"):
        ACTIVITY.read(path, missing="zero")


def test_every_row_left_out_is_listed_however_many():
    n = 150_000
    frame = pd.DataFrame({"name": ["a"] * n, "value": [np.nan] * (n - 1) + [1.0]})
    table = NOTES.read(frame, missing="exclude")
    assert (len(table), len(table.excluded)) == (1, n - 1)
    with pytest.raises(TableError) as caught:
        NOTES.read(frame)
    assert len(caught.value.problems) == 100_001
    assert caught.value.problems[-1].rule == "more than 100000 cells are wrong"


@pytest.mark.parametrize("epoch_1904", [False, True])
def test_dates_of_a_workbook_are_the_days_it_shows(tmp_path, epoch_1904):
    path = tmp_path / "loans.xlsx"
    with xlsxwriter.Workbook(path, {"date_1904": epoch_1904}) as book:
        page = book.add_worksheet()
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        head = "loan,lender,borrower,asset_class,date,outstanding,unit"
        page.write_row(0, 0, head.split(","))
        page.write_row(1, 0, ["L1", "bank", "firm", "企业贷款", "", 5, "万元"])
        page.write_datetime(1, 4, pd.Timestamp("2024-12-31"), day)
        page.write_row(2, 0, ["L2", "bank", "firm", "business_loan", "2024-12-30", 5, "万元"])
    table = LOANS.read(path, labels={"企业贷款": "business_loan"})
    assert table.dates("date").astype(str).tolist() == ["2024-12-31", "2024-12-30"]
    assert table.text("asset_class").labels == ("business_loan",)


def test_the_1904_calendar_of_another_writer_is_understood(tmp_path):
    book = openpyxl.Workbook()
    book.epoch = CALENDAR_MAC_1904
    book.active.append(["name", "value", "day"])
    book.active.append(["a", 1.0, pd.Timestamp("2024-03-01").to_pydatetime()])
    book.save(tmp_path / "notes.xlsx")
    assert NOTES.read(tmp_path / "notes.xlsx").dates("day").astype(str).tolist() == ["2024-03-01"]


def test_a_sheet_is_found_by_name(tmp_path):
    path = tmp_path / "notes.xlsx"
    with xlsxwriter.Workbook(path) as book:
        for name, value in (("2023", 1), ("2024", 2), ("备注表", 3)):
            page = book.add_worksheet(name)
            page.write_row(2, 1, ["name", "value"])
            page.write_row(3, 1, ["a", value])
    assert NOTES.read(path).number("value").tolist() == [3.0]
    assert NOTES.read(path, sheet="2024").number("value").tolist() == [2.0]
    assert NOTES.read(path).row.tolist() == [4]
    with pytest.raises(TableError, match="there is no sheet '2025'; did you mean"):
        NOTES.read(path, sheet="2025")


def test_formulas_with_a_value_are_read_as_values(tmp_path):
    path = tmp_path / "notes.xlsx"
    with xlsxwriter.Workbook(path) as book:
        page = book.add_worksheet()
        page.write_row(0, 0, ["name", "value", "note"])
        page.write_row(1, 0, ["a", "", ""])
        page.write_formula(1, 1, "=2*3", None, 6)
        page.write_formula(1, 2, '="x"', None, "x")
    table = NOTES.read(path)
    assert (table.number("value")[0], table.text("note").labels[0]) == (6.0, "x")


names = st.text(
    st.characters(codec="utf-8", categories=["Lu", "Ll", "Lo", "Nd"]), min_size=1, max_size=6
).filter(lambda t: t.isascii() or all("\u4e00" <= c <= "\u9fff" or c.isascii() for c in t))
notes = st.text(st.characters(codec="gb18030", exclude_characters="\0\r\ufeff"), max_size=8)
values = st.floats(allow_nan=False, allow_infinity=False)
rows = st.lists(st.tuples(names, values, notes), min_size=1, max_size=8)


@given(rows, st.sampled_from(["utf-8", "utf-8-sig", "gb18030"]), st.sampled_from(["\n", "\r\n"]))
def test_what_is_written_is_read_back(tmp_path_factory, rows, encoding, end):
    path = tmp_path_factory.mktemp("round") / "notes.csv"
    path.write_bytes(
        as_csv([(n, v, "", t) for n, v, t in rows], "name,value,day,note", end).encode(encoding)
    )
    table = NOTES.read(path)
    assert table.text("name").text().tolist() == [name for name, _, _ in rows]
    assert table.number("value").tolist() == [value for _, value, _ in rows]
    got, wanted = table.text("note").text().tolist(), [note for _, _, note in rows]
    assert got == [w if w.strip() else "" for w in wanted]


@given(st.permutations(range(6)))
def test_the_order_of_rows_does_not_matter(order):
    frame = pd.DataFrame(
        {"name": list("abcabc"), "value": [1.0, 2, 3, 4, 5, 6], "note": ["x", "", "y"] * 2}
    )
    whole = NOTES.read(frame).frame().drop(columns="row")
    shuffled = NOTES.read(frame.iloc[order]).frame().drop(columns="row")
    back = shuffled.iloc[np.argsort(order)].reset_index(drop=True)
    assert back.astype(str).equals(whole.astype(str))


def test_reading_files_does_not_load_pandas(sources):
    program = (
        "import sys; from carbonmeter.tables import ACTIVITY\n"
        "for path in sys.argv[1:]: ACTIVITY.read(path)\n"
        "print('pandas' in sys.modules)"
    )
    paths = [str(sources[name]) for name in ("gb18030", "parquet")]
    done = subprocess.run(
        [sys.executable, "-c", program, *paths], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"
