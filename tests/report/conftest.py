"""The embedded prefecture as a run hands it to the report, made once."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from carbonmeter.accounts import account
from carbonmeter.examples import example
from carbonmeter.factors import FactorLibrary
from carbonmeter.finance import financed, scores_of
from carbonmeter.report.results import Check, NamedAccount, Results
from carbonmeter.tables import (
    read_activity,
    read_borrowers,
    read_entities,
    read_loans,
    read_names,
    read_projects,
)

DAY = date(2024, 12, 31)


@pytest.fixture(scope="session")
def results():
    run, shipped = example(), FactorLibrary.default()
    own = FactorLibrary.open(run.measured)
    lent = own.over(shipped.with_bounds_from(FactorLibrary.shipped("ipcc-2006")))
    enterprises = account(read_activity(run.activity), lent, guide="cets")
    sinks = account(read_activity(run.sinks), own.over(shipped), guide="ipcc-2006")
    saved = account(read_activity(run.reductions), own.over(shipped), guide="green-credit")
    accounts = (
        NamedAccount("enterprises", "企业碳排放", "Enterprise emissions", enterprises),
        NamedAccount("sinks", "林业碳汇", "Forest sinks", sinks),
        NamedAccount("reductions", "项目减排", "Project reductions", saved),
    )
    made = [a.account.total("entity") for a in accounts]
    totals = pd.concat([total.frame() for total in made], ignore_index=True)
    parts = pd.concat([total.components() for total in made], ignore_index=True)
    emitting = totals.loc[totals["kind"] == "emission", "entity"].unique()
    loans = financed(
        read_loans(run.loans),
        read_borrowers(run.borrowers),
        read_projects(run.projects),
        totals[totals["kind"] != "avoided"],
        components=parts,
        scores=scores_of(emitting, shipped, on=DAY),
        reductions=totals[totals["kind"] == "avoided"],
        reduction_components=parts,
        as_of=DAY,
    )
    check = Check(
        "公布值", "Published", "chiping-aluminium", 12.0, 9.0, 10.0, "tCO2e/t", "a report, p. 1"
    )
    links = read_entities(run.entities)
    return Results(
        title_zh="聊城示例",
        title_en="Liaocheng, an example",
        folder=run.folder,
        inputs=(run.activity, run.loans),
        as_of=date(2025, 12, 31),
        names=read_names(run.names),
        accounts=accounts,
        groups=(enterprises.consolidate(links, "equity share", as_of=DAY),),
        financed=loans,
        checks=(check,),
        evidence=pd.DataFrame({"activity": ["electricity_purchase"], "rows": [3], "missing": [1]}),
    )


HOSTILE = "<script>alert('x')</script>"


@pytest.fixture(scope="session")
def hostile():
    """A run in which every text that a user may write is a script."""
    measured = pd.DataFrame(
        {
            "parameter": ["net_calorific_value"],
            "subject": ["bituminous"],
            "site": ["*"],
            "valid_from": [pd.Timestamp(2024, 1, 1)],
            "valid_to": [pd.Timestamp(2025, 1, 1)],
            "value": [21.5],
            "unit": ["GJ/t"],
            "source": [HOSTILE],
            "clause": [HOSTILE],
        }
    )
    library = FactorLibrary.open(measured, name="mine").over(FactorLibrary.default())
    rows = pd.DataFrame(
        {
            "entity": [HOSTILE, "b"],
            "site": [HOSTILE, ""],
            "region": ["CN-SD", "CN-SD"],
            "period": ["2024", "2024"],
            "activity": ["solid_fuel_combustion", "solid_fuel_combustion"],
            "subject": ["bituminous", "no-such-fuel<script>"],
            "quantity": [1000.0, 1.0],
            "unit": ["t", "t"],
            "u_rel": [0.01, 0.01],
            "meter": [HOSTILE, ""],
            "origin": [HOSTILE, ""],
            "note": [HOSTILE, ""],
        }
    )
    made = account(read_activity(rows), library, guide="cets", missing="exclude")
    names = pd.DataFrame(
        {
            "entity": [HOSTILE],
            "name_zh": [f"中{HOSTILE}"],
            "name_en": [f"en{HOSTILE}"],
            "sector": [""],
            "county": [""],
            "invented": ["yes"],
            "origin": [""],
        }
    )
    return Results(
        title_zh=f"题{HOSTILE}",
        title_en=f"t{HOSTILE}",
        folder=example().folder,
        accounts=(NamedAccount("a", f"账{HOSTILE}", f"acc{HOSTILE}", made),),
        names=read_names(names),
        groups=(),
        checks=(Check(HOSTILE, HOSTILE, HOSTILE, 1.0, 1.0, 1.0, HOSTILE, HOSTILE),),
        evidence=pd.DataFrame({HOSTILE: [HOSTILE]}),
    )
