"""Carbonates, decomposed in kilns and sinters (alumina, chemicals, textiles) and in scrubbers."""

from __future__ import annotations

from typing import Annotated

from carbonmeter.methods.declare import MEASURED, Activity, Parameter, method
from carbonmeter.methods.vocabulary import CarbonDioxide
from carbonmeter.units import Column

COMMODITY = {
    "NDRC_NFM_2015": "carbonate decomposition, factor of the commodity (clause number not read)",
    "NDRC_AL_2013": "carbonate decomposition: alumina (clause number not read)",
    "CETS_AG_04_01_2024": "carbonate decomposition (clause number not read)",
}
PURE = {
    "NDRC_CHEM_2013": "carbonate use, App. 2 (clause number not read)",
    "GBT32151_34_2024": "Table C.2",
}
SCRUBBER = {"GBT32151_34_2024": "equation 10: desulphurisation"}

Carbonate = Annotated[Column, Activity("t", "carbonate consumed in the period, as bought")]
Sorbent = Annotated[Column, Activity("t", "desulphurisation sorbent consumed in the period")]
Stoichiometric = Annotated[
    Column, Parameter("tCO2/t", "carbon dioxide per tonne of pure carbonate")
]


@method(activity="carbonate_use", scope="1", clauses=COMMODITY)
def commodity(
    carbonate: Carbonate,
    commodity_emission_factor: Annotated[
        Column, Parameter("tCO2/t", "carbon dioxide per tonne as bought, purity inside")
    ],
) -> CarbonDioxide:
    """Carbon dioxide from decomposing a carbonate, by the factor of the commodity.

    The purity is inside the factor: it is never multiplied again.
    """
    return carbonate * commodity_emission_factor


@method(activity="carbonate_use", scope="1", clauses=PURE)
def measured_purity(
    carbonate: Carbonate,
    stoichiometric_emission_factor: Stoichiometric,
    purity: Annotated[Column, Parameter("1", "mass fraction of the pure carbonate", MEASURED)],
) -> CarbonDioxide:
    """Carbon dioxide from decomposing a carbonate of measured purity."""
    return carbonate * stoichiometric_emission_factor * purity


@method(activity="flue_gas_desulphurisation", scope="1", clauses=SCRUBBER)
def desulphurisation(
    sorbent: Sorbent,
    sorbent_carbonate_content: Annotated[
        Column, Parameter("1", "mass fraction of carbonate in the sorbent")
    ],
    stoichiometric_emission_factor: Stoichiometric,
    sorbent_conversion: Annotated[Column, Parameter("1", "fraction of the carbonate converted")],
) -> CarbonDioxide:
    """Carbon dioxide from carbonate sorbents in flue-gas desulphurisation."""
    return sorbent * sorbent_carbonate_content * stoichiometric_emission_factor * sorbent_conversion
