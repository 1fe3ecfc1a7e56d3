"""Where a run's plan and the files it names must agree."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np

from carbonmeter import units
from carbonmeter.cli.folder import CheckPlan, Plan
from carbonmeter.errors import Problem, RunError, near

if TYPE_CHECKING:
    from carbonmeter.accounts import Account
    from carbonmeter.factors import FactorLibrary
    from carbonmeter.report.results import Check
    from carbonmeter.tables import Checked

ANY = "*"
GASES = ("tCO2e", "tCO2")  # published intensities are in either; the number is the same
COUNTED = ("emission", "deduction")


def check_boundary(plan: Plan, activity: Checked) -> None:
    """Rows of another region or time than the run is about would be added to it unseen.

    Raises
    ------
    RunError                         naming every such row
    """
    problems = [*_outside(activity, "region", plan.region, _in_region)]
    problems += _outside(activity, "period", plan.period, _in_period)
    if problems:
        raise RunError(f"{activity.source}: {len(problems)} rows are not of this run", problems)


def _outside(
    activity: Checked, column: str, whole: str | None, inside: Callable[[str, str], bool]
) -> Iterator[Problem]:
    if whole is None:
        return
    labels = activity.text(column)
    used = set(np.unique(labels.codes).tolist())
    wrong = {i for i in used if not inside(labels.labels[i], whole)}
    for at in np.flatnonzero(np.isin(labels.codes, sorted(wrong))).tolist():
        yield Problem(
            activity.source.name,
            int(activity.row[at]),
            column,
            labels.labels[labels.codes[at]],
            f"not in {whole}, the {column} of the run",
            f"correct the row, or the {column} in carbonmeter.toml, or take that line out",
        )


def _in_region(region: str, whole: str) -> bool:
    return region == whole or region.startswith(f"{whole}-")


def _in_period(period: str, whole: str) -> bool:
    from carbonmeter.tables.period import bounds

    (start, end), (first, last) = bounds(period), bounds(whole)
    return first <= start and end <= last


def check_sites(activities: Iterable[Checked], measured: FactorLibrary) -> None:
    """A measured value of a site that no row has would silently leave a default in its place.

    Where rows were left out by name, the site may have been theirs, and nothing is said.

    Raises
    ------
    RunError                         naming every such value
    """
    activities = list(activities)
    if any(activity.excluded for activity in activities):
        return
    sites = {ANY, *(site for activity in activities for site in _used(activity, "site"))}
    problems = []
    for layer in measured.stack:
        for at, site in enumerate(layer.columns["site"].tolist()):
            if site not in sites:
                hint = near(site, sorted(sites - {"", ANY}))
                cure = f"did you mean {hint}?" if hint else "correct the site, or remove the row"
                problems.append(layer.problem(at, "site", "no row of the run has this site", cure))
    if problems:
        raise RunError("measured values that nothing would use", problems)


def check_one_account(plan: Plan, accounts: Mapping[str, Account]) -> None:
    """Emissions of one entity in two accounts would be attributed to its loans twice.

    Raises
    ------
    RunError                         naming every such entity
    """
    home: dict[str, str] = {}
    problems = []
    for name, account in accounts.items():
        totals = account.total("entity").where(kind="emission")
        for entity in dict.fromkeys(totals["entity"].tolist()):
            if entity in home:
                rule = f"its emissions are in the accounts {home[entity]} and {name}"
                cure = "account each entity once in a run with loans; compare guides in another"
                problems.append(plan.problem("finance", entity, rule, cure))
            home.setdefault(entity, name)
    if problems:
        raise RunError("loans cannot be matched with two accounts of one entity", problems)


def _used(activity: Checked, column: str) -> set[str]:
    labels = activity.text(column)
    return {labels.labels[code] for code in np.unique(labels.codes).tolist()}


def compared(plan: Plan, asked: CheckPlan, accounts: Mapping[str, Account]) -> Check:
    """Emissions of one entity per unit of its product, beside what somebody published.

    Direct emissions and net purchased energy by location are put over the product only here,
    because the published intensities are of scope 1 and 2 together. A view of which the account
    has no scope is NaN, not the other scope alone.

    Raises
    ------
    RunError                         no account has rows of that entity and product, the product
                                     adds up to nothing, or the unit is not of an intensity
    """
    from carbonmeter.report.results import Check

    for account in accounts.values():
        product = _output(account, asked)
        if product is None:
            continue
        output, quantity_unit = product
        if not output > 0.0:
            rule, cure = "the product of this entity adds up to nothing", "check its rows"
            raise _unfit(plan, asked, "product", asked.product, rule, cure)
        per = _in_unit(plan, asked, quantity_unit) / output
        by_scope = _by_scope(account, asked.entity)
        absent = float("nan")
        direct = by_scope.get("1", absent)
        return Check(
            name_zh=asked.name_zh,
            name_en=asked.name_en,
            entity=asked.entity,
            by_location=(direct + by_scope.get("2-location", absent)) * per,
            by_market=(direct + by_scope.get("2-market", absent)) * per,
            published=asked.published,
            unit=asked.unit,
            source=asked.source,
        )
    raise _no_rows(plan, asked, accounts)


def _output(account: Account, asked: CheckPlan) -> tuple[float, str] | None:
    """How much of the product the entity made, and the unit that its method counts it in."""
    lines = account.frame()
    own = lines[(lines["entity"] == asked.entity) & (lines["activity"] == asked.product)]
    if own.empty:
        return None
    own = own.drop_duplicates("row")
    recipe = account.line_recipe[own["line"]]
    output = own["quantity"].to_numpy(np.float64) * account.recipes.scale[recipe]
    return float(output.sum()), account.recipes.choices[recipe[0]].method.quantity_unit


def _by_scope(account: Account, entity: str) -> dict[str, float]:
    """tCO2e of each scope of an entity, net of what it sold."""
    found: dict[str, float] = {}
    totals = account.total("entity").where(entity=entity)
    totals = totals[totals["kind"].isin(COUNTED)]
    for scope, co2e in zip(totals["scope"].tolist(), totals["co2e"].tolist(), strict=True):
        found[scope] = found.get(scope, 0.0) + co2e
    return found


def _in_unit(plan: Plan, asked: CheckPlan, quantity_unit: str) -> float:
    """What turns tCO2e per unit of the product into the unit that was published."""
    wanted = [f"{gas}/{quantity_unit}" for gas in GASES]
    for unit in wanted:
        if units.problem_of(asked.unit, unit) is None:
            return units.scale(unit, asked.unit)
    problem = units.problem_of(asked.unit, wanted[0])
    rule, cure = problem if problem else ("not an intensity", f"write {wanted[0]}")
    raise _unfit(plan, asked, "unit", asked.unit, rule, cure)


def _no_rows(plan: Plan, asked: CheckPlan, accounts: Mapping[str, Account]) -> RunError:
    known = {name for a in accounts.values() for name in _used(a.activity, "entity")}
    if asked.entity not in known:
        hint = near(asked.entity, sorted(known))
        cure = f"did you mean {hint}?" if hint else "name an entity of the activity tables"
        return _unfit(plan, asked, "entity", asked.entity, "no account has this entity", cure)
    kinds = {name for a in accounts.values() for name in _used(a.activity, "activity")}
    hint = near(asked.product, sorted(kinds))
    cure = f"did you mean {hint}?" if hint else "name an activity of its rows"
    rule = f"{asked.entity} has no row of this activity"
    return _unfit(plan, asked, "product", asked.product, rule, cure)


def _unfit(plan: Plan, asked: CheckPlan, column: str, value: str, rule: str, cure: str) -> RunError:
    where = f"check {asked.number}: {column}"
    return RunError("a comparison cannot be made", [plan.problem(where, value, rule, cure)])
