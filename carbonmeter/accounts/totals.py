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
from carbonmeter.uncertainty import combine

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from carbonmeter.accounts.ledger import Account

COVERAGE_FACTOR = 2.0
LARGEST_BLOCK = 5_000_000


@dataclass(frozen=True)
class Spread:
    """First-order uncertainty of each group, in tCO2e.

    `contribution[g, c]` is the variance that component c (a record or a meter) brings to group g.
    """

    u: NDArray[np.float64]
    records_without: NDArray[np.float64]
    activity_without: NDArray[np.float64]
    components: list[str]
    contribution: NDArray[np.float64]


@dataclass(frozen=True)
class Totals:
    """Sums of lines by labels, in tCO2e, each with U (k = 2) and its largest contributor.

    Scopes and kinds stand in rows of their own: they are never added to each other here.
    """

    account: Account
    groups: Groups
    co2e: NDArray[np.float64]
    weight: NDArray[np.float64] | None = field(default=None, repr=False)

    @cached_property
    def spread(self) -> Spread:
        return _spread(self.account, self.groups, self.co2e, self.weight)

    def frame(self) -> pd.DataFrame:
        """One row per group: labels, co2e, U, U_percent, shares without a stated u, largest."""
        import pandas as pd

        spread = self.spread
        expanded = COVERAGE_FACTOR * spread.u
        with np.errstate(divide="ignore", invalid="ignore"):
            percent = np.where(self.co2e != 0.0, 100.0 * expanded / np.abs(self.co2e), np.nan)
        largest = [_largest(spread.components, part) for part in spread.contribution]
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


def _largest(components: list[str], contribution: NDArray[np.float64]) -> str:
    """The component with the largest variance; '' where none is known."""
    if contribution.size == 0 or contribution.max() <= 0.0:
        return ""
    return components[int(contribution.argmax())]


def totals(account: Account, groups: Groups, weight: NDArray[np.float64] | None = None) -> Totals:
    """Exact sums over the lines of each group; the same bits for any order of rows."""
    quantity = account.line_quantity if weight is None else account.line_quantity * weight
    value = weighted_segment_sum(
        quantity, account.recipes.co2e, account.line_recipe, groups.of_line, groups.count
    )
    return Totals(account, groups, value, weight)


def _spread(
    account: Account,
    groups: Groups,
    co2e: NDArray[np.float64],
    weight: NDArray[np.float64] | None,
) -> Spread:
    recipes = account.recipes
    n, n_recipes = groups.count, len(recipes.choices)
    if n == 0 or n_recipes == 0:
        empty = np.zeros(n)
        return Spread(empty, empty, empty, [], np.zeros((n, 0)))
    quantity = account.line_quantity if weight is None else account.line_quantity * weight
    # Only sums per (group, recipe) matter from here on: rows are never seen again.
    of_line, (pair_group, pair_recipe) = distinct(
        [groups.of_line, account.line_recipe], [n, n_recipes]
    )
    amount = segment_sum(quantity, of_line, pair_group.size)
    used = np.unique(recipes.record[recipes.record >= 0])
    sensitivity = np.zeros((n, used.size))
    for slot in range(recipes.record.shape[1]):
        record = recipes.record[pair_recipe, slot]
        held = record >= 0
        place = np.searchsorted(used, record[held])
        change = amount[held] * recipes.slope[pair_recipe[held], slot]
        np.add.at(sensitivity, (pair_group[held], place), change)
    u_record = account.record_u[used]
    size = np.abs(amount * recipes.co2e[pair_recipe])
    bare = _without_u(account)[pair_recipe]
    whole = np.bincount(pair_group, weights=size, minlength=n)
    unstated = np.bincount(pair_group, weights=size * bare, minlength=n)
    meters, meter_variance, metered = _meters(account, groups, weight)
    result = combine(sensitivity, np.nan_to_num(u_record), meter_variance.sum(axis=1))
    contribution = np.hstack([(sensitivity * np.nan_to_num(u_record)) ** 2, meter_variance])
    records = account.library.records
    names = [f"{records['parameter'].iat[r]} {records['subject'].iat[r]}" for r in used]
    with np.errstate(divide="ignore", invalid="ignore"):
        without = np.where(whole > 0, unstated / whole, 0.0)
        unmetered = np.where(whole > 0, 1.0 - metered / whole, 0.0)
    return Spread(result.u, without, np.clip(unmetered, 0.0, 1.0), names + meters, contribution)


def _without_u(account: Account) -> NDArray[np.float64]:
    """1 for recipes with a parameter whose record states no uncertainty.

    The GWP slot is left out: guides fix GWPs by convention, and an account says which set it used.
    """
    record = account.recipes.record[:, :-1]
    nothing = np.isnan(account.record_u[np.maximum(record, 0)]) & (record >= 0)
    return nothing.any(axis=1).astype(np.float64)


def _meters(
    account: Account, groups: Groups, weight: NDArray[np.float64] | None
) -> tuple[list[str], NDArray[np.float64], NDArray[np.float64]]:
    """Variance that each named meter, and all unnamed ones together, bring to each group.

    Rows of one meter share its error; a row without a meter's name is a meter of its own.
    """
    u_rel = account.activity.number("u_rel")
    column = account.activity.text("meter")
    stated = np.isfinite(u_rel)
    n = groups.count
    if not stated.any():
        return [], np.zeros((n, 0)), np.zeros(n)
    lines = np.flatnonzero(stated[account.line_row])
    rows = account.line_row[lines]
    co2e = account.line_quantity[lines] * account.recipes.co2e[account.line_recipe[lines]]
    if weight is not None:
        co2e = co2e * weight[lines]
    names = [label for label in column.labels if label]
    place = {label: i for i, label in enumerate(names)}
    named = np.array([place.get(label, -1) for label in column.labels], dtype=np.int64)
    meter = named[column.codes[rows]]
    own = len(names) + np.unique(rows, return_inverse=True)[1]
    meter = np.where(meter >= 0, meter, own).astype(np.int64)
    pairs, inverse = np.unique(
        groups.of_line[lines].astype(np.int64) * (meter.max() + 1) + meter, return_inverse=True
    )
    change = segment_sum(co2e * u_rel[rows], inverse.astype(np.int32), pairs.size)
    group, meter = np.divmod(pairs, meter.max() + 1)
    variance = np.zeros((n, len(names) + 1))
    np.add.at(variance, (group, np.minimum(meter, len(names))), change**2)
    metered = np.bincount(groups.of_line[lines], weights=np.abs(co2e), minlength=n)
    return [f"meter {name}" for name in names] + ["rows' own meters"], variance, metered
