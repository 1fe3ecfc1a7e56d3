"""What changed between two libraries, in a terminal and as a table in a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from carbonmeter.report import numbers
from carbonmeter.report.bilingual import labelled, word
from carbonmeter.report.cells import cell
from carbonmeter.report.tables import Heading, console, shown, table

if TYPE_CHECKING:
    from carbonmeter.factors.changes.diff import Change, Diff

AND = " + "


def show_diff(found: Diff, lang: str = "en", limit: int = 20) -> None:
    """How many records changed and why, then the changes that moved most."""
    out = console()
    out.print(shown(f"{found.a} → {found.b}", "bold"))
    if found.changes:
        out.print(_summary(found, lang))
    kept = word("kept", lang)
    out.print(shown(f"{kept}: {found.kept:,}"))
    chosen = [c for c in found.changes if c.status not in ("added", "removed")][:limit]
    if chosen:
        out.print(_changes(chosen, lang))
    hidden = len(found.changes) - len(chosen)
    if hidden and limit:
        out.print(shown(f"… + {hidden:,} ({word('all_in_file', lang)})", "dim"))


def write_diff(found: Diff, path: Path, lang: str = "en") -> Path:
    """Every change in a file, as its name says: .csv, .xlsx or .parquet.

    Raises
    ------
    WriteError                       another ending, or a place that cannot be written
    """
    from carbonmeter.report import write

    frame = found.frame()
    for name in ("status", "reason"):
        frame[name] = [_said(name, text, lang) for text in frame[name]]
    return write.table(frame, path)


def reason(text: str, lang: str) -> str:
    """A reason, or several that cannot be parted, in a language."""
    parts = text.split(AND) if text else []
    return AND.join(word(f"by_{part.replace(' ', '_').lower()}", lang) for part in parts)


def _said(column: str, text: str, lang: str) -> str:
    return reason(text, lang) if column == "reason" else word(f"is_{text}", lang)


def percent(value: float | None) -> str:
    """A change in percent with its sign, two decimals where it is small."""
    if value is None or value != value:
        return numbers.ABSENT
    text = numbers.fixed(value, 1 if abs(value) >= 10.0 else 2)
    return f"{'+' if value > 0.0 else ''}{text} %"


def _summary(found: Diff, lang: str) -> object:
    headings = [
        Heading(word("change", lang)),
        Heading(word("reason", lang)),
        Heading(word("parameter", lang), wide=44),
        Heading(word("changes_held", lang), True),
        Heading(word("median", lang), True),
        Heading(word("from_to", lang), True),
    ]
    rows = []
    for record in found.summary().to_dict("records"):
        kind, parameter = str(record["kind"]), str(record["parameter"])
        rows.append(
            [
                word(f"is_{record['status']}", lang),
                reason(str(record["reason"]), lang),
                _name(found, parameter, lang) or word(f"{kind}s_held", lang),
                f"{record['changes']:,}",
                percent(record["median_percent"]),
                _span(record["least_percent"], record["most_percent"]),
            ]
        )
    return table(headings, rows)


def _name(found: Diff, parameter: str, lang: str) -> str:
    """The label of a parameter, from the libraries where the common list has none."""
    if parameter in found.labels:
        return found.labels[parameter][0 if lang == "zh" else 1]
    return labelled(parameter).to(lang) if parameter else ""


def _span(least: Any, most: Any) -> str:
    if least != least:
        return ""
    return percent(least) if least == most else f"{percent(least)} … {percent(most)}"


def _changes(changes: list[Change], lang: str) -> object:
    headings = [
        Heading("id", ratio=3),
        Heading(word("change", lang)),
        Heading(word("value_before", lang), True),
        Heading(word("value_after", lang), True),
        Heading("%", True),
        Heading(word("reason", lang), ratio=2),
    ]
    rows = []
    for c in changes:
        moved = c.value_a != c.value_b or c.unit_a != c.unit_b
        before, after = (_number(v, u) for v, u in ((c.value_a, c.unit_a), (c.value_b, c.unit_b)))
        rows.append(
            [
                c.id_b or c.id_a,
                word(f"is_{c.status}", lang),
                before if moved else "",
                after if moved else "",
                percent(c.percent) if moved else "",
                reason(c.reason, lang) if moved else c.fields,
            ]
        )
    return table(headings, rows)


def _number(value: float | None, unit: str) -> str:
    return "" if value is None else f"{cell(value).removesuffix('.0')} {unit}"
