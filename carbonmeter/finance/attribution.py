"""How much of a borrower's or a project's emissions a lender answers for."""

from __future__ import annotations

import numpy as np

from carbonmeter.errors import LoanError, Problem
from carbonmeter.units import Column


def share(outstanding: Column, denominator: Column) -> Column:
    """Share of the emissions attributed to each loan: `outstanding / denominator`.

    A share above one means that the two columns describe different dates or entities, so it is
    refused rather than clipped.

    Parameters
    ----------
    outstanding : float64[n], CNY    drawn and not yet repaid; >= 0
    denominator : float64[n], CNY    all the money that finances the borrower or project; > 0

    Returns
    -------
    float64[n], 1

    Raises
    ------
    LoanError                        naming every row: denominator missing or not positive, balance
                                     missing or negative, share above one

    Source
    ------
    pcaf-2022: chapters 5.2 and 5.3; pbc-2021: project financing (with the total investment)

    Examples
    --------
    >>> share(np.array([6e6]), np.array([40e6]))
    array([0.15])
    """
    sound = (denominator > 0.0) & (outstanding >= 0.0) & (outstanding <= denominator)
    wrong = np.flatnonzero(~sound)
    if wrong.size:
        raise LoanError(
            f"{wrong.size} of {outstanding.size} shares cannot be attributed",
            [_problem(int(i), float(outstanding[i]), float(denominator[i])) for i in wrong],
        )
    result: Column = outstanding / denominator
    return result


def equity_plus_debt(equity: Column, debt: Column) -> Column:
    """What finances an unlisted company: equity and debt, negative equity counted as nothing.

    NaN where either is missing: an unknown equity is not an equity of zero.

    Source
    ------
    pcaf-2022: chapter 5.2, business loans to private companies; edge rule for negative equity

    Examples
    --------
    >>> equity_plus_debt(np.array([12e6, -5e6]), np.array([28e6, 28e6]))
    array([40000000., 28000000.])
    """
    result: Column = np.maximum(equity, 0.0) + debt
    return result


def enterprise_value(market_cap: Column, debt: Column, minorities: Column) -> Column:
    """Enterprise value including cash (EVIC) of a listed company; cash is never deducted.

    Blank `minorities` are left out of the sum; whoever calls says so in a finding.

    Parameters
    ----------
    market_cap : float64[n], CNY     ordinary and preferred shares at market price
    debt : float64[n], CNY           total debt as booked
    minorities : float64[n], CNY     minority interests as booked, NaN if unknown

    Source
    ------
    pcaf-2022: chapter 5.1

    Examples
    --------
    >>> enterprise_value(np.array([50.0]), np.array([50.0]), np.array([0.0]))
    array([100.])
    """
    result: Column = market_cap + debt + np.nan_to_num(minorities, nan=0.0)
    return result


def _problem(row: int, outstanding: float, denominator: float) -> Problem:
    if not denominator > 0.0:
        return Problem(
            "",
            row,
            "denominator",
            f"{denominator:.17g}",
            "missing, zero or negative",
            "give the balance sheet",
        )
    if not outstanding >= 0.0:
        return Problem(
            "",
            row,
            "outstanding",
            f"{outstanding:.17g}",
            "missing or negative",
            "a credit balance is not a loan",
        )
    return Problem(
        "",
        row,
        "outstanding",
        f"{outstanding:.17g}",
        f"more than the denominator {denominator:.17g}: the share would exceed one",
        "use figures of one date and one entity",
    )
