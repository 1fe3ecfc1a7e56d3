"""The verbs account, explain and finance."""

from __future__ import annotations

from argparse import Namespace
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from carbonmeter.cli.asked import account_of, drawing_of, intervals, labels_of, show_budget
from carbonmeter.cli.output import say
from carbonmeter.errors import GuideError, near

if TYPE_CHECKING:
    from carbonmeter.accounts import Account


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
    if options.restate or options.as_of_was:
        from carbonmeter.cli.restating import restatement
        from carbonmeter.report.restatement import show_restatement

        show_restatement(restatement(options, result), by, options.lang)
    if options.out:
        write.lines(result, options.out)
        say(f"→ {options.out}")


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
