"""Declarations: what is wrong fails at import, and the registers hold together."""

from __future__ import annotations

from collections import defaultdict
from itertools import combinations
from typing import Annotated

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbonmeter import units
from carbonmeter.errors import GuideError, MethodError, UnitError
from carbonmeter.methods import GUIDES, METHODS, Edition, Method, editions_of
from carbonmeter.methods.declare import Activity, Emission, Parameter, method
from carbonmeter.units import Column

EDITIONS = [edition for editions in GUIDES.values() for edition in editions]


@pytest.mark.parametrize("declared", METHODS.values(), ids=lambda m: m.name)
def test_units_parse_and_output_is_of_its_gas(declared: Method) -> None:
    units.parse(declared.quantity_unit)
    for parameter in declared.parameters.values():
        units.parse(parameter.unit)
    assert units.same_dimension(declared.output.unit, f"t{declared.output.gas}")


def test_one_parameter_name_has_one_dimension_everywhere() -> None:
    seen = defaultdict(set)
    for declared in METHODS.values():
        for name, parameter in declared.parameters.items():
            seen[name].add(parameter.unit)
    for name, given_units in seen.items():
        first = next(iter(given_units))
        assert all(units.same_dimension(first, u) for u in given_units), name


@pytest.mark.parametrize("declared", METHODS.values(), ids=lambda m: m.name)
@given(a=st.floats(1e-6, 1e9))
def test_formula_is_linear_in_its_activity(declared: Method, a: float) -> None:
    inputs = {n: np.float64(0.3 + 0.1 * i) for i, n in enumerate(declared.parameters)}
    once = declared.formula(**{declared.quantity: a}, **inputs)
    twice = declared.formula(**{declared.quantity: 2 * a}, **inputs)
    assert twice == pytest.approx(2 * once, rel=1e-14)


@pytest.mark.parametrize("declared", METHODS.values(), ids=lambda m: m.name)
def test_complex_step_equals_central_difference(declared: Method) -> None:
    inputs = {n: 0.3 + 0.1 * i for i, n in enumerate(declared.parameters)}
    for name in inputs:
        step = {**inputs, name: inputs[name] + 1e-30j}
        exact = declared.formula(**{declared.quantity: 1.0}, **step).imag / 1e-30
        up, down = ({**inputs, name: inputs[name] + h} for h in (1e-6, -1e-6))
        rise = declared.formula(**{declared.quantity: 1.0}, **up)
        fall = declared.formula(**{declared.quantity: 1.0}, **down)
        assert exact == pytest.approx((rise - fall) / 2e-6, rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("edition", EDITIONS, ids=lambda e: e.name)
def test_edition_names_methods_that_exist(edition: Edition) -> None:
    assert set(edition.methods) <= set(METHODS)
    assert set(edition.rounding) <= set(edition.methods)
    for name, rounding in edition.rounding.items():
        assert set(rounding.inputs) <= set(METHODS[name].parameters)


@pytest.mark.parametrize("edition", EDITIONS, ids=lambda e: e.name)
def test_alternatives_before_the_last_rest_on_a_measurement(edition: Edition) -> None:
    """Otherwise the later one could never answer, and the guide would guess between two.

    The residual mix is published from data year 2021 on only, so it may be missing as well.
    """
    for activity in edition.activities:
        for ladder in edition.ladders(activity):
            for better in ladder.methods[:-1]:
                measured = any(p.measured_only for p in better.parameters.values())
                assert measured or "grid_residual_mix" in better.parameters, better.name


def test_no_two_editions_of_one_guide_count_the_same_activity_at_one_time() -> None:
    for editions in GUIDES.values():
        for earlier, later in combinations(editions, 2):
            assert earlier.valid_to is not None
            if earlier.valid_to > later.valid_from:
                counted = [set(e.activities) - e.outside for e in (earlier, later)]
                assert not counted[0] & counted[1]


def test_unknown_guide_names_what_is_near() -> None:
    with pytest.raises(GuideError, match="did you mean: cets"):
        editions_of("cet")


def test_an_argument_without_a_unit_fails_when_declared() -> None:
    def loose(coal: Column) -> Annotated[Column, Emission("tCO2", gas="CO2")]:
        """A formula whose argument forgot its unit."""
        return coal

    with pytest.raises(MethodError, match="'coal' has no unit"):
        method(activity="x", scope="1", clauses={"s": "c"})(loose)


def test_a_second_method_of_the_same_name_fails_when_declared() -> None:
    def doubled(
        coal: Annotated[Column, Activity("t", "coal")],
        factor: Annotated[Column, Parameter("tCO2/t", "factor")],
    ) -> Annotated[Column, Emission("tCO2", gas="CO2")]:
        """A formula declared twice."""
        return coal * factor

    declare = method(activity="x", scope="1", clauses={"s": "c"})
    try:
        declare(doubled)
        with pytest.raises(MethodError, match="declared twice"):
            declare(doubled)
    finally:
        METHODS.pop("test_declare.doubled", None)


def test_calling_with_a_missing_parameter_says_what_it_takes() -> None:
    with pytest.raises(MethodError, match=r"carbon_content \[tC/GJ\]"):
        METHODS["combustion.fuel"]("1 t", net_calorific_value="20 GJ/t")


def test_calling_with_the_wrong_species_is_refused() -> None:
    with pytest.raises(UnitError, match="tCO2"):
        METHODS["combustion.fuel"](
            "1 t",
            net_calorific_value="20 GJ/t",
            carbon_content="0.1 tCO2/GJ",
            oxidation_factor="0.98 1",
        )
