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
        r = self.library.records
        return standard_uncertainties(
            r["value"].to_numpy(np.float64),
            r["low"].to_numpy(np.float64),
            r["high"].to_numpy(np.float64),
            r["coverage"].to_numpy(np.float64),
            r["distribution"].astype(str).tolist(),
        )

    @cached_property
    def ids(self) -> list[str]:
        """The identifier of each record."""
        return [str(text) for text in self.library.records["id"]]

    @cached_property
    def names(self) -> list[str]:
        """Parameter and subject of each record, as people call it."""
        records = self.library.records
        parameter, subject = records["parameter"].astype(str), records["subject"].astype(str)
        return [f"{p} {s}" for p, s in zip(parameter, subject, strict=True)]
