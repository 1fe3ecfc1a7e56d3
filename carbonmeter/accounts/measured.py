"""Whether measured values answer for the rows they were meant for, and for no others."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import numpy as np

from carbonmeter.accounts.distinct import distinct
from carbonmeter.accounts.recipes import Choice
from carbonmeter.errors import AccountError, Problem
from carbonmeter.factors import FactorLibrary
from carbonmeter.tables import Checked


def check_measured(activity: Checked, choices: Iterable[Choice], library: FactorLibrary) -> None:
    """Refuse rows for which a site's own value would answer wrongly, or be passed over in silence.

    A value is bound to a site by the site's name alone, so the name must belong to one entity.
    A value that covers a part of a row's period answers for none of it: the row must be split.

    Raises
    ------
    AccountError                     every such site and row
    """
    own = [layer for layer in library.stack if not layer.shipped]
    if not own:
        return
    problems = [*_shared_sites(activity, library), *_straddling(activity, choices, library)]
    if problems:
        raise AccountError(f"{activity.source.name}: measured values do not fit the rows", problems)


def _shared_sites(activity: Checked, library: FactorLibrary) -> Iterable[Problem]:
    site, entity = activity.text("site"), activity.text("entity")
    known = np.array([label in library.sites for label in site.labels], dtype=bool)
    rows = np.flatnonzero(known[site.codes]) if known.size else np.zeros(0, dtype=np.int64)
    if rows.size == 0:
        return
    sizes = [len(site.labels), len(entity.labels)]
    of_row, (sites, entities) = distinct([site.codes[rows], entity.codes[rows]], sizes)
    for code in np.flatnonzero(np.bincount(sites) > 1):
        owners = [entity.labels[e] for e in entities[sites == code]]
        first = int(
            activity.row[rows[np.flatnonzero(np.isin(of_row, np.flatnonzero(sites == code)))[0]]]
        )
        yield Problem(
            activity.source.name,
            first,
            "site",
            site.labels[code],
            f"a measured value names this site, and {len(owners)} entities have one of that name:"
            f" {', '.join(owners[:4])}",
            "give each site a name of its own, here and in the measured table",
        )


def _straddling(
    activity: Checked, choices: Iterable[Choice], library: FactorLibrary
) -> Iterable[Problem]:
    records = library.records
    bound = records[records["site"] != "*"]
    spans: dict[tuple[str, str], list[tuple[str, date, date]]] = {}
    columns = ("parameter", "site", "subject", "valid_from", "valid_to")
    for parameter, place, subject, start, end in zip(*(bound[c] for c in columns), strict=True):
        spans.setdefault((parameter, place), []).append((subject, start.date(), end.date()))
    places = {place for _, place in spans}
    site_of = records["site"].to_numpy(dtype=object)
    seen: set[tuple[int, str]] = set()
    for choice in choices:
        key = choice.key
        if key.site not in places:
            continue
        for ladder in key.edition.ladders(key.activity):
            for argument in {name for method in ladder.methods for name in method.parameters}:
                name = key.edition.series_of(argument, key.end)
                partly = [
                    (start, end)
                    for subject, start, end in spans.get((name, key.site), ())
                    if subject in (key.subject, "*") and start < key.end and key.start < end
                ]
                whole = any(start <= key.start and key.end <= end for start, end in partly)
                if not partly or whole or (key.index, name) in seen:
                    continue
                seen.add((key.index, name))
                answered = dict(zip(choice.method.parameters, choice.answers, strict=True))
                if argument in answered and site_of[answered[argument].record] != "*":
                    continue
                first = min(partly)
                yield Problem(
                    activity.source.name,
                    key.row,
                    "period",
                    key.period,
                    f"measured {name} of site {key.site!r} covers a part of it only"
                    f" ({first[0]} to {first[1]}{', …' if len(partly) > 1 else ''})",
                    "split the row into the periods of the measurements, or measure the rest",
                )
