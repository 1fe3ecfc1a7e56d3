"""What must hold of factor tables beyond each cell: what is refused, and what is worth a look."""

from __future__ import annotations

from carbonmeter.errors import Problem
from carbonmeter.factors.checks.balance import balance_findings, balance_problems
from carbonmeter.factors.checks.bounds import bound_problems
from carbonmeter.factors.checks.derived import derivation_across, derivation_problems
from carbonmeter.factors.checks.dimensions import dimension_problems, stack_problems
from carbonmeter.factors.checks.kinds import kind_problems
from carbonmeter.factors.checks.outliers import outlier_findings
from carbonmeter.factors.checks.overlaps import conflicts, overlap_problems
from carbonmeter.factors.checks.repeats import repeated_ids, repeated_numbers, reused_ids
from carbonmeter.factors.checks.said import Said
from carbonmeter.factors.checks.successions import succession_problems, validity_problems
from carbonmeter.factors.layer import Layer

__all__ = [
    "Said",
    "conflicts",
    "derivation_across",
    "layer_findings",
    "layer_problems",
    "outlier_findings",
    "reused_ids",
    "stack_problems",
]


def layer_problems(layer: Layer) -> list[Problem]:
    """Everything for which the records of one layer are refused."""
    return [
        *repeated_ids(layer),
        *dimension_problems(layer),
        *kind_problems(layer),
        *bound_problems(layer),
        *validity_problems(layer),
        *succession_problems(layer),
        *overlap_problems(layer),
        *derivation_problems(layer),
        *balance_problems(layer),
    ]


def layer_findings(layer: Layer) -> list[Said]:
    """What is worth a look in one layer by itself: it may be right, and seldom is."""
    return [*balance_findings(layer), *repeated_numbers(layer)]
