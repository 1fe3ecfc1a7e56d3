"""Very many requests in columns: the answers of `resolve`, one by one."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from carbonmeter.errors import CarbonmeterError, FactorTableError, UnitError
from carbonmeter.factors import FactorLibrary, Request
from carbonmeter.tables.columns import Coded
from tests.factors.frames import TIERS, measured

SUBJECTS = ("anthracite", "lignite", "*")
REGIONS = ("CN-SD-LC", "CN-SD", "CN-north", "CN", "CN-JL", "USA", "*")
SITES = ("boiler-1", "boiler-2", "*")
UNITS = ("GJ/t", "TJ/t", "MJ/kg", "TJ/Gg")
BASE = date(2019, 1, 1)
DAYS = [BASE + timedelta(days=91 * at) for at in range(30)]
ORDERS = [("measured", "default"), ("default",), TIERS, ("punitive", "supplier", "measured")]


def columns_of(requests: list[Request]) -> dict[str, object]:
    names = ("parameter", "subject", "region", "site", "unit")
    texts = {name: Coded.of([getattr(r, name) for r in requests]) for name in names}
    return {
        **texts,
        "start": np.array([r.start for r in requests], dtype="M8[D]"),
        "end": np.array([r.end for r in requests], dtype="M8[D]"),
        "tiers": Coded.of([",".join(r.tiers) for r in requests]),
        "latest": np.array([r.latest for r in requests]),
    }


def agree(library: FactorLibrary, requests: list[Request], as_of: date | None = None) -> int:
    """Compare both ways; returns how many requests were answered."""
    one_by_one = library.resolve(requests, as_of=as_of)
    found = library.resolve_columns(**columns_of(requests), as_of=as_of)
    assert found.record.tolist() == [answer.record for answer in one_by_one]
    assert np.array_equal(found.value, [answer.value for answer in one_by_one], equal_nan=True)
    return int((found.record >= 0).sum())


def some(rng: np.random.Generator, choices):
    return choices[int(rng.integers(len(choices)))]


def a_layer(rng: np.random.Generator, name: str) -> FactorLibrary | None:
    """Records at random places in time, some replaced, some withdrawn; those that clash go."""
    rows = []
    for at in range(int(rng.integers(1, 40))):
        first, last = sorted(rng.choice(len(DAYS), 2, replace=False).tolist())
        row = {
            "id": f"{name}-{at}",
            "subject": some(rng, SUBJECTS),
            "region": some(rng, REGIONS),
            "site": some(rng, SITES),
            "tier": some(rng, TIERS),
            "value": float(rng.integers(10, 40)),
            "unit": some(rng, UNITS),
            "valid_from": str(DAYS[first]),
            "valid_to": str(DAYS[last]),
        }
        if rng.random() < 0.5:
            row["published"] = str(some(rng, DAYS))
        if rows and rng.random() < 0.4:
            older = some(rng, rows)
            row |= {key: older[key] for key in ("subject", "region", "site", "tier")}
            row |= {"supersedes": older["id"], "supersede_reason": "correction"}
            row |= {"recorded": str(some(rng, DAYS))}
            if rng.random() < 0.2:
                row |= {"supersede_reason": "retraction"}
                row |= {key: older[key] for key in ("value", "unit")}
        rows.append(row)
    while rows:
        try:
            return measured(*rows, name=name)
        except FactorTableError as wrong:
            bad = {problem.row for problem in wrong.problems}
            gone = {row["id"] for at, row in enumerate(rows, start=1) if at in bad}
            while True:
                more = {r["id"] for r in rows if r.get("supersedes") in gone} - gone
                if not more:
                    break
                gone |= more
            rows = [row for row in rows if row["id"] not in gone]
    return None


def a_request(rng: np.random.Generator) -> Request:
    start = some(rng, DAYS) + timedelta(days=int(rng.integers(-3, 4)))
    length = int(rng.choice([1, 30, 91, 365, 400]))
    return Request(
        some(rng, ("net_calorific_value", "carbon_content")),
        some(rng, (*SUBJECTS, "", "coke")),
        some(rng, (*REGIONS, "", "CN-SD-LC-1", "FRA")),
        some(rng, (*SITES, "", "boiler-9")),
        start,
        start + timedelta(days=length),
        some(rng, UNITS),
        some(rng, ORDERS),
        bool(rng.random() < 0.4),
    )


@pytest.mark.parametrize("seed", range(10))
def test_thousands_of_random_requests_are_answered_as_one_by_one(seed):
    rng = np.random.default_rng(seed)
    layers = [a_layer(rng, f"layer{at}") for at in range(int(rng.integers(1, 5)))]
    held = [layer for layer in layers if layer is not None]
    library = held[0]
    for layer in held[1:]:
        library = library.over(layer)
    answered = 0
    for as_of in (None, *(some(rng, DAYS) for _ in range(3))):
        answered += agree(library, [a_request(rng) for _ in range(500)], as_of)
    assert answered > 0


def test_the_random_libraries_hold_what_is_hard():
    rng = np.random.default_rng(5)
    made = [layer for layer in (a_layer(rng, "one") for _ in range(60)) if layer is not None]
    records = pd.concat([library.records for library in made])
    assert (records["supersede_reason"] == "correction").sum() > 20
    assert (records["supersede_reason"] == "retraction").sum() > 2
    # Records of one key that overlap in time: a day may know both.
    crossing = [library._deciding.timetable(date(2024, 1, 1)).crossing.any() for library in made]
    assert any(crossing)


@pytest.mark.parametrize("as_of", [None, date(2024, 12, 19), date(2024, 12, 20), date(2015, 6, 1)])
def test_the_shipped_libraries_answer_alike(as_of):
    library = FactorLibrary.shipped()
    rng = np.random.default_rng(7)
    c = {n: library.column(n) for n in ("parameter", "subject", "region", "unit", "valid_from")}
    requests = []
    for at in rng.integers(0, len(library), 3000).tolist():
        begun = c["valid_from"][at].astype("M8[D]").item()
        year = (begun.year if begun else 2015) + int(rng.choice([0, 0, 0, 1, 3]))
        region = str(c["region"][at])
        requests.append(
            Request(
                str(c["parameter"][at]),
                str(c["subject"][at]),
                f"{region}-1" if rng.random() < 0.1 and region != "*" else region,
                "",
                date(year, 1, 1),
                date(year + 1, 1, 1),
                str(c["unit"][at]),
                ("measured", "default"),
                bool(rng.random() < 0.3),
            )
        )
    assert agree(library, requests, as_of) > (2000 if as_of is None else 100)


GRID = FactorLibrary.shipped("cn-grid")
YEARS = {"start": date(2022, 1, 1), "end": date(2023, 1, 1), "tiers": ("default",)}


def test_a_sequence_of_series_answers_in_turn():
    asked = {"parameter": "grid_national_as_known", "region": "CN", "unit": "tCO2/MWh", **YEARS}
    before = GRID.resolve_columns(**asked, as_of=date(2024, 6, 1))
    after = GRID.resolve_columns(**asked)
    assert (before.value.tolist(), after.value.tolist()) == ([0.5703], [0.5366])


def test_single_values_serve_for_all_and_texts_come_in_any_form():
    regions = ["CN-SD", "CN-JL", "nowhere"]
    for form in (regions, np.array(regions, dtype=object), Coded.of(regions)):
        found = GRID.resolve_columns(
            parameter="grid_provincial_average",
            region=form,
            start=np.datetime64("2023-01-01"),
            end=np.full(3, np.datetime64("2024-01-01")),
            unit="gCO2/kWh",
            tiers=["default"],
        )
        assert GRID.column("id")[found.record[0]] == "elec.prov.SD.2023"
        assert found.value[0] == pytest.approx(619.1)
        assert found.record[2] == -1
        assert np.isnan(found.value[2])


def test_percentages_are_rounded_once():
    found = FactorLibrary.shipped("ndrc-2013").resolve_columns(
        parameter="oxidation_factor", subject="anthracite", region="CN", unit="1", **YEARS
    )
    assert found.value.tolist() == [0.94]


def test_a_unit_that_does_not_fit_names_the_record():
    asked = {"parameter": "grid_national_average", "region": ["CN", "CN-SD"], **YEARS}
    with pytest.raises(UnitError, match=r"record elec\.national\.2022 of cn-grid") as found:
        GRID.resolve_columns(**asked, unit="tCO2/t")
    assert str(found.value).count("record elec") == 1


def test_columns_of_two_lengths_are_refused():
    with pytest.raises(CarbonmeterError, match="columns of 2, 3 requests"):
        GRID.resolve_columns(
            parameter=["grid_national_average"] * 3,
            region=["CN", "CN-SD"],
            unit="tCO2/MWh",
            **YEARS,
        )


def test_no_requests_have_no_answers():
    empty = Coded.of([])
    found = GRID.resolve_columns(parameter=empty, region=empty, unit="tCO2/MWh", **YEARS)
    assert found.record.size == found.value.size == 0


@hypothesis_settings(max_examples=30)
@given(
    starts=st.lists(st.integers(-600_000, 2_000_000), min_size=1, max_size=30),
    length=st.integers(-400, 4000),
)
def test_any_days_at_all_are_answered_as_one_by_one(starts, length):
    """Also periods that end before they begin, and the edges of the calendar."""
    own = measured(
        {"parameter": "gwp", "subject": "CH4", "value": 28.0, "unit": "tCO2e/tCH4", "site": "x"}
    )
    library = own.over(FactorLibrary.shipped("gwp-ar5"))  # valid at any time
    epoch = date(1970, 1, 1)
    requests = [
        Request(
            "gwp",
            "CH4",
            "CN",
            "x",
            epoch + timedelta(days=start),
            epoch + timedelta(days=start + length),
            "tCO2e/tCH4",
            TIERS,
        )
        for start in starts
    ]
    agree(library, requests)


def test_a_million_requests_take_at_most_a_few_merges():
    """In full it is measured among the benchmarks; here only that nothing goes row by row."""
    import time

    n = 200_000
    rng = np.random.default_rng(3)
    columns = {name: GRID.stack[0].coded(name) for name in ("parameter", "subject", "region")}
    at = rng.integers(0, len(GRID), n)
    texts = {name: column.take(at) for name, column in columns.items()}
    start = np.datetime64("2018-01-01") + (rng.integers(0, 8, n) * 365)
    asked = {**texts, "start": start, "end": start + 200, "tiers": ("default",), "latest": True}
    GRID.resolve_columns(**asked, unit="tCO2/MWh")
    begun = time.process_time()
    GRID.resolve_columns(**asked, unit="tCO2/MWh")
    assert time.process_time() - begun < 0.5
