"""Loans in the terminal: by lender, borrower or one by one, and why some are not covered."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from typing import TYPE_CHECKING

from carbonmeter.report import numbers
from carbonmeter.report.bilingual import Both, as_is, labelled, reason, word
from carbonmeter.report.tables import Heading, console, shown, table

if TYPE_CHECKING:
    from carbonmeter.finance import Financed

MILLION, HUNDRED_MILLION = 1e6, 1e8
Names = Callable[[str], Both]
LENDER_COLUMNS = ("book", "coverage", "financed_1", "financed_2", "score", "avoided")


def show_finance(
    financed: Financed, by: str = "lender", lang: str = "en", names: Names = as_is
) -> None:
    """Financed emissions by lender, borrower or loan, and why loans are not covered."""
    out = console()
    out.print()
    if by == "loan":
        out.print(_loans(financed, lang, names))
    else:
        out.print(_lenders(financed, by, lang, names))
        out.print(shown(word("u_shared" if financed.shared else "u_independent", lang), "dim"))
        out.print()
    gaps = financed.coverage()
    rows = [
        [
            labelled(str(r["asset_class"])).to(lang),
            reason(str(r["reason"]), str(r["meaning"])).to(lang),
            f"{r['loans']:,}",
            numbers.fixed(float(r["outstanding_cny"]) / HUNDRED_MILLION, 2),
            numbers.percent(float(r["share"])),
        ]
        for r in gaps.to_dict("records")
    ]
    headings = [
        Heading(word("asset_class", lang)),
        Heading(word("reason", lang)),
        Heading(word("loans_short", lang), True),
        Heading(word("outstanding", lang), True),
        Heading(word("share", lang), True),
    ]
    out.print(table(headings, rows, word("covered", lang)))


def _lenders(financed: Financed, by: str, lang: str, names: Names) -> object:
    frame = financed.by(by)
    whole = financed.by()
    rows = [_lender_row(r, names(str(r[by])).to(lang), lang) for r in frame.to_dict("records")] + [
        _lender_row(r, word("whole_book", lang), lang) for r in whole.to_dict("records")
    ]
    headings = [
        Heading(word("bank" if by == "lender" else "borrower", lang), wide=19),
        *(Heading(word(f"{key}_column", lang), True, wraps=True) for key in LENDER_COLUMNS),
    ]
    title = f"{word('loans', lang)} (tCO2e ± U, k = 2), {financed.as_of}"
    return table(headings, rows, title)


def _lender_row(r: Mapping[Hashable, object], name: str, lang: str) -> list[str]:
    book, assessed = float(str(r["outstanding_cny"])), float(str(r["assessed_cny"]))
    return [
        name,
        numbers.fixed(book / HUNDRED_MILLION, 2),
        numbers.percent(assessed / book) if book > 0 else numbers.ABSENT,
        pair(r, "financed_scope_1"),
        pair(r, "financed_scope_2"),
        numbers.fixed(float(str(r["dq_score"])), 2),
        pair(r, "avoided"),
    ]


def pair(r: Mapping[Hashable, object], line: str) -> str:
    """A line of a loan table as 'value ± U'."""
    value, expanded = numbers.with_u(float(str(r[line])), float(str(r[f"U_{line}"])))
    return value if expanded == numbers.ABSENT else f"{value} ± {expanded}"


def _loans(financed: Financed, lang: str, names: Names) -> object:
    frame = financed.frame()
    rows = [
        [
            str(r["loan"]),
            names(str(r["lender"])).to(lang),
            names(str(r["borrower"])).to(lang),
            numbers.fixed(float(r["outstanding_cny"]) / MILLION, 2),
            numbers.percent(float(r["attribution"])),
            numbers.plain(float(r["financed_scope_1"])),
            numbers.plain(float(r["financed_scope_2"])),
            numbers.fixed(float(r["dq_score"]), 0),
            word(str(r["verdict"]), lang),
        ]
        for r in frame.to_dict("records")
    ]
    headings = [
        Heading(word("loan", lang), whole=True),
        Heading(word("bank", lang), ratio=3),
        Heading(word("borrower", lang), ratio=3),
        Heading(word("outstanding_million", lang).replace(" (", "\n("), True),
        Heading(word("attribution", lang), True),
        Heading(labelled("1").to(lang), True),
        Heading(labelled("2-location").to(lang).replace(", ", "\n").replace("（", "\n（"), True),
        Heading(word("score", lang), True),
        Heading(word("verdict", lang), ratio=2),
    ]
    return table(headings, rows, word("loans", lang))
