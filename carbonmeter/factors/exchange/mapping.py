"""A mapping file: what the columns of somebody's table are, declared once in TOML."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from carbonmeter.errors import ExchangeError, Problem, near
from carbonmeter.factors.exchange.content import COPIED, About, refusal
from carbonmeter.factors.layer import Rows
from carbonmeter.factors.record import ANY, FIELDS, LABELS, SOURCES
from carbonmeter.tables.schema import Table

NAMES = tuple(f.name for f in FIELDS)
NEEDED = ("id", "parameter", "subject", "region", "value", "unit", "tier", "confidence", "source")
SECTIONS = {
    "library": ("name", "title", "licence", "licence_title", *COPIED[:-1]),
    "table": (
        *("sheet", "encoding", "delimiter", "heading_row"),
        *("decimal", "thousands", "blank", "dates"),
    ),
    "sources": tuple(f.name for f in SOURCES.fields),
    "labels": tuple(f.name for f in LABELS.fields),
    "columns": NAMES,
    "constants": NAMES,
    "templates": NAMES,
    "values": NAMES,
    "units": (),
}
ENCODINGS = {
    "utf-8": "utf-8-sig",
    "gbk": "gb18030",
    "gb2312": "gb18030",
    "gb18030": "gb18030",
    "big5": "big5",
    "utf-16": "utf-16",
    "utf-16-le": "utf-16-le",
    "utf-16-be": "utf-16-be",
    "windows-1252": "cp1252",
    "iso-8859-1": "latin-1",
}
STYLES = ("y-m-d", "y/m/d", "y.m.d", "ymd", "d.m.y", "d/m/y", "m/d/y")
_NAME = re.compile(r"[a-z0-9]([a-z0-9._-]*[a-z0-9])?")
MOST_BYTES = 4_000_000


@dataclass(frozen=True)
class Declared:
    """What a mapping file says.

    Attributes
    ----------
    file : str                       its name
    name, title : str                of the library that comes of it
    about : tuple of (key, value)    licence, version, …
    sources, labels : rows           of these tables of the package
    columns : dict                   field to heading
    constants : dict                 field to what stands in every row
    templates : dict                 field to a text with {fields} and {headings}; {year+1} counts
    values : dict                    field to (their word to our identifier); others are refused
    units : dict                     their spelling of a unit to ours
    """

    file: str
    name: str
    title: str
    about: About
    sources: Rows
    labels: Rows
    columns: Mapping[str, str]
    constants: Mapping[str, str]
    templates: Mapping[str, str]
    values: Mapping[str, Mapping[str, str]]
    units: Mapping[str, str]
    sheet: str | None = None
    encoding: str | None = None
    delimiter: str = ","
    heading_row: int | None = None
    decimal: str = "."
    thousands: str = ""
    blank: frozenset[str] = field(default_factory=frozenset)
    dates: str = "y-m-d"


def read_mapping(path: Path) -> Declared:
    """The mapping in a TOML file.

    Raises
    ------
    ExchangeError                    every key that is unknown, missing or of the wrong kind
    """
    try:
        data = path.read_bytes()
        said = tomllib.loads(data[:MOST_BYTES].decode("utf-8-sig"))
    except OSError as wrong:
        raise _broken(path, f"cannot be opened: {wrong.strerror}", "check the path") from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as wrong:
        raise _broken(path, f"not TOML ({wrong})", "repair the file; save it as UTF-8") from None
    problems = [*_unknown(said), *_kinds(said)]
    if not problems:
        problems = [*_wrong(said), *_doubled(said)]
    if problems:
        raise refusal(
            path.name, [Problem(path.name, None, *problem) for problem in problems]
        ) from None
    return _declared(path.name, said)


# Of one problem: key, value, rule, cure.
Fault = tuple[str, str, str, str]


def _broken(path: Path, rule: str, cure: str) -> ExchangeError:
    return refusal(path.name, [Problem(path.name, None, "", "", rule, cure)])


def _unknown(said: Mapping[str, Any]) -> Iterator[Fault]:
    for section, content in said.items():
        if section not in SECTIONS:
            yield (section, "", "an unknown section", _known(section, tuple(SECTIONS)))
            continue
        entries = content if isinstance(content, list) else [content]
        for entry in entries:
            keys = entry if isinstance(entry, dict) and SECTIONS[section] else {}
            for key in keys:
                if key not in SECTIONS[section]:
                    cure = _known(key, SECTIONS[section])
                    yield (f"{section}.{key}", "", "an unknown key", cure)


def _known(word: str, known: Sequence[str]) -> str:
    hint = near(word, known)
    return f"did you mean {hint}?" if hint else f"known: {', '.join(known)}"


def _kinds(said: Mapping[str, Any]) -> Iterator[Fault]:
    """Sections and values that are not of the kind they should be."""
    for section in SECTIONS:
        content = said.get(section)
        if content is None:
            continue
        if section in ("sources", "labels"):
            if not isinstance(content, list) or not all(isinstance(x, dict) for x in content):
                yield (section, "", "not a list of tables", f"write [[{section}]]")
                continue
        elif not isinstance(content, dict):
            yield (section, "", "not a table", f"write [{section}]")
            continue
        for entry in content if isinstance(content, list) else [content]:
            for key, value in entry.items():
                if not _fits(section, key, value):
                    cure = 'write a text, such as key = "text"'
                    yield (f"{section}.{key}", str(value), "not of the kind it should be", cure)


def _fits(section: str, key: str, value: Any) -> bool:
    if section == "values":
        return isinstance(value, dict) and all(isinstance(v, str) for v in value.values())
    if key == "blank" and section == "table":
        return isinstance(value, list) and all(isinstance(v, str) for v in value)
    if key == "heading_row" and section == "table":
        return isinstance(value, int) and not isinstance(value, bool) and value >= 1
    if section == "constants":
        return isinstance(value, str | int | float) and not isinstance(value, bool)
    return isinstance(value, str)


def _wrong(said: Mapping[str, Any]) -> Iterator[Fault]:
    library, table = said.get("library", {}), said.get("table", {})
    for key, cure in (
        ("name", "write lower-case letters, digits and hyphens, such as acme-2024"),
        ("title", "say what the library is"),
        ("licence", "write the licence that the owner states; 'facts' for cited numbers alone"),
    ):
        if not str(library.get(key, "")).strip():
            yield (f"library.{key}", "", "missing", cure)
    name = str(library.get("name", ""))
    if name and not _NAME.fullmatch(name):
        cure = "write lower-case letters, digits and hyphens"
        yield ("library.name", name, "not a name", cure)
    if not said.get("sources"):
        cure = "write [[sources]] with source and title"
        yield ("sources", "", "no source is declared", cure)
    for at, row in enumerate(said.get("sources", ()), 1):
        for key in ("source", "title"):
            if not str(row.get(key, "")).strip():
                yield (f"sources {at}.{key}", "", "missing", "fill it in")
    for key, allowed in (
        ("encoding", tuple(ENCODINGS)),
        ("decimal", (".", ",", "·", "٫")),
        ("thousands", ("", ",", ".", " ", "'", "’", "\u00a0", "\u202f")),
        ("dates", STYLES),
    ):
        value = table.get(key)
        if value is not None and value.lower() not in allowed:
            cure = f"write one of {', '.join(map(repr, allowed))}"
            yield (f"table.{key}", value, "unknown", cure)
    if table.get("decimal", ".") == table.get("thousands"):
        cure = "tell decimals from thousands"
        yield ("table.thousands", table["thousands"], "the same as decimal", cure)
    if len(table.get("delimiter", ",")) != 1:
        yield ("table.delimiter", table["delimiter"], "not one character", 'write ";"')


def _doubled(said: Mapping[str, Any]) -> Iterator[Fault]:
    ways = ("columns", "constants", "templates")
    for name in NAMES:
        given = [way for way in ways if name in said.get(way, {})]
        if len(given) > 1:
            yield (name, "", f"given twice: in {' and '.join(given)}", "keep one of them")
    single = len(said.get("sources", ())) == 1
    for name in NEEDED:
        if not any(name in said.get(way, {}) for way in ways) and not (name == "source" and single):
            cure = "name its column, or give a constant or a template"
            yield (name, "", "nothing says what it is", cure)
    for name in said.get("values", {}):
        if name not in said.get("columns", {}):
            cure = "name its column under [columns]"
            yield (f"values.{name}", "", "words for a field without a column", cure)


def _declared(file: str, said: Mapping[str, Any]) -> Declared:
    library, table = dict(said["library"]), dict(said.get("table", {}))
    licence = library["licence"]
    title = library.get("licence_title", "")
    about = [(key, library[key]) for key in COPIED if key in library]
    about.append(("licence", f"{licence}: {title}" if title else licence))
    constants = {k: str(v) for k, v in said.get("constants", {}).items()}
    given = {*said.get("columns", {}), *constants, *said.get("templates", {})}
    if "site" not in given:
        constants["site"] = ANY
    if "source" not in given:
        constants["source"] = said["sources"][0]["source"]
    return Declared(
        file=file,
        name=library["name"],
        title=library["title"],
        about=tuple(about),
        sources=_filled(said["sources"], SOURCES),
        labels=_filled(said.get("labels", ()), LABELS),
        columns=said.get("columns", {}),
        constants=constants,
        templates=said.get("templates", {}),
        values=said.get("values", {}),
        units=said.get("units", {}),
        sheet=table.get("sheet"),
        encoding=ENCODINGS[table["encoding"].lower()] if "encoding" in table else None,
        delimiter=table.get("delimiter", ","),
        heading_row=table.get("heading_row"),
        decimal=table.get("decimal", "."),
        thousands=table.get("thousands", ""),
        blank=frozenset(table.get("blank", ())),
        dates=table.get("dates", "y-m-d"),
    )


def _filled(rows: Sequence[Mapping[str, str]], schema: Table) -> Rows:
    return tuple({f.name: row.get(f.name, "") for f in schema.fields} for row in rows)
