"""What must hold of the records of one layer beyond each cell, and of layers in one stack."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from carbonmeter.errors import Problem
from carbonmeter.factors.layer import Layer
from carbonmeter.factors.record import ANY, NOT_STATED, PER_SUBJECT, RETRACTION
from carbonmeter.units import problem_of

OPEN_START = np.datetime64("0001-01-01", "D")
OPEN_END = np.datetime64("9999-12-31", "D")
KEY = ("parameter", "subject", "region", "site", "tier")


def layer_problems(layer: Layer) -> list[Problem]:
    """Everything wrong with the records of one layer."""
    return [
        *_repeated_ids(layer),
        *_dimensions(layer),
        *_bounds(layer),
        *_validity(layer),
        *_successions(layer),
        *_overlaps(layer),
    ]


def stack_problems(layers: Sequence[Layer]) -> list[Problem]:
    """What is wrong between layers: an id that two of them use, a parameter in two dimensions."""
    problems: list[Problem] = []
    home: dict[str, str] = {}
    unit: dict[str, tuple[str, str]] = {}
    for layer in reversed(layers):
        clash: dict[tuple[str, str], tuple[str, str] | None] = {}
        for at, id_ in enumerate(layer.columns["id"].tolist()):
            if id_ in home:
                rule = f"this id is used in the layer {home[id_]!r} below"
                cure = "give it another id; do not stack a table on itself"
                problems.append(layer.problem(at, "id", rule, cure))
        for at, (name, text) in enumerate(_units(layer)):
            if name not in unit:
                continue
            wanted, where = unit[name]
            if (name, text) not in clash:
                clash[name, text] = problem_of(text, wanted)
            wrong = clash[name, text]
            if wrong:
                parameter = layer.columns["parameter"][at]
                rule = f"{wrong[0]}; {parameter} is in {wanted} in the layer {where!r} below"
                problems.append(layer.problem(at, "unit", rule, wrong[1]))
        home |= dict.fromkeys(layer.columns["id"].tolist(), layer.name)
        for name, text in _units(layer):
            unit.setdefault(name, (text, layer.name))
    return problems


def conflicts(layers: Sequence[Layer]) -> list[Problem]:
    """Records of layers that stand beside each other, none above the other, and could both answer.

    Each layer by itself has been checked, so what is found here is between two of them.
    """
    names = layers[0].columns
    joined = replace(
        layers[0],
        columns={name: np.concatenate([x.columns[name] for x in layers]) for name in names},
        file=np.concatenate([x.file for x in layers]),
        row=np.concatenate([x.row for x in layers]),
    )
    return list(_overlaps(joined))


def _units(layer: Layer) -> Iterator[tuple[str, str]]:
    """Of each record, what has one dimension (mostly its parameter) and the unit it is in."""
    columns = layer.columns
    for parameter, subject, unit in zip(
        columns["parameter"].tolist(),
        columns["subject"].tolist(),
        columns["unit"].tolist(),
        strict=True,
    ):
        yield (f"{parameter} {subject}" if parameter in PER_SUBJECT else parameter), unit


def _repeated_ids(layer: Layer) -> Iterator[Problem]:
    first: dict[str, int] = {}
    for at, id_ in enumerate(layer.columns["id"].tolist()):
        if id_ in first:
            rule = f"the same id as row {layer.row[first[id_]]} of {layer.file[first[id_]]}"
            yield layer.problem(at, "id", rule, "give each record an id of its own")
        first.setdefault(id_, at)


def _dimensions(layer: Layer) -> Iterator[Problem]:
    first: dict[str, tuple[str, int]] = {}
    for at, (name, unit) in enumerate(_units(layer)):
        wanted, row = first.setdefault(name, (unit, at))
        wrong = problem_of(unit, wanted) if unit != wanted else None
        if wrong:
            rule = f"{wrong[0]}; row {layer.row[row]} of {layer.file[row]} gives it in {wanted}"
            yield layer.problem(at, "unit", rule, wrong[1])


def _bounds(layer: Layer) -> Iterator[Problem]:
    c = layer.columns
    value, low, high, coverage = (c[name] for name in ("value", "low", "high", "coverage"))
    has_low, has_high, has_coverage = ~np.isnan(low), ~np.isnan(high), ~np.isnan(coverage)
    shaped = c["distribution"] != ""
    has_freedom = ~np.isnan(c["degrees_of_freedom"])
    bounded = has_low & has_high
    unlimited = np.isin(c["distribution"], ["normal", "lognormal"])
    cases = (
        (has_low != has_high, "low", "one bound without the other", "give both or neither"),
        (bounded & (low > high), "low", "low is above high", "exchange them"),
        (bounded & (value < low) & (low <= high), "value", "below low", "check the three numbers"),
        (
            bounded & (value > high) & (low <= high),
            "value",
            "above high",
            "check the three numbers",
        ),
        (
            bounded & ~has_coverage & (c["distribution"] != NOT_STATED),
            "coverage",
            "bounds without the percentage they cover",
            "write 95 for a 95 % interval, 100 for limits never passed",
        ),
        (
            bounded & ~shaped,
            "distribution",
            "bounds without a distribution",
            "write normal, uniform, triangular or lognormal, and in the note if it is your choice;"
            " not_stated if nobody knows what they mean",
        ),
        (
            ~has_low & ~has_high & (has_coverage | shaped),
            "low",
            "coverage or distribution without bounds",
            "give low and high, or leave all four empty",
        ),
        (
            ~has_low & ~has_high & has_freedom,
            "degrees_of_freedom",
            "degrees of freedom without bounds",
            "give low and high, or leave it empty",
        ),
        (
            bounded & (coverage <= 1.0),
            "coverage",
            "a percentage, not a part of one",
            "write 95 for a 95 % interval, 100 for limits never passed",
        ),
        (
            bounded & unlimited & (coverage >= 100.0),
            "coverage",
            "a normal or lognormal distribution never lies wholly between two bounds",
            "write 95, or distribution uniform",
        ),
        (
            bounded & (c["distribution"] == "lognormal") & (low <= 0.0),
            "low",
            "a lognormal value is positive",
            "choose another distribution",
        ),
    )
    for wrong, column, rule, cure in cases:
        for at in np.flatnonzero(wrong).tolist():
            yield layer.problem(at, column, rule, cure)


def _validity(layer: Layer) -> Iterator[Problem]:
    start, end = layer.columns["valid_from"], layer.columns["valid_to"]
    for at in np.flatnonzero(start >= end).tolist():
        rule = f"not after valid_from {start[at]}"
        cure = "write the day after the last day; for one day, the next day"
        yield layer.problem(at, "valid_to", rule, cure)


def _successions(layer: Layer) -> Iterator[Problem]:
    c = layer.columns
    place = {id_: at for at, id_ in enumerate(c["id"].tolist())}
    reasons = c["supersede_reason"].tolist()
    for at, older in enumerate(c["supersedes"].tolist()):
        if not older:
            if reasons[at]:
                cure = "name the id of the record that this one replaces"
                yield layer.problem(at, "supersedes", "a reason without a record", cure)
            continue
        if older not in place:
            cure = "write the id of a record of this table"
            yield layer.problem(at, "supersedes", "no record of this table has this id", cure)
            continue
        if not reasons[at]:
            cure = "say why: new data year, method, GWP set, correction, boundary, retraction"
            yield layer.problem(at, "supersede_reason", "no reason is given", cure)
        differing = [name for name in KEY if c[name][at] != c[name][place[older]]]
        if differing:
            rule = f"the record it replaces differs in {', '.join(differing)}"
            yield layer.problem(at, "supersedes", rule, "a record replaces only its like")
        elif reasons[at] == RETRACTION and not _repeats(layer, at, place[older]):
            rule = "a retraction that does not repeat the value and unit it withdraws"
            cure = "repeat them; where another value takes the place, the reason is correction"
            yield layer.problem(at, "value", rule, cure)
        if at in _ancestors(layer, at, place):
            rule = "records that replace each other in a circle"
            yield layer.problem(at, "supersedes", rule, "let the newest one replace the others")


def _repeats(layer: Layer, at: int, older: int) -> bool:
    """Whether a record says the very number of another one."""
    c = layer.columns
    return bool(c["value"][at] == c["value"][older] and c["unit"][at] == c["unit"][older])


def _ancestors(layer: Layer, at: int, place: dict[str, int]) -> list[int]:
    """The records that a record replaces, directly and through others."""
    found: list[int] = []
    older = layer.columns["supersedes"][at]
    while older in place and place[older] not in found:
        found.append(place[older])
        older = layer.columns["supersedes"][found[-1]]
    return found


def _overlaps(layer: Layer) -> Iterator[Problem]:
    """Records that could both answer: equal key, overlapping validity, no succession."""
    c = layer.columns
    keys = list(zip(*(c[name].tolist() for name in KEY), strict=True))
    if len(set(keys)) == len(keys):
        return
    start = np.where(np.isnat(c["valid_from"]), OPEN_START, c["valid_from"]).tolist()
    end = np.where(np.isnat(c["valid_to"]), OPEN_END, c["valid_to"]).tolist()
    place = {id_: at for at, id_ in enumerate(c["id"].tolist())}
    groups: dict[tuple[str, ...], list[int]] = {}
    for at, key in enumerate(keys):
        groups.setdefault(key, []).append(at)
    for members in groups.values():
        members.sort(key=lambda at: (start[at], at))
        running: list[int] = []
        for later in members:
            running = [at for at in running if end[at] > start[later]]
            for earlier in running:
                replaced = _ancestors(layer, later, place)
                if earlier not in replaced and later not in _ancestors(layer, earlier, place):
                    yield _overlap(layer, earlier, later)
                    break
            running.append(later)


def _overlap(layer: Layer, earlier: int, later: int) -> Problem:
    c = layer.columns
    site = c["site"][later]
    of = f"{c['parameter'][later]} of {c['subject'][later]}" + (
        f" at {site}" if site != ANY else ""
    )
    rule = (
        f"{of}: valid {_span(layer, later)}, overlaps row {layer.row[earlier]} of"
        f" {layer.file[earlier]}, valid {_span(layer, earlier)}"
    )
    cure = "end the earlier one where the later begins, or let one supersede the other"
    return layer.problem(later, "valid_from", rule, cure)


def _span(layer: Layer, at: int) -> str:
    start, end = layer.columns["valid_from"][at], layer.columns["valid_to"][at]
    return f"{'…' if np.isnat(start) else start} to {'…' if np.isnat(end) else end}"
