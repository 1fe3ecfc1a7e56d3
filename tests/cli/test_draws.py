"""Intervals on the command line: beside U, by a seed that is said, or refused in a sentence."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from rich.cells import cell_len

from carbonmeter.accounts import account
from carbonmeter.cli import main
from carbonmeter.examples import example
from carbonmeter.factors import FactorLibrary
from carbonmeter.report.numbers import with_u
from carbonmeter.tables import read_activity

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


def cells(text: str, heading: str, name: str) -> list[str]:
    below = text[text.index(f" {heading} ") :]
    line = next(x for x in below.splitlines()[1:] if x.strip().startswith(name))
    return [part.strip() for part in re.split(r"\s{2,}", line.strip())]


@pytest.mark.parametrize(
    ("lang", "scope", "whole", "headings", "words"),
    [
        ("en", "scope 1", "All entities", ("95 % low", "95 % high"), ("PASS", "differs")),
        ("zh", "范围一", "全部主体", ("95 % 下限", "95 % 上限"), ("通过", "不符")),
    ],
)
def test_intervals_stand_beside_u(activity, capsys, lang, scope, whole, headings, words) -> None:
    assert asked(activity, "--draws", "50000", "--seed", "3", "--lang", lang) == 0
    text = capsys.readouterr().out
    assert all(heading in text for heading in headings)
    assert max(cell_len(line) for line in text.splitlines()) <= 100
    assert re.search(r"50,000 .*(3)", text)
    lent = FactorLibrary.default().with_bounds_from(FactorLibrary.shipped("ipcc-2006"))
    made = account(read_activity(activity), lent, guide="ndrc")
    sampled = made.total("entity").sample(50_000, 3)
    for drawn, name in ((sampled, "farm"), (sampled, "mill"), (sampled.by(), whole)):
        frame = drawn.frame()
        own = frame["entity"] == name if name != whole else np.ones(len(frame), bool)
        row = frame[own & (frame["scope"] == "1")].iloc[0]
        ends = [with_u(row[end], 2 * row["u"]).value for end in ("low", "high")]
        assert cells(text, name, scope)[4:6] == ends
    assert cells(text, "farm", scope)[-1] == words[1]  # the range of diesel is lopsided
    assert cells(text, "mill", scope)[-1] in words


def test_without_draws_the_table_is_as_before(activity, capsys) -> None:
    assert asked(activity) == 0
    text = capsys.readouterr().out
    assert "95 %" not in text
    assert "Largest contributor" in text


def test_the_same_seed_prints_the_same_and_another_does_not(activity, capsys) -> None:
    shown = []
    for seed in ("5", "5", "6"):
        assert asked(activity, "--draws", "2000", "--seed", seed) == 0
        shown.append(capsys.readouterr().out.replace(f"seed {seed}", ""))
    assert shown[0] == shown[1] != shown[2]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--draws", "0"], "draws=0: a 95 % interval needs at least 200"),
        (["--draws", "-3"], "draws=-3"),
        (["--draws", "2000", "--seed", "-1"], "seed=-1; write a whole number"),
        (["--seed", "4"], "--seed is the seed of --draws"),
    ],
)
def test_what_cannot_be_drawn_is_refused(activity, capsys, options, said) -> None:
    assert asked(activity, *options) == 1
    assert said in capsys.readouterr().err


def test_a_guide_without_a_total_and_rows_without_uncertainty(capsys, tmp_path) -> None:
    sinks = example().folder
    options = ["--guide", "ipcc-2006", "--measured", str(sinks / "measured.csv"), "--draws", "1000"]
    assert main(["account", str(sinks / "sinks.csv"), *options]) == 0
    assert "95 % low" in capsys.readouterr().out
    bare = tmp_path / "bare.csv"
    bare.write_text("\n".join(ACTIVITY.splitlines()[::2]), encoding="utf-8")
    assert main(["account", str(bare), "--guide", "ndrc", "--draws", "1000"]) == 0
    assert cells(capsys.readouterr().out, "farm", "scope 2, location")[-3:] == ["–", "–", "–"]
