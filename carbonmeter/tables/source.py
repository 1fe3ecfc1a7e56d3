"""What a table was read from, and how large it may be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from carbonmeter.errors import Problem, TableError
from carbonmeter.tables.columns import Codes

MEGABYTE = 1_000_000


@dataclass(frozen=True)
class Limits:
    """How large an input may be; a file above a limit is refused before it is parsed.

    Attributes
    ----------
    file_bytes : int         size of a CSV or Excel file
    parquet_bytes : int      size of a Parquet file
    rows, columns : int      of a table
    cell_characters : int    length of one cell
    sheets : int             of a workbook
    unpacked_bytes : int     size of a workbook once decompressed
    unpacked_ratio : int     decompressed size over size of the file
    """

    file_bytes: int = 200 * MEGABYTE
    parquet_bytes: int = 2000 * MEGABYTE
    rows: int = 20_000_000
    columns: int = 512
    cell_characters: int = 32_768
    sheets: int = 64
    unpacked_bytes: int = 1000 * MEGABYTE
    unpacked_ratio: int = 200


@dataclass(frozen=True)
class Source:
    """Where a table came from: enough to find the file again and to know that it is the same.

    Attributes
    ----------
    name : str        name of the file, with the sheet for a workbook; 'DataFrame' for a frame
    sha256 : str      of the bytes of the file (of the columns for a frame)
    encoding : str    'UTF-8', 'UTF-8 with BOM' or 'GB18030' for CSV, otherwise ''
    kind : str        'csv', 'excel', 'parquet' or 'frame'
    """

    name: str
    sha256: str
    encoding: str
    kind: str

    def __str__(self) -> str:
        return f"{self.name} ({self.encoding})" if self.encoding else self.name


@dataclass(frozen=True, eq=False)
class Mixed:
    """A column of cells of any kind: one code a row, one value a distinct cell; '' is blank."""

    codes: Codes
    values: tuple[object, ...]


@dataclass(frozen=True, eq=False)
class Doubles:
    """A column of numbers that nobody else holds; not a number where a cell is blank."""

    values: NDArray[np.float64]

    def __len__(self) -> int:
        return self.values.size


# A pyarrow.ChunkedArray; its published types do not know that chunks may be dictionaries.
ArrowColumn: TypeAlias = Any
Cells: TypeAlias = ArrowColumn | Mixed | Doubles


@dataclass(frozen=True, eq=False)
class Raw:
    """A table as it stands in its file: headings, unchecked cells, numbers of its rows."""

    source: Source
    headings: tuple[str, ...]
    cells: tuple[Cells, ...]
    row: NDArray[np.int32]
    heading_row: int | None
    problems: tuple[Problem, ...] = ()


def refused(source: str, rule: str, cure: str, *, row: int | None = None) -> TableError:
    """The error that says a file as a whole cannot be read."""
    problem = Problem(source, row, "", "", rule, cure)
    return TableError(f"{source} cannot be read", [problem])
