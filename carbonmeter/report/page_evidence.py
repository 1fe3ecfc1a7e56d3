"""The parts of the page that let a reader follow a number back: receipts, sources, evidence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from carbonmeter.report import numbers, summary
from carbonmeter.report.bilingual import Both, both, labelled

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
    """The documents behind every record used in any account, the most used first.

    What the texts of a user's own records say stands on the receipts; here they are one line for
    each of the user's tables.
    """
    used: dict[str, pd.DataFrame] = {}
    said: dict[str, dict[str, str]] = {}
    own: set[str] = set()
    for named in results.accounts:
        library, recipes = named.account.library, named.account.recipes
        for row in library.sources.to_dict("records"):
            said.setdefault(str(row["source"]), {str(k): str(v) for k, v in row.items()})
        own |= {layer.name for layer in library.stack if not layer.shipped}
        held = np.unique(recipes.record)
        records = library.records.iloc[held[held >= 0]]
        key = records["source"].astype(str).where(~records["layer"].isin(own), records["layer"])
        for name, part in records.groupby(key):
            before = [used[str(name)]] if str(name) in used else []
            used[str(name)] = pd.concat([*before, part]).drop_duplicates("id")
    found = [_source(name, used[name], said.get(name, {}), own) for name in sorted(used)]
    return sorted(found, key=lambda source: -source.records)


def _source(name: str, records: pd.DataFrame, said: dict[str, str], own: set[str]) -> Source:
    layers = sorted(set(records["layer"].astype(str)))
    title = Both(said.get("title") or name, said.get("title_en") or said.get("title") or name)
    return Source(
        both("own_records").format(name=name) if name in own else title,
        said.get("publisher", ""),
        said.get("number", ""),
        said.get("published", ""),
        said.get("licence", ""),
        ", ".join(layers),
        len(records),
        sorted(set(records["confidence"].astype(str))),
    )


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
