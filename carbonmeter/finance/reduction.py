"""How much of a project's avoided emissions a lender may show beside its loan."""

from __future__ import annotations

import numpy as np

from carbonmeter.finance.book import Book, Mask
from carbonmeter.finance.rules import Rule
from carbonmeter.units import Column


def reduction_share(book: Book, standing: Mask) -> tuple[Column, list[Rule]]:
    """Balance over total investment of each project loan, and what stands against one.

    The denominator is the total investment, not the project's balance sheet: the reduction is
    shared among all who paid for the project. NaN where there is no project, or no honest share.

    Source
    ------
    pbc-2021: project financing, reduction; green-credit-2020: reduction of a loan
    """
    investment = book.of_balance(book.balances.investment, np.nan)
    project = book.is_project & standing
    unknown = project & ~(investment > 0.0)
    above = project & (book.outstanding > investment)
    several = project & book.several
    share = np.full(len(project), np.nan)
    sound = project & ~unknown & ~above & ~several
    share[sound] = book.outstanding[sound] / investment[sound]
    return share, [
        Rule(
            "no_investment", unknown, lambda i: "total investment unknown: no reduction attributed"
        ),
        Rule(
            "investment_exceeded",
            above,
            lambda i: "the loan exceeds the total investment: no reduction attributed",
        ),
        Rule(
            "several_projects",
            several,
            lambda i: (
                "the entity has several projects, the reductions are of the entity: none attributed"
            ),
        ),
    ]
