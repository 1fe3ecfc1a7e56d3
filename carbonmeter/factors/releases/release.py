"""A release: libraries pinned together, named by what they say, citable, and opened again.

`root` is the hash of a tree over every record, source, label, code and statement, over what each
library says of itself, and over the name, version, date and author of the release. Whoever cites
`name@root` has cited every one of them; how the tables are written has no part in it. Each file has
a hash beside that, and the archive has the same bytes wherever it is made.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from carbonmeter.errors import Problem, ReleaseError
from carbonmeter.factors.layer import Layer
from carbonmeter.factors.package import DESCRIPTOR, read_package
from carbonmeter.factors.releases import signing
from carbonmeter.factors.releases.archive import MANIFEST, inside, pack
from carbonmeter.factors.releases.citation import CITATION, About, citation_file, citation_text
from carbonmeter.factors.releases.leaves import (
    RECORD,
    Leaf,
    Leaves,
    leaf,
    library_leaf,
    record_leaves,
    row_leaves,
)
from carbonmeter.factors.releases.merkle import root_of

FORMAT = "carbonmeter-release/1"
LEAVES = "LEAVES.csv"
SIGNATURES = "SIGNATURES.json"
NAME = re.compile(r"[a-z0-9]([a-z0-9._-]*[a-z0-9])?")
NAMED = 4
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True, eq=False)
class Release:
    """Libraries pinned together, before they are written to a file.

    Attributes
    ----------
    about : About                    name, version, date, title and author
    libraries : tuple of str         their names, the first on top
    leaves : Leaves                  what its root stands for
    files : mapping                  the bytes of each file of it, by name
    """

    about: About
    libraries: tuple[str, ...]
    leaves: Leaves
    files: Mapping[str, bytes]

    @cached_property
    def root(self) -> str:
        """The hash that stands for all of it, as 64 hexadecimal digits."""
        return root_of(self.leaves.hashes).hex()

    @property
    def identity(self) -> str:
        """What an account names: name@root."""
        return f"{self.about.name}@{self.root}"

    @property
    def citation(self) -> str:
        """How to cite it, in one line."""
        return citation_text(self.about, self.root)

    @property
    def records(self) -> int:
        """How many records it holds."""
        return sum(each.kind == RECORD for each in self.leaves.all)

    @cached_property
    def data(self) -> bytes:
        """The archive: the same bytes on any machine."""
        return pack(self.files)

    def signed(self, private_key: Path) -> Release:
        """The same release with one more signature under its manifest; its root stays.

        Raises
        ------
        ReleaseError                 a key that cannot be used
        """
        manifest = self.files[MANIFEST]
        before = (
            signing.read(self.files[SIGNATURES], MANIFEST, manifest)
            if SIGNATURES in self.files
            else []
        )
        entries = [*before, signing.sign(manifest, private_key)]
        return replace(self, files={**self.files, SIGNATURES: signing.written(MANIFEST, entries)})


def release(
    folders: Sequence[Path],
    *,
    name: str = "",
    version: str = "",
    date: str = "",
    title: str = "",
    by: str = "",
) -> Release:
    """The release of some libraries; nothing is written.

    Parameters
    ----------
    folders : sequence of Path       of factor packages
    name : str                       of the release; empty: that of its only library
    version : str                    empty: that of its only library, else its date
    date : str                       year-month-day; empty: the last day on which one of its
                                     records was written down or made public. No clock is read
    title : str                      empty: that of its only library
    by : str                         who releases it

    Raises
    ------
    FactorTableError                 a library that cannot be opened
    ReleaseError                     no library, two of one name, a name or date that is none
    """
    read = [_read(folder) for folder in folders]
    layers = [read_package(folder) for folder in folders]
    _check_unchanged(folders, read)
    descriptors = [json.loads(tables[DESCRIPTOR].decode("utf-8-sig")) for tables in read]
    only = descriptors[0] if len(descriptors) == 1 else {}
    day = date or _last_day(layers)
    about = About(
        name or str(only.get("name", "")),
        version or str(only.get("version", "")) or day.replace("-", "."),
        day,
        title or str(only.get("title", "")) or _title([layer.name for layer in layers]),
        by,
    )
    _check(about, [layer.name for layer in layers])
    files = {
        f"{layer.name}/{path}": data
        for layer, tables in zip(layers, read, strict=True)
        for path, data in tables.items()
    }
    order = [layer.name for layer in layers]
    leaves = [about_leaf(about, order)]
    for layer, descriptor in zip(layers, descriptors, strict=True):
        leaves += [library_leaf(descriptor), *record_leaves(layer)]
    leaves += leaves_beside(files)
    return assembled(about, order, Leaves(leaves), files)


def _read(folder: Path) -> dict[str, bytes]:
    """The bytes of a package's descriptor and of the tables it lists; empty if it is none."""
    try:
        descriptor = (folder / DESCRIPTOR).read_bytes()
        paths = [str(entry["path"]) for entry in json.loads(descriptor)["resources"]]
        tables = {path: (folder / path).read_bytes() for path in paths if inside(path)}
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return {}  # read_package, which follows, says what is wrong with it
    return {DESCRIPTOR: descriptor, **tables}


def _check_unchanged(folders: Sequence[Path], read: Sequence[Mapping[str, bytes]]) -> None:
    """Refuse a package that was written to while it was read: its parts would not fit.

    The descriptor has the hash of each table. If it was the same before and after the package was
    opened, and the bytes taken are those it lists, all of them are of one state.
    """
    problems = []
    for folder, tables in zip(folders, read, strict=True):
        listed = json.loads(tables[DESCRIPTOR])["resources"] if tables else []
        whole = bool(tables) and (folder / DESCRIPTOR).read_bytes() == tables[DESCRIPTOR]
        whole = whole and all(
            entry["hash"] == f"sha256:{hashlib.sha256(tables[entry['path']]).hexdigest()}"
            for entry in listed
        )
        if not whole:
            rule = "it was changed while it was read"
            cure = "wait until it is written, then try again"
            problems.append(Problem(folder.name, None, "", "", rule, cure))
    if problems:
        raise ReleaseError("nothing was released", problems)


def assembled(
    about: About, order: Sequence[str], leaves: Leaves, tables: Mapping[str, bytes]
) -> Release:
    """The release that some leaves and the files of libraries make, the first library on top."""
    root = root_of(leaves.hashes).hex()
    files = {
        **tables,
        CITATION: citation_file(about, root).encode(),
        LEAVES: leaves.table(),
    }
    content = {
        "format": FORMAT,
        **about._asdict(),
        "root": root,
        "leaves": len(leaves.all),
        "libraries": _libraries(order, leaves),
        "files": {
            path: {"bytes": len(files[path]), "sha256": hashlib.sha256(files[path]).hexdigest()}
            for path in sorted(files)
        },
    }
    manifest = json.dumps(content, ensure_ascii=False, indent=2) + "\n"
    return Release(about, tuple(order), leaves, {**files, MANIFEST: manifest.encode()})


def leaves_beside(files: Mapping[str, bytes]) -> list[Leaf]:
    """The leaves of all tables that hold no records, of files named library/table."""
    found: list[Leaf] = []
    for path, data in files.items():
        library, _, table = path.partition("/")
        found += row_leaves(library, table, data)
    return found


def about_leaf(about: About, order: Sequence[str]) -> Leaf:
    """What a release says of itself, and which library stands above which."""
    return leaf("release", "", about.name, {**about._asdict(), "libraries": list(order)})


def _libraries(order: Sequence[str], leaves: Leaves) -> list[dict[str, Any]]:
    """Each library by name, with its records and the root over its own leaves."""
    by_library: dict[str, list[Leaf]] = {name: [] for name in order}
    for each in leaves.all:
        by_library.setdefault(each.library, []).append(each)
    found = []
    for name in order:
        own = by_library[name]
        records = sum(each.kind == RECORD for each in own)
        root = root_of([each.hash for each in own]).hex()
        found.append({"name": name, "records": records, "leaves": len(own), "root": root})
    return found


def _title(names: Sequence[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return f"Factor libraries {', '.join(names[:NAMED])}{more}"


def _last_day(layers: Sequence[Layer]) -> str:
    days = np.concatenate(
        [
            layer.columns[name].astype("M8[D]")
            for layer in layers
            for name in ("recorded", "published")
        ]
        or [np.empty(0, "M8[D]")]
    )
    days = days[~np.isnat(days)]
    return str(days.max()) if days.size else ""


def _check(about: About, libraries: Sequence[str]) -> None:
    problems = []

    def wrong(column: str, value: str, rule: str, cure: str) -> None:
        problems.append(Problem("", None, column, value, rule, cure))

    if not libraries:
        wrong("library", "", "no library is named", "name one or more, or their folders")
    for name in sorted({n for n in libraries if libraries.count(n) > 1}):
        wrong("library", name, "two libraries of one name", "name each once")
    if not NAME.fullmatch(about.name):
        cure = "give it one: lower-case letters, digits, hyphens (--name)"
        wrong("name", about.name, "not a name of a release", cure)
    if not DAY.fullmatch(about.date):
        cure = "give it one, such as 2026-11-24 (--date)"
        wrong("date", about.date, "not a day", cure)
    for name, text in about._asdict().items():
        if not text.isprintable() or len(text) > 500:
            wrong(name, text, "not one line of text", "write one line of at most 500 characters")
    if problems:
        raise ReleaseError("nothing was released", problems)
