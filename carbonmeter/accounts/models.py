"""Models: what recipes that differ in their labels only have in common, ready to be drawn."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from carbonmeter import units
from carbonmeter.errors import CarbonmeterError
from carbonmeter.uncertainty.sample import key_of

if TYPE_CHECKING:
    from carbonmeter.accounts.ledger import Ledger
    from carbonmeter.accounts.recipes import Choice

Column = NDArray[np.float64]
Index = NDArray[np.int64]
Words = NDArray[np.uint64]


@dataclass(frozen=True)
class Model:
    """What recipes that differ in their labels only have in common: a formula and its values.

    `own` is what brings a record's value to the unit of the formula; `scale` the rest, from the
    result of the formula to tonnes of gas per unit of quantity as given.
    """

    formula: Callable[..., Any]
    name: str
    quantity: str
    values: tuple[tuple[str, int, float, float], ...]  # argument, record, value, own
    scale: float
    gwp: tuple[int, float, float]

    @property
    def records(self) -> list[int]:
        return [record for _, record, _, _ in self.values] + [self.gwp[0]]

    def coefficient(self, drawn: Mapping[int, Column], n: int) -> Column:
        """tCO2e per unit of quantity in each draw; records that are not drawn keep their value."""
        values: dict[str, Column | float] = {
            name: drawn[record] * own if record in drawn else value
            for name, record, value, own in self.values
        }
        values[self.quantity] = np.ones(n)
        record, value, own = self.gwp
        gwp = drawn[record] * own if record in drawn else value
        with np.errstate(all="ignore"):
            found: Column = np.asarray(self.formula(**values) * self.scale * gwp, np.float64)
        if not np.isfinite(found).all():
            raise CarbonmeterError(
                f"{self.name} has no value at {np.count_nonzero(~np.isfinite(found))} of {n} draws:"
                " a value it uses is drawn where the formula is not defined; give that record a"
                " distribution with limits"
            )
        return found


def models_of(account: Ledger) -> tuple[list[Model], Words, Index]:
    """The distinct models in an order that no file has a say in, a word for each that names it
    among any others, and the model of each recipe."""
    recipes = account.recipes
    record_unit = [str(u) for u in account.library.records["unit"]]
    ids = account.library.records["id"].astype(str).tolist()
    made: dict[tuple[Any, ...], Model] = {}
    keys = []
    for i, choice in enumerate(recipes.choices):
        model = _model(choice, float(recipes.scale[i]), record_unit)
        parts = [(name, ids[record], value) for name, record, value, _ in model.values]
        key = (model.name, model.scale, *parts, (ids[model.gwp[0]], model.gwp[1]))
        made[key] = model
        keys.append(key)
    ordered = sorted(made)
    place = {key: i for i, key in enumerate(ordered)}
    return (
        [made[key] for key in ordered],
        np.array([key_of(repr(key)) for key in ordered], dtype=np.uint64),
        np.array([place[key] for key in keys], dtype=np.int64),
    )


def _model(choice: Choice, scale: float, record_unit: list[str]) -> Model:
    method = choice.method
    to_tonnes = method.output.sign * units.scale(method.output.unit, f"t{method.output.gas}")
    values = tuple(
        (name, answer.record, answer.value, _scale(record_unit[answer.record], parameter.unit))
        for (name, parameter), answer in zip(method.parameters.items(), choice.answers, strict=True)
    )
    gwp = choice.gwp
    own = _scale(record_unit[gwp.record], f"tCO2e/t{method.output.gas}")
    return Model(
        method.formula,
        method.name,
        method.quantity,
        values,
        to_tonnes * scale,
        (gwp.record, gwp.value, own),
    )


def _scale(given: str, wanted: str) -> float:
    return 1.0 if given == wanted else units.scale(given, wanted)
