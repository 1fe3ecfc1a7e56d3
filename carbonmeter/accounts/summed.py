"""Lines added up: the exact sums behind totals, and their first-order uncertainty."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import NDArray

from carbonmeter.accounts.collapse import Collapsed
from carbonmeter.accounts.evidence import Evidence
from carbonmeter.accounts.group_labels import GroupLabels
from carbonmeter.accounts.grouping import Groups
from carbonmeter.accounts.spread import Spread, spread_of
from carbonmeter.errors import GuideError, near

if TYPE_CHECKING:
    from carbonmeter.accounts.ledger import Ledger

COVERAGE_FACTOR = 2.0


@dataclass(frozen=True)
class Lines:
    """The lines that totals add up: of which account, in which groups, by which weight."""

    account: Ledger
    groups: Groups
    weight: NDArray[np.float64] | None = None


@dataclass(frozen=True)
class Summed:
    """Exact sums of lines by labels, in tCO2e, and what else is asked of the lines, as sums too.

    `lines` are those of an account in memory; what was made of blocks of rows has none, but all the
    rest.
    """

    evidence: Evidence
    groups: GroupLabels
    co2e: NDArray[np.float64]
    collapsing: Callable[[], Collapsed] = field(repr=False)
    lines: Lines | None = field(default=None, repr=False)

    @classmethod
    def of(cls, collapsed: Collapsed, evidence: Evidence) -> Self:
        """What exact sums over lines make."""
        return cls(evidence, collapsed.groups, collapsed.value.finish(), lambda: collapsed)

    @cached_property
    def collapsed(self) -> Collapsed:
        """The lines as exact sums, made when a question goes beyond their values."""
        return self.collapsing()

    @cached_property
    def spread(self) -> Spread:
        """First-order uncertainty of the groups."""
        return spread_of(self.collapsed, self.evidence)

    @property
    def expanded(self) -> NDArray[np.float64]:
        """float64[group], U = 2 u of what is stated, tCO2e."""
        return COVERAGE_FACTOR * self.spread.combined.u

    def by(self, *names: str) -> Self:
        """The same lines added up to fewer labels; kind and scope stay."""
        for name in names:
            if name not in self.groups.names:
                hint = near(name, self.groups.names) or ", ".join(self.groups.names)
                raise GuideError(f"E302: these totals have no label {name!r}; they have: {hint}")
        kept = [n for n in (*names, "kind", "scope") if n in self.groups.names]
        return type(self).of(self.collapsed.by(tuple(dict.fromkeys(kept))), self.evidence)
