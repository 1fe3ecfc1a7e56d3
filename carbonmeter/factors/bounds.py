"""Lending the relative range of one library's defaults to another's that print none."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from carbonmeter.factors.layer import LENT, Layer
from carbonmeter.units import problem_of

# The range of a default says how much sites differ; it says nothing about a value measured at one.
BORROWERS = ("default", "punitive")

Lender = tuple[Layer, int]


def lenders(layers: Sequence[Layer]) -> dict[tuple[str, str], Lender]:
    """The record with bounds for each parameter and subject: the only one, or the latest one.

    Two equally late records of one parameter and subject (for two regions, say) lend nothing.
    """
    found: dict[tuple[str, str], list[Lender]] = {}
    for layer in layers:
        c = layer.columns
        replaced = set(c["supersedes"].tolist())
        bounded = ~np.isnan(c["low"]) & ~np.isnan(c["high"]) & (c["value"] != 0.0)
        for at in np.flatnonzero(bounded).tolist():
            if c["id"][at] not in replaced:
                key = (c["parameter"][at], c["subject"][at])
                found.setdefault(key, []).append((layer, at))
    chosen: dict[tuple[str, str], Lender] = {}
    for key, candidates in found.items():
        starts = [_start(candidate) for candidate in candidates]
        latest = max(starts)
        if starts.count(latest) == 1:
            chosen[key] = candidates[starts.index(latest)]
    return chosen


def with_lent_bounds(layer: Layer, by_key: dict[tuple[str, str], Lender]) -> Layer:
    """The layer with bounds lent to its defaults that have none and are not zero."""
    c = layer.columns
    low, high, coverage = c["low"].copy(), c["high"].copy(), c["coverage"].copy()
    distribution, lent = c["distribution"].copy(), c[LENT].copy()
    wanting = np.isnan(low) & np.isnan(high) & (c["value"] != 0.0) & np.isin(c["tier"], BORROWERS)
    for at in np.flatnonzero(wanting).tolist():
        lender = by_key.get((c["parameter"][at], c["subject"][at]))
        if lender is None:
            continue
        other, i = lender
        of = other.columns
        if problem_of(of["unit"][i], c["unit"][at]) is not None:
            continue
        scaled = c["value"][at] / of["value"][i]
        low[at], high[at] = sorted((of["low"][i] * scaled, of["high"][i] * scaled))
        coverage[at], distribution[at] = of["coverage"][i], of["distribution"][i]
        lent[at] = of["id"][i]
    if not (lent != c[LENT]).any():
        return layer
    for column in (low, high, coverage, distribution, lent):
        column.flags.writeable = False
    return layer.with_columns(
        low=low, high=high, coverage=coverage, distribution=distribution, bounds_from=lent
    )


def _start(lender: Lender) -> str:
    layer, at = lender
    day = layer.columns["valid_from"][at]
    return "" if np.isnat(day) else str(day)
