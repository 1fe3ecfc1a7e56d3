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
    _exchanging(acts)


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


def _exchanging(acts: Verbs) -> None:
    take_in = acts.add_parser("import", help="make a library folder of a table of anybody's")
    take_in.add_argument("table", type=Path, help=".csv, .xlsx, .parquet or .zip")
    take_in.add_argument(
        "--mapping",
        type=Path,
        metavar="TOML",
        help="what its columns are; not needed for what `export` wrote",
    )
    take_in.add_argument("-o", "--out", type=Path, required=True, metavar="FOLDER")
    take_in.add_argument(
        "--rejects",
        type=Path,
        metavar="CSV",
        help="take the rows that can be used and list the others there (default: all or none)",
    )
    take_in.set_defaults(verb=lazy("library_exchange", "take_in"))
    export = acts.add_parser("export", help="a library as tables or for life-cycle software")
    export.add_argument("library", help="a name, a folder, or a table of your own")
    export.add_argument(
        "--format",
        required=True,
        choices=["csv", "xlsx", "parquet", "datapackage", "openlca", "ilcd"],
    )
    export.add_argument("-o", "--out", type=Path, required=True, metavar="PATH")
    export.add_argument(
        "--facts-only",
        action="store_true",
        help="without the texts of sources whose licence keeps them: values, units, ids, citations",
    )
    export.add_argument("--licence", help="of a table of your own, e.g. CC-BY-4.0")
    export.set_defaults(verb=lazy("library_exchange", "export"))
    for act in (take_in, export):
        language(act)
