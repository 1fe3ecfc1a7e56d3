"""Reductions by renewable power: avoided emissions, on their own line, never netted."""

from __future__ import annotations

from typing import Annotated

from carbonmeter.methods.declare import Activity, Avoided, Parameter, method
from carbonmeter.units import Column

COMBINED_MARGIN = {
    "FS06": "renewable power: combined margin of the grid (formula from memory)",
    "FS21": "baseline grid factors",
}


@method(activity="renewable_generation", scope="", clauses=COMBINED_MARGIN)
def displaced_power(
    generation: Annotated[Column, Activity("MWh", "net electricity delivered to the grid")],
    operating_margin: Annotated[Column, Parameter("tCO2/MWh", "operating margin of the grid")],
    build_margin: Annotated[Column, Parameter("tCO2/MWh", "build margin of the grid")],
    operating_margin_weight: Annotated[Column, Parameter("1", "weight of the operating margin")],
    build_margin_weight: Annotated[Column, Parameter("1", "weight of the build margin")],
) -> Annotated[Column, Avoided("tCO2", gas="CO2")]:
    """Carbon dioxide avoided by renewable power fed into the grid."""
    margin = operating_margin_weight * operating_margin + build_margin_weight * build_margin
    return generation * margin
