"""The ledger: lines as references to rows and recipes, and what follows from them directly."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from carbonmeter import __version__
from carbonmeter.accounts.evidence import Evidence, released
from carbonmeter.accounts.grouping import Groups, group
from carbonmeter.accounts.recipes import Recipes
from carbonmeter.errors import GuideError, Problem
from carbonmeter.factors import FactorLibrary
from carbonmeter.methods import Edition
from carbonmeter.tables import Checked
from carbonmeter.tables.rows import is_counting


@dataclass(frozen=True)
class Asked:
    """How an account was asked for, and of what, so that it can be asked anew with a change."""

    account: Callable[..., Ledger]
    library: FactorLibrary | None = None
    missing: str = "raise"
    gwp: str | None = None
    series: tuple[tuple[str, str], ...] = ()
    as_of: date | None = None


@dataclass(frozen=True, eq=False)
class Ledger:
    """One line per row of the activity table and method.

    A line is a row and a recipe: 8 bytes of references, beside the 8 bytes of the row's quantity.
    Nothing in it changes after it was made.
    """

    activity: Checked
    library: FactorLibrary
    guide: str
    editions: tuple[Edition, ...]
    recipes: Recipes
    line_row: NDArray[np.int32]
    line_recipe: NDArray[np.int32]
    problems_excluded: tuple[Problem, ...]
    asked: Asked
    _groups: dict[tuple[str, ...], Groups] = field(default_factory=dict, repr=False)

    def __len__(self) -> int:
        return int(self.line_row.size)

    @cached_property
    def _one_line_per_row(self) -> bool:
        return len(self) == len(self.activity) and is_counting(self.line_row)

    @cached_property
    def line_quantity(self) -> NDArray[np.float64]:
        """float64[line], the quantity as given in the file."""
        quantity = self.activity.number("quantity")
        return quantity if self._one_line_per_row else np.asarray(quantity[self.line_row])

    @cached_property
    def evidence(self) -> Evidence:
        """The library with what its records state, for totals."""
        return Evidence(self.library, self.attributes())

    @property
    def record_u(self) -> NDArray[np.float64]:
        """float64[record], standard uncertainty in the record's own unit; NaN if not stated."""
        return self.evidence.record_u

    @cached_property
    def sources(self) -> dict[str, dict[str, str]]:
        """What the library's table of sources says of each source, by its identifier."""
        table = self.library.sources.astype(str).to_dict("records")
        return {row["source"]: {str(k): v for k, v in row.items()} for row in table}

    def lines_of(self, row: int) -> list[int]:
        """The lines that a row of the user's file made.

        Raises
        ------
        GuideError                       a row that made none
        """
        found = np.flatnonzero(self.activity.row[self.line_row] == row)
        if found.size == 0:
            raise GuideError(f"E302: row {row} of {self.activity.source.name} made no line")
        return [int(line) for line in found]

    def grouped(self, *by: str) -> Groups:
        """Group of each line by labels; kept, so a second total costs one pass."""
        if by not in self._groups:
            rows = None if self._one_line_per_row else self.line_row
            self._groups[by] = group(self.activity, self.recipes, rows, self.line_recipe, by)
        return self._groups[by]

    def attributes(self) -> dict[str, str]:
        """What a result must name to be found again."""
        return {
            "guide": ", ".join(dict.fromkeys(c.key.edition.name for c in self.recipes.choices)),
            "gwp_set": ", ".join(
                dict.fromkeys(c.key.edition.gwp_set for c in self.recipes.choices)
            ),
            "library": self.library.version,
            **released(self.library),
            "activity_sha256": self.activity.source.sha256,
            "carbonmeter": __version__,
            "rows_excluded": str(len(self.problems_excluded)),
        }
