"""Contributors to U on the command line: what a better value of each would bring."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest
from rich.cells import cell_len

from carbonmeter.cli import main

ACTIVITY = """\
entity,region,period,activity,subject,quantity,unit,u_rel,meter
farm,CN-SD-LC,2024,liquid_fuel_combustion,diesel,50,t,0.005,tank
farm,CN-SD-LC,2024-06,electricity_purchase,,30,MWh,,
mill,CN-SD-LC,2024,solid_fuel_combustion,anthracite,10000,t,0.02,
"""


@pytest.fixture
def activity(tmp_path: Path) -> Path:
    path = tmp_path / "plants.csv"
    path.write_text(ACTIVITY, encoding="utf-8")
    return path


def asked(activity: Path, *more: str) -> int:
    by_guide = ["account", str(activity), "--guide", "ndrc", "--bounds-from", "ipcc-2006"]
    return main([*by_guide, *more])


def test_without_the_option_nothing_is_said_of_it(activity, capsys) -> None:
    assert asked(activity) == 0
    assert "lower U the most" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("lang", "heads"),
    [
        ("en", ("What would lower U the most", "U if halved", "U if perfect")),
        ("zh", ("改进哪一项最有效", "减半后 U", "完全已知后 U")),
    ],
)
def test_contributors_stand_below_the_totals(activity, capsys, lang, heads) -> None:
    assert asked(activity, "--budget", "--lang", lang) == 0
    text = capsys.readouterr().out
    assert all(head in text for head in heads)
    assert max(cell_len(line) for line in text.splitlines()) <= 100
    part = text[text.index(heads[0]) :]
    assert part.index("mill") < part.index("farm")  # the largest total first
    mill = part[: part.index("farm")]
    shares = [int(found) for found in re.findall(r"\s(\d+) %\s+[\d.]+ %\s+[\d.]+ %", mill)]
    assert shares == [94, 4, 3]


def test_files_in_blocks_have_them_too(activity, tmp_path, capsys) -> None:
    path = tmp_path / "plants.parquet"
    read = pd.read_csv(activity, dtype=str, keep_default_na=False)
    read["quantity"] = read["quantity"].astype(float)
    read["u_rel"] = pd.to_numeric(read["u_rel"])
    read.to_parquet(path, index=False)
    assert asked(activity, "--budget") == 0
    whole = capsys.readouterr().out
    assert asked(path, "--budget", "--engine", "inline") == 0
    blocks = capsys.readouterr().out
    begin = "What would lower U the most"
    assert blocks[blocks.index(begin) :] == whole[whole.index(begin) :]


def test_nothing_stated_has_no_contributors(tmp_path, capsys) -> None:
    path = tmp_path / "bare.csv"
    path.write_text("\n".join([ACTIVITY.splitlines()[0], ACTIVITY.splitlines()[2]]) + "\n")
    assert main(["account", str(path), "--guide", "ndrc", "--budget"]) == 0
    assert "nothing states an uncertainty: 2" in capsys.readouterr().out


def test_a_target_says_what_each_needs(activity, capsys) -> None:
    assert asked(activity, "--target", "4.5") == 0
    text = capsys.readouterr().out
    assert "Needed for" in text
    assert "4.5 %" in text
    assert re.search(r"not alone|u × 0\.\d+|u 0\.\d+", text)


def test_a_target_below_zero_is_refused_in_a_sentence(activity, capsys) -> None:
    assert asked(activity, "--target", "-3") == 1
    assert "write the U to be reached as a percentage" in capsys.readouterr().err
