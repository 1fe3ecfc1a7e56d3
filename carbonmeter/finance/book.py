"""A loan book in one currency, each loan joined to what finances its borrower or project."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from carbonmeter.finance.attribution import enterprise_value, equity_plus_debt
from carbonmeter.tables.columns import Coded
from carbonmeter.tables.loans import PROJECT_FINANCE
from carbonmeter.units import Column, strip

if TYPE_CHECKING:
    from carbonmeter.tables.checked import Checked

Rows = NDArray[np.int64]
Mask = NDArray[np.bool_]
Dates = NDArray[np.datetime64]

BASES = (
    "",
    "equity_plus_debt",
    "total_assets",
    "evic",
    "project_equity_plus_debt",
    "total_investment",
)


@dataclass(frozen=True, eq=False)
class Balances:
    """What finances each borrower or each project, in CNY, and how that was found.

    Attributes
    ----------
    value : float64[k]         NaN if nothing usable is known
    basis : int8[k]            code into `BASES`
    date : datetime64[D][k]
    investment : float64[k]    total investment of a project, NaN for a borrower
    negative : bool[k]         equity is negative and was counted as zero
    no_minorities : bool[k]    minority interests of a listed borrower are unknown
    """

    value: Column
    basis: NDArray[np.int8]
    date: Dates
    investment: Column
    negative: Mask
    no_minorities: Mask


@dataclass(frozen=True, eq=False)
class Book:
    """Each loan with its place in the tables beside it; all columns have one entry a loan.

    Attributes
    ----------
    outstanding : float64[n], CNY
    is_project : bool[n]
    balance : int64[n]               place in `balances`, -1 if the table has no such row
    entity : Coded                   whose emissions are attributed; '' if unknown
    borrower : Coded                 who borrows
    several : bool[n]                the entity of a project loan has more than one project
    """

    loans: Checked
    outstanding: Column
    is_project: Mask
    balance: Rows
    balances: Balances
    entity: Coded
    borrower: Coded
    several: Mask

    def of_balance(self, column: NDArray[Any], absent: Any) -> NDArray[Any]:
        """A column of `balances` gathered to loans, `absent` where a loan has none."""
        return np.append(column, np.array([absent], dtype=column.dtype))[self.balance]


def book_of(loans: Checked, borrowers: Checked, projects: Checked, as_of: np.datetime64) -> Book:
    """The loan book at a date; of several balance sheets of a borrower the latest not after it."""
    is_project = loans.text("asset_class").where((PROJECT_FINANCE,))
    companies, ventures = _companies(borrowers), _ventures(projects)
    borrower, project = loans.text("borrower"), loans.text("project")
    of_borrower = _places(borrower, _latest(borrowers.text("entity"), companies.date, as_of))
    of_project = _places(project, _latest(projects.text("project"), ventures.date, as_of))
    shifted = np.where(of_project >= 0, of_project + len(borrowers), -1)
    return Book(
        loans=loans,
        outstanding=in_cny(loans, "outstanding"),
        is_project=is_project,
        balance=np.where(is_project, shifted, of_borrower),
        balances=_joined(companies, ventures),
        entity=_entity(borrower, projects.text("entity"), of_project, is_project),
        borrower=borrower,
        several=_several(projects)[of_project] & is_project,
    )


def in_cny(table: Checked, name: str) -> Column:
    """A column of money in CNY; a table refuses other currencies when it is read."""
    unit = table.text("unit")
    return strip(table.number(name), unit.codes, unit.labels, "CNY")


def _companies(table: Checked) -> Balances:
    equity, debt = in_cny(table, "equity"), in_cny(table, "debt")
    minorities, assets = in_cny(table, "minorities"), in_cny(table, "total_assets")
    listed = table.flag("listed")
    booked = equity_plus_debt(equity, debt)
    unlisted = np.where(np.isnan(booked), assets, booked)
    value = np.where(
        listed, enterprise_value(in_cny(table, "market_cap"), debt, minorities), unlisted
    )
    basis = np.where(listed, 3, np.where(np.isnan(booked), 2, 1))
    return Balances(
        value=value,
        basis=np.where(np.isnan(value), 0, basis).astype(np.int8),
        date=table.dates("date"),
        investment=np.full(len(table), np.nan),
        negative=~listed & (equity < 0.0) & ~np.isnan(booked),
        no_minorities=listed & np.isnan(minorities),
    )


def _ventures(table: Checked) -> Balances:
    equity = in_cny(table, "equity")
    booked = equity_plus_debt(equity, in_cny(table, "debt"))
    investment = in_cny(table, "total_investment")
    value = np.where(np.isnan(booked), investment, booked)
    basis = np.where(np.isnan(value), 0, np.where(np.isnan(booked), 5, 4))
    return Balances(
        value=value,
        basis=basis.astype(np.int8),
        date=table.dates("date"),
        investment=investment,
        negative=(equity < 0.0) & ~np.isnan(booked),
        no_minorities=np.zeros(len(table), dtype=bool),
    )


def _joined(first: Balances, second: Balances) -> Balances:
    columns = {
        name: np.concatenate([getattr(first, name), getattr(second, name)])
        for name in Balances.__dataclass_fields__
    }
    return Balances(**columns)


def _latest(key: Coded, date: Dates, as_of: np.datetime64) -> dict[str, int]:
    """Row of each label's latest date not after `as_of`; failing that, of its earliest."""
    after = date > as_of
    days = date.astype("M8[D]").astype(np.int64)
    # Worst first, so that the best of a label is written last: dates after the report, the
    # furthest first, then those up to it, the oldest first.
    order = np.lexsort((np.where(after, -days, days), ~after))
    texts = key.text()
    return {str(texts[i]): int(i) for i in order}


def _places(key: Coded, rows: Mapping[str, int]) -> Rows:
    """Row of another table for each row's label, -1 if it has none."""
    found = np.array([*(rows.get(label, -1) for label in key.labels), -1], dtype=np.int64)
    return found[key.codes]


def _several(projects: Checked) -> Mask:
    """Whether the entity of each project has another project too; a last False stands for none."""
    owner, project = projects.text("entity"), projects.text("project")
    pairs = np.unique(owner.codes.astype(np.int64) * len(project.labels) + project.codes)
    count = np.bincount(pairs // max(len(project.labels), 1), minlength=len(owner.labels))
    return np.append(count[owner.codes] > 1, False)


def _entity(borrower: Coded, owner: Coded, of_project: Rows, is_project: Mask) -> Coded:
    """The borrower, but of a project loan the project's own entity."""
    labels = (*borrower.labels, *owner.labels, "")
    of_owner = np.append(owner.codes.astype(np.int64), len(owner.labels))[of_project]
    codes = np.where(is_project, of_owner + len(borrower.labels), borrower.codes)
    return Coded(codes.astype(np.int32), labels).relabel(labels)
