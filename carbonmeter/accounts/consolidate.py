"""Totals of groups of entities by one of the three approaches of the GHG Protocol."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from carbonmeter.accounts.totals import Totals, totals
from carbonmeter.errors import EntityError, GuideError, Problem
from carbonmeter.tables import Checked

if TYPE_CHECKING:
    import pandas as pd

    from carbonmeter.accounts.ledger import Ledger

CONTROL = {"operational control": "operational_control", "financial control": "financial_control"}
EQUITY = "equity share"
APPROACHES = (*CONTROL, EQUITY)


@dataclass(frozen=True)
class Link:
    """A parent holds a share of a child on the date asked."""

    child: str
    parent: str
    share: float
    control: str
    row: int


@dataclass(frozen=True)
class Consolidation:
    """The total of each top entity with what it holds, and how much of each member it took.

    `eliminated` is what members bought from members of the same group: the supplier's fuel is
    counted in scope 1, so the purchase is not counted a second time. `rows` marks, for each top
    entity, the rows of its totals that a member has lines in: the others are absent, not zero.
    """

    approach: str
    as_of: date
    members: pd.DataFrame
    eliminated: pd.DataFrame
    totals: dict[str, Totals]
    rows: dict[str, NDArray[np.bool_]]

    def frame(self) -> pd.DataFrame:
        """One row per group, kind and scope that a member has lines in, with U."""
        import pandas as pd

        parts = [t.frame()[self.rows[name]].assign(group=name) for name, t in self.totals.items()]
        table = pd.concat(parts, ignore_index=True)
        return table[["group", *[c for c in table.columns if c != "group"]]]


def consolidate(account: Ledger, entities: Checked, approach: str, as_of: date) -> Consolidation:
    """Add entities up to groups without double counting.

    Under a control approach a member counts whole or not at all, along chains of control; under
    equity share by the product of the shares along each path, summed over paths. A purchase from
    a member of the same group counts by the part of the supplier that is outside the group; a
    member without rows in the account supplies nothing that is counted, so what it sold stays.

    Parameters
    ----------
    entities : Checked               from `read_entities`
    approach : str                   'operational control', 'financial control', 'equity share'
    as_of : date                     the links valid on that day

    Raises
    ------
    GuideError                       an unknown approach
    EntityError                      control is not stated for a link that needs it

    Source
    ------
    GHG Protocol Corporate Standard, chapter 3
    """
    import pandas as pd

    if approach not in APPROACHES:
        raise GuideError(f"E302: no approach {approach!r}; write one of: {', '.join(APPROACHES)}")
    links = _links(entities, approach, as_of)
    known = list(dict.fromkeys(account.activity.text("entity").labels))
    held = {link.child for link in links if _counts(link, approach)}
    everyone = list(dict.fromkeys([*known, *(link.parent for link in links)]))
    members, eliminated, result, rows = [], [], {}, {}
    for root in sorted(e for e in everyone if e not in held):
        weight = _weights(root, links, approach)
        present = {e: w for e, w in weight.items() if e in known}
        if not present:
            continue
        per_line, internal = _line_weights(account, present)
        groups = account.grouped()
        own = groups.of_line[per_line + internal > 0.0]
        rows[root] = np.bincount(own, minlength=groups.count) > 0
        result[root] = totals(account, groups, per_line)
        members += [{"group": root, "entity": e, "weight": w} for e, w in sorted(present.items())]
        removed = totals(account, groups, internal)
        for g in np.flatnonzero(removed.co2e):
            eliminated.append(
                {
                    "group": root,
                    "kind": groups.labels["kind"][g],
                    "scope": groups.labels["scope"][g],
                    "co2e": float(removed.co2e[g]),
                }
            )
    return Consolidation(
        approach,
        as_of,
        pd.DataFrame(members, columns=["group", "entity", "weight"]),
        pd.DataFrame(eliminated, columns=["group", "kind", "scope", "co2e"]),
        result,
        rows,
    )


def _links(entities: Checked, approach: str, as_of: date) -> list[Link]:
    day = np.datetime64(as_of)
    start, end = entities.dates("from"), entities.dates("to")
    live = np.flatnonzero((start <= day) & (np.isnat(end) | (day < end)))
    child, parent = entities.text("child").text(), entities.text("parent").text()
    share = entities.number("share")
    column = CONTROL.get(approach)
    control = entities.text(column).text() if column else np.full(len(entities), "", object)
    links = [
        Link(child[i], parent[i], float(share[i]), str(control[i]), int(entities.row[i]))
        for i in live
    ]
    unstated = [link for link in links if column and link.control == ""]
    if unstated and column:
        raise EntityError(
            f"{entities.source.name}: consolidation by {approach} needs every link's control",
            [
                Problem(
                    entities.source.name,
                    link.row,
                    column,
                    "",
                    f"control of {link.child!r} by {link.parent!r} is not stated",
                    "write yes or no; a share above one half does not settle it",
                )
                for link in unstated
            ],
        )
    return links


def _counts(link: Link, approach: str) -> bool:
    return approach == EQUITY or link.control == "yes"


def _weights(root: str, links: list[Link], approach: str) -> dict[str, float]:
    """Weight of each entity in the group of `root`; cycles were refused when the table was read."""
    weight: dict[str, float] = {}

    def walk(entity: str, part: float) -> None:
        weight[entity] = weight.get(entity, 0.0) + part if approach == EQUITY else 1.0
        for link in links:
            if link.parent == entity and _counts(link, approach):
                walk(link.child, part * link.share)

    walk(root, 1.0)
    return weight


def _line_weights(
    account: Ledger, weight: dict[str, float]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Weight of each line in the group, and the weight taken off it as internal trade."""
    entity = account.activity.text("entity")
    other = account.activity.text("counterparty")
    own = np.array([weight.get(label, 0.0) for label in entity.labels])[entity.codes]
    partner = np.array([weight.get(label, 0.0) if label else 0.0 for label in other.labels])
    internal = own * np.minimum(partner[other.codes], 1.0)
    traded = np.array([float(s.startswith("2")) for s in account.recipes.labels("scope")])
    lines_internal = internal[account.line_row] * traded[account.line_recipe]
    return own[account.line_row] - lines_internal, lines_internal
