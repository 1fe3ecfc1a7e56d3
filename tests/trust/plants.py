"""Random ledgers of real accounts: shared factors, shared meters, rows that err alone, silence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, NamedTuple

import pandas as pd
from hypothesis import strategies as st

from carbonmeter.accounts import Account, account
from carbonmeter.factors import FactorLibrary
from carbonmeter.tables import Checked, read_activity

GUIDE = "ndrc"
ENTITIES, SITES, METERS = ("alloy", "brick", "china"), ("s1", "s2"), ("belt", "gate")
KINDS: Mapping[str, Mapping[str, str]] = {
    "anthracite": {"activity": "solid_fuel_combustion", "subject": "anthracite", "unit": "t"},
    "bituminous": {"activity": "solid_fuel_combustion", "subject": "bituminous", "unit": "t"},
    "lignite": {"activity": "solid_fuel_combustion", "subject": "lignite", "unit": "t"},
    "power": {"activity": "electricity_purchase", "subject": "", "unit": "MWh"},
    "aluminium": {"activity": "aluminium_smelting", "subject": "", "unit": "t"},
}
BOUNDS = {"coverage": 95, "valid_from": "2024-01-01", "valid_to": "2025-01-01", "source": "lab"}
MEASURED: tuple[dict[str, Any], ...] = (
    # one site measures its carbon; anthracite elsewhere goes over the heat, two records a line
    {
        "id": "own-carbon",
        "parameter": "carbon_content_as_received",
        "subject": "anthracite",
        "site": "alloy.s1",
        "value": 0.6,
        "low": 0.588,
        "high": 0.612,
        "unit": "tC/t",
        "distribution": "normal",
    },
    {
        "id": "own-heat",
        "parameter": "net_calorific_value",
        "subject": "anthracite",
        "site": "*",
        "value": 26.0,
        "low": 24.0,
        "high": 28.5,
        "unit": "GJ/t",
        "distribution": "triangular",
    },
    {
        "id": "own-carbon-of-heat",
        "parameter": "carbon_content",
        "subject": "anthracite",
        "site": "*",
        "value": 0.027,
        "low": 0.025,
        "high": 0.03,
        "unit": "tC/GJ",
        "distribution": "lognormal",
    },
    # lignite: one record for two entities; bituminous coal and power state nothing
    {
        "id": "own-lignite",
        "parameter": "carbon_content_as_received",
        "subject": "lignite",
        "site": "*",
        "value": 0.35,
        "low": 0.33,
        "high": 0.37,
        "unit": "tC/t",
        "distribution": "uniform",
    },
)


class Row(NamedTuple):
    """One row of an activity file; `note` keeps rows apart that are alike otherwise."""

    kind: str
    entity: str
    site: str
    month: int
    note: int
    quantity: float
    u_rel: float | None
    meter: str


ROW = st.builds(
    Row,
    kind=st.sampled_from(sorted(KINDS)),
    entity=st.sampled_from(ENTITIES),
    site=st.sampled_from(SITES),
    month=st.integers(1, 12),
    note=st.integers(0, 10**6),
    quantity=st.floats(1e-3, 1e7),
    u_rel=st.sampled_from([None, 0.0, 0.02, 0.3]),
    meter=st.sampled_from(["", "", *METERS]),
)


def _key(row: Row) -> tuple[object, ...]:
    return row.kind, row.entity, row.site, row.month, row.note, row.meter


LEDGERS = st.lists(ROW, min_size=2, max_size=30, unique_by=_key)
STATED = st.lists(  # every row states its own uncertainty
    ROW.filter(lambda row: row.u_rel is not None and row.kind in ("anthracite", "lignite")),
    min_size=2,
    max_size=20,
    unique_by=_key,
)


def table(rows: Iterable[Row]) -> pd.DataFrame:
    """The rows as an activity table."""
    return pd.DataFrame(
        [
            {
                **KINDS[row.kind],
                "entity": row.entity,
                "site": f"{row.entity}.{row.site}",  # a site of one name belongs to one entity
                "region": "CN-SD-LC",
                "period": f"2024-{row.month:02d}",
                "quantity": row.quantity,
                "u_rel": row.u_rel,
                "meter": row.meter,
                "note": str(row.note),
            }
            for row in rows
        ]
    )


def library(*more: Mapping[str, Any], measured: Iterable[Mapping[str, Any]] = MEASURED) -> Any:
    """The measured values, and more, over the shipped libraries."""
    rows = pd.DataFrame([{**BOUNDS, **row} for row in (*measured, *more)])
    return FactorLibrary.open(rows).over(FactorLibrary.default())


@cache
def usual() -> FactorLibrary:
    """The library of all these ledgers, opened once."""
    return library()


def read(rows: Iterable[Row]) -> Checked:
    return read_activity(table(rows))


def made(rows: Iterable[Row] | pd.DataFrame, of: FactorLibrary | None = None) -> Account:
    """The account of rows or of a table."""
    frame = rows if isinstance(rows, pd.DataFrame) else table(rows)
    return account(read_activity(frame), usual() if of is None else of, guide=GUIDE)
