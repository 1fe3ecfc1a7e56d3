"""Totals with their coverage intervals by Monte Carlo, beside what first order says of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from carbonmeter.accounts.drawing import Plan
from carbonmeter.accounts.sampling import plan_of
from carbonmeter.accounts.settling import STEP, Readings, Run, Settling
from carbonmeter.errors import CarbonmeterError
from carbonmeter.uncertainty import coverage_factor
from carbonmeter.uncertainty.reading import agreement
from carbonmeter.uncertainty.sample import Correlations, check_request, whole
from carbonmeter.uncertainty.shapes import Shape

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from carbonmeter.accounts.summed import Summed

Column = NDArray[np.float64]
Progress = Callable[[int, int, str], None]
PASS, UNSURE = "PASS", "more draws"


@dataclass(frozen=True)
class Request:
    """How to draw; the defaults are those of `Totals.sample`."""

    draws: int = 20_000
    seed: int = 1
    coverage: float = 95.0
    interval: str = "symmetric"
    tolerance: float | None = None
    most: int = 2_000_000
    rows: str = "collapsed"
    shapes: Mapping[str, Shape] = field(default_factory=dict)
    correlations: Correlations = field(default_factory=dict)
    workers: int = 1
    progress: Progress | None = None

    digits: int | None = None
    verdict_digits: int = 1

    @property
    def adaptive(self) -> bool:
        return self.tolerance is not None or self.digits is not None

    def __post_init__(self) -> None:
        check_request(self.draws, self.seed, self.coverage, self.interval)
        if self.tolerance is not None and not 0.0 < self.tolerance < 1.0:
            raise CarbonmeterError(
                f"tolerance={self.tolerance}; write a part of u between 0 and 1, such as 0.05"
            )
        if self.tolerance is not None and self.digits is not None:
            raise CarbonmeterError(
                f"tolerance={self.tolerance} and digits={self.digits}: each says when draws are"
                " enough; write one of them"
            )
        for name in ("digits", "verdict_digits"):
            asked = getattr(self, name)
            if asked not in (1, 2) and not (asked is None and name == "digits"):
                raise CarbonmeterError(
                    f"{name}={asked!r}; one or two digits of u are meaningful: write 1 or 2"
                )
        if not whole(self.most) or (self.adaptive and self.most < 2 * STEP):
            raise CarbonmeterError(
                f"most={self.most!r}; a tolerance needs a whole number, at least {2 * STEP} draws"
            )
        if not whole(self.workers) or self.workers < 1:
            raise CarbonmeterError(f"workers={self.workers!r}; at least one thread is needed")


@dataclass(frozen=True)
class Sampled:
    """Totals drawn. `cells` are the totals that were asked for first; see `by`."""

    totals: Summed
    cells: Summed
    request: Request

    @cached_property
    def plan(self) -> Plan:
        asked = self.request
        made = plan_of(
            self.cells,
            self.totals.groups.names,
            rows=asked.rows,
            shapes=asked.shapes,
            correlations=asked.correlations,
        )
        return replace(made, exact=asked.rows == "explicit")

    @cached_property
    def _found(self) -> Readings:
        """Of each group: how many draws, what they say, how surely, and their share within U."""
        asked = self.request
        draws = asked.draws
        if asked.adaptive:
            draws = min(max(2, -(-draws // STEP)) * STEP, asked.most)
        settling = Settling(
            draws,
            max(asked.most // STEP * STEP, draws),
            asked.seed,
            asked.coverage,
            asked.interval,
            asked.tolerance,
            asked.digits,
            asked.workers,
        )
        tell = asked.progress

        def told(done: int, steps: int) -> None:
            if tell:
                tell(done, steps, f"{draws:,} draws")

        return Run(self.plan, settling, self.totals.co2e, self.totals.expanded).readings(told)

    @property
    def _error(self) -> Column:
        """Two standard errors of the worst of mean, u and interval, as a part of u."""
        found = self._found
        worst = 2.0 * np.max(np.stack(found.error), axis=0)
        u = found.said.u
        part: Column = np.divide(worst, u, out=np.zeros(worst.size), where=u > 0.0)
        return part

    @property
    def n(self) -> int:
        """How many draws were made of the group that took most."""
        return int(self._found.draws.max(initial=0)) or self.request.draws

    def frame(self) -> pd.DataFrame:
        """One row per group, in tCO2e.

        Beside the labels: `co2e` the value as printed in the account; `mean`, `u`, `low` and `high`
        of the draws; `inside_U` the share of draws within co2e ± U (k = 2) of first order;
        `u_first` the standard uncertainty of first order; `verdict`: PASS where its interval is
        that of the draws to the meaningful digits of u (JCGM 101, clause 8), else how far the ends
        of the draws lie above its own, or, where the draws are too few to tell, 'more draws' and
        how many would be enough; `error` two standard errors of the worst number of the draws, as
        a part of u; where a tolerance is sought, whether it was `reached`, and the `draws` of each
        group; `effective_rows` of how many equal rows the error of the group's own rows is made
        (0: it has none).

        All but `co2e` is blank where nothing states an uncertainty: unknown is not zero.
        """
        import pandas as pd

        found, asked = self._found, self.request
        stated = ~self._silent
        columns: dict[str, object] = {
            name: self.totals.groups.labels[name] for name in self.totals.groups.names
        }
        columns["co2e"] = self.totals.co2e
        for name, values in found.said._asdict().items():
            columns[name] = np.where(stated, values, np.nan)
        columns["inside_U"] = np.where(stated, found.within, np.nan)
        columns["u_first"] = np.where(stated, self.totals.spread.combined.u, np.nan)
        columns["verdict"] = self._verdicts()
        columns["error"] = np.where(stated, self._error, np.nan)
        if asked.adaptive:
            columns["reached"] = self._settled
            columns["draws"] = found.draws
        if self.cells is self.totals:
            columns["effective_rows"] = self.plan.errors.effective_rows
        return pd.DataFrame(columns)

    @property
    def _settled(self) -> NDArray[np.bool_]:
        asked, found = self.request, self._found
        settling = Settling(
            asked.draws, asked.most, 0, asked.coverage, "", asked.tolerance, asked.digits
        )
        return np.asarray(settling.excess(found.said, found.error) <= 1.0)

    @property
    def _silent(self) -> NDArray[np.bool_]:
        """Groups of which nothing states an uncertainty, although something could."""
        spread = self.totals.spread
        without = (spread.records_without > 0.0) | (spread.activity_without > 0.0)
        return np.asarray((self._found.said.u == 0.0) & without)

    def _verdicts(self) -> list[str]:
        found, asked = self._found, self.request
        factor = coverage_factor(asked.coverage)
        u = self.totals.spread.combined.u
        said = agreement(self.totals.co2e, u, factor, found.said, found.error, asked.verdict_digits)
        texts = np.full(u.size, PASS, dtype=object)
        for g in np.flatnonzero(said.differs).tolist():
            texts[g] = f"low {said.low[g]:+.2g}, high {said.high[g]:+.2g}"
        for g in np.flatnonzero(~said.agrees & ~said.differs).tolist():
            enough = -(-math.ceil(found.draws[g] * said.needed[g]) // STEP) * STEP
            texts[g] = f"{UNSURE}: {enough:,}"
        texts[self._silent] = ""
        return texts.tolist()

    def dataset(self) -> xr.Dataset:
        """The numbers of `frame()` as a dense labelled Dataset, as `Totals.dataset` gives them."""
        frame = self.frame().set_index(list(self.totals.groups.names))
        names = ["co2e", "mean", "u", "low", "high", "u_first"]
        data = frame[names].to_xarray()
        for name in names:
            data[name].attrs["units"] = "tCO2e"
        asked = self.request
        data.attrs.update(self.totals.evidence.attributes)
        data.attrs.update(
            draws=str(self.n),
            seed=str(asked.seed),
            coverage_percent=f"{asked.coverage:g}",
            interval=asked.interval,
        )
        return data

    def by(self, *names: str) -> Sampled:
        """The same draws added up to fewer labels: parents are the sums of their children.

        The errors of rows without a meter are drawn as one number for each group that was sampled
        first. So two totals that are to add up draw by draw are taken from the finer one by `by`,
        or each from totals by the same labels: `total("entity").sample().by()`, in any account,
        process or order. A total sampled at a coarser level has the same law, but other numbers.

        Parameters
        ----------
        names : labels    some of those of this total; kind and scope stay
        """
        fixed = replace(self.request, draws=self.n, tolerance=None, digits=None)
        return Sampled(self.totals.by(*names), self.cells, fixed)

    def draws(self, **labels: str) -> Column:
        """The draws themselves of the one group with the given labels: float64[n], tCO2e."""
        groups = self.totals.groups
        found = [
            g
            for g in range(groups.count)
            if all(groups.labels.get(n, [])[g : g + 1] == [text] for n, text in labels.items())
        ]
        if len(found) != 1:
            raise CarbonmeterError(
                f"{len(found)} groups have the labels {labels}; name one of them by"
                f" {', '.join(groups.names)}"
            )
        asked = self.request
        part = slice(found[0], found[0] + 1)
        return np.asarray(self.plan.draws(part, self.n, asked.seed, workers=asked.workers)[0])

    def _repr_html_(self) -> str:
        asked = self.request
        text = (
            f"{self.n:,} draws, seed {asked.seed}, {asked.coverage:g} % {asked.interval} interval"
        )
        table = self.frame().to_html(index=False, float_format=lambda v: f"{v:,.4g}")
        return f"<p>{text}, tCO2e</p>{table}"
