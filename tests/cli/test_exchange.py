"""`carbonmeter factors export` and `import`, as a user meets them."""

from __future__ import annotations

import zipfile

import pytest

from carbonmeter.cli import main
from carbonmeter.factors import FactorLibrary

MAPPING = """
[library]
name = "mine"
title = "My factors"
licence = "facts"
[[sources]]
source = "lab"
title = "Laboratory"
[columns]
value = "EF"
unit = "unit"
subject = "fuel"
[constants]
parameter = "co2_emission_factor"
region = "CN"
tier = "default"
confidence = "primary"
[templates]
id = "mine.{subject}"
"""


def run(capsys, *arguments):
    status = main(["factors", *map(str, arguments)])
    out = capsys.readouterr()
    return status, out.out, out.err


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "theirs.csv"
    path.write_text("fuel,EF,unit,remark\nanthracite,98300,kgCO2/TJ,x\ncoke,1O7,kgCO2/TJ,\n")
    (tmp_path / "mapping.toml").write_text(MAPPING)
    return path


def test_a_table_with_one_bad_row_is_refused_whole(table, tmp_path, capsys):
    out = tmp_path / "out"
    status, _, error = run(
        capsys, "import", table, "--mapping", tmp_path / "mapping.toml", "-o", out
    )
    assert status == 1
    assert "theirs.csv (UTF-8): 1 of 2 rows cannot be taken" in error
    assert "row 3  EF  '1O7'" in error
    assert "No library was written." in error
    assert not out.exists()


@pytest.mark.parametrize(("lang", "sentence"), [("en", "rows not taken: 1"), ("zh", "1 行未导入")])
def test_its_good_rows_are_taken_by_name(lang, sentence, table, tmp_path, capsys):
    out, rejects = tmp_path / "out", tmp_path / "rejects.csv"
    status, said, _ = run(
        capsys,
        *("import", table, "--mapping", tmp_path / "mapping.toml"),
        *("-o", out, "--rejects", rejects, "--lang", lang),
    )
    assert status == 0
    assert sentence in said
    assert "remark" in said
    assert "1O7" in rejects.read_text("utf-8-sig")
    assert FactorLibrary.open(out).records["id"].tolist() == ["mine.anthracite"]


def test_a_library_there_already_is_not_overwritten(table, tmp_path, capsys):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("x")
    _, paths = tmp_path / "out", tmp_path / "rejects.csv"
    status, _, error = run(
        capsys,
        *("import", table, "--mapping", tmp_path / "mapping.toml"),
        *("-o", tmp_path / "out", "--rejects", paths),
    )
    assert status == 1
    assert "is there already" in error
    assert [each.name for each in (tmp_path / "out").iterdir()] == ["mine.txt"]


def test_rejects_go_with_a_mapping(table, tmp_path, capsys):
    status, _, error = run(
        capsys, "import", table, "-o", tmp_path / "out", "--rejects", tmp_path / "r.csv"
    )
    assert status == 1
    assert "--rejects goes with --mapping" in error


@pytest.mark.parametrize("form", ["csv", "xlsx", "parquet", "datapackage", "openlca", "ilcd"])
def test_a_shipped_library_goes_out_and_comes_back(form, tmp_path, capsys):
    ending = {"csv": ".csv", "xlsx": ".xlsx", "parquet": ".parquet", "datapackage": ""}
    path = tmp_path / f"grid{ending.get(form, '.zip')}"
    status, said, _ = run(capsys, "export", "cn-grid", "--format", form, "-o", path)
    assert status == 0
    assert "cn-grid: 130 records" in said
    assert "public document; numbers are facts: cite the source" in said
    status, said, _ = run(capsys, "import", path, "-o", tmp_path / "back")
    assert status == 0
    back = FactorLibrary.open(tmp_path / "back")
    assert back.version == FactorLibrary.shipped("cn-grid").version
    assert back.stack[0].version[:12] in said


def test_a_licence_that_keeps_its_texts_is_named(tmp_path, capsys):
    path = tmp_path / "x.zip"
    status, _, error = run(capsys, "export", "gwp-ar5", "--format", "openlca", "-o", path)
    assert status == 1
    assert "IPCC copyright" in error
    assert not path.exists()
    status, said, _ = run(
        capsys, "export", "gwp-ar5", "--format", "openlca", "-o", path, "--facts-only"
    )
    assert status == 0
    assert "values, units, ids and citations only; its texts are left out" in said
    assert zipfile.is_zipfile(path)


def test_a_table_of_ones_own_goes_out_under_ones_own_licence(tmp_path, capsys):
    own = tmp_path / "mine.csv"
    own.write_text(
        "parameter,subject,site,valid_from,valid_to,value,unit,source\n"
        "net_calorific_value,anthracite,boiler-1,2024-01-01,2025-01-01,25.1,GJ/t,certificate 17\n"
    )
    path = tmp_path / "x.zip"
    status, _, error = run(capsys, "export", own, "--format", "datapackage", "-o", path)
    assert status == 1
    assert "'not stated'  is not in the list of licences" in error
    status, _, error = run(
        capsys, "export", own, "--format", "datapackage", "-o", path, "--licence", "CC-BY-4.0"
    )
    assert (status, error) == (0, "")
    status, _, _ = run(capsys, "import", path, "-o", tmp_path / "back")
    assert status == 0
    assert FactorLibrary.open(tmp_path / "back").sources["source"].tolist() == ["certificate 17"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("export", "cn-gird", "--format", "csv", "-o", "x.csv"), "did you mean: cn-grid"),
        (("export", "cn-grid", "--format", "csv", "-o", "x.xlsx"), "csv is written as .csv"),
        (("import", "absent.csv", "-o", "x"), "there is no such file or folder"),
    ],
)
def test_what_is_not_there_is_said(arguments, sentence, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    status, _, error = run(capsys, *arguments)
    assert status == 1
    assert sentence in error
    assert list(tmp_path.iterdir()) == []
