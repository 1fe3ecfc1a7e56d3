"""One value as the text of a cell, and texts that a spreadsheet must not take for a formula."""

from __future__ import annotations

import math
from datetime import date, datetime

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
BEFORE = " \u3000'\"\ufeff"


def cell(value: object) -> str:
    """A value as text: a number with all its digits, an absent one blank.

    Examples
    --------
    >>> cell(0.1), cell(1e21), cell(3), cell(float("nan")), cell(None), cell(True)
    ('0.1', '1e+21', '3', '', '', 'yes')
    """
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return repr(float(value))
    if isinstance(value, datetime):
        text = value.isoformat()
        return "" if text == "NaT" else text.removesuffix("T00:00:00")
    if isinstance(value, date):
        return value.isoformat()
    text = str(value)
    return "" if text in ("NaT", "<NA>") else text


def safe(text: str, value: object = "") -> str:
    """The text of a cell with an apostrophe before it if a spreadsheet could run it.

    Numbers are left alone: -5 stays a number.

    Examples
    --------
    >>> safe("=1+1"), safe(" @x"), safe("-5", -5), safe("a=b")
    ("'=1+1", "' @x", '-5', 'a=b')
    """
    if isinstance(value, int | float):
        return text
    return f"'{text}" if text.lstrip(BEFORE)[:1] in FORMULA and text else text
