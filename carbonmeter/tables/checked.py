"""A table that has passed its checks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

from carbonmeter.errors import Problem
from carbonmeter.tables.columns import Coded, Column, Dates
from carbonmeter.tables.source import Source

if TYPE_CHECKING:
    import pandas as pd


AnyColumn = Coded | Column | Dates


@dataclass(frozen=True, eq=False, repr=False)
class Checked:
    """The columns of a table whose cells have all been checked.

    Every field of the schema has its column, also an optional one that the file lacks: text is
    then '', a number NaN, a date NaT.

    Attributes
    ----------
    name : str                       of the table: activity, loans …
    source : Source                  what it was read from
    row : int32[n]                   number of each row in the user's file; a heading is row 1
    columns : dict                   column of each field
    excluded : tuple of Problem      rows that were left out by missing='exclude'
    """

    name: str
    source: Source
    row: NDArray[np.int32]
    columns: dict[str, AnyColumn]
    excluded: tuple[Problem, ...] = ()

    def __len__(self) -> int:
        return len(self.row)

    def __repr__(self) -> str:
        left_out = f", {len(self.excluded)} cells left out" if self.excluded else ""
        return f"<table {self.name} of {self.source}: {len(self)} rows{left_out}>"

    def text(self, name: str) -> Coded:
        """The column of a text field (identifier, period, unit, choice, flag …)."""
        column = self.columns[name]
        if not isinstance(column, Coded):
            raise TypeError(f"column {name!r} of {self.name} is not text")
        return column

    def number(self, name: str) -> Column:
        """The column of a number field, as written; NaN where an optional cell is blank."""
        return cast(Column, self._array(name, "f", "a number"))

    def dates(self, name: str) -> Dates:
        """The column of a date field, datetime64[D]; NaT where an optional cell is blank."""
        return cast(Dates, self._array(name, "M", "a date"))

    def _array(self, name: str, kind: str, called: str) -> Column | Dates:
        column = self.columns[name]
        if isinstance(column, Coded) or column.dtype.kind != kind:
            raise TypeError(f"column {name!r} of {self.name} is not {called}")
        return column

    def flag(self, name: str) -> NDArray[np.bool_]:
        """Whether each row says yes in a yes-or-no field; a blank cell is not yes."""
        return self.text(name).where(("yes",))

    def take(self, rows: NDArray[Any]) -> Checked:
        """The same table at the given rows (positions or a mask)."""
        columns: dict[str, AnyColumn] = {
            name: column.take(rows) if isinstance(column, Coded) else column[rows]
            for name, column in self.columns.items()
        }
        return replace(self, row=self.row[rows], columns=columns)

    def frame(self) -> pd.DataFrame:
        """The table as a DataFrame: `row`, then the fields; text columns are categories."""
        import pandas as pd

        columns: dict[str, object] = {"row": self.row}
        for name, column in self.columns.items():
            if isinstance(column, Coded):
                columns[name] = pd.Categorical.from_codes(
                    column.codes, pd.Index(column.labels, dtype=str)
                )
            else:
                columns[name] = column.astype("M8[s]") if column.dtype.kind == "M" else column
        return pd.DataFrame(columns)
