"""The summary of a run in the terminal, in Chinese or English; scopes are never added."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from carbonmeter.report import numbers, summary
from carbonmeter.report.bilingual import (
    Both,
    activities,
    as_is,
    component,
    labelled,
    scope,
    word,
)
from carbonmeter.report.cells import cell
from carbonmeter.report.intervals import Intervals
from carbonmeter.report.tables import Heading, console, progress, shown, table
from carbonmeter.report.terminal_loans import show_finance

if TYPE_CHECKING:
    import pandas as pd

    from carbonmeter.accounts import Account
    from carbonmeter.methods import Method
    from carbonmeter.report.results import Results

__all__ = [
    "as_is",
    "progress",
    "show_account",
    "show_comparison",
    "show_fields",
    "show_finance",
    "show_methods",
    "show_results",
    "show_table",
    "show_totals",
    "show_written",
]

MOST_ROWS = 60
MOST_EXCLUDED = 20
Names = Callable[[str], Both]
Rows: TypeAlias = "Sequence[summary.Row]"


def show_results(results: Results, lang: str = "en") -> None:
    """The whole run: each account, the comparisons, the loans."""
    out = console()
    out.print(shown(results.title.to(lang), "bold underline"))
    for named in results.accounts:
        show_account(named.account, ["entity"], lang, results.name, named.title.to(lang))
    _show_unused(results.unused, lang)
    if results.checks:
        _show_checks(results, lang)
    if results.financed is not None:
        show_finance(results.financed, "lender", lang, results.name)


def show_account(
    account: Account,
    by: Sequence[str],
    lang: str = "en",
    names: Names = as_is,
    title: str = "",
    drawn: Intervals | None = None,
) -> None:
    """Totals of an account by labels with U and the largest contributor, then its evidence."""
    out, drawn = console(), drawn or Intervals()
    attributes = account.attributes()
    out.print()
    if title:
        out.print(shown(title, "bold"))
    out.print(
        shown(
            f"{account.activity.source.name}: {len(account.activity):,} {word('rows', lang)},"
            f" {len(account):,} {word('lines', lang)}, {summary.periods(account)} ·"
            f" {attributes['guide']} · GWP {attributes['gwp_set']}",
            "dim",
        )
    )
    found = summary.rows(account.total(*by), by) if by else []
    total = summary.rows(account.total()) + summary.guide_rows(account)
    show_totals(found, total, by, lang, names, drawn)
    out.print(_evidence(account, total, lang))
    for line in (*drawn.note(lang), *_notes(account, total, lang)):
        out.print(shown(line, "dim"))
    if not title:
        _show_unused_of(account, lang)


def show_totals(
    found: Rows, total: Rows, by: Sequence[str], lang: str, names: Names, drawn: Intervals
) -> None:
    """Totals by labels, the largest first, and below them those of all."""
    out = console()
    rows = list(_total_rows(found[:MOST_ROWS], by, lang, names, drawn))
    rows += _total_rows(total, (), lang, names, drawn)
    headings = [
        Heading(" · ".join(_label_name(n, lang) for n in (*by, "scope")), wide=40),
        Heading("tCO2e", True),
        Heading("U (k=2)", True),
        Heading("U %", True),
        *(drawn.headings(lang) or [Heading(word("largest", lang), ratio=1)]),
    ]
    out.print(table(headings, rows))
    if len(found) > MOST_ROWS:
        out.print(shown(f"… + {len(found) - MOST_ROWS:,}", "dim"))


def show_comparison(frame: pd.DataFrame, first: str, second: str, lang: str = "en") -> None:
    """Two guides side by side; a scope that one of them does not count is not zero there."""
    by = [n for n in frame.columns if n not in ("kind", "scope") and not n.startswith(NUMBERS)]
    headings = [
        *(Heading(word("entity", lang) if n == "entity" else n, ratio=2) for n in by),
        Heading(word("scope", lang), ratio=2),
        Heading(first, True),
        Heading("U", True),
        Heading(second, True),
        Heading("U", True),
        Heading(word("difference", lang), True),
    ]
    rows = []
    for record in frame.to_dict("records"):
        a = numbers.with_u(float(record["co2e_a"]), float(record["U_a"]))
        b = numbers.with_u(float(record["co2e_b"]), float(record["U_b"]))
        rows.append(
            [
                *(str(record[n]) for n in by),
                scope(str(record["kind"]), str(record["scope"])).to(lang),
                *(a if math.isfinite(record["co2e_a"]) else (word("not_counted", lang), "")),
                *(b if math.isfinite(record["co2e_b"]) else (word("not_counted", lang), "")),
                numbers.plain(float(record["difference"])),
            ]
        )
    console().print(table(headings, rows, word("comparison", lang)))


NUMBERS = ("co2e_", "U_", "difference")


def show_table(frame: pd.DataFrame, lang: str = "en") -> None:
    """Any table, numbers with all their digits."""
    columns = [frame.iloc[:, at] for at in range(frame.shape[1])]
    headings = [
        Heading(_label_name(str(c.name), lang), c.dtype.kind in "fi", whole=c.name == "id")
        for c in columns
    ]
    rows = zip(*([cell(value) for value in c.tolist()] for c in columns), strict=True)
    console().print(table(headings, [list(row) for row in rows]))


def show_fields(fields: Mapping[str, object], lang: str = "en") -> None:
    """One record, a line for each field that says something; identifiers with their labels."""
    out = console()
    out.print()
    width = max((len(name) for name in fields), default=0)
    for name, value in fields.items():
        text = cell(value)
        if text:
            known = labelled(text).to(lang)
            out.print(shown(f"{name:<{width}}  {text}{f' ({known})' if known != text else ''}"))


def show_methods(methods: Iterable[Method], lang: str = "en") -> None:
    """The methods: name, what they apply to, what comes out, and their first sentence."""
    headings = [
        Heading(word("method", lang), whole=True),
        Heading(word("activity", lang), wide=22),
        Heading("→", wide=8),
        Heading(word("title", lang), wide=30),
    ]
    rows = [[m.name, activities(m, lang), m.output.gas, labelled(m.name).to(lang)] for m in methods]
    console().print(table(headings, rows))


def show_written(paths: Iterable[Path], lang: str = "en") -> None:
    """The files written, with their sizes."""
    out = console()
    out.print()
    out.print(shown(word("written", lang), "bold"))
    for path in paths:
        out.print(shown(f"  {path}  {path.stat().st_size / 1000:,.0f} kB"), soft_wrap=True)


def _label_name(name: str, lang: str) -> str:
    return word(name, lang) if name in ("entity", "scope", "period", "activity") else name


def _total_rows(
    found: Iterable[summary.Row], by: Sequence[str], lang: str, names: Names, drawn: Intervals
) -> Iterable[list[str]]:
    """A line with the labels, then a line for each kind and scope below it."""
    above: tuple[str, ...] | None = None
    for row in found:
        if row.labels != above:
            above = row.labels
            texts = [
                names(text).to(lang) if n == "entity" else labelled(text).to(lang)
                for n, text in zip(by, row.labels, strict=True)
            ]
            yield [" · ".join(texts) or word("all_entities", lang), *[""] * (3 + drawn.columns)]
        value, expanded = numbers.with_u(row.co2e, row.U)
        largest = component(row.largest).to(lang) if row.largest else numbers.ABSENT
        yield [
            f"  {scope(row.kind, row.scope).to(lang)}",
            value,
            expanded,
            numbers.percent_of(row.U, row.co2e, row.covered),
            *(drawn.cells(row, lang) or [largest]),
        ]


def _show_unused_of(account: Account, lang: str) -> None:
    if any(not layer.shipped for layer in account.library.stack):
        _show_unused(account.unused, lang)


def _show_unused(values: pd.DataFrame, lang: str) -> None:
    """Measured values that nothing used, each with its row, the first few."""
    if values.empty:
        return
    out = console()
    out.print(shown(f"{word('unused', lang)}: {len(values):,}", "dim"))
    for value in values.head(MOST_EXCLUDED).to_dict("records"):
        dates = f"{value['valid_from']:%Y-%m-%d} – {value['valid_to']:%Y-%m-%d}"
        named = " ".join(str(value[n]) for n in ("parameter", "subject", "site"))
        out.print(shown(f"  {value['layer']} {value['row']}: {named} {dates}", "dim"))


def _evidence(account: Account, total: Sequence[summary.Row], lang: str) -> object:
    """What each scope rests on: measurement, and what states no uncertainty."""
    measured = {(kind, name): share for kind, name, share in summary.measured(account)}
    bare = word("without_input", lang)
    headings = [
        Heading(word("evidence", lang)),
        Heading(word("measured_share", lang), True),
        Heading(word("u_covers", lang).replace(" u ", "\nu ").replace("占", "\n占"), True),
        Heading(f"{bare}\n{word('of_factors', lang)}", True),
        Heading(f"{bare}\n{word('of_activity', lang)}", True),
    ]
    rows = [
        [
            scope(row.kind, row.scope).to(lang),
            numbers.percent(measured.get((row.kind, row.scope), 0.0)),
            numbers.percent(row.covered),
            numbers.percent(row.factors_without),
            numbers.percent(row.activity_without),
        ]
        for row in total
        if row.scope != "guide"
    ]
    return table(headings, rows)


def _notes(account: Account, total: Sequence[summary.Row], lang: str) -> Iterable[str]:
    from carbonmeter.accounts import views

    if any(numbers.partly(row.U, row.covered) for row in total):
        yield word("u_of_a_part", lang)
    marked = views.doubtful(account)
    if marked:
        yield f"{word('marked', lang)}: {len(marked)}"
    if account.problems_excluded:
        yield f"{word('excluded', lang)}: {summary.excluded_rows(account):,}"
        left_out = account.problems_excluded
        yield from (f"  {problem}" for problem in left_out[:MOST_EXCLUDED])
        if len(left_out) > MOST_EXCLUDED:
            yield f"  … + {len(left_out) - MOST_EXCLUDED:,}"
    if any(row.kind == "removal" for row in total):
        yield word("removal_apart", lang)


def _show_checks(results: Results, lang: str) -> None:
    headings = [
        Heading(word("entity", lang), ratio=2),
        Heading(word("check", lang), ratio=4),
        Heading(word("published", lang), True),
        Heading(word("computed_location", lang), True),
        Heading("Δ", True),
        Heading(word("computed_market", lang), True),
        Heading("Δ", True),
    ]
    rows = [
        [
            results.name(check.entity).to(lang),
            check.name.to(lang),
            f"{check.published:g} {check.unit}",
            numbers.plain(check.by_location),
            signed_percent(check.difference(check.by_location)),
            numbers.plain(check.by_market),
            signed_percent(check.difference(check.by_market)),
        ]
        for check in results.checks
    ]
    out = console()
    out.print()
    out.print(table(headings, rows, word("checks", lang)))
    out.print(shown(word("checks_note", lang), "dim"))


def signed_percent(share: float) -> str:
    """A difference as a percentage with its sign."""
    if not math.isfinite(share):
        return numbers.ABSENT
    text = numbers.fixed(100.0 * share, 0)
    return f"{'+' if share > 0 and text != '0' else ''}{text} %"
