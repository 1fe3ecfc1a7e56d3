"""Why one record stands where another stood: the closed list of reasons, told from the records."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from functools import cached_property
from typing import Any

import numpy as np

from carbonmeter.factors.identity import OF_SERIES
from carbonmeter.factors.layer import DATES, NUMBERS, Layer
from carbonmeter.factors.releases import leaves
from carbonmeter.factors.resolving.sequences import reason_between

NEW_DATA_YEAR, METHOD, GWP_SET = "new data year", "method", "GWP set"
CORRECTION, BOUNDARY, OTHER_LIBRARY = "correction", "boundary", "other library"
AND = " + "
BASES = tuple(name for name in OF_SERIES if name.endswith("_basis"))
MANY = 20
VALIDITY = ("valid_from", "valid_to")


class Rows:
    """The records of a layer, each as plain values by the name of its field."""

    def __init__(self, layer: Layer) -> None:
        self.layer = layer
        self._columns: dict[str, list[Any]] = {}

    def __len__(self) -> int:
        return len(self.layer)

    def column(self, name: str) -> list[Any]:
        """A column as plain values; None where a number or a day is not given."""
        if name not in self._columns:
            column = self.layer.columns[name]
            values = column.tolist()
            if name in NUMBERS or name in DATES:
                absent = np.isnan(column) if name in NUMBERS else np.isnat(column)
                pairs = zip(values, absent.tolist(), strict=True)
                values = [None if blank else value for value, blank in pairs]
            self._columns[name] = values
        return self._columns[name]

    @cached_property
    def place(self) -> dict[str, int]:
        """Where each id stands."""
        return {id_: at for at, id_ in enumerate(self.column("id"))}

    @cached_property
    def named(self) -> dict[str, int]:
        """Where each id stands that was given to its record, not made of its row."""
        made_of = f"{self.layer.name}:"
        return {
            id_: at
            for id_, at in self.place.items()
            if not (id_.startswith(made_of) and id_.removeprefix(made_of).isdecimal())
        }

    @cached_property
    def decimals(self) -> dict[tuple[str, str], int]:
        """To how many decimals a parameter in a unit is mostly printed, where many values tell."""
        found: dict[tuple[str, str], Counter[int]] = {}
        for *key, value in zip(*map(self.column, ("parameter", "unit", "value")), strict=True):
            digits = Decimal(leaves.number(value)).as_tuple().exponent
            assert isinstance(digits, int)
            if value:  # a zero does not show how it was printed
                found.setdefault((key[0], key[1]), Counter())[-digits] += 1
        return {
            key: max(counts, key=counts.__getitem__)
            for key, counts in found.items()
            if counts.total() >= MANY
        }

    def keys(self, *names: str) -> list[tuple[Any, ...]]:
        """Of each record the values of some fields, as one key."""
        return list(zip(*(self.column(name) for name in names), strict=True))


def reason_for(old: Rows, a: int, new: Rows, b: int) -> str:
    """Why a record took the place of another: what they state of it, else what differs.

    A record that supersedes the other states it. Else: another GWP set; within one family another
    validity or price year (new data year) or basis (boundary). Two of them at once cannot be told
    apart in one number and are named together. If none differs, one family says another value for
    the same time, a correction; and values of two families are those of another library.
    """
    if stated := _stated(old, a, new, b):
        return stated
    parameters = old.column("parameter")[a], new.column("parameter")[b]
    if parameters[0] != parameters[1]:
        return reason_between(*parameters) or METHOD

    def differs(*names: str) -> bool:
        return any(old.column(name)[a] != new.column(name)[b] for name in names)

    sets = old.column("gwp_set")[a], new.column("gwp_set")[b]
    causes = [GWP_SET] if all(sets) and sets[0] != sets[1] else []
    if old.layer.family == new.layer.family:
        causes = ([NEW_DATA_YEAR] if differs(*VALIDITY, "price_year") else []) + causes
        causes += [BOUNDARY] if differs(*BASES) else []
        return AND.join(causes) or CORRECTION
    return AND.join(causes) or OTHER_LIBRARY


def _stated(old: Rows, a: int, new: Rows, b: int) -> str:
    """The reason of a record that supersedes another, directly or through others."""
    if not new.column("supersedes")[b]:
        return ""
    wanted, at, seen = old.column("id")[a], b, set[int]()
    while at not in seen:
        seen.add(at)
        older = new.column("supersedes")[at]
        if older == wanted:
            return str(new.column("supersede_reason")[b])
        if older not in new.place:
            return ""
        at = new.place[older]
    return ""
