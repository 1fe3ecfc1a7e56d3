"""The factor libraries in the terminal: the shelf, what was found, one record in full."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from carbonmeter.factors.finding.haystack import Names
from carbonmeter.factors.record import CONFIDENCES, FIELDS
from carbonmeter.report.aligned import GAP, Column, cells, cut, lines
from carbonmeter.report.library_words import word

if TYPE_CHECKING:
    from carbonmeter.factors import FactorLibrary
    from carbonmeter.factors.finding.catalogue import Entry
    from carbonmeter.factors.finding.find import Found
    from carbonmeter.factors.finding.history import History, Relative
    from carbonmeter.factors.finding.prescriptions import Statement

WIDTH = 100
HASH = 12
ABSENT = "–"
MOST_VALUES, MOST_STATEMENTS = 40, 5
# Said in other words than cell by cell.
TOLD = {"id", "value", "unit", "low", "high", "coverage", "distribution", "valid_from", "valid_to"}
TOLD |= {"source", "clause", "supersedes", "supersede_reason", "licence", "n_sources"}


def shelf(entries: Sequence[Entry], version: str, lang: str) -> Iterator[str]:
    """Each library with its size, what part of it has which confidence, its licence and hash."""
    columns = [
        Column(word("library", lang)),
        Column(word("records", lang), number=True),
        Column(word("in_words", lang), number=True),
        Column(word("confidences", lang)),
        Column(word("licence", lang), most=16),
        Column(word("hash", lang)),
        Column(word("title", lang), most=36),
    ]
    rows = [
        [
            f"{entry.name}{'*' if entry.default else ''}",
            f"{entry.records:,}",
            str(entry.statements or ""),
            "/".join(_percent(entry.confidence[name], entry.records) for name in CONFIDENCES),
            ", ".join(entry.licences) or ABSENT,
            entry.version[:HASH],
            entry.title_zh if lang == "zh" else entry.title_en,
        ]
        for entry in entries
    ]
    yield from lines(columns, rows)
    total = sum(entry.records for entry in entries)
    held = {n: sum(entry.confidence[n] for entry in entries) for n in CONFIDENCES}
    shares = ", ".join(f"{word(n, lang)} {_percent(held[n], total)} %" for n in CONFIDENCES)
    yield ""
    yield word("total", lang).format(
        libraries=len(entries), records=f"{total:,}", shares=shares, version=version[:HASH]
    )
    yield word("confidences_are", lang)
    if statements := sum(entry.statements for entry in entries):
        yield word("statements", lang).format(n=statements)
    yield word("asked", lang)


def hits(library: FactorLibrary, found: Found, limit: int, lang: str) -> Iterator[str]:
    """The best of what was found, two lines a record, and how the words were taken."""
    shown = found.records[:limit].tolist()
    columns = [
        Column(word("record", lang)),
        Column(word("value", lang), number=True),
        Column("U (k=2)", number=True),
        Column(word("unit", lang)),
        Column(word("valid", lang)),
        Column(word("confidence", lang)),
        Column(word("library", lang)),
    ]
    rows, below = [], []
    for layer, at in (library.place(record) for record in shown):
        c, names = layer.columns, Names(layer)
        bounds = [c[n][at] for n in ("value", "low", "high", "coverage", "distribution")]
        span = validity(_day(c["valid_from"][at]), _day(c["valid_to"][at]), lang)
        told = number(c["value"][at]), _expanded(bounds), c["unit"][at], span
        rows.append([c["id"][at], *told, word(c["confidence"][at], lang), layer.name])
        what = [_called(names, c[n][at], lang) for n in ("parameter", "subject", "region", "site")]
        printed = f"{c['source'][at]} {c['clause'][at]}".strip()
        below.append(cut(" · ".join([*filter(None, what), printed]), WIDTH))
    if rows:
        yield from lines(columns, rows, below)
        yield ""
    for looked in found.looked:
        if looked.instead:
            said = word("instead", lang).format(word=looked.text, instead=", ".join(looked.instead))
            yield said
        elif not looked.hits:
            yield word("nowhere", lang).format(word=looked.text)
    if not found.records.size and all(looked.hits for looked in found.looked):
        counts = ", ".join(f"{looked.text} {looked.hits:,}" for looked in found.looked)
        yield word("not_together", lang).format(counts=counts)
    yield word("found", lang).format(
        shown=len(shown),
        found=f"{found.records.size:,}",
        records=f"{len(library):,}",
        version=library.version[:HASH],
    )


def record(history: History, lang: str) -> Iterator[str]:
    """One record in full, with its source, its history and its relatives."""
    f, layer = history.fields, history.layer
    names = [history.labels.get(f[n]) for n in ("parameter", "subject", "region")]
    yield f["id"]
    for which in (0, 1):
        yield "  " + " · ".join(name[which] for name in names if name)
    yield ""
    yield from _pairs([*_told(history, lang), *_rows(history, lang)])
    about_source = dict(history.source)
    if about_source.get("title_en") == about_source.get("title"):
        about_source.pop("title_en", None)
    yield from _section(list(about_source.items()), "source", lang)
    title = layer.title_zh if lang == "zh" and layer.title_zh else layer.title
    about = {
        "library": f"{layer.name}: {title}",
        "family": " ".join(filter(None, (layer.family, layer.edition))),
        "licence": f["licence"] or history.source.get("licence", "") or ", ".join(layer.licences),
        "hash": layer.version,
        "series": history.series,
    }
    yield from _section([(word(n, lang), text) for n, text in about.items()], "library", lang)
    codes = [(row["scheme"], f"{row['code']} ({row['identifier']})") for row in history.codes]
    yield from _section(codes, "codes", lang)
    for name in ("older", "newer", "parents", "derived"):
        yield from _relatives(getattr(history, name), name, lang)
    if len(history.values) > 1:
        yield from _relatives(history.values, "values", lang, f["id"])


def in_words(said: Sequence[Statement], lang: str) -> Iterator[str]:
    """Statements, two lines each."""
    if not said:
        return
    yield ""
    yield word("said", lang)
    for one in said[:MOST_STATEMENTS]:
        layer, row = one
        yield f"  {cut(row['id'] + GAP + row['text'], WIDTH)}"
        printed = f"{row['source']} {row['clause']}".strip()
        yield f"    {cut(' · '.join([*_of(one, lang), layer.name, printed]), WIDTH)}"
    if len(said) > MOST_STATEMENTS:
        yield "  " + word("more", lang).format(n=len(said) - MOST_STATEMENTS)


def statement(one: Statement, lang: str) -> Iterator[str]:
    """One statement in full, with its source."""
    layer, row = one
    yield row["id"]
    yield "  " + " · ".join(_of(one, lang))
    yield ""
    told = {name: text for name, text in row.items() if text not in ("", "*", "NaT")}
    yield from _pairs(list(told.items()))
    source = next((each for each in layer.sources if each["source"] == row["source"]), {})
    yield from _section(list(source.items()), "source", lang)
    yield from _section([(layer.name, layer.title), ("hash", layer.version)], "library", lang)


def _of(one: Statement, lang: str) -> list[str]:
    """What a statement is about."""
    names = Names(one.layer)
    words = (one.row.get(name, "") for name in ("parameter", "subject", "region"))
    return [text for text in (_called(names, each, lang) for each in words) if text]


def nearest(taken: Mapping[str, Sequence[tuple[str, str, str, int]]], lang: str) -> Iterator[str]:
    """Of each word, the names most like it: identifier, Chinese, English, number of records."""
    for asked, names in taken.items():
        yield f"{asked}:" if names else word("nothing_like", lang).format(word=asked)
        width = max((cells(name[0]) for name in names), default=0)
        for identifier, zh, en, count in names:
            space = " " * (width - cells(identifier))
            yield f"  {identifier}{space}  {zh} · {en}  ({count:,})"


def number(value: float) -> str:
    """A value with all its digits, as its source prints it.

    Examples
    --------
    >>> number(56100.0), number(0.5366)
    ('56100', '0.5366')
    """
    text = repr(float(value))
    return text.removesuffix(".0")


def validity(first: date | None, end: date | None, lang: str) -> str:
    """When something is valid, in whole years where it is; the last day included.

    Examples
    --------
    >>> validity(date(2022, 1, 1), date(2023, 1, 1), "en"), validity(date(2024, 3, 1), None, "en")
    ('2022', '2024-03-01 →')
    """
    if first is None and end is None:
        return word("any_time", lang)
    start = "" if first is None else _year_or_day(first, first.month == first.day == 1)
    if end is None:
        return f"{start} →"
    last = end - timedelta(days=1)
    stop = _year_or_day(last, end.month == end.day == 1)
    if not start:
        return f"→ {stop}"
    if len(start) != len(stop) and first is not None:
        start, stop = first.isoformat(), last.isoformat()
    return start if start == stop else f"{start} – {stop}"


def _year_or_day(day: date, whole: bool) -> str:
    return str(day.year) if whole else day.isoformat()


def _told(history: History, lang: str) -> list[tuple[str, str]]:
    """What is said first: the value, how well it is known, when it holds."""
    f = history.fields
    bounds = [f[n] for n in ("value", "low", "high", "coverage", "distribution")]
    told = [("value", f"{number(f['value'])} {f['unit']}"), ("U (k=2)", _expanded(bounds))]
    if not math.isnan(f["low"]):
        shape = word(f["distribution"], lang) if f["distribution"] else ""
        percent = "" if math.isnan(f["coverage"]) else f"{number(f['coverage'])} %"
        limits = f"{number(f['low'])} – {number(f['high'])}"
        told.append(("bounds", ", ".join(filter(None, (limits, percent, shape)))))
    told.append(("valid", validity(f["valid_from"], f["valid_to"], lang)))
    told.append(("source", f"{f['source']} {f['clause']}".strip()))
    counted = "" if math.isnan(f["n_sources"]) else f" ({number(f['n_sources'])})"
    told.append(("confidence", word(f["confidence"], lang) + counted))
    return [(word(name, lang), text) for name, text in told]


def _rows(history: History, lang: str) -> list[tuple[str, str]]:
    """The cells of a record that say something, under the heading that the table has for them."""
    found = []
    for field in FIELDS:
        value: Any = history.fields[field.name]
        blank = value in ("", "*", None) or (isinstance(value, float) and math.isnan(value))
        if blank or field.name in TOLD or field.name == "confidence":
            continue
        text = number(value) if isinstance(value, float) else str(value)
        label = history.labels.get(text, ("", ""))[0 if lang == "zh" else 1]
        heading = field.zh if lang == "zh" else field.name
        found.append((heading, f"{text} ({label})" if label and label != text else text))
    return found


def _section(rows: Sequence[tuple[str, str]], title: str, lang: str) -> Iterator[str]:
    rows = [(name, text) for name, text in rows if text]
    if rows:
        yield ""
        yield word(title, lang)
        yield from _pairs(rows)


def _pairs(rows: Sequence[tuple[str, str]]) -> Iterator[str]:
    width = max((cells(name) for name, _ in rows), default=0)
    for name, text in rows:
        yield f"  {name}{' ' * (width - cells(name))}  {text}"


def _relatives(
    relatives: Sequence[Relative], title: str, lang: str, itself: str = ""
) -> Iterator[str]:
    if not relatives:
        return
    yield ""
    yield word(title, lang)
    columns = [
        Column(word("record", lang)),
        Column(word("value", lang), number=True),
        Column(word("unit", lang)),
        Column(word("valid", lang)),
        Column(word("published", lang)),
        Column(word("library", lang)),
        Column(word("reason", lang) if any(r.reason for r in relatives) else ""),
    ]
    rows = [
        [
            f"{r.id}{' ←' if r.id == itself else ''}",
            number(r.value),
            r.unit,
            validity(r.valid_from, r.valid_to, lang),
            str(r.published or ABSENT),
            r.layer,
            word(r.reason, lang) if r.reason else "",
        ]
        for r in relatives[-MOST_VALUES:]
    ]
    yield from (f"  {line}" for line in lines(columns, rows))
    if len(relatives) > MOST_VALUES:
        yield "  " + word("earlier", lang).format(n=len(relatives) - MOST_VALUES)


def _called(names: Names, text: str, lang: str) -> str:
    return "" if text in ("", "*") else names.labels(text)[0 if lang == "zh" else 1]


def _expanded(bounds: Sequence[Any]) -> str:
    """The expanded uncertainty of a value printed with bounds; a dash where nothing states it."""
    value, low, high, coverage, distribution = bounds
    if math.isnan(low) or distribution == "not_stated":
        return ABSENT
    from carbonmeter.report.numbers import with_u
    from carbonmeter.uncertainty import standard_uncertainty

    u = standard_uncertainty(value, low, high, coverage, distribution)
    return with_u(float(value), 2.0 * u).U


def _day(value: Any) -> date | None:
    day = value.astype("M8[D]").item()
    return day if isinstance(day, date) else None


def _percent(part: int, whole: int) -> str:
    if not part:
        return ABSENT
    share = 100.0 * part / whole
    return "<1" if share < 0.5 else ">99" if 99.5 <= share < 100.0 else f"{share:.0f}"
