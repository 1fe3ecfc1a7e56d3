"""Anybody's table becomes a library by a declared mapping, or is refused with every reason."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from carbonmeter.errors import ExchangeError
from carbonmeter.factors.exchange.importing import import_table
from carbonmeter.factors.exchange.mapping import read_mapping
from carbonmeter.report.exchange import write_package, write_rejects

MAPPING = """
[library]
name = "acme-2024"
title = "Factors of Acme, 2024"
title_zh = "Acme 2024 年因子"
licence = "CC-BY-4.0"
version = "2024.1"

[[sources]]
source = "ACME-2024"
title = "Acme 排放因子手册"

[[labels]]
identifier = "acme_slag"
zh = "矿渣"
en = "Acme slag"

[table]
delimiter = ";"
decimal = ","
thousands = "."
heading_row = 3
blank = ["—"]

[columns]
subject = "燃料"
value = "排放因子"
unit = "单位"
low = "下限"
high = "上限"

[constants]
parameter = "co2_emission_factor"
region = "CN"
tier = "default"
confidence = "secondary"
gas = "CO2"

[templates]
id = "acme.{subject}.{年份}"
valid_from = "{年份}-01-01"
valid_to = "{年份+1}-01-01"

[values.subject]
"无烟煤" = "anthracite"
"烟煤" = "bituminous"
"天然气" = "natural_gas"

[units]
"公斤CO2/TJ" = "kgCO2/TJ"
"""
TITLE = "Acme 因子表\n2024 年\n"
HEAD = "燃料;排放因子;单位;下限;上限;年份;备注\n"
ROWS = """\
无烟煤;98.300,0;公斤CO2/TJ;—;;2024;a
烟煤;94.600,5;公斤CO2/TJ;—;;2024;b
天然气;56.100;公斤CO2/TJ;—;;2024;c

"""


def mapping(folder: Path, text: str = MAPPING) -> Path:
    path = folder / "mapping.toml"
    path.write_text(text, encoding="utf-8")
    return path


def taken(folder, text=TITLE + HEAD + ROWS, encoding="utf-8", declared=MAPPING, **options):
    path = folder / "theirs.csv"
    path.write_bytes(text.encode(encoding))
    return import_table(path, mapping(folder, declared), **options)


def values(found):
    columns = found.content.layer.columns
    return dict(zip(columns["id"].tolist(), columns["value"].tolist(), strict=True))


EXPECTED = {
    "acme.anthracite.2024": 98300.0,
    "acme.bituminous.2024": 94600.5,
    "acme.natural_gas.2024": 56100.0,
}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
def test_a_table_in_any_of_these_encodings_is_the_same_library(encoding, tmp_path):
    found = taken(tmp_path, encoding=encoding)
    assert values(found) == EXPECTED
    assert found.rejects == ()
    assert found.unused == ("备注",)
    layer = found.content.layer
    assert layer.columns["valid_from"].astype(str).tolist() == ["2024-01-01"] * 3
    assert layer.columns["valid_to"].astype(str).tolist() == ["2025-01-01"] * 3
    assert set(layer.columns["unit"]) == {"kgCO2/TJ"}
    assert set(layer.columns["source"]) == {"ACME-2024"}
    assert layer.row.tolist() == [4, 5, 6]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "big5", "gbk"])
def test_an_encoding_that_is_declared_is_used(encoding, tmp_path):
    declared = MAPPING.replace("[table]", f'[table]\nencoding = "{encoding}"')
    text = TITLE + HEAD + ROWS
    if encoding == "big5":
        text = text.translate(str.maketrans("无烟气单备", "無煙氣單備"))
        declared = declared.translate(str.maketrans("无烟气单备", "無煙氣單備"))
    assert values(taken(tmp_path, text, encoding, declared)) == EXPECTED


def test_bytes_of_another_encoding_than_the_declared_are_refused(tmp_path):
    declared = MAPPING.replace("[table]", '[table]\nencoding = "utf-8"')
    with pytest.raises(ExchangeError, match="bytes that are not utf-8") as caught:
        taken(tmp_path, encoding="gbk", declared=declared)
    assert caught.value.problems[0].row == 1


def test_the_package_that_comes_of_it_opens(tmp_path):
    layer = write_package(taken(tmp_path).content, tmp_path / "acme")
    assert len(layer) == 3
    assert layer.sources[0]["title"] == "Acme 排放因子手册"
    assert layer.labels[0]["zh"] == "矿渣"
    assert layer.title_zh == "Acme 2024 年因子"
    assert layer.licences == ("CC-BY-4.0",)


def test_a_workbook_with_a_title_above_its_headings(tmp_path):
    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "因子"
    sheet.append(["Acme 因子表", None, None])
    sheet.append([])
    sheet.append(["燃料", "排放因子", "单位", "下限", "上限", "年份"])
    sheet.append(["无烟煤", 98300, "公斤CO2/TJ", None, None, 2024])
    sheet.append(["烟煤", "94.600,5", "公斤CO2/TJ", None, None, 2024])
    sheet.append(["天然气", "=56000+100", "公斤CO2/TJ", None, None, 2024])
    book.create_sheet("Other").append(["x", "y"])
    book.save(tmp_path / "theirs.xlsx")
    declared = mapping(tmp_path, MAPPING.replace("[table]", '[table]\nsheet = "因子"'))
    found = import_table(tmp_path / "theirs.xlsx", declared, keep_going=True)
    assert values(found) == {k: EXPECTED[k] for k in list(EXPECTED)[:2]}
    assert [(p.row, p.column, p.value, p.rule) for p in found.rejects] == [
        (6, "", "=56000+100", "a formula without a stored value")
    ]


def test_a_parquet_table_of_theirs(tmp_path):
    table = pa.table(
        {
            "燃料": ["无烟煤", "烟煤"],
            "排放因子": [98300.0, 94600.5],
            "单位": ["公斤CO2/TJ"] * 2,
            "下限": pa.array([None, None], type=pa.float64()),
            "上限": pa.array([None, None], type=pa.float64()),
            "年份": [2024, 2024],
        }
    )
    parquet.write_table(table, tmp_path / "theirs.parquet")
    found = import_table(tmp_path / "theirs.parquet", mapping(tmp_path))
    assert values(found) == {k: EXPECTED[k] for k in list(EXPECTED)[:2]}


BAD = """\
石头;1,0;公斤CO2/TJ;;;2024;
无烟煤;98,300.0;公斤CO2/TJ;;;2025;
烟煤;94.600,0;公斤/TJ;;;2025;
天然气;=1+1;公斤CO2/TJ;;;2026;
烟煤;94.600,0;公斤CO2/TJ;95.800,0;97.600,0;2027;
烟煤;94.600,5;公斤CO2/TJ;;;2024;the same once more
无烟煤;1;公斤CO2/TJ;;;二〇二八;
无烟煤;;公斤CO2/TJ;;;2029;
无烟煤;1;;;;2030;
无烟煤;1;公斤CO2/TJ
"""
REJECTED = [
    (5, "id", "acme.bituminous.2024", "the same id as row 13"),
    (8, "燃料", "石头", "a word that [values.subject] does not know"),
    (9, "排放因子", "98,300.0", "not a number with ',' before the decimals"),
    (10, "单位", "公斤/TJ", "is not a unit of the same kind as kgCO2/TJ"),
    (11, "排放因子", "=1+1", "not a number with ',' before the decimals"),
    (12, "", "", "distribution"),
    (13, "id", "acme.bituminous.2024", "the same id as row 5"),
    (14, "valid_to", "二〇二八", "not a whole number"),
    (15, "排放因子", "", "no value"),
    (16, "单位", "", "empty"),
    (17, "", "", "3 cells, the heading has 7"),
]


def test_every_row_that_cannot_be_used_is_named_with_its_reason(tmp_path):
    with pytest.raises(ExchangeError, match="rows cannot be taken") as caught:
        taken(tmp_path, TITLE + HEAD + ROWS + BAD)
    problems = caught.value.problems
    assert all(p.file == "theirs.csv" and p.cure for p in problems)
    for row, column, value, rule in REJECTED:
        found = [p for p in problems if p.row == row]
        assert found, (row, rule)
        fits = [p for p in found if rule in p.rule and (not column or p.column == column)]
        assert fits, (row, [str(p) for p in found])
        assert not value or fits[0].value == value
    assert {p.row for p in problems} == {row for row, *_ in REJECTED}
    assert str(caught.value).endswith("No library was written.")


def test_rows_that_can_be_used_are_taken_by_name_and_the_others_listed(tmp_path):
    found = taken(tmp_path, TITLE + HEAD + ROWS + BAD, keep_going=True)
    assert values(found) == {k: v for k, v in EXPECTED.items() if "bituminous" not in k}
    path = write_rejects(tmp_path / "rejects.csv", found.rejects)
    rows = list(csv.DictReader(io.StringIO(path.read_text("utf-8-sig"))))
    assert list(rows[0]) == ["file", "row", "column", "value", "why", "cure"]
    assert {int(row["row"]) for row in rows} == {row for row, *_ in REJECTED}
    formula = next(row for row in rows if row["row"] == "11")
    assert formula["value"] == "'=1+1"


def test_a_table_without_one_good_row_is_refused(tmp_path):
    with pytest.raises(ExchangeError, match="1 of 1 rows cannot be taken"):
        taken(tmp_path, TITLE + HEAD + BAD.splitlines()[0] + "\n", keep_going=True)


def test_two_records_for_one_question_are_refused(tmp_path):
    declared = MAPPING.replace("acme.{subject}.{年份}", "acme.{备注}")
    rows = "无烟煤;98.300,0;公斤CO2/TJ;;;2024;a\n无烟煤;98.301,0;公斤CO2/TJ;;;2024;b\n"
    with pytest.raises(ExchangeError, match="overlaps row 4 of theirs"):
        taken(tmp_path, TITLE + HEAD + rows, declared=declared)


@pytest.mark.parametrize(
    ("style", "text", "value"),
    [
        ('decimal = ","', "1234,5", 1234.5),
        ('decimal = ","\nthousands = " "', "1 234,5", 1234.5),
        ('thousands = ","', "1,234.5", 1234.5),
        ('thousands = "\'"', "1'234.5", 1234.5),
        ("", "1234.5", 1234.5),
        ("", "1.2345e3", 1234.5),
        ('decimal = ","', "-1,5E-3", -0.0015),
    ],
)
def test_numbers_are_read_as_the_mapping_says(style, text, value, tmp_path):
    declared = MAPPING.replace('decimal = ","\nthousands = "."', style)
    rows = f"无烟煤;{text};公斤CO2/TJ;;;2024;\n"
    found = taken(tmp_path, TITLE + HEAD + rows, declared=declared)
    assert values(found) == {"acme.anthracite.2024": value}


@pytest.mark.parametrize(
    ("style", "text"),
    [
        ('decimal = ","\nthousands = "."', "1.23"),
        ('decimal = ","\nthousands = "."', "12.34,5"),
        ('decimal = ","', "1.5"),
        ('thousands = ","', "1,23"),
        ("", "1,234"),
        ("", "1,5"),
    ],
)
def test_a_number_in_another_style_is_never_guessed(style, text, tmp_path):
    declared = MAPPING.replace('decimal = ","\nthousands = "."', style)
    with pytest.raises(ExchangeError) as caught:
        taken(tmp_path, TITLE + HEAD + f"无烟煤;{text};公斤CO2/TJ;;;2024;\n", declared=declared)
    assert [(p.row, p.column, p.value) for p in caught.value.problems] == [(4, "排放因子", text)]


@pytest.mark.parametrize(
    ("style", "text"),
    [
        ("y-m-d", "2024-03-01"),
        ("d.m.y", "1.3.2024"),
        ("d/m/y", "01/03/2024"),
        ("m/d/y", "3/1/2024"),
        ("y/m/d", "2024/3/1"),
        ("ymd", "20240301"),
    ],
)
def test_days_are_read_as_the_mapping_says(style, text, tmp_path):
    declared = MAPPING.replace('valid_from = "{年份}-01-01"\n', "")
    declared = declared.replace("[constants]", 'valid_from = "备注"\n[constants]')
    declared = declared.replace("[table]", f'[table]\ndates = "{style}"')
    rows = f"无烟煤;1;公斤CO2/TJ;;;2024;{text}\n"
    found = taken(tmp_path, TITLE + HEAD + rows, declared=declared)
    assert found.content.layer.columns["valid_from"].astype(str).tolist() == ["2024-03-01"]


def test_a_chinese_label_is_its_identifier_also_in_an_id(tmp_path):
    rows = "矿渣;1;公斤CO2/TJ;;;2024;\n褐煤;2;公斤CO2/TJ;;;2024;\n"
    found = taken(tmp_path, TITLE + HEAD + rows)
    assert values(found) == {"acme.acme_slag.2024": 1.0, "acme.lignite.2024": 2.0}
    assert found.content.layer.columns["subject"].tolist() == ["acme_slag", "lignite"]


def test_a_source_that_is_not_declared_is_refused(tmp_path):
    declared = MAPPING.replace('high = "上限"', 'high = "上限"\nsource = "备注"')
    with pytest.raises(ExchangeError, match="a source that the mapping does not declare"):
        taken(tmp_path, declared=declared)


def test_text_that_begins_like_a_formula_stays_text(tmp_path):
    declared = MAPPING.replace('high = "上限"', 'high = "上限"\nnote = "备注"')
    rows = "无烟煤;1;公斤CO2/TJ;;;2024;=cmd|' /C calc'!A0\n"
    found = taken(tmp_path, TITLE + HEAD + rows, declared=declared)
    layer = write_package(found.content, tmp_path / "out")
    assert layer.columns["note"].tolist() == ["=cmd|' /C calc'!A0"]
    assert b",'=cmd" in (tmp_path / "out" / "records.csv").read_bytes()


def test_a_long_table_is_taken_whole(tmp_path):
    n = 60_000
    rows = "".join(f"无烟煤;{at},5;公斤CO2/TJ;;;2024;{at}\n" for at in range(n))
    declared = MAPPING.replace("acme.{subject}.{年份}", "acme.{备注}")
    declared = declared.replace("[templates]", '[templates]\nsite = "s{备注}"')
    found = taken(tmp_path, TITLE + HEAD + rows, "gbk", declared)
    assert len(found.content.layer) == n
    assert found.content.layer.columns["value"].sum() == n * (n - 1) / 2 + n / 2


def test_a_mapping_tells_all_its_faults_at_once(tmp_path):
    text = """
[library]
name = "Acme 2024"
titel = "x"
[table]
decimal = "."
thousands = "."
encoding = "ebcdic"
[colums]
a = "b"
"""
    with pytest.raises(ExchangeError) as caught:
        read_mapping(mapping(tmp_path, text))
    said = {(p.column, p.rule) for p in caught.value.problems}
    assert said == {("library.titel", "an unknown key"), ("colums", "an unknown section")}
    assert "did you mean title" in str(caught.value)
    assert "did you mean columns" in str(caught.value)
    better = text.replace("titel", "title").replace("[colums]\na =", "[columns]\nvalue =")
    with pytest.raises(ExchangeError) as caught:
        read_mapping(mapping(tmp_path, better + '[constants]\nvalue = "1"\n[values.unit]\na = "b"'))
    said = {(p.column, p.rule) for p in caught.value.problems}
    assert said == {
        ("library.licence", "missing"),
        ("library.name", "not a name"),
        ("sources", "no source is declared"),
        ("table.encoding", "unknown"),
        ("table.thousands", "the same as decimal"),
        ("value", "given twice: in columns and constants"),
        ("values.unit", "words for a field without a column"),
        *((name, "nothing says what it is") for name in
          ("id", "parameter", "subject", "region", "unit", "tier", "confidence", "source")),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (("[library]", "library = 1\n[x]"), "an unknown section"),
        (('name = "acme-2024"', "name = 2024"), "not of the kind it should be"),
        (("heading_row = 3", "heading_row = 0"), "not of the kind it should be"),
        (('title = "Factors', "title = Factors"), "not TOML"),
        (('"燃料"', '"燃料名称"'), "did you mean 燃料"),
        (("{年份}-01", "{年度}-01"), "no such column in theirs"),
    ],
)
def test_a_mapping_that_cannot_be_used(change, sentence, tmp_path):
    with pytest.raises(ExchangeError, match=sentence):
        taken(tmp_path, declared=MAPPING.replace(*change))
