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

    @cached_property
    def derived_from(self) -> NDArray[np.object_]:
        """object[record], the formula of each record over the ids of its parents; '' without."""
        return self.library.column("derived_from")

    @cached_property
    def common(self) -> NDArray[np.object_]:
        """object[record], the causes that each record shares with others; '' without."""
        return self.library.column("common")

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
