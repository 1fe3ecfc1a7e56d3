"""Periods as text: '2024', '2024-H1', '2024-Q1', '2024-03', each an interval [start, end)."""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache

from carbonmeter.tables.cells import Wrong

FIRST_YEAR, LAST_YEAR = 1900, 2199
_PERIOD = re.compile(r"([0-9]{4})(?:-(?:([0-9]{2})|Q([1-4])|H([12])))?")
FORMS = "2024, 2024-H1, 2024-Q1 or 2024-03"


def bounds(text: str) -> tuple[date, date]:
    """The first day of a period and the first day after it.

    Raises
    ------
    ValueError        if the text is not a period

    Examples
    --------
    >>> bounds("2024-Q4")
    (datetime.date(2024, 10, 1), datetime.date(2025, 1, 1))
    """
    found = _bounds(text)
    if isinstance(found, Wrong):
        raise ValueError(f"{text!r}: {found.rule}; {found.cure}")
    return found


@lru_cache(maxsize=100_000)
def _bounds(text: str) -> tuple[date, date] | Wrong:
    found = _PERIOD.fullmatch(text)
    if not found:
        return Wrong("not a period", f"write {_cure(text) or FORMS}")
    year = int(found[1])
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return Wrong(f"the year {found[1]}", f"write a year from {FIRST_YEAR} to {LAST_YEAR}")
    first, months = 1, 12
    if found[2]:
        first, months = int(found[2]), 1
    elif found[3]:
        first, months = 3 * int(found[3]) - 2, 3
    elif found[4]:
        first, months = 6 * int(found[4]) - 5, 6
    if not 1 <= first <= 12:
        return Wrong(f"there is no month {found[2]}", "write a month from 01 to 12")
    last = first + months
    return date(year, first, 1), date(year + (last > 12), last - 12 * (last > 12), 1)


def _cure(text: str) -> str:
    """The period that a usual other spelling means; empty if none is plain."""
    plain = text.strip().upper()
    for pattern, form in (
        (r"([0-9]{4})年?(?:度)?", "{0}"),
        (r"([0-9]{4})[-/.年]?(?:0?([1-9])|(1[0-2]))月?", "{0}-{1:0>2}"),
        (r"([0-9]{4})[-/.年 ]*(?:Q|第?)([1-4])(?:季度)?", "{0}-Q{1}"),
        (r"([0-9]{4})[-/.年 ]*(?:H)([12])", "{0}-H{1}"),
    ):
        found = re.fullmatch(pattern, plain)
        if found:
            year, *rest = (group for group in found.groups() if group)
            cure = form.format(year, *rest)
            return cure if _PERIOD.fullmatch(cure) else ""
    return ""


def period_of(value: object) -> str | Wrong:
    """The period that a cell means, or why it is none.

    A number such as 2024 in a spreadsheet is the year; a date is not a period, since a
    spreadsheet turns '2024-03' into a date by itself.
    """
    if isinstance(value, bool):
        return Wrong("not a period", f"write {FORMS}")
    if isinstance(value, int | float):
        if float(value).is_integer() and FIRST_YEAR <= value <= LAST_YEAR:
            return str(int(value))
        return Wrong("not a period", f"format the cell as text and write {FORMS}")
    if isinstance(value, date):
        return Wrong(
            "a date where a period is wanted",
            f"format the cell as text and write {value.year}-{value.month:02d} or {value.year}",
        )
    text = str(value).strip(" ")
    found = _bounds(text)
    return found if isinstance(found, Wrong) else text
