"""The part of the page about loans: banks, coverage, borrowers, findings."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from carbonmeter.report import numbers
from carbonmeter.report.bilingual import Both, both, labelled, reason
from carbonmeter.report.numbers import Shown

if TYPE_CHECKING:
    import pandas as pd

    from carbonmeter.report.results import Results

HUNDRED_MILLION = 1e8
MOST_BORROWERS = 12
LINES = ("financed_scope_1", "financed_scope_2", "avoided")


@dataclass(frozen=True)
class Lender:
    """One bank, or the whole book: money, coverage, lines apart, score."""

    name: Both
    loans: int
    book: str
    coverage: float
    lines: list[Shown]
    at_most: list[str]
    score: str
    length: float


@dataclass(frozen=True)
class Gap:
    """Loans of one asset class that are covered, or are not for one reason."""

    asset_class: Both
    reason: Both
    covered: bool
    loans: int
    money: str
    share: float


@dataclass(frozen=True)
class Loans:
    """All that the page says about the loan book."""

    as_of: str
    lenders: list[Lender]
    whole: Lender
    shared: bool
    gaps: list[Gap]
    borrowers: list[Lender]
    verdicts: list[tuple[Both, int]]
    score: str
    scored_without: int


def section(results: Results) -> Loans | None:
    """The section of the loan book; None without one."""
    financed = results.financed
    if financed is None:
        return None
    whole = _lenders(financed.by(), None, results)[0]
    borrowers = financed.by("borrower").sort_values(
        ["financed_scope_1", "borrower"], ascending=[False, True], kind="stable"
    )
    assessed = borrowers[borrowers["assessed"] > 0].head(MOST_BORROWERS)
    verdict = financed.verdict
    counts = [int((verdict.codes == code).sum()) for code in range(len(verdict.labels))]
    weighted = financed.weighted_score()
    return Loans(
        as_of=str(financed.as_of),
        lenders=_lenders(financed.by("lender"), "lender", results),
        whole=whole,
        shared=financed.shared,
        gaps=_gaps(financed.coverage()),
        borrowers=_lenders(assessed, "borrower", results),
        verdicts=[(both(n), c) for n, c in zip(verdict.labels, counts, strict=True)],
        score=numbers.fixed(weighted.value, 2),
        scored_without=weighted.loans_without,
    )


def _lenders(frame: pd.DataFrame, by: str | None, results: Results) -> list[Lender]:
    rows = frame.to_dict("records")
    most = max((float(r["financed_scope_1"]) for r in rows), default=0.0)
    return [_lender(r, results.name(str(r[by])) if by else both("whole_book"), most) for r in rows]


def _lender(r: Mapping[Hashable, object], name: Both, most: float) -> Lender:
    def number(key: str) -> float:
        return float(str(r[key]))

    book, assessed = number("outstanding_cny"), number("assessed_cny")
    financed = number("financed_scope_1")
    return Lender(
        name=name,
        loans=int(number("loans")),
        book=numbers.fixed(book / HUNDRED_MILLION, 2),
        coverage=assessed / book if book > 0.0 else float("nan"),
        lines=[numbers.with_u(number(line), number(f"U_{line}")) for line in LINES],
        at_most=[numbers.with_u(number(ln), number(f"U_at_most_{ln}")).U for ln in LINES],
        score=numbers.fixed(number("dq_score"), 2),
        length=100.0 * financed / most if most > 0.0 and financed > 0.0 else 0.0,
    )


def _gaps(frame: pd.DataFrame) -> list[Gap]:
    found = [
        Gap(
            labelled(str(r["asset_class"])),
            reason(str(r["reason"]), str(r["meaning"])),
            str(r["reason"]) == "",
            int(r["loans"]),
            numbers.fixed(float(r["outstanding_cny"]) / HUNDRED_MILLION, 2),
            float(r["share"]),
        )
        for r in frame.to_dict("records")
    ]
    return sorted(found, key=lambda gap: (not gap.covered, -gap.share))
