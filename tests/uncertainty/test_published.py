"""The numbers that the sources print come out; a documented slip is a NOTE, never silent."""

from __future__ import annotations

import tomllib
from importlib.resources import files

import pytest

from carbonmeter.uncertainty.published import CASES, judge, uncertainty_outcomes

OUTCOMES = uncertainty_outcomes()
NOTES = {
    ("GUM-H1", "dof_d"),
    ("GUM-H1", "U99"),
    ("QUAM-A1", "u(c), guide rounds intermediate values"),
}


@pytest.mark.parametrize("outcome", OUTCOMES, ids=lambda o: f"{o.case}: {o.quantity}")
def test_published_number_comes_out(outcome):
    wanted = "NOTE" if (outcome.case, outcome.quantity) in NOTES else "PASS"
    assert outcome.verdict == wanted, outcome


def test_every_case_of_the_file_is_computed_and_says_where_it_is_from():
    text = files("carbonmeter.examples").joinpath("golden", "uncertainty.toml").read_text("utf-8")
    cases = tomllib.loads(text)["case"]
    assert {case["id"] for case in cases} == set(CASES)
    assert all(case["source"] and case["confidence"] for case in cases)
    assert {e["origin"] for case in cases for e in case["expect"]} == {"published", "recomputed"}


@pytest.mark.parametrize(
    ("expected", "got", "abs_tol", "note", "verdict"),
    [
        ("9.7", 9.7499, None, "", "PASS"),
        ("9.7", 9.7501, None, "", "DIFF"),
        ("9.7", 9.7501, 0.1, "", "PASS"),
        ("9.7", 9.7501, 0.1, "rounded", "NOTE"),
        ("9.7", 9.81, 0.1, "rounded", "DIFF"),
        ("16", 16.2, 0, "", "DIFF"),
        ("9.7", float("nan"), 0.1, "rounded", "DIFF"),
        ("9.7", float("nan"), None, "", "DIFF"),
    ],
)
def test_verdicts(expected, got, abs_tol, note, verdict):
    assert judge(expected, got, abs_tol, note) == verdict
