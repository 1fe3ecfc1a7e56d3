"""A factor package: a folder with datapackage.json, sources.csv and tables of records."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from carbonmeter.errors import FactorTableError, Problem, ProblemsError
from carbonmeter.factors.checks import layer_problems
from carbonmeter.factors.layer import Layer, Rows, layer_of
from carbonmeter.factors.measured import together
from carbonmeter.factors.record import CODES, LABELS, RECORDS, SOURCES, STATEMENTS
from carbonmeter.tables.checked import Checked
from carbonmeter.tables.field import Kind
from carbonmeter.tables.schema import Table

DESCRIPTOR = "datapackage.json"
MOST_BYTES = 1_000_000
# Tables of a package that hold no records, by the name of their file.
BESIDE: dict[str, Table] = {
    "sources.csv": SOURCES,
    "labels.csv": LABELS,
    "codes.csv": CODES,
    "statements.csv": STATEMENTS,
}
_HASH = re.compile(r"sha256:[0-9a-f]{64}")
_NAME = re.compile(r"[a-z0-9]([a-z0-9._-]*[a-z0-9])?")


def read_package(folder: Path, *, shipped: bool = False) -> Layer:
    """The layer in a folder, or one error with every problem of all its files.

    Raises
    ------
    FactorTableError                 what is wrong with the descriptor, its files, their hashes, the
                                     records or their sources
    """
    descriptor, problems = _descriptor(folder)
    tables: list[Checked] = []
    beside: dict[str, Rows] = {}
    if not problems:
        for path, digest in _resources(folder, descriptor, problems):
            table = _read(folder, path, digest, problems)
            if table is not None and path in BESIDE:
                beside[PurePosixPath(path).stem] = rows_of(table, BESIDE[path])
            elif table is not None:
                tables.append(table)
        problems += _unlisted(folder, descriptor)
        if not (folder / "sources.csv").is_file():
            cure = "add it, with one row for each source that a record names"
            problems.append(Problem("sources.csv", None, "", "", "the file is missing", cure))
        elif not tables and "statements" not in beside and not problems:
            cure = "list a table of records under resources"
            problems.append(Problem(DESCRIPTOR, None, "", "", "the package has no records", cure))
    if problems:
        left = layer_problems(layer_of(tables, name=folder.name)) if tables else []
        raise _error(folder, together(tuple(problems), left))
    layer = layer_of(
        tables or [RECORDS.empty()],
        name=descriptor["name"],
        title=descriptor["title"],
        shipped=shipped,
        **beside,
        **_about(descriptor),
    )
    problems = [*layer_problems(layer), *_unknown_sources(layer)]
    if problems:
        raise _error(folder, problems)
    return layer


def _about(descriptor: Mapping[str, Any]) -> dict[str, Any]:
    """What the descriptor says of the library beside its name, title and tables."""
    named = [one for one in descriptor["licenses"] if isinstance(one, dict)]
    return {
        "family": descriptor.get("family") or descriptor["name"],
        "edition": descriptor.get("edition", ""),
        "title_zh": descriptor.get("title_zh", ""),
        "licences": tuple(str(one["name"]) for one in named if one.get("name")),
    }


def _error(folder: Path, problems: list[Problem]) -> FactorTableError:
    files = {problem.file for problem in problems} - {""}
    where = f": {files.pop()}" if len(files) == 1 else ""
    return FactorTableError(f"factor package {folder.name!r} cannot be used{where}", problems)


def _descriptor(folder: Path) -> tuple[dict[str, Any], list[Problem]]:
    path = folder / DESCRIPTOR
    if not path.is_file():
        cure = "name a folder that holds one, or a table of records"
        return {}, [Problem(DESCRIPTOR, None, "", "", f"not found in {folder.name}", cure)]
    if path.stat().st_size > MOST_BYTES:
        rule, cure = "larger than a megabyte", "list tables and licences, not data"
        return {}, [Problem(DESCRIPTOR, None, "", "", rule, cure)]
    try:
        read = json.loads(path.read_bytes().decode("utf-8-sig"))
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as wrong:
        return {}, [Problem(DESCRIPTOR, None, "", "", f"not JSON ({wrong})", "repair the file")]
    if not isinstance(read, dict):
        return {}, [Problem(DESCRIPTOR, None, "", "", "not a JSON object", "begin it with {")]
    return read, list(_descriptor_problems(read))


def _descriptor_problems(read: Mapping[str, Any]) -> Iterator[Problem]:
    name = read.get("name")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        rule, cure = "not a name", "write lower-case letters, digits and hyphens"
        yield Problem(DESCRIPTOR, None, "name", str(name or ""), rule, cure)
    for key, kind in (
        ("title", str),
        ("version", str),
        ("licenses", list),
        ("sources", list),
        ("resources", list),
    ):
        if not isinstance(read.get(key), kind) or not read[key]:
            cure = f"write a {'text' if kind is str else 'list'}"
            yield Problem(DESCRIPTOR, None, key, "", "missing or empty", cure)
    for key in ("family", "edition", "title_zh"):
        if not isinstance(read.get(key, ""), str):
            yield Problem(DESCRIPTOR, None, key, str(read[key]), "not a text", "write a text")


def _resources(
    folder: Path, descriptor: Mapping[str, Any], problems: list[Problem]
) -> Iterator[tuple[str, str]]:
    """Path and hash of each table that the descriptor lists and that may be read."""
    seen: set[str] = set()
    for entry in descriptor["resources"]:
        path = entry.get("path") if isinstance(entry, dict) else None
        digest = entry.get("hash") if isinstance(entry, dict) else None
        rule = cure = ""
        if not isinstance(path, str) or not _inside(folder, path):
            rule, cure = "not a path inside the package", "write a relative path such as fuels.csv"
        elif PurePosixPath(path).suffix != ".csv":
            rule, cure = "not a CSV table", "store records as .csv"
        elif path in seen:
            rule, cure = "listed twice", "list each table once"
        elif not isinstance(digest, str) or not _HASH.fullmatch(digest):
            rule, cure = "no hash", "write sha256: and 64 hexadecimal digits"
        elif not (folder / path).is_file():
            rule, cure = "the file is missing", "add it or remove it from the list"
        if rule:
            problems.append(Problem(DESCRIPTOR, None, "path", str(path or ""), rule, cure))
        else:
            seen.add(str(path))
            yield str(path), str(digest)


def _inside(folder: Path, path: str) -> bool:
    """Whether a path is relative and stays in the folder, also through links."""
    parts = PurePosixPath(path).parts
    if not parts or path.startswith("/") or ".." in parts or not path.isprintable():
        return False
    if "\\" in path or ":" in path:
        return False
    return (folder / path).resolve().is_relative_to(folder.resolve())


def _read(folder: Path, path: str, digest: str, problems: list[Problem]) -> Checked | None:
    schema = BESIDE.get(path, RECORDS)
    try:
        table, wrong = schema.judge(folder / path)
    except ProblemsError as unread:
        problems += unread.problems
        return None
    problems += wrong.problems if wrong else ()
    if f"sha256:{table.source.sha256}" != digest:
        rule = f"its SHA-256 is {table.source.sha256}, {DESCRIPTOR} says {digest[7:]}"
        cure = "restore the table, or enter its new hash and raise the version"
        problems.append(Problem(path, None, "", "", rule, cure))
    return table


def _unlisted(folder: Path, descriptor: Mapping[str, Any]) -> Iterator[Problem]:
    entries = [entry for entry in descriptor["resources"] if isinstance(entry, dict)]
    listed = {path for entry in entries if isinstance(path := entry.get("path"), str)}
    for file in sorted(folder.rglob("*.csv")):
        path = file.relative_to(folder).as_posix()
        if path not in listed:
            rule, cure = f"{DESCRIPTOR} does not list it", "list it with its hash, or remove it"
            yield Problem(path, None, "", "", rule, cure)


def rows_of(table: Checked, schema: Table) -> Rows:
    """The rows of a checked table as texts; a blank day is blank."""
    names = [field.name for field in schema.fields]
    texts = [
        ["" if day is None else day.isoformat() for day in table.dates(field.name).tolist()]
        if field.kind is Kind.DATE
        else table.text(field.name).text().tolist()
        for field in schema.fields
    ]
    return tuple(dict(zip(names, values, strict=True)) for values in zip(*texts, strict=True))


def _unknown_sources(layer: Layer) -> Iterator[Problem]:
    known = {source["source"] for source in layer.sources}
    for at, source in enumerate(layer.columns["source"].tolist()):
        if source not in known:
            cure = "add it to sources.csv, or correct the id"
            yield layer.problem(at, "source", "not a source of sources.csv", cure)
    for at, statement in enumerate(layer.statements):
        if (source := statement["source"]) not in known:
            cure = "add it to sources.csv, or correct the id"
            rule = "not a source of sources.csv"
            yield Problem("statements.csv", at + 2, "source", source, rule, cure)
