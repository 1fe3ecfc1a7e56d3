"""The verb account over Parquet files that are read in blocks."""

from __future__ import annotations

from argparse import Namespace
from glob import has_magic
from pathlib import Path
from typing import TYPE_CHECKING

from carbonmeter.cli.output import say
from carbonmeter.errors import EngineError, GuideError, WriteError

if TYPE_CHECKING:
    from carbonmeter.accounts.streamed import StreamedTotals
    from carbonmeter.engine import Engine
    from carbonmeter.report.intervals import Intervals

ASKED = ("engine", "workers", "scheduler", "memory", "batch_rows")
WHOLE = ("compare", "sheet", "restate", "as_of_was")
TABLES = (".parquet", ".csv")


def in_blocks(options: Namespace) -> bool:
    """Whether the files are too many or too large to be in memory at once."""
    several = len(options.file) > 1 or has_magic(str(options.file[0]))
    return several or any(getattr(options, name) is not None for name in ASKED)


def account_blocks(options: Namespace) -> None:
    """Account Parquet files block by block and print their totals."""
    from carbonmeter.accounts.streamed import stream_totals
    from carbonmeter.cli.asked import drawing_of, intervals, labels_of, library_of, show_budget
    from carbonmeter.report import terminal, write
    from carbonmeter.tables.blocks import BATCH_ROWS

    _check(options)
    drawing = drawing_of(options)
    by, library = labels_of(options.by), None
    if options.measured or options.bounds_from:
        library = library_of(options.measured, options.file[0], options.bounds_from)
    with terminal.progress() as progress:
        totals = stream_totals(
            options.file,
            library,
            guide=options.guide,
            by=by,
            on=engine_of(options),
            missing=options.missing,
            gwp=options.gwp,
            series=dict(options.series),
            as_of=options.as_of,
            batch_rows=BATCH_ROWS if options.batch_rows is None else options.batch_rows,
            memory=options.memory,
            progress=progress,
        )
    _show(totals, by, options.lang, intervals(drawing, totals, by))
    show_budget(options, totals, by)
    if options.out:
        write.table(totals.frame(), options.out)
        say(f"→ {options.out}")


def _check(options: Namespace) -> None:
    """Refuse what only rows that are in memory at once can answer."""
    for name in WHOLE:
        if getattr(options, name) is not None:
            option = f"--{name.replace('_', '-')}"
            raise GuideError(
                f"E302: {option} is for one file that is read whole; leave it out, or leave out"
                " what asks for blocks: several files, --engine, --workers, --scheduler, --memory,"
                " --batch-rows"
            )
    if options.batch_rows is not None and options.batch_rows < 1:
        raise EngineError(f"E504: --batch-rows {options.batch_rows}; write 1 or more")
    if options.out and Path(options.out).suffix not in TABLES:
        raise WriteError(
            f"E502: {options.out}: totals of blocks are written as .parquet or .csv; their lines"
            " are never together, so there is no table of them to write"
        )


def engine_of(options: Namespace) -> Engine:
    """The engine that the options ask for; threads if they leave it open."""
    from carbonmeter.engine import Dask, InLine, Threads

    name = options.engine or ("dask" if options.scheduler else "threads")
    if name != "dask" and options.scheduler:
        raise EngineError(f"E504: --scheduler is one of dask; leave it out, or --engine {name}")
    if name == "inline":
        if options.workers not in (None, 1):
            raise EngineError("E504: --engine inline has one worker; take threads or dask for more")
        return InLine()
    if name == "threads":
        return Threads(options.workers)
    return Dask(options.scheduler or "threads", options.workers)


def _show(totals: StreamedTotals, by: list[str], lang: str, drawn: Intervals) -> None:
    """The totals as of an account, and the first rows that were left out."""
    from carbonmeter.report import summary, terminal
    from carbonmeter.report.bilingual import word

    attributes = totals.evidence.attributes
    names = totals.files[0] if len(totals.files) == 1 else f"{len(totals.files)} × Parquet"
    say("")
    say(
        f"{names}: {totals.rows:,} {word('rows', lang)} · {attributes['guide']}"
        f" · GWP {attributes['gwp_set']}"
    )
    whole = summary.rows(totals.by())
    found = summary.rows(totals, by) if by else []
    terminal.show_totals(found, whole, by, lang, terminal.as_is, drawn)
    left_out = int(attributes["rows_excluded"])
    if left_out:
        say(f"{word('excluded', lang)}: {left_out:,}")
        for problem in totals.problems_excluded[: terminal.MOST_EXCLUDED]:
            say(f"  {problem}")
        if left_out > terminal.MOST_EXCLUDED:
            say(f"  … + {left_out - terminal.MOST_EXCLUDED:,}")
