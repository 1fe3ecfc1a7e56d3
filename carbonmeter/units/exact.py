"""What a unit is worth in base units, in exact rational arithmetic.

Conversions are therefore rounded once, whatever the route between two units.
"""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction
from functools import cache, lru_cache
from typing import NamedTuple

from carbonmeter.errors import UnitError
from carbonmeter.units.definitions import DEFINITIONS, MYRIADS, Refusal
from carbonmeter.units.grammar import Term, terms_of
from carbonmeter.units.names import alike, defined

Dimension = tuple[tuple[str, int], ...]


class Measure(NamedTuple):
    """How many base units one of this unit is, and of which dimensions (sorted, powers not 0)."""

    factor: Fraction
    dimension: Dimension


@lru_cache(maxsize=4096)
def measure(text: str) -> Measure | Refusal:
    """The exact worth of a unit text, or why it is refused.

    Examples
    --------
    >>> measure("tC/TJ").factor
    Fraction(1, 1000000000)
    """
    terms = terms_of(text)
    return terms if isinstance(terms, Refusal) else _product(terms)


def _product(terms: tuple[Term, ...]) -> Measure:
    factor = Fraction(1)
    powers: defaultdict[str, int] = defaultdict(int)
    for term in terms:
        one = _named(term.name)
        factor *= (one.factor * MYRIADS[term.myriad]) ** term.power
        for base, power in one.dimension:
            powers[base] += power * term.power
    return Measure(factor, tuple(sorted((b, p) for b, p in powers.items() if p)))


@cache
def _named(name: str) -> Measure:
    definition = defined(name)
    if definition is None:
        raise UnitError(f"{UnitError.code}: {name} is not defined")
    if definition.of.startswith("["):
        return Measure(Fraction(1), ((definition.of[1:-1], 1),))
    of = terms_of(definition.of)
    if isinstance(of, Refusal):
        raise UnitError(f"{UnitError.code}: definition of {name}: {of.rule}; {of.cure}")
    worth = _product(of)
    return Measure(Fraction(definition.number) * worth.factor, worth.dimension)


@cache
def kin(dimension: Dimension) -> tuple[str, ...]:
    """The defined units of one dimension, as examples for a message."""
    if len(dimension) == 1 and dimension[0][1] == 1 and (same := alike(dimension[0][0])):
        return same
    return tuple(name for name in DEFINITIONS if _named(name).dimension == dimension)


def clash(given: str, a: Measure, wanted: str, b: Measure) -> Refusal:
    """Why a unit cannot stand where another is wanted; their dimensions differ."""
    rule = f"is not a unit of the same kind as {wanted}"
    cure = f"give it in {wanted}"
    others = [name for name in kin(b.dimension) if name != wanted][:4]
    if others:
        cure += f" or a unit of the same kind ({', '.join(others)})"
    reason = _reason({base for base, _ in a.dimension}, {base for base, _ in b.dimension})
    return Refusal(rule + (f": {reason}" if reason else ""), cure)


def _reason(given: set[str], wanted: set[str]) -> str:
    only_given, only_wanted = given - wanted, wanted - given
    substance = {base.removeprefix("mass_of_") for base in only_given if "mass_of_" in base}
    expected = {base.removeprefix("mass_of_") for base in only_wanted if "mass_of_" in base}
    if substance and expected:
        if "CO2e" in substance | expected:
            return "CO2e is reached only by multiplying with a gwp factor"
        if substance | expected == {"C", "CO2"}:
            return "carbon is not carbon dioxide; 44/12 is a step of the formula, not of the unit"
        return f"{', '.join(sorted(substance))} is not {', '.join(sorted(expected))}"
    if expected and not substance:
        return f"it does not say that the mass is of {', '.join(sorted(expected))}"
    if substance:
        return f"it is a mass of {', '.join(sorted(substance))} where plain mass is expected"
    if "normal_volume" in only_given | only_wanted and "length" in only_given | only_wanted:
        return (
            "a cubic metre is not a normal cubic metre (0 degC, 101.325 kPa) until its"
            " temperature and pressure are stated"
        )
    if any("money_" in b for b in only_given) and any("money_" in b for b in only_wanted):
        return "an exchange rate is a dated factor, not a unit"
    if "year" in only_given | only_wanted:
        return "a year is not turned into days, and an amount belongs to the period of its row"
    if {"celsius", "temperature"} <= only_given | only_wanted:
        return "degC is a point on a scale, K a difference; one does not scale to the other"
    return ""
