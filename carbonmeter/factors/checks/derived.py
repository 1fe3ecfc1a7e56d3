"""Derived records: a formula that can be read, parents that are there, the value they come to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from carbonmeter.errors import Problem
from carbonmeter.factors.causes import causes
from carbonmeter.factors.checks.said import Said, said
from carbonmeter.factors.checks.slips import suspected
from carbonmeter.factors.checks.view import Column, View
from carbonmeter.factors.derivation import (
    WAYS,
    Derived,
    derived_records,
    half_digits,
    kind,
    recomputed,
)
from carbonmeter.factors.layer import Layer
from carbonmeter.units.definitions import Refusal
from carbonmeter.units.exact import Dimension, Measure, measure

ROUNDING = 1e-9
PURITY = ("purity", "sorbent_carbonate_content")


def derivation_problems(layer: Layer) -> Iterator[Problem]:
    """Formulas that cannot be read, go in a circle, or do not give the value and unit of their
    record; causes that cannot be read. Parents in other layers are not asked here."""
    yield from _causes(layer)
    coded = layer.coded("derived_from")
    if all(not label for label in coded.labels):
        return
    at = np.flatnonzero(np.array([*map(bool, coded.labels)])[coded.codes]).tolist()
    texts = {i: coded.labels[coded.codes[i]] for i in at}
    place = {id_: i for i, id_ in enumerate(layer.columns["id"].tolist())}
    found, refused, _ = derived_records(texts, place)
    for i, wrong in sorted(refused.items()):
        yield layer.problem(i, "derived_from", wrong.rule, wrong.cure)
    circular = _in_circles(found)
    for i in sorted(circular):
        rule = ("derived from itself, through others", "经由其他记录推导自身")
        cure = ("name the records that were measured first", "请写明最初测得的记录")
        yield said(layer, i, "derived_from", rule, cure)
    values = layer.columns["value"].astype(np.float64)
    for derived in found:
        yield from _units(layer, derived, layer.columns["unit"].tolist())
        yield from mismatches(layer, derived, values, View(layer).factor)
        yield from _twice_pure(layer, derived)


def derivation_across(layer: Layer, others: Sequence[Layer]) -> tuple[list[Problem], list[Said]]:
    """Of records whose parents stand in other layers: those that their formula does not give, and
    those whose parents are nowhere.

    Returns
    -------
    problems, findings
    """
    coded = layer.coded("derived_from")
    if all(not label for label in coded.labels):
        return [], []
    place = {id_: at for at, id_ in enumerate(layer.columns["id"].tolist())}
    texts = {i: coded.labels[c] for i, c in enumerate(coded.codes.tolist()) if coded.labels[c]}
    _, _, missing = derived_records(texts, place)
    wanted = {id_ for ids in missing.values() for id_ in ids}
    units, values = layer.columns["unit"].tolist(), layer.columns["value"].tolist()
    for other in reversed(others):
        held = other.coded("id")
        for label in sorted(wanted & {*held.labels}):
            at = int(np.flatnonzero(held.codes == held.labels.index(label))[0])
            place[label] = len(values)
            units.append(other.columns["unit"][at])
            values.append(other.columns["value"][at])
    found, _, nowhere = derived_records({i: texts[i] for i in missing}, place)
    given, column = _factors(units), np.array(values, dtype=np.float64)
    problems: list[Problem] = []
    for derived in found:
        problems += _units(layer, derived, units)
        problems += mismatches(layer, derived, column, given)
    return problems, list(_orphans(layer, nowhere))


def _factors(units: Sequence[str]) -> Column:
    worth = {unit: measure(unit) for unit in set(units)}
    known = {u: float(m.factor) for u, m in worth.items() if isinstance(m, Measure)}
    return np.array([known.get(unit, np.nan) for unit in units], dtype=np.float64)


def _orphans(layer: Layer, missing: Mapping[int, list[str]]) -> Iterator[Said]:
    for i, ids in sorted(missing.items()):
        rule = (
            f"no record {', '.join(ids)} here nor in the libraries compared",
            f"本表及所比较的库中没有记录 {', '.join(ids)}",
        )
        cure = (
            "its parents' uncertainty cannot reach it; correct the id or add the record",
            "母记录的不确定度无法传递；请更正编号或补充记录",
        )
        yield said(layer, i, "derived_from", rule, cure)


def mismatches(layer: Layer, derived: Derived, values: Column, factors: Column) -> Iterator[Said]:
    """Records whose value is not what their formula gives, to half a unit of every last digit."""
    again = recomputed(derived, values, factors)
    stated = values[derived.at]
    room = half_digits(stated)
    for row, slopes in zip(derived.parents, again.slopes, strict=True):
        room = room + np.abs(slopes) * half_digits(values[row])
    room = room * (1.0 + ROUNDING) + ROUNDING * np.abs(stated)
    wrong = ~(np.abs(again.value - stated) <= room)
    for i in np.flatnonzero(wrong).tolist():
        at, value, other = int(derived.at[i]), float(stated[i]), float(again.value[i])
        ratio = value / other if other else float("nan")
        slip = suspected(ratio)
        times = f"; the ratio is {ratio:.4g}" if ratio > 0.0 else ""
        rule = (
            f"its formula gives {other:.6g}, not {value:.6g}{times}{slip[0]}",
            f"按其公式得 {other:.6g}，而非 {value:.6g}"
            + (f"；比值 {ratio:.4g}" if ratio > 0.0 else "")
            + slip[1],
        )
        cure = (
            "correct the value, its unit or the formula; units go along, so it has no conversions",
            "请更正数值、单位或公式；公式自动换算单位，不应含换算系数",
        )
        yield said(layer, at, "value", rule, cure)


def _units(layer: Layer, derived: Derived, units: Sequence[str]) -> Iterator[Problem]:
    seen: dict[tuple[str, ...], tuple[str, str] | None] = {}
    columns = np.vstack([derived.at[np.newaxis], derived.parents]).T.tolist()
    for at, records in zip(derived.at.tolist(), columns, strict=True):
        key = tuple(units[record] for record in records)
        if key not in seen:
            seen[key] = _unit_problem(derived, key)
        wrong = seen[key]
        if wrong:
            yield layer.problem(at, "unit", *wrong)


def _unit_problem(derived: Derived, texts: Sequence[str]) -> tuple[str, str] | None:
    read = [measure(text) for text in texts]
    dimensions = [each.dimension for each in read if isinstance(each, Measure)]
    if len(dimensions) < len(read):
        return None  # the unit itself is refused elsewhere
    wanted, parents = dimensions[0], dimensions[1:]
    found: list[str] = []
    for way in WAYS:
        given = derived.form.dimension(parents, way)
        if isinstance(given, Refusal):
            return given.rule, given.cure
        if tuple(sorted(given.items())) == wanted:
            return None
        found.append(_worded(given))
    rule = f"its formula gives {found[0]}, the unit is {kind(wanted)}"
    return rule, "correct the unit or the formula; carbon becomes carbon dioxide by * 44/12"


def _worded(dimension: dict[str, int]) -> str:
    ordered: Dimension = tuple(sorted(dimension.items()))
    return kind(ordered)


def _in_circles(found: list[Derived]) -> set[int]:
    """The records that lie on a circle of derivations."""
    children = {record for derived in found for record in derived.at.tolist()}
    if not any(np.isin(derived.parents, [*children]).any() for derived in found):
        return set()
    parents: dict[int, list[int]] = {}
    for derived in found:
        for i, record in enumerate(derived.at.tolist()):
            parents[record] = derived.parents[:, i].tolist()
    # Records whose parents are all settled are settled; what is left leads into a circle.
    left = dict(parents)
    while True:
        free = [at for at, of in left.items() if not any(p in left for p in of)]
        if not free:
            break
        for at in free:
            del left[at]
    return {at for at in left if _leads_to(at, left)}


def _leads_to(record: int, parents: Mapping[int, list[int]]) -> bool:
    seen: set[int] = set()
    waiting = list(parents[record])
    while waiting:
        at = waiting.pop()
        if at == record:
            return True
        if at in parents and at not in seen:
            seen.add(at)
            waiting += parents[at]
    return False


def _twice_pure(layer: Layer, derived: Derived) -> Iterator[Said]:
    """A commodity factor has the purity in it: multiplied by purity it is counted twice."""
    if "commodity" not in layer.coded("purity_basis").labels:
        return
    c = layer.columns
    for i, at in enumerate(derived.at.tolist()):
        parents = derived.parents[:, i].tolist()
        commodity = [p for p in parents if c["purity_basis"][p] == "commodity"]
        purity = [p for p in parents if c["parameter"][p] in PURITY]
        if commodity and purity:
            rule = (
                f"multiplies the commodity factor {c['id'][commodity[0]]}, which has the purity in"
                " it, by purity",
                f"商品因子 {c['id'][commodity[0]]} 已含纯度，又乘以纯度",
            )
            cure = (
                "multiply the factor of the pure substance, or leave the purity out",
                "请用纯物质的因子相乘，或去掉纯度",
            )
            yield said(layer, at, "derived_from", rule, cure)


def _causes(layer: Layer) -> Iterator[Problem]:
    coded = layer.coded("common")
    for code, label in enumerate(coded.labels):
        wrong = causes(label) if label else ()
        if isinstance(wrong, Refusal):
            for at in np.flatnonzero(coded.codes == code).tolist():
                yield layer.problem(at, "common", wrong.rule, wrong.cure)
