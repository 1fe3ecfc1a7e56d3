"""What of a library is hashed: each record and each row beside it, written in one way only.

The text of a leaf is a JSON object with its keys in alphabetical order and no spaces. Cells that
are empty are left out, so a column that a later version adds changes no leaf of today. A number is
the text of the fewest digits that give the same double, without `.0`; a day is year-month-day.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import PurePosixPath
from typing import Any, NamedTuple

import numpy as np

from carbonmeter.factors.layer import DATES, NUMBERS, TEXTS, Layer
from carbonmeter.factors.releases.merkle import leaf_hash

RECORD, LIBRARY = "record", "library"
# What names a row of the tables beside the records, by the name of the table.
BESIDE: dict[str, tuple[str, tuple[str, ...]]] = {
    "sources": ("source", ("source",)),
    "labels": ("label", ("identifier",)),
    "codes": ("code", ("identifier", "scheme", "code")),
    "statements": ("statement", ("id",)),
}


class Leaf(NamedTuple):
    """One thing that is hashed, and where it stands."""

    kind: str
    library: str
    identifier: str
    hash: bytes
    file: str = ""
    row: int = 0
    content: str = ""

    @property
    def name(self) -> tuple[str, str, str]:
        """What it is, whatever it says: leaves stand in the order of their names."""
        return self[:3]


class Leaves:
    """The leaves of some libraries, in the order of their names.

    Where two have one name, which no library that opens has, their hashes decide.
    """

    def __init__(self, leaves: Iterable[Leaf]) -> None:
        self.all = tuple(sorted(leaves, key=lambda leaf: leaf[:4]))

    @cached_property
    def hashes(self) -> list[bytes]:
        return [leaf.hash for leaf in self.all]

    def table(self) -> bytes:
        """The names and hashes as a CSV file."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(["kind", "library", "identifier", "sha256"])
        writer.writerows([*leaf.name, leaf.hash.hex()] for leaf in self.all)
        return out.getvalue().encode()


def hashes_in(table: bytes) -> dict[tuple[str, str, str], str]:
    """The hash of each leaf by its name, as a table of leaves states them."""
    rows = csv.reader(io.StringIO(table.decode("utf-8", "replace")))
    next(rows, None)
    return {(row[0], row[1], row[2]): row[3] for row in rows if len(row) == 4}


def leaf(kind: str, library: str, identifier: str, fields: Mapping[str, Any]) -> Leaf:
    """The leaf of one row."""
    content = canonical({"kind": kind, "library": library, **fields})
    return Leaf(kind, library, identifier, leaf_hash(content.encode()), content=content)


def canonical(fields: Mapping[str, Any]) -> str:
    """A JSON object written in the one way that is hashed."""
    held = {name: value for name, value in fields.items() if value != ""}
    return json.dumps(held, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def record_leaves(layer: Layer) -> Iterator[Leaf]:
    """One leaf for each record, with its file and row."""
    named = {"kind": RECORD, "library": layer.name}
    columns = {
        name: [f"{_key(name)}{json.dumps(text)}"] * len(layer) for name, text in named.items()
    }
    for name in (*TEXTS, *NUMBERS, *DATES):
        column = _snippets(name, _texts(layer, name))
        if any(column):
            columns[name] = column
    rows = zip(*(columns[name] for name in sorted(columns)), strict=True)
    places = zip(layer.columns["id"].tolist(), layer.file.tolist(), layer.row.tolist(), strict=True)
    for row, (id_, file, at) in zip(rows, places, strict=True):
        content = f"{{{','.join(filter(None, row))}}}"
        yield Leaf(RECORD, layer.name, id_, leaf_hash(content.encode()), file, at, content)


def row_leaves(library: str, path: str, data: bytes) -> Iterator[Leaf]:
    """One leaf for each row of a table beside the records; none of another file."""
    kind, keys = BESIDE.get(PurePosixPath(path).stem, ("", ()))
    if not kind:
        return
    rows = csv.DictReader(io.StringIO(data.decode("utf-8-sig", "replace"), newline=""))
    for at, row in enumerate(rows, 2):
        held = {str(name): value.strip() for name, value in row.items() if isinstance(value, str)}
        named = " ".join(held.get(key, "") for key in keys)
        yield leaf(kind, library, named, held)._replace(file=path, row=at)


def library_leaf(descriptor: Mapping[str, Any]) -> Leaf:
    """What the descriptor says of a library, but not how its files are written."""
    name = str(descriptor["name"])
    said = {key: value for key, value in descriptor.items() if key != "resources"}
    return leaf(LIBRARY, name, name, {"descriptor": said})._replace(file="datapackage.json")


def number(value: float) -> str:
    """A number by the fewest digits that give the same double.

    Examples
    --------
    >>> number(0.5366), number(95.0), number(1e-05)
    ('0.5366', '95', '1e-05')
    """
    return repr(float(value)).removesuffix(".0")


def _texts(layer: Layer, name: str) -> Sequence[str]:
    column = layer.columns[name]
    if name in TEXTS:
        return [str(text) for text in column.tolist()]
    absent = np.isnan(column) if name in NUMBERS else np.isnat(column)
    if absent.all():
        return []
    written = number if name in NUMBERS else str
    pairs = zip(column.tolist(), absent.tolist(), strict=True)
    return ["" if blank else written(value) for value, blank in pairs]


def _snippets(name: str, texts: Sequence[str]) -> list[str]:
    """Of each cell, its part of the leaf; each distinct text is written once."""
    key = _key(name)
    known = {t: f"{key}{json.dumps(t, ensure_ascii=False)}" if t else "" for t in set(texts)}
    return [known[text] for text in texts]


def _key(name: str) -> str:
    return f"{json.dumps(name)}:"
