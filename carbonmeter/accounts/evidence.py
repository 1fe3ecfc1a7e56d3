"""The evidence behind totals: the library, what its records state, and what a result must name."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from carbonmeter.factors import FactorLibrary
from carbonmeter.uncertainty import standard_uncertainties


@dataclass(frozen=True, eq=False)
class Evidence:
    """A library of records, and the texts that let a result be found again."""

    library: FactorLibrary
    attributes: dict[str, str]

    @cached_property
    def record_u(self) -> NDArray[np.float64]:
        """float64[record], standard uncertainty in the record's own unit; NaN if not stated."""
        of = self.library.column
        return standard_uncertainties(
            of("value"), of("low"), of("high"), of("coverage"), of("distribution").tolist()
        )

    def derived_from(self, record: int) -> str:
        """The formula of a record over the ids of its parents; empty without."""
        return self._cell(record, "derived_from")

    def common(self, record: int) -> str:
        """The causes that a record shares with others; empty without."""
        return self._cell(record, "common")

    def _cell(self, record: int, column: str) -> str:
        layer, at = self.library.place(record)
        coded = layer.coded(column)
        return str(coded.labels[coded.codes[at]])

    @cached_property
    def places(self) -> dict[str, int]:
        """The place of each identifier."""
        return {id_: at for at, id_ in enumerate(self.ids)}

    @cached_property
    def ids(self) -> list[str]:
        """The identifier of each record."""
        return [str(text) for text in self.library.column("id")]

    @cached_property
    def names(self) -> list[str]:
        """Parameter and subject of each record, as people call it."""
        parameter, subject = self.library.column("parameter"), self.library.column("subject")
        return [f"{p} {s}" for p, s in zip(parameter, subject, strict=True)]


def released(library: FactorLibrary) -> dict[str, str]:
    """The releases that a library was opened from, as one attribute; none if from no release."""
    return {"release": ", ".join(library.releases)} if library.releases else {}
