"""Run folders that do not fit: each thing wrong is named with its place and its cure."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from carbonmeter.cli import main
from carbonmeter.cli.folder import FILE, read_plan
from carbonmeter.cli.run import compute
from carbonmeter.errors import (
    AccountError,
    FactorNotFound,
    FactorTableError,
    ProblemsError,
    RunError,
    TableError,
)
from carbonmeter.examples import example


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(example().folder, tmp_path / "聊城 2024"))


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text, old
    path.write_text(text.replace(old, new), encoding="utf-8")


def swap(old: str, new: str, file: str = FILE) -> Callable[[Path], None]:
    return lambda folder: change(folder / file, old, new)


def whole(text: str | bytes) -> Callable[[Path], None]:
    data = text.encode() if isinstance(text, str) else text
    return lambda folder: (folder / FILE).write_bytes(data) and None


HEAD = "title_zh = ''\ntitle_en = ''\n"
NUL = '"a\\u0000.csv"'
LONG = f'"{"a" * 5000}.csv"'

# What is done to the embedded run, what its error says, and of what.
PLANS = [
    ("not TOML", whole("[["), "not TOML", ""),
    ("not UTF-8", whole("# 聊城".encode("gb18030")), "save the file again in UTF-8", ""),
    ("nested too deep", whole(f"a = {'[' * 3000}{']' * 3000}"), "not TOML", ""),
    ("empty", whole(""), "add account", "account"),
    ("no account", whole(HEAD + "account = []"), "no account is asked for", "account"),
    ("account is a table", whole(HEAD + "[account]\nname = 'a'"), "[[account]]", "account"),
    ("accounts are numbers", whole(HEAD + "account = [1]"), "[[account]]", "account"),
    ("unknown name", swap("as_of", "as_off"), "did you mean as_of?", "as_off"),
    ("title is a number", swap('"聊城示例"', "3"), "put it in quotes", "title_zh"),
    ("date in quotes", swap("2025-12-31", '"2025-12-31"'), "write it bare", "as_of"),
    ("date with a time", swap("2025-12-31", "2025-12-31T08:00:00"), "write it bare", "as_of"),
    ("no such period", swap('"2024"', '"2024-Q5"'), "not a period", "period"),
    ("measured is a text", swap('["measured.csv"]', '"measured.csv"'), "list", "measured"),
    ("measured is a number", swap('["measured.csv"]', "5"), "not a list", "measured"),
    (
        "measured twice",
        swap('["measured.csv"]', '["measured.csv", "measured.csv"]'),
        "same file",
        "measured",
    ),
    (
        "measured misspelt",
        swap('["measured.csv"]', '["measurd.csv"]'),
        "did you mean measured.csv",
        "measured",
    ),
    (
        "name misspelt",
        swap('"activity.csv"', '"Activity.csv"'),
        "did you mean activity.csv",
        "account 1: activity",
    ),
    (
        "absolute path",
        swap('"activity.csv"', '"/etc/passwd"'),
        "out of the folder",
        "account 1: activity",
    ),
    (
        "path upwards",
        swap('"activity.csv"', '"../activity.csv"'),
        "out of the folder",
        "account 1: activity",
    ),
    ("a folder", swap('"activity.csv"', '"evidence"'), "no such file", "account 1: activity"),
    ("NUL in a path", swap('"activity.csv"', NUL), "no such file", "account 1: activity"),
    ("path too long", swap('"activity.csv"', LONG), "no such file", "account 1: activity"),
    ("guide misspelt", swap('"cets"', '"cest"'), "did you mean: cets?", "account 1: guide"),
    (
        "library misspelt",
        swap('"ipcc-2006"\n\n[[', '"ipcc-2007"\n\n[['),
        "did you mean ipcc-2006",
        "account 1: bounds_from",
    ),
    (
        "no such GWP set",
        swap('bounds_from = "ipcc-2006"', 'gwp = "AR7"'),
        "did you mean",
        "account 1: gwp",
    ),
    (
        "series is a text",
        swap('bounds_from = "ipcc-2006"', 'series = "x"'),
        "names of series",
        "account 1: series",
    ),
    (
        "missing misspelt",
        swap('bounds_from = "ipcc-2006"', 'missing = "skip"'),
        "raise, exclude",
        "account 1: missing",
    ),
    ("two of one name", swap('"sinks"', '"enterprises"'), "two accounts of one name", "account"),
    ("no name", swap('name = "sinks"', 'name = ""'), "without a name", "account"),
    ("finance is a list", swap("[finance]", "[[finance]]"), "write [finance]", "finance"),
    ("no date of the book", swap("date = 2024-12-31", ""), "add date", "finance: date"),
    ("published is nothing", swap("10.33", "0"), "above 0", "check 1: published"),
    ("published is NaN", swap("10.33", "nan"), "above 0", "check 1: published"),
    ("published is endless", swap("10.33", f"1{'0' * 400}"), "above 0", "check 1: published"),
    ("published is a text", swap("10.33", '"10.33"'), "above 0", "check 1: published"),
]

FILES = [
    (
        "other region",
        swap('"CN-SD-LC"', '"CN-HE"'),
        "not in CN-HE, the region of the run",
        "region",
    ),
    ("other year", swap('"2024"', '"2023"'), "not in 2023, the period of the run", "period"),
    (
        "unknown entity",
        swap('"chiping-aluminium"', '"chiping-aluminum"'),
        "did you mean chiping-aluminium",
        "check 1: entity",
    ),
    (
        "unknown product",
        swap('"aluminium_smelting"', '"aluminum_smelting"'),
        "did you mean aluminium_smelting",
        "check 1: product",
    ),
    ("unit of something else", swap('"tCO2e/t"', '"kg/MJ"'), "give it in tCO2e/t", "check 1: unit"),
    ("no unit at all", swap('"tCO2e/t"', '"pigs"'), "unknown unit", "check 1: unit"),
    (
        "site of nobody",
        swap("poplar-1", "popler-1", "measured.csv"),
        "did you mean poplar-1",
        "site",
    ),
    ("entities of no day", lambda f: change(f / FILE, *_without_days(f)), "add as_of", "entities"),
]


def _without_days(folder: Path) -> tuple[str, str]:
    text = (folder / FILE).read_text("utf-8")
    return text, text.split("[finance]")[0].replace("as_of = 2025-12-31\n", "")


@pytest.mark.parametrize(
    ("case", "spoil", "says", "column"),
    [*PLANS, *FILES],
    ids=lambda v: v if isinstance(v, str) else "",
)
def test_a_wrong_plan(case, spoil, says, column, folder, tmp_path, capsys) -> None:
    spoil(folder)
    out = tmp_path / "out"
    assert main(["run", str(folder), "--out", str(out)]) == 1
    error = capsys.readouterr().err
    assert error.startswith("RunError E501: ")
    assert not out.exists()
    with pytest.raises(RunError, match=re.escape(says)) as found:
        compute(read_plan(folder))
    own = [p for p in found.value.problems if says in f"{p.rule}; {p.cure}"]
    assert own, found.value
    assert own[0].column == column
    assert all(p.file and p.rule and p.cure for p in found.value.problems)


def test_an_evidence_file_that_is_gone_or_another(folder) -> None:
    files = [path for path in (folder / "evidence").rglob("*") if path.is_file()]
    files[0].write_bytes(files[0].read_bytes() + b"x")
    with pytest.raises(TableError, match="not the one whose hash was noted") as other:
        compute(read_plan(folder))
    assert all(p.row and p.column == "evidence" and p.cure for p in other.value.problems)
    files[0].unlink()
    with pytest.raises(TableError, match="does not exist"):
        compute(read_plan(folder))


def test_two_measured_tables_that_say_different_things(folder) -> None:
    text = (folder / "measured.csv").read_text("utf-8")
    (folder / "other.csv").write_text(text.replace(",43.02,", ",42.02,"), encoding="utf-8")
    change(folder / FILE, '["measured.csv"]', '["measured.csv", "other.csv"]')
    with pytest.raises(FactorTableError, match="neither is above") as found:
        compute(read_plan(folder))
    assert (found.value.problems[0].file, found.value.problems[0].row) == ("other.csv", 2)
    assert "overlaps row 2 of measured.csv" in found.value.problems[0].rule


def test_two_measured_tables_in_different_dimensions(folder) -> None:
    text = (folder / "measured.csv").read_text("utf-8")
    (folder / "other.csv").write_text(
        text.replace("m3/ha", "t/ha").replace("2024-", "2023-").replace("2025-", "2024-"),
        encoding="utf-8",
    )
    change(folder / FILE, '["measured.csv"]', '["measured.csv", "other.csv"]')
    with pytest.raises(ProblemsError, match="t/ha in the layer 'other' below") as found:
        compute(read_plan(folder))
    assert {p.column for p in found.value.problems} == {"unit"}


def test_an_account_on_a_day_before_the_factors_were_known(folder) -> None:
    change(folder / FILE, "2025-12-31", "2001-01-01")
    with pytest.raises(FactorNotFound, match="not yet public on 2001-01-01"):
        compute(read_plan(folder))


def test_an_entity_in_two_accounts_cannot_be_matched_with_loans(folder) -> None:
    twin = '[[account]]\nname = "twin"\ntitle_zh = ""\ntitle_en = ""\nactivity = "activity.csv"\n'
    change(folder / FILE, "[finance]", f'{twin}guide = "cets"\n\n[finance]')
    with pytest.raises(RunError, match="accounts enterprises and twin"):
        compute(read_plan(folder))


def test_a_book_without_projects(folder) -> None:
    loans = (folder / "loans.csv").read_text("utf-8").splitlines()
    kept = [line for line in loans if "project_finance" not in line]
    (folder / "loans.csv").write_text("\n".join(kept), encoding="utf-8")
    change(folder / FILE, 'projects = "projects.csv"\n', "")
    financed = compute(read_plan(folder)).financed
    assert financed is not None
    assert set(financed.frame()["asset_class"]) == {"business_loan"}
    assert financed.covered() == pytest.approx(0.70, abs=0.02)


def test_a_product_of_which_nothing_was_made(folder) -> None:
    text = (folder / "activity.csv").read_text("utf-8")
    pattern = r"(chiping-aluminium,[^\n]*,aluminium_smelting,,)[0-9.]+,"
    (folder / "activity.csv").write_text(re.sub(pattern, r"\g<1>0,", text), encoding="utf-8")
    with pytest.raises(RunError, match="adds up to nothing"):
        compute(read_plan(folder))


def test_a_published_unit_is_converted(folder) -> None:
    before = compute(read_plan(folder)).checks[0]
    change(folder / FILE, '"tCO2e/t"', '"kgCO2e/t"')
    after = compute(read_plan(folder)).checks[0]
    assert after.by_location == pytest.approx(1000.0 * before.by_location, rel=1e-12)


def test_rows_left_out_are_listed_in_the_summary_and_in_a_file(folder, tmp_path, capsys) -> None:
    change(folder / "activity.csv", ",16939.9,", ",n.a.,")
    assert main(["run", str(folder), "--out", str(tmp_path / "no")]) == 1
    capsys.readouterr()
    change(folder / FILE, 'guide = "cets"', 'guide = "cets"\nmissing = "exclude"')
    assert main(["run", str(folder), "--out", str(tmp_path / "out")]) == 0
    shown = capsys.readouterr().out
    assert "row 2  quantity  'n.a.'" in shown
    left = pd.read_csv(tmp_path / "out" / "excluded.csv")
    assert left.loc[0, ["account", "file", "row", "column", "value"]].tolist() == [
        "enterprises",
        "activity.csv",
        2,
        "quantity",
        "n.a.",
    ]
    assert left["cure"].str.len().min() > 0


def test_a_run_of_which_every_row_is_left_out_is_no_account(folder) -> None:
    text = (folder / "sinks.csv").read_text("utf-8")
    emptied = re.sub(r"(,poplar,)[0-9.]+,", r"\g<1>,", text)
    (folder / "sinks.csv").write_text(emptied, encoding="utf-8")
    change(folder / FILE, 'guide = "ipcc-2006"', 'guide = "ipcc-2006"\nmissing = "exclude"')
    with pytest.raises(AccountError, match="no row is left"):
        compute(read_plan(folder))
