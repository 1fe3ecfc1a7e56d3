"""The verb selftest: grouped, counted, in two languages, and exit status 1 on a difference."""

from __future__ import annotations

import pytest

from carbonmeter.cli import main
from carbonmeter.uncertainty import published


@pytest.mark.parametrize(
    ("lang", "heading", "cases"),
    [
        ("en", "GUM-H3  Thermometer calibration line", "Evaluation of uncertainty, 23 cases: "),
        ("zh", "GUM-H3  温度计校准直线与预测", "不确定度评定算例, 23 组: "),
    ],
)
def test_groups_and_counts(lang, heading, cases, capsys) -> None:
    assert main(["selftest", "--lang", lang]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert any(line.startswith(heading) for line in lines)
    assert f"{cases}126 PASS, 8 NOTE, 0 DIFF" in lines
    assert lines[-1] == "137 PASS, 8 NOTE, 0 DIFF"
    shown = [line for line in lines if line.startswith(("  PASS", "  NOTE", "  DIFF"))]
    assert len(shown) == 145
    assert all(len(line) <= 110 for line in shown)


def test_a_difference_is_named_and_exits_1(monkeypatch, capsys) -> None:
    wrong = {**published.CASES, "WS-simple": lambda x: iter([("dof", 12.0, 0.0)])}
    monkeypatch.setattr(published, "CASES", wrong)
    assert main(["selftest"]) == 1
    said = capsys.readouterr()
    assert "  DIFF  dof" in said.out
    assert said.out.rstrip().endswith("136 PASS, 8 NOTE, 1 DIFF")
    assert "E601: 1 published results do not come out: WS-simple dof. Reinstall" in said.err
