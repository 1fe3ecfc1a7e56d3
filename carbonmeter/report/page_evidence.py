"""The parts of the page that let a reader follow a number back: receipts, sources, evidence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from carbonmeter.report import numbers, summary
from carbonmeter.report.bilingual import Both, labelled

if TYPE_CHECKING:
    from carbonmeter.accounts import Receipt
    from carbonmeter.report.results import NamedAccount, Results


@dataclass(frozen=True)
class Opened:
    """A receipt with what the page shows of it while it is closed."""

    receipt: Receipt
    entity: Both
    what: Both
    guide: Both
    co2e: str


@dataclass(frozen=True)
class Receipts:
    """The receipts of one account that the page holds, and how many lines there are."""

    title: Both
    lines: int
    entities: list[tuple[Both, list[Opened]]]
    shown: int


@dataclass(frozen=True)
class Source:
    """A document that records used in the accounts come from."""

    title: Both
    publisher: str
    number: str
    published: str
    licence: str
    layers: str
    records: int
    confidence: list[str]


def receipts(results: Results, named: NamedAccount, count: int) -> Receipts:
    """The receipts of the largest lines, by entity; the entity with the largest line first."""
    account = named.account
    opened: dict[str, list[Opened]] = {}
    chosen = summary.largest_lines(account, count)
    for line in chosen:
        receipt = account.explain(line)
        edition = account.recipes.choices[int(account.line_recipe[line])].key.edition
        opened.setdefault(receipt.labels["entity"], []).append(
            Opened(
                receipt,
                results.name(receipt.labels["entity"]),
                _what(receipt),
                Both(edition.title_zh, edition.title_en),
                numbers.plain(receipt.co2e),
            )
        )
    for group in opened.values():
        group.sort(key=lambda o: (-abs(o.receipt.co2e), o.receipt.line))
    order = sorted(opened, key=lambda e: -abs(opened[e][0].receipt.co2e))
    groups = [(results.name(entity), opened[entity]) for entity in order]
    return Receipts(named.title, len(account), groups, len(chosen))


def sources(results: Results) -> list[Source]:
    """The sources of every record used in any account, the most used first."""
    found: dict[str, Source] = {}
    for named in results.accounts:
        library = named.account.library
        used = np.unique(named.account.recipes.record)
        records = library.records.iloc[used[used >= 0]]
        table = {str(r["source"]): r for r in library.sources.to_dict("records")}
        for name, own in records.groupby(records["source"].astype(str), sort=True):
            said = {str(k): str(v) for k, v in table.get(str(name), {}).items()}
            old = found.get(str(name))
            layers = sorted({*own["layer"].astype(str), *(old.layers.split(", ") if old else ())})
            confidence = sorted({*own["confidence"].astype(str), *(old.confidence if old else ())})
            zh = said.get("title") or str(name)
            found[str(name)] = Source(
                Both(zh, said.get("title_en") or zh),
                said.get("publisher", ""),
                said.get("number", ""),
                said.get("published", ""),
                said.get("licence", ""),
                ", ".join(layers),
                max(len(own), old.records if old else 0),
                confidence,
            )
    return sorted(found.values(), key=lambda s: (-s.records, s.title.zh))


def evidenced(results: Results) -> list[dict[str, object]]:
    """The summary of rows with and without an evidence file, as the run hands it over."""
    if results.evidence is None:
        return []
    rows = results.evidence.to_dict("records")
    return [{str(k): v for k, v in row.items()} for row in rows]


def _what(receipt: Receipt) -> Both:
    """Site, period, activity and subject of a receipt in a phrase."""
    parts = []
    for lang in (0, 1):
        texts = [receipt.labels["site"], receipt.labels["period"]]
        texts.append(labelled(receipt.labels["activity"])[lang])
        if receipt.labels["subject"]:
            texts.append(labelled(receipt.labels["subject"])[lang])
        parts.append(" · ".join(text for text in texts if text))
    return Both(*parts)
