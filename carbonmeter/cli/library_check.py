"""Checking factor tables and libraries of anybody's."""

from __future__ import annotations

from argparse import Namespace

from carbonmeter.cli.output import say


def check(options: Namespace) -> None:
    """Check a factor table or a library folder; every problem is listed."""
    from carbonmeter.factors import FactorLibrary

    library = FactorLibrary.open(options.path)
    if options.path.is_file():
        # A table of one's own is used over the shipped libraries, so it must fit them too.
        library.over(FactorLibrary.default())
    say(f"{options.path}: {len(library.records)} records, no problem; {library.version[:12]}")
