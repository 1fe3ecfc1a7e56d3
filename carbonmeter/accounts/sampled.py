"""Totals with their coverage intervals by Monte Carlo, beside what first order says of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from carbonmeter.accounts.drawing import Plan
from carbonmeter.accounts.sampling import plan_of
from carbonmeter.errors import CarbonmeterError
from carbonmeter.uncertainty import coverage_factor
from carbonmeter.uncertainty.sample import (
    BATCHES,
    Correlations,
    Summary,
    agreement,
    check_request,
    errors,
    summarise,
)
from carbonmeter.uncertainty.shapes import Shape

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from carbonmeter.accounts.summed import Summed

Column = NDArray[np.float64]
Progress = Callable[[int, int, str], None]
STEP = 10_000  # draws of one batch while a tolerance is sought
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

    def __post_init__(self) -> None:
        check_request(self.draws, self.seed, self.coverage, self.interval)
        if self.tolerance is not None and not 0.0 < self.tolerance < 1.0:
            raise CarbonmeterError(
                f"tolerance={self.tolerance}; write a part of u between 0 and 1, such as 0.05"
            )
        if self.tolerance is not None and self.most < 2 * STEP:
            raise CarbonmeterError(f"most={self.most}; a tolerance needs at least {2 * STEP} draws")
        if self.workers < 1:
            raise CarbonmeterError(f"workers={self.workers}; at least one thread is needed")


@dataclass(frozen=True)
class Sampled:
    """Totals drawn. `cells` are the totals that were asked for first; see `by`."""

    totals: Summed
    cells: Summed
    request: Request

    @cached_property
    def plan(self) -> Plan:
        asked = self.request
        return plan_of(
            self.cells,
            self.totals.groups.names,
            rows=asked.rows,
            shapes=asked.shapes,
            correlations=asked.correlations,
        )

    @cached_property
    def _found(self) -> tuple[int, Summary, Summary, Column]:
        """How many draws were made; what they say, how surely, and their share within U."""
        asked = self.request
        if asked.tolerance is None:
            return asked.draws, *self._pass(asked.draws, BATCHES)
        n = max(2, -(-asked.draws // STEP))
        most = asked.most // STEP
        while True:
            n = min(n, most)
            found = self._pass(n * STEP, max(n, BATCHES))
            excess = float(self._reached(found[0], found[1]).max(initial=0.0)) / asked.tolerance
            if excess <= 1.0 or n == most:
                return n * STEP, *found
            # The errors fall with the root of the number of batches; never more than fourfold.
            n = max(n + 1, min(int(n * excess**2 * 1.1), 4 * n))

    @staticmethod
    def _reached(found: Summary, error: Summary) -> Column:
        """Two standard errors of the worst of mean, u and interval, as a part of u."""
        worst = 2.0 * np.max(np.stack(error), axis=0)
        part: Column = np.divide(worst, found.u, out=np.zeros(worst.size), where=found.u > 0.0)
        return part

    def _pass(self, n: int, batches: int) -> tuple[Summary, Summary, Column]:
        asked, value = self.request, self.totals.co2e
        expanded = self.totals.expanded
        plan, blocks = self.plan, self.plan.blocks(n)
        # Blocks of groups go to the workers; a single one is shared between them.
        inside = asked.workers if len(blocks) == 1 else 1

        def reduced(block: slice) -> tuple[Summary, Summary, Column]:
            drawn = plan.draws(block, n, asked.seed, workers=inside)
            sure = errors(drawn, asked.coverage, asked.interval, batches)
            off = np.abs(drawn - value[block, np.newaxis])
            within = np.mean(off <= expanded[block, np.newaxis], axis=1)
            return summarise(drawn, asked.coverage, asked.interval), sure, within

        nothing = Summary(*np.zeros((4, 0)))
        parts = [(nothing, nothing, np.zeros(0))]
        with ThreadPoolExecutor(asked.workers) as pool:
            for done, part in enumerate(pool.map(reduced, blocks)):
                parts.append(part)
                if asked.progress:
                    asked.progress(done + 1, len(blocks), f"{n:,} draws")
        said, sure, within = zip(*parts, strict=True)
        found, error = (
            Summary(*map(np.concatenate, zip(*each, strict=True))) for each in (said, sure)
        )
        return found, error, np.concatenate(within)

    @property
    def n(self) -> int:
        """How many draws were made."""
        return self._found[0]

    def frame(self) -> pd.DataFrame:
        """One row per group, in tCO2e.

        Beside the labels: `co2e` the value as printed in the account; `mean`, `u`, `low` and `high`
        of the draws; `inside_U` the share of draws within co2e ± U (k = 2) of first order;
        `u_first` the standard uncertainty of first order; `verdict`: PASS where its interval is
        that of the draws to one digit of u (JCGM 101, clause 8), else how far the ends of the
        draws lie above its own, or 'more draws' where these cannot tell; `error` two standard
        errors of the worst number of the draws, as a part of u; `effective_rows` of how many equal
        rows the error of the group's own rows is made (0: it has none).

        All but `co2e` is blank where nothing states an uncertainty: unknown is not zero.
        """
        import pandas as pd

        _, found, error, within = self._found
        stated = ~self._silent
        columns: dict[str, object] = {
            name: self.totals.groups.labels[name] for name in self.totals.groups.names
        }
        columns["co2e"] = self.totals.co2e
        for name, values in found._asdict().items():
            columns[name] = np.where(stated, values, np.nan)
        columns["inside_U"] = np.where(stated, within, np.nan)
        columns["u_first"] = np.where(stated, self.totals.spread.combined.u, np.nan)
        columns["verdict"] = self._verdicts()
        columns["error"] = np.where(stated, self._reached(found, error), np.nan)
        if self.request.tolerance is not None:
            columns["reached"] = self._reached(found, error) <= self.request.tolerance
        if self.cells is self.totals:
            columns["effective_rows"] = self.plan.errors.effective_rows
        return pd.DataFrame(columns)

    @property
    def _silent(self) -> NDArray[np.bool_]:
        """Groups of which nothing states an uncertainty, although something could."""
        spread = self.totals.spread
        without = (spread.records_without > 0.0) | (spread.activity_without > 0.0)
        return np.asarray((self._found[1].u == 0.0) & without)

    def _verdicts(self) -> list[str]:
        _, found, error, _ = self._found
        factor = coverage_factor(self.request.coverage)
        u = self.totals.spread.combined.u
        said = agreement(self.totals.co2e, u, factor, found, error)
        texts = np.full(u.size, UNSURE, dtype=object)
        texts[said.agrees] = PASS
        for g in np.flatnonzero(said.differs).tolist():
            texts[g] = f"low {said.low[g]:+.2g}, high {said.high[g]:+.2g}"
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

        Parameters
        ----------
        names : labels    some of those of this total; kind and scope stay
        """
        fixed = replace(self.request, draws=self.n, tolerance=None)
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
