"""Which record answers: precedence, regions, units, validity and what was known on a day."""

from __future__ import annotations

import math
import time
from datetime import date

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from carbonmeter.errors import UnitError
from carbonmeter.factors import FactorLibrary
from carbonmeter.factors.resolving.regions import chain
from tests.factors.frames import TIERS, answer, measured, request

GRID = FactorLibrary.shipped("cn-grid")


def grid(parameter: str, year: int, region: str = "CN-SD", latest: bool = False):
    return request(
        parameter,
        subject="",
        site="",
        region=region,
        start=date(year, 1, 1),
        end=date(year + 1, 1, 1),
        unit="tCO2/MWh",
        latest=latest,
    )


# ---- the documented order, against a plain sort

PLACES = st.tuples(
    st.sampled_from(TIERS),
    st.sampled_from(["boiler-1", "boiler-2", "*"]),
    st.sampled_from(["anthracite", "lignite", "*"]),
    st.sampled_from(["CN-SD-LC", "CN-SD", "CN-north", "CN", "CN-JL", "*"]),
    st.sampled_from([("2024-01-01", "2025-01-01"), ("2020-01-01", "2024-01-01")]),
)


@hypothesis_settings(max_examples=40)
@given(
    layers=st.lists(st.lists(PLACES, min_size=1, max_size=6, unique=True), min_size=1, max_size=3),
    tiers=st.permutations(TIERS),
)
def test_the_more_specific_record_wins_in_the_documented_order(layers, tiers):
    stack = None
    candidates = []
    for depth, places in enumerate(layers):
        rows = []
        for tier, site, subject, region, (start, end) in places:
            value = float(len(candidates) + 1)
            candidates.append((depth, tier, site, subject, region, start, value))
            rows.append(
                {"tier": tier, "site": site, "subject": subject, "region": region}
                | {"valid_from": start, "valid_to": end, "value": value}
            )
        layer = measured(*rows, name=f"layer-{depth}")
        stack = layer if stack is None else stack.over(layer)
    assert stack is not None
    regions = chain("CN-SD-LC")
    able = [
        (tiers.index(tier), site == "*", subject == "*", depth, regions.index(region), value)
        for depth, tier, site, subject, region, start, value in candidates
        if site in ("boiler-1", "*")
        and subject in ("anthracite", "*")
        and region in regions
        and start == "2024-01-01"
    ]
    wanted = request(region="CN-SD-LC", tiers=tuple(tiers))
    (found,) = stack.resolve([wanted])
    if able:
        assert found.value == min(able)[-1]
    else:
        assert found.record == -1
        assert math.isnan(found.value)


def test_a_value_of_one_site_never_answers_for_another():
    library = measured({"site": "boiler-2"})
    assert answer(library, request())[0] == ""
    assert answer(library, request(site=""))[0] == ""
    assert answer(library, request(site="boiler-2"))[1] == 25.1


def test_a_tier_that_is_not_admitted_does_not_answer():
    library = measured().over(FactorLibrary.shipped("cets-2024"))
    assert answer(library, request()) == ("measured:1", 25.1)
    assert answer(library, request(tiers=("default",))) == ("fuel.cets.anthracite.ncv", 22.867)
    assert answer(library, request(tiers=("punitive",)))[0] == ""


def test_a_record_must_cover_the_whole_period():
    library = measured({"valid_to": "2024-07-01"})
    assert answer(library, request())[0] == ""
    assert answer(library, request(end=date(2024, 7, 1)))[1] == 25.1
    assert answer(library, request(end=date(2024, 7, 2)))[0] == ""


def test_the_nearest_region_answers():
    assert answer(GRID, grid("grid_provincial_average", 2023))[1] == 0.6191
    assert answer(GRID, grid("grid_regional_average", 2023))[1] == 0.6361
    assert answer(GRID, grid("grid_regional_average", 2023, "CN-SD-LC"))[1] == 0.6361
    assert answer(GRID, grid("grid_national_average", 2023, "CN-SD-LC"))[1] == 0.5306
    assert answer(GRID, grid("grid_regional_average", 2023, "CN-JL"))[0] == ""
    assert answer(GRID, grid("grid_regional_average_2012", 2019))[1] == 0.8843


def test_values_come_in_the_unit_wanted():
    ipcc = FactorLibrary.shipped("ipcc-2006")
    assert answer(ipcc, request(unit="TJ/t"))[1] == pytest.approx(0.0267, rel=1e-15)
    assert answer(ipcc, request("carbon_content", unit="tC/GJ"))[1] == pytest.approx(0.0268)
    oxidation = request("oxidation_factor", unit="1")
    assert answer(FactorLibrary.shipped("ndrc-2013"), oxidation)[1] == 0.94


def test_a_unit_that_does_not_fit_is_an_error_naming_the_record_not_a_missing_value():
    library = FactorLibrary.shipped("ndrc-2013")
    wanted = [request(unit="GJ/万Nm3"), request("carbon_content", unit="tCO2/GJ")]
    with pytest.raises(UnitError) as caught:
        library.resolve(wanted)
    text = str(caught.value)
    assert "record fuel.ndrc.anthracite.ncv of ndrc-2013" in text
    assert "carbon_content in 'tC/GJ' cannot be used as 'tCO2/GJ'" in text


# ---- what was known on a day


def test_prescribed_and_published_grid_factors_of_2022_are_two_series():
    assert answer(GRID, grid("grid_ets_prescribed", 2022)) == ("elec.ets.0.5703", 0.5703)
    assert answer(GRID, grid("grid_national_average", 2022)) == ("elec.national.2022", 0.5366)
    reported = date(2023, 3, 31)
    assert answer(GRID, grid("grid_ets_prescribed", 2022), reported)[1] == 0.5703
    assert answer(GRID, grid("grid_national_average", 2022), reported)[0] == ""
    assert answer(GRID, grid("grid_national_average", 2022, latest=True), reported)[0] == ""


@pytest.mark.parametrize(
    ("as_of", "expected"),
    [
        (None, 0.5306),
        (date(2025, 12, 31), 0.5306),
        (date(2025, 12, 30), 0.5366),
        (date(2025, 6, 30), 0.5366),
        (date(2024, 12, 20), 0.5366),
        (date(2024, 12, 19), 0.5568),
        (date(2024, 4, 30), 0.5568),
    ],
)
def test_the_latest_published_factor_answers_for_2024(as_of, expected):
    assert answer(GRID, grid("grid_national_average", 2024), as_of)[0] == ""
    assert answer(GRID, grid("grid_national_average", 2024, latest=True), as_of)[1] == expected


def test_the_factor_of_the_year_itself_comes_before_a_later_year():
    assert answer(GRID, grid("grid_national_average", 2021, latest=True))[1] == 0.5568
    assert answer(GRID, grid("grid_national_average", 2020, latest=True))[0] == ""


def test_a_value_measured_for_an_earlier_year_is_not_stretched_by_latest():
    own = measured(
        {"parameter": "grid_national_average", "subject": "*", "site": "plant", "value": 0.4}
        | {"unit": "tCO2/MWh", "valid_from": "2023-01-01", "valid_to": "2024-01-01"}
    )
    wanted = grid("grid_national_average", 2024, latest=True)._replace(site="plant")
    assert answer(own.over(GRID), wanted)[1] == 0.5306


CORRECTED = (
    {"id": "lab-1", "value": 25.1, "published": "2024-03-01"},
    {"id": "lab-2", "value": 24.9, "published": "2024-06-01", "supersedes": "lab-1"}
    | {"supersede_reason": "correction"},
    {"id": "lab-3", "value": 24.8, "recorded": "2024-09-01", "supersedes": "lab-2"}
    | {"supersede_reason": "correction"},
)


@pytest.mark.parametrize(
    ("as_of", "expected"),
    [
        (None, "lab-3"),
        (date(2024, 2, 29), ""),
        (date(2024, 3, 1), "lab-1"),
        (date(2024, 5, 31), "lab-1"),
        (date(2024, 6, 1), "lab-2"),
        (date(2024, 8, 31), "lab-2"),
        (date(2024, 9, 1), "lab-3"),
    ],
)
def test_a_replaced_record_answers_for_a_day_before_its_successor_was_known(as_of, expected):
    assert answer(measured(*CORRECTED), request(), as_of)[0] == expected


def test_ten_thousand_requests_take_less_than_half_a_second():
    library = measured().over(FactorLibrary.default())
    wanted = [request(site=f"site-{i}", unit="TJ/t") for i in range(10_000)]
    library.resolve(wanted[:1])
    started = time.perf_counter()
    found = library.resolve(wanted)
    assert time.perf_counter() - started < 0.5
    assert {a.value for a in found} == {22.867 / 1000}
