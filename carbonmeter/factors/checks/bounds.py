"""Bounds of records: both or none, about the value, with a meaning."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from carbonmeter.errors import Problem
from carbonmeter.factors.layer import Layer
from carbonmeter.factors.record import NOT_STATED


def bound_problems(layer: Layer) -> Iterator[Problem]:
    """Bounds that do not hold the value, or do not say what they are."""
    c = layer.columns
    value, low, high, coverage = (c[name] for name in ("value", "low", "high", "coverage"))
    has_low, has_high, has_coverage = ~np.isnan(low), ~np.isnan(high), ~np.isnan(coverage)
    shaped = c["distribution"] != ""
    has_freedom = ~np.isnan(c["degrees_of_freedom"])
    bounded = has_low & has_high
    unlimited = np.isin(c["distribution"], ["normal", "lognormal"])
    cases = (
        (has_low != has_high, "low", "one bound without the other", "give both or neither"),
        (bounded & (low > high), "low", "low is above high", "exchange them"),
        (bounded & (value < low) & (low <= high), "value", "below low", "check the three numbers"),
        (
            bounded & (value > high) & (low <= high),
            "value",
            "above high",
            "check the three numbers",
        ),
        (
            bounded & ~has_coverage & (c["distribution"] != NOT_STATED),
            "coverage",
            "bounds without the percentage they cover",
            "write 95 for a 95 % interval, 100 for limits never passed",
        ),
        (
            bounded & ~shaped,
            "distribution",
            "bounds without a distribution",
            "write normal, uniform, triangular or lognormal, and in the note if it is your choice;"
            " not_stated if nobody knows what they mean",
        ),
        (
            ~has_low & ~has_high & (has_coverage | shaped),
            "low",
            "coverage or distribution without bounds",
            "give low and high, or leave all four empty",
        ),
        (
            ~has_low & ~has_high & has_freedom,
            "degrees_of_freedom",
            "degrees of freedom without bounds",
            "give low and high, or leave it empty",
        ),
        (
            bounded & (coverage <= 1.0),
            "coverage",
            "a percentage, not a part of one",
            "write 95 for a 95 % interval, 100 for limits never passed",
        ),
        (
            bounded & unlimited & (coverage >= 100.0),
            "coverage",
            "a normal or lognormal distribution never lies wholly between two bounds",
            "write 95, or distribution uniform",
        ),
        (
            bounded & (c["distribution"] == "lognormal") & (low <= 0.0),
            "low",
            "a lognormal value is positive",
            "choose another distribution",
        ),
    )
    for wrong, column, rule, cure in cases:
        for at in np.flatnonzero(wrong).tolist():
            yield layer.problem(at, column, rule, cure)
