"""Totals asked why they are uncertain: connections, covariance, dof, second order, improvements."""

from __future__ import annotations

import math

import numpy as np
import pytest

from carbonmeter.accounts.totals import Totals
from carbonmeter.errors import CarbonmeterError, FactorTableError
from carbonmeter.uncertainty import Common
from tests.accounts.ledgers import anthracite, made, measured
from tests.accounts.test_uncertainty import CARBON, U_CARBON, months

OTHER = {**CARBON, "site": "c", "low": 0.57, "high": 0.63}
U_OTHER = 0.03 / 1.96 / 0.6
B, C = "measured:1", "measured:2"


def two_sites(**more: object) -> Totals:
    """Two sites of two entities, each with a carbon content of its own."""
    rows = [*months(2, **more), anthracite(500.0, entity="mill", site="c", **more)]
    return made(*rows, library=measured(CARBON, OTHER)).total("entity")


def value_of(total: Totals) -> dict[str, float]:
    return total.frame().set_index("entity")["co2e"].to_dict()


def test_without_connections_it_is_the_spread_to_the_bit() -> None:
    total = two_sites(u_rel=0.02)
    found = total.first_order.linear.combined()
    for one, other in zip(found, total.spread.combined, strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_common_laboratory_moves_two_sites_together() -> None:
    total = two_sites()
    co2e = value_of(total)
    mill, plant = co2e["mill"] * U_OTHER, co2e["plant"] * U_CARBON
    assert total.correlation().iloc[0, 1] == 0.0
    lab = total.connected(Common("one laboratory", (B, C), 0.25))
    assert lab.correlation().iloc[0, 1] == pytest.approx(0.25, rel=1e-12)
    assert lab.covariance().iloc[0, 1] == pytest.approx(0.25 * mill * plant, rel=1e-12)
    # Each by itself is as uncertain as before; the sum of both is more so.
    assert lab.frame()["U"].tolist() == pytest.approx([2 * mill, 2 * plant], rel=1e-12)
    both = lab.by()
    expected = math.sqrt(mill**2 + plant**2 + 2 * 0.25 * mill * plant)
    assert both.frame()["U"].iloc[0] == pytest.approx(2 * expected, rel=1e-12)
    assert total.by().frame()["U"].iloc[0] == pytest.approx(2 * math.hypot(mill, plant), rel=1e-12)


def test_the_budget_gives_a_common_cause_an_entry_of_its_own() -> None:
    lab = two_sites().connected(Common("one laboratory", (B, C), 0.25)).by()
    budget = lab.budget()
    assert set(budget["component"]) >= {"one laboratory", "carbon_content_as_received anthracite"}
    assert budget["share"].sum() == pytest.approx(1.0)
    assert (budget["u"] ** 2).sum() == pytest.approx((lab.frame()["U"].iloc[0] / 2) ** 2)
    own = budget.set_index("id")
    assert (own.loc[B, "source"], own.loc[B, "clause"]) == ("laboratory report", "")
    assert "one laboratory" in lab.components()["component"].tolist()


def test_correlations_and_meters_connect_too() -> None:
    total = two_sites(u_rel=0.02, meter="belt")
    stated = total.connected(correlations={(B, C): 1.0})
    assert "correlated measured:1, measured:2" in stated.budget()["component"].tolist()
    assert stated.correlation().iloc[0, 1] > total.correlation().iloc[0, 1]
    metered = total.connected(Common("calibration", (B, "meter belt"), 0.5))
    assert metered.frame()["U"].iloc[1] > total.frame()["U"].iloc[1]
    with pytest.raises(CarbonmeterError, match="'meter belt' has a part"):
        metered.sample(200)


def test_draws_follow_the_connections() -> None:
    lab = two_sites().connected(Common("one laboratory", (B, C), 1.0)).by()
    found = lab.sample(20_000).frame()
    assert found["u"].iloc[0] == pytest.approx(lab.frame()["U"].iloc[0] / 2, rel=0.03)
    assert found["verdict"].tolist() == ["PASS"]


def test_a_connection_that_does_not_fit_is_refused_at_once() -> None:
    total = two_sites()
    with pytest.raises(CarbonmeterError, match="no quantity 'measured:9'"):
        total.connected(Common("lab", (B, "measured:9")))
    with pytest.raises(CarbonmeterError, match=r"add up to 1\.4"):
        total.connected(Common("x", (B,), 0.7), Common("y", (B,), 0.7))


def test_rows_that_fall_into_two_totals_err_in_both() -> None:
    """A smelter's row makes several gases: its reading errs in all of them."""
    row = {"activity": "aluminium_smelting", "quantity": 1e5, "unit": "t", "u_rel": 0.05}
    total = made(row, guide="ndrc").total("gas")
    assert len(total.frame()) > 1
    assert total.correlation().iloc[0, 1] == pytest.approx(1.0, rel=1e-9)
    covariance = total.covariance().to_numpy()
    merged = total.by().frame()["U"].iloc[0] / 2
    assert covariance.sum() == pytest.approx(merged**2, rel=1e-9)


def test_degrees_of_freedom_of_measured_values() -> None:
    library = measured({**CARBON, "degrees_of_freedom": 9})
    found = made(*months(3), library=library).total().degrees_of_freedom()
    assert found["dof"].tolist() == pytest.approx([9.0])
    assert found["k"].iloc[0] == pytest.approx(2.262, abs=5e-4)
    assert found["U"].iloc[0] == pytest.approx(found["k"].iloc[0] * found["u"].iloc[0])
    assert found["reason"].tolist() == [""]


def test_degrees_of_freedom_are_refused_with_the_reason() -> None:
    known = {**CARBON, "degrees_of_freedom": 9}
    metered = made(*months(3, u_rel=0.02), library=measured(known)).total()
    refused = metered.degrees_of_freedom()
    assert refused["reason"].tolist() == ["the rows' own uncertainties state no degrees of freedom"]
    assert refused[["dof", "k", "U"]].isna().all(axis=None)
    taken = metered.degrees_of_freedom(unstated=math.inf)["dof"].iloc[0]
    u = (U_CARBON, 0.02 / math.sqrt(3))
    assert taken == pytest.approx(9 * (math.hypot(*u) / u[0]) ** 4, rel=1e-9)
    lab = made(*months(3), library=measured(known)).total().connected(Common("lab", (B,), 0.5))
    assert lab.degrees_of_freedom()["reason"].iloc[0].startswith("lab moves several")
    silent = made(*months(3), library=measured(CARBON)).total().degrees_of_freedom()
    assert silent["reason"].iloc[0].endswith("anthracite states no degrees of freedom")


def test_no_degrees_of_freedom_at_zero() -> None:
    with pytest.raises(FactorTableError, match="degrees_of_freedom"):
        measured({**CARBON, "degrees_of_freedom": 0})


def test_second_order_of_a_metered_fuel_is_the_variance_of_the_product() -> None:
    one = {**CARBON, "low": 0.3, "high": 0.9}
    by_carbon, by_meter = 0.3 / 1.96 / 0.6, 0.2
    for meter in ("", "belt"):
        rows = [anthracite(1000.0, site="b", u_rel=by_meter, meter=meter)]
        found = made(*rows, library=measured(one)).total().second_order()
        co2e = found["co2e"].iloc[0]
        first = math.hypot(by_carbon, by_meter)
        exact = math.sqrt((1 + by_carbon**2) * (1 + by_meter**2) - 1)
        assert found["U"].iloc[0] == pytest.approx(2 * first * co2e, rel=1e-12)
        assert found["U_second_order"].iloc[0] == pytest.approx(2 * exact * co2e, rel=1e-10)
        assert found["bias"].tolist() == [0.0]


def test_second_order_adds_common_causes_and_agrees_with_draws() -> None:
    wide = [{**CARBON, "low": 0.3, "high": 0.9}, {**OTHER, "low": 0.35, "high": 0.85}]
    rows = [*months(2, u_rel=0.2, meter="belt"), anthracite(900.0, site="c", u_rel=0.3)]
    total = made(*rows, library=measured(*wide)).total()
    total = total.connected(Common("lab", (B, C), 0.6))
    drawn = total.sample(200_000).frame()["u"].iloc[0]
    assert total.second_order()["U_second_order"].iloc[0] / 2 == pytest.approx(drawn, rel=0.01)


def test_improvements_say_what_to_measure_better() -> None:
    library = measured({**CARBON, "site": "*"})
    total = made(*months(12, u_rel=0.004, meter="belt"), library=library).total()
    found = total.improvements(target_percent=1.2)
    co2e = total.frame()["co2e"].iloc[0]
    assert found["component"].tolist() == [
        "carbon_content_as_received anthracite",
        "meter belt",
    ]
    best = found.iloc[0]
    assert best["U_if_perfect"] == pytest.approx(2 * 0.004 * co2e, rel=1e-9)
    assert best["U_if_halved"] == pytest.approx(
        2 * co2e * math.hypot(U_CARBON / 2, 0.004), rel=1e-12
    )
    assert best["u_now"] == pytest.approx(U_CARBON * 0.6, rel=1e-12)
    assert best["u_needed"] == pytest.approx(0.6 * math.sqrt(0.006**2 - 0.004**2), rel=1e-9)
    assert (best["unit"], best["id"]) == ("tC/t", B)
    assert found["needed"].tolist() == ["its u times 0.438", "cannot: the others alone exceed it"]
    assert total.improvements(50.0)["needed"].tolist() == ["reached already"] * 2
    assert "needed" not in total.improvements().columns
    # The promise holds when the laboratory keeps it.
    half = best["u_needed"] * 1.96
    better = measured({**CARBON, "site": "*", "low": 0.6 - half, "high": 0.6 + half})
    again = made(*months(12, u_rel=0.004, meter="belt"), library=better).total().frame()
    assert again["U_percent"].iloc[0] == pytest.approx(1.2, rel=1e-9)


@pytest.mark.parametrize("target", [-1.0, float("nan"), float("inf")])
def test_a_target_is_a_percentage(target: float) -> None:
    with pytest.raises(CarbonmeterError, match="write the U to be reached"):
        two_sites().improvements(target)
