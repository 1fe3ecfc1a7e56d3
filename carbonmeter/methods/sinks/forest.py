"""Forest biomass carbon by stock change between two inventories of the same land."""

from __future__ import annotations

from typing import Annotated

from carbonmeter.constants import CO2_PER_C
from carbonmeter.methods.declare import MEASURED, Activity, Parameter, method
from carbonmeter.methods.vocabulary import CarbonDioxideRemoved
from carbonmeter.units import Column

STOCK_DIFFERENCE = {
    "IPCC2006V4C2": "equations 2.5 and 2.8, stock-difference method (numbering from memory)",
    "ZHANG2018SD": "biomass as a linear function of stand volume, B = aV + b",
}


@method(activity="forest_stand", scope="", clauses=STOCK_DIFFERENCE)
def stock_difference(
    area: Annotated[Column, Activity("ha", "stand area, the same land at both inventories")],
    stand_volume_start: Annotated[
        Column, Parameter("m3/ha", "growing stock at the start of the period", MEASURED)
    ],
    stand_volume_end: Annotated[
        Column, Parameter("m3/ha", "growing stock at the end of the period", MEASURED)
    ],
    biomass_volume_slope: Annotated[
        Column, Parameter("t/m3", "dry biomass, roots included, per growing stock: a of B = aV + b")
    ],
    carbon_fraction: Annotated[Column, Parameter("tC/t", "carbon per tonne of dry biomass")],
) -> CarbonDioxideRemoved:
    """Carbon dioxide taken up by living biomass between two inventories; a loss is negative.

    The constant b of B = aV + b cancels in the difference. The fit holds for stand means, roots
    included: no root-shoot ratio is applied again.
    """
    biomass_growth = area * (stand_volume_end - stand_volume_start) * biomass_volume_slope
    return biomass_growth * carbon_fraction * CO2_PER_C
