"""Grouped sums that are exact: the same bits for any row order, block size or thread count."""

from __future__ import annotations

from carbonmeter.kernels.exact import Grid, State, merge
from carbonmeter.kernels.lanes import Lanes, arranged
from carbonmeter.kernels.ordered import Runs, counting_order
from carbonmeter.kernels.reduce import (
    COMPILED_FROM,
    finish,
    grid_of,
    partial,
    segment_sum,
    weighted_grid_of,
    weighted_partial,
    weighted_segment_sum,
)
from carbonmeter.kernels.squares import squared_segment_sum
from carbonmeter.kernels.sums import Sums

__all__ = [
    "COMPILED_FROM",
    "Grid",
    "Lanes",
    "Runs",
    "State",
    "Sums",
    "arranged",
    "counting_order",
    "finish",
    "grid_of",
    "merge",
    "partial",
    "segment_sum",
    "squared_segment_sum",
    "weighted_grid_of",
    "weighted_partial",
    "weighted_segment_sum",
]
