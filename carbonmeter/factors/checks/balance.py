"""Balances between records of one subject: energy, carbon and carbon dioxide that do not add up."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from carbonmeter.constants import CO2_PER_C
from carbonmeter.errors import Problem
from carbonmeter.factors.checks.said import Said, said
from carbonmeter.factors.checks.slips import suspected
from carbonmeter.factors.checks.view import Column, Index, View, dimension_of
from carbonmeter.factors.derivation import half_digits
from carbonmeter.factors.layer import Layer
from carbonmeter.units.exact import Dimension

NET, GROSS = "net_calorific_value", "gross_calorific_value"
VOLUMETRIC = "volumetric_calorific_value"
CARBON, CO2, OXIDATION = "carbon_content", "co2_emission_factor", "oxidation_factor"
PURE, COMMODITY = "stoichiometric_emission_factor", "commodity_emission_factor"
CALORIFIC = (NET, VOLUMETRIC)
# What a substance gives when all of it reacts, beside the carbon in it.
WHOLLY = (CO2, PURE, "combustion_emission_factor")
CARBONS = (CARBON, "carbon_fraction", "carbon_mass_fraction", "carbon_content_as_received")
PLACE = ("subject", "region", "site", "tier")
MORE = 1.02  # what exceeds the carbon by so much is no rounding


class Pairs(NamedTuple):
    """Records of two parameters at one place: equally many of each."""

    one: Index
    other: Index


def balance_problems(layer: Layer) -> Iterator[Problem]:
    """What no fuel or carbonate can be: more net than gross energy, more carbon dioxide than its
    carbon makes, a commodity that gives more than the pure substance."""
    view = View(layer)
    held = {*layer.coded("parameter").labels}
    if {NET, GROSS} <= held:
        yield from _above(
            view, NET, GROSS, 1.0, ("net", "低位"), ("gross calorific value", "高位热值")
        )
    if {COMMODITY, PURE} <= held:
        yield from _above(
            view,
            COMMODITY,
            PURE,
            1.0,
            ("commodity", "商品"),
            ("factor of the pure substance", "纯物质因子"),
        )
    if held.intersection(WHOLLY) and held.intersection(CARBONS):
        yield from _more_than_carbon(view)


def balance_findings(layer: Layer) -> Iterator[Said]:
    """Carbon dioxide factors that the carbon content beside them does not give; a carbon content
    that is the calorific value over a thousand."""
    view = View(layer)
    held = {*layer.coded("parameter").labels}
    if {CO2, CARBON} <= held:
        yield from _other_than_carbon(view)
    if {NET, CARBON} <= held:
        yield from _energy_as_carbon(view)
        yield from _products(view)


def _pairs(view: View, one: str, other: str) -> Pairs:
    """Records of two parameters at one place, valid from one day, in units of one power of mass,
    volume and energy; where several of the second fit, the first of them."""
    layer = view.layer
    days = layer.columns["valid_from"].astype("M8[D]").astype(np.int64)
    place, _ = view.together(*PLACE)
    a = np.flatnonzero(view.where("parameter", [one]))
    b = np.flatnonzero(view.where("parameter", [other]))
    if not a.size or not b.size:
        return Pairs(a[:0], b[:0])
    known: dict[tuple[int, int], int] = {}
    for at in b[::-1].tolist():
        known[int(place[at]), int(days[at])] = at
    found = [
        (at, known[key])
        for at in a.tolist()
        if (key := (int(place[at]), int(days[at]))) in known and _one_basis(layer, at, known[key])
    ]
    table = np.array(found, dtype=np.int64).reshape(-1, 2)
    return Pairs(table[:, 0], table[:, 1])


def _one_basis(layer: Layer, one: int, other: int) -> bool:
    """Whether two records do not name different bases; of heat, NCV and GCV are compared."""
    c = layer.columns
    for name in ("volume_basis", "moisture_basis"):
        if c[name][one] and c[name][other] and c[name][one] != c[name][other]:
            return False
    return True


def _kind_of(layer: Layer, at: int, drop: str) -> Dimension | None:
    """The dimension of a record's unit without one substance in it."""
    dimension = dimension_of(str(layer.columns["unit"][at]))
    if dimension is None:
        return None
    return tuple(part for part in dimension if part[0] != f"mass_of_{drop}")


def _above(
    view: View,
    one: str,
    other: str,
    times: float,
    what: tuple[str, str],
    than: tuple[str, str],
) -> Iterator[Said]:
    layer = view.layer
    pairs = _pairs(view, one, other)
    room = _room(view, pairs.one) + times * _room(view, pairs.other)
    for i in np.flatnonzero(view.base[pairs.one] > times * view.base[pairs.other] + room).tolist():
        a, b = int(pairs.one[i]), int(pairs.other[i])
        if _kind_of(layer, a, "") != _kind_of(layer, b, ""):
            continue
        stated = f"{layer.columns['value'][b]:g} {layer.columns['unit'][b]}"
        rule = (
            f"the {what[0]} value is above the {than[0]} in row {layer.row[b]}, {stated}",
            f"{what[1]}值高于第{layer.row[b]}行的{than[1]} {stated}",
        )
        cure = ("exchange them, or correct one", "请核对：两者是否颠倒或有误")
        yield said(layer, a, "value", rule, cure)


def _more_than_carbon(view: View) -> Iterator[Said]:
    layer = view.layer
    pairs = [pair for w in WHOLLY for c in CARBONS for pair in _carbon_pairs(view, w, c)]
    for a, b, _ in pairs:
        most = CO2_PER_C * view.base[b]
        if view.base[a] > MORE * most:
            ratio = float(view.base[a] / most)
            slip = suspected(ratio)
            given = f"{most / view.factor[a]:.6g} {layer.columns['unit'][a]}"
            rule = (
                f"more carbon dioxide than the carbon in row {layer.row[b]} makes: 44/12 of it is"
                f" {given}{slip[0]}",
                f"二氧化碳多于第{layer.row[b]}行的碳所能生成的量：其 44/12 为 {given}{slip[1]}",
            )
            cure = ("correct the factor or the carbon content", "请更正因子或含碳量")
            yield said(layer, a, "value", rule, cure)


def _other_than_carbon(view: View) -> Iterator[Said]:
    layer = view.layer
    for a, b, room in _carbon_pairs(view, CO2, CARBON):
        most = CO2_PER_C * view.base[b]
        off = float(view.base[a] - most)
        if abs(off) <= room or view.base[a] > MORE * most:
            continue
        given = f"{most / view.factor[a]:.6g}"
        rule = (
            f"44/12 of the carbon content in row {layer.row[b]} is {given}:"
            f" {100.0 * off / most:+.2g} %",
            f"第{layer.row[b]}行含碳量的 44/12 为 {given}：相差 {100.0 * off / most:+.2g} %",
        )
        cure = (
            "more than rounding; see whether oxidation is in it, or one is of another edition",
            "超出舍入误差；请核对是否已含氧化率，或二者版本不同",
        )
        yield said(layer, a, "value", rule, cure)


def _carbon_pairs(view: View, whole: str, carbon: str) -> Iterator[tuple[int, int, float]]:
    """Carbon dioxide factor, carbon content per the same amount, and the room that digits leave."""
    layer = view.layer
    pairs = _pairs(view, whole, carbon)
    room = _room(view, pairs.one) + CO2_PER_C * _room(view, pairs.other)
    for i, (a, b) in enumerate(zip(pairs.one.tolist(), pairs.other.tolist(), strict=True)):
        if _kind_of(layer, a, "CO2") == _kind_of(layer, b, "C"):
            yield a, b, float(room[i])


def _energy_as_carbon(view: View) -> Iterator[Said]:
    """A carbon content whose digits are those of the calorific value."""
    layer = view.layer
    c = layer.columns
    pairs = _pairs(view, CARBON, NET)
    digits = half_digits(c["value"][pairs.one])
    for i, (a, b) in enumerate(zip(pairs.one.tolist(), pairs.other.tolist(), strict=True)):
        carbon, heat = float(c["value"][a]), float(c["value"][b])
        enough = carbon > 0.0 and heat > 0.0 and digits[i] / carbon < 5e-4
        if enough and any(abs(carbon - heat / k) <= digits[i] for k in (1.0, 1000.0)):
            rule = (
                f"the digits of the calorific value in row {layer.row[b]}, {heat:g} {c['unit'][b]}",
                f"数字与第{layer.row[b]}行的热值 {heat:g} {c['unit'][b]} 相同",
            )
            cure = (
                "see whether the calorific value was copied, or divided by a thousand",
                "请核对是否误抄热值或除以一千",
            )
            yield said(layer, a, "value", rule, cure)


def _products(view: View) -> Iterator[Said]:
    """Factors per fuel that calorific value × carbon content × oxidation does not give."""
    layer = view.layer
    c = layer.columns
    labels = view.labels("parameter")
    named = [
        p
        for p in labels
        if p not in (CO2, PURE, COMMODITY)
        and "biogenic" not in p
        and (p.startswith("co2_") or p.endswith("emission_factor"))
    ]
    for name in named:
        for calorific in CALORIFIC:
            heat, carbon = _pairs(view, name, calorific), dict(_both(_pairs(view, name, CARBON)))
            oxidised = dict(_both(_pairs(view, name, OXIDATION)))
            for a, b in _both(heat):
                if a not in carbon or not _is_product(layer, a, b, carbon[a]):
                    continue
                parts = [b, carbon[a], *([oxidised[a]] if a in oxidised else [])]
                whole = CO2_PER_C * view.base[b] * view.base[carbon[a]]
                part = whole * view.base[oxidised[a]] if a in oxidised else whole
                rel = sum(float(r) for r in _room(view, np.array(parts)) / view.base[parts])
                room = float(_room(view, np.array([a]))[0]) + rel * whole
                value = float(view.base[a])
                if min(abs(value - part), abs(value - whole)) > room:
                    yield _no_product(layer, a, part / view.factor[a], value / part, c["unit"][a])


def _no_product(layer: Layer, at: int, given: float, ratio: float, unit: str) -> Said:
    slip = suspected(ratio)
    rule = (
        f"calorific value × carbon content × oxidation × 44/12 is {given:.6g} {unit}, the ratio"
        f" {ratio:.4g}{slip[0]}",
        f"热值×含碳量×氧化率×44/12 为 {given:.6g} {unit}，比值 {ratio:.4g}{slip[1]}",
    )
    cure = ("see which of the four is of another edition or unit", "请核对四者的版本与单位")
    return said(layer, at, "value", rule, cure)


def _is_product(layer: Layer, factor: int, heat: int, carbon: int) -> bool:
    """Whether calorific value times carbon content is carbon per what the factor is per."""
    powers: dict[str, int] = {}
    for at in (heat, carbon):
        for base, power in dimension_of(str(layer.columns["unit"][at])) or ():
            powers[base] = powers.get(base, 0) + power
    powers.pop("mass_of_C", None)
    product = tuple(sorted((base, power) for base, power in powers.items() if power))
    return _kind_of(layer, factor, "CO2") == product


def _both(pairs: Pairs) -> list[tuple[int, int]]:
    return list(zip(pairs.one.tolist(), pairs.other.tolist(), strict=True))


def _room(view: View, at: Index) -> Column:
    """Half a unit of the last digit of some values, in base units."""
    found: Column = half_digits(view.layer.columns["value"][at]) * view.factor[at]
    return found
