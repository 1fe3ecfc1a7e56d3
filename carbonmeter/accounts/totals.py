"""Totals of lines with their uncertainty: add what shares a record or a meter, then square."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from carbonmeter.accounts.distinct import distinct
from carbonmeter.accounts.grouping import Groups
from carbonmeter.kernels import segment_sum, weighted_segment_sum
from carbonmeter.uncertainty import NOTHING, OWN, Combined, combine_lines, unquantified_share

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from carbonmeter.accounts.ledger import Ledger

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
    unstated_group: NDArray[np.int64]
    unstated_record: NDArray[np.int64]

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
        """One row per group: labels, co2e, U, U_percent, shares without a stated u, largest."""
        import pandas as pd

        spread = self.spread
        expanded = COVERAGE_FACTOR * spread.combined.u
        with np.errstate(divide="ignore", invalid="ignore"):
            percent = np.where(self.co2e != 0.0, 100.0 * expanded / np.abs(self.co2e), np.nan)
        largest = [spread.name(int(c)) for c in spread.combined.largest]
        return pd.DataFrame(
            {
                **{name: self.groups.labels[name] for name in self.groups.names},
                "co2e": self.co2e,
                "U": expanded,
                "U_percent": percent,
                "records_without_u": spread.records_without,
                "activity_without_u": spread.activity_without,
                "largest": largest,
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
    recipes = account.recipes
    n, n_recipes = groups.count, max(len(recipes.choices), 1)
    quantity = account.line_quantity if weight is None else account.line_quantity * weight
    # Only sums per (group, recipe) matter from here on: rows are never seen again.
    of_line, (pair_group, pair_recipe) = distinct(
        [groups.of_line, account.line_recipe], [n, n_recipes]
    )
    amount = segment_sum(quantity, of_line, pair_group.size)
    pair, slot = np.nonzero(recipes.record[pair_recipe] >= 0)
    record = recipes.record[pair_recipe[pair], slot].astype(np.int64)
    change = amount[pair] * recipes.slope[pair_recipe[pair], slot]
    meters = _meters(account, groups, weight)
    u = np.concatenate([account.record_u, np.ones(len(meters.names))])
    combined = combine_lines(
        np.concatenate([change, meters.change]),
        np.concatenate([record, account.record_u.size + meters.meter]),
        np.concatenate([pair_group[pair], meters.group]).astype(np.int64),
        u,
        n,
        meters.own_variance,
    )
    bare = np.isnan(account.record_u[record]) & (slot < recipes.record.shape[1] - 1)
    without = np.unique(
        pair_group[pair[bare]].astype(np.int64) * account.record_u.size + record[bare]
    )
    size = np.abs(amount * recipes.co2e[pair_recipe])
    stated = _stated(account)[pair_recipe]
    metered = np.zeros(n)
    whole = segment_sum(size, pair_group, n)
    np.divide(meters.metered, whole, out=metered, where=whole > 0.0)
    return Spread(
        combined,
        [*_record_names(account), *(f"meter {name}" for name in meters.names)],
        unquantified_share(size, stated, pair_group.astype(np.int64), n),
        np.where(whole > 0.0, np.clip(1.0 - metered, 0.0, 1.0), 0.0),
        *np.divmod(without, account.record_u.size),
    )


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
