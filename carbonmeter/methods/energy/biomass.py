"""Biomass burnt: its carbon dioxide is a memo item, its methane and nitrous oxide are emissions."""

from __future__ import annotations

from typing import Annotated

from carbonmeter.methods.declare import Emission, Memo, Parameter, method
from carbonmeter.methods.vocabulary import FuelMass
from carbonmeter.units import Column

MEMO = {
    "IPCC2006-V2": "Vol. 2 Ch. 2: carbon dioxide of biomass is an information item",
    "GBT32150_2015": "biogenic carbon dioxide is reported separately, not in the total",
}
TIER1 = {"IPCC2006-V2": "Vol. 2 Ch. 2, Tier 1 (equation 2.1)"}

HeatPerMass = Annotated[Column, Parameter("TJ/t", "net calorific value, as received")]


@method(activity="biomass_combustion", scope="", clauses=MEMO)
def biogenic_carbon_dioxide(
    fuel: FuelMass,
    net_calorific_value: HeatPerMass,
    biogenic_co2_emission_factor: Annotated[
        Column, Parameter("tCO2/TJ", "biogenic carbon dioxide per net heat")
    ],
) -> Annotated[Column, Memo("tCO2", gas="CO2")]:
    """Biogenic carbon dioxide from burning biomass, a memo item."""
    return fuel * net_calorific_value * biogenic_co2_emission_factor


@method(activity="biomass_combustion", scope="1", clauses=TIER1)
def methane(
    fuel: FuelMass,
    net_calorific_value: HeatPerMass,
    ch4_emission_factor: Annotated[Column, Parameter("kgCH4/TJ", "methane per net heat")],
) -> Annotated[Column, Emission("kgCH4", gas="CH4")]:
    """Methane from burning biomass, IPCC Tier 1."""
    return fuel * net_calorific_value * ch4_emission_factor


@method(activity="biomass_combustion", scope="1", clauses=TIER1)
def nitrous_oxide(
    fuel: FuelMass,
    net_calorific_value: HeatPerMass,
    n2o_emission_factor: Annotated[Column, Parameter("kgN2O/TJ", "nitrous oxide per net heat")],
) -> Annotated[Column, Emission("kgN2O", gas="N2O")]:
    """Nitrous oxide from burning biomass, IPCC Tier 1."""
    return fuel * net_calorific_value * n2o_emission_factor
