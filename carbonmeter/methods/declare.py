"""A method is a typed function: its signature declares inputs, units, tiers, gas and sign."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, get_type_hints

from carbonmeter.constants import Constant
from carbonmeter.errors import MethodError

DEFAULT_TIERS = ("measured", "supplier", "default")
MEASURED = ("measured",)


class Kind(StrEnum):
    """What a line is; kinds are never added to each other."""

    EMISSION = "emission"
    DEDUCTION = "deduction"  # exports and products: an emission with the opposite sign
    REMOVAL = "removal"
    MEMO = "memo"  # biogenic and recovered CO2: shown, never in a total
    AVOIDED = "avoided"


SIGN = {
    Kind.EMISSION: 1.0,
    Kind.DEDUCTION: -1.0,
    Kind.REMOVAL: -1.0,
    Kind.MEMO: 1.0,
    Kind.AVOIDED: 1.0,  # an amount avoided, on a line of its own
}


@dataclass(frozen=True)
class Activity:
    """The quantity of a row: exactly one argument of a method."""

    unit: str
    meaning: str


@dataclass(frozen=True)
class Parameter:
    """A value that a library answers by the argument's name; tiers the rule admits, best first."""

    unit: str
    meaning: str
    tiers: tuple[str, ...] = DEFAULT_TIERS

    @property
    def measured_only(self) -> bool:
        return self.tiers == MEASURED


@dataclass(frozen=True)
class Output:
    """What a method returns: an amount of one gas, and what kind of line it makes."""

    unit: str
    gas: str
    kind: Kind

    @property
    def sign(self) -> float:
        return SIGN[self.kind]


def Emission(unit: str, gas: str) -> Output:
    return Output(unit, gas, Kind.EMISSION)


def Deduction(unit: str, gas: str) -> Output:
    return Output(unit, gas, Kind.DEDUCTION)


def Removal(unit: str, gas: str) -> Output:
    return Output(unit, gas, Kind.REMOVAL)


def Memo(unit: str, gas: str) -> Output:
    return Output(unit, gas, Kind.MEMO)


def Avoided(unit: str, gas: str) -> Output:
    return Output(unit, gas, Kind.AVOIDED)


@dataclass(frozen=True)
class Method:
    """A declared formula. Calling it converses in texts and quantities; `formula` is the bare one.

    Every formula is linear in its activity quantity: a test holds each to f(2a) = 2 f(a), and the
    account relies on it to evaluate once per distinct key.
    """

    name: str
    activities: tuple[str, ...]
    scopes: tuple[str, ...]
    quantity: str
    quantity_unit: str
    quantity_meaning: str
    parameters: Mapping[str, Parameter]
    output: Output
    clauses: Mapping[str, str]
    needs_evidence: bool
    formula: Callable[..., Any]

    @property
    def title(self) -> str:
        return (self.formula.__doc__ or "").strip().splitlines()[0]

    @property
    def scope(self) -> str:
        """The scopes as text; a method that counts in both views of scope 2 names both."""
        return ", ".join(self.scopes)

    def steps(self) -> list[tuple[str, str]]:
        """The formula as text: (name, expression) for each statement, the last named by gas."""
        tree = ast.parse(textwrap.dedent(inspect.getsource(self.formula)))
        function = next(n for n in tree.body if isinstance(n, ast.FunctionDef))
        found: list[tuple[str, str]] = []
        for statement in function.body:
            if isinstance(statement, ast.Assign):
                found.append((ast.unparse(statement.targets[0]), ast.unparse(statement.value)))
            elif isinstance(statement, ast.Return) and statement.value is not None:
                found.append((self.output.gas, ast.unparse(statement.value)))
        return found

    def constants(self) -> dict[str, Constant]:
        """The constants that the formula uses, by name."""
        formula = inspect.unwrap(self.formula)
        names, world = formula.__code__.co_names, formula.__globals__
        return {n: world[n] for n in sorted(names) if isinstance(world.get(n), Constant)}

    def __call__(self, quantity: Any, **parameters: Any) -> Any:
        """The emission as a quantity, from texts ('1200 t') or quantities.

        Raises
        ------
        MethodError                  when a parameter is missing or unknown
        UnitError                    when a unit does not fit the declared one
        """
        from carbonmeter import units

        problem = set(parameters) ^ set(self.parameters)
        if problem:
            raise MethodError(
                f"{self.name}: {', '.join(sorted(problem))} missing or unknown; it takes "
                + ", ".join(f"{n} [{p.unit}]" for n, p in self.parameters.items())
            )
        bare = {n: _in_unit(value, self.parameters[n].unit) for n, value in parameters.items()}
        amount = self.formula(**{self.quantity: _in_unit(quantity, self.quantity_unit)}, **bare)
        return units.quantity(float(amount), self.output.unit)


def _in_unit(value: Any, unit: str) -> float:
    """A text ('0.42 tC/t') or a pint quantity as a bare number in `unit`."""
    from carbonmeter import units

    if isinstance(value, str):
        number, given = units.read_quantity(value)
        return number if given == unit else number * units.scale(given, unit)
    return float(value.m_as(units.parse(unit)))


METHODS: dict[str, Method] = {}


def method(
    *,
    activity: str | tuple[str, ...],
    scope: str | tuple[str, ...],
    clauses: Mapping[str, str],
    needs_evidence: bool = False,
) -> Callable[[Callable[..., Any]], Method]:
    """Declare a function as a method and enter it in METHODS.

    Parameters
    ----------
    activity : str or tuple          the kinds of rows it applies to
    scope : str or tuple             '1', '2-location', '2-market', or '' outside the scopes; a
                                     tuple where the same tonnes count in both views of scope 2
    clauses : source id -> clause    every rule book that prints this equation
    needs_evidence : bool            rows must name the evidence that the rule asks for

    Raises
    ------
    MethodError                      on a missing annotation or a second method of the same name
    """

    def declare(formula: Callable[..., Any]) -> Method:
        name = f"{formula.__module__.rpartition('.')[2]}.{formula.__name__}"
        hints = get_type_hints(formula, include_extras=True)
        marks: dict[str, Any] = {}
        for argument in [*inspect.signature(formula).parameters, "return"]:
            declared: tuple[Any, ...] = getattr(hints.get(argument), "__metadata__", ())
            if len(declared) != 1:
                raise MethodError(f"{name}: argument {argument!r} has no unit; annotate it")
            marks[argument] = declared[0]
        output = marks.pop("return")
        quantities = {n: m for n, m in marks.items() if isinstance(m, Activity)}
        parameters = {n: m for n, m in marks.items() if isinstance(m, Parameter)}
        if len(quantities) != 1 or len(parameters) + 1 != len(marks):
            raise MethodError(f"{name}: one Activity and otherwise Parameters are expected")
        if not isinstance(output, Output) or not formula.__doc__ or not clauses:
            raise MethodError(f"{name}: declare the output, a docstring and a clause")
        if name in METHODS:
            raise MethodError(f"{name}: declared twice")
        ((quantity, mark),) = quantities.items()
        METHODS[name] = Method(
            name,
            (activity,) if isinstance(activity, str) else activity,
            (scope,) if isinstance(scope, str) else scope,
            quantity,
            mark.unit,
            mark.meaning,
            parameters,
            output,
            dict(clauses),
            needs_evidence,
            formula,
        )
        return METHODS[name]

    return declare
