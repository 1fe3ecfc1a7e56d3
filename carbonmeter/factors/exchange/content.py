"""What passes between a library and any format: its layer, and what its package says of itself."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from carbonmeter.errors import ExchangeError, FactorTableError, Problem, ProblemsError
from carbonmeter.factors.checks import layer_problems
from carbonmeter.factors.layer import DATES, NUMBERS, Layer, Rows, layer_of
from carbonmeter.factors.package import DESCRIPTOR, read_package
from carbonmeter.factors.record import CODES, FIELDS, LABELS, RECORDS, SOURCES, STATEMENTS
from carbonmeter.tables.cells import PROTECTED, unprotected
from carbonmeter.tables.checked import Checked
from carbonmeter.tables.field import Field, Kind
from carbonmeter.tables.reading import Readable
from carbonmeter.tables.schema import Table

About = tuple[tuple[str, str], ...]

# The tables of a package beside its records, by the name that files and sheets have.
BESIDE = {"sources": SOURCES, "labels": LABELS, "codes": CODES, "statements": STATEMENTS}
ABOUT = Table(
    "library",
    "因子库",
    (Field("key", Kind.TEXT, "项目"), Field("value", Kind.TEXT, "内容", required=False)),
    error=FactorTableError,
)
LIBRARY = Field("library", Kind.IDENTIFIER, "因子库", meaning="name of the library")
# One table of records that names its library in each row.
TIDY = replace(RECORDS, fields=(LIBRARY, *FIELDS))
COPIED = ("title_zh", "version", "description", "family", "edition", "facts_only")
LICENCE = "licence"
_BLANK = " \u3000'\"\ufeff"


@dataclass(frozen=True, eq=False)
class Content:
    """A library on its way: what every format must carry and give back.

    Attributes
    ----------
    layer : Layer                    records, sources, labels, codes, statements
    about : tuple of (key, value)    the rest of the descriptor: licences ("name: title"), version,
                                     description, family, edition
    """

    layer: Layer
    about: About = ()

    @property
    def licences(self) -> tuple[str, ...]:
        """What the package says of its licence, one text each: the name before the colon."""
        return tuple(value for key, value in self.about if key == LICENCE)

    def rows(self, table: str) -> Rows:
        """The rows of one of the tables beside the records."""
        found: Rows = getattr(self.layer, table)
        return found

    def said(self) -> About:
        """Name, title and the rest, as the table `library` of a format holds it."""
        return (("name", self.layer.name), ("title", self.layer.title), *self.about)


def content_of(folder: Path, *, shipped: bool = False) -> Content:
    """The content of a package folder.

    Raises
    ------
    FactorTableError                 whatever is wrong with the package
    """
    layer = read_package(folder, shipped=shipped)
    return Content(layer, about_of(json.loads((folder / DESCRIPTOR).read_text("utf-8-sig"))))


def about_of(descriptor: Mapping[str, Any]) -> About:
    """What a descriptor says beyond name, title and its list of tables."""
    licences = [each for each in descriptor.get("licenses", ()) if isinstance(each, dict)]
    said = [(key, str(descriptor[key])) for key in COPIED if descriptor.get(key)]
    names = [(str(x.get("name", "")), str(x.get("title", ""))) for x in licences]
    return (*said, *((LICENCE, f"{name}: {title}" if title else name) for name, title in names))


def texts(layer: Layer, field: Field) -> list[str]:
    """One column of the records as texts: numbers with all their digits, days as ISO 8601."""
    column = layer.columns[field.name]
    if field.name in NUMBERS:
        return [number_text(value) for value in column.tolist()]
    if field.name in DATES:
        days = column.astype(str).astype(object)
        days[np.isnat(column)] = ""
        return list(days.tolist())
    return list(column.tolist())


def cells(layer: Layer, field: Field) -> list[str]:
    """One column of the records as cells of a table that spreadsheets may open: see `guarded`."""
    if field.name in NUMBERS or field.name in DATES:
        return texts(layer, field)
    coded = layer.coded(field.name)
    safe = np.array([*map(guarded, coded.labels), ""], dtype=object)[:-1]
    return list(safe[coded.codes].tolist())


def number_text(value: float) -> str:
    """A number with all its digits, a whole one without a point; '' if there is none.

    Examples
    --------
    >>> number_text(0.1), number_text(26.0), number_text(1e22), number_text(float("nan"))
    ('0.1', '26', '1e+22', '')
    """
    return "" if math.isnan(value) else repr(float(value)).removesuffix(".0")


def used(layer: Layer) -> tuple[Field, ...]:
    """The fields of a record that some record fills."""
    return tuple(field for field in FIELDS if field.required or _is_used(layer, field.name))


def _is_used(layer: Layer, name: str) -> bool:
    if name in NUMBERS:
        return not bool(np.isnan(layer.columns[name]).all())
    if name in DATES:
        return not bool(np.isnat(layer.columns[name]).all())
    coded = layer.coded(name)
    return any(coded.labels[code] for code in np.unique(coded.codes).tolist())


def guarded(text: str) -> str:
    """The text with an apostrophe if a spreadsheet could run it; reading takes it off again."""
    start = text.lstrip(_BLANK)[:1]
    return f"'{text}" if start and start in PROTECTED else kept(text)


def kept(text: str) -> str:
    """The text as it must stand in a cell for the same text to be read."""
    return text if unprotected(text) == text else f"'{text}"


def whole(
    records: Checked | None,
    said: Iterable[Mapping[str, str]],
    beside: Mapping[str, Rows],
    file: str,
) -> Content:
    """The content made of checked tables.

    Parameters
    ----------
    records : Checked or None        None: a library of statements only
    said : rows                      key and value, as `Content.said` gives them
    beside : mapping                 rows of sources, labels, codes, statements
    file : str                       what messages call the place it was read from

    Raises
    ------
    ExchangeError                    a name that is missing, or records that contradict each other
    """
    pairs = [(row["key"], row["value"]) for row in said]
    first = dict(reversed(pairs))
    name = first.get("name", "")
    problems = []
    if not name:
        cure = "write the row `name` of the table `library`"
        problems.append(Problem(file, None, "name", "", "the library has no name", cure))
    if records is not None and "library" in records.columns:
        problems += _strangers(records, name, file)
    if problems:
        raise refusal(file, problems)
    layer = layer_of(
        [RECORDS.empty() if records is None else records],
        name=name,
        title=first.get("title", ""),
        title_zh=first.get("title_zh", ""),
        family=first.get("family", name),
        edition=first.get("edition", ""),
        licences=tuple(value.partition(": ")[0] for key, value in pairs if key == LICENCE),
        sources=beside["sources"],
        labels=beside["labels"],
        codes=beside["codes"],
        statements=beside["statements"],
    )
    if found := layer_problems(layer):
        raise refusal(file, found)
    return Content(layer, tuple(pair for pair in pairs if pair[0] not in ("name", "title")))


def _strangers(records: Checked, name: str, file: str) -> Iterator[Problem]:
    libraries = records.text("library")
    words = libraries.text()
    for at in np.flatnonzero(~libraries.where((name,))).tolist():
        value, row = str(words[at]), int(records.row[at])
        cure = "read the tables of one library at a time"
        yield Problem(file, row, "library", value, f"not a record of {name}", cure)


def refusal(file: str, problems: Sequence[Problem]) -> ExchangeError:
    """The error that says an exchanged file cannot be used."""
    return ExchangeError(f"{file}: a library that cannot be used", problems)


def read_table(schema: Table, source: Readable, name: str, *, sheet: str | None = None) -> Checked:
    """A checked table; what is wrong with one that is no file is told of the file `name`.

    Raises
    ------
    ExchangeError                    every problem of the table
    """
    try:
        read = schema.read(source, sheet=sheet)
    except ProblemsError as wrong:
        problems = [
            replace(p, file=name if p.file == "Arrow table" else p.file) for p in wrong.problems
        ]
        raise refusal(name, problems) from None
    return replace(read, source=replace(read.source, name=name))
