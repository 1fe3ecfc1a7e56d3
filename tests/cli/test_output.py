"""Terminals of every sort, and texts that try to command them."""

from __future__ import annotations

import errno
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from carbonmeter.cli import main
from carbonmeter.cli.output import harmless
from carbonmeter.examples import example

COMMAND = [sys.executable, "-m", "carbonmeter"]
HOSTILE = "\x1b[31m<script>alert(1)</script>[/bold]\x07"
CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def command(*arguments: object, **settings: object) -> subprocess.CompletedProcess[bytes]:
    environment = {**os.environ, **{k: str(v) for k, v in settings.items() if k.isupper()}}
    words = [*COMMAND, *map(str, arguments)]
    folder = settings.get("folder")
    return subprocess.run(
        words, capture_output=True, env=environment, cwd=None if folder is None else str(folder)
    )


@pytest.mark.parametrize(
    ("encoding", "minus"), [("gbk", "-"), ("ascii", "-"), ("latin-1", "-"), ("utf-8", "−")]
)
def test_a_terminal_in_any_encoding_shows_minus_signs_as_such(encoding, minus, tmp_path) -> None:
    run = command("run", "--out", tmp_path, "--lang", "zh", PYTHONIOENCODING=encoding)
    assert run.returncode == 0, run.stderr
    shown = run.stdout.decode(encoding)
    assert f"{minus}27,400" in shown
    assert ("聊城示例" in shown) == (encoding in ("gbk", "utf-8"))


def test_an_error_about_a_chinese_file_in_an_ascii_terminal(tmp_path) -> None:
    run = command("account", tmp_path / "没有.csv", "--guide", "cets", PYTHONIOENCODING="ascii")
    assert (run.returncode, run.stdout) == (1, b"")
    assert b"check the path" in run.stderr


def test_texts_of_a_user_do_not_command_the_terminal(tmp_path, capsys) -> None:
    folder = Path(shutil.copytree(example().folder, tmp_path / "in"))
    for name, column in (("names.csv", "name_en"), ("activity.csv", "note"), ("loans.csv", "note")):
        table = pd.read_csv(folder / name, dtype=str, keep_default_na=False)
        table[column] = HOSTILE
        table.to_csv(folder / name, index=False)
    out = tmp_path / "out"
    assert main(["run", str(folder), "--out", str(out)]) == 0
    assert main(["explain", str(folder), "--row", "2"]) == 0
    assert main(["finance", str(folder), "--by", "borrower"]) == 0
    shown = capsys.readouterr()
    assert "<script>" in shown.out
    assert not CONTROLS.search(shown.out + shown.err)
    assert "<script>alert" not in (out / "report.html").read_text("utf-8")


def test_a_heading_of_a_user_does_not_command_the_terminal(tmp_path, capsys) -> None:
    path = tmp_path / "plant.csv"
    path.write_text(f"entity,{HOSTILE}\na,b\n", encoding="utf-8")
    assert main(["account", str(path), "--guide", "cets"]) == 1
    assert not CONTROLS.search(capsys.readouterr().err)


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "＝"])
def test_a_name_that_is_a_formula_stays_a_name_in_a_spreadsheet(sign, tmp_path, capsys) -> None:
    path, out = tmp_path / "plant.csv", tmp_path / "lines.csv"
    name = f"{sign}SUM(A1)" if sign != "＝" else "＝甲"
    path.write_text(
        "entity,region,period,activity,subject,quantity,unit\n"
        f"{name},CN-SD,2024,solid_fuel_combustion,anthracite,10,t\n",
        encoding="utf-8",
    )
    assert main(["account", str(path), "--guide", "cets", "--out", str(out)]) == 0
    written = pd.read_csv(out, dtype=str)
    assert written["entity"].tolist() == [f"'{name}"]
    assert name in capsys.readouterr().out


def test_a_title_that_looks_like_markup_does_not_stop_the_progress_bar(
    tmp_path, monkeypatch
) -> None:
    folder = Path(shutil.copytree(example().folder, tmp_path / "in"))
    plan = folder / "carbonmeter.toml"
    plan.write_text(plan.read_text("utf-8").replace("Enterprise emissions", "[/bold]"), "utf-8")
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    assert main(["run", str(folder), "--out", str(tmp_path / "out")]) == 0


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (MemoryError(), "not enough memory for this table; split it"),
        (OSError(errno.EMFILE, "Too many open files"), "the system refused"),
    ],
)
def test_what_the_system_refuses_is_no_bug_of_ours(wrong, says, monkeypatch, capsys) -> None:
    def broken(options: object) -> None:
        raise wrong

    monkeypatch.setattr("carbonmeter.cli.rules.guides", broken)
    monkeypatch.setattr("carbonmeter.cli.output.abandon", lambda: None)
    assert main(["guides"]) == 1
    error = capsys.readouterr().err
    assert says in error
    assert "Traceback" not in error


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_full_disk_behind_the_standard_output_is_said(tmp_path) -> None:
    with Path("/dev/full").open("wb") as full:
        run = subprocess.run([*COMMAND, "guides"], stdout=full, stderr=subprocess.PIPE)
    assert run.returncode == 1
    assert b"No space left" in run.stderr
    assert b"Traceback" not in run.stderr


def test_a_reader_that_leaves_is_no_error() -> None:
    with subprocess.Popen(
        [*COMMAND, "methods", "--lang", "zh"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as run:
        assert run.stdout is not None
        run.stdout.close()
        assert run.wait() == 0
        assert run.stderr is not None
        assert run.stderr.read() == b""


def test_harmless_keeps_lines_and_chinese() -> None:
    assert harmless("一\n\t二\x1b") == "一\n\t二\N{REPLACEMENT CHARACTER}"
