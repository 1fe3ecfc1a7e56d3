"""One parameter, one dimension: within a layer, and over the layers of a stack."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from carbonmeter.errors import Problem
from carbonmeter.factors.checks.view import Index, View, together
from carbonmeter.factors.layer import Layer
from carbonmeter.factors.record import PER_SUBJECT
from carbonmeter.units import problem_of


def dimension_problems(layer: Layer) -> list[Problem]:
    """Records whose unit is of another dimension than the first one of their parameter."""
    wanted: dict[str, tuple[str, int]] = {}
    problems: list[Problem] = []
    name, code, first = _named(layer)
    for at in np.sort(first).tolist():
        unit = str(layer.columns["unit"][at])
        kind = name(at)
        one, row = wanted.setdefault(kind, (unit, at))
        wrong = problem_of(unit, one) if unit != one else None
        if wrong:
            rule = f"{wrong[0]}; row {layer.row[row]} of {layer.file[row]} gives it in {one}"
            for again in np.flatnonzero(code == code[at]).tolist():
                problems.append(layer.problem(again, "unit", rule, wrong[1]))
    return problems


def stack_problems(layers: Sequence[Layer]) -> list[Problem]:
    """What is wrong between layers: an id that two of them use, a parameter in two dimensions."""
    problems: list[Problem] = []
    home: dict[str, str] = {}
    wanted: dict[str, tuple[str, str]] = {}
    for layer in reversed(layers):
        coded = layer.coded("id")
        used = np.bincount(coded.codes, minlength=len(coded.labels)) > 0
        ids = [id_ for id_, is_used in zip(coded.labels, used.tolist(), strict=True) if is_used]
        for id_ in home.keys() & ids:
            rule = f"this id is used in the layer {home[id_]!r} below"
            cure = "give it another id; do not stack a table on itself"
            for at in np.flatnonzero(coded.codes == coded.labels.index(id_)).tolist():
                problems.append(layer.problem(at, "id", rule, cure))
        name, code, first = _named(layer)
        for at in np.sort(first).tolist():
            unit, kind = str(layer.columns["unit"][at]), name(at)
            one, where = wanted.get(kind, (unit, ""))
            wrong = problem_of(unit, one) if unit != one else None
            if wrong:
                parameter = layer.columns["parameter"][at]
                rule = f"{wrong[0]}; {parameter} is in {one} in the layer {where!r} below"
                for again in np.flatnonzero(code == code[at]).tolist():
                    problems.append(layer.problem(again, "unit", rule, wrong[1]))
        home |= dict.fromkeys(ids, layer.name)
        for at in np.sort(first).tolist():
            wanted.setdefault(name(at), (str(layer.columns["unit"][at]), layer.name))
    return problems


def _named(layer: Layer) -> tuple[Callable[[int], str], Index, Index]:
    """What of a record has one dimension (mostly its parameter); one code for each of these and
    its unit; a record that has each code."""
    view, c = View(layer), layer.columns
    per_subject = view.where("parameter", PER_SUBJECT)
    subject = np.where(per_subject, view.codes("subject") + 1, 0)
    code, first = together([view.codes("parameter"), subject, view.codes("unit")])

    def name(at: int) -> str:
        parameter = str(c["parameter"][at])
        return f"{parameter} {c['subject'][at]}" if parameter in PER_SUBJECT else parameter

    return name, code, first
