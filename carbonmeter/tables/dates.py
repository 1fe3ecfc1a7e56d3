"""Dates as a file writes them: ISO 8601, year-month-day, nothing else."""

from __future__ import annotations

import re
from datetime import date, datetime, time

import numpy as np

from carbonmeter.tables.cells import EMPTY, Flaw, Parsed, Wrong, distinct, flaws_of
from carbonmeter.tables.columns import frozen
from carbonmeter.tables.field import Field
from carbonmeter.tables.period import FIRST_YEAR, LAST_YEAR
from carbonmeter.tables.source import Cells, Doubles, Mixed

_ISO = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_OTHER = re.compile(r"([0-9]{4})[-/.年]?([0-9]{1,2})[-/.月]?([0-9]{1,2})日?")


def date_of(value: object) -> date | Wrong:
    """The day that a cell means, or why it means none.

    Examples
    --------
    >>> date_of("2024-02-30").rule
    'there is no such day'
    >>> date_of("2024/3/1").cure
    'write 2024-03-01'
    """
    if isinstance(value, datetime):
        if value.time() != time(0) or value.tzinfo is not None:
            return Wrong("a time of day where a date is wanted", f"write {value.date()}")
        value = value.date()
    if isinstance(value, date):
        return _in_range(value)
    if not isinstance(value, str):
        return Wrong("not a date", "format the cell as a date, or as text and write 2024-03-01")
    text = value.strip(" ")
    found = _ISO.fullmatch(text)
    if not found:
        return _not_a_date(text)
    try:
        return _in_range(date(int(found[1]), int(found[2]), int(found[3])))
    except ValueError:
        return Wrong("there is no such day", "write a day of the calendar")


def _in_range(day: date) -> date | Wrong:
    if FIRST_YEAR <= day.year <= LAST_YEAR:
        return day
    return Wrong(
        f"the year {day.year}",
        f"write a year from {FIRST_YEAR} to {LAST_YEAR}; leave an open end empty",
    )


def _not_a_date(text: str) -> Wrong:
    found = _OTHER.fullmatch(text)
    if found:
        return Wrong(
            "not written as year-month-day", f"write {found[1]}-{found[2]:0>2}-{found[3]:0>2}"
        )
    if re.fullmatch(r"[0-9]{1,2}[-/.][0-9]{1,2}[-/.][0-9]{1,4}", text):
        return Wrong("year, month and day cannot be told apart", "write it as 2024-03-01")
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ].+", text):
        return Wrong("a time of day where a date is wanted", f"write {text[:10]}")
    return Wrong("not a date", "write it as 2024-03-01")


def read_dates(cells: Cells, field: Field) -> Parsed:
    """A column of days, datetime64[D]; NaT where an optional cell is blank."""
    if not isinstance(cells, Mixed | Doubles):
        import pyarrow as pa

        if pa.types.is_timestamp(cells.type) and cells.type.tz is None:
            cells = cells.cast(pa.timestamp("us"), safe=False)
    mixed = distinct(cells)
    days = np.full(len(mixed.values) + 1, np.datetime64("NaT", "D"))
    wrong: dict[int, Wrong] = {}
    for code, value in enumerate(mixed.values):
        if (isinstance(value, str) and not value.strip()) or value is None or value != value:
            if field.required:
                wrong[code] = EMPTY
            continue
        verdict = date_of(value)
        if isinstance(verdict, Wrong):
            wrong[code] = verdict
        else:
            days[code] = np.datetime64(verdict, "D")
    flaws: list[Flaw] = flaws_of(mixed, wrong) if wrong else []
    return Parsed(frozen(days[mixed.codes]), flaws)
