"""What the verbs make of their options: accounts, libraries, draws, budgets."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from carbonmeter.errors import GuideError

if TYPE_CHECKING:
    from carbonmeter.accounts import Account, Totals
    from carbonmeter.factors import FactorLibrary
    from carbonmeter.report.intervals import Intervals

MEASURED_SHEETS = ("measured", "实测值")


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


def show_budget(options: Namespace, totals: Totals, by: list[str]) -> None:
    """The contributors to U asked for by --budget or --target; nothing without them."""
    if options.budget or options.target is not None:
        from carbonmeter.report import budgets

        budgets.show_budget(totals, by, options.lang, options.target)
