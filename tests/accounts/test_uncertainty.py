"""Uncertainty through shared records and meters: add first, then square."""

from __future__ import annotations

import numpy as np
import pytest

from tests.accounts.ledgers import anthracite, made, measured

CARBON = {
    "parameter": "carbon_content_as_received",
    "subject": "anthracite",
    "site": "b",
    "value": 0.6,
    "unit": "tC/t",
    "low": 0.588,
    "high": 0.612,
    "coverage": 95,
    "distribution": "normal",
}
U_CARBON = 0.012 / 1.96 / 0.6  # IPCC: half of a 95 % interval over 1.96


def months(n: int, **more: object) -> list[dict[str, object]]:
    return [anthracite(1000.0, site="b", period=f"2024-{m:02d}", **more) for m in range(1, n + 1)]


def relative_u(rows: list[dict[str, object]]) -> float:
    frame = made(*rows, library=measured(CARBON)).total().frame()
    return float(frame["U"].iloc[0] / 2 / frame["co2e"].iloc[0])


def test_lines_that_share_a_record_move_together() -> None:
    """Twelve months on one measured carbon content are as uncertain as one of them."""
    assert relative_u(months(1)) == pytest.approx(U_CARBON, rel=1e-9)
    assert relative_u(months(12)) == pytest.approx(U_CARBON, rel=1e-9)


def test_months_of_one_meter_move_together_and_of_many_do_not() -> None:
    one = relative_u(months(12, u_rel=0.02, meter="belt-scale"))
    many = relative_u(months(12, u_rel=0.02))
    assert one == pytest.approx(np.hypot(U_CARBON, 0.02), rel=1e-9)
    assert many == pytest.approx(np.hypot(U_CARBON, 0.02 / np.sqrt(12)), rel=1e-9)


def test_the_budget_names_the_largest_and_adds_to_one() -> None:
    result = made(*months(12, u_rel=0.02, meter="belt-scale"), library=measured(CARBON))
    budget = result.budget()
    assert budget["component"].iloc[0] == "meter belt-scale"
    assert budget["share"].sum() == pytest.approx(1.0)
    assert result.total().frame()["largest"].tolist() == ["meter belt-scale"]


def test_what_states_no_uncertainty_is_said_and_not_taken_as_zero() -> None:
    frame = made(anthracite()).total().frame()
    assert frame["records_without_u"].tolist() == [1.0]
    assert frame["activity_without_u"].tolist() == [1.0]


def test_duplicating_every_row_doubles_total_and_u_of_shared_factors() -> None:
    library = measured(CARBON)
    once = made(*months(3), library=library).total().frame()
    twice = made(*months(3), *months(3, note="again"), library=library).total().frame()
    assert twice["co2e"].iloc[0] == pytest.approx(2 * once["co2e"].iloc[0], rel=1e-15)
    assert twice["U"].iloc[0] == pytest.approx(2 * once["U"].iloc[0], rel=1e-12)
