"""Small factor tables for the tests."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd

from carbonmeter.factors import FactorLibrary, Request

TIERS = ("measured", "supplier", "default", "punitive")

ROW: dict[str, Any] = {
    "parameter": "net_calorific_value",
    "subject": "anthracite",
    "site": "boiler-1",
    "valid_from": "2024-01-01",
    "valid_to": "2025-01-01",
    "value": 25.1,
    "unit": "GJ/t",
    "source": "certificate 17",
}


def frame(*rows: dict[str, Any]) -> pd.DataFrame:
    """Rows of a measured table, each ROW with changes; without arguments ROW itself."""
    changed = [ROW | row for row in rows or ({},)]
    return pd.DataFrame(changed, dtype=object).fillna("")


def measured(*rows: dict[str, Any], name: str = "measured") -> FactorLibrary:
    return FactorLibrary.open(frame(*rows), name=name)


def request(parameter: str = "net_calorific_value", **changes: Any) -> Request:
    """A request for 2024, for any tier."""
    base = Request(
        parameter,
        "anthracite",
        "CN-SD",
        "boiler-1",
        date(2024, 1, 1),
        date(2025, 1, 1),
        "GJ/t",
        TIERS,
    )
    return base._replace(**changes)


def answer(library: FactorLibrary, wanted: Request, as_of: date | None = None) -> tuple[str, float]:
    """Id of the record that answers and its value; ('', nan) if none does."""
    (found,) = library.resolve([wanted], as_of=as_of)
    return ("" if found.record < 0 else library.records["id"].iloc[found.record]), found.value
