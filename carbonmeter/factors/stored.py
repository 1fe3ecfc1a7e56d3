"""Layers that have passed their checks, kept under the user's cache folder until a byte changes.

A stored layer is found by the SHA-256 of all files of its package and of the code that read and
checked them; what cannot be read, belongs to another user or does not fit its key is ignored, and
the package is read and checked as if nothing had been stored. Nothing in a file is run.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np

from carbonmeter.errors import Problem
from carbonmeter.factors import cache_files
from carbonmeter.factors.columns import Columns, Packed, Values
from carbonmeter.factors.layer import DATES, LENT, NUMBERS, TEXTS, Layer
from carbonmeter.factors.rows import StoredRows, packed
from carbonmeter.tables.columns import Coded, frozen

MOST_FILES, MOST_BYTES = 1000, 1_000_000_000
# A small package of a user's is read as fast as it is found.
WORTH_STORING = 2000
TABLES = ("sources", "labels", "codes", "statements")
WORDS = ("name", "title", "family", "edition", "title_zh")
DECIDING = ("errors.py", "constants.py", "units", "tables", "factors")

FILE, ROW = "\0file", "\0row"


def open_package(folder: Path, *, shipped: bool = False) -> Layer:
    """The layer in a folder, from the store if it has been read and checked before.

    Raises
    ------
    FactorTableError                 as `read_package`
    """
    key = key_of(folder)
    if key and (found := cache_files.read("layer", folder.name, key)):
        return _stored(found, shipped)
    from carbonmeter.factors.package import read_package

    layer = read_package(folder, shipped=shipped)
    # A file may have changed between the two readings: then its key is not that of the layer.
    if key and key == key_of(folder) and (shipped or len(layer) >= WORTH_STORING):
        cache_files.write("layer", folder.name, key, _content(layer))
    return layer


def problems_between(layers: Sequence[Layer]) -> list[Problem]:
    """What is wrong between layers; of a large stack of libraries installed, remembered if nothing.

    Versions are those of the content, so the answer is the same for the same versions.
    """
    key = key_of_stack(layers)
    if key and cache_files.read("stack", "shipped", key):
        return []
    from carbonmeter.factors.checks import stack_problems

    problems = stack_problems(layers)
    if key and not problems:
        cache_files.write("stack", "shipped", key, cache_files.Content({"problems": 0}, {}))
    return problems


def key_of_stack(layers: Sequence[Layer]) -> str:
    """SHA-256 of what a stack holds and of the code; empty unless it is large and installed."""
    large = sum(map(len, layers)) >= WORTH_STORING and all(layer.shipped for layer in layers)
    if not large:
        return ""
    words = ([layer.version, *(getattr(layer, name) for name in WORDS)] for layer in layers)
    held = "\x1e".join("\x1f".join(each) for each in words)
    return hashlib.sha256(f"{machinery()}\x1d{held}".encode()).hexdigest()


def key_of(folder: Path) -> str:
    """SHA-256 of the names and bytes of all files of a package and of the code that checks them.

    Empty where a link or too much is among them: such a package is never stored.
    """
    digest = hashlib.sha256(f"{machinery()}\x1d".encode())
    root = os.fspath(folder)
    try:
        found = sorted(_files(root))
        if len(found) > MOST_FILES or sum(size for _, size in found) > MOST_BYTES:
            return ""
        for path, _ in found:
            with open(path, "rb", buffering=0) as file:
                held = hashlib.file_digest(file, "sha256").digest()
            name = path[len(root) :]
            digest.update(f"{len(name)}:{name}".encode("utf-8", "surrogateescape") + held)
    except OSError:
        return ""
    return digest.hexdigest()


def _files(folder: str) -> Iterator[tuple[str, int]]:
    """Path and size of each file of a folder and those in it; OSError for a link."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_symlink():
                raise OSError("a link")
            if entry.is_dir():
                yield from _files(entry.path)
            else:
                yield entry.path, entry.stat().st_size


@cache
def machinery() -> str:
    """SHA-256 of the code and lists that decide what a checked layer is."""
    digest = hashlib.sha256()
    house = Path(__file__).parent.parent
    files = [house / name for name in DECIDING if name.endswith(".py")]
    for floor in DECIDING:
        files += sorted((house / floor).rglob("*.py"))
    files += sorted(Path(str(resources.files("carbonmeter.data"))).glob("*.csv"))
    for file in files:
        digest.update(f"{file.name}\x1f".encode())
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def _content(layer: Layer) -> cache_files.Content:
    """A layer as a file: its words, and a piece of bytes for each column and table."""
    held = layer.columns if isinstance(layer.columns, Columns) else Columns(layer.columns)
    held = Columns({**{name: held.packed(name) for name in (*TEXTS, LENT)}, FILE: layer.file})
    pieces: dict[str, bytes | memoryview] = {}
    kinds: dict[str, str] = {}
    for name in (*TEXTS, LENT, FILE):
        column = held.packed(name)
        pieces[f"{name}.labels"] = column.piece
        if (column.codes != np.arange(len(layer))).any():
            kinds[name] = column.codes.dtype.str
            pieces[name] = np.ascontiguousarray(column.codes).tobytes()
    for name in (*NUMBERS, *DATES):
        values = layer.columns[name]
        absent = np.isnan(values) if name in NUMBERS else np.isnat(values)
        if not absent.all():
            pieces[name] = values.astype("<f8" if name in NUMBERS else "<M8[D]").tobytes()
    pieces[ROW] = layer.row.astype("<i4").tobytes()
    for name in TABLES:
        if rows := getattr(layer, name):
            pieces[f"{name}.rows"] = packed(rows)
    words = {name: getattr(layer, name) for name in (*WORDS, "version")}
    words |= {"licences": list(layer.licences), "n": len(layer), "kinds": kinds}
    return cache_files.Content(words, pieces)


def _stored(content: cache_files.Content, shipped: bool) -> Layer:
    words, pieces = content
    n, kinds = words["n"], words["kinds"]
    held: dict[str, Coded | Packed | Values] = {}
    for name in (*TEXTS, LENT, FILE):
        each = name not in pieces
        codes = np.arange(n, dtype="<i4") if each else np.frombuffer(pieces[name], kinds[name])
        held[name] = Packed(frozen(codes), pieces[f"{name}.labels"])
    for name in (*NUMBERS, *DATES):
        kind, blank = ("<f8", "nan") if name in NUMBERS else ("<M8[D]", "NaT")
        absent = name not in pieces
        held[name] = (
            frozen(np.full(n, blank, kind)) if absent else np.frombuffer(pieces[name], kind)
        )
    file = Columns({FILE: held.pop(FILE)})[FILE]
    about: dict[str, Any] = {name: words[name] for name in WORDS}
    about |= {"shipped": shipped, "licences": tuple(words["licences"])}
    for name in TABLES:
        if f"{name}.rows" in pieces:
            about[name] = StoredRows(pieces[f"{name}.rows"])
    row = np.frombuffer(pieces[ROW], "<i4")
    made = Layer(columns=Columns(held), file=file, row=row, **about)
    vars(made)["version"] = words["version"]  # computed when it was stored, of the same content
    return made
