"""Two libraries, or two editions of one, side by side."""

from __future__ import annotations

from argparse import Namespace

from carbonmeter.cli.output import say


def diff(options: Namespace) -> None:
    """What was added, removed, superseded, moved, and why; with --out, every change in a file."""
    from carbonmeter.cli.library_named import library_named
    from carbonmeter.factors.changes.diff import diff as compared
    from carbonmeter.report import differences

    found = compared(library_named(options.a), library_named(options.b))
    differences.show_diff(found, options.lang, options.limit)
    if options.out:
        differences.write_diff(found, options.out, options.lang)
        say(f"→ {options.out}")
