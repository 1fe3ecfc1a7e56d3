"""Units that fit the kind of a parameter, and values that its kind can have."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from carbonmeter.errors import Problem
from carbonmeter.factors.checks.said import said
from carbonmeter.factors.checks.view import Mask, View, dimension_of, species_of, together
from carbonmeter.factors.layer import Layer
from carbonmeter.units.exact import Dimension

# The gas that a name begins its kind with, and the substance its unit then counts.
_OF_GAS = re.compile(
    r"(?:^|_)(co2e|co2|ch4|n2o|sf6|nf3|cf4|c2f6)_(?:emission_factor|per_|yield|slope)"
)
_EMISSION = re.compile(r"emission_factor(?:$|_)")
_CALORIFIC = re.compile(r"calorific_value(?:$|_)")
PURE = frozenset({"oxidation_factor", "purity", "power_unit_oxidation_factor"})
# Parts of a whole; one and a half of it is a slip of a hundred or a basis mixed up.
PARTS = re.compile(
    r"^(oxidation_factor|power_unit_oxidation_factor|purity|carbon_fraction"
    r"|carbon_content_as_received|sorbent_conversion|sorbent_carbonate_content)$"
)
SIGNLESS = re.compile(r"calorific_value|^carbon_content|^oxidation_factor|^purity$|^gwp")


class Misfit(NamedTuple):
    """Why a unit cannot be that of a parameter, and what to write; English and Chinese."""

    rule: tuple[str, str]
    cure: tuple[str, str]


def kind_problems(layer: Layer) -> Iterator[Problem]:
    """Records whose unit, or value, is not one of the kind that their parameter names."""
    view, c = View(layer), layer.columns
    code, first = together([view.codes(name) for name in ("parameter", "unit", "gas")])
    for at in np.sort(first).tolist():
        dimension = dimension_of(str(c["unit"][at]))
        if dimension is None:
            continue
        wrong = misfit(str(c["parameter"][at]), dimension)
        wrong = wrong or another_gas(str(c["gas"][at]), dimension)
        if wrong:
            for again in np.flatnonzero(code == code[at]).tolist():
                yield said(layer, again, "unit", *wrong)
    yield from _out_of_range(view)
    yield from _contradictions(view)


def misfit(parameter: str, dimension: Dimension) -> Misfit | None:
    """Why a dimension cannot be that of a parameter; None if it can, or nobody knows."""
    species = species_of(dimension)
    counted = {name for name, power in species.items() if power > 0}
    named = _OF_GAS.search(parameter)
    if named and (gas := _called(named[1])) not in counted:
        what = _worded(dimension, counted)
        return Misfit(
            (
                f"{parameter} counts {gas}, its unit counts {what[0]}",
                f"{parameter} 计量的是 {gas}，而单位计量的是{what[1]}",
            ),
            (
                f"write the unit of an amount of {gas}, such as t{gas}/t, or the parameter that"
                " the value is of",
                f"请写 {gas} 的量的单位（如 t{gas}/t），或改为该数值真正对应的参数",
            ),
        )
    if _EMISSION.search(parameter) and not counted - {"C"}:
        what = _worded(dimension, counted)
        return Misfit(
            (f"an emission factor counts a gas, its unit counts {what[0]}",
             f"排放因子计量的是气体，而单位计量的是{what[1]}"),
            ("say of which gas the mass is: tCO2/t, kgCH4/TJ, tCO2e/MWh",
             "请写明是哪种气体的质量：tCO2/t、kgCH4/TJ、tCO2e/MWh"),
        )  # fmt: skip
    powers = dict(dimension)
    if _CALORIFIC.search(parameter) and (species or powers.get("time") != -2):
        return Misfit(
            ("a calorific value is energy per amount of fuel", "热值的单位是单位燃料的能量"),
            ("write GJ/t or GJ/万Nm3", "请写 GJ/t 或 GJ/万Nm3"),
        )
    if parameter in PURE and dimension:
        return Misfit(
            (f"{parameter} is a part of a whole, without a dimension",
             f"{parameter} 是比例，没有量纲"),
            ("write percent, or 1 for a fraction", "请写 percent，小数则写 1"),
        )  # fmt: skip
    return None


def another_gas(gas: str, dimension: Dimension) -> Misfit | None:
    """Why a unit cannot be that of a record of a gas: it counts another one."""
    counted = {name for name, power in species_of(dimension).items() if power > 0}
    other = {s for s in counted if s not in ("CO2e", "C", "N") and not s.startswith(f"{gas}_")}
    if not gas or not other or gas in counted or other != counted:
        return None
    names = ", ".join(sorted(other))
    return Misfit(
        (f"a record of {gas} whose unit counts {names}", f"{gas} 的记录，单位计量的却是 {names}"),
        ("correct the gas or the unit", "请更正气体或单位"),
    )


def _called(word: str) -> str:
    return "CO2e" if word == "co2e" else word.upper()


def _worded(dimension: Dimension, counted: set[str]) -> tuple[str, str]:
    if counted:
        names = ", ".join(sorted(counted))
        return names, f" {names}"
    if dict(dimension).get("time") == -2:
        return "energy", "能量"
    return "no gas", "的不是气体"


def _out_of_range(view: View) -> Iterator[Problem]:
    layer = view.layer
    parts = view.where("parameter", [p for p in view.labels("parameter") if PARTS.match(p)])
    for at in _rows(parts & (view.base > 1.0 + 1e-9)):
        rule = (
            "more than the whole: a part lies between 0 and 1 (100 percent)",
            "超过整体：比例应在 0 与 1（100 percent）之间",
        )
        cure = (
            "see whether the value is a percentage and its unit says 1, or the basis is another",
            "请核对：数值是否为百分数而单位写成 1，或基准不同",
        )
        yield said(layer, at, "value", rule, cure)
    signless = view.where("parameter", [p for p in view.labels("parameter") if SIGNLESS.search(p)])
    gwp = view.where("parameter", [p for p in view.labels("parameter") if p.startswith("gwp")])
    for at in _rows(signless & ~gwp & (layer.columns["value"] < 0.0)):
        rule = ("a negative value of what cannot be negative", "该参数不可能为负")
        yield said(layer, at, "value", rule, ("check the sign", "请核对符号"))


def _contradictions(view: View) -> Iterator[Problem]:
    """Bases that contradict the parameter they stand beside."""
    layer = view.layer
    labels = view.labels("parameter")
    net = [p for p in labels if p.startswith("net_calorific_value")]
    gross = [p for p in labels if p.startswith("gross_calorific_value")]
    pure = [p for p in labels if p.startswith("stoichiometric_")]
    commodity = [p for p in labels if p.startswith("commodity_")]
    for names, column, wrong in (
        (net, "energy_basis", "GCV"),
        (gross, "energy_basis", "NCV"),
        (pure, "purity_basis", "commodity"),
        (commodity, "purity_basis", "pure"),
    ):
        if not names:
            continue
        for at in _rows(view.where("parameter", names) & view.where(column, [wrong])):
            parameter = layer.columns["parameter"][at]
            rule = (
                f"{wrong} beside {parameter}: the one excludes the other",
                f"{parameter} 不能是 {wrong} 基准，两者矛盾",
            )
            cure = (
                "name the parameter that the value is of, or its basis",
                "请改为该数值真正对应的参数或基准",
            )
            yield said(layer, at, column, rule, cure)


def _rows(mask: Mask) -> list[int]:
    return [int(at) for at in np.flatnonzero(mask)]
