"""The account: a ledger, and the questions that can be asked of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from carbonmeter.accounts import views
from carbonmeter.accounts.consolidate import Consolidation, consolidate
from carbonmeter.accounts.explain import explain
from carbonmeter.accounts.group_labels import RECIPE_LABELS, GroupLabels
from carbonmeter.accounts.grouping import Groups
from carbonmeter.accounts.ledger import Ledger
from carbonmeter.accounts.prepared import Prepared
from carbonmeter.accounts.receipt import Receipt
from carbonmeter.accounts.restate import Restatement, restate
from carbonmeter.accounts.totals import Totals, totals
from carbonmeter.errors import GuideError
from carbonmeter.tables import Checked

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from carbonmeter.factors import FactorLibrary


class Account(Ledger):
    """A ledger of lines, each with its receipt. Made by `account()`."""

    @property
    def lines(self) -> xr.Dataset:
        """The ledger as a Dataset with the one dimension `line`."""
        return views.dataset(self)

    def frame(self) -> pd.DataFrame:
        """The ledger as a table: labels, quantity, emission in t of gas, co2e, template_co2e."""
        return views.frame(self)

    def total(self, *by: str) -> Totals:
        """Totals in tCO2e by labels, and always by kind and scope, which are never added.

        Parameters
        ----------
        by : names of labels         entity, site, region, period, activity, subject, counterparty,
                                     gas, method, guide
        """
        return totals(self, self.grouped(*by))

    def prepared(self, *by: str) -> Prepared:
        """The lines sorted by labels, for many totals and scenarios over the same groups.

        Sorting costs a few totals; after it, one costs what reading 9 bytes a line costs.
        """
        return Prepared.of(self, by)

    def guide_total(self, *by: str) -> Totals:
        """Totals over the scopes that the guide itself adds (NDRC: direct and indirect)."""
        counted = {e.name: e.total for e in self.editions}
        weight = np.array(
            [
                float(c.scope in counted[c.key.edition.name] and c.scope != "")
                for c in self.recipes.choices
            ]
        )
        if not weight.any():
            raise GuideError(f"E302: guide {self.guide!r} defines no total of its own")
        merged = _merged(self.grouped(*by), by)
        return totals(self, merged, weight[self.line_recipe])

    def share(self, label: str) -> pd.DataFrame:
        """Share of each scope's tCO2e that rests on each 'tier' or 'confidence' of evidence.

        A line is split over its parameters by how strongly each moves it.
        """
        return views.share(self, label)

    def marked(self) -> pd.DataFrame:
        """Records used whose confidence is memory or conflicting, with the tCO2e on them."""
        return views.marked(self)

    def budget(self, *by: str) -> pd.DataFrame:
        """Components of the variance of each total, largest first, with source and clause."""
        return self.total(*by).budget()

    def explain(
        self, line: int | None = None, *, row: int | None = None, lang: str = "en"
    ) -> Receipt:
        """The receipt of one line, or of the first line of a row of the user's file."""
        return explain(self, line, row, lang)

    @property
    def excluded(self) -> pd.DataFrame:
        """Rows left out by name, with the reason."""
        return views.problems(self.problems_excluded)

    @property
    def unused(self) -> pd.DataFrame:
        """Measured values that no line used, so that none is passed over without a word."""
        return views.unused(self)

    def edges(self) -> pd.DataFrame:
        """Entity to gas to scope, in tCO2e: the table behind the flow picture."""
        return self.total("entity", "gas").frame()[["entity", "gas", "kind", "scope", "co2e"]]

    def consolidate(self, entities: Checked, approach: str, *, as_of: date) -> Consolidation:
        """Totals of groups by 'operational control', 'financial control' or 'equity share'."""
        return consolidate(self, entities, approach, as_of)

    def restate(
        self,
        library: FactorLibrary | None = None,
        *,
        as_of: date | None = None,
        guide: str | None = None,
        gwp: str | None = None,
        series: Mapping[str, str] | None = None,
        activity: Checked | None = None,
    ) -> Restatement:
        """The same activity accounted anew, and what moved each line and total, by reason.

        What is not given stays as it was asked for, except the day: without `as_of` the new
        account is as the library stands. Reasons are activity data, boundary, method, correction,
        retraction, new data year, other library and GWP set; values are exchanged in this order,
        each at those reached before, so the parts add up to the whole difference.

        Parameters
        ----------
        library : FactorLibrary      the whole stack, as for `account`
        as_of : date                 as the library stood then
        guide, gwp, series           as for `account`
        activity : Checked           another table of activity, from `read_activity`

        Raises
        ------
        as `account`
        """
        changed = {"library": library, "as_of": as_of, "guide": guide, "gwp": gwp}
        return restate(self, **changed, series=series, activity=activity)

    def __repr__(self) -> str:
        return views.text(self)

    def _repr_html_(self) -> str:
        return views.html(self)


def _merged(groups: Groups, by: Sequence[str]) -> Groups:
    """The same groups with kinds and scopes of one label set put together."""
    names = tuple(n for n in by if n not in ("kind", "scope"))
    keys = list(zip(*(groups.labels[n] for n in names), strict=True)) or [()] * groups.count
    rows_first = sorted(range(len(names)), key=lambda i: names[i] in RECIPE_LABELS)
    known = sorted(set(keys), key=lambda key: [key[i] for i in rows_first])
    place = {key: i for i, key in enumerate(known)}
    of_group = np.array([place[k] for k in keys], dtype=np.int32)
    labels = {n: [key[i] for key in known] for i, n in enumerate(names)}
    labels["scope"] = ["guide"] * len(known)
    keyed = GroupLabels.of((*names, "scope"), labels)
    return Groups(of_group[groups.of_line], keyed)
