"""Stationary combustion of fuels and biomass."""

from __future__ import annotations

from typing import Annotated

from carbonmeter.constants import CO2_PER_C
from carbonmeter.methods.declare import Emission, Memo, Parameter, method
from carbonmeter.methods.vocabulary import (
    CarbonAsReceived,
    CarbonContent,
    CarbonDioxide,
    FuelMass,
    FuelVolume,
    NetCalorificValue,
    OxidationFactor,
    VolumetricCalorificValue,
)
from carbonmeter.units import Column

HEAT_CLAUSES = {
    "NDRC_CHEM_2013": "fossil fuel combustion; fuel table App. 2 (clause number not read)",
    "NDRC_AL_2013": "fossil fuel combustion (clause number not read)",
    "CETS_AG_04_01_2024": "fossil fuel combustion; fuel table App. A (clause number not read)",
    "GBT32151_34_2024": "fossil fuel combustion; fuel table C.1 (clause number not read)",
}
CARBON_CLAUSES = {
    "CETS_AG_01_01": "fuel combustion by measured carbon (clause number not read)",
    "CETS_AG_04_01_2024": "fuel combustion by measured carbon (clause number not read)",
    "NDRC_CHEM_2013": "measured carbon content of a fuel (clause number not read)",
    "GBT32151_34_2024": "measured carbon content of a fuel (clause number not read)",
}
MEMO_CLAUSES = {
    "IPCC2006-V2": "Vol. 2 Ch. 2: carbon dioxide of biomass is an information item",
    "GBT32150_2015": "biogenic carbon dioxide is reported separately, not in the total",
}
TIER1_CLAUSES = {"IPCC2006-V2": "Vol. 2 Ch. 2, Tier 1 (equation 2.1)"}

CarbonDioxidePerHeat = Annotated[
    Column, Parameter("tCO2/TJ", "carbon dioxide per net heat, fully oxidised")
]
MethanePerHeat = Annotated[Column, Parameter("kgCH4/TJ", "methane per net heat")]
NitrousOxidePerHeat = Annotated[Column, Parameter("kgN2O/TJ", "nitrous oxide per net heat")]
HeatPerMass = Annotated[Column, Parameter("TJ/t", "net calorific value, as received")]
HeatPerVolume = Annotated[Column, Parameter("TJ/万Nm3", "net calorific value per normal volume")]
Methane = Annotated[Column, Emission("kgCH4", gas="CH4")]
NitrousOxide = Annotated[Column, Emission("kgN2O", gas="N2O")]


BY_MASS = ("solid_fuel_combustion", "liquid_fuel_combustion", "power_unit_combustion")


@method(activity=BY_MASS, scope="1", clauses=HEAT_CLAUSES)
def fuel(
    fuel: FuelMass,
    net_calorific_value: NetCalorificValue,
    carbon_content: CarbonContent,
    oxidation_factor: OxidationFactor,
) -> CarbonDioxide:
    """Carbon dioxide from burning a solid or liquid fuel, by heat value.

    Carbon left in ash and slag is what `oxidation_factor` takes off. Chinese enterprise guides
    count carbon dioxide only.
    """
    return fuel * net_calorific_value * carbon_content * oxidation_factor * CO2_PER_C


@method(activity=BY_MASS, scope="1", clauses=CARBON_CLAUSES)
def fuel_by_carbon(
    fuel: FuelMass,
    carbon_content_as_received: CarbonAsReceived,
    oxidation_factor: OxidationFactor,
) -> CarbonDioxide:
    """Carbon dioxide from burning a solid or liquid fuel, by its measured carbon.

    The measured carbon replaces heat value and carbon per heat as a pair; levels are not mixed.
    """
    return fuel * carbon_content_as_received * oxidation_factor * CO2_PER_C


@method(activity="gaseous_fuel_combustion", scope="1", clauses=HEAT_CLAUSES)
def gas(
    fuel: FuelVolume,
    volumetric_calorific_value: VolumetricCalorificValue,
    carbon_content: CarbonContent,
    oxidation_factor: OxidationFactor,
) -> CarbonDioxide:
    """Carbon dioxide from burning a gas, by heat value.

    The volume is at 0 degC and 101.325 kPa; a volume at 20 degC is 7.3 % too large.
    """
    return fuel * volumetric_calorific_value * carbon_content * oxidation_factor * CO2_PER_C


@method(activity=BY_MASS, scope="1", clauses=TIER1_CLAUSES)
def fuel_tier1(
    fuel: FuelMass, net_calorific_value: HeatPerMass, co2_emission_factor: CarbonDioxidePerHeat
) -> CarbonDioxide:
    """Carbon dioxide from burning a solid or liquid fuel, IPCC Tier 1 (full oxidation)."""
    return fuel * net_calorific_value * co2_emission_factor


@method(activity=(*BY_MASS, "biomass_combustion"), scope="1", clauses=TIER1_CLAUSES)
def methane(
    fuel: FuelMass, net_calorific_value: HeatPerMass, ch4_emission_factor: MethanePerHeat
) -> Methane:
    """Methane from burning a fuel or biomass, IPCC Tier 1."""
    return fuel * net_calorific_value * ch4_emission_factor


@method(activity=(*BY_MASS, "biomass_combustion"), scope="1", clauses=TIER1_CLAUSES)
def nitrous_oxide(
    fuel: FuelMass, net_calorific_value: HeatPerMass, n2o_emission_factor: NitrousOxidePerHeat
) -> NitrousOxide:
    """Nitrous oxide from burning a fuel or biomass, IPCC Tier 1."""
    return fuel * net_calorific_value * n2o_emission_factor


@method(activity="biomass_combustion", scope="", clauses=MEMO_CLAUSES)
def biogenic_carbon_dioxide(
    fuel: FuelMass,
    net_calorific_value: HeatPerMass,
    biogenic_co2_emission_factor: Annotated[
        Column, Parameter("tCO2/TJ", "biogenic carbon dioxide per net heat")
    ],
) -> Annotated[Column, Memo("tCO2", gas="CO2")]:
    """Biogenic carbon dioxide from burning biomass, a memo item."""
    return fuel * net_calorific_value * biogenic_co2_emission_factor


@method(activity="gaseous_fuel_combustion", scope="1", clauses=TIER1_CLAUSES)
def gas_tier1(
    fuel: FuelVolume,
    volumetric_calorific_value: HeatPerVolume,
    co2_emission_factor: CarbonDioxidePerHeat,
) -> CarbonDioxide:
    """Carbon dioxide from burning a gas, IPCC Tier 1 (full oxidation).

    IPCC prints heat per mass; the heat per normal volume must be the site's own.
    """
    return fuel * volumetric_calorific_value * co2_emission_factor
