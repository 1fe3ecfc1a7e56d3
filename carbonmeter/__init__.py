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
    from carbonmeter.factors.changes.diff import diff
    from carbonmeter.factors.exchange.importing import import_table
    from carbonmeter.factors.releases.release import release
    from carbonmeter.factors.releases.signing import make_keys
    from carbonmeter.factors.releases.verify import verify
    from carbonmeter.factors.resolving.resolve import Request
    from carbonmeter.factors.shipped import folder_of
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
    "diff": "factors.changes.diff",
    "example": "examples",
    "FactorLibrary": "factors",
    "financed": "finance",
    "folder_of": "factors.shipped",
    "GUIDES": "methods",
    "import_table": "factors.exchange.importing",
    "make_keys": "factors.releases.signing",
    "METHODS": "methods",
    "read_activity": "tables",
    "read_borrowers": "tables",
    "read_entities": "tables",
    "read_loans": "tables",
    "read_projects": "tables",
    "release": "factors.releases.release",
    "Request": "factors.resolving.resolve",
    "stream_totals": "accounts.streamed",
    "verify": "factors.releases.verify",
    "Uncertain": "uncertainty",
}

__all__ = [
    "GUIDES",
    "METHODS",
    "Account",
    "Common",
    "FactorLibrary",
    "Request",
    "Uncertain",
    "account",
    "compare",
    "diff",
    "example",
    "financed",
    "folder_of",
    "import_table",
    "make_keys",
    "read_activity",
    "read_borrowers",
    "read_entities",
    "read_loans",
    "read_projects",
    "release",
    "stream_totals",
    "verify",
]


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module 'carbonmeter' has no attribute {name!r}")
    value = getattr(import_module(f"carbonmeter.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOME])
