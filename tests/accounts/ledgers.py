"""Small activity tables and accounts that the tests of this folder share."""

from __future__ import annotations

from typing import Any

import pandas as pd

from carbonmeter.accounts import Account, account
from carbonmeter.factors import FactorLibrary
from carbonmeter.tables import Checked, read_activity

BASE = {"entity": "plant", "region": "CN-SD-LC", "period": "2024", "subject": ""}


def activity(*rows: dict[str, Any]) -> Checked:
    """An activity table of rows, each over the same defaults."""
    return read_activity(pd.DataFrame([{**BASE, **row} for row in rows]).fillna(""))


def anthracite(quantity: Any = 10000.0, unit: str = "t", **more: Any) -> dict[str, Any]:
    return {
        "activity": "solid_fuel_combustion",
        "subject": "anthracite",
        "quantity": quantity,
        "unit": unit,
        **more,
    }


def aluminium(quantity: Any = 100000.0, unit: str = "t", **more: Any) -> dict[str, Any]:
    return {"activity": "aluminium_smelting", "quantity": quantity, "unit": unit, **more}


def measured(*rows: dict[str, Any]) -> FactorLibrary:
    """Measured values stacked over the shipped libraries."""
    base = {
        "subject": "*",
        "site": "*",
        "valid_from": "2024-01-01",
        "valid_to": "2025-01-01",
        "source": "laboratory report",
    }
    table = pd.DataFrame([{**base, **row} for row in rows], dtype=object).fillna("")
    return FactorLibrary.open(table).over(FactorLibrary.default())


def made(*rows: dict[str, Any], guide: str = "cets", **more: Any) -> Account:
    return account(activity(*rows), guide=guide, **more)


def co2e(result: Account, **labels: str) -> float:
    """The one total in tCO2e with the given labels."""
    found = result.total(*[n for n in labels if n not in ("kind", "scope")]).where(**labels)
    assert len(found) == 1, found
    return float(found["co2e"].iloc[0])
