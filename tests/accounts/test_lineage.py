"""Records that name parents and common causes: totals know it without being asked."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest

from carbonmeter.accounts import Account
from carbonmeter.accounts.streamed import stream_totals
from carbonmeter.errors import CarbonmeterError
from carbonmeter.factors import FactorLibrary
from carbonmeter.report.arrow import arrow
from carbonmeter.report.write import write_parquet
from carbonmeter.uncertainty import Common
from carbonmeter.uncertainty.shapes import Uniform
from tests.accounts.ledgers import BASE, activity, anthracite, made, measured

STATED = {"coverage": 95, "distribution": "normal"}
U_REL = 0.02 / 1.96  # of bounds 2 % either side

ROW: dict[str, Any] = {
    "subject": "anthracite",
    "site": "laboratory",
    "valid_from": "2024-01-01",
    "valid_to": "2025-01-01",
}


def bounds(value: float, part: float = 0.02) -> dict[str, Any]:
    return {"value": value, "low": value * (1 - part), "high": value * (1 + part), **STATED}


def heat(id_: str, value: float = 24.0, part: float = 0.02, **more: Any) -> dict[str, Any]:
    given = bounds(value, part)
    base = {"id": id_, "parameter": "net_calorific_value", "unit": "GJ/t"}
    return {**ROW, **base, **given, "site": id_, **more}


def carbon(
    id_: str = "cc", value: float = 0.025, part: float = 0.02, **more: Any
) -> dict[str, Any]:
    given = bounds(value, part)
    base = {"id": id_, "parameter": "carbon_content", "unit": "tC/GJ"}
    return {**ROW, **base, **given, "site": id_, **more}


def derived(id_: str, formula: str, value: float = 0.6, **more: Any) -> dict[str, Any]:
    base = {"id": id_, "parameter": "carbon_content_as_received", "unit": "tC/t", "site": id_}
    return {**ROW, **base, "value": value, "derived_from": formula, **more}


def burnt(*sites: str, quantity: float = 1000.0, **more: Any) -> list[dict[str, Any]]:
    return [anthracite(quantity, site=site, entity=site, **more) for site in sites]


def ledger(rows: list[dict[str, Any]], *records: dict[str, Any]) -> Account:
    return made(*rows, library=measured(*records))


def u_of(account: Account, *by: str) -> list[float]:
    return (account.total(*by).frame()["U"] / 2).tolist()


def co2e_of(account: Account) -> float:
    return float(account.total().frame()["co2e"].iloc[0])


def test_a_derived_record_without_bounds_takes_its_u_from_its_parents() -> None:
    account = ledger(burnt("b"), heat("ncv"), carbon("cc"), derived("b", "[ncv] * [cc]"))
    total = account.total()
    assert u_of(account) == pytest.approx([co2e_of(account) * math.hypot(U_REL, U_REL)], rel=1e-12)
    budget = total.budget()
    named = budget.set_index("id")
    assert set(named.index) == {"ncv", "cc", *budget.loc[budget["u"].isna(), "id"]}
    assert named.loc["ncv", "share"] == pytest.approx(0.5)
    assert named.loc["ncv", "through"] == named.loc["cc", "through"] == "b"
    assert total.frame()["u_covers"].tolist() == [1.0]


def test_two_records_of_one_parent_move_together_by_an_independent_calculation() -> None:
    uncertainties = pytest.importorskip("uncertainties")
    account = ledger(
        [*burnt("b"), *burnt("c", quantity=500.0)],
        heat("n1"),
        heat("n2", 22.0, 0.03),
        carbon("cc"),
        derived("b", "[n1] * [cc]"),
        derived("c", "[n2] * [cc]", 0.55),
    )
    n1 = uncertainties.ufloat(24.0, 24.0 * U_REL)
    n2 = uncertainties.ufloat(22.0, 22.0 * 0.03 / 1.96)
    cc = uncertainties.ufloat(0.025, 0.025 * U_REL)
    each = [1000.0 * n1 * cc * 0.98 * 44 / 12, 500.0 * n2 * cc * 0.98 * 44 / 12]
    assert u_of(account) == pytest.approx([sum(each).std_dev], rel=1e-12)
    assert u_of(account, "entity") == pytest.approx([x.std_dev for x in each], rel=1e-12)
    expected = np.array(uncertainties.covariance_matrix(each))
    np.testing.assert_allclose(
        account.total("entity").covariance().to_numpy(), expected, rtol=1e-12
    )


def test_sums_and_chains_of_derivations_agree_with_gtc() -> None:
    gtc = pytest.importorskip("GTC")
    account = ledger(
        burnt("b", "c"),
        heat("ncv", 20.0, 0.05),
        carbon("cc"),
        carbon("extra", 0.002, 0.5),
        carbon("both", 0.027, site="both", low="", high="", coverage="", distribution="",
               derived_from="[cc] + [extra]"),
        derived("b", "[ncv] * [both]", 0.54),
        derived("c", "[ncv] * ([both] - [extra])", 0.5),
    )  # fmt: skip
    ncv = gtc.ureal(20.0, 20.0 * 0.05 / 1.96)
    cc = gtc.ureal(0.025, 0.025 * U_REL)
    extra = gtc.ureal(0.002, 0.002 * 0.5 / 1.96)
    total = 1000.0 * (ncv * (cc + extra) + ncv * cc) * 0.98 * 44 / 12
    assert u_of(account) == pytest.approx([gtc.uncertainty(total)], rel=1e-12)


def test_one_record_split_into_two_derived_from_it_leaves_u_unchanged() -> None:
    rows = [*burnt("b"), anthracite(500.0, entity="b", site="c")]
    parent = derived("p", "", **bounds(0.6))
    whole = ledger(rows, parent | {"site": "*"})
    split = ledger(rows, parent, derived("b", "[p]"), derived("c", "1 * [p]"))
    assert co2e_of(split) == co2e_of(whole)
    assert u_of(split) == pytest.approx(u_of(whole), rel=1e-15)
    apart = ledger(rows, derived("b", "", **bounds(0.6)), derived("c", "", **bounds(0.6)))
    assert u_of(apart)[0] < u_of(whole)[0]


def test_a_derived_record_with_bounds_keeps_them_and_shares_what_its_parents_bring() -> None:
    records = [
        carbon("cc"),
        heat("n1", 24.0, 0.02),
        derived("b", "[n1] * [cc]", **bounds(0.6, 0.05)),
        derived("c", "[n1] * [cc]", **bounds(0.6, 0.05)),
    ]
    account = ledger(burnt("b", "c"), *records)
    u, share = 0.05 / 1.96, 2 * U_REL**2
    one = co2e_of(account) / 2
    assert u_of(account, "entity") == pytest.approx([one * u, one * u], rel=1e-12)
    correlation = account.total("entity").correlation().to_numpy()[0, 1]
    assert correlation == pytest.approx(share / u**2, rel=1e-12)
    budget = account.total().budget().set_index("id")
    assert budget.loc["b", "u"] == pytest.approx(one * math.sqrt(u**2 - share), rel=1e-12)


def test_parents_less_certain_than_the_record_itself_bring_no_more_than_it_states() -> None:
    records = [
        heat("n1", 24.0, 0.10),
        carbon("cc", 0.025, 0.10),
        derived("b", "[n1] * [cc]", **bounds(0.6, 0.01)),
        derived("c", "[n1] * [cc]", **bounds(0.6, 0.01)),
    ]
    account = ledger(burnt("b", "c"), *records)
    one = co2e_of(account) / 2 * 0.01 / 1.96
    assert u_of(account, "entity") == pytest.approx([one, one], rel=1e-12)
    assert account.total("entity").correlation().to_numpy()[0, 1] == pytest.approx(1.0, rel=1e-12)


def test_a_common_cause_moves_records_together_without_being_asked() -> None:
    records = [
        derived("b", "", **bounds(0.6), common="reference gas=0.25; laboratory=0.5"),
        derived("c", "", **bounds(0.6), common="reference gas=0.25"),
    ]
    account = ledger(burnt("b", "c"), *records)
    total = account.total("entity")
    assert total.correlation().to_numpy()[0, 1] == pytest.approx(0.25, rel=1e-12)
    one = co2e_of(account) / 2 * U_REL
    assert u_of(account) == pytest.approx([one * math.sqrt(2 + 2 * 0.25)], rel=1e-12)
    named = account.total().budget()["component"].tolist()
    assert {"reference gas", "laboratory"} <= set(named)
    assert "reference gas" in account.total("entity").components()["component"].tolist()
    stated = [{k: v for k, v in r.items() if k != "common"} for r in records]
    asked = ledger(burnt("b", "c"), *stated).total("entity")
    asked = asked.connected(
        Common("laboratory", ["b"], 0.5), Common("reference gas", ["b", "c"], 0.25)
    )
    assert asked.covariance().equals(total.covariance())


def test_a_cause_of_the_parent_reaches_the_child_and_connected_adds_to_it() -> None:
    records = [
        heat("n1"),
        carbon("cc", common="method=0.5"),
        derived("b", "[n1] * [cc]"),
        derived("c", "", **bounds(0.6), common="method=0.5"),
    ]
    total = ledger(burnt("b", "c"), *records).total("entity")
    shared = 0.5 / math.sqrt(2)
    assert total.correlation().to_numpy()[0, 1] == pytest.approx(shared, rel=1e-12)
    more = total.connected(Common("weather", ["n1", "c"], 0.5))
    assert more.correlation().to_numpy()[0, 1] == pytest.approx(2 * shared, rel=1e-12)
    with pytest.raises(CarbonmeterError, match="is that of the records it is derived from"):
        total.connected(Common("weather", ["b", "c"], 0.5))
    # A cause of the library's name is that cause: further members join it, none twice.
    joined = total.connected(Common("method", ["n1"], 0.5))
    both = (0.5 + 0.5) / math.sqrt(2 + 2 * 0.5)
    assert joined.correlation().to_numpy()[0, 1] == pytest.approx(both, rel=1e-12)
    with pytest.raises(CarbonmeterError, match="the library has 'c' in it already"):
        total.connected(Common("method", ["c"], 0.5))


def test_a_shape_given_for_a_derived_record_is_drawn_in_place_of_its_formula() -> None:
    account = ledger(burnt("b"), heat("n1"), carbon("cc"), derived("b", "[n1] * [cc]"))
    drawn = account.total().sample(20_000, shapes={"b": Uniform(0.3, 0.9)}).draws()
    scale = 1000.0 * 0.98 * 44 / 12
    assert drawn.std() == pytest.approx(0.6 / math.sqrt(12) * scale, rel=0.02)
    assert drawn.max() < 0.9 * scale


def test_a_derived_record_with_a_cause_of_its_own_keeps_its_u() -> None:
    records = [
        heat("n1"),
        carbon("cc", common="method=0.5"),
        derived("b", "[n1] * [cc]", **bounds(0.6, 0.05), common="method=0.3; weather=0.2"),
        derived("c", "", **bounds(0.6), common="weather=1"),
    ]
    account = ledger(burnt("b", "c"), *records)
    one = co2e_of(account) / 2
    assert u_of(account, "entity") == pytest.approx([one * 0.05 / 1.96, one * U_REL], rel=1e-12)
    correlation = account.total("entity").correlation().to_numpy()[0, 1]
    assert correlation == pytest.approx(math.sqrt(0.2), rel=1e-12)


def test_draws_compute_derived_records_and_agree_with_first_order() -> None:
    records = [
        heat("n1"),
        carbon("cc", common="method=0.5"),
        derived("b", "[n1] * [cc]"),
        derived("c", "[n1] * [cc]", **bounds(0.6, 0.05)),
        derived("d", "", **bounds(0.6), common="method=0.5"),
    ]
    account = ledger(burnt("b", "c", "d"), *records)
    total = account.total("entity")
    drawn = total.sample(40_000)
    found = drawn.by().frame()
    assert found["u"].iloc[0] == pytest.approx(u_of(account)[0], rel=0.02)
    draws = np.stack([drawn.draws(entity=name) for name in "bcd"])
    expected = total.correlation().to_numpy()
    np.testing.assert_allclose(np.corrcoef(draws), expected, atol=0.02)
    one = drawn.plan.draws(slice(0, 3), 100, 1)
    np.testing.assert_array_equal(one, drawn.plan.draws(slice(0, 3), 100, 1, width=7, workers=2))


def test_draws_of_a_product_are_those_of_the_formula_not_of_its_slope() -> None:
    wide = {"coverage": 100, "distribution": "uniform"}
    records = [
        heat("n1", 24.0, low=4.0, high=44.0, **wide),
        carbon("cc", 0.025, low=0.005, high=0.045, **wide),
        derived("b", "[n1] * [cc]"),
    ]
    account = ledger(burnt("b"), *records)
    draws = account.total().sample(20_000).draws()
    scale = 1000.0 * 0.98 * 44 / 12
    assert 4.0 * 0.005 * scale <= draws.min() < 0.1 * scale
    variance = (1 + 1 / 3 * (20 / 24) ** 2) * (1 + 1 / 3 * 0.8**2) - 1
    assert draws.std() == pytest.approx(0.6 * scale * math.sqrt(variance), rel=0.02)


def test_streamed_totals_know_it_to_the_bit(tmp_path: Any) -> None:
    records = [
        heat("n1"),
        carbon("cc", common="method=0.5"),
        derived("b", "[n1] * [cc]"),
        derived("c", "", **bounds(0.6), common="method=0.5"),
    ]
    rows = burnt("b", "c")
    library = measured(*records)
    path = write_parquet(tmp_path / "rows.parquet", arrow(pd.DataFrame([BASE | r for r in rows])))
    streamed = stream_totals(path, library, guide="cets", by=("entity",), batch_rows=1)
    whole = made(*rows, library=library).total("entity")
    assert streamed.frame().equals(whole.frame())
    assert streamed.covariance().equals(whole.covariance())
    assert streamed.budget().equals(whole.budget())


def test_parents_that_state_no_u_leave_the_record_uncovered_and_are_named() -> None:
    bare = {"low": "", "high": "", "coverage": "", "distribution": ""}
    partly = ledger(burnt("b"), heat("n1", **bare), carbon("cc"), derived("b", "[n1] * [cc]"))
    assert u_of(partly) == pytest.approx([co2e_of(partly) * U_REL], rel=1e-12)
    assert "n1" in partly.total().budget()["id"].tolist()
    neither = ledger(
        burnt("b"), heat("n1", **bare), carbon("cc", **bare), derived("b", "[n1] * [cc]")
    )
    assert np.isnan(u_of(neither)[0])


def test_second_order_and_improvements_go_through_the_parents() -> None:
    account = ledger(burnt("b"), heat("n1"), carbon("cc"), derived("b", "[n1] * [cc]"))
    total = account.total()
    second = total.second_order()
    assert second["U"].iloc[0] == pytest.approx(2 * u_of(account)[0], rel=1e-12)
    found = total.improvements().set_index("id")
    assert found.loc["cc", "U_if_perfect"] == pytest.approx(2 * co2e_of(account) * U_REL, rel=1e-9)


def test_the_order_of_the_library_leaves_no_mark_and_unused_lineages_none() -> None:
    records = [heat("n1"), carbon("cc"), derived("b", "[n1] * [cc]"), derived("x", "[cc] * [n1]")]
    one = ledger(burnt("b"), *records).total()
    other = ledger(burnt("b"), *records[::-1]).total()
    assert one.frame().equals(other.frame())
    assert made(*burnt("z")).total().first_order.lineage is None
    kept = ledger(burnt("z"), *records).total()
    assert kept.first_order.lineage is None
    assert kept.frame().equals(made(*burnt("z")).total().frame())


@pytest.mark.parametrize("seed", range(8))
def test_random_derivations_agree_with_an_independent_calculation(seed: int) -> None:
    uncertainties = pytest.importorskip("uncertainties")
    choose = np.random.default_rng(seed)
    records, known = [], {}
    for k in range(3):
        value, part = float(choose.integers(200, 300)) / 10, float(choose.integers(1, 30)) / 100
        records.append(heat(f"n{k}", value, part))
        known[f"n{k}"] = uncertainties.ufloat(value, value * part / 1.96)
    records.append(carbon("cc", 0.025, 0.04))
    cc = uncertainties.ufloat(0.025, 0.025 * 0.04 / 1.96)
    for k in range(3, 7):  # each from two of those before it
        one, other = choose.choice(sorted(known), 2, replace=False)
        weight = float(choose.integers(1, 9)) / 10
        formula = f"{weight} * [{one}] + (1 - {weight}) * [{other}] * [{one}] / [{other}]"
        made_of = weight * known[one] + (1 - weight) * known[other] * known[one] / known[other]
        if choose.random() < 0.5:
            formula = f"({weight} * [{one}] + [{other}]) / (1 + {weight})"
            made_of = (weight * known[one] + known[other]) / (1 + weight)
        bare = {"low": "", "high": "", "coverage": "", "distribution": ""}
        value = made_of.nominal_value
        records.append(heat(f"n{k}", value, **bare | {"derived_from": formula}))
        known[f"n{k}"] = made_of
    sites, amounts = [], []
    for k in range(7):
        product = known[f"n{k}"] * cc
        records.append(derived(f"s{k}", f"[n{k}] * [cc]", product.nominal_value))
        quantity = float(choose.integers(1, 1000))
        sites += burnt(f"s{k}", quantity=quantity)
        amounts.append(quantity * product * 0.98 * 44 / 12)
    account = ledger(sites, *records)
    assert u_of(account) == pytest.approx([sum(amounts).std_dev], rel=1e-9)
    expected = np.array(uncertainties.covariance_matrix(amounts))
    np.testing.assert_allclose(account.total("entity").covariance().to_numpy(), expected, rtol=1e-8)


def test_a_circle_of_derivations_is_refused() -> None:
    one = FactorLibrary.open(pd.DataFrame([derived("b", "[c]", source="s")]), name="one")
    other = FactorLibrary.open(pd.DataFrame([derived("c", "[b]", source="s")]), name="two")
    library = one.over(other).over(FactorLibrary.default())
    with pytest.raises(CarbonmeterError, match="in a circle"):
        made(*burnt("b"), library=library).total().frame()
    assert activity(*burnt("b"))
