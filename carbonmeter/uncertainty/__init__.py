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
from carbonmeter.uncertainty.freedom import Freedom, welch_satterthwaite
from carbonmeter.uncertainty.improve import Improvements, improvements
from carbonmeter.uncertainty.joint import (
    correlated,
    covariance,
    mean_and_deviation,
    of_readings,
)
from carbonmeter.uncertainty.linear import Linear
from carbonmeter.uncertainty.reading import Summary
from carbonmeter.uncertainty.sample import propagate
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
from carbonmeter.uncertainty.structure import Common, Structure
from carbonmeter.uncertainty.value import Source, Uncertain

__all__ = [
    "NOTHING",
    "OWN",
    "Arcsine",
    "Beta",
    "Combined",
    "Common",
    "Empirical",
    "Freedom",
    "Improvements",
    "Linear",
    "Lognormal",
    "Normal",
    "Shape",
    "Source",
    "Structure",
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
    "improvements",
    "last_place",
    "mean_and_deviation",
    "of_readings",
    "pert",
    "propagate",
    "shape_of",
    "standard_uncertainties",
    "standard_uncertainty",
    "unquantified_share",
    "welch_satterthwaite",
    "with_uncertainty",
]
