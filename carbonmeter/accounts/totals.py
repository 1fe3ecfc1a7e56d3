"""Totals of lines with their uncertainty: add what shares a record or a meter, then square."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from carbonmeter.accounts.distinct import distinct
from carbonmeter.accounts.grouping import Groups
from carbonmeter.kernels import segment_sum, weighted_segment_sum
from carbonmeter.uncertainty import NOTHING, OWN, Combined, combine_lines

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from carbonmeter.accounts.ledger import Ledger
    from carbonmeter.accounts.sampled import Sampled
    from carbonmeter.uncertainty.shapes import Shape

COVERAGE_FACTOR = 2.0
OWN_METERS = "rows' own meters"


@dataclass(frozen=True)
class Spread:
    """First-order uncertainty of each group, in tCO2e, and what of it is not stated.

    Components are library records, then named meters; `names` has one text for each.
    """

    combined: Combined
    names: list[str]
    records_without: NDArray[np.float64]
    activity_without: NDArray[np.float64]
    covered: NDArray[np.float64]
    bare: tuple[NDArray[np.int64], ...]

    def unstated(self, n_records: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Group and record of each record without a stated uncertainty; GWPs are not asked."""
        pairs = np.unique(np.concatenate([np.zeros(0, np.int64), *self.bare]))
        group, record = np.divmod(pairs, max(n_records, 1))
        return group, record

    def name(self, component: int) -> str:
        """The component as text; rows without a named meter count as meters of their own."""
        if component == NOTHING:
            return ""
        return OWN_METERS if component == OWN else self.names[component]


@dataclass(frozen=True)
class Totals:
    """Sums of lines by labels, in tCO2e, each with U (k = 2) and its largest contributor.

    Scopes and kinds stand in rows of their own: they are never added to each other here.
    """

    account: Ledger
    groups: Groups
    co2e: NDArray[np.float64]
    weight: NDArray[np.float64] | None = field(default=None, repr=False)

    @cached_property
    def spread(self) -> Spread:
        return _spread(self.account, self.groups, self.weight)

    def frame(self) -> pd.DataFrame:
        """One row per group: labels, co2e, U, U_percent, u_covers, shares without u, largest.

        U is NaN where nothing states an uncertainty: unknown is not zero. `u_covers` is the share
        of the |tCO2e| on lines of which anything, a factor or a meter, states one: where it is
        below one, U is that of a part and the whole is less certain.
        """
        import pandas as pd

        spread = self.spread
        without = (spread.records_without > 0.0) | (spread.activity_without > 0.0)
        u = np.where((spread.combined.u == 0.0) & without, np.nan, spread.combined.u)
        expanded = COVERAGE_FACTOR * u
        with np.errstate(divide="ignore", invalid="ignore"):
            percent = np.where(self.co2e != 0.0, 100.0 * expanded / np.abs(self.co2e), np.nan)
        largest = [spread.name(int(c)) for c in spread.combined.largest]
        return pd.DataFrame(
            {
                **{name: self.groups.labels[name] for name in self.groups.names},
                "co2e": self.co2e,
                "U": expanded,
                "U_percent": percent,
                "u_covers": spread.covered,
                "records_without_u": spread.records_without,
                "activity_without_u": spread.activity_without,
                "largest": largest,
            }
        )

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
        records = self.account.library.records["id"].astype(str).tolist()
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

    def dataset(self) -> xr.Dataset:
        """The same as a dense labelled Dataset; absent combinations are NaN, not zero."""
        frame = self.frame().set_index(list(self.groups.names))
        data = frame[["co2e", "U"]].to_xarray()
        for name in ("co2e", "U"):
            data[name].attrs["units"] = "tCO2e"
        data.attrs.update(self.account.attributes())
        return data

    def sample(
        self,
        draws: int = 20_000,
        seed: int = 1,
        *,
        tolerance: float | None = None,
        most: int = 2_000_000,
        coverage: float = 95.0,
        interval: str = "symmetric",
        rows: str = "collapsed",
        shapes: Mapping[str, Shape] | None = None,
        correlations: Mapping[tuple[str, str], float] | None = None,
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
                                 group are below this part of its u, but no more than `most` times
        coverage : float         percent of the draws within low and high
        interval : str           'symmetric' (as much below as above) or 'shortest'
        rows : str               'collapsed', or 'explicit': each row's own error by itself
        shapes : id -> Shape     distributions for records that state none, or others than theirs
        correlations : (id, id) -> coefficient    between records, of their normal scores; U knows
                                 neither these nor `shapes`: the verdict is on U as it is printed
        workers : int            threads
        progress : function      called with (done, steps, what)

        Raises
        ------
        CarbonmeterError         no draws, unknown names, impossible correlations

        Source
        ------
        JCGM 101:2008: 7 (Monte Carlo), 7.9 (adaptive), 8 (comparison with first order)
        """
        from carbonmeter.accounts.sampled import Request, Sampled

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
        )
        return Sampled(self, self.groups, asked)

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
    return Totals(account, groups, value, weight)


def _spread(account: Ledger, groups: Groups, weight: NDArray[np.float64] | None) -> Spread:
    recipes, n = account.recipes, groups.count
    quantity = account.line_quantity if weight is None else account.line_quantity * weight
    shared = [
        _shared(account, groups, quantity, slot) for slot in range(recipes.record.shape[1])
    ] or [_Shared.nothing()]
    meters = _meters(account, groups, weight)
    n_records = account.record_u.size
    combined = combine_lines(
        np.concatenate([*(s.change for s in shared), meters.change]),
        np.concatenate([*(s.record for s in shared), n_records + meters.meter]),
        np.concatenate([*(s.group for s in shared), meters.group]),
        np.concatenate([account.record_u, np.ones(len(meters.names))]),
        n,
        meters.own_variance,
    )
    size, line_recipe, of_line = np.abs(quantity), account.line_recipe, groups.of_line
    each = np.abs(recipes.co2e)
    whole = weighted_segment_sum(size, each, line_recipe, of_line, n)
    bare = weighted_segment_sum(size, each * ~_stated(account), line_recipe, of_line, n)
    # A line of which nothing at all states an uncertainty: no factor, and no meter either.
    silent = each * ~_any_stated(account)
    unread = size * np.isnan(account.activity.number("u_rel"))[account.line_row]
    nothing = weighted_segment_sum(unread, silent, line_recipe, of_line, n)
    return Spread(
        combined,
        [*_record_names(account), *(f"meter {name}" for name in meters.names)],
        _part(bare, whole),
        np.where(whole > 0.0, np.clip(1.0 - _part(meters.metered, whole), 0.0, 1.0), 0.0),
        1.0 - _part(nothing, whole),
        tuple(s.unstated(account.record_u) for s in shared[:-1]),
    )


def _part(part: NDArray[np.float64], whole: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.divide(part, whole, out=np.zeros(whole.size), where=whole > 0.0)


@dataclass(frozen=True)
class _Shared:
    """Change of each group per unit of each record in one slot, lines already added."""

    group: NDArray[np.int64]
    record: NDArray[np.int64]
    change: NDArray[np.float64]

    @classmethod
    def nothing(cls) -> _Shared:
        return cls(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))

    def unstated(self, record_u: NDArray[np.float64]) -> NDArray[np.int64]:
        """group * number of records + record, where the record states no uncertainty."""
        bare = np.isnan(record_u[self.record])
        return self.group[bare] * record_u.size + self.record[bare]


def _shared(account: Ledger, groups: Groups, quantity: NDArray[np.float64], slot: int) -> _Shared:
    """One pass over the lines; from here on rows are never seen again."""
    recipes = account.recipes
    used, place = np.unique(recipes.record[:, slot], return_inverse=True)
    of_line, (group, at) = distinct(
        [groups.of_line, place.astype(np.int32)[account.line_recipe]], [groups.count, used.size]
    )
    change = weighted_segment_sum(
        quantity, recipes.slope[:, slot], account.line_recipe, of_line, group.size
    )
    held = used[at] >= 0
    return _Shared(group[held].astype(np.int64), used[at][held].astype(np.int64), change[held])


def _record_names(account: Ledger) -> list[str]:
    records = account.library.records
    parameter, subject = records["parameter"].astype(str), records["subject"].astype(str)
    return [f"{p} {s}" for p, s in zip(parameter, subject, strict=True)]


def _stated(account: Ledger) -> NDArray[np.bool_]:
    """Whether every parameter of a recipe has a record that states its uncertainty.

    The GWP slot is left out: guides fix GWPs by convention, and an account says which set it used.
    """
    record = account.recipes.record[:, :-1]
    without = np.isnan(account.record_u[np.maximum(record, 0)]) & (record >= 0)
    return np.asarray(~without.any(axis=1))


def _any_stated(account: Ledger) -> NDArray[np.bool_]:
    """Whether at least one parameter of a recipe has a record that states its uncertainty."""
    record = account.recipes.record[:, :-1]
    stated = np.isfinite(account.record_u[np.maximum(record, 0)]) & (record >= 0)
    return np.asarray(stated.any(axis=1))


@dataclass(frozen=True)
class _Meters:
    """What meters bring: entries (group, meter, change) of named ones, variance of the others."""

    names: list[str]
    group: NDArray[np.int64]
    meter: NDArray[np.int64]
    change: NDArray[np.float64]
    own_variance: NDArray[np.float64]
    metered: NDArray[np.float64]


def _meters(account: Ledger, groups: Groups, weight: NDArray[np.float64] | None) -> _Meters:
    """Errors of meters: rows of one meter share its error, a row without one has its own."""
    n = groups.count
    u_rel = account.activity.number("u_rel")
    column = account.activity.text("meter")
    lines = np.flatnonzero(np.isfinite(u_rel)[account.line_row])
    nothing = np.zeros(0, dtype=np.int64)
    if lines.size == 0:
        return _Meters([], nothing, nothing, np.zeros(0), np.zeros(n), np.zeros(n))
    rows = account.line_row[lines]
    co2e = account.line_quantity[lines] * account.recipes.co2e[account.line_recipe[lines]]
    if weight is not None:
        co2e = co2e * weight[lines]
    names = sorted(label for label in column.labels if label)
    place = {label: i for i, label in enumerate(names)}
    # A row without a named meter is told apart by its number, after all the names.
    meter = np.array([place.get(label, -1) for label in column.labels])[column.codes[rows]]
    meter = np.where(meter >= 0, meter, len(names) + rows).astype(np.int64)
    group = groups.of_line[lines].astype(np.int64)
    span = len(names) + len(account.activity)
    pairs, of_pair = np.unique(group * span + meter, return_inverse=True)
    change = segment_sum(co2e * u_rel[rows], of_pair, pairs.size)
    pair_group, pair_meter = np.divmod(pairs, span)
    own = pair_meter >= len(names)
    return _Meters(
        names,
        pair_group[~own],
        pair_meter[~own],
        change[~own],
        segment_sum(change[own] ** 2, pair_group[own], n),
        segment_sum(np.abs(co2e), group, n),
    )
