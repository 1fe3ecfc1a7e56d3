"""The main job: a folder of a prefecture's files to audited tonnes."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from carbonmeter.cli.folder import AccountPlan, CheckPlan, Plan, read_plan
from carbonmeter.errors import TableError

if TYPE_CHECKING:
    import pandas as pd

    from carbonmeter.accounts import Account, Consolidation
    from carbonmeter.factors import FactorLibrary
    from carbonmeter.finance import Financed
    from carbonmeter.report.results import Check, Results

Progress = Callable[[int, int, str], None]
APPROACHES = ("operational control", "equity share")
SCOPES = ("1", "2-location", "2-market")


def run(options: Namespace) -> None:
    """Account a folder, show the summary, write the files."""
    from carbonmeter.report import files, terminal

    plan = read_plan(folder_or_example(options.folder))
    with terminal.progress() as progress:
        results = compute(plan, progress)
        written = files.write_results(results, options.out, progress, lang=options.lang)
    terminal.show_results(results, options.lang)
    terminal.show_written(written, options.lang)


def folder_or_example(folder: Path | None) -> Path:
    from carbonmeter.examples import example

    return example().folder if folder is None else folder


def compute(plan: Plan, progress: Progress | None = None) -> Results:
    """Everything the run folder asks for, computed; nothing is written here."""
    from carbonmeter.report.results import NamedAccount, Results
    from carbonmeter.tables import read_names

    steps = len(plan.accounts) + 2
    accounts: list[NamedAccount] = []
    for number, asked in enumerate(plan.accounts):
        if progress:
            progress(number, steps, asked.title_en)
        made = account_named(plan, asked.name)
        accounts.append(NamedAccount(asked.name, asked.title_zh, asked.title_en, made))
    if progress:
        progress(len(accounts), steps, "loans")
    by_name = {a.name: a.account for a in accounts}
    return Results(
        title_zh=plan.title_zh,
        title_en=plan.title_en,
        folder=plan.folder,
        inputs=plan.inputs,
        as_of=plan.as_of,
        names=read_names(plan.names) if plan.names else None,
        accounts=tuple(accounts),
        groups=_groups(plan, by_name),
        financed=_financed(plan, by_name),
        checks=tuple(check for c in plan.checks if (check := _check(c, by_name)) is not None),
        evidence=_evidence(plan, by_name),
    )


def account_named(plan: Plan, name: str) -> Account:
    """One account of the run, by its name in the plan."""
    from carbonmeter.accounts import account
    from carbonmeter.tables import read_activity

    asked = next(a for a in plan.accounts if a.name == name)
    return account(
        read_activity(asked.activity),
        _library(plan, asked),
        guide=asked.guide,
        gwp=asked.gwp,
        series=asked.series,
        as_of=plan.as_of,
    )


def _library(plan: Plan, asked: AccountPlan) -> FactorLibrary:
    from carbonmeter.factors import FactorLibrary

    library = FactorLibrary.default()
    if asked.bounds_from:
        library = library.with_bounds_from(FactorLibrary.shipped(asked.bounds_from))
    for path in plan.measured:
        library = FactorLibrary.open(path).over(library)
    return library


def _groups(plan: Plan, accounts: dict[str, Account]) -> tuple[Consolidation, ...]:
    """Groups of companies by control and by equity, on the date of the loan book."""
    from carbonmeter.tables import read_entities

    day = plan.finance.date if plan.finance else plan.as_of
    if plan.entities is None or day is None:
        return ()
    links = read_entities(plan.entities)
    first = next(iter(accounts.values()))
    return tuple(first.consolidate(links, approach, as_of=day) for approach in APPROACHES)


def _financed(plan: Plan, accounts: dict[str, Account]) -> Financed | None:
    if plan.finance is None:
        return None
    import pandas as pd

    from carbonmeter.factors import FactorLibrary
    from carbonmeter.finance import financed, scores_of
    from carbonmeter.tables import read_borrowers, read_loans, read_projects

    totals = pd.concat([a.total("entity").frame() for a in accounts.values()], ignore_index=True)
    counted = totals[totals["kind"] != "avoided"]
    entities = counted.loc[counted["kind"] == "emission", "entity"].unique()
    day = plan.finance.date
    return financed(
        read_loans(plan.finance.loans),
        read_borrowers(plan.finance.borrowers),
        read_projects(plan.finance.projects),
        counted,
        scores=scores_of(entities, FactorLibrary.default(), on=day),
        reductions=totals[totals["kind"] == "avoided"],
        as_of=day,
    )


def _check(asked: CheckPlan, accounts: dict[str, Account]) -> Check | None:
    """Emissions of one entity per unit of its product, beside what somebody published.

    Direct emissions and net purchased energy by location are put over the product only here,
    because the published intensities are of scope 1 and 2 together.
    """
    from carbonmeter.report.results import Check

    for account in accounts.values():
        lines = account.frame()
        own = lines[lines["entity"] == asked.entity]
        product = own[own["activity"] == asked.product].drop_duplicates("row")
        if product.empty:
            continue
        scale = account.recipes.scale[account.line_recipe[product["line"]]]
        output = float((product["quantity"] * scale).sum())
        by_scope = {s: float(own.loc[own["scope"] == s, "co2e"].sum()) for s in SCOPES}
        return Check(
            name_zh=asked.name_zh,
            name_en=asked.name_en,
            entity=asked.entity,
            by_location=(by_scope["1"] + by_scope["2-location"]) / output,
            by_market=(by_scope["1"] + by_scope["2-market"]) / output,
            published=asked.published,
            unit=asked.unit,
            source=asked.source,
        )
    return None


def _evidence(plan: Plan, accounts: dict[str, Account]) -> pd.DataFrame:
    """What of each account is evidenced, once every named file is there with its hash.

    Raises
    ------
    TableError                       evidence files that are missing or differ, all of them
    """
    import pandas as pd

    from carbonmeter.tables import evidence

    problems = [p for a in accounts.values() for p in evidence.check(a.activity, plan.folder)]
    if problems:
        raise TableError("evidence does not hold", problems)
    parts = [
        evidence.summary(a.activity, plan.folder).assign(account=name)
        for name, a in accounts.items()
    ]
    return pd.concat(parts, ignore_index=True)
