"""The open engine for carbon metrology.

The public names are loaded on first use, so that importing the package costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

__version__ = "0.1.0"

if TYPE_CHECKING:
    from carbonmeter.accounts import Account, account, compare
    from carbonmeter.accounts.streamed import stream_totals
    from carbonmeter.examples import example
    from carbonmeter.factors import FactorLibrary
    from carbonmeter.finance import financed
    from carbonmeter.methods import GUIDES, METHODS
    from carbonmeter.tables import (
        read_activity,
        read_borrowers,
        read_entities,
        read_loans,
        read_projects,
    )
    from carbonmeter.uncertainty import Uncertain

_HOME = {
    "Account": "accounts",
    "account": "accounts",
    "Common": "uncertainty",
    "compare": "accounts",
    "example": "examples",
    "FactorLibrary": "factors",
    "financed": "finance",
    "GUIDES": "methods",
    "METHODS": "methods",
    "read_activity": "tables",
    "read_borrowers": "tables",
    "read_entities": "tables",
    "read_loans": "tables",
    "read_projects": "tables",
    "stream_totals": "accounts.streamed",
    "Uncertain": "uncertainty",
}

__all__ = [
    "GUIDES",
    "METHODS",
    "Account",
    "Common",
    "FactorLibrary",
    "Uncertain",
    "account",
    "compare",
    "example",
    "financed",
    "read_activity",
    "read_borrowers",
    "read_entities",
    "read_loans",
    "read_projects",
    "stream_totals",
]


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module 'carbonmeter' has no attribute {name!r}")
    value = getattr(import_module(f"carbonmeter.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOME])
