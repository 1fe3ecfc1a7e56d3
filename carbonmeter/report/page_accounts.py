"""The parts of the page about accounts: cards, totals by entity, budget, evidence, groups."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from carbonmeter.report import numbers, summary
from carbonmeter.report.bilingual import Both, both, scope

if TYPE_CHECKING:
    from carbonmeter.methods import Edition
    from carbonmeter.report.results import NamedAccount, Results
    from carbonmeter.report.summary import Component, Row

COMPONENTS = 6
MOST_ENTITIES = 60
MOST_EXCLUDED = 200


@dataclass(frozen=True)
class Bar:
    """A row of totals with the length of its bar, 0 to 100."""

    row: Row
    length: float


@dataclass(frozen=True)
class Block:
    """One entity with its rows."""

    name: Both
    bars: list[Bar]


@dataclass(frozen=True)
class Evidence:
    """The evidence and the budget of one kind and scope."""

    name: Both
    tier: list[tuple[str, float]]
    confidence: list[tuple[str, float]]
    components: list[Component]
    unstated: list[str]
    total: Row


@dataclass(frozen=True)
class Section:
    """All that the page says about one account."""

    named: NamedAccount
    id: str
    editions: list[Edition]
    periods: str
    attributes: dict[str, str]
    total: list[Row]
    blocks: list[Block]
    hidden: int
    evidence: list[Evidence]
    marked: list[dict[str, object]]
    excluded: list[dict[str, object]]
    rows_excluded: int


@dataclass(frozen=True)
class Card:
    """One figure at the top of the page."""

    name: Both
    value: str
    unit: str
    U: str
    note: Both
    style: str


def section(results: Results, named: NamedAccount) -> Section:
    """The section of one account."""
    account = named.account
    total = summary.rows(account.total()) + summary.guide_rows(account)
    found = summary.rows(account.total("entity"), ["entity"])
    most = max((abs(row.co2e) for row in found), default=0.0) or 1.0
    blocks: dict[str, list[Bar]] = {}
    for row in found:
        bars = blocks.setdefault(row.labels[0], [])
        bars.append(Bar(row, 100.0 * abs(row.co2e) / most))
    kept = list(blocks.items())[:MOST_ENTITIES]
    return Section(
        named=named,
        id=f"account-{results.accounts.index(named) + 1}",
        editions=_editions(named),
        periods=summary.periods(account),
        attributes=account.attributes(),
        total=total,
        blocks=[Block(results.name(entity), bars) for entity, bars in kept],
        hidden=len(blocks) - len(kept),
        evidence=_evidence(named, total),
        marked=_records(account.marked()),
        excluded=_records(account.excluded.head(MOST_EXCLUDED)),
        rows_excluded=summary.excluded_rows(account),
    )


def cards(results: Results) -> list[Card]:
    """The figures a director reads first; each stands alone, none is a sum of two others."""
    found: list[Card] = []
    for named in results.accounts:
        for row in summary.rows(named.account.total()):
            if row.kind not in ("deduction", "memo"):
                style = f"scope-{row.scope[:1]}" if row.kind == "emission" else row.kind
                found.append(_card(scope(row.kind, row.scope), row.co2e, row.U, named.title, style))
    if results.financed is not None:
        whole = results.financed.by().iloc[0]
        banks = both("all_banks")
        for key, line in (("financed_1", "financed_scope_1"), ("financed_2", "financed_scope_2")):
            found.append(_card(both(key), whole[line], whole[f"U_{line}"], banks, "bank"))
        covered = numbers.percent(results.financed.covered())
        found.append(Card(both("coverage"), covered, "", "", both("of_book"), "bank"))
    return found


def groups(results: Results) -> list[dict[str, object]]:
    """Groups of companies by each approach: members with their weights, rows, internal trade."""
    found: list[dict[str, object]] = []
    for made in results.groups:
        for root, totals in made.totals.items():
            members = made.members[made.members["group"] == root]
            if len(members) < 2:
                continue
            traded = made.eliminated[made.eliminated["group"] == root]
            found.append(
                {
                    "approach": both(made.approach),
                    "as_of": made.as_of,
                    "name": results.name(root),
                    "members": [
                        (results.name(str(e)), float(w))
                        for e, w in members[["entity", "weight"]].itertuples(index=False)
                    ],
                    "rows": [row for row in summary.rows(totals) if row.co2e != 0.0],
                    "eliminated": [
                        (scope(str(k), str(s)), numbers.plain(float(v)))
                        for k, s, v in traded[["kind", "scope", "co2e"]].itertuples(index=False)
                    ],
                }
            )
    return found


def _editions(named: NamedAccount) -> list[Edition]:
    editions = {c.key.edition.name: c.key.edition for c in named.account.recipes.choices}
    return list(editions.values())


def _evidence(named: NamedAccount, total: list[Row]) -> list[Evidence]:
    account = named.account
    budget = account.budget()
    tier, confidence = summary.shares(account, "tier"), summary.shares(account, "confidence")
    return [
        Evidence(
            scope(row.kind, row.scope),
            tier.get((row.kind, row.scope), []),
            confidence.get((row.kind, row.scope), []),
            summary.components(budget, row.kind, row.scope, COMPONENTS),
            summary.unstated(budget, row.kind, row.scope),
            row,
        )
        for row in total
        if row.scope != "guide"
    ]


def _card(name: Both, value: float, expanded: float, note: Both, style: str) -> Card:
    shown = numbers.with_u(float(value), float(expanded))
    return Card(name, shown.value, "tCO2e", shown.U, note, style)


def _records(frame: object) -> list[dict[str, object]]:
    import pandas as pd

    assert isinstance(frame, pd.DataFrame)
    return [{str(k): v for k, v in row.items()} for row in frame.to_dict("records")]
