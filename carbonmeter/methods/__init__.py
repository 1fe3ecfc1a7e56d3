"""The methods and the guides that prescribe them; importing this module registers them all."""

from __future__ import annotations

from carbonmeter.methods import editions as _editions
from carbonmeter.methods.declare import METHODS, Kind, Method
from carbonmeter.methods.energy import combustion, electricity, heat, power, renewable
from carbonmeter.methods.guide import (
    GUIDES,
    PUBLISHED_YEARLY,
    Edition,
    Rounding,
    edition_for,
    editions_of,
)
from carbonmeter.methods.industry import aluminium, carbonate, recovery
from carbonmeter.methods.sinks import forest

READING_ORDER = (
    combustion,
    power,
    electricity,
    heat,
    renewable,
    aluminium,
    carbonate,
    recovery,
    forest,
    _editions,
)

__all__ = [
    "GUIDES",
    "METHODS",
    "PUBLISHED_YEARLY",
    "READING_ORDER",
    "Edition",
    "Kind",
    "Method",
    "Rounding",
    "edition_for",
    "editions_of",
]
