"""Bad uncertainties on every way in: factor tables, activity tables, Python, the command line.

Each is refused with its class, its place and a cure, or accepted by name as 'not stated'; none
becomes a number.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest

from carbonmeter import FactorLibrary, account, read_activity
from carbonmeter.accounts import Account
from carbonmeter.cli import main
from carbonmeter.errors import (
    CarbonmeterError,
    FactorTableError,
    GuideError,
    ProblemsError,
    TableError,
)
from carbonmeter.uncertainty import (
    Normal,
    Uncertain,
    Uniform,
    combine,
    combine_lines,
    correlated,
    coverage_factor,
    of_readings,
    propagate,
    shape_of,
    standard_uncertainties,
    standard_uncertainty,
)
from tests.accounts.ledgers import anthracite, made, measured

NAN, INF = math.nan, math.inf

# ---------------------------------------------------------------- tables

VALUE = {
    "parameter": "net_calorific_value",
    "subject": "anthracite",
    "site": "s1",
    "valid_from": "2024-01-01",
    "valid_to": "2025-01-01",
    "value": "25",
    "unit": "GJ/t",
    "source": "laboratory",
    "low": "24",
    "high": "26",
    "coverage": "95",
    "distribution": "normal",
    "degrees_of_freedom": "",
}
ROW = {
    "entity": "plant",
    "site": "s1",
    "region": "CN-SD",
    "period": "2024",
    "activity": "solid_fuel_combustion",
    "subject": "anthracite",
    "quantity": "10",
    "unit": "t",
    "u_rel": "0.02",
}


class Bad(NamedTuple):
    """Cells of row 3, the column blamed, and words of the rule and of the cure."""

    cells: dict[str, str]
    column: str
    rule: str
    cure: str


FINITE = "write the number that was measured"
BOTH = "give both or neither"
THREE = "check the three numbers"
PERCENT = "write 95 for a 95 % interval"
FACTORS = {
    "low NaN": Bad({"low": "NaN"}, "low", "one bound without the other", BOTH),
    "high NaN": Bad({"high": "nan"}, "low", "one bound without the other", BOTH),
    "low infinite": Bad({"low": "-inf"}, "low", "not a finite number", FINITE),
    "high infinite": Bad({"high": "inf"}, "high", "not a finite number", FINITE),
    "high infinity": Bad({"high": "Infinity"}, "high", "not a finite number", FINITE),
    "high overflows": Bad({"high": "1e400"}, "high", "larger than any", "check the exponent"),
    "low underflows": Bad({"low": "1e-400"}, "low", "read as zero", "check the exponent"),
    "low a half-width": Bad({"low": "±1"}, "low", "not a number", "write digits"),
    "low a percentage": Bad({"low": "5%"}, "low", "percent sign", "write 0.05"),
    "low full width": Bad({"low": "２４"}, "low", "full-width digits", "write 24"),
    "no low": Bad({"low": ""}, "low", "one bound without the other", BOTH),
    "no high": Bad({"high": ""}, "low", "one bound without the other", BOTH),
    "value below": Bad({"value": "23.9"}, "value", "below low", THREE),
    "value above": Bad({"value": "26.1"}, "value", "above high", THREE),
    "bounds exchanged": Bad({"low": "26", "high": "24"}, "low", "low is above high", "exchange"),
    "coverage zero": Bad({"coverage": "0"}, "coverage", "must be above 0", "correct the number"),
    "coverage negative": Bad({"coverage": "-95"}, "coverage", "must be above 0", "correct"),
    "coverage above 100": Bad({"coverage": "100.1"}, "coverage", "at most 100", "correct"),
    "coverage a part": Bad({"coverage": "0.95"}, "coverage", "not a part of one", PERCENT),
    "coverage one": Bad({"coverage": "1"}, "coverage", "not a part of one", PERCENT),
    "coverage NaN": Bad({"coverage": "nan"}, "coverage", "without the percentage", PERCENT),
    "coverage infinite": Bad({"coverage": "inf"}, "coverage", "not a finite number", FINITE),
    "coverage with a sign": Bad({"coverage": "95 %"}, "coverage", "percent sign", "write 0.95"),
    "coverage k": Bad({"coverage": "k=2"}, "coverage", "not a number", "write digits"),
    "no coverage": Bad({"coverage": ""}, "coverage", "without the percentage", PERCENT),
    "normal limits": Bad({"coverage": "100"}, "coverage", "never lies wholly", "write 95"),
    "nearly 100": Bad(
        {"coverage": "99.99999999999999999"}, "coverage", "never lies wholly", "write 95"
    ),
    "unknown shape": Bad({"distribution": "gauss"}, "distribution", "not one of", "triangular"),
    "shape in capitals": Bad({"distribution": "Normal"}, "distribution", "not one of", "normal"),
    "shape only of Python": Bad({"distribution": "beta"}, "distribution", "not one of", "normal"),
    "no shape": Bad({"distribution": ""}, "distribution", "without a distribution", "write normal"),
    "shape alone": Bad(
        {"low": "", "high": "", "coverage": ""}, "low", "without bounds", "leave all four empty"
    ),
    "coverage alone": Bad(
        {"low": "", "high": "", "distribution": ""}, "low", "without bounds", "leave all four empty"
    ),
    "lognormal from zero": Bad(
        {"distribution": "lognormal", "low": "0"}, "low", "is positive", "another distribution"
    ),
    "lognormal below zero": Bad(
        {"distribution": "lognormal", "low": "-1"}, "low", "is positive", "another distribution"
    ),
    "no dof": Bad({"degrees_of_freedom": "0"}, "degrees_of_freedom", "above 0", "correct"),
    "dof negative": Bad({"degrees_of_freedom": "-3"}, "degrees_of_freedom", "above 0", "correct"),
    "dof infinite": Bad(
        {"degrees_of_freedom": "inf"}, "degrees_of_freedom", "not a finite number", FINITE
    ),
    "dof in words": Bad(
        {"degrees_of_freedom": "many"}, "degrees_of_freedom", "not a number", "write digits"
    ),
    "dof without bounds": Bad(
        {
            "low": "",
            "high": "",
            "coverage": "",
            "distribution": "",
            "degrees_of_freedom": "9",
        },
        "degrees_of_freedom",
        "without bounds",
        "leave it empty",
    ),
}
ACTIVITIES = {
    "infinite": Bad({"u_rel": "inf"}, "u_rel", "not a finite number", FINITE),
    "minus infinite": Bad({"u_rel": "-inf"}, "u_rel", "not a finite number", FINITE),
    "negative": Bad({"u_rel": "-0.02"}, "u_rel", "must be at least 0", "correct the number"),
    "in percent": Bad({"u_rel": "2%"}, "u_rel", "percent sign", "write 0.02"),
    "percent as a number": Bad({"u_rel": "15"}, "u_rel", "must be at most 10", "correct"),
    "overflow": Bad({"u_rel": "1e400"}, "u_rel", "larger than any number", "check the exponent"),
    "underflow": Bad({"u_rel": "1e-400"}, "u_rel", "read as zero", "check the exponent"),
    "with its sign": Bad({"u_rel": "±0.02"}, "u_rel", "not a number", "write digits"),
    "decimal comma": Bad({"u_rel": '"0,02"'}, "u_rel", "", ""),
    "full width": Bad({"u_rel": "０.０２"}, "u_rel", "full-width", "write 0.02"),
    "a word": Bad({"u_rel": "small"}, "u_rel", "not a number", "write digits"),
    "hexadecimal": Bad({"u_rel": "0x1"}, "u_rel", "not a decimal number", "decimal digits"),
    "less than": Bad({"u_rel": "<0.02"}, "u_rel", "", ""),
    "a range": Bad({"u_rel": "0.01-0.02"}, "u_rel", "", ""),
}


def written(path: Path, good: dict[str, str], cells: dict[str, str]) -> Path:
    """A table whose row 2 is right, for another site, and whose row 3 has these cells."""
    rows = [good.keys(), {**good, "site": "s2"}.values(), {**good, **cells}.values()]
    path.write_text("".join(",".join(row) + "\n" for row in rows), encoding="utf-8")
    return path


def check(error: ProblemsError, bad: Bad, file: str) -> None:
    found = [p for p in error.problems if p.column == bad.column]
    assert found, error
    problem = found[0]
    assert (problem.file, problem.row) == (file, 3)
    assert bad.rule in problem.rule
    assert bad.cure in problem.cure
    assert problem.cure
    shown = bad.cells.get(bad.column, "").strip('"')
    if problem.value and shown:  # a number is shown as it was read
        assert problem.value == shown or float(problem.value) == pytest.approx(float(shown))


@pytest.mark.parametrize("name", FACTORS)
def test_a_factor_table_is_refused_at_its_cell(name: str, tmp_path: Path) -> None:
    path = written(tmp_path / "mine.csv", VALUE, FACTORS[name].cells)
    with pytest.raises(FactorTableError) as caught:
        FactorLibrary.open(path)
    check(caught.value, FACTORS[name], "mine.csv")


@pytest.mark.parametrize("name", ACTIVITIES)
def test_an_activity_table_is_refused_at_its_cell(name: str, tmp_path: Path) -> None:
    path = written(tmp_path / "plant.csv", ROW, ACTIVITIES[name].cells)
    with pytest.raises(TableError) as caught:
        read_activity(path)
    check(caught.value, ACTIVITIES[name], "plant.csv")


@pytest.mark.parametrize("value", [INF, -INF, -0.1, 10.5, "5 %", True])
def test_an_activity_frame_is_refused_at_its_cell(value: object) -> None:
    frame = pd.DataFrame([ROW | {"quantity": 10.0, "u_rel": value}])
    with pytest.raises(TableError) as caught:
        read_activity(frame)
    (problem,) = caught.value.problems
    assert (problem.row, problem.column) == (1, "u_rel")
    assert problem.cure


@pytest.mark.parametrize("text", ["", "NaN", "nan", "none"])
def test_what_is_not_stated_is_accepted_as_not_stated_and_never_zero(
    text: str, tmp_path: Path
) -> None:
    blank = {"low": text, "high": text, "coverage": text, "distribution": ""}
    library = FactorLibrary.open(written(tmp_path / "mine.csv", VALUE, blank))
    activity = read_activity(written(tmp_path / "plant.csv", ROW, {"u_rel": text}))
    frame = account(activity, library.over(FactorLibrary.default()), guide="cets").total("site")
    row = frame.frame().set_index("site").loc["s1"]
    assert row["co2e"] > 0.0
    assert math.isnan(row["U"])
    assert (row["records_without_u"], row["activity_without_u"]) == (1.0, 1.0)


@pytest.mark.parametrize("name", ["high infinite", "coverage a part", "unknown shape"])
def test_a_bad_factor_table_stops_the_command(name: str, tmp_path: Path, capsys: Any) -> None:
    activity = written(tmp_path / "plant.csv", ROW, {})
    values = written(tmp_path / "mine.csv", VALUE, FACTORS[name].cells)
    out = tmp_path / "lines.csv"
    options = ["--guide", "cets", "--measured", str(values), "--out", str(out)]
    assert main(["account", str(activity), *options]) == 1
    said = capsys.readouterr().err
    assert said.startswith("FactorTableError E201: mine.csv")
    assert f"row 3  {FACTORS[name].column}" in said
    assert FACTORS[name].cure in said
    assert not out.exists()


# ---------------------------------------------------------------- Python

ONE = np.ones(1)
AT = np.zeros(1, dtype=np.int64)
NAMES = ("coal", "gas", "oil", "peat")
CLASH = np.full((4, 4), 0.9) + np.diag([0.1] * 4)
CLASH[0, 2] = CLASH[2, 0] = -0.9
FIT = "do not fit their distribution"
CALLS: dict[str, tuple[Callable[[], object], str, str]] = {
    "one bound": (lambda: standard_uncertainty(1, NAN, 1.1, 95, "normal"), FIT, "Both bounds"),
    "other bound": (lambda: standard_uncertainty(1, 0.9, NAN, 95, "uniform"), FIT, "or none"),
    "low infinite": (lambda: standard_uncertainty(1, -INF, 1.1, 95, "normal"), FIT, "finite"),
    "high infinite": (lambda: standard_uncertainty(1, 0.9, INF, 95, "uniform"), FIT, "finite"),
    "both infinite": (lambda: standard_uncertainty(1, -INF, INF, 95, "normal"), FIT, "finite"),
    "value NaN": (lambda: standard_uncertainty(NAN, 0.9, 1.1, 95, "normal"), FIT, "finite"),
    "value infinite": (lambda: standard_uncertainty(INF, 0.9, 1.1, 95, "normal"), FIT, "finite"),
    "value above": (lambda: standard_uncertainty(2, 0.9, 1.1, 95, "normal"), FIT, "between them"),
    "value below": (lambda: standard_uncertainty(0, 0.9, 1.1, 95, "uniform"), FIT, "between them"),
    "a hair above": (
        lambda: standard_uncertainty(1.1 + 1e-9, 0.9, 1.1, 95, "lognormal"),
        FIT,
        "between them",
    ),
    "coverage negative": (
        lambda: standard_uncertainty(1, 0.9, 1.1, -95, "normal"),
        "position 0: 1.0 within 0.9 … 1.1, -95.0 %",
        "above 0 up to 100",
    ),
    "coverage above 100": (
        lambda: standard_uncertainty(1, 0.9, 1.1, 101, "uniform"),
        FIT,
        "above 0 up to 100",
    ),
    "coverage infinite": (
        lambda: standard_uncertainty(1, 0.9, 1.1, INF, "normal"),
        FIT,
        "above 0 up to 100",
    ),
    "unknown shape": (
        lambda: standard_uncertainty(1, 0.9, 1.1, 95, "gauss"),
        "unknown distribution 'gauss'",
        "write one of normal, uniform",
    ),
    "unequal columns": (
        lambda: standard_uncertainties([1, 2], [0.9], [1.1], [95], ["normal"]),
        "columns of 2 values, 1 and 1 bounds",
        "one of each for every value",
    ),
    "shape of a value outside": (
        lambda: shape_of(2.0, 0.9, 1.1, 95, "normal"),
        "bounds 0.9 … 1.1 of the value 2.0",
        "correct them or state none",
    ),
    "u negative": (lambda: Uncertain(1, -0.1, label="scale"), "scale: u = -0.1", "not negative"),
    "u minus infinite": (lambda: Uncertain(1, -INF), "u = -inf", "finite"),
    "u infinite": (lambda: Uncertain(1, INF), "u = inf", "NaN and None say"),
    "value no number": (lambda: Uncertain(NAN, 0.1), "nan is no estimate", "give a finite number"),
    "value without end": (lambda: Uncertain(INF, 0.1), "inf is no estimate", "finite number"),
    "dof NaN": (lambda: Uncertain(1, 0.1, NAN), "nan degrees of freedom", "above 0"),
    "k zero": (lambda: Uncertain(1, 0.1).expanded(0), "k = 0", "coverage factor above 0"),
    "k negative": (lambda: Uncertain(1, 0.1).expanded(-2), "k = -2", "mostly 2"),
    "k NaN": (lambda: Uncertain(1, 0.1).expanded(NAN), "k = nan", "coverage factor above 0"),
    "k infinite": (lambda: Uncertain(1, 0.1).expanded(INF), "k = inf", "coverage factor above 0"),
    "interval of 100 %": (lambda: coverage_factor(100.0), "100.0 %", "between 0 and 100 %"),
    "interval of -5 %": (lambda: Uncertain(1, 0.1).interval(-5), "-5 %", "between 0 and 100 %"),
    "reading NaN": (lambda: of_readings([1.0, NAN]), "reading 1 of 2 is nan", "leave out what"),
    "reading infinite": (lambda: of_readings([INF, 1.0]), "reading 0 of 2 is inf", "leave out"),
    "one reading": (lambda: of_readings([1.0]), "1 reading(s) show no spread", "two or more"),
    "coefficients that clash": (
        lambda: correlated([1, 2, 3, 4], [0.1] * 4, CLASH, NAMES),
        "no quantities can have these correlations",
        "'coal' and 'oil' with -0.9",
    ),
    "names that repeat": (
        lambda: correlated([1, 2, 3, 4], [0.1] * 4, CLASH, ["x"] * 4),
        "no quantities can have these correlations",
        "'value 1' and 'value 3' with -0.9",
    ),
    "coefficient above 1": (
        lambda: correlated([1, 2], [0.1, 0.1], [[1, 1.2], [1.2, 1]], ("coal", "gas")),
        "correlation 1.2 of 'coal' and 'gas'",
        "from -1 to 1",
    ),
    "matrix not symmetric": (
        lambda: correlated([1, 2], [0.1, 0.1], [[1, 0.5], [0.4, 1]]),
        "2 values need 2 u",
        "a symmetric 2 x 2 correlation matrix",
    ),
    "matrix of NaN": (
        lambda: correlated([1, 2], [0.1, 0.1], [[1, NAN], [NAN, 1]]),
        "2 values need 2 u",
        "symmetric",
    ),
    "diagonal not one": (
        lambda: correlated([1, 2], [0.1, 0.1], [[0.01, 0.0], [0.0, 0.01]]),
        "2 values need 2 u",
        "ones on its diagonal",
    ),
    "correlated u negative": (
        lambda: correlated([1, 2], [0.1, -0.1], np.eye(2), ("coal", "gas")),
        "gas: u = -0.1",
        "finite and not negative",
    ),
    "correlated u not stated": (
        lambda: correlated([1, 2], [NAN, 0.1], np.eye(2)),
        "axis 1: u = nan",
        "a correlation needs one",
    ),
    "record u negative": (lambda: combine(ONE[None], -ONE), "1 groups need 1", "negative"),
    "record u infinite": (lambda: combine(ONE[None], INF * ONE), "1 groups need 1", "infinite"),
    "own variance negative": (lambda: combine(ONE[None], ONE, -ONE), "1 groups need", "negative"),
    "own variance infinite": (lambda: combine(ONE[None], ONE, INF * ONE), "1 groups", "infinite"),
    "sensitivity NaN": (lambda: combine(NAN * ONE[None], ONE), "not a finite number", "leave out"),
    "sensitivity infinite": (
        lambda: combine_lines(INF * ONE, AT, AT, ONE, 1),
        "a sensitivity is not a finite number",
        "leave out lines",
    ),
    "too few u": (lambda: combine(np.ones((1, 2)), ONE), "records from 0 to 1", "there are 1"),
    "record out of range": (
        lambda: combine_lines(ONE, AT + 3, AT, ONE, 1),
        "records from 3 to 3",
        "count them from 0 to 0",
    ),
    "record negative": (
        lambda: combine_lines(ONE, AT - 1, AT, ONE, 1),
        "records from -1 to -1",
        "count them from 0",
    ),
    "group out of range": (
        lambda: combine_lines(ONE, AT, AT + 1, ONE, 1),
        "groups from 1 to 1",
        "count them from 0",
    ),
    "columns unequal": (
        lambda: combine_lines(np.ones(2), AT, AT, ONE, 1),
        "2 sensitivities, 1 records and 1 groups",
        "one of each for every line",
    ),
    "no draws at all": (
        lambda: propagate(lambda v: v["x"], {"x": Uniform(0, 1)}, draws=0),
        "draws=0",
        "needs at least 200",
    ),
    "draws of a fraction": (
        lambda: propagate(lambda v: v["x"], {"x": Uniform(0, 1)}, draws=1e4),
        "draws=10000.0",
        "needs at least 200",
    ),
    "correlation of a stranger": (
        lambda: propagate(lambda v: v["x"], {"x": Normal(0, 1)}, correlations={("x", "y"): 0.5}),
        "correlation of 'y', which is not drawn",
        "near: ",
    ),
}


@pytest.mark.parametrize("name", CALLS)
def test_a_call_is_refused_with_its_cure(name: str) -> None:
    call, says, cure = CALLS[name]
    with pytest.raises(CarbonmeterError) as caught:
        call()
    assert says in str(caught.value)
    assert cure in str(caught.value)


def test_every_position_that_is_wrong_is_named() -> None:
    low, high = [0.9, NAN, -INF, 1.1, NAN], [1.1, 1.1, 1.1, 0.9, NAN]
    with pytest.raises(CarbonmeterError) as caught:
        standard_uncertainties([1.0] * 5, low, high, [95.0] * 5, ["normal"] * 5)
    said = str(caught.value)
    assert said.startswith("3 interval(s)")
    assert [f"position {at}" in said for at in range(5)] == [False, True, True, True, False]


# ---------------------------------------------------------------- real accounts, drawn


@pytest.fixture(scope="module")
def fired() -> tuple[Account, list[str]]:
    """An account whose total rests on three records with bounds, and their ids."""
    bounds = {"coverage": 95, "distribution": "normal", "subject": "anthracite"}
    values = (
        ("net_calorific_value", 26.0, "GJ/t"),
        ("carbon_content", 0.027, "tC/GJ"),
        ("oxidation_factor", 94.0, "percent"),
    )
    library = measured(
        *(
            {"parameter": p, "value": v, "low": 0.9 * v, "high": 1.05 * v, "unit": unit, **bounds}
            for p, v, unit in values
        )
    )
    result = made(anthracite(1000.0, site="b", u_rel=0.05), guide="ndrc", library=library)
    return result, result.library.records["id"].iloc[:3].tolist()


def pairs(ids: list[str], *r: float) -> dict[tuple[str, str], float]:
    return dict(zip(((ids[0], ids[1]), (ids[1], ids[2]), (ids[0], ids[2])), r, strict=True))


ASKED: dict[str, tuple[Callable[[list[str]], dict[str, object]], str, str]] = {
    "zero draws": (lambda ids: {"draws": 0}, "draws=0", "needs at least 200"),
    "negative draws": (lambda ids: {"draws": -1}, "draws=-1", "needs at least 200"),
    "half a draw": (lambda ids: {"draws": 0.5}, "draws=0.5", "needs at least 200"),
    "draws as text": (lambda ids: {"draws": "1000"}, "draws='1000'", "needs at least 200"),
    "draws yes": (lambda ids: {"draws": True}, "draws=True", "needs at least 200"),
    "too few for 99 %": (lambda ids: {"draws": 999, "coverage": 99.0}, "draws=999", "1,000"),
    "negative seed": (lambda ids: {"seed": -1}, "seed=-1", "write a whole number from 0"),
    "seed too large": (lambda ids: {"seed": 2**64}, "seed=", "to 2**64 - 1"),
    "seed of a fraction": (lambda ids: {"seed": 1.0}, "seed=1.0", "write a whole number"),
    "no seed": (lambda ids: {"seed": None}, "seed=None", "write a whole number"),
    "coverage 0": (lambda ids: {"coverage": 0.0}, "coverage=0.0", "between 0 and 100"),
    "coverage 100": (lambda ids: {"coverage": 100.0}, "coverage=100.0", "between 0 and 100"),
    "coverage -95": (lambda ids: {"coverage": -95.0}, "coverage=-95.0", "between 0 and 100"),
    "coverage 101": (lambda ids: {"coverage": 101.0}, "coverage=101.0", "between 0 and 100"),
    "coverage NaN": (lambda ids: {"coverage": NAN}, "coverage=nan", "between 0 and 100"),
    "interval": (lambda ids: {"interval": "wide"}, "interval='wide'", "'symmetric' or 'shortest'"),
    "tolerance 0": (lambda ids: {"tolerance": 0.0}, "tolerance=0.0", "part"),
    "tolerance < 0": (lambda ids: {"tolerance": -0.1}, "tolerance=-0.1", "part"),
    "tolerance NaN": (lambda ids: {"tolerance": NAN}, "tolerance=nan", "part"),
    "tolerance infinite": (lambda ids: {"tolerance": INF}, "tolerance=inf", "part"),
    "most below draws": (lambda ids: {"tolerance": 0.1, "most": 10}, "most=10", ""),
    "no threads": (lambda ids: {"workers": 0}, "workers=0", ""),
    "rows": (lambda ids: {"rows": "all"}, "rows='all'", "'collapsed' or 'explicit'"),
    "shape of a stranger": (
        lambda ids: {"shapes": {"nobody": Uniform(0, 1)}},
        "'nobody'",
        "",
    ),
    "coefficients that clash": (
        lambda ids: {"correlations": pairs(ids, 0.7, 0.7, -0.95)},
        "no quantities can have these correlations",
        "with -0.95",
    ),
    "coefficient above 1": (
        lambda ids: {"correlations": {(ids[0], ids[1]): 1.0001}},
        "correlation 1.0001 of",
        "from -1 to 1",
    ),
    "coefficient NaN": (
        lambda ids: {"correlations": {(ids[0], ids[1]): NAN}},
        "correlation nan of",
        "from -1 to 1",
    ),
    "coefficient infinite": (
        lambda ids: {"correlations": {(ids[0], ids[1]): INF}},
        "correlation inf of",
        "from -1 to 1",
    ),
    "with itself": (lambda ids: {"correlations": {(ids[0], ids[0]): 1.0}}, "of", "two names"),
    "two coefficients": (
        lambda ids: {"correlations": {(ids[0], ids[1]): 0.5, (ids[1], ids[0]): 0.6}},
        "two correlations: 0.5, 0.6",
        "",
    ),
    "correlation of a stranger": (
        lambda ids: {"correlations": {(ids[0], "nobody"): 0.5}},
        "'nobody'",
        "near: ",
    ),
}


@pytest.mark.parametrize("name", ASKED)
def test_draws_of_an_account_are_refused_with_the_cure(name: str, fired: Any) -> None:
    result, ids = fired
    asked, says, cure = ASKED[name]
    with pytest.raises(CarbonmeterError) as caught:
        result.total().sample(**asked(ids)).frame()
    assert says in str(caught.value)
    assert cure in str(caught.value)


def test_the_pair_that_clashes_is_named_by_its_records(fired: Any) -> None:
    result, ids = fired
    with pytest.raises(CarbonmeterError) as caught:
        result.total().sample(correlations=pairs(ids, 0.7, 0.7, -0.95)).frame()
    assert repr(ids[0]) in str(caught.value)
    assert repr(ids[2]) in str(caught.value)
    assert repr(ids[1]) not in str(caught.value)


# ---------------------------------------------------------------- command line

OPTIONS: dict[str, tuple[list[str], type[CarbonmeterError], str]] = {
    "zero draws": (["--draws", "0"], CarbonmeterError, "needs at least 200"),
    "negative draws": (["--draws", "-5"], CarbonmeterError, "draws=-5"),
    "too few draws": (["--draws", "199"], CarbonmeterError, "draws=199"),
    "negative seed": (["--draws", "1000", "--seed", "-1"], CarbonmeterError, "seed=-1"),
    "seed too large": (["--draws", "1000", "--seed", str(2**64)], CarbonmeterError, "2**64 - 1"),
    "seed alone": (["--seed", "3"], GuideError, "say how many, --draws 20000"),
}


@pytest.mark.parametrize("name", OPTIONS)
def test_an_option_is_refused_with_exit_status_1(name: str, tmp_path: Path, capsys: Any) -> None:
    options, error, says = OPTIONS[name]
    activity, out = written(tmp_path / "plant.csv", ROW, {}), tmp_path / "lines.csv"
    assert main(["account", str(activity), "--guide", "cets", "--out", str(out), *options]) == 1
    said = capsys.readouterr().err
    assert said.startswith(error.__name__)
    assert says in said
    assert not out.exists()


@pytest.mark.parametrize(
    "options",
    [["--draws", "1.5"], ["--draws", "nan"], ["--draws", "1e4"], ["--draws", "1", "--seed", "x"]],
)
def test_what_is_no_whole_number_is_usage(
    options: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    activity = written(tmp_path / "plant.csv", ROW, {})
    with pytest.raises(SystemExit) as stopped:
        main(["account", str(activity), "--guide", "cets", *options])
    assert stopped.value.code == 2
    assert "invalid int value" in capsys.readouterr().err


def test_there_are_enough_of_them() -> None:
    count = len(FACTORS) + len(ACTIVITIES) + len(CALLS) + len(ASKED) + len(OPTIONS)
    assert count >= 140
