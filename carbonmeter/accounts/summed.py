"""Lines added up: the exact sums behind totals, and their first-order uncertainty."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import NDArray

from carbonmeter.accounts.collapse import Collapsed
from carbonmeter.accounts.evidence import Evidence
from carbonmeter.accounts.first_order import Connections, FirstOrder
from carbonmeter.accounts.group_labels import GroupLabels
from carbonmeter.accounts.grouping import Groups
from carbonmeter.accounts.spread import Spread, spread_of
from carbonmeter.errors import GuideError, near
from carbonmeter.uncertainty import Common

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
    connections: Connections = field(default=Connections(), repr=False)

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
        """First-order uncertainty of the groups, through the connections stated: by the library,
        whose records name parents and common causes, and by `connected`."""
        lineage = self.first_order.lineage
        found = spread_of(self.collapsed, self.evidence, lineage)
        if not self.connections and not (lineage and lineage.common):
            return found
        budget, names = self.first_order.linear.combined(), self.first_order.names
        return replace(found, combined=budget, names=names)

    @cached_property
    def first_order(self) -> FirstOrder:
        """The groups as linear in records, meters and common causes."""
        return FirstOrder(self.collapsed, self.evidence, self.connections)

    def connected(
        self, *common: Common, correlations: Mapping[tuple[str, str], float] | None = None
    ) -> Self:
        """The same totals, with causes of error that records or meters share beside being one.

        Parameters
        ----------
        common : Common                           members are ids of records, or 'meter NAME'; those
                                                  that these totals do not use change nothing
        correlations : (id, id) -> coefficient    for sets that come with a matrix

        Raises
        ------
        CarbonmeterError    an unknown member, parts that add up to more than one, correlations that
                            no quantities can have
        """
        connections = Connections(common, correlations)
        made = replace(self, collapsing=lambda: self.collapsed, connections=connections)
        len(made.first_order.structure)  # made now, so that what does not fit is refused here
        return made

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
        made = type(self).of(self.collapsed.by(tuple(dict.fromkeys(kept))), self.evidence)
        return replace(made, connections=self.connections)
