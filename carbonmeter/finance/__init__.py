"""What a lender answers for: totals of accounts attributed to loans, each loan with its verdict."""

from __future__ import annotations

from carbonmeter.finance.attribution import enterprise_value, equity_plus_debt, share
from carbonmeter.finance.financed import financed
from carbonmeter.finance.measures import WeightedScore, weighted
from carbonmeter.finance.quality import scores_of
from carbonmeter.finance.result import Financed

__all__ = [
    "Financed",
    "WeightedScore",
    "enterprise_value",
    "equity_plus_debt",
    "financed",
    "scores_of",
    "share",
    "weighted",
]
