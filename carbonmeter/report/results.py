"""What a run hands to those who show it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from carbonmeter.report.bilingual import Both

if TYPE_CHECKING:
    import pandas as pd

    from carbonmeter.accounts import Account, Consolidation
    from carbonmeter.finance import Financed
    from carbonmeter.tables import Checked


@dataclass(frozen=True)
class NamedAccount:
    """An account with the name and the titles that the run gave it."""

    name: str
    title_zh: str
    title_en: str
    account: Account

    @property
    def title(self) -> Both:
        return Both(self.title_zh or self.name, self.title_en or self.name)


@dataclass(frozen=True)
class Check:
    """An intensity of one entity beside one that somebody published.

    Published intensities are of scope 1 and 2 together; `by_location` and `by_market` count the
    purchased electricity by one of the two conventions each. NaN where there is none.
    """

    name_zh: str
    name_en: str
    entity: str
    by_location: float
    by_market: float
    published: float
    unit: str
    source: str

    @property
    def name(self) -> Both:
        return Both(self.name_zh or self.name_en, self.name_en or self.name_zh)

    def difference(self, computed: float) -> float:
        """(computed − published) / published."""
        return (computed - self.published) / self.published


@dataclass(frozen=True)
class Results:
    """A whole run: accounts, groups, loans, comparisons, and what they were made from."""

    title_zh: str
    title_en: str
    folder: Path
    accounts: tuple[NamedAccount, ...]
    inputs: tuple[Path, ...] = ()
    as_of: date | None = None
    names: Checked | None = None
    groups: tuple[Consolidation, ...] = ()
    financed: Financed | None = None
    checks: tuple[Check, ...] = ()
    evidence: pd.DataFrame | None = None
    options: dict[str, str] = field(default_factory=dict)

    @property
    def title(self) -> Both:
        return Both(self.title_zh or self.title_en, self.title_en or self.title_zh)

    @cached_property
    def _names(self) -> dict[str, Both]:
        if self.names is None:
            return {}
        columns = [self.names.text(name).text() for name in ("entity", "name_zh", "name_en")]
        return {
            str(entity): Both(str(zh or en or entity), str(en or zh or entity))
            for entity, zh, en in zip(*columns, strict=True)
        }

    @cached_property
    def invented(self) -> frozenset[str]:
        """Entities that the table of names says are invented."""
        if self.names is None:
            return frozenset()
        named, says = self.names.text("entity").text(), self.names.flag("invented")
        return frozenset(str(entity) for entity in named[says])

    def name(self, entity: str) -> Both:
        """The name of an entity in both languages; its identifier if it has none."""
        return self._names.get(entity, Both(entity, entity))

    @property
    def unused(self) -> pd.DataFrame:
        """Measured values that none of the accounts used."""
        first, *others = (named.account.unused for named in self.accounts)
        for other in others:
            first = first[first["id"].isin(other["id"])]
        return first

    @property
    def emitting(self) -> NamedAccount | None:
        """The first account with emissions: the one that loans are matched with."""
        for named in self.accounts:
            if "emission" in named.account.grouped().labels["kind"]:
                return named
        return None
