"""The main job: a folder of a prefecture's files to audited tonnes."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from carbonmeter.cli.fit import check_boundary, check_one_account, check_sites, compared
from carbonmeter.cli.folder import AccountPlan, Plan, read_plan
from carbonmeter.errors import TableError

if TYPE_CHECKING:
    import pandas as pd

    from carbonmeter.accounts import Account, Consolidation
    from carbonmeter.factors import FactorLibrary
    from carbonmeter.finance import Financed
    from carbonmeter.report.results import Results
    from carbonmeter.tables import Checked

Progress = Callable[[int, int, str], None]
APPROACHES = ("operational control", "equity share")


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
    measured = _measured(plan)
    activities = [_activity(plan, asked) for asked in plan.accounts]
    if measured is not None:
        check_sites(activities, measured)
    accounts: list[NamedAccount] = []
    for number, (asked, activity) in enumerate(zip(plan.accounts, activities, strict=True)):
        if progress:
            progress(number, steps, asked.title_en)
        made = _account(plan, asked, activity, measured)
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
        checks=tuple(compared(plan, asked, by_name) for asked in plan.checks),
        evidence=_evidence(plan, by_name),
    )


def account_named(plan: Plan, name: str) -> Account:
    """One account of the run, by its name in the plan."""
    asked = next(a for a in plan.accounts if a.name == name)
    return _account(plan, asked, _activity(plan, asked), _measured(plan))


def _activity(plan: Plan, asked: AccountPlan) -> Checked:
    from carbonmeter.tables import read_activity

    activity = read_activity(asked.activity, missing=asked.missing)
    check_boundary(plan, activity)
    return activity


def _measured(plan: Plan) -> FactorLibrary | None:
    """The measured tables of the plan, none above another."""
    from carbonmeter.factors import FactorLibrary

    tables = [FactorLibrary.open(path) for path in plan.measured]
    return tables[0].beside(*tables[1:]) if tables else None


def _account(
    plan: Plan, asked: AccountPlan, activity: Checked, measured: FactorLibrary | None
) -> Account:
    from carbonmeter.accounts import account
    from carbonmeter.factors import FactorLibrary

    library = FactorLibrary.default()
    if asked.bounds_from:
        library = library.with_bounds_from(FactorLibrary.shipped(asked.bounds_from))
    if measured is not None:
        library = measured.over(library)
    return account(
        activity,
        library,
        guide=asked.guide,
        missing=asked.missing,
        gwp=asked.gwp,
        series=asked.series,
        as_of=plan.as_of,
    )


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
    from carbonmeter.tables import PROJECTS, read_borrowers, read_loans, read_projects

    check_one_account(plan, accounts)
    made = [a.total("entity") for a in accounts.values()]
    totals = pd.concat([total.frame() for total in made], ignore_index=True)
    parts = pd.concat([total.components() for total in made], ignore_index=True)
    counted = totals[totals["kind"] != "avoided"]
    entities = counted.loc[counted["kind"] == "emission", "entity"].unique()
    day = plan.finance.date
    return financed(
        read_loans(plan.finance.loans),
        read_borrowers(plan.finance.borrowers),
        read_projects(plan.finance.projects) if plan.finance.projects else PROJECTS.empty(),
        counted,
        components=parts,
        scores=scores_of(entities, FactorLibrary.default(), on=day),
        reductions=totals[totals["kind"] == "avoided"],
        reduction_components=parts,
        as_of=day,
    )


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
