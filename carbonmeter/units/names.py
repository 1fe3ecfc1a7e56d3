"""What a spelling stands for, or why it is refused.

The units of seldom gases are made here when one is first asked for; no list holds them all.
"""

from __future__ import annotations

from functools import lru_cache

from carbonmeter.units.definitions import DEFINITIONS, REFUSED, SPELLINGS, Definition, Refusal
from carbonmeter.units.species import GASES, SPECIES_MASSES, seldom_met


def defined(spelling: str) -> Definition | None:
    """The unit of a spelling; None if there is none.

    Examples
    --------
    >>> defined("吨").name, defined("tCFC11").of
    ('t', 'kgCFC11')
    """
    name = SPELLINGS.get(spelling)
    return DEFINITIONS[name] if name else _seldom(spelling)


@lru_cache(maxsize=4096)
def _seldom(spelling: str) -> Definition | None:
    found = seldom_met(spelling)
    if found is None:
        return None
    mass, gas = found
    if mass == "kg":
        return Definition(spelling, "1", f"[mass_of_{gas}]")
    number = next(number for name, number, _ in SPECIES_MASSES if name == mass)
    return Definition(spelling, number, f"kg{gas}")


def refused(spelling: str) -> Refusal | None:
    """Why a spelling is not used, and what to write; None if nothing is known against it."""
    if spelling in REFUSED:
        return REFUSED[spelling]
    if spelling in GASES:
        cure = f"write t{spelling} or kg{spelling}"
        return Refusal(f"{spelling!r} is a substance, not an amount of it", cure)
    for start, why, mass in (
        ("kt", "kt, a knot to unit libraries", "Gg"),
        ("ton", "ton, which is 907, 1000 or 1016 kg", "t"),
    ):
        gas = spelling.removeprefix(start)
        if gas != spelling and gas in GASES:
            return Refusal(f"{spelling!r} starts with {why}", f"write {mass}{gas}")
    return None


def alike(dimension: str) -> tuple[str, ...]:
    """The units of a mass of one seldom gas, for the examples of a message; mostly none."""
    gas = dimension.removeprefix("mass_of_")
    if gas == dimension or gas not in GASES:
        return ()
    return (f"kg{gas}", *(f"{mass}{gas}" for mass, _, _ in SPECIES_MASSES))


def seldom_like(spelling: str) -> tuple[str, ...]:
    """The units of all seldom gases in the mass that a spelling starts with, in any letters."""
    for mass in ("kg", *(mass for mass, _, _ in SPECIES_MASSES)):
        if spelling.casefold().startswith(mass.casefold()):
            return tuple(mass + gas for gas in sorted(GASES))
    return ()
