"""The command line as a person meets it: what it prints, what it writes, its exit status."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from carbonmeter.cli import main

ACTIVITY = """\
主体,地区,期间,活动,对象,数量,单位
某铝厂,CN-SD-LC,2024,铝电解,,100000,吨
某铝厂,CN-SD-LC,2024,固体燃料燃烧,无烟煤,1,万吨
"""


@pytest.fixture
def activity(tmp_path: Path) -> Path:
    path = tmp_path / "plant-2024.csv"
    path.write_bytes(ACTIVITY.encode("gb18030"))
    return path


def test_run_accounts_the_prefecture_and_writes_whole_files(tmp_path, capsys) -> None:
    assert main(["run", "--out", str(tmp_path / "out")]) == 0
    shown = capsys.readouterr().out
    assert "Chiping Example Aluminium" in shown
    assert "10.33" in shown
    written = {p.name for p in (tmp_path / "out").iterdir()}
    named = {"report.html", "lines.parquet", "totals.csv", "loans.parquet", "manifest.json"}
    assert named <= written
    assert not [name for name in written if name.startswith(".") or name.endswith(".tmp")]
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text("utf-8"))
    assert manifest
    lines = pd.read_parquet(tmp_path / "out" / "lines.parquet")
    assert {"enterprises", "sinks", "reductions"} == set(lines["account"])


def test_run_twice_gives_the_same_bytes(tmp_path) -> None:
    for name in ("a", "b"):
        assert main(["run", "--out", str(tmp_path / name)]) == 0
    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes(), path.name


def test_run_in_chinese(tmp_path, capsys) -> None:
    assert main(["run", "--out", str(tmp_path), "--lang", "zh"]) == 0
    assert "茌平示例铝业" in capsys.readouterr().out


def test_account_reads_a_chinese_file_in_gb18030(activity, capsys) -> None:
    assert main(["account", str(activity), "--guide", "cets", "--by", "gas"]) == 0
    shown = capsys.readouterr().out
    assert "GB18030" in shown or "169,671" in shown or "169,672" in shown


def test_account_compares_two_guides(activity, capsys) -> None:
    assert main(["account", str(activity), "--guide", "cets", "--compare", "ndrc"]) == 0
    shown = capsys.readouterr().out
    assert "ndrc" in shown


@pytest.mark.parametrize("name", ["lines.parquet", "lines.csv", "lines.nc"])
def test_account_writes_its_lines(activity, tmp_path, name) -> None:
    out = tmp_path / name
    assert main(["account", str(activity), "--guide", "cets", "--out", str(out)]) == 0
    assert out.stat().st_size > 0


def test_explain_prints_the_receipt_of_a_row(activity, capsys) -> None:
    assert main(["explain", str(activity), "--guide", "cets", "--row", "3", "--lang", "zh"]) == 0
    shown = capsys.readouterr().out
    assert "22.867" in shown
    assert "22588" in shown


def test_explain_without_a_source_opens_the_prefecture(capsys) -> None:
    assert main(["explain", "--row", "2"]) == 0
    assert "activity.csv" in capsys.readouterr().out
    assert main(["explain", "--row", "2", "--account", "sinks"]) == 0
    assert "forest.stock_difference" in capsys.readouterr().out


def test_factors_find_show_and_check(tmp_path, capsys) -> None:
    assert main(["factors", "find", "无烟煤"]) == 0
    assert "fuel.cets.anthracite.ncv" in capsys.readouterr().out
    assert main(["factors", "show", "fuel.cets.anthracite.ncv"]) == 0
    assert "22.867" in capsys.readouterr().out
    table = tmp_path / "mine.csv"
    table.write_text(
        "parameter,subject,site,valid_from,valid_to,value,unit,source\n"
        "net_calorific_value,anthracite,b1,2024-01-01,2025-01-01,23.1,GJ/t,lab-1\n",
        encoding="utf-8",
    )
    assert main(["factors", "check", str(table)]) == 0
    table.write_text(table.read_text("utf-8").replace("GJ/t", "tCO2/t"), encoding="utf-8")
    assert main(["factors", "check", str(table)]) == 1
    assert "row 2" in capsys.readouterr().err


def test_methods_and_guides(capsys) -> None:
    assert main(["methods"]) == 0
    assert "aluminium.anode_consumption" in capsys.readouterr().out
    assert main(["methods", "aluminium.anode_consumption"]) == 0
    assert "net_anode_consumption * (1.0 - anode_sulphur" in capsys.readouterr().out
    assert main(["guides"]) == 0
    assert "cets-2024" in capsys.readouterr().out
    assert main(["guides", "--gaps"]) == 0
    assert "GB/T 32151.4-2026" in capsys.readouterr().out


def test_finance_by_bank(capsys) -> None:
    assert main(["finance", "--by", "lender"]) == 0
    assert capsys.readouterr().out


def test_selftest_passes(capsys) -> None:
    assert main(["selftest"]) == 0
    assert "0 DIFF" in capsys.readouterr().out


@pytest.mark.parametrize("guide", ["cets", "ndrc", "gbt-32151", "ipcc-2006"])
def test_a_template_is_written_for_each_guide(guide, tmp_path) -> None:
    path = tmp_path / "form.xlsx"
    assert main(["template", "--guide", guide, "-o", str(path)]) == 0
    assert path.stat().st_size > 0


def test_wrong_data_exits_1_and_writes_nothing(activity, tmp_path, capsys) -> None:
    activity.write_text(ACTIVITY.replace("100000", "1,00000"), encoding="utf-8")
    out = tmp_path / "lines.parquet"
    assert main(["account", str(activity), "--guide", "cets", "--out", str(out)]) == 1
    error = capsys.readouterr().err
    assert "E102" in error
    assert not out.exists()


def test_a_folder_without_a_plan_exits_1(tmp_path, capsys) -> None:
    assert main(["run", str(tmp_path), "--out", str(tmp_path / "out")]) == 1
    assert "carbonmeter.toml" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_file_that_is_not_there_exits_1(tmp_path, capsys) -> None:
    assert main(["account", str(tmp_path / "no.csv"), "--guide", "cets"]) == 1
    assert "no.csv" in capsys.readouterr().err


def test_usage_exits_2() -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["account"])
    assert stopped.value.code == 2


def test_a_bug_exits_70(monkeypatch, capsys) -> None:
    def broken(options: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("carbonmeter.cli.rules.guides", broken)
    assert main(["guides"]) == 70
    assert "bug in carbonmeter" in capsys.readouterr().err


def test_the_module_is_the_command() -> None:
    command = [sys.executable, "-m", "carbonmeter", "guides"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "cets" in done.stdout
