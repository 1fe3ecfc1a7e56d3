"""The verbs account, explain and finance."""

from __future__ import annotations

from argparse import Namespace
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from carbonmeter.cli.output import say
from carbonmeter.errors import GuideError, near

if TYPE_CHECKING:
    from carbonmeter.accounts import Account, Totals
    from carbonmeter.factors import FactorLibrary
    from carbonmeter.report.intervals import Intervals

MEASURED_SHEETS = ("measured", "实测值")


def account(options: Namespace) -> None:
    """Account a file and print its totals; with --compare, another guide beside it."""
    from carbonmeter.cli.blocks import account_blocks, in_blocks

    if in_blocks(options):
        account_blocks(options)
        return
    from carbonmeter.accounts import compare
    from carbonmeter.report import terminal, write

    file, drawing = options.file[0], drawing_of(options)
    result = account_of(options, file, options.guide)
    by = labels_of(options.by)
    total, own = result.total(*by), None
    if drawing is not None:
        with suppress(GuideError):  # a guide may define no total of its own
            own = result.guide_total()
    terminal.show_account(result, by, options.lang, drawn=intervals(drawing, total, by, own))
    show_budget(options, total, by)
    if options.compare:
        other = account_of(options, file, options.compare)
        terminal.show_comparison(compare(result, other, *by), options.guide, options.compare)
    if options.out:
        write.lines(result, options.out)
        say(f"→ {options.out}")


def show_budget(options: Namespace, totals: Totals, by: list[str]) -> None:
    """The contributors to U asked for by --budget or --target; nothing without them."""
    if options.budget or options.target is not None:
        from carbonmeter.report import budgets

        budgets.show_budget(totals, by, options.lang, options.target)


def labels_of(text: str) -> list[str]:
    """Names of labels written with commas, each once."""
    return list(dict.fromkeys(name for label in text.split(",") if (name := label.strip())))


def drawing_of(options: Namespace) -> tuple[int, int] | None:
    """How many draws are asked for and by which seed, before anything is computed; None if none.

    Raises
    ------
    CarbonmeterError    too few draws, a seed that is none
    """
    from carbonmeter.uncertainty.sample import check_request

    if options.draws is None:
        if options.seed is not None:
            raise GuideError("E302: --seed is the seed of --draws; say how many, --draws 20000")
        return None
    seed = 1 if options.seed is None else options.seed
    check_request(options.draws, seed, 95.0, "symmetric")
    return options.draws, seed


def intervals(
    drawing: tuple[int, int] | None, totals: Totals, by: list[str], guide: Totals | None = None
) -> Intervals:
    """The intervals of totals, and of the guide's own; none without draws."""
    from carbonmeter.report import terminal
    from carbonmeter.report.intervals import Intervals

    if drawing is None:
        return Intervals()
    with terminal.progress() as progress:
        return Intervals.drawn(totals, by, *drawing, progress, guide)


def account_of(options: Namespace, file: Path, guide: str) -> Account:
    """The account of a file as the options of a verb ask for it."""
    from carbonmeter.accounts import account as make
    from carbonmeter.tables import read_activity

    activity = read_activity(file, sheet=options.sheet, missing=options.missing)
    return make(
        activity,
        library_of(options.measured, file, options.bounds_from),
        guide=guide,
        missing=options.missing,
        gwp=options.gwp,
        series=dict(options.series),
        as_of=options.as_of,
    )


def library_of(measured: list[Path], file: Path, bounds_from: str | None) -> FactorLibrary:
    """The shipped libraries with measured tables on top: files named, and the file's own sheet."""
    from carbonmeter.factors import FactorLibrary

    library = FactorLibrary.default()
    if bounds_from:
        library = library.with_bounds_from(FactorLibrary.shipped(bounds_from))
    sheet = _measured_sheet(file)
    own = [FactorLibrary.open(file, sheet=sheet)] if sheet else []
    own += [FactorLibrary.open(path) for path in measured]
    return own[0].beside(*own[1:]).over(library) if own else library


def _measured_sheet(file: Path) -> str | None:
    """The sheet of measured values in a workbook filled in from the template, if it holds any."""
    if file.suffix.lower() != ".xlsx" or not file.is_file():
        return None
    from carbonmeter.tables.source_excel import sheets_with_rows

    return next((name for name in sheets_with_rows(file) if name in MEASURED_SHEETS), None)


def explain(options: Namespace) -> None:
    """Print the receipt of one line of a file, a run folder, or the embedded prefecture."""
    source = options.source
    if source is not None and not source.is_dir():
        if options.guide is None:
            raise GuideError(f"E302: name the guide that counts {source}: --guide cets, for one")
        result = account_of(options, source, options.guide)
    else:
        result = _account_of_folder(source, options.account)
    lines = [options.line] if options.row is None else result.lines_of(options.row)
    say("\n\n".join(str(result.explain(line, lang=options.lang)) for line in lines))


def _account_of_folder(folder: Path | None, name: str | None) -> Account:
    from carbonmeter.cli.folder import read_plan
    from carbonmeter.cli.run import account_named, folder_or_example

    plan = read_plan(folder_or_example(folder))
    names = [a.name for a in plan.accounts]
    chosen = name or names[0]
    if chosen not in names:
        hint = near(chosen, names) or ", ".join(names)
        raise GuideError(f"E302: the run has no account {chosen!r}; did you mean: {hint}?")
    return account_named(plan, chosen)


def finance(options: Namespace) -> None:
    """The loans of a run folder, each with its attribution, score and verdict."""
    from carbonmeter.cli.folder import read_plan
    from carbonmeter.cli.run import compute, folder_or_example
    from carbonmeter.report import terminal, write

    plan = read_plan(folder_or_example(options.folder))
    if plan.finance is None:
        raise GuideError("E302: the run folder has no [finance] table")
    results = compute(plan)
    assert results.financed is not None
    terminal.show_finance(results.financed, options.by, options.lang, results.name)
    if options.out:
        write.table(results.financed.frame(), options.out)
        say(f"→ {options.out}")
