"""Why totals are uncertain, in a terminal: contributors, and what better ones would bring."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from carbonmeter.report import numbers
from carbonmeter.report.bilingual import component, labelled, scope, word
from carbonmeter.report.tables import Heading, console, shown, table

if TYPE_CHECKING:
    from carbonmeter.accounts.totals import Totals

Found = dict[Hashable, Any]
MOST_TOTALS = 20
MOST_COMPONENTS = 5


def show_budget(
    totals: Totals, by: Sequence[str], lang: str = "en", target_percent: float | None = None
) -> None:
    """Of each total, the components whose better knowledge lowers U the most."""
    found = totals.improvements(target_percent).to_dict("records")
    of_total: dict[tuple[str, ...], list[Found]] = {}
    names = totals.groups.names
    for row in found:
        of_total.setdefault(tuple(str(row[name]) for name in names), []).append(row)
    keys = list(zip(*(totals.groups.labels[name] for name in names), strict=True))
    value = dict(zip(keys, totals.co2e.tolist(), strict=True))
    ordered = sorted(of_total, key=lambda key: -abs(value[key]))
    rows = [
        cells
        for key in ordered[:MOST_TOTALS]
        for cells in _total(dict(zip(names, key, strict=True)), by, value[key], of_total[key], lang)
    ]
    out = console()
    out.print(table(_headings(lang, target_percent), rows, word("improvements", lang)))
    for note in _notes(len(ordered), len(keys) - len(ordered), lang):
        out.print(shown(note, "dim"))


def _headings(lang: str, target_percent: float | None) -> list[Heading]:
    needs = [] if target_percent is None else [f"{target_percent:g} %"]
    return [
        Heading(word("component", lang), ratio=3),
        Heading(word("share_of_variance", lang), True),
        Heading(word("if_halved", lang), True),
        Heading(word("if_perfect", lang), True),
        *(Heading(word("needed_for", lang) + "\n" + text, wide=14) for text in needs),
        Heading(word("source", lang), ratio=2),
    ]


def _total(
    labels: dict[str, str], by: Sequence[str], co2e: float, found: list[Found], lang: str
) -> Iterator[list[str]]:
    """A row of the total itself with its U, then its first components."""
    name = [labelled(labels[n]).to(lang) for n in by if n in labels]
    name.append(scope(labels.get("kind", ""), labels["scope"]).to(lang))
    now = f"U {_percent(float(found[0]['U']), co2e)}"
    targeted = [""] if "needed" in found[0] else []
    yield [" · ".join(name), "", "", now, *targeted, ""]
    for row in found[:MOST_COMPONENTS]:
        yield [
            f"  {component(str(row['component'])).to(lang)}{_through(row, lang)}",
            f"{100.0 * float(row['share']):.0f} %",
            _percent(float(row["U_if_halved"]), co2e),
            _percent(float(row["U_if_perfect"]), co2e),
            *([_needed(row, lang)] if targeted else []),
            " ".join(part for part in (str(row["source"]), str(row["clause"])) if part),
        ]


def _through(row: Found, lang: str) -> str:
    """Of a record that others were derived from, the ids of those used."""
    through = str(row.get("through", ""))
    return f" ({word('through', lang)} {through})" if through else ""


def _percent(expanded: float, co2e: float) -> str:
    return numbers.ABSENT if co2e == 0.0 else f"{100.0 * expanded / abs(co2e):.2g} %"


def _needed(row: Found, lang: str) -> str:
    """What the component must have: its u in its own unit, or how much smaller it must be."""
    factor, u = float(row["needed_factor"]), float(row["u_needed"])
    if math.isnan(factor):
        return word("cannot_alone", lang)
    if factor == 1.0:
        return word("reached", lang)
    if math.isnan(u):
        return f"u × {factor:.2g}"
    return f"u {u:.2g} {row['unit']}"


def _notes(totals: int, silent: int, lang: str) -> Iterator[str]:
    if totals > MOST_TOTALS:
        yield f"… + {totals - MOST_TOTALS:,}"
    if silent:
        yield f"{word('totals_without_u', lang)}: {silent:,}"
    yield word("improvements_note", lang)
