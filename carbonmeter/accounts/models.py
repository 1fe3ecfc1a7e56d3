"""Models: what recipes that differ in their labels only have in common, ready to be drawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from carbonmeter import units
from carbonmeter.errors import CarbonmeterError
from carbonmeter.methods import METHODS
from carbonmeter.uncertainty.sample import key_of

if TYPE_CHECKING:
    from carbonmeter.accounts.ledger import Ledger
    from carbonmeter.accounts.recipes import Choice, Recipes

Column = NDArray[np.float64]
Index = NDArray[np.int64]
Words = NDArray[np.uint64]


class Value(NamedTuple):
    """What a formula takes for an argument: a record's value, in the unit of the formula.

    `record` is its place in the library, `own` what brings the record's own value to that unit.
    """

    argument: str
    record: int
    id: str
    value: float
    own: float


@dataclass(frozen=True)
class Model:
    """A formula with its values, and what brings its result to tCO2e per unit of quantity given.

    `scale` goes from the result of the formula to tonnes of gas, with the share in which lines
    are counted; `co2e` is the whole at the values printed, and `slopes` what it moves by per unit
    of each record, in the order of `records`. The last record is the GWP.
    """

    method: str
    values: tuple[Value, ...]
    scale: float
    gwp: Value
    co2e: float
    slopes: tuple[float, ...]

    @property
    def key(self) -> tuple[Any, ...]:
        """What names the model among all others, whatever the library and the file."""
        values = [(v.argument, v.id, v.value) for v in self.values]
        return (self.method, self.scale, *values, (self.gwp.id, self.gwp.value))

    @property
    def word(self) -> int:
        """The key as 64 bits, the same on every machine."""
        return key_of(repr(self.key))

    @property
    def records(self) -> list[int]:
        return [value.record for value in (*self.values, self.gwp)]

    def coefficient(self, drawn: Mapping[int, Column], n: int) -> Column:
        """tCO2e per unit of quantity in each draw; records that are not drawn keep their value."""
        method = METHODS[self.method]
        values: dict[str, Column | float] = {v.argument: _of_draws(v, drawn) for v in self.values}
        values[method.quantity] = np.ones(n)
        with np.errstate(all="ignore"):
            found: Column = np.asarray(
                method.formula(**values) * self.scale * _of_draws(self.gwp, drawn), np.float64
            )
        if not np.isfinite(found).all():
            raise CarbonmeterError(
                f"{self.method} has no value at {np.count_nonzero(~np.isfinite(found))} of {n}"
                " draws: a value it uses is drawn where the formula is not defined; give that"
                " record a distribution with limits"
            )
        return found


def _of_draws(value: Value, drawn: Mapping[int, Column]) -> Column | float:
    return drawn[value.record] * value.own if value.record in drawn else value.value


def together(models: list[Model], drawn: Mapping[int, Column], n: int) -> Column:
    """`Model.coefficient` of models of one method whose same arguments are drawn, to the same bits.

    A formula goes number by number, so it takes a table as it takes a column.
    """
    if len(models) == 1:
        return models[0].coefficient(drawn, n)[np.newaxis]
    method = METHODS[models[0].method]

    def stacked(values: list[Value]) -> Column:
        rows = np.array([drawn.get(v.record, [v.value]) for v in values])
        own = np.array([[v.own if v.record in drawn else 1.0] for v in values])
        return np.asarray(rows * own, np.float64)

    arguments = zip(*(model.values for model in models), strict=True)
    values = {column[0].argument: stacked(list(column)) for column in arguments}
    values[method.quantity] = np.ones((len(models), n))
    scale = np.array([[model.scale] for model in models])
    gwp = stacked([model.gwp for model in models])
    with np.errstate(all="ignore"):
        found = np.asarray(method.formula(**values) * scale * gwp, np.float64)
    for i in np.flatnonzero(~np.isfinite(found).all(axis=1)).tolist():
        models[i].coefficient(drawn, n)  # raises, naming how many
    return found


class Models(NamedTuple):
    """The distinct models of an account in canonical order, and the model of each line."""

    models: tuple[Model, ...]
    of_line: NDArray[np.int32]


def models_of(account: Ledger, weight: Column | None = None) -> Models:
    """The models of an account's lines, each counted by its weight; in an order that no file has a
    say in.

    A line of weight w has a model w times that of its recipe.
    """
    recipes, of_line = account.recipes, account.line_recipe
    if weight is not None:
        # Few weights are distinct: shares in a group, or whether a scope counts.
        shares, which = np.unique(weight, return_inverse=True)
        pairs, of_line = np.unique(
            of_line.astype(np.int64) * shares.size + which, return_inverse=True
        )
        recipe, which = np.divmod(pairs, max(shares.size, 1))
        uses = list(zip(recipe.tolist(), shares[which].tolist(), strict=True))
    else:
        uses = [(recipe, 1.0) for recipe in range(len(recipes.choices))]
    record_unit = [str(u) for u in account.library.column("unit")]
    ids = [str(i) for i in account.library.column("id")]
    co2e = recipes.co2e.tolist()
    made = [_model(recipes, r, share, co2e[r], record_unit, ids) for r, share in uses]
    keys = [model.key for model in made]
    ordered = dict(sorted(zip(keys, made, strict=True), key=lambda item: item[0]))
    place = {key: i for i, key in enumerate(ordered)}
    of_use = np.array([place[key] for key in keys], dtype=np.int32)
    line_model = of_use[of_line] if of_use.size else of_line.astype(np.int32)
    return Models(tuple(ordered.values()), line_model)


def _model(
    recipes: Recipes,
    recipe: int,
    share: float,
    co2e: float,
    record_unit: list[str],
    ids: list[str],
) -> Model:
    choice = recipes.choices[recipe]
    method = choice.method
    to_tonnes = method.output.sign * units.scale(method.output.unit, f"t{method.output.gas}")
    values = tuple(
        Value(name, answer.record, ids[answer.record], answer.value, own)
        for (name, answer, own) in _own_scales(choice, record_unit)
    )
    gwp = choice.gwp
    own = _scale(record_unit[gwp.record], f"tCO2e/t{method.output.gas}")
    slopes = recipes.slope[recipe]
    return Model(
        method.name,
        values,
        to_tonnes * float(recipes.scale[recipe]) * share,
        Value("gwp", gwp.record, ids[gwp.record], gwp.value, own),
        co2e * share,
        tuple(share * float(s) for s in (*slopes[: len(values)], slopes[-1])),
    )


def _own_scales(choice: Choice, record_unit: list[str]) -> list[tuple[str, Any, float]]:
    parameters = choice.method.parameters.items()
    return [
        (name, answer, _scale(record_unit[answer.record], parameter.unit))
        for (name, parameter), answer in zip(parameters, choice.answers, strict=True)
    ]


def _scale(given: str, wanted: str) -> float:
    return 1.0 if given == wanted else units.scale(given, wanted)
