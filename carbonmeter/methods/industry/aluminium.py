"""Primary aluminium smelting: process emissions of the electrolysis cell.

The quantity is molten aluminium, not cast product.
"""

from __future__ import annotations

from typing import Annotated

from carbonmeter.constants import CO2_PER_C
from carbonmeter.methods.declare import MEASURED, Activity, Emission, Parameter, method
from carbonmeter.methods.vocabulary import CarbonDioxide
from carbonmeter.units import Column

ANODE = {
    "NDRC_AL_2013": "anode consumption (clause number not read)",
    "GBT32151_4_2015": "anode consumption (clause number not read)",
    "CETS_AG_04_01_2024": "anode consumption, electrolysis process (clause number not read)",
}
PFC = {
    "NDRC_AL_2013": "anode effects, default (clause number not read)",
    "GBT32151_4_2015": "anode effects, default (clause number not read)",
    "CETS_AG_04_01_2024": "anode effects, default; App. A (not read)",
    "IPCC2006-V3": "Ch. 4.4, Tier 1",
}
SLOPE = {
    "NDRC_AL_2013": "anode effects by measured cell data (clause number not read)",
    "CETS_AG_04_01_2024": "anode effects by measured cell data (clause number not read)",
    "IPCC2006-V3": "Ch. 4.4, Tier 2 and 3, slope method (equation 4.26)",
}
OVERVOLTAGE = {
    "IPCC2006-V3": "Ch. 4.4, Tier 2 and 3, overvoltage method (equation 4.27); current"
    " efficiency in percent, as the coefficient is fitted"
}
TIER1_ANODE = {"IPCC2006-V3": "Ch. 4.4, Tier 1, by technology"}

Aluminium = Annotated[Column, Activity("t", "molten aluminium tapped in the period")]
AnodeEffectMinutes = Annotated[
    Column, Parameter("min/d", "anode-effect minutes per cell-day", MEASURED)
]
Slope = Annotated[Column, Parameter("kgCF4*d/t/min", "CF4 per tonne and anode-effect minute")]
Ratio = Annotated[Column, Parameter("kgC2F6/kgCF4", "mass of C2F6 per mass of CF4")]
Overvoltage = Annotated[Column, Parameter("mV", "anode-effect overvoltage", MEASURED)]
OvervoltageCoefficient = Annotated[
    Column, Parameter("kgCF4*percent/t/mV", "CF4 per tonne and overvoltage over efficiency")
]
CurrentEfficiency = Annotated[Column, Parameter("percent", "current efficiency", MEASURED)]
Tetrafluoromethane = Annotated[Column, Emission("kgCF4", gas="CF4")]
Hexafluoroethane = Annotated[Column, Emission("kgC2F6", gas="C2F6")]


@method(activity="aluminium_smelting", scope="1", clauses=ANODE)
def anode_consumption(
    aluminium: Aluminium,
    net_anode_consumption: Annotated[
        Column, Parameter("tC/t", "net anode carbon per tonne of aluminium")
    ],
    anode_sulphur: Annotated[Column, Parameter("1", "mass fraction of sulphur in the anode")],
    anode_ash: Annotated[Column, Parameter("1", "mass fraction of ash in the anode")],
) -> CarbonDioxide:
    """Carbon dioxide from the burning-off of prebaked anodes.

    Not for Soderberg cells, whose paste also loses pitch volatiles.
    """
    return aluminium * net_anode_consumption * (1.0 - anode_sulphur - anode_ash) * CO2_PER_C


@method(activity="aluminium_smelting", scope="1", clauses=TIER1_ANODE)
def anode_tier1(
    aluminium: Aluminium,
    anode_emission_factor: Annotated[Column, Parameter("tCO2/t", "by cell technology")],
) -> CarbonDioxide:
    """Carbon dioxide from anodes by technology, IPCC Tier 1."""
    return aluminium * anode_emission_factor


@method(activity="aluminium_smelting", scope="1", clauses=PFC)
def anode_effect_cf4(
    aluminium: Aluminium,
    cf4_emission_factor: Annotated[Column, Parameter("kgCF4/t", "CF4 per tonne of aluminium")],
) -> Tetrafluoromethane:
    """Tetrafluoromethane from anode effects by a default per tonne.

    Low-voltage anode effects are not in it.
    """
    return aluminium * cf4_emission_factor


@method(activity="aluminium_smelting", scope="1", clauses=PFC)
def anode_effect_c2f6(
    aluminium: Aluminium,
    c2f6_emission_factor: Annotated[Column, Parameter("kgC2F6/t", "C2F6 per tonne of aluminium")],
) -> Hexafluoroethane:
    """Hexafluoroethane from anode effects by a default per tonne."""
    return aluminium * c2f6_emission_factor


@method(activity="aluminium_smelting", scope="1", clauses=SLOPE)
def slope_cf4(
    aluminium: Aluminium, cf4_slope: Slope, anode_effect_minutes: AnodeEffectMinutes
) -> Tetrafluoromethane:
    """Tetrafluoromethane from measured anode-effect minutes.

    Minutes are frequency times duration, per cell-day; they are not divided by the frequency.
    """
    return aluminium * cf4_slope * anode_effect_minutes


@method(activity="aluminium_smelting", scope="1", clauses=SLOPE)
def slope_c2f6(
    aluminium: Aluminium,
    cf4_slope: Slope,
    anode_effect_minutes: AnodeEffectMinutes,
    c2f6_cf4_ratio: Ratio,
) -> Hexafluoroethane:
    """Hexafluoroethane from measured anode-effect minutes, by its ratio to CF4."""
    return aluminium * cf4_slope * anode_effect_minutes * c2f6_cf4_ratio


@method(activity="aluminium_smelting", scope="1", clauses=OVERVOLTAGE)
def overvoltage_cf4(
    aluminium: Aluminium,
    overvoltage_coefficient: OvervoltageCoefficient,
    anode_effect_overvoltage: Overvoltage,
    current_efficiency: CurrentEfficiency,
) -> Tetrafluoromethane:
    """Tetrafluoromethane from measured anode-effect overvoltage."""
    return aluminium * overvoltage_coefficient * anode_effect_overvoltage / current_efficiency


@method(activity="aluminium_smelting", scope="1", clauses=OVERVOLTAGE)
def overvoltage_c2f6(
    aluminium: Aluminium,
    overvoltage_coefficient: OvervoltageCoefficient,
    anode_effect_overvoltage: Overvoltage,
    current_efficiency: CurrentEfficiency,
    c2f6_cf4_ratio: Ratio,
) -> Hexafluoroethane:
    """Hexafluoroethane from measured anode-effect overvoltage, by its ratio to CF4."""
    cf4 = aluminium * overvoltage_coefficient * anode_effect_overvoltage / current_efficiency
    return cf4 * c2f6_cf4_ratio
