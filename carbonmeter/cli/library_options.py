"""The acts of `carbonmeter factors` and their options."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from carbonmeter.cli.lazily import language, lazy

if TYPE_CHECKING:
    Verbs = argparse._SubParsersAction[argparse.ArgumentParser]


def add(verbs: Verbs) -> None:
    """`factors` among the verbs."""
    factors = verbs.add_parser("factors", help="the factor libraries: find, check, compare, sign")
    acts = factors.add_subparsers(metavar="ACT", required=True)
    _looking(acts)
    _checking(acts)


def _looking(acts: Verbs) -> None:
    find = acts.add_parser("find", help="records whose words match, in Chinese or English")
    find.add_argument("words", nargs="+")
    find.add_argument("--limit", type=int, default=30)
    find.set_defaults(verb=lazy("library", "find"))
    show = acts.add_parser("show", help="one record with its evidence")
    show.add_argument("record", help="its id, e.g. fuel.cets.anthracite.ncv")
    show.set_defaults(verb=lazy("library", "show"))
    for act in (find, show):
        language(act)


def _checking(acts: Verbs) -> None:
    check = acts.add_parser("check", help="check a table or a library folder of anybody's")
    check.add_argument("path", type=Path)
    check.set_defaults(verb=lazy("library_check", "check"))
    language(check)
