"""The quantities that sectors share, as types. An argument's name is its key in factors/."""

from __future__ import annotations

from typing import Annotated

from carbonmeter.methods.declare import (
    MEASURED,
    Activity,
    Deduction,
    Emission,
    Parameter,
    Removal,
)
from carbonmeter.units import Column

FuelMass = Annotated[Column, Activity("t", "fuel burnt in the period, as received")]
FuelVolume = Annotated[Column, Activity("万Nm3", "gas burnt in the period, at 0 degC, 101.325 kPa")]
Electricity = Annotated[Column, Activity("MWh", "electricity metered in the period")]
Heat = Annotated[Column, Activity("GJ", "heat metered in the period")]

NetCalorificValue = Annotated[Column, Parameter("GJ/t", "net calorific value, as received")]
VolumetricCalorificValue = Annotated[
    Column, Parameter("GJ/万Nm3", "net calorific value per normal volume")
]
CarbonContent = Annotated[Column, Parameter("tC/GJ", "carbon per unit of net calorific value")]
CarbonAsReceived = Annotated[
    Column, Parameter("tC/t", "elemental carbon, mass fraction as received", MEASURED)
]
OxidationFactor = Annotated[Column, Parameter("1", "fraction of the carbon that is oxidised")]
HeatEmissionFactor = Annotated[Column, Parameter("tCO2/GJ", "carbon dioxide per heat supplied")]

CarbonDioxide = Annotated[Column, Emission("tCO2", gas="CO2")]
CarbonDioxideDeducted = Annotated[Column, Deduction("tCO2", gas="CO2")]
CarbonDioxideRemoved = Annotated[Column, Removal("tCO2", gas="CO2")]
