"""One layer of a library: the records of one package or of one table of the user's."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import PurePath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from carbonmeter.errors import Problem
from carbonmeter.factors.record import DEFAULTS, FIELDS
from carbonmeter.tables.checked import Checked
from carbonmeter.tables.columns import Coded
from carbonmeter.tables.field import Kind

Values = NDArray[Any]
Rows = tuple[Mapping[str, str], ...]

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
    columns : dict                   column of each field of a record, and `bounds_from`
    file : object[n]                 name of the file each record stands in
    row : int32[n]                   and its row there
    sources : tuple of dict          rows of the package's table of sources
    labels, codes, statements : tuple of dict    rows of its other tables, where it has them
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

    def __len__(self) -> int:
        return len(self.row)

    def problem(self, at: int, column: str, rule: str, cure: str) -> Problem:
        """What is wrong with one cell of one record."""
        value = self.columns[column][at] if column in self.columns else ""
        shown = "" if isinstance(value, float) and np.isnan(value) else str(value)
        shown = "" if shown == "NaT" else shown.removesuffix(".0")
        return Problem(str(self.file[at]), int(self.row[at]), column, shown, rule, cure)

    def with_columns(self, **columns: Values) -> Layer:
        """The same records with other columns."""
        return replace(self, columns={**self.columns, **columns})

    @cached_property
    def version(self) -> str:
        """SHA-256 of the records and sources, whatever their order in the files."""
        columns = [
            self.columns[name].tolist() if name in TEXTS or name == LENT else
            [repr(v) for v in self.columns[name].tolist()] if name in NUMBERS else
            self.columns[name].astype(str).tolist()
            for name in (*(f.name for f in FIELDS), LENT)
        ]  # fmt: skip
        digest = hashlib.sha256(f"{self.name}\x1d".encode())
        for line in sorted("\x1f".join(values) for values in zip(*columns, strict=True)):
            digest.update(f"{line}\x1e".encode())
        for rows in (self.sources, self.labels, self.codes, self.statements):
            for row in sorted("\x1f".join(row.values()) for row in rows):
                digest.update(f"{row}\x1e".encode())
        return digest.hexdigest()


def layer_of(
    tables: Sequence[Checked],
    *,
    name: str,
    title: str = "",
    shipped: bool = False,
    sources: Iterable[Mapping[str, str]] = (),
    beside: Mapping[str, Rows] | None = None,
) -> Layer:
    """The layer made of checked tables of records, and of the other tables beside them."""
    columns: dict[str, Values] = {}
    for field in TEXTS:
        columns[field] = np.concatenate([_text(table, field, name) for table in tables])
    for field in NUMBERS:
        columns[field] = np.concatenate([table.number(field) for table in tables])
    for field in DATES:
        columns[field] = np.concatenate([table.dates(field) for table in tables])
    n = sum(len(table) for table in tables)
    columns[LENT] = np.full(n, "", dtype=object)
    file = np.concatenate([np.full(len(t), t.source.name, dtype=object) for t in tables])
    row = np.concatenate([table.row for table in tables])
    for column in (*columns.values(), file, row):
        column.flags.writeable = False
    return Layer(name, title or name, shipped, columns, file, row, tuple(sources), **(beside or {}))


def name_of(table: Checked) -> str:
    """What the layer of a user's table is called: its file, without folder and suffix."""
    if table.source.kind == "frame":
        return "measured"
    return PurePath(table.source.name.split(" [")[0]).stem


def _text(table: Checked, field: str, layer: str) -> Values:
    column = table.columns[field]
    assert isinstance(column, Coded)
    if field in DEFAULTS:
        column = column.recode({"": DEFAULTS[field]})
    text = column.text()
    if field == "id" and "" in column.labels:
        blank = text == ""
        text[blank] = [f"{layer}:{row}" for row in table.row[blank].tolist()]
    return text
