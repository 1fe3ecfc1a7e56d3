"""What moved between two accounts, in a terminal, in Chinese or English."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from carbonmeter.report import numbers
from carbonmeter.report.bilingual import labelled, scope, word
from carbonmeter.report.cells import cell
from carbonmeter.report.differences import reason
from carbonmeter.report.tables import Heading, console, shown, table

if TYPE_CHECKING:
    from carbonmeter.accounts.restate import Restatement

MOST_RECORDS = 12


def show_restatement(found: Restatement, by: Sequence[str], lang: str = "en") -> None:
    """Old and new totals with a column for each reason, then the records that moved them."""
    out = console()
    out.print()
    out.print(shown(word("restated", lang), "bold"))
    for side in (found.old, found.new):
        said = side.attributes()
        day = f" · {side.asked.as_of}" if side.asked.as_of else ""
        pinned = f" · {said['release']}" if "release" in said else ""
        text = f"  {said['guide']} · GWP {said['gwp_set']} · {said['library'][:12]}{day}{pinned}"
        out.print(shown(text, "dim"), soft_wrap=True)
    out.print(_totals(found, by, lang))
    records = [record for record in found.records().to_dict("records") if record["difference"]]
    if records:
        out.print(_records(records[:MOST_RECORDS], lang))
    if len(records) > MOST_RECORDS:
        out.print(shown(f"… + {len(records) - MOST_RECORDS:,}", "dim"))
    if not records and not found.reasons:
        out.print(shown(word("nothing_moved", lang), "dim"))


def _totals(found: Restatement, by: Sequence[str], lang: str) -> object:
    names = [name for name in by if name not in ("kind", "scope")]
    headings = [
        Heading(" · ".join([*names, word("scope", lang)]), wide=32),
        Heading(word("value_before", lang), True),
        Heading(word("value_after", lang), True),
        Heading(word("difference", lang), True),
        *(Heading(reason(each, lang), True) for each in found.reasons),
    ]
    rows = []
    for record in found.frame(*names).to_dict("records"):
        of = [labelled(str(record[name])).to(lang) for name in names]
        of.append(scope(str(record["kind"]), str(record["scope"])).to(lang))
        rows.append(
            [
                " · ".join(of),
                numbers.plain(record["co2e_old"]),
                numbers.plain(record["co2e_new"]),
                _signed(record["difference"]),
                *(_signed(record[each]) for each in found.reasons),
            ]
        )
    return table(headings, rows, "tCO2e")


def _records(records: Sequence[dict[Any, Any]], lang: str) -> object:
    headings = [
        Heading(word("record", lang), ratio=3),
        Heading(word("value_before", lang), True),
        Heading(word("value_after", lang), True),
        Heading("tCO2e", True),
        Heading(word("scope", lang), ratio=1),
        Heading(word("reason", lang), ratio=1),
    ]
    rows = []
    for record in records:
        ids = dict.fromkeys(text for text in (record["id_old"], record["id_new"]) if text)
        rows.append(
            [
                " → ".join(ids) or labelled(record["parameter"] or "method").to(lang),
                _number(record["value_old"], record["unit_old"]),
                _number(record["value_new"], record["unit_new"]),
                _signed(record["difference"]),
                scope(record["kind"], record["scope"]).to(lang),
                reason(record["reason"], lang),
            ]
        )
    return table(headings, rows)


def _number(value: float | None, unit: str) -> str:
    if value is None or math.isnan(value):
        return ""
    return f"{cell(value).removesuffix('.0')} {unit}"


def _signed(value: float) -> str:
    text = numbers.plain(value)
    return f"+{text}" if value > 0.0 else text
