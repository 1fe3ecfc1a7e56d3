"""What a block of rows leaves behind: exact sums, and all that must be known of the rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol, Self, TypeVar

from carbonmeter.accounts.block_errors import Refusal
from carbonmeter.accounts.collapse import Collapsed
from carbonmeter.errors import Problem
from carbonmeter.factors import FactorLibrary
from carbonmeter.tables.across import Seen
from carbonmeter.tables.schema import MOST_PROBLEMS


class _Merging(Protocol):
    def merge(self, other: Self) -> Self: ...


T = TypeVar("T", bound=_Merging)


@dataclass(frozen=True)
class BlockState:
    """The state of the totals of some blocks.

    Attributes
    ----------
    collapsed : Collapsed, optional    exact sums of the lines; None if no row made one
    seen : Seen, optional              keys and periods of the rows
    library : FactorLibrary, optional  the records that lines point to
    wrong : tuple of Problem           rows that cannot be used
    refusals : tuple of Refusal        rows that cannot become lines
    excluded : tuple of Problem        rows left out by name: those of the lowest numbers
    left_out, rows : int               how many are left out; rows in the files
    editions : frozenset               place, name and GWP set of each edition that counted a row
    hashes : path -> SHA-256           of the files that were read whole
    sites : (site, entity) -> row      the first file and row, of sites that have measured values
    """

    collapsed: Collapsed | None = None
    seen: Seen | None = None
    library: FactorLibrary | None = None
    wrong: tuple[Problem, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    excluded: tuple[Problem, ...] = ()
    left_out: int = 0
    rows: int = 0
    editions: frozenset[tuple[int, str, str]] = frozenset()
    hashes: Mapping[str, str] = field(default_factory=dict)
    sites: Mapping[tuple[str, str], tuple[int, int]] = field(default_factory=dict)

    def merge(self, other: BlockState) -> BlockState:
        """The state of the blocks of both."""
        sites = {**other.sites, **self.sites}
        for pair in self.sites.keys() & other.sites.keys():
            sites[pair] = min(self.sites[pair], other.sites[pair])
        return BlockState(
            _both(self.collapsed, other.collapsed),
            _both(self.seen, other.seen),
            self.library or other.library,
            first_of(self.wrong + other.wrong, MOST_PROBLEMS + 1),
            self.refusals + other.refusals,
            first_of(self.excluded + other.excluded, MOST_PROBLEMS),
            self.left_out + other.left_out,
            self.rows + other.rows,
            self.editions | other.editions,
            {**self.hashes, **other.hashes},
            sites,
        )


def _both(one: T | None, other: T | None) -> T | None:
    if one is None or other is None:
        return other if one is None else one
    return one.merge(other)


def first_of(problems: tuple[Problem, ...], most: int) -> tuple[Problem, ...]:
    """The problems in one order, whatever order blocks ended in; no more than `most`."""
    if len(problems) < 2:
        return problems
    return tuple(sorted(problems, key=_order)[:most])


def _order(problem: Problem) -> tuple[str, int, str, str, str]:
    return problem.file, problem.row or 0, problem.column, problem.value, problem.rule
