"""One layer of a library: the records of one package or of one table of the user's."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import PurePath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from carbonmeter.errors import Problem
from carbonmeter.factors.columns import Columns, Values, coded, joined
from carbonmeter.factors.record import DEFAULTS, FIELDS
from carbonmeter.factors.rows import Rows as Rows
from carbonmeter.tables.checked import Checked
from carbonmeter.tables.columns import Coded, frozen
from carbonmeter.tables.field import Kind

LENT = "bounds_from"
TEXTS = tuple(f.name for f in FIELDS if f.kind not in (Kind.NUMBER, Kind.DATE))
NUMBERS = tuple(f.name for f in FIELDS if f.kind is Kind.NUMBER)
DATES = tuple(f.name for f in FIELDS if f.kind is Kind.DATE)


@dataclass(frozen=True, eq=False)
class Layer:
    """Records as columns: object arrays of text, float64 numbers, datetime64[D] dates.

    Attributes
    ----------
    name, title : str
    shipped : bool                   whether it is installed with the package
    columns : mapping                column of each field of a record, and `bounds_from`
    file : object[n]                 name of the file each record stands in
    row : int32[n]                   and its row there
    sources : sequence of dict       rows of the package's table of sources
    labels, codes, statements : sequence of dict    rows of its other tables, where it has them
    family, edition : str            of what it is one edition, and which; its name if it is alone
    title_zh : str                   Chinese title, if the package has one
    licences : tuple of str          names of the licences that the package states
    release : str                    name@hash of the release it was opened from; empty if none
    """

    name: str
    title: str
    shipped: bool
    columns: Mapping[str, Values]
    file: Values
    row: NDArray[np.int32]
    sources: Rows = ()
    labels: Rows = ()
    codes: Rows = ()
    statements: Rows = ()
    family: str = ""
    edition: str = ""
    title_zh: str = ""
    licences: tuple[str, ...] = ()
    release: str = ""

    def __len__(self) -> int:
        return len(self.row)

    def problem(self, at: int, column: str, rule: str, cure: str) -> Problem:
        """What is wrong with one cell of one record."""
        value = self.columns[column][at] if column in self.columns else ""
        shown = "" if isinstance(value, float) and np.isnan(value) else str(value)
        shown = "" if shown == "NaT" else shown.removesuffix(".0")
        return Problem(str(self.file[at]), int(self.row[at]), column, shown, rule, cure)

    def coded(self, name: str) -> Coded:
        """A column of text as codes and distinct labels: what holds of a label is found once."""
        held = self.columns
        return held.coded(name) if isinstance(held, Columns) else coded(held[name])

    def with_columns(self, **columns: Values) -> Layer:
        """The same records with other columns."""
        held = self.columns if isinstance(self.columns, Columns) else Columns(self.columns)
        return replace(self, columns=held.changed(columns))

    @cached_property
    def version(self) -> str:
        """SHA-256 of the records and sources, whatever their order in the files."""
        columns = [self._printed(name) for name in (*(f.name for f in FIELDS), LENT)]
        digest = hashlib.sha256(f"{self.name}\x1d".encode())
        for line in sorted(map("\x1f".join, zip(*columns, strict=True))):
            digest.update(f"{line}\x1e".encode())
        for rows in (self.sources, self.labels, self.codes, self.statements):
            for row in sorted("\x1f".join(row.values()) for row in rows):
                digest.update(f"{row}\x1e".encode())
        return digest.hexdigest()

    def _printed(self, name: str) -> list[str]:
        column = self.columns[name]
        if name in TEXTS or name == LENT:
            return list(column.tolist())
        # Most records lack most of the optional numbers and days.
        absent = np.isnan(column) if name in NUMBERS else np.isnat(column)
        texts = np.full(len(self), "nan" if name in NUMBERS else "NaT", dtype=object)
        held = column[~absent]
        texts[~absent] = [repr(v) for v in held.tolist()] if name in NUMBERS else held.astype(str)
        return list(texts.tolist())


def layer_of(
    tables: Sequence[Checked],
    *,
    name: str,
    title: str = "",
    shipped: bool = False,
    **about: Any,
) -> Layer:
    """The layer made of checked tables of records, and of what else is said `about` it."""
    held: dict[str, Coded | Values] = {}
    for field in TEXTS:
        held[field] = joined([_text(table, field, name) for table in tables])
    for field in NUMBERS:
        held[field] = frozen(np.concatenate([table.number(field) for table in tables]))
    for field in DATES:
        held[field] = frozen(np.concatenate([table.dates(field) for table in tables]))
    held[LENT] = Coded.constant("", sum(len(table) for table in tables))
    file = joined([Coded.constant(t.source.name, len(t)) for t in tables])
    row = frozen(np.concatenate([table.row for table in tables]))
    about = {"family": name, **about}
    return Layer(name, title or name, shipped, Columns(held), frozen(file.text()), row, **about)


def name_of(table: Checked) -> str:
    """What the layer of a user's table is called: its file, without folder and suffix."""
    if table.source.kind == "frame":
        return "measured"
    return PurePath(table.source.name.split(" [")[0]).stem


def _text(table: Checked, field: str, layer: str) -> Coded:
    column = table.text(field)
    if field in DEFAULTS:
        column = column.recode({"": DEFAULTS[field]})
    if field == "id" and "" in column.labels:
        text = column.text()
        blank = text == ""
        text[blank] = [f"{layer}:{row}" for row in table.row[blank].tolist()]
        column = coded(text)
    return column
