"""Published examples computed here, each beside the number its source prints."""

from __future__ import annotations

import tomllib
from decimal import Decimal
from importlib.resources import files
from typing import Any, NamedTuple

from carbonmeter.uncertainty.published_drawn import DRAWN
from carbonmeter.uncertainty.published_gum import GUM
from carbonmeter.uncertainty.published_ipcc import IPCC

CASES = {**GUM, **DRAWN, **IPCC}
ERRORS = 4.0  # standard errors of the draws that a drawn number may lie further off


class Outcome(NamedTuple):
    """One number of one example: PASS, NOTE (a documented slip of the source) or DIFF."""

    case: str
    title: str
    title_zh: str
    source: str
    quantity: str
    expected: str
    got: float
    error: float
    """standard error of the draws behind it; 0: nothing was drawn"""
    verdict: str
    note: str
    note_zh: str


def uncertainty_outcomes() -> list[Outcome]:
    """Every published number of the shipped examples, computed anew and judged.

    PASS within half a unit of the last printed digit, or within the tolerance of the case; NOTE
    within that tolerance only, where the source's slip is documented, or where the case
    contradicts itself; DIFF otherwise. What is drawn may lie 4 of its standard errors further off.
    """
    text = files("carbonmeter.examples").joinpath("golden", "uncertainty.toml").read_text("utf-8")
    return [outcome for case in tomllib.loads(text)["case"] for outcome in _outcomes(case)]


def _outcomes(case: dict[str, Any]) -> list[Outcome]:
    """The numbers of one case; a number expected and not computed, or the reverse, is a DIFF."""
    results = CASES[case["id"]](case["input"])
    got = {name: (float(value), error) for name, value, error in results}
    wanted = {expect["quantity"]: expect for expect in case["expect"]}
    outcomes = []
    for name in dict.fromkeys((*wanted, *got)):
        expect = wanted.get(name, {"value": "nan", "note": "the case expects no such number"})
        value, error = got.get(name, (float("nan"), 0.0))
        doubt = expect.get("doubt", "")
        note = expect.get("note", doubt)
        verdict = judge(expect["value"], value, expect.get("abs_tol"), note, error)
        outcomes.append(
            Outcome(
                case["id"],
                case["title"],
                case["title_zh"],
                case["source"],
                name,
                expect["value"],
                value,
                error,
                "NOTE" if doubt and verdict == "PASS" else verdict,
                note,
                expect.get("note_zh", note),
            )
        )
    return outcomes


def judge(
    expected: str, got: float, abs_tol: float | None = None, note: str = "", error: float = 0.0
) -> str:
    """The verdict on one number.

    Parameters
    ----------
    expected : str     as printed
    got : float
    abs_tol : float    tolerance of the case; smaller than half a printed unit it replaces that
    note : str         why the source's number is off
    error : float      standard error of a drawn number

    Examples
    --------
    >>> judge("9.7", 9.68), judge("0.9", 0.835, 0.07, "rounded on the way"), judge("0.9", 0.835)
    ('PASS', 'NOTE', 'DIFF')
    >>> judge("9.7", 9.8, error=0.02)
    'PASS'
    """
    off = abs(got - float(expected)) - ERRORS * error
    exponent = Decimal(expected).as_tuple().exponent
    printed = 0.5 * 10.0**exponent if isinstance(exponent, int) else 0.0
    if abs_tol is not None and abs_tol < printed:
        return "PASS" if off <= abs_tol else "DIFF"
    if off <= printed:
        return "PASS"
    if abs_tol is None or not off <= abs_tol:
        return "DIFF"
    return "NOTE" if note else "PASS"
