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


def test_components_square_to_u_and_have_one_name_in_all_groups() -> None:
    rows = [
        *months(2, u_rel=0.02, meter="belt-scale"),
        anthracite(500.0, entity="mill", site="c", u_rel=0.03, meter="belt-scale"),
        anthracite(800.0, entity="mill", site="c", period="2024-11", u_rel=0.01),
        anthracite(800.0, entity="mill", site="c", period="2024-12", u_rel=0.01),
    ]
    result = made(*rows, library=measured({**CARBON, "site": "*"}))
    carbon = result.library.records["id"].iloc[0]
    total = result.total("entity")
    parts = total.components()
    assert list(parts.columns) == ["entity", "kind", "scope", "component", "contribution"]
    found = parts.set_index(["entity", "component"])["contribution"].to_dict()
    co2e = total.frame().set_index("entity")["co2e"]
    one = 0.6 * 0.98 * 44 / 12  # tCO2 of a tonne of this coal
    assert found == pytest.approx(
        {
            ("plant", carbon): co2e["plant"] * U_CARBON,
            ("plant", "meter belt-scale"): co2e["plant"] * 0.02,
            ("mill", carbon): co2e["mill"] * U_CARBON,
            ("mill", "meter belt-scale"): 500.0 * one * 0.03,
            ("mill", "own mill · emission · 1"): np.hypot(8.0, 8.0) * one,
        },
        rel=1e-12,
    )
    squares = parts.assign(u2=parts["contribution"] ** 2).groupby("entity")["u2"].sum()
    u = total.frame().set_index("entity")["U"] / 2
    assert np.sqrt(squares).to_dict() == pytest.approx(u.to_dict(), rel=1e-14)


def test_what_cancels_keeps_its_sign_and_what_states_nothing_is_left_out() -> None:
    """More biomass at the start is less removed, more at the end is more: the signs differ."""
    ends = (("stand_volume_start", 70.0), ("stand_volume_end", 78.0))
    bounds = {"coverage": 95, "distribution": "normal", "unit": "m3/ha"}
    poplar = {"subject": "poplar", "site": "f"}
    stock = [
        {"parameter": name, "value": v, "low": v - 1.96, "high": v + 1.96, **bounds, **poplar}
        for name, v in ends
    ]
    row = {"activity": "forest_stand", "quantity": 5.0, "unit": "ha", **poplar}
    result = made(row, guide="ipcc-2006", library=measured(*stock))
    parts = result.total().components().set_index("component")["contribution"]
    start, end = result.library.records["id"].iloc[:2]
    assert parts[start] == pytest.approx(-parts[end], rel=1e-12)
    assert parts[end] < 0.0  # a removal is negative: more at the end is further below zero
    assert made(anthracite()).total().components().empty


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


def test_a_total_says_how_much_of_it_its_u_covers() -> None:
    """One boiler is measured, the other states nothing: U is that of a part of the total."""
    library = measured(CARBON)
    rows = (anthracite(1000.0, site="b"), anthracite(9000.0, site="other"))
    frame = made(*rows, library=library).total().frame()
    lines = made(*rows, library=library).frame()["co2e"]
    assert frame["u_covers"].tolist() == [pytest.approx(lines[0] / lines.sum(), rel=1e-12)]
    metered = made(anthracite(1000.0, u_rel=0.01)).total().frame()
    assert metered["u_covers"].tolist() == [1.0]
