"""Carbon dioxide recovered: shown as a memo item, deducted only where a guide says so."""

from __future__ import annotations

from typing import Annotated

from carbonmeter.methods.declare import Activity, Memo, method
from carbonmeter.units import Column

CLAUSES = {"NDRC_CHEM_2013": "carbon dioxide recovered and delivered (clause number not read)"}


@method(activity="co2_recovery", scope="", clauses=CLAUSES)
def carbon_dioxide(
    recovered: Annotated[Column, Activity("tCO2", "pure carbon dioxide recovered and delivered")],
) -> Annotated[Column, Memo("tCO2", gas="CO2")]:
    """Carbon dioxide recovered and delivered to others, a memo item.

    The chemical guide subtracts it from its total; that deduction is not made here.
    """
    return recovered
