"""The numbers that sources print come out, to half a unit of their last digit."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from typing import Any

import pytest

from carbonmeter.methods import METHODS
from carbonmeter.units import scale
from tests.helpers import printed

GOLDEN = files("carbonmeter.examples") / "golden" / "enterprise.toml"
EXAMPLES = tomllib.loads(GOLDEN.read_text(encoding="utf-8"))["example"]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda e: f"{e['method']}, {e['clause']}")
def test_method_gives_the_number_its_source_prints(example: dict[str, Any]) -> None:
    method = METHODS[example["method"]]
    value, unit = example["expect"].split()
    got = method(example["quantity"], **example["inputs"])
    assert got.m * scale(method.output.unit, unit) == printed(value)


def test_perfluorocarbons_per_tonne_under_both_gwp_sets() -> None:
    """NDRC 0.25228 and CETS 0.26316 tCO2e per tonne from the same default kilograms."""
    cf4 = METHODS["aluminium.anode_effect_cf4"]("1 t", cf4_emission_factor="0.034 kgCF4/t")
    c2f6 = METHODS["aluminium.anode_effect_c2f6"]("1 t", c2f6_emission_factor="0.0034 kgC2F6/t")
    assert (cf4.m * 6500 + c2f6.m * 9200) / 1000 == printed("0.25228")
    assert (cf4.m * 6630 + c2f6.m * 11100) / 1000 == printed("0.26316")


def test_the_lands_of_poplar_removal_by_hand() -> None:
    """100 ha growing from 70 to 78 m3/ha: 100 x 8 x 0.6251 x 0.5 x 44/12 = 916.81 t."""
    got = METHODS["forest.stock_difference"](
        "100 ha",
        stand_volume_start="70 m3/ha",
        stand_volume_end="78 m3/ha",
        biomass_volume_slope="0.6251 t/m3",
        carbon_fraction="0.5 tC/t",
    )
    assert got.m == printed("916.81")


def test_steam_by_two_rule_books() -> None:
    """1000 t of steam at 2777 kJ/kg: with and without the heat of feed water at 20 degC."""
    steam = {"steam_enthalpy": "2777 kJ/kg", "heat_emission_factor": "0.11 tCO2/GJ"}
    net = METHODS["heat.steam"]("1000 t", **steam)
    full = METHODS["heat.steam_full_enthalpy"]("1000 t", **steam)
    assert net.m == printed("296.2586")
    assert full.m == printed("305.47")


def test_hot_water_by_hand() -> None:
    """1000 t at 70 degC: 1000 x 50 x 4.1868e-3 x 0.11."""
    got = METHODS["heat.hot_water"](
        "1000 t", water_temperature="70 degC", heat_emission_factor="0.11 tCO2/GJ"
    )
    assert got.m == printed("23.0274")
