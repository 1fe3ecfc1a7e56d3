"""Tables of the user's, read and checked: every problem of a file at once, or plain columns."""

from __future__ import annotations

from carbonmeter.tables.activity import ACTIVITY, read_activity
from carbonmeter.tables.checked import Checked
from carbonmeter.tables.columns import Coded
from carbonmeter.tables.entities import ENTITIES, NAMES, read_entities, read_names
from carbonmeter.tables.field import Field, Kind
from carbonmeter.tables.loans import (
    BORROWERS,
    LOANS,
    PROJECTS,
    read_borrowers,
    read_loans,
    read_projects,
)
from carbonmeter.tables.schema import Table
from carbonmeter.tables.source import Limits, Source

__all__ = [
    "ACTIVITY",
    "BORROWERS",
    "ENTITIES",
    "LOANS",
    "NAMES",
    "PROJECTS",
    "Checked",
    "Coded",
    "Field",
    "Kind",
    "Limits",
    "Source",
    "Table",
    "read_activity",
    "read_borrowers",
    "read_entities",
    "read_loans",
    "read_names",
    "read_projects",
]
