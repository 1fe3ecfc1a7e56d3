"""Read one sheet of an .xlsx workbook into unchecked cells."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from carbonmeter.errors import Problem, near
from carbonmeter.tables.cells import mixed_of
from carbonmeter.tables.source import Cells, Limits, Raw, Source, refused
from carbonmeter.tables.workbook import Workbook, open_workbook

if TYPE_CHECKING:
    from python_calamine import CalamineSheet, CalamineWorkbook

_MERGED = "merged cells; only the first of them holds a value"


def read_excel(
    data: bytes,
    source: Source,
    *,
    sheet: str | None,
    sheet_names: tuple[str, ...],
    limits: Limits,
) -> Raw:
    """The headings and cells of one sheet: values as stored, never a macro or a formula.

    Parameters
    ----------
    data : bytes              of the whole file
    source : Source
    sheet : str, optional     which sheet; if several have data and none is named, the one whose
                              name is in `sheet_names`
    sheet_names : tuple of str
    limits : Limits
    """
    import python_calamine as calamine

    book = open_workbook(data, source.name, limits)
    try:
        workbook = calamine.load_workbook(io.BytesIO(data))
        chosen = _chosen(workbook, source.name, sheet, sheet_names, limits)
        values = chosen.to_python(skip_empty_area=False)
    except (calamine.CalamineError, OSError) as wrong:
        raise refused(
            source.name, f"not a readable workbook ({wrong})", "save it again as .xlsx"
        ) from None
    name = f"{source.name} [{chosen.name}]"
    heading = next((at for at, row in enumerate(values) if any(map(_filled, row))), None)
    if heading is None:
        raise refused(name, "the sheet is empty", "name another sheet, or fill it in")
    headings = tuple(str(cell).strip("\ufeff \u3000\t\r\n") for cell in values[heading])
    if len(headings) > limits.columns:
        raise refused(
            name,
            f"{len(headings)} columns, at most {limits.columns} are read",
            "remove the columns that are not needed, or pass limits=Limits(columns=…)",
            row=heading + 1,
        )
    columns = list(zip(*values[heading + 1 :], strict=True)) or [() for _ in headings]
    problems = tuple(_problems(name, book, chosen, headings, heading))
    row = np.arange(heading + 2, len(values) + 1, dtype=np.int32)
    found = Source(name, source.sha256, "", "excel")
    return Raw(found, headings, tuple(map(_cells, columns)), row, heading + 1, problems)


def sheets_with_rows(path: Path, limits: Limits | None = None) -> tuple[str, ...]:
    """The sheets of a workbook that hold a row below their heading.

    Raises
    ------
    TableError                a file that is no workbook, or one too large to open
    """
    import python_calamine as calamine

    data = path.read_bytes()
    open_workbook(data, path.name, limits or Limits())
    try:
        book = calamine.load_workbook(io.BytesIO(data))
        rows = {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}
    except (calamine.CalamineError, OSError) as wrong:
        raise refused(
            path.name, f"not a readable workbook ({wrong})", "save it again as .xlsx"
        ) from None
    return tuple(n for n, found in rows.items() if sum(any(map(_filled, r)) for r in found) > 1)


def _filled(cell: object) -> bool:
    return not isinstance(cell, str) or bool(cell.strip())


def _cells(column: tuple[Any, ...]) -> Cells:
    kinds = set(map(type, column))
    if kinds == {float} or kinds == {str}:
        import pyarrow as pa

        return pa.chunked_array([pa.array(column)])
    return mixed_of(column)


def _chosen(
    workbook: CalamineWorkbook,
    name: str,
    sheet: str | None,
    sheet_names: tuple[str, ...],
    limits: Limits,
) -> CalamineSheet:
    """The sheet to read: named, or the only one with data, or the one named like the table."""
    names = workbook.sheet_names
    listed = ", ".join(names)
    if len(names) > limits.sheets:
        raise refused(
            name, f"{len(names)} sheets, at most {limits.sheets} are read", "split the workbook"
        )
    if sheet is not None:
        if sheet not in names:
            close = near(sheet, names)
            cure = f"did you mean {close}?" if close else f"its sheets are {listed}"
            raise refused(name, f"there is no sheet {sheet!r}", cure)
        return workbook.get_sheet_by_name(sheet)
    full = [each for each in names if workbook.get_sheet_by_name(each).height]
    like = [each for each in full if each.strip() in sheet_names]
    if len(full) == 1 or len(like) == 1:
        return workbook.get_sheet_by_name((like or full)[0])
    if not full:
        raise refused(name, "no sheet has data", "fill one in")
    raise refused(name, f"{len(full)} sheets have data", f"pass sheet=, one of {', '.join(full)}")


def _problems(
    name: str, book: Workbook, sheet: CalamineSheet, headings: tuple[str, ...], heading: int
) -> list[Problem]:
    problems = []
    for bad in book.bad_cells(sheet.name):
        column = headings[bad.column] if bad.column < len(headings) else ""
        problems.append(Problem(name, bad.row + 1, column, bad.value, bad.rule, bad.cure))
    for (top, left), (bottom, right) in sheet.merged_cell_ranges or []:
        if bottom < heading or (top, left) == (bottom, right):
            continue
        column = headings[left] if left < len(headings) else ""
        place = f"{_letters(left)}{top + 1}:{_letters(right)}{bottom + 1}"
        cure = "unmerge them and fill in each cell"
        problems.append(Problem(name, top + 1, column, place, _MERGED, cure))
    return problems


def _letters(column: int) -> str:
    text = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        text = chr(65 + rest) + text
    return text
