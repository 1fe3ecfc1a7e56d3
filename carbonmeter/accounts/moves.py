"""What moved one recipe to another: value by value, in one documented order, with nothing left.

Between two recipes of a row the values are exchanged one after the other, and what each exchange
brings is its part. The parts add up to the whole difference because each begins where the one
before it ended. The order is that of REASONS; within a reason that of the method, the GWP last.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from carbonmeter.accounts.recipes import Choice, Recipes
from carbonmeter.factors import FactorLibrary
from carbonmeter.factors.changes.change import (
    AND,
    BOUNDARY,
    CORRECTION,
    GWP_SET,
    METHOD,
    NEW_DATA_YEAR,
    OTHER_LIBRARY,
    Rows,
    reason_for,
)
from carbonmeter.factors.record import RETRACTION
from carbonmeter.units import scale

ACTIVITY = "activity data"  # not `activity`, which is a label of lines
REASONS = (
    ACTIVITY,
    BOUNDARY,
    METHOD,
    CORRECTION,
    RETRACTION,
    NEW_DATA_YEAR,
    OTHER_LIBRARY,
    GWP_SET,
)
GWP = "gwp"
NO_RECORD = -1
Numbers = NDArray[np.float64]


def order_of(reason: str) -> tuple[int, ...]:
    """Where a reason stands; several that cannot be parted stand behind the last of them."""
    return tuple(sorted((REASONS.index(part) for part in reason.split(AND)), reverse=True))


@dataclass(frozen=True)
class Move:
    """What one value brought, for the pairs of recipes in which it was exchanged.

    `parameter` is empty for a method, or a line, that is on one side only.
    """

    parameter: str
    reason: str
    old: int
    new: int
    pair: int
    per_unit: float


class Evidence:
    """The records of the libraries of two accounts, and why one stands where another stood."""

    def __init__(self, old: FactorLibrary, new: FactorLibrary) -> None:
        self.old, self.new = _Numbered(old), _Numbered(new)
        self._known: dict[tuple[int, int], str] = {}

    def reason(self, old: int, new: int) -> str:
        """Why record `new` took the place of `old`; empty if it says the same."""
        if (old, new) not in self._known:
            (a, rows_a), (b, rows_b) = self.old.at(old), self.new.at(new)
            same = all(
                rows_a.column(name)[a] == rows_b.column(name)[b] for name in ("id", "value", "unit")
            )
            if same:
                self._known[old, new] = ""
            elif rows_a.column("id")[a] in self.new.retracted:
                self._known[old, new] = RETRACTION
            else:
                self._known[old, new] = reason_for(rows_a, a, rows_b, b)
        return self._known[old, new]


class _Numbered:
    """Records by their number in a library."""

    def __init__(self, library: FactorLibrary) -> None:
        self.rows = [Rows(layer) for layer in library.stack]
        self.first = [0, *accumulate(len(layer) for layer in library.stack)]

    @cached_property
    def retracted(self) -> frozenset[str]:
        """The ids of records that were withdrawn."""
        return frozenset(
            older
            for rows in self.rows
            for older, reason in rows.keys("supersedes", "supersede_reason")
            if reason == RETRACTION
        )

    def at(self, record: int) -> tuple[int, Rows]:
        depth = bisect_right(self.first, record) - 1
        return record - self.first[depth], self.rows[depth]


def moves(
    old: Recipes,
    new: Recipes,
    pairs: Sequence[tuple[int, int]],
    evidence: Evidence,
    one_sided: str = BOUNDARY,
) -> list[Move]:
    """What moved each pair of recipes, per unit of the row's quantity, in tCO2e.

    Parameters
    ----------
    pairs : sequence of (old, new)   numbers of recipes; -1 where there is none on that side
    one_sided : str                  the reason of those
    """
    found: list[Move] = []
    alike: dict[tuple[str, str, tuple[str, ...]], list[int]] = {}
    for at, (a, b) in enumerate(pairs):
        if a < 0 or b < 0:
            per_unit = float(new.co2e[b] if a < 0 else -old.co2e[a])
            found.append(Move("", one_sided, NO_RECORD, NO_RECORD, at, per_unit))
            continue
        one, two = old.choices[a], new.choices[b]
        reasons = _reasons(one, two, evidence)
        if any(reasons):
            alike.setdefault((one.method.name, two.method.name, reasons), []).append(at)
    for (_, _, reasons), members in alike.items():
        found += _exchanged(old, new, [pairs[at] for at in members], members, reasons)
    return found


def _reasons(one: Choice, two: Choice, evidence: Evidence) -> tuple[str, ...]:
    """Of each value, the GWP last, why it was exchanged; of another method one for all values."""
    gwp = evidence.reason(one.gwp.record, two.gwp.record)
    if one.method is not two.method:
        return METHOD, gwp
    each = [
        evidence.reason(a.record, b.record) for a, b in zip(one.answers, two.answers, strict=True)
    ]
    return (*each, gwp)


def _exchanged(
    old: Recipes,
    new: Recipes,
    pairs: Sequence[tuple[int, int]],
    members: Sequence[int],
    reasons: Sequence[str],
) -> Iterator[Move]:
    """The parts of pairs that exchange the same values for the same reasons, in the order."""
    ones = [old.choices[a] for a, _ in pairs]
    twos = [new.choices[b] for _, b in pairs]
    method = ones[0].method
    names = [*(method.parameters if method is twos[0].method else [""]), GWP]
    at_old, at_new = (np.array(side) for side in zip(*pairs, strict=True))
    formula = _Formula(old, new, at_old, at_new, ones, twos)
    before = old.co2e[at_old]
    taken: set[int] = set()
    slots = [slot for slot, reason in enumerate(reasons) if reason]
    for slot in sorted(slots, key=lambda slot: (order_of(reasons[slot]), slot)):
        taken.add(slot)
        after = new.co2e[at_new] if len(taken) == len(slots) else formula(taken)
        records = [
            _records(one, two, slot, names[slot]) for one, two in zip(ones, twos, strict=True)
        ]
        for (a, b), pair, part in zip(records, members, (after - before).tolist(), strict=True):
            yield Move(names[slot], reasons[slot], a, b, pair, part)
        before = after


def _records(one: Choice, two: Choice, slot: int, name: str) -> tuple[int, int]:
    if name == GWP:
        return one.gwp.record, two.gwp.record
    if not name:
        return NO_RECORD, NO_RECORD
    return one.answers[slot].record, two.answers[slot].record


class _Formula:
    """tCO2e per unit of quantity with the values of some slots exchanged and the others not."""

    def __init__(
        self,
        old: Recipes,
        new: Recipes,
        at_old: NDArray[np.int64],
        at_new: NDArray[np.int64],
        ones: Sequence[Choice],
        twos: Sequence[Choice],
    ) -> None:
        self.method = ones[0].method
        self.same = self.method is twos[0].method
        self.per_unit = old.per_unit[at_old], new.per_unit[at_new]
        self.gwp = old.gwp[at_old], new.gwp[at_new]
        self.scale = old.scale[at_old]
        self.values: list[tuple[Numbers, Numbers]] = [
            (_column(ones, slot), _column(twos, slot))
            for slot in range(len(self.method.parameters) if self.same else 0)
        ]

    def __call__(self, taken: set[int]) -> Numbers:
        gwp = self.gwp[int((len(self.values) if self.same else 1) in taken)]
        if not self.same:
            return np.asarray(self.per_unit[int(0 in taken)] * gwp)
        output = self.method.output
        to_tonnes = output.sign * scale(output.unit, f"t{output.gas}")
        values: Mapping[str, Numbers] = {
            name: sides[int(slot in taken)]
            for slot, (name, sides) in enumerate(
                zip(self.method.parameters, self.values, strict=True)
            )
        }
        one = {self.method.quantity: np.ones(self.scale.size)}
        per_unit = self.method.formula(**one, **values) * to_tonnes * self.scale
        return np.asarray(per_unit * gwp)


def _column(choices: Sequence[Choice], slot: int) -> Numbers:
    return np.array([choice.answers[slot].value for choice in choices], dtype=np.float64)
