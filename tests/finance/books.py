"""Small loan books for the tests of the finance floor."""

from __future__ import annotations

import numpy as np
import pandas as pd

from carbonmeter import financed, read_borrowers, read_loans, read_projects
from carbonmeter.finance import Financed

REPORT = "2024-12-31"

LOAN = {
    "lender": "bank-a",
    "borrower": "works",
    "asset_class": "business_loan",
    "project": "",
    "date": REPORT,
    "outstanding": 6e6,
    "unit": "CNY",
}
BORROWER = {
    "entity": "works",
    "date": REPORT,
    "listed": "no",
    "equity": 12e6,
    "debt": 28e6,
    "market_cap": np.nan,
    "minorities": np.nan,
    "total_assets": np.nan,
    "revenue": np.nan,
    "unit": "CNY",
    "origin": "test",
}
PROJECT = {
    "project": "solar",
    "entity": "solar-farm",
    "name_zh": "光伏",
    "name_en": "solar",
    "date": REPORT,
    "equity": 100e6,
    "debt": 400e6,
    "total_investment": 500e6,
    "unit": "CNY",
    "commissioned": "2023-06-30",
    "origin": "test",
}


def loan(name: str = "L1", **changes: object) -> dict[str, object]:
    return {"loan": name, **LOAN, **changes}


def borrower(entity: str = "works", **changes: object) -> dict[str, object]:
    return {**BORROWER, "entity": entity, **changes}


def project(name: str = "solar", **changes: object) -> dict[str, object]:
    return {**PROJECT, "project": name, **changes}


def emissions(*rows: tuple[str, str, float, float]) -> pd.DataFrame:
    """Rows of entity, scope, co2e and U, all emissions."""
    frame = pd.DataFrame(rows, columns=["entity", "scope", "co2e", "U"])
    return frame.assign(kind="emission")


def components(*rows: tuple[str, str, str, float], kind: str = "emission") -> pd.DataFrame:
    """Rows of entity, scope, component and contribution, of one kind."""
    frame = pd.DataFrame(rows, columns=["entity", "scope", "component", "contribution"])
    return frame.assign(kind=kind)


WORKS = emissions(("works", "1", 40_000.0, 4_000.0), ("works", "2-location", 10_000.0, 500.0))


def scored(*entities: str, score: float = 2.0, option: str = "1b") -> pd.DataFrame:
    """A score for business loans and project finance of each entity."""
    return pd.DataFrame(
        [
            {"entity": e, "asset_class": a, "option": option, "dq_score": score, "record": "FP1"}
            for e in entities
            for a in ("business_loan", "project_finance")
        ]
    )


def attributed(
    loans: list[dict[str, object]],
    borrowers: list[dict[str, object]] | None = None,
    projects: list[dict[str, object]] | None = None,
    totals: pd.DataFrame = WORKS,
    scores: pd.DataFrame | None = None,
    reductions: pd.DataFrame | None = None,
    components: pd.DataFrame | None = None,
    reduction_components: pd.DataFrame | None = None,
    as_of: str = REPORT,
) -> Financed:
    return financed(
        read_loans(pd.DataFrame(loans)),
        read_borrowers(pd.DataFrame([borrower()] if borrowers is None else borrowers)),
        read_projects(pd.DataFrame([project()] if projects is None else projects)),
        totals,
        components=components,
        scores=scored("works", "solar-farm") if scores is None else scores,
        reductions=reductions,
        reduction_components=reduction_components,
        as_of=as_of,
    )
