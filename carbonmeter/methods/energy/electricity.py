"""Electricity bought and sold.

Location and market view stand side by side and are never added. Which grid series answers is the
guide's choice: `grid_emission_factor` is only a name that the guide binds to one published series.
"""

from __future__ import annotations

from typing import Annotated

from carbonmeter.methods.declare import Parameter, method
from carbonmeter.methods.vocabulary import CarbonDioxide, CarbonDioxideDeducted, Electricity
from carbonmeter.units import Column

GridFactor = Annotated[Column, Parameter("tCO2/MWh", "carbon dioxide per kWh, the guide's series")]
ResidualMix = Annotated[
    Column, Parameter("tCO2/MWh", "mix left after non-fossil power that was claimed by contract")
]
NonFossil = Annotated[Column, Parameter("tCO2/MWh", "non-fossil power proved by contract")]

LOCATION = {
    "GBT32150_2025": "net purchased electricity, 7.5",
    "NDRC_CHEM_2013": "net purchased electricity (clause number not read)",
    "CETS_AG_04_01_2024": "auxiliary parameter; factor App. E",
    "GHGP_SCOPE2": "location-based method",
}
MARKET = {"GHGP_SCOPE2": "market-based method", "MEE_EF_2023": "residual mix"}
NO_RESIDUAL = {
    "GHGP_SCOPE2": "market-based method: the grid's average where no residual mix is published"
    " (memory: text not seen)"
}
CONTRACT = {"GBT32151_34_2024": "App. D: contract and settlement, certificate or own metering"}


@method(activity="electricity_purchase", scope="2-location", clauses=LOCATION)
def purchased(electricity: Electricity, grid_emission_factor: GridFactor) -> CarbonDioxide:
    """Carbon dioxide of purchased electricity by the grid's average."""
    return electricity * grid_emission_factor


@method(activity="electricity_export", scope="2-location", clauses=LOCATION)
def exported(electricity: Electricity, grid_emission_factor: GridFactor) -> CarbonDioxideDeducted:
    """Electricity sold, deducted at the grid's average: guides count net purchases."""
    return electricity * grid_emission_factor


@method(activity="non_fossil_electricity_purchase", scope="2-location", clauses=LOCATION)
def non_fossil_by_location(
    electricity: Electricity, grid_emission_factor: GridFactor
) -> CarbonDioxide:
    """Carbon dioxide of contracted non-fossil electricity by the grid's average.

    A guide that does not recognise contracts counts it like any other kilowatt-hour.
    """
    return electricity * grid_emission_factor


@method(
    activity="non_fossil_electricity_purchase",
    scope="2-location",
    clauses=CONTRACT,
    needs_evidence=True,
)
def non_fossil_by_contract(
    electricity: Electricity, non_fossil_emission_factor: NonFossil
) -> CarbonDioxide:
    """Carbon dioxide of contracted non-fossil electricity where the guide recognises contracts."""
    return electricity * non_fossil_emission_factor


@method(activity="electricity_purchase", scope="2-market", clauses=MARKET)
def purchased_residual(electricity: Electricity, grid_residual_mix: ResidualMix) -> CarbonDioxide:
    """Carbon dioxide of uncontracted electricity by the residual mix."""
    return electricity * grid_residual_mix


@method(activity="electricity_export", scope="2-market", clauses=MARKET)
def exported_residual(
    electricity: Electricity, grid_residual_mix: ResidualMix
) -> CarbonDioxideDeducted:
    """Electricity sold, deducted at the residual mix."""
    return electricity * grid_residual_mix


@method(activity="electricity_purchase", scope="2-market", clauses=NO_RESIDUAL)
def purchased_without_residual(
    electricity: Electricity, grid_emission_factor: GridFactor
) -> CarbonDioxide:
    """Carbon dioxide of uncontracted electricity while no residual mix is published."""
    return electricity * grid_emission_factor


@method(activity="electricity_export", scope="2-market", clauses=NO_RESIDUAL)
def exported_without_residual(
    electricity: Electricity, grid_emission_factor: GridFactor
) -> CarbonDioxideDeducted:
    """Electricity sold, deducted at the grid's average while no residual mix is published."""
    return electricity * grid_emission_factor


@method(
    activity="non_fossil_electricity_purchase",
    scope="2-market",
    clauses=MARKET | CONTRACT,
    needs_evidence=True,
)
def non_fossil(electricity: Electricity, non_fossil_emission_factor: NonFossil) -> CarbonDioxide:
    """Carbon dioxide of contracted non-fossil electricity by its contract."""
    return electricity * non_fossil_emission_factor
