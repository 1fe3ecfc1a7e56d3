"""Monte Carlo draws for the independent recomputation: each record and each meter errs once.

A record with bounds of its own, or with the relative bounds that the IPCC's default lends it, is
drawn from the shape that the bounds state; a record without bounds is taken as exact. The rows of
one meter share its error.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.regression.independent import FACTORS, Exact, Row, exact

NORMAL_95 = 1.959963984540054  # half-width of 95 % in standard uncertainties
SHRUNK_95 = 1 - 0.05**0.5  # the part of each half of a triangle within its 95 % bounds


def lender(row: Row) -> Row | None:
    """The IPCC default of the same parameter and subject that states a range."""
    if row["tier"] != "default" or row["low"]:
        return None
    same = [
        other
        for other in FACTORS.values()
        if other["id"].startswith("ipcc2006.")
        and (other["parameter"], other["subject"]) == (row["parameter"], row["subject"])
        and other["low"]
    ]
    assert len(same) <= 1
    return same[0] if same else None


class Draws(Exact):
    """The values as they might be: `size` draws of each."""

    co2_per_c = 44 / 12
    feed_water = 0.08374

    def __init__(self, size: int, seed: int) -> None:
        self.size = size
        self.random = np.random.default_rng(seed)
        self.records: dict[int, Any] = {}
        self.meters: dict[str, NDArray[np.float64]] = {}

    def record(self, row: Row) -> Any:
        if id(row) not in self.records:
            self.records[id(row)] = self._drawn(row)
        return self.records[id(row)]

    def _drawn(self, row: Row) -> Any:
        value, range_of = float(exact(row)), lender(row) or row
        if not range_of["low"]:
            return value
        assert range_of["coverage"] == "95"
        ratio = value / float(exact(range_of))
        low, high = (ratio * float(exact(range_of, bound)) for bound in ("low", "high"))
        if range_of["distribution"] == "normal":
            return self.random.normal(value, (high - low) / 2 / NORMAL_95, self.size)
        assert range_of["distribution"] == "triangular"
        left, right = (value - low) / SHRUNK_95, (high - value) / SHRUNK_95
        return self.random.triangular(value - left, value, value + right, self.size)

    def reading(self, row: Row) -> Any:
        meter = row["meter"]
        if meter not in self.meters:
            self.meters[meter] = self.random.standard_normal(self.size)
        return float(exact(row, "quantity")) * (1 + float(row["u_rel"]) * self.meters[meter])
