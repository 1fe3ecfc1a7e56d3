"""Heat, steam and hot water bought and sold."""

from __future__ import annotations

from typing import Annotated

from carbonmeter.constants import (
    FEED_WATER_ENTHALPY,
    WATER_HEAT_CAPACITY,
    WATER_REFERENCE_TEMPERATURE,
)
from carbonmeter.methods.declare import MEASURED, Activity, Parameter, method
from carbonmeter.methods.vocabulary import (
    CarbonDioxide,
    CarbonDioxideDeducted,
    Heat,
    HeatEmissionFactor,
)
from carbonmeter.units import Column

NET_HEAT = {
    "GBT32150_2025": "7.5.6-7.5.7",
    "CETS_AG_04_01_2024": "auxiliary parameter (clause number not read)",
    "NDRC_CHEM_2013": "net purchased heat (clause number not read)",
}
STEAM = {"NDRC_CHEM_2013": "net purchased heat: steam (memory: text not seen)"}
FULL_STEAM = {"GBT32151_34_2024": "purchased heat: full enthalpy of the steam (clause not read)"}

# No contract parts heat from heat: the same tonnes count in both views of scope 2.
BOTH_VIEWS = ("2-location", "2-market")

SteamMass = Annotated[Column, Activity("t", "steam metered in the period")]
WaterMass = Annotated[Column, Activity("t", "hot water metered in the period")]
SteamEnthalpy = Annotated[
    Column, Parameter("GJ/t", "enthalpy of the steam at its absolute pressure and temperature")
]
WaterTemperature = Annotated[Column, Parameter("degC", "temperature of the hot water", MEASURED)]


@method(activity="heat_purchase", scope=BOTH_VIEWS, clauses=NET_HEAT)
def purchased(heat: Heat, heat_emission_factor: HeatEmissionFactor) -> CarbonDioxide:
    """Carbon dioxide of purchased heat."""
    return heat * heat_emission_factor


@method(activity="heat_export", scope=BOTH_VIEWS, clauses=NET_HEAT)
def exported(heat: Heat, heat_emission_factor: HeatEmissionFactor) -> CarbonDioxideDeducted:
    """Heat sold, deducted: guides count net purchases."""
    return heat * heat_emission_factor


@method(activity="steam_purchase", scope=BOTH_VIEWS, clauses=STEAM)
def steam(
    steam: SteamMass, steam_enthalpy: SteamEnthalpy, heat_emission_factor: HeatEmissionFactor
) -> CarbonDioxide:
    """Carbon dioxide of purchased steam; the heat of its feed water at 20 degC is taken off."""
    return steam * (steam_enthalpy - FEED_WATER_ENTHALPY) * heat_emission_factor


@method(activity="steam_purchase", scope=BOTH_VIEWS, clauses=FULL_STEAM)
def steam_full_enthalpy(
    steam: SteamMass, steam_enthalpy: SteamEnthalpy, heat_emission_factor: HeatEmissionFactor
) -> CarbonDioxide:
    """Carbon dioxide of purchased steam by its full enthalpy, about 3 % more."""
    return steam * steam_enthalpy * heat_emission_factor


@method(activity="hot_water_purchase", scope=BOTH_VIEWS, clauses=STEAM)
def hot_water(
    water: WaterMass, water_temperature: WaterTemperature, heat_emission_factor: HeatEmissionFactor
) -> CarbonDioxide:
    """Carbon dioxide of purchased hot water, by its heat above 20 degC."""
    heat = water * (water_temperature - WATER_REFERENCE_TEMPERATURE) * WATER_HEAT_CAPACITY
    return heat * heat_emission_factor
