"""Two times of a record: what it is valid for, and since when and until when it was known."""

from __future__ import annotations

from datetime import date

import pytest

from carbonmeter.errors import FactorTableError
from carbonmeter.factors import FactorLibrary
from carbonmeter.factors.record import REASONS
from carbonmeter.factors.resolving.sequences import reason_between, sequences
from tests.accounts.ledgers import co2e, made
from tests.factors.frames import answer, measured, request

GRID = FactorLibrary.shipped("cn-grid")
PUBLISHED = date(2024, 12, 20)


def national(year: int, as_of: date | None):
    wanted = request(
        "grid_national_as_known",
        subject="",
        site="",
        start=date(year, 1, 1),
        end=date(year + 1, 1, 1),
        unit="tCO2/MWh",
    )
    return answer(GRID, wanted, as_of)


# ---- the national factor of 2022


@pytest.mark.parametrize(
    ("year", "as_of", "expected"),
    [
        (2022, date(2023, 2, 27), ("", None)),
        (2022, date(2023, 2, 28), ("elec.ets.0.5703", 0.5703)),
        (2022, date(2024, 12, 19), ("elec.ets.0.5703", 0.5703)),
        (2022, PUBLISHED, ("elec.national.2022", 0.5366)),
        (2022, None, ("elec.national.2022", 0.5366)),
        (2023, date(2025, 12, 30), ("elec.ets.0.5703", 0.5703)),
        (2023, date(2025, 12, 31), ("elec.national.2023", 0.5306)),
    ],
)
def test_the_national_factor_of_a_year_is_the_one_known_on_the_day(year, as_of, expected):
    id_, value = national(year, as_of)
    assert id_ == expected[0]
    assert expected[1] is None or value == expected[1]


def test_what_is_prescribed_stays_prescribed_after_the_average_is_public():
    wanted = request(
        "grid_ets_prescribed",
        subject="",
        site="",
        start=date(2022, 1, 1),
        end=date(2023, 1, 1),
        unit="tCO2/MWh",
    )
    for day in (date(2023, 2, 28), PUBLISHED, None):
        assert answer(GRID, wanted, day) == ("elec.ets.0.5703", 0.5703)


@pytest.mark.parametrize(
    ("as_of", "tonnes"), [(date(2024, 12, 19), 570.3), (PUBLISHED, 536.6), (None, 536.6)]
)
def test_an_account_of_2022_as_it_stood_on_a_day(as_of, tonnes):
    row = {"activity": "electricity_purchase", "quantity": 1000.0, "unit": "MWh", "period": "2022"}
    known = {"grid_emission_factor": "grid_national_as_known"}
    result = made(row, guide="cets", series=known, as_of=as_of)
    assert co2e(result, scope="2-location") == pytest.approx(tonnes, rel=1e-12)


def test_a_sequence_names_series_of_the_libraries_and_reasons_of_the_closed_list():
    held = set(FactorLibrary.default().column("parameter"))
    for name, members in sequences().items():
        assert name not in held
        assert {member.parameter for member in members} <= held
        assert all(member.reason in REASONS for member in members[:-1])
    assert reason_between("grid_ets_prescribed", "grid_national_average") == "new data year"
    assert reason_between("grid_national_average", "grid_ets_prescribed") == ""


# ---- corrections and retractions

FIRST = {"id": "a", "published": "2025-01-31", "recorded": "2025-02-01"}


def test_a_correction_answers_from_its_day_on_and_the_old_value_before_it():
    second = {"id": "b", "value": 25.3, "published": "2025-06-30"}
    library = measured(FIRST, second | {"supersedes": "a", "supersede_reason": "correction"})
    assert answer(library, request(), date(2025, 1, 30))[0] == ""
    assert answer(library, request(), date(2025, 6, 29)) == ("a", 25.1)
    assert answer(library, request(), date(2025, 6, 30)) == ("b", 25.3)
    assert answer(library, request()) == ("b", 25.3)
    assert len(library) == 2


WITHDRAWN = {
    "id": "a-withdrawn",
    "published": "2025-03-31",
    "supersedes": "a",
    "supersede_reason": "retraction",
}


def test_a_retracted_value_answers_before_its_retraction_and_nothing_after():
    library = measured(FIRST, WITHDRAWN)
    assert answer(library, request(), date(2025, 3, 30)) == ("a", 25.1)
    for day in (date(2025, 3, 31), None):
        assert answer(library, request(), day)[0] == ""
    assert set(library.column("id")) == {"a", "a-withdrawn"}


def test_below_a_retracted_value_the_next_layer_answers():
    lower = measured({"id": "z", "value": 20.0}, name="lower")
    library = measured(FIRST, WITHDRAWN, name="upper").over(lower)
    assert answer(library, request(), date(2025, 3, 1)) == ("a", 25.1)
    assert answer(library, request()) == ("z", 20.0)


def test_a_value_can_stand_again_after_its_retraction():
    again = {
        "id": "a-again",
        "value": 25.2,
        "published": "2025-09-30",
        "supersedes": "a-withdrawn",
        "supersede_reason": "correction",
    }
    library = measured(FIRST, WITHDRAWN, again)
    assert answer(library, request(), date(2025, 3, 1)) == ("a", 25.1)
    assert answer(library, request(), date(2025, 5, 1))[0] == ""
    assert answer(library, request(), date(2025, 9, 30)) == ("a-again", 25.2)


def test_a_retraction_that_brings_another_value_is_refused():
    with pytest.raises(FactorTableError, match="the reason is correction") as caught:
        measured(FIRST, WITHDRAWN | {"value": 25.2})
    assert [(p.row, p.column) for p in caught.value.problems] == [(2, "value")]


def test_a_reason_outside_the_closed_list_is_refused():
    with pytest.raises(FactorTableError, match="supersede_reason"):
        measured(FIRST, WITHDRAWN | {"supersede_reason": "opinion"})
