"""What an account says, as rows ready to be shown: totals, budget, evidence. Nothing is rounded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from carbonmeter.errors import GuideError

if TYPE_CHECKING:
    import pandas as pd

    from carbonmeter.accounts import Account, Totals

MEASURED = ("measured", "supplier")
# The order in which a reader meets them; a kind or scope not named here comes last.
KINDS = ("emission", "deduction", "memo", "removal", "avoided")
SCOPES = ("1", "2-location", "2-market", "guide", "")


@dataclass(frozen=True)
class Row:
    """One total in tCO2e with its U (k = 2), its largest contributor and what states no u.

    `factors_without` and `activity_without` are shares of the total whose factors, or whose
    activity data, state no uncertainty; `covered` the share of which anything states one.
    """

    labels: tuple[str, ...]
    kind: str
    scope: str
    co2e: float
    U: float
    largest: str
    factors_without: float
    activity_without: float
    covered: float


@dataclass(frozen=True)
class Component:
    """What one parameter or meter, over all its records, brings to the variance of a total."""

    name: str
    u: float
    share: float
    records: int


def rows(totals: Totals, by: Sequence[str] = ()) -> list[Row]:
    """The rows of totals by labels, the largest label first, its scopes in reading order."""
    columns = totals.columns()
    scopes = columns["scope"]
    kinds = columns.get("kind", [""] * len(scopes))
    labels = list(zip(*(map(str, columns[name]) for name in by), strict=True)) if by else None
    numbers = ("co2e", "U", "largest", "records_without_u", "activity_without_u", "u_covers")
    values = zip(*(np.asarray(columns[name]).tolist() for name in numbers), strict=True)
    found = [
        Row(labels[i] if labels else (), str(kinds[i]), str(scope), *value)
        for i, (scope, value) in enumerate(zip(scopes, values, strict=True))
    ]
    size: dict[tuple[str, ...], float] = {}
    for row in found:
        size[row.labels] = max(size.get(row.labels, 0.0), abs(row.co2e))
    return sorted(found, key=lambda r: (-size[r.labels], r.labels, _order(r.kind, r.scope)))


def guide_rows(account: Account, by: Sequence[str] = ()) -> list[Row]:
    """The totals that the guide itself adds; none if it defines none."""
    try:
        return rows(account.guide_total(*by), by)
    except GuideError:
        return []


def components(budget: pd.DataFrame, kind: str, scope: str, count: int) -> list[Component]:
    """The largest components of one total's variance, records of one name put together.

    Parameters
    ----------
    budget : DataFrame               `account.budget()`
    """
    own = _of(budget, kind, scope)
    own = own[own["share"] > 0.0]
    if own.empty:
        return []
    part = own.assign(variance=own["u"] ** 2).groupby("component", sort=True)
    table = part.agg(variance=("variance", "sum"), share=("share", "sum"), n=("u", "size"))
    table = table.sort_values("variance", ascending=False, kind="stable").head(count)
    return [
        Component(str(name), float(variance) ** 0.5, float(share), int(n))
        for name, variance, share, n in table.itertuples()
    ]


def unstated(budget: pd.DataFrame, kind: str, scope: str) -> list[str]:
    """The components of one total whose source states no uncertainty, each once."""
    own = _of(budget, kind, scope)
    return sorted(set(own.loc[own["u"].isna(), "component"].astype(str)))


def excluded_rows(account: Account) -> int:
    """How many rows were left out by name; a row may have several reasons."""
    return len({(problem.file, problem.row) for problem in account.problems_excluded})


def shares(account: Account, label: str) -> dict[tuple[str, str], list[tuple[str, float]]]:
    """Shares of evidence by 'tier' or 'confidence' of each kind and scope, in reading order."""
    from carbonmeter.accounts import views

    found: dict[tuple[str, str], list[tuple[str, float]]] = {}
    for kind, scope, name, share in views.shares(account, label):
        found.setdefault((kind, scope), []).append((name, share))
    return {key: found[key] for key in sorted(found, key=lambda k: _order(*k))}


def measured(account: Account) -> list[tuple[str, str, float]]:
    """Share of each kind and scope that rests on measured or supplied values."""
    return [
        (kind, scope, sum(share for name, share in parts if name in MEASURED))
        for (kind, scope), parts in shares(account, "tier").items()
    ]


def periods(account: Account) -> str:
    """The first and the last period of the activity table."""
    labels = account.activity.text("period")
    used = sorted({labels.labels[code] for code in set(labels.codes.tolist())})
    if not used:
        return ""
    return used[0] if len(used) == 1 else f"{used[0]} … {used[-1]}"


def largest_lines(account: Account, count: int) -> list[int]:
    """Lines to open: the largest of each entity, method and gas, then the largest of the rest."""
    lines: pd.DataFrame = account.frame()[["line", "entity", "method", "gas", "co2e"]]
    lines = lines.assign(size=lines["co2e"].abs()).sort_values(
        ["size", "line"], ascending=[False, True], kind="stable"
    )
    first = ~lines.duplicated(["entity", "method", "gas"])
    chosen = [*lines.loc[first, "line"].tolist(), *lines.loc[~first, "line"].tolist()]
    return sorted(chosen[:count])


def _of(budget: pd.DataFrame, kind: str, scope: str) -> pd.DataFrame:
    return budget[(budget["kind"] == kind) & (budget["scope"] == scope)]


def _order(kind: str, scope: str) -> tuple[int, int]:
    place = KINDS.index(kind) if kind in KINDS else len(KINDS)
    return (SCOPES.index(scope) if scope in SCOPES else len(SCOPES), place)
