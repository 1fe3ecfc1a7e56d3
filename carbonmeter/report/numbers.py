"""Numbers for people: the only place where results are rounded."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import NamedTuple

from carbonmeter.uncertainty import half_up, last_place

MINUS = "−"
ABSENT = "–"
U_DIGITS = 2
WHOLE = 0.9995
BARE_DIGITS = 4
MOST_DECIMALS = 12


class Shown(NamedTuple):
    """A value and its expanded uncertainty as printed: rounded at the same digit."""

    value: str
    U: str


def with_u(value: float, expanded: float) -> Shown:
    """The expanded uncertainty to two significant digits, the value to the same digit.

    Without a stated uncertainty (zero or NaN) the value keeps four significant digits, or all
    its digits before the point, and U is a dash: unknown is not zero.

    Examples
    --------
    >>> with_u(123456.7, 2345.6)
    Shown(value='123,500', U='2,300')
    >>> with_u(0.123456, 0.0996)
    Shown(value='0.12', U='0.10')
    >>> with_u(123456.7, 0.0)
    Shown(value='123,457', U='–')
    """
    if not math.isfinite(value):
        return Shown(ABSENT, ABSENT)
    if not math.isfinite(expanded) or expanded <= 0.0:
        return Shown(plain(value), ABSENT)
    place = last_place(expanded)
    return Shown(_text(half_up(value, place)), _text(half_up(expanded, place)))


def plain(value: float, digits: int = BARE_DIGITS) -> str:
    """A number without uncertainty: `digits` significant digits, never fewer than its integers.

    Examples
    --------
    >>> plain(1234567.8), plain(12.3456), plain(0.0012345), plain(0.0), plain(-3.5)
    ('1,234,568', '12.35', '0.001235', '0', '−3.500')
    >>> plain(1e30), plain(-2.25e-300)
    ('1,000,000,000,000,000,000,000,000,000,000', '−2.250e-300')
    """
    if not math.isfinite(value):
        return ABSENT
    if value == 0.0:
        return "0"
    return _text(half_up(value, min(_digit(value, digits), 0)))


def fixed(value: float, decimals: int) -> str:
    """A number with so many decimals.

    Examples
    --------
    >>> fixed(1234.565, 2), fixed(-0.004, 2)
    ('1,234.57', '0.00')
    """
    return ABSENT if not math.isfinite(value) else _text(half_up(value, -decimals))


def percent(share: float) -> str:
    """A share as a percentage; what is not nothing and not everything never looks so.

    Examples
    --------
    >>> percent(0.0), percent(0.0004), percent(0.07), percent(0.314), percent(0.9999), percent(1.0)
    ('0 %', '< 0.1 %', '7.0 %', '31 %', '> 99.9 %', '100 %')
    """
    if not math.isfinite(share):
        return ABSENT
    size = abs(share)
    if 0.0 < size < 0.001:
        return "< 0.1 %"
    if 0.999 < size < 1.0:
        return "> 99.9 %"
    decimals = 1 if 0.0 < size < 0.0995 or 0.99 <= size < 1.0 else 0
    return f"{_text(half_up(100.0 * share, -decimals))} %"


def partly(expanded: float, covered: float) -> bool:
    """Whether U is that of a part of the total only, as the rest states no uncertainty at all."""
    return math.isfinite(expanded) and expanded > 0.0 and covered < WHOLE


def percent_of(expanded: float, value: float, covered: float = 1.0) -> str:
    """U as a percentage of the value, two significant digits, for reading beside it.

    With a share of the value of which nothing states an uncertainty, U is at least so much.

    Examples
    --------
    >>> percent_of(2.5, 100.0), percent_of(0.0, 100.0), percent_of(12.34, 10.0)
    ('2.5 %', '–', '120 %')
    >>> percent_of(2.5, 100.0, 0.1)
    '≥ 2.5 %'
    """
    if value == 0.0 or not math.isfinite(value) or not math.isfinite(expanded) or expanded <= 0:
        return ABSENT
    ratio = 100.0 * expanded / abs(value)
    digit = max(_digit(ratio, U_DIGITS), -2)
    least = "≥ " if partly(expanded, covered) else ""
    return f"{least}{_text(half_up(ratio, digit))} %"


def _digit(value: float, digits: int) -> int:
    """Power of ten of the last of so many significant digits."""
    return Decimal(repr(float(abs(value)))).adjusted() - digits + 1


def _text(number: Decimal) -> str:
    if number == 0:
        number = abs(number)
    exponent = number.as_tuple().exponent
    decimals = max(-exponent, 0) if isinstance(exponent, int) else 0
    text = f"{abs(number):,.{decimals}f}"
    if decimals > MOST_DECIMALS:
        text = f"{abs(number):e}" if number else "0"
    return MINUS + text if number < 0 else text
