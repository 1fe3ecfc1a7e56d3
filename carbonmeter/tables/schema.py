"""A table as a tuple of fields: from this one declaration come reading, checking and messages."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from typing import Literal

import numpy as np

from carbonmeter.errors import Problem, ProblemsError, TableError
from carbonmeter.tables.cells import EMPTY, MISSING, Flaw, Parsed, absent, distinct
from carbonmeter.tables.checked import AnyColumn, Checked
from carbonmeter.tables.field import Field, Kind, heading_index
from carbonmeter.tables.headings import match
from carbonmeter.tables.judges import parse
from carbonmeter.tables.keys import duplicates
from carbonmeter.tables.reading import Readable, read_raw
from carbonmeter.tables.rows import blank_rows, kept
from carbonmeter.tables.source import Cells, Limits, Raw, Source, refused

__all__ = ["Check", "Checked", "Field", "Kind", "Limits", "Source", "Table"]

Check = Callable[[Checked], Iterable[Problem]]
Missing = Literal["raise", "exclude"]

MOST_PROBLEMS = 100_000


@dataclass(frozen=True)
class Table:
    """What a table must look like.

    Attributes
    ----------
    name, zh : str          its English and Chinese name; a sheet so named is found by itself
    fields : tuple of Field
    keys : tuple of str     fields that together occur once
    checks : tuple          functions of the checked table to further problems; if other rows have
                            been refused, a check sees only the rows that passed
    error : class           raised with every problem of a table
    may_be_empty : bool     whether a heading alone is a statement: there are none
    """

    name: str
    zh: str
    fields: tuple[Field, ...]
    keys: tuple[str, ...] = ()
    checks: tuple[Check, ...] = ()
    error: type[ProblemsError] = TableError
    may_be_empty: bool = False

    def empty(self) -> Checked:
        """The table without a row."""
        columns = {
            field.name: _parsed(None, field, {}, Limits(), 0).column for field in self.fields
        }
        source = Source(f"no {self.name}", hashlib.sha256().hexdigest(), "", "frame")
        return Checked(self.name, source, np.empty(0, dtype=np.int32), columns)

    def read(
        self,
        source: Readable,
        *,
        sheet: str | None = None,
        missing: Missing = "raise",
        labels: Mapping[str, str] | None = None,
        delimiter: str = ",",
        limits: Limits | None = None,
    ) -> Checked:
        """The checked table, or one error with every problem.

        Parameters
        ----------
        source : path, DataFrame or pyarrow.Table     a .csv, .xlsx or .parquet file
        sheet : str, optional                         of a workbook
        missing : 'raise' or 'exclude'
            'exclude' leaves out the rows whose required number is missing and lists them; whatever
            else is wrong is always refused
        labels : mapping, optional                    Chinese label to identifier
        delimiter : str                               of a CSV file
        limits : Limits, optional                     how large the input may be

        Raises
        ------
        TableError           (or the class in `error`) with all problems in `.problems`
        """
        table, wrong = self.judge(
            source,
            sheet=sheet,
            missing=missing,
            labels=labels,
            delimiter=delimiter,
            limits=limits,
        )
        if wrong is not None:
            raise wrong
        return table

    def judge(
        self,
        source: Readable,
        *,
        sheet: str | None = None,
        missing: Missing = "raise",
        labels: Mapping[str, str] | None = None,
        delimiter: str = ",",
        limits: Limits | None = None,
    ) -> tuple[Checked, ProblemsError | None]:
        """The rows that are right, and the error that `read` raises for the others.

        For those who have more to say of the right rows before anything is refused. There are none
        where a required column is missing.

        Parameters
        ----------
        as of `read`

        Raises
        ------
        TableError                   (or the class in `error`) a file that cannot be read at all
        """
        if missing not in ("raise", "exclude"):
            raise ValueError(f"missing must be 'raise' or 'exclude', not {missing!r}")
        limits = limits or Limits()
        index = heading_index(self.fields)
        raw = read_raw(
            source,
            sheet=sheet,
            sheet_names=(self.name, self.zh),
            is_number=lambda heading: heading in index and index[heading].kind is Kind.NUMBER,
            delimiter=delimiter,
            limits=limits,
        )
        return self.judged(raw, missing, labels or {}, limits)

    def judged(
        self, raw: Raw, missing: Missing, labels: Mapping[str, str], limits: Limits
    ) -> tuple[Checked, ProblemsError | None]:
        """As `judge`, of cells that were read before."""
        found, headings = match(raw, self.fields)
        problems = [*raw.problems, *headings]
        if len(raw.row) > limits.rows:
            rule = f"{len(raw.row)} rows, at most {limits.rows} are read at once"
            raise refused(raw.source.name, rule, "split it, or pass limits=Limits(rows=…)")
        cells: dict[str, Cells] = {}
        for field in self.fields:
            if field.name in found:
                column = raw.cells[found[field.name]]
                cells[field.name] = column if field.kind is Kind.NUMBER else distinct(column)
        row = raw.row
        blank = blank_rows(cells)
        if blank.size:
            cells = {name: kept(column, blank) for name, column in cells.items()}
            row = np.delete(row, blank)
        if found and not row.size and not self.may_be_empty:
            cure = "fill the table, or check that it is the right sheet or file"
            rule = "no rows below the heading"
            problems.append(Problem(raw.source.name, None, "", "", rule, cure))
        columns: dict[str, AnyColumn] = {}
        flaws: list[tuple[Field, Flaw]] = []
        out: list[tuple[Field, Flaw]] = []
        for field in self.fields:
            parsed = _parsed(cells.get(field.name), field, labels, limits, row.size)
            columns[field.name] = parsed.column
            flaws += [(field, flaw) for flaw in parsed.flaws]
            if field.required:
                gaps = out if missing == "exclude" else flaws
                gaps += [(field, flaw) for flaw in parsed.missing]
        table = Checked(self.name, raw.source, row, columns)
        problems += _problems(table, flaws, MOST_PROBLEMS + 1)
        excluded = tuple(_as_headed(_problems(table, out), raw, found))
        bad = [flaw.at for _, flaw in [*flaws, *out]]
        if bad:
            table = table.take(np.delete(np.arange(row.size), np.concatenate(bad)))
        if any(field.required and field.name not in found for field in self.fields):
            table = table.take(np.empty(0, dtype=np.int64))
        else:
            problems += islice(self._further(table), MOST_PROBLEMS + 1)
        table = replace(table, excluded=excluded)
        return table, self._refusal(raw, problems, found) if problems else None

    def _further(self, table: Checked) -> Iterator[Problem]:
        """What is wrong with rows that are each right: repeated keys, contradictions."""
        if self.keys:
            yield from duplicates(table, self.keys)
        for check in self.checks:
            yield from check(table)

    def _refusal(
        self, raw: Raw, problems: list[Problem], found: Mapping[str, int]
    ) -> ProblemsError:
        shown = sorted(_as_headed(problems, raw, found), key=lambda each: each.row or 0)
        rows = {each.row for each in shown if each.row not in (None, raw.heading_row)}
        if len(found) and not len(raw.row):
            summary = f"{raw.source}: the table {self.name} has no rows"
        elif not rows and any(each.row == raw.heading_row for each in shown):
            summary = f"{raw.source}: the columns are not those of the table {self.name}"
        else:
            summary = f"{raw.source}: {len(rows)} of {len(raw.row)} rows cannot be used"
        hidden = len(shown) - MOST_PROBLEMS
        if hidden > 0:
            rule = f"more than {MOST_PROBLEMS} cells are wrong"
            shown[MOST_PROBLEMS:] = [
                Problem(raw.source.name, None, "", "", rule, "repair these first")
            ]
        return self.error(summary, shown)


def _parsed(
    cells: Cells | None, field: Field, labels: Mapping[str, str], limits: Limits, n: int
) -> Parsed:
    if cells is None:
        kind = {Kind.NUMBER: "number", Kind.DATE: "date"}.get(field.kind, "text")
        return Parsed(absent(kind, n), [])
    return parse(cells, field, labels, limits.cell_characters)


def _as_headed(problems: list[Problem], raw: Raw, found: Mapping[str, int]) -> Iterator[Problem]:
    """The problems with the user's own headings; a blank cell that is explained is not repeated."""
    headed = {name: raw.headings[at] for name, at in found.items()}
    explained = {(each.row, each.column) for each in raw.problems}
    for problem in problems:
        column = headed.get(problem.column, problem.column)
        again = (problem.row, column) in explained and problem.rule in (EMPTY.rule, MISSING.rule)
        if not again:
            yield problem if column == problem.column else replace(problem, column=column)


def _problems(
    table: Checked, flaws: list[tuple[Field, Flaw]], most: int | None = None
) -> list[Problem]:
    """One problem for each row that a flaw touches, in the order of the file."""
    order = {name: at for at, name in enumerate(table.columns)}
    problems: list[Problem] = []
    for field, flaw in flaws:
        room = None if most is None else max(most - len(problems), 0)
        for row in table.row[flaw.at[:room]].tolist():
            problems.append(
                Problem(table.source.name, row, field.name, flaw.value, flaw.rule, flaw.cure)
            )
    problems.sort(key=lambda problem: (problem.row or 0, order[problem.column]))
    return problems
