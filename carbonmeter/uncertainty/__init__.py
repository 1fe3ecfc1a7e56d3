"""Uncertainty on plain numbers and arrays: intervals to u, first order, budgets, Monte Carlo."""

from __future__ import annotations

from carbonmeter.uncertainty.combine import (
    NOTHING,
    OWN,
    Combined,
    combine,
    combine_lines,
    unquantified_share,
)
from carbonmeter.uncertainty.display import half_up, last_place, with_uncertainty
from carbonmeter.uncertainty.joint import (
    correlated,
    covariance,
    mean_and_deviation,
    of_readings,
)
from carbonmeter.uncertainty.sample import Summary, propagate
from carbonmeter.uncertainty.shapes import (
    Arcsine,
    Beta,
    Empirical,
    Lognormal,
    Normal,
    Shape,
    StudentT,
    Triangular,
    TruncatedNormal,
    Uniform,
    pert,
    shape_of,
)
from carbonmeter.uncertainty.spread import (
    coverage_factor,
    standard_uncertainties,
    standard_uncertainty,
)
from carbonmeter.uncertainty.value import Source, Uncertain

__all__ = [
    "NOTHING",
    "OWN",
    "Arcsine",
    "Beta",
    "Combined",
    "Empirical",
    "Lognormal",
    "Normal",
    "Shape",
    "Source",
    "StudentT",
    "Summary",
    "Triangular",
    "TruncatedNormal",
    "Uncertain",
    "Uniform",
    "combine",
    "combine_lines",
    "correlated",
    "covariance",
    "coverage_factor",
    "half_up",
    "last_place",
    "mean_and_deviation",
    "of_readings",
    "pert",
    "propagate",
    "shape_of",
    "standard_uncertainties",
    "standard_uncertainty",
    "unquantified_share",
    "with_uncertainty",
]
