"""Stationary combustion of fuels."""

from __future__ import annotations

from typing import Annotated

from carbonmeter.constants import CO2_PER_C
from carbonmeter.methods.declare import Emission, Parameter, method
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


@method(activity="solid_fuel_combustion", scope="1", clauses=HEAT_CLAUSES)
def solid_fuel(
    fuel: FuelMass,
    net_calorific_value: NetCalorificValue,
    carbon_content: CarbonContent,
    oxidation_factor: OxidationFactor,
) -> CarbonDioxide:
    """Carbon dioxide from burning a solid fuel, by heat value.

    Carbon left in ash and slag is what `oxidation_factor` takes off. Chinese enterprise guides
    count carbon dioxide only.
    """
    return fuel * net_calorific_value * carbon_content * oxidation_factor * CO2_PER_C


@method(activity="solid_fuel_combustion", scope="1", clauses=CARBON_CLAUSES)
def solid_fuel_by_carbon(
    fuel: FuelMass,
    carbon_content_as_received: CarbonAsReceived,
    oxidation_factor: OxidationFactor,
) -> CarbonDioxide:
    """Carbon dioxide from burning a solid fuel, by its measured carbon.

    The measured carbon replaces heat value and carbon per heat as a pair; levels are not mixed.
    """
    return fuel * carbon_content_as_received * oxidation_factor * CO2_PER_C


@method(activity="liquid_fuel_combustion", scope="1", clauses=HEAT_CLAUSES)
def liquid_fuel(
    fuel: FuelMass,
    net_calorific_value: NetCalorificValue,
    carbon_content: CarbonContent,
    oxidation_factor: OxidationFactor,
) -> CarbonDioxide:
    """Carbon dioxide from burning a liquid fuel, by heat value."""
    return fuel * net_calorific_value * carbon_content * oxidation_factor * CO2_PER_C


@method(activity="gaseous_fuel_combustion", scope="1", clauses=HEAT_CLAUSES)
def gaseous_fuel(
    fuel: FuelVolume,
    volumetric_calorific_value: VolumetricCalorificValue,
    carbon_content: CarbonContent,
    oxidation_factor: OxidationFactor,
) -> CarbonDioxide:
    """Carbon dioxide from burning a gas, by heat value.

    The volume is at 0 degC and 101.325 kPa; a volume at 20 degC is 7.3 % too large.
    """
    return fuel * volumetric_calorific_value * carbon_content * oxidation_factor * CO2_PER_C


@method(activity="solid_fuel_combustion", scope="1", clauses=TIER1_CLAUSES)
def solid_fuel_tier1(
    fuel: FuelMass, net_calorific_value: HeatPerMass, co2_emission_factor: CarbonDioxidePerHeat
) -> CarbonDioxide:
    """Carbon dioxide from burning a solid fuel, IPCC Tier 1 (full oxidation)."""
    return fuel * net_calorific_value * co2_emission_factor


@method(activity="solid_fuel_combustion", scope="1", clauses=TIER1_CLAUSES)
def solid_fuel_methane(
    fuel: FuelMass, net_calorific_value: HeatPerMass, ch4_emission_factor: MethanePerHeat
) -> Methane:
    """Methane from burning a solid fuel, IPCC Tier 1."""
    return fuel * net_calorific_value * ch4_emission_factor


@method(activity="solid_fuel_combustion", scope="1", clauses=TIER1_CLAUSES)
def solid_fuel_nitrous_oxide(
    fuel: FuelMass, net_calorific_value: HeatPerMass, n2o_emission_factor: NitrousOxidePerHeat
) -> NitrousOxide:
    """Nitrous oxide from burning a solid fuel, IPCC Tier 1."""
    return fuel * net_calorific_value * n2o_emission_factor


@method(activity="liquid_fuel_combustion", scope="1", clauses=TIER1_CLAUSES)
def liquid_fuel_tier1(
    fuel: FuelMass, net_calorific_value: HeatPerMass, co2_emission_factor: CarbonDioxidePerHeat
) -> CarbonDioxide:
    """Carbon dioxide from burning a liquid fuel, IPCC Tier 1 (full oxidation)."""
    return fuel * net_calorific_value * co2_emission_factor


@method(activity="liquid_fuel_combustion", scope="1", clauses=TIER1_CLAUSES)
def liquid_fuel_methane(
    fuel: FuelMass, net_calorific_value: HeatPerMass, ch4_emission_factor: MethanePerHeat
) -> Methane:
    """Methane from burning a liquid fuel, IPCC Tier 1."""
    return fuel * net_calorific_value * ch4_emission_factor


@method(activity="liquid_fuel_combustion", scope="1", clauses=TIER1_CLAUSES)
def liquid_fuel_nitrous_oxide(
    fuel: FuelMass, net_calorific_value: HeatPerMass, n2o_emission_factor: NitrousOxidePerHeat
) -> NitrousOxide:
    """Nitrous oxide from burning a liquid fuel, IPCC Tier 1."""
    return fuel * net_calorific_value * n2o_emission_factor


@method(activity="gaseous_fuel_combustion", scope="1", clauses=TIER1_CLAUSES)
def gaseous_fuel_tier1(
    fuel: FuelVolume,
    volumetric_calorific_value: HeatPerVolume,
    co2_emission_factor: CarbonDioxidePerHeat,
) -> CarbonDioxide:
    """Carbon dioxide from burning a gas, IPCC Tier 1 (full oxidation).

    IPCC prints heat per mass; the heat per normal volume must be the site's own.
    """
    return fuel * volumetric_calorific_value * co2_emission_factor
