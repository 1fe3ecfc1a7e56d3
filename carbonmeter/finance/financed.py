"""From loans, balance sheets and totals of accounts to financed emissions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from carbonmeter.errors import AlignmentError
from carbonmeter.finance.attribution import share
from carbonmeter.finance.book import Book, book_of
from carbonmeter.finance.exposure import (
    avoided_components,
    emission_components,
    emissions_by_entity,
    reductions_by_entity,
)
from carbonmeter.finance.reduction import reduction_share
from carbonmeter.finance.result import Financed
from carbonmeter.finance.rules import findings, refusals
from carbonmeter.tables.columns import Coded
from carbonmeter.units import Column

if TYPE_CHECKING:
    from datetime import date

    import pandas as pd

    from carbonmeter.tables.checked import Checked


def financed(
    loans: Checked,
    borrowers: Checked,
    projects: Checked,
    emissions: pd.DataFrame,
    *,
    components: pd.DataFrame | None = None,
    scores: pd.DataFrame | None = None,
    reductions: pd.DataFrame | None = None,
    reduction_components: pd.DataFrame | None = None,
    as_of: date | str,
) -> Financed:
    """Emissions and reductions of borrowers and projects, attributed to each loan.

    Business loans take equity plus debt of the borrower, or its enterprise value if it is listed;
    project finance takes the project's equity plus debt. Reductions are a line of their own:
    their share is the balance over the project's total investment, and they are never netted.

    A loan whose arithmetic would be wrong is refused and says why; it is then part of the book
    and not of what is assessed. `Financed.raise_refused()` turns refusals into an error.

    Parameters
    ----------
    loans, borrowers, projects : Checked    as `read_loans`, `read_borrowers`, `read_projects` give
    emissions : DataFrame                   `account.total("entity").frame()` of the enterprises
    components : DataFrame, optional        `account.total("entity").components()` of the same;
                                            with it U of several borrowers carries what they share,
                                            without it borrowers are taken as independent
    scores : DataFrame, optional            as `quality.scores_of` gives; without it blank
    reductions : DataFrame, optional        `account.total("entity").frame()` of the projects
    reduction_components : DataFrame, optional    `components()` of those
    as_of : date                            the date of the report; nothing reads the clock

    Raises
    ------
    AlignmentError                          `emissions` or `scores` with a repeated entity;
                                            components that are not those of the totals; a date
                                            that is none, since every age is counted from it

    Source
    ------
    pcaf-2022: chapters 5.2 and 5.3; pbc-2021 for the share of a reduction
    """
    day = _day(as_of)
    book = book_of(loans, borrowers, projects, day)
    held, saved = emissions_by_entity(emissions), reductions_by_entity(reductions)
    place = held.place(book.entity)
    refusing = refusals(book, place >= 0, day)
    standing = ~np.logical_or.reduce([rule.caught for rule in refusing])
    value = book.of_balance(book.balances.value, np.nan)
    attribution = np.full(len(loans), np.nan)
    attribution[standing] = share(book.outstanding[standing], value[standing])
    co2e, expanded = held.gathered(place)
    avoided, avoided_u = saved.gathered(saved.place(book.entity))
    score, option, record = _scores(book, scores)
    avoided_share, weak = reduction_share(book, standing)
    return Financed(
        book=book,
        as_of=day,
        share=attribution,
        avoided_share=avoided_share,
        co2e=np.vstack([co2e, avoided]),
        U=np.vstack([expanded, avoided_u]),
        score=score,
        option=option,
        record=record,
        rules=[*refusing, *findings(book, attribution, co2e, score, day), *weak],
        components=[
            *emission_components(components, held, book.entity),
            *avoided_components(reduction_components, saved, book.entity),
        ],
    )


def _day(as_of: date | str) -> np.datetime64:
    try:
        day: np.datetime64 = np.datetime64(as_of, "D")
    except ValueError:
        day = np.datetime64("NaT", "D")
    if np.isnat(day):
        raise AlignmentError(f"E304: as_of={as_of!r} is not a date; write '2024-12-31', for one")
    return day


def _scores(book: Book, scores: pd.DataFrame | None) -> tuple[Column, Coded, Coded]:
    """Score, option and record of each loan; blank where `scores` has none."""
    classes, entity, n = book.loans.text("asset_class"), book.entity, len(book.loans)
    if scores is None:
        return np.full(n, np.nan), Coded.constant("", n), Coded.constant("", n)
    rows = _score_rows(scores)
    pair = entity.codes.astype(np.int64) * len(classes.labels) + classes.codes
    distinct, inverse = np.unique(pair, return_inverse=True)
    found = [
        rows.get((entity.labels[p // len(classes.labels)], classes.labels[p % len(classes.labels)]))
        for p in distinct
    ]
    value = np.array([np.nan if row is None else row[0] for row in found], dtype=np.float64)
    option = Coded.of(["" if row is None else row[1] for row in found])
    record = Coded.of(["" if row is None else row[2] for row in found])
    return value[inverse], option.take(inverse), record.take(inverse)


def _score_rows(scores: pd.DataFrame) -> dict[tuple[str, str], tuple[float, str, str]]:
    keys = list(zip(scores["entity"].astype(str), scores["asset_class"].astype(str), strict=True))
    if len(set(keys)) < len(keys):
        raise AlignmentError("scores: more than one score of an entity and asset class")
    parts = zip(scores["dq_score"], scores["option"], scores["record"], strict=True)
    values = [(float(value), str(option), str(record)) for value, option, record in parts]
    return dict(zip(keys, values, strict=True))
