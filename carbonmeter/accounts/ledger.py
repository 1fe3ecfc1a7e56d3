"""The ledger of lines, and the questions that can be asked of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from carbonmeter import __version__
from carbonmeter.accounts import views
from carbonmeter.accounts.consolidate import Consolidation, consolidate
from carbonmeter.accounts.grouping import Groups, group
from carbonmeter.accounts.receipt import Receipt, receipt
from carbonmeter.accounts.recipes import Recipes
from carbonmeter.accounts.totals import Totals, totals
from carbonmeter.errors import GuideError, Problem
from carbonmeter.factors import FactorLibrary
from carbonmeter.methods import Edition
from carbonmeter.tables import Checked
from carbonmeter.uncertainty import standard_uncertainties

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr


@dataclass(frozen=True, eq=False)
class Account:
    """A ledger: one line per row of the activity table and method, each with its receipt.

    Made by `account()`; nothing in it changes afterwards. A line is a row, a recipe and two
    numbers: 8 bytes for its references, beside the 8 bytes of the row's quantity.
    """

    activity: Checked
    library: FactorLibrary
    guide: str
    editions: tuple[Edition, ...]
    recipes: Recipes
    line_row: NDArray[np.int32]
    line_recipe: NDArray[np.int32]
    problems_excluded: tuple[Problem, ...]
    _groups: dict[tuple[str, ...], Groups] = field(default_factory=dict, repr=False)

    def __len__(self) -> int:
        return int(self.line_row.size)

    @cached_property
    def _one_line_per_row(self) -> bool:
        n = len(self.activity)
        return len(self) == n and bool(np.array_equal(self.line_row, np.arange(n)))

    @cached_property
    def line_quantity(self) -> NDArray[np.float64]:
        """float64[line], the quantity as given in the file."""
        quantity = self.activity.number("quantity")
        return quantity if self._one_line_per_row else np.asarray(quantity[self.line_row])

    @cached_property
    def record_u(self) -> NDArray[np.float64]:
        """float64[record], standard uncertainty in the record's own unit; NaN if not stated."""
        r = self.library.records
        return standard_uncertainties(
            r["value"].to_numpy(np.float64),
            r["low"].to_numpy(np.float64),
            r["high"].to_numpy(np.float64),
            r["coverage"].to_numpy(np.float64),
            r["distribution"].astype(str).tolist(),
        )

    @property
    def lines(self) -> xr.Dataset:
        """The ledger as a Dataset with the one dimension `line`."""
        return views.dataset(self)

    def frame(self) -> pd.DataFrame:
        """The ledger as a table: labels, quantity, emission in t of gas, co2e, template_co2e."""
        return views.frame(self)

    def grouped(self, *by: str) -> Groups:
        """Group of each line by labels; kept, so a second total costs one pass."""
        if by not in self._groups:
            rows = None if self._one_line_per_row else self.line_row
            self._groups[by] = group(self.activity, self.recipes, rows, self.line_recipe, by)
        return self._groups[by]

    def total(self, *by: str) -> Totals:
        """Totals in tCO2e by labels, and always by kind and scope, which are never added.

        Parameters
        ----------
        by : names of labels         entity, site, region, period, activity, subject, counterparty,
                                     gas, method, guide
        """
        return totals(self, self.grouped(*by))

    def guide_total(self, *by: str) -> Totals:
        """Totals over the scopes that the guide itself adds (NDRC: direct and indirect)."""
        counted = {e.name: e.total for e in self.editions}
        weight = np.array(
            [
                float(c.method.scope in counted[c.key.edition.name] and c.method.scope != "")
                for c in self.recipes.choices
            ]
        )
        if not weight.any():
            raise GuideError(f"E302: guide {self.guide!r} defines no total of its own")
        merged = _merged(self.grouped(*by), by)
        return totals(self, merged, weight[self.line_recipe])

    def share(self, label: str) -> pd.DataFrame:
        """Share of each scope's tCO2e that rests on each 'tier' or 'confidence' of evidence.

        A line counts under the weakest evidence among its parameters.
        """
        return views.share(self, label)

    def marked(self) -> pd.DataFrame:
        """Records used whose confidence is memory or conflicting, with the tCO2e on them."""
        return views.marked(self)

    def budget(self, *by: str) -> pd.DataFrame:
        """Components of the variance of each total, largest first, with source and clause."""
        return views.budget(self.total(*by))

    def explain(
        self, line: int | None = None, *, row: int | None = None, lang: str = "en"
    ) -> Receipt:
        """The receipt of one line, or of the first line of a row of the user's file."""
        return receipt(self, line, row, lang)

    @property
    def excluded(self) -> pd.DataFrame:
        """Rows left out by name, with the reason."""
        return views.problems(self.problems_excluded)

    def edges(self) -> pd.DataFrame:
        """Entity to gas to scope, in tCO2e: the table behind the flow picture."""
        return self.total("entity", "gas").frame()[["entity", "gas", "kind", "scope", "co2e"]]

    def consolidate(self, entities: Checked, approach: str, *, as_of: date) -> Consolidation:
        """Totals of groups by 'operational control', 'financial control' or 'equity share'."""
        return consolidate(self, entities, approach, as_of)

    def attributes(self) -> dict[str, str]:
        """What a result must name to be found again."""
        return {
            "guide": ", ".join(dict.fromkeys(c.key.edition.name for c in self.recipes.choices)),
            "gwp_set": ", ".join(dict.fromkeys(e.gwp_set for e in self.editions)),
            "library": self.library.version,
            "activity_sha256": self.activity.source.sha256,
            "carbonmeter": __version__,
            "rows_excluded": str(len(self.problems_excluded)),
        }

    def __repr__(self) -> str:
        return views.text(self)

    def _repr_html_(self) -> str:
        return views.html(self)


def _merged(groups: Groups, by: Sequence[str]) -> Groups:
    """The same groups with kinds and scopes of one label set put together."""
    names = tuple(n for n in by if n not in ("kind", "scope"))
    keys = list(zip(*(groups.labels[n] for n in names), strict=True)) or [()] * groups.count
    known = sorted(set(keys))
    place = {key: i for i, key in enumerate(known)}
    of_group = np.array([place[k] for k in keys], dtype=np.int32)
    labels = {n: [key[i] for key in known] for i, n in enumerate(names)}
    labels["scope"] = ["guide"] * len(known)
    return Groups((*names, "scope"), of_group[groups.of_line], labels)
