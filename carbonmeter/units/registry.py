"""The one pint registry: an empty one, filled from the list of definitions before its first use.

Units of seldom gases follow when one is first asked for, before pint has looked any of them up."""

from __future__ import annotations

from functools import cache
from threading import Lock
from typing import TYPE_CHECKING, Any

from carbonmeter.units.definitions import DEFINITIONS, MYRIADS, OFFSETS, Definition
from carbonmeter.units.names import alike, defined
from carbonmeter.units.species import seldom_met

if TYPE_CHECKING:
    import pint

    from carbonmeter.units.grammar import Term


_MAKING = Lock()


def registry() -> pint.UnitRegistry[Any]:
    """The registry with every name of the list, singly and counted in 万 and 亿."""
    with _MAKING:  # two threads that ask first must not get two registries
        return _registry()


@cache
def _registry() -> pint.UnitRegistry[Any]:
    """Started empty, so that none of pint's own units or prefixes is reachable.

    pint remembers what it has looked up, so a name is defined before it is first asked for.
    """
    import pint

    made: pint.UnitRegistry[Any] = pint.UnitRegistry(None)
    for definition in DEFINITIONS.values():
        _define(made, definition)
    return made


def _define(made: pint.UnitRegistry[Any], definition: Definition) -> None:
    name = definition.name
    if name in OFFSETS:
        made.define(f"{name} = K; offset: {OFFSETS[name]!r}")
    elif definition.of.startswith("["):
        made.define(f"{name} = {definition.of}")
    else:
        made.define(f"{name} = {definition.number} * {definition.of}")
    if definition.counts:
        for myriad, count in MYRIADS.items():
            if myriad:
                made.define(f"{myriad}{name} = {count} * {name}")


@cache
def _with_gas(gas: str) -> None:
    """The units of a seldom gas, defined before any of them is asked for."""
    for name in alike(f"mass_of_{gas}"):
        definition = defined(name)
        if definition is not None:
            _define(_registry(), definition)


def unit_of(terms: tuple[Term, ...]) -> pint.Unit:
    """The pint unit of checked terms; pint's own text parser is never used on a user's text."""
    from pint.util import UnitsContainer

    made = registry()
    unit = made.Unit("")
    for gas in {found[1] for term in terms if (found := seldom_met(term.name))}:
        with _MAKING:
            _with_gas(gas)
    for term in terms:
        name = term.myriad + term.name
        unit = unit * made.Unit(UnitsContainer({name: term.power}))
    return unit
