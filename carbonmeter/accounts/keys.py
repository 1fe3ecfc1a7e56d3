"""Distinct keys of an activity table: what decides how a row becomes an emission."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from carbonmeter.accounts.distinct import distinct_first
from carbonmeter.accounts.recipes import Key
from carbonmeter.errors import AccountError, Problem, near
from carbonmeter.factors import FactorLibrary
from carbonmeter.methods import Edition
from carbonmeter.methods.guide import Ladder
from carbonmeter.tables import Checked
from carbonmeter.tables.period import bounds

KEY_COLUMNS = ("activity", "subject", "region", "site", "period", "unit")


@dataclass(frozen=True)
class Keys:
    """The keys to resolve, the key of each row, and what the guide leaves out of its boundary.

    A key's `index` counts all `n` combinations of the table, those outside the boundary too.
    `outside` has the key's index and its first row.
    """

    inside: tuple[Key, ...]
    of_row: NDArray[np.int32]
    n: int
    outside: dict[int, Problem]


def keys_of(
    activity: Checked, library: FactorLibrary | None, editions: tuple[Edition, ...], guide: str
) -> Keys:
    """Distinct keys of the rows; a site that the library does not know is no site of its own.

    Raises
    ------
    AccountError                     rows that no edition, or no method of it, accepts
    """
    columns = [activity.text(name) for name in KEY_COLUMNS]
    codes = [column.codes for column in columns]
    sites = frozenset() if library is None else library.sites
    site = columns[3]
    known = [i if label in sites else -1 for i, label in enumerate(site.labels)]
    anywhere = len(site.labels)
    sizes = [len(column.labels) for column in columns]
    labels = [list(column.labels) for column in columns]
    if any(k >= 0 for k in known):
        fold = np.array([anywhere if k < 0 else k for k in known], dtype=np.int32)
        codes[3], sizes[3] = fold[site.codes], anywhere + 1
        labels[3].append("")
    else:
        codes[3] = np.broadcast_to(np.int32(0), len(activity))
        sizes[3], labels[3] = 1, [""]
    key_of_row, parts, first = distinct_first(codes, sizes)
    keys: list[Key] = []
    outside: dict[int, Problem] = {}
    problems: list[Problem] = []
    ladders = {(e.name, a): e.ladders(a) for e in editions for a in labels[0]}
    for index in range(parts[0].size):
        kind, subject, region, where, period, unit = (
            names[part[index]] for names, part in zip(labels, parts, strict=True)
        )
        start, end = bounds(period)
        row = int(activity.row[first[index]])
        edition = _edition([e for e in editions if e.covers(start, end)], kind, ladders)
        if edition is None:
            problems.append(_no_edition(activity, row, period, guide, editions))
        elif kind in edition.outside:
            outside[index] = _outside(activity, row, kind, edition)
        elif not ladders[edition.name, kind]:
            problems.append(_no_method(activity, row, kind, edition))
        else:
            label = (kind, subject, region, where, period, unit)
            keys.append(Key(*label, start, end, edition, index, row))
    if problems:
        distinct_problems = tuple({(p.column, p.value): p for p in problems}.values())
        raise AccountError(f"{activity.source.name}: rows cannot become lines", distinct_problems)
    return Keys(tuple(keys), key_of_row, int(parts[0].size), outside)


def _edition(
    covering: list[Edition], kind: str, ladders: dict[tuple[str, str], list[Ladder]]
) -> Edition | None:
    """The edition in force that counts the activity; failing that, the latest one in force."""
    for edition in covering:
        if ladders[edition.name, kind] and kind not in edition.outside:
            return edition
    return covering[-1] if covering else None


def _no_edition(
    activity: Checked, row: int, period: str, guide: str, editions: tuple[Edition, ...]
) -> Problem:
    dates = "; ".join(f"{e.name}: {e.valid_from} to {e.valid_to or 'open'}" for e in editions)
    rule = f"no edition of guide {guide!r} is in force over the whole period ({dates})"
    cure = "choose another guide, or split the row at the change of edition"
    return Problem(activity.source.name, row, "period", period, rule, cure)


def _no_method(activity: Checked, row: int, kind: str, edition: Edition) -> Problem:
    hint = near(kind, edition.activities)
    cure = f"did you mean {hint}?" if hint else f"it knows {', '.join(edition.activities)}"
    rule = f"guide edition {edition.name} has no method for this activity"
    return Problem(activity.source.name, row, "activity", kind, rule, cure)


def _outside(activity: Checked, row: int, kind: str, edition: Edition) -> Problem:
    rule = f"outside the boundary of {edition.name}: the guide does not count this activity"
    cure = "nothing to do; to count it, choose a guide that does"
    return Problem(activity.source.name, row, "activity", kind, rule, cure)
