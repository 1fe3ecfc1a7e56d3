"""Recipes: every distinct way a row becomes an emission, evaluated once.

A formula is linear in its activity, so it is evaluated at unit activity for each distinct
(method, subject, region, site, period, unit). A line then costs one multiply.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from carbonmeter import units
from carbonmeter.accounts.rounding import half_up
from carbonmeter.factors import Answer, FactorLibrary, Request
from carbonmeter.methods import Edition, Method, Rounding

STEP = 1e-30
EXACT = Rounding()
GWP_TIERS = ("default",)


@dataclass(frozen=True)
class Key:
    """What decides a recipe, as labels; `row` is the first row of the user's file that has it."""

    activity: str
    subject: str
    region: str
    site: str
    period: str
    unit: str
    start: date
    end: date
    edition: Edition
    index: int
    row: int


@dataclass(frozen=True)
class Choice:
    """A method chosen for a key, and the answers to its parameters in the method's order."""

    key: Key
    method: Method
    scope: str
    answers: tuple[Answer, ...]
    gwp: Answer


@dataclass(frozen=True)
class Missing:
    """A key for which no alternative has all its parameters.

    `requests` is what the last of them lacks; `instead` names the measured values that would do.
    """

    key: Key
    method: Method
    requests: tuple[Request, ...]
    instead: tuple[str, ...] = ()


@dataclass(frozen=True)
class Recipes:
    """Arrays over recipes, in the order of their keys.

    `per_unit` is t of gas per unit of quantity as given in the file, signed; `template` the same
    with the guide's intermediate rounding, per unit of the method's quantity; `co2e` is per unit
    as given. `record[r, s]` is the library record behind slot s (the last used slot is the GWP),
    -1 where unused; `slope[r, s]` is d(co2e per unit given) / d(the record's own value).
    """

    choices: tuple[Choice, ...]
    key: NDArray[np.int32]
    scale: NDArray[np.float64]
    per_unit: NDArray[np.float64]
    template: NDArray[np.float64]
    gwp: NDArray[np.float64]
    record: NDArray[np.int32]
    slope: NDArray[np.float64]

    @property
    def co2e(self) -> NDArray[np.float64]:
        return self.per_unit * self.gwp

    def labels(self, name: str) -> list[str]:
        """One label per recipe: 'scope', 'kind', 'gas', 'method' or 'guide'."""
        read: dict[str, Callable[[Choice], str]] = {
            "scope": lambda c: c.scope,
            "kind": lambda c: c.method.output.kind.value,
            "gas": lambda c: c.method.output.gas,
            "method": lambda c: c.method.name,
            "guide": lambda c: c.key.edition.name,
        }
        return [read[name](choice) for choice in self.choices]


def requests_of(method: Method, key: Key) -> tuple[Request, ...]:
    """What a method asks the library for one key; the guide binds names to published series."""
    asked = []
    for argument, parameter in method.parameters.items():
        name = key.edition.series_of(argument, key.end)
        asked.append(
            Request(
                name,
                key.subject,
                key.region,
                key.site,
                key.start,
                key.end,
                parameter.unit,
                parameter.tiers,
                name in key.edition.latest,
            )
        )
    return tuple(asked)


def gwp_request(method: Method, key: Key) -> Request:
    gas = method.output.gas
    unit = f"tCO2e/t{gas}"
    return Request("gwp", gas, "*", "*", key.start, key.end, unit, GWP_TIERS, False)


def choose(
    keys: list[Key], library: FactorLibrary, as_of: date | None
) -> tuple[list[Choice], list[Missing]]:
    """For each key and each gas, the first alternative whose every parameter is known."""
    ladders = [(key, ladder) for key in keys for ladder in key.edition.ladders(key.activity)]
    asked: dict[Request, None] = {}
    for key, ladder in ladders:
        for method in ladder.methods:
            asked.update(dict.fromkeys(requests_of(method, key)))
            asked.setdefault(gwp_request(method, key))
    answered = dict(zip(asked, library.resolve(list(asked), as_of=as_of), strict=True))
    choices: list[Choice] = []
    missing: list[Missing] = []
    for key, ladder in ladders:
        for method in ladder.methods:
            wanted = requests_of(method, key)
            answers = tuple(answered[r] for r in wanted)
            if all(answer.record >= 0 for answer in answers):
                gwp_wanted = gwp_request(method, key)
                gwp = answered[gwp_wanted]
                if gwp.record < 0:
                    missing.append(Missing(key, method, (gwp_wanted,)))
                else:
                    choices.append(Choice(key, method, ladder.scope, answers, gwp))
                break
        else:
            unanswered = tuple(r for r in wanted if answered[r].record < 0)
            instead = tuple(
                name
                for better in ladder.methods[:-1]
                for name, parameter in better.parameters.items()
                if parameter.measured_only
            )
            missing.append(Missing(key, method, unanswered, instead))
    return choices, missing


def evaluate(choices: list[Choice], library: FactorLibrary) -> Recipes:
    """Evaluate each chosen formula at unit activity, with exact sensitivities by complex step."""
    n = len(choices)
    slots = max((len(c.answers) for c in choices), default=0) + 1
    scale, per_unit, template = np.ones(n), np.zeros(n), np.zeros(n)
    gwp = np.array([c.gwp.value for c in choices], dtype=np.float64)
    record = np.full((n, slots), -1, dtype=np.int32)
    slope = np.zeros((n, slots))
    record_unit_text = [str(unit) for unit in library.column("unit")]
    by_method: dict[tuple[str, str], list[int]] = {}
    for index, choice in enumerate(choices):
        by_method.setdefault((choice.method.name, choice.key.edition.name), []).append(index)
    for indexes in by_method.values():
        method = choices[indexes[0]].method
        rounding = choices[indexes[0]].key.edition.rounding.get(method.name, EXACT)
        at = np.array(indexes)
        to_tonnes = method.output.sign * units.scale(method.output.unit, f"t{method.output.gas}")
        scale[at] = [_scale(choices[i].key.unit, method.quantity_unit) for i in indexes]
        values = {
            name: np.array([choices[i].answers[s].value for i in indexes])
            for s, name in enumerate(method.parameters)
        }
        one = {method.quantity: np.ones(at.size)}
        per_unit[at] = method.formula(**one, **values) * to_tonnes * scale[at]
        rounded = {
            name: np.array([half_up(v, rounding.inputs[name]) for v in column])
            if name in rounding.inputs
            else column
            for name, column in values.items()
        }
        coefficient = method.formula(**one, **rounded)
        if rounding.coefficient is not None:
            coefficient = np.array([half_up(v, rounding.coefficient) for v in coefficient])
        template[at] = coefficient * to_tonnes
        for s, (name, parameter) in enumerate(method.parameters.items()):
            bent = values | {name: values[name] + 1j * STEP}
            derivative = np.imag(method.formula(**one, **bent)) / STEP
            used = [choices[i].answers[s].record for i in indexes]
            own = np.array([_scale(record_unit_text[r], parameter.unit) for r in used])
            record[at, s] = used
            slope[at, s] = derivative * to_tonnes * scale[at] * gwp[at] * own
        record[at, -1] = [choices[i].gwp.record for i in indexes]
        slope[at, -1] = per_unit[at]
    key = np.array([c.key.index for c in choices], dtype=np.int32)
    return Recipes(tuple(choices), key, scale, per_unit, template, gwp, record, slope)


def _scale(given: str, wanted: str) -> float:
    return 1.0 if given == wanted else units.scale(given, wanted)
