"""Anybody's table as a library, by a declared mapping: each row taken, or refused with why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from carbonmeter.errors import ExchangeError, Problem, ProblemsError, near
from carbonmeter.factors.checks import layer_problems
from carbonmeter.factors.exchange.cells import (
    PLACE,
    Column,
    column_of,
    constant,
    labels_of,
    templated,
)
from carbonmeter.factors.exchange.content import Content, refusal
from carbonmeter.factors.exchange.foreign import opened
from carbonmeter.factors.exchange.mapping import Declared, read_mapping
from carbonmeter.factors.layer import Layer, layer_of
from carbonmeter.factors.record import FIELDS, RECORDS
from carbonmeter.tables.checked import Checked
from carbonmeter.tables.columns import Coded
from carbonmeter.tables.rows import blank_rows, kept
from carbonmeter.tables.source import Limits, Raw

if TYPE_CHECKING:
    import pyarrow as pa

MOST_PROBLEMS = 100_000
MOST_ROUNDS = 12


@dataclass(frozen=True)
class Taken:
    """What came of a table.

    Attributes
    ----------
    content : Content                the library, not yet written anywhere
    rejects : tuple of Problem       rows that were not taken: file, row, column, value, why, cure
    unused : tuple of str            headings that the mapping does not name
    """

    content: Content
    rejects: tuple[Problem, ...]
    unused: tuple[str, ...]


def import_table(
    path: Path, mapping: Path, *, keep_going: bool = False, limits: Limits | None = None
) -> Taken:
    """The library that a table becomes by a mapping; nothing is written.

    Parameters
    ----------
    path : Path                      .csv, .xlsx or .parquet, of anybody's
    mapping : Path                   a TOML file: see `Declared`
    keep_going : bool                take the rows that can be used and list the others; by default
                                     one row that cannot be used refuses the whole
    limits : Limits, optional        how large the table may be

    Raises
    ------
    ExchangeError                    every problem of the mapping, or of the table: each row that
                                     cannot be used, with the column, the value, why, and the cure
    """
    path = Path(path)
    declared = read_mapping(Path(mapping))
    try:
        raw = opened(path, declared, limits or Limits())
    except ProblemsError as wrong:
        raise ExchangeError(wrong.summary, wrong.problems) from None
    return _Import(path.name, declared, raw).taken(keep_going)


class _Import:
    """A table on its way into a library: which rows are still in, and why the others are not."""

    def __init__(self, file: str, declared: Declared, raw: Raw) -> None:
        self.file, self.declared = file, declared
        blank = blank_rows({str(at): column for at, column in enumerate(raw.cells)})
        if blank.size:
            cells = tuple(kept(column, blank) for column in raw.cells)
            raw = replace(raw, cells=cells, row=np.delete(raw.row, blank))
        self.raw = raw
        self.rejects: list[Problem] = list(raw.problems)
        self.position = {row: at for at, row in enumerate(raw.row.tolist())}
        self.inside = np.ones(len(raw.row), dtype=bool)
        self.out([p.row for p in raw.problems])

    def taken(self, keep_going: bool) -> Taken:
        self._refuse_headings()
        columns = self._columns()
        for name, column in columns.items():
            self._set_aside(name, column)
        table = _arrow(columns)
        layer: Layer | None = None
        for _ in range(MOST_ROUNDS):
            checked = self._read(table)
            if checked is None:
                continue
            layer = self._layer(checked)
            found = _doubled(layer) or layer_problems(layer)
            if not found:
                break
            self._note(found)
            layer = None
        if self.rejects and (not keep_going or layer is None):
            raise self._refused()
        if layer is None or not len(layer):
            cure = "check the mapping and the table"
            problem = Problem(self.file, None, "", "", "no row of it can be used", cure)
            raise refusal(self.file, [problem])
        content = Content(layer, self.declared.about)
        return Taken(content, tuple(self._sorted()), self._unused())

    def _refuse_headings(self) -> None:
        """Refuse a table that lacks a column which the mapping names, or has one twice."""
        raw, declared = self.raw, self.declared
        problems = [p for p in self.rejects if p.row is None]
        for name, heading in self._asked().items():
            count = raw.headings.count(heading)
            if count == 1:
                continue
            rule = "no such column" if not count else f"{count} columns have this heading"
            hint = near(heading, raw.headings)
            cure = f"did you mean {hint}?" if hint else f"its columns are {', '.join(raw.headings)}"
            cure = cure if not count else "keep one of them"
            problems.append(
                Problem(declared.file, None, name, heading, f"{rule} in {self.file}", cure)
            )
        if problems:
            raise refusal(self.file, problems)

    def _asked(self) -> dict[str, str]:
        """The headings that the mapping names, by what names them."""
        declared = self.declared
        asked = {f"columns.{name}": heading for name, heading in declared.columns.items()}
        for name, template in declared.templates.items():
            for found in PLACE.finditer(template):
                word = found[1]
                if word not in declared.columns and word not in declared.constants:
                    asked[f"templates.{name}"] = word
        return asked

    def _unused(self) -> tuple[str, ...]:
        used = set(self._asked().values())
        return tuple(heading for heading in self.raw.headings if heading and heading not in used)

    def _columns(self) -> dict[str, Column]:
        declared, raw, n = self.declared, self.raw, len(self.raw.row)
        found = {
            name: column_of(raw.cells[raw.headings.index(heading)], name, declared)
            for name, heading in declared.columns.items()
        }
        found |= {name: constant(text, n) for name, text in declared.constants.items()}
        parts = {name: column.coded for name, column in found.items()}
        words = {w[1] for t in declared.templates.values() for w in PLACE.finditer(t)}
        for word in words - set(parts):
            cells = raw.cells[raw.headings.index(word)]
            parts[word] = column_of(cells, "note", declared).coded
        for name, template in declared.templates.items():
            found[name] = templated(template, parts, n)
        return found

    def _set_aside(self, name: str, column: Column) -> None:
        """Note the rows of a column that cannot be used."""
        if not column.wrong:
            return
        bad = np.flatnonzero(column.bad & self.inside)
        codes = column.coded.codes[bad].tolist()
        heading = self.declared.columns.get(name, name)
        for at, code in zip(bad[:MOST_PROBLEMS].tolist(), codes, strict=False):
            value, verdict = column.wrong[code]
            row = int(self.raw.row[at])
            self.rejects.append(Problem(self.file, row, heading, value, *verdict))
        self.inside[bad] = False

    def _read(self, table: pa.Table) -> Checked | None:
        """The rows that are still in, checked; None if some were set aside."""
        rows = np.flatnonzero(self.inside)
        if not rows.size:
            raise self._refused()
        part = table if rows.size == len(self.inside) else table.take(rows)
        try:
            checked = RECORDS.read(part, labels=labels_of(self.declared))
        except ProblemsError as wrong:
            general = [p for p in wrong.problems if p.row is None]
            if len(general) == len(wrong.problems):
                raise refusal(self.file, general) from None
            self._note(
                [
                    replace(p, file=self.file, row=int(self.raw.row[rows[p.row - 1]]))
                    for p in wrong.problems
                    if p.row is not None
                ]
            )
            return None
        row = self.raw.row[rows[checked.row - 1]]
        return replace(checked, row=row, source=replace(checked.source, name=self.raw.source.name))

    def _layer(self, checked: Checked) -> Layer:
        declared, about = self.declared, dict(self.declared.about)
        return layer_of(
            [checked],
            name=declared.name,
            title=declared.title,
            title_zh=about.get("title_zh", ""),
            family=about.get("family", declared.name),
            edition=about.get("edition", ""),
            licences=(about["licence"].partition(": ")[0],),
            sources=declared.sources,
            labels=declared.labels,
        )

    def _note(self, problems: Sequence[Problem]) -> None:
        """Note why rows are out; columns by the headings of the table."""
        headed = self.declared.columns
        self.rejects += [
            replace(p, file=self.file, column=headed.get(p.column, p.column)) for p in problems
        ]
        self.out([p.row for p in problems])

    def out(self, rows: Sequence[int | None]) -> None:
        """Leave out the rows of these numbers."""
        at = [self.position[row] for row in rows if row in self.position]
        self.inside[at] = False

    def _sorted(self) -> list[Problem]:
        return sorted(self.rejects, key=lambda each: each.row or 0)

    def _refused(self) -> ExchangeError:
        rows = {p.row for p in self.rejects if p.row is not None}
        summary = f"{self.raw.source}: {len(rows)} of {len(self.raw.row)} rows cannot be taken"
        return ExchangeError(summary, self._sorted())


def _doubled(layer: Layer) -> list[Problem]:
    """Every record whose id another one has too: nobody here can tell which is meant."""
    ids = layer.coded("id")
    counts = np.bincount(ids.codes, minlength=len(ids.labels))
    problems = []
    rows: dict[int, list[int]] = {}
    for at in np.flatnonzero(counts[ids.codes] > 1).tolist():
        rows.setdefault(int(ids.codes[at]), []).append(at)
    for members in rows.values():
        for at in members:
            others = [int(layer.row[other]) for other in members if other != at]
            rule = f"the same id as row {', '.join(map(str, others[:5]))}"
            problems.append(layer.problem(at, "id", rule, "give each record an id of its own"))
    return problems


def _arrow(columns: Mapping[str, Column]) -> pa.Table:
    import pyarrow as pa

    arrays = {}
    for field in FIELDS:
        if field.name in columns:
            arrays[field.name] = _dictionary(columns[field.name].coded)
    return pa.table(arrays)


def _dictionary(column: Coded) -> pa.Array[Any]:
    import pyarrow as pa

    codes: Any = pa.array(np.ascontiguousarray(column.codes, dtype=np.int32))
    return pa.DictionaryArray.from_arrays(codes, pa.array(column.labels, type=pa.string()))
