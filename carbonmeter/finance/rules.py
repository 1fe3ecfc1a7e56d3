"""What makes a loan's figure refused, or accepted with a finding.

Rules are masks over the whole book; a sentence is written only for the loans they catch.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from carbonmeter.finance.book import BASES, Book, Mask
from carbonmeter.finance.exposure import SCOPES
from carbonmeter.kernels import segment_sum
from carbonmeter.units import Column

QUARTER = np.timedelta64(92, "D")  # the longest quarter; our own proposal, not a clause of PCAF
SLACK = 0.001  # by which shares of one borrower may sum above one (rounding of balances)

REFUSALS = {
    "after_report": "a date lies after the report",
    "old_loan": "the balance of the loan is more than a quarter older than the report",
    "unknown_project": "project finance, but its project is not in the table of projects",
    "no_account": "no account holds the emissions of the borrower",
    "no_balance_sheet": "the borrower is not in the table of borrowers",
    "no_denominator": "equity and debt (or market value) are missing, zero or negative",
    "far_dates": "loan and balance sheet are more than a quarter apart",
    "share_above_one": "the loan exceeds all that finances the borrower",
}


@dataclass(frozen=True, eq=False)
class Rule:
    """One rule: which loans it catches, and the sentence about one of them."""

    reason: str
    caught: Mask
    sentence: Callable[[int], str]
    refuses: bool = False


def refusals(book: Book, covered: Mask, as_of: np.datetime64) -> list[Rule]:
    """Rules that refuse, in the order in which the reason of a loan is named."""
    money, value = book.outstanding, book.of_balance(book.balances.value, np.nan)
    date = book.loans.dates("date")
    balance_date = book.of_balance(book.balances.date, np.datetime64("NaT"))
    known = book.balance >= 0
    caught = {
        "after_report": (date > as_of) | (balance_date > as_of),
        "old_loan": (as_of - date) > QUARTER,
        "unknown_project": book.is_project & ~known,
        "no_account": ~covered,
        "no_balance_sheet": ~book.is_project & ~known,
        "no_denominator": known & ~(value > 0.0),
        "far_dates": np.abs(date - balance_date) > QUARTER,
        "share_above_one": money > value,
    }
    more = _details(book, as_of)

    def sentence(reason: str) -> Callable[[int], str]:
        detail = more.get(reason)
        return lambda i: REFUSALS[reason] + (f" ({detail(i)})" if detail else "")

    return [Rule(reason, mask, sentence(reason), True) for reason, mask in caught.items()]


def findings(
    book: Book, share: Column, emissions: Column, score: Column, as_of: np.datetime64
) -> list[Rule]:
    """Rules that let the figure stand and say what weakens it."""
    date = book.loans.dates("date")
    balance_date = book.of_balance(book.balances.date, np.datetime64("NaT"))
    basis = book.of_balance(book.balances.basis, 0)
    above, total = shares_above_one(book, share)
    standing = ~np.isnan(share)
    rules = [
        Rule("total_assets", basis == 2, lambda i: "equity or debt unknown: total assets used"),
        Rule(
            "negative_equity",
            book.of_balance(book.balances.negative, False),
            lambda i: "negative equity counted as zero, all emissions go to debt",
        ),
        Rule(
            "no_minorities",
            book.of_balance(book.balances.no_minorities, False),
            lambda i: "minority interests unknown and left out of the enterprise value",
        ),
        Rule(
            "other_date",
            (date != balance_date) | (date != as_of),
            lambda i: f"balance sheet of {balance_date[i]}, loan of {date[i]}, report of {as_of}",
        ),
        *(_no_scope(scope[0], np.isnan(emissions[k])) for k, scope in enumerate(SCOPES)),
        Rule("no_score", np.isnan(score), lambda i: "no data-quality score was given"),
        Rule(
            "shares_above_one",
            above,
            lambda i: (
                f"all loans together hold {total[i]:.4f} of what finances"
                f" {book.loans.text('project' if book.is_project[i] else 'borrower').text()[i]}:"
                f" {_companions(book, standing, i)}"
            ),
        ),
    ]
    return [Rule(r.reason, r.caught & standing, r.sentence) for r in rules]


def _no_scope(scope: str, caught: Mask) -> Rule:
    sentence = f"the account has no emissions of scope {scope}"
    return Rule(f"no_scope_{scope}", caught, lambda i: sentence)


def shares_above_one(book: Book, share: Column) -> tuple[Mask, Column]:
    """Loans whose borrower or project is lent more than finances it, and that sum of shares."""
    group = np.where(book.balance >= 0, book.balance, len(book.balances.value))
    total = segment_sum(np.nan_to_num(share), group, len(book.balances.value) + 1)[group]
    return (total > 1.0 + SLACK) & ~np.isnan(share), total


def _companions(book: Book, standing: Mask, i: int) -> str:
    same = np.flatnonzero((book.balance == book.balance[i]) & standing)
    names = book.loans.text("loan").take(same[:10]).text()
    hidden = f" and {same.size - 10} more" if same.size > 10 else ""
    return ", ".join(names) + hidden


def _details(book: Book, as_of: np.datetime64) -> dict[str, Callable[[int], str]]:
    date = book.loans.dates("date")
    balance_date = book.of_balance(book.balances.date, np.datetime64("NaT"))
    value = book.of_balance(book.balances.value, np.nan)

    def borrower(i: int) -> str:
        return str(book.borrower.labels[book.borrower.codes[i]])

    return {
        "after_report": lambda i: (
            f"loan {date[i]}, balance sheet {balance_date[i]}, report {as_of}"
        ),
        "old_loan": lambda i: f"loan {date[i]}, report {as_of}",
        "unknown_project": lambda i: _label(book, "project", i) or "none named",
        "no_account": lambda i: str(book.entity.labels[book.entity.codes[i]]) or borrower(i),
        "no_balance_sheet": borrower,
        "no_denominator": lambda i: BASES[book.of_balance(book.balances.basis, 0)[i]] or "unknown",
        "far_dates": lambda i: f"loan {date[i]}, balance sheet {balance_date[i]}",
        "share_above_one": lambda i: f"{book.outstanding[i]:.2f} of {value[i]:.2f} CNY",
    }


def _label(book: Book, name: str, i: int) -> str:
    column = book.loans.text(name)
    return str(column.labels[column.codes[i]])
