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
    language(factors)
    factors.set_defaults(verb=lazy("library", "listed"))
    acts = factors.add_subparsers(metavar="ACT", help="without one: list the libraries")
    _looking(acts)
    _checking(acts)
    _exchanging(acts)
    _releasing(acts)
    _verifying(acts)
    _comparing(acts)


def _looking(acts: Verbs) -> None:
    listed = acts.add_parser("list", help="the libraries: size, confidence, licence, hash")
    listed.set_defaults(verb=lazy("library", "listed"))
    find = acts.add_parser("find", help="records whose words match, in Chinese or English")
    find.add_argument("words", nargs="+", help="words, labels, codes, years: grid shandong 2023")
    find.add_argument("--limit", type=int, default=20, metavar="N", help="how many (default: 20)")
    find.set_defaults(verb=lazy("library", "find"))
    show = acts.add_parser("show", help="one record with its evidence and history")
    show.add_argument("record", help="its id, e.g. fuel.cets.anthracite.ncv")
    show.set_defaults(verb=lazy("library", "show"))
    near = acts.add_parser("near", help="the words of the libraries that are like those given")
    near.add_argument("words", nargs="+")
    near.set_defaults(verb=lazy("library", "near"))
    for act in (listed, find, show, near):
        language(act, default=argparse.SUPPRESS)  # that of `factors` holds unless it is said again


def _checking(acts: Verbs) -> None:
    check = acts.add_parser("check", help="check a table, library folder or zip of anybody's")
    check.add_argument("path", type=Path)
    check.add_argument(
        "--against",
        default="shipped",
        metavar="LIBRARIES",
        help="what values are compared with: shipped (default), none, or names with commas",
    )
    check.add_argument("--sheet", help="of a workbook")
    check.add_argument("--strict", action="store_true", help="findings too end in status 1")
    check.add_argument("--out", type=Path, help="all of them as a table: .csv, .xlsx or .parquet")
    check.set_defaults(verb=lazy("library_check", "check"))
    language(check)


def _releasing(acts: Verbs) -> None:
    release = acts.add_parser("release", help="pin libraries in one file with a hash to cite")
    release.add_argument(
        "libraries", nargs="*", metavar="LIBRARY", help="names or folders (default: all installed)"
    )
    release.add_argument("-o", "--out", type=Path, required=True, metavar="FILE.zip")
    release.add_argument("--name", default="", help="(default: of the only library, or the file)")
    release.add_argument(
        "--version", default="", help="(default: of the only library, or the date)"
    )
    release.add_argument("--date", default="", help="(default: the last day of its records)")
    release.add_argument("--title", default="")
    release.add_argument("--by", default="", help="who releases it")
    release.add_argument("--key", type=Path, help="sign it with this private key")
    release.set_defaults(verb=lazy("library_release", "release"))
    sign = acts.add_parser("sign", help="add a signature to a release")
    sign.add_argument("file", type=Path)
    sign.add_argument("--key", type=Path, required=True, help="your private key")
    sign.add_argument("-o", "--out", type=Path, help="another file (default: the same)")
    sign.set_defaults(verb=lazy("library_release", "sign"))
    keys = acts.add_parser("keys", help="make a pair of keys to sign with")
    keys.add_argument("file", type=Path, help="the private key; the public one gets .pub after it")
    keys.add_argument("--show", action="store_true", help="only the fingerprint of a key")
    keys.set_defaults(verb=lazy("library_release", "keys"))
    for act in (release, sign, keys):
        language(act)


def _verifying(acts: Verbs) -> None:
    verify = acts.add_parser("verify", help="whether a release is whole; what was changed if not")
    verify.add_argument("path", type=Path, help="a release, its folder, a proof (.json), a library")
    verify.add_argument("--public-key", type=Path, help="of the one who must have signed it")
    verify.add_argument("--root", default="", metavar="HASH", help="the hash it is cited by")
    verify.add_argument(
        "--against", metavar="RELEASE", help="compare a library, folder or table record by record"
    )
    verify.set_defaults(verb=lazy("library_release", "verify"))
    proof = acts.add_parser("proof", help="prove that one record is in a release")
    proof.add_argument("file", type=Path)
    proof.add_argument("record", help="its id")
    proof.add_argument("-o", "--out", type=Path)
    proof.set_defaults(verb=lazy("library_release", "proof"))
    for act in (verify, proof):
        language(act)


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


def _comparing(acts: Verbs) -> None:
    diff = acts.add_parser("diff", help="what changed between two libraries or releases, and why")
    diff.add_argument("a", metavar="A", help="the older: a name, folder, release or table")
    diff.add_argument("b", metavar="B", help="the newer")
    diff.add_argument("--limit", type=int, default=20, help="how many changes to print")
    diff.add_argument("--out", type=Path, help="write every change: .csv, .xlsx or .parquet")
    diff.set_defaults(verb=lazy("library_diff", "diff"))
    language(diff)
