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
    ("IPCC-large-U-100", "FC(100)"),
    ("IPCC-large-U-100", "U corrected(100)"),
    ("IPCC-lognormal-100", "U_low %"),
    ("IPCC-lognormal-100", "U_high %"),
    ("shared-factor-3", "u(E) if the rows are wrongly treated as independent"),
}


@pytest.mark.parametrize("outcome", OUTCOMES, ids=lambda o: f"{o.case}: {o.quantity}")
def test_published_number_comes_out(outcome):
    wanted = "NOTE" if (outcome.case, outcome.quantity) in NOTES else "PASS"
    assert outcome.verdict == wanted, outcome


def test_the_counts_are_known():
    """A case or number that vanishes from the file must not pass in silence."""
    assert len({outcome.case for outcome in OUTCOMES}) == 23
    assert len(OUTCOMES) == 134
    assert all(
        outcome.note and outcome.note_zh for outcome in OUTCOMES if outcome.verdict == "NOTE"
    )


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


def test_a_drawn_number_may_lie_four_standard_errors_further_off():
    assert judge("36", 36.89, error=0.1) == "PASS"
    assert judge("36", 36.91, error=0.1) == "DIFF"
    assert judge("36", 36.91, 0.6, "rounded", error=0.1) == "NOTE"
    assert judge("35.81", 35.90, 0.001, error=0.02) == "DIFF"
    assert judge("36", float("nan"), error=0.1) == "DIFF"


def test_a_number_missing_on_either_side_is_a_difference(monkeypatch):
    monkeypatch.setitem(CASES, "WS-simple", lambda x: iter([("other", 1.0, 0.0)]))
    found = {o.quantity: o.verdict for o in uncertainty_outcomes() if o.case == "WS-simple"}
    assert found == {"dof": "DIFF", "other": "DIFF"}
