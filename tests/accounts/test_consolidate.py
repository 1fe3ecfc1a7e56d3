"""Groups of companies: shares along paths, control along chains, trade inside counted once."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from carbonmeter.errors import EntityError, GuideError
from carbonmeter.tables import read_entities
from tests.accounts.ledgers import anthracite, made
from tests.helpers import printed

LINKS = [
    ("power", "holding", 0.8, "yes"),
    ("smelter", "holding", 0.6, "yes"),
    ("smelter", "power", 0.1, "no"),
]
DAY = date(2024, 12, 31)


def links(control: bool = True):
    rows = [
        {"child": c, "parent": p, "share": s, "from": "2020-01-01", "operational_control": k}
        for c, p, s, k in LINKS
    ]
    frame = pd.DataFrame(rows)
    return read_entities(frame if control else frame.drop(columns="operational_control"))


def ledger():
    grid = {"activity": "electricity_purchase", "unit": "MWh", "entity": "smelter"}
    return made(
        anthracite(entity="power"),
        anthracite(entity="smelter", quantity=1000.0),
        {**grid, "quantity": 5000.0, "counterparty": "power"},
        {**grid, "quantity": 1000.0},
    )


def total(result, scope: str) -> float:
    frame = result.frame()
    return float(frame[frame["scope"] == scope]["co2e"].sum())


def test_equity_share_multiplies_along_paths_and_adds_over_them() -> None:
    result = ledger().consolidate(links(), "equity share", as_of=DAY)
    members = result.members.set_index("entity")["weight"]
    assert members["power"] == pytest.approx(0.8)
    assert members["smelter"] == pytest.approx(0.6 + 0.8 * 0.1)
    assert total(result, "1") == pytest.approx(
        22.867 * 0.02749 * 0.98 * 44 / 12 * (10000 * 0.8 + 1000 * 0.68), rel=1e-12
    )


def test_control_counts_whole_and_takes_inside_trade_off() -> None:
    result = ledger().consolidate(links(), "operational control", as_of=DAY)
    assert result.members["weight"].tolist() == [1.0, 1.0]
    assert total(result, "1") == printed("24847")
    assert total(result, "2-location") == printed("530.6")
    taken = result.eliminated.set_index("scope")["co2e"]
    assert taken["2-location"] == printed("2653.0")


def test_control_that_is_not_stated_is_asked_for() -> None:
    with pytest.raises(EntityError, match="is not stated"):
        ledger().consolidate(links(control=False), "operational control", as_of=DAY)


def test_an_unknown_approach_is_refused() -> None:
    with pytest.raises(GuideError, match="equity share"):
        ledger().consolidate(links(), "equity", as_of=DAY)


def test_a_purchase_from_a_member_without_rows_stays() -> None:
    """Its fuel is in no scope 1, so taking the purchase off would lose the tonnes."""
    bought = {"activity": "heat_purchase", "unit": "GJ", "entity": "smelter", "quantity": 1000.0}
    result = made({**bought, "counterparty": "power"}).consolidate(
        links(), "operational control", as_of=DAY
    )
    assert total(result, "2-location") == printed("110.0")
    assert result.eliminated.empty


def test_a_kind_that_no_member_has_is_absent_not_zero() -> None:
    sold = {"activity": "heat_export", "unit": "GJ", "entity": "other", "quantity": 1000.0}
    frame = (
        made(anthracite(entity="power"), sold)
        .consolidate(links(), "equity share", as_of=DAY)
        .frame()
    )
    assert set(frame.loc[frame["group"] == "holding", "scope"]) == {"1"}
    assert set(frame.loc[frame["group"] == "other", "kind"]) == {"deduction"}
