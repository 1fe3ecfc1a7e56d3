"""Totals of lines with their uncertainty: add what shares a record or a meter, then square."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from carbonmeter.accounts import budgets
from carbonmeter.accounts.collapse import collapse
from carbonmeter.accounts.grouping import Groups
from carbonmeter.accounts.sampled import Request, Sampled
from carbonmeter.accounts.summed import COVERAGE_FACTOR, Lines, Summed
from carbonmeter.kernels import weighted_segment_sum
from carbonmeter.uncertainty import OWN

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from carbonmeter.accounts.ledger import Ledger
    from carbonmeter.uncertainty.shapes import Shape


@dataclass(frozen=True)
class Totals(Summed):
    """Sums of lines by labels, in tCO2e, each with U (k = 2) and its largest contributor.

    Scopes and kinds stand in rows of their own: they are never added to each other here.
    """

    def frame(self) -> pd.DataFrame:
        """One row per group: labels, co2e, U, U_percent, u_covers, shares without u, largest.

        U is NaN where nothing states an uncertainty: unknown is not zero. `u_covers` is the share
        of the |tCO2e| on lines of which anything, a factor or a meter, states one: where it is
        below one, U is that of a part and the whole is less certain.
        """
        import pandas as pd

        return pd.DataFrame(self.columns())

    def columns(self) -> dict[str, Sequence[Any] | NDArray[np.float64]]:
        """The columns of `frame`, without pandas."""
        spread = self.spread
        without = (spread.records_without > 0.0) | (spread.activity_without > 0.0)
        u = np.where((spread.combined.u == 0.0) & without, np.nan, spread.combined.u)
        expanded = COVERAGE_FACTOR * u
        with np.errstate(divide="ignore", invalid="ignore"):
            percent = np.where(self.co2e != 0.0, 100.0 * expanded / np.abs(self.co2e), np.nan)
        largest = [spread.name(int(c)) for c in spread.combined.largest]
        return {
            **{name: self.groups.labels[name] for name in self.groups.names},
            "co2e": self.co2e,
            "U": expanded,
            "U_percent": percent,
            "u_covers": spread.covered,
            "records_without_u": spread.records_without,
            "activity_without_u": spread.activity_without,
            "largest": largest,
        }

    def components(self) -> pd.DataFrame:
        """What makes up the U of each group: one row per group and component.

        `component` is the id of a record, 'meter NAME', or 'own GROUP' for the rows of a group
        that have no named meter: what is known by one name errs once, also across groups and
        accounts. `contribution` is the standard uncertainty, in tCO2e, that it brings to the
        group; its sign says which way the group moves, so that groups can be added before they
        are squared. The squares of a group sum to (U / 2)². What states no uncertainty is left out.
        """
        import pandas as pd

        parts, groups = self.spread.combined, self.groups
        labels = {name: np.array(groups.labels[name], object) for name in groups.names}
        records = self.evidence.ids
        keys = np.array([*records, *self.spread.names[len(records) :], ""], object)
        named = [" · ".join(of) for of in zip(*(labels[n] for n in groups.names), strict=True)]
        own = np.array([f"own {name}" for name in named], object)
        return pd.DataFrame(
            {
                **{name: labels[name][parts.group] for name in groups.names},
                "component": np.where(parts.record == OWN, own[parts.group], keys[parts.record]),
                "contribution": parts.contribution,
            }
        )

    def budget(self) -> pd.DataFrame:
        """Components of each total's variance, largest first, with id, source and clause.

        Shares sum to one in a group. What connects records stands in an entry of its own; that of a
        record is what moves it alone. Records without a stated uncertainty close the list.
        Where records used are derived from others, these stand in the list in their place, and
        `through` names the records used.
        """
        return budgets.budget(self)

    def improvements(self, target_percent: float | None = None) -> pd.DataFrame:
        """What each component would bring if it were known better, the most helpful first.

        `share` of u² goes if it is known perfectly; `U_if_perfect` and `U_if_halved` are the U
        (k = 2) of the total then. `u_now` is of a record, in its own `unit`. A better value of
        one's own also leaves the causes that the old one shared.

        Parameters
        ----------
        target_percent : float    U to be reached, in percent of the total: `u_needed` is what the
                                  record must have for that, `needed_factor` how many times its u
                                  (blank if it alone cannot), and `needed` says it in words
        """
        return budgets.improvement(self, target_percent)

    def second_order(self) -> pd.DataFrame:
        """U (k = 2) to first order, with the second-order term, and the bias of the estimate.

        Where they differ in the digits that are printed, ask `sample`. See
        `carbonmeter.uncertainty.second_order` for what the term holds for.

        Source
        ------
        JCGM 100:2008: 5.1.2, note
        """
        return budgets.second_order(self)

    def degrees_of_freedom(
        self, percent: float = 95.0, *, unstated: float | None = None
    ) -> pd.DataFrame:
        """Effective degrees of freedom, k for `percent` by the t distribution, and U = k u.

        They are stated for independent components that each state theirs (the column
        `degrees_of_freedom` of a factor table); else they are blank, with the reason.

        Parameters
        ----------
        percent : float     coverage probability
        unstated : float    what components that state none have; infinite takes their u as known,
                            which the Guide suggests for bounds chosen so (G.4.3)

        Source
        ------
        JCGM 100:2008: G.4.1 (Welch–Satterthwaite), G.6.4
        """
        return budgets.degrees_of_freedom(self, percent, unstated)

    def covariance(self, *by: str) -> pd.DataFrame:
        """Covariance matrix of the totals, (tCO2e)²; with labels, of the totals by only these.

        Raises
        ------
        CarbonmeterError    more totals than a matrix should hold; name fewer labels
        """
        asked = self.by(*by) if by else self
        return budgets.matrix(asked, asked.first_order.joint.covariance())

    def correlation(self, *by: str) -> pd.DataFrame:
        """Correlation matrix of the totals; NaN where one has no uncertainty."""
        asked = self.by(*by) if by else self
        return budgets.matrix(asked, asked.first_order.joint.correlation())

    def dataset(self) -> xr.Dataset:
        """The same as a dense labelled Dataset; absent combinations are NaN, not zero."""
        frame = self.frame().set_index(list(self.groups.names))
        data = frame[["co2e", "U"]].to_xarray()
        for name in ("co2e", "U"):
            data[name].attrs["units"] = "tCO2e"
        data.attrs.update(self.evidence.attributes)
        return data

    def sample(
        self,
        draws: int = 20_000,
        seed: int = 1,
        *,
        tolerance: float | None = None,
        digits: int | None = None,
        most: int = 2_000_000,
        coverage: float = 95.0,
        interval: str = "symmetric",
        rows: str = "collapsed",
        shapes: Mapping[str, Shape] | None = None,
        correlations: Mapping[tuple[str, str], float] | None = None,
        verdict_digits: int = 1,
        workers: int = 1,
        progress: Callable[[int, int, str], None] | None = None,
    ) -> Sampled:
        """The same totals by Monte Carlo: the formulas themselves, at values drawn together.

        Parameters
        ----------
        draws : int              how many; with a tolerance, how many at least
        seed : int               another seed gives other draws; the same one the same bits, for
                                 any order of rows and number of workers
        tolerance : float        draw until two standard errors of mean, u and interval of every
                                 group are below this part of its u, but no more than `most` times;
                                 draws are added to groups that need them, none is made twice
        digits : int             instead of it: below half a unit of the last of so many significant
                                 digits of u, 1 or 2
        coverage : float         percent of the draws within low and high
        interval : str           'symmetric' (as much below as above) or 'shortest'
        rows : str               'collapsed', or 'explicit': each row's own error by itself
        shapes : id -> Shape     distributions for records that state none, or others than theirs
        correlations : (id, id) -> coefficient    between records, of their normal scores, instead
                                 of what `connected` or the library stated. U knows neither these
                                 nor `shapes`: the verdict is on U as it is printed
        verdict_digits : int     significant digits of u to which first order must agree, 1 or 2
        workers : int            threads
        progress : function      called with (done, steps, what)

        Raises
        ------
        CarbonmeterError         no draws, unknown names, impossible correlations

        Source
        ------
        JCGM 101:2008: 7 (Monte Carlo), 7.9 (adaptive), 8 (comparison with first order)
        """
        if correlations is None and (self.connections or self.first_order.lineage):
            correlations = self.first_order.pairs()
        asked = Request(
            draws,
            seed,
            coverage,
            interval,
            tolerance,
            most,
            rows,
            shapes or {},
            correlations or {},
            workers,
            progress,
            digits,
            verdict_digits,
        )
        return Sampled(self, self, asked)

    def where(self, **labels: str) -> pd.DataFrame:
        """Rows of `frame()` with the given labels."""
        frame = self.frame()
        for name, label in labels.items():
            frame = frame[frame[name] == label]
        return frame.reset_index(drop=True)

    def _repr_html_(self) -> str:
        return str(self.frame().to_html(index=False, float_format=lambda v: f"{v:,.1f}"))


def totals(account: Ledger, groups: Groups, weight: NDArray[np.float64] | None = None) -> Totals:
    """Exact sums over the lines of each group; the same bits for any order of rows."""
    quantity = account.line_quantity if weight is None else account.line_quantity * weight
    value = weighted_segment_sum(
        quantity, account.recipes.co2e, account.line_recipe, groups.of_line, groups.count
    )
    return Totals(
        account.evidence,
        groups.keyed,
        value,
        lambda: collapse(account, groups, weight),
        Lines(account, groups, weight),
    )
