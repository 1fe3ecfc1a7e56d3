"""A value and its expanded uncertainty as text: two significant digits, halves rounded up."""

from __future__ import annotations

import math
from decimal import ROUND_HALF_UP, Context, Decimal

DIGITS = 2
WIDE = Context(prec=700)  # room for every digit between the largest and the smallest double


def half_up(value: float, exponent: int) -> Decimal:
    """The value rounded to a multiple of 10**exponent, halves away from zero.

    The decimal that is rounded is the shortest one that names the float, so 2.675 is a half.

    Examples
    --------
    >>> str(half_up(2.675, -2)), str(half_up(-0.5, 0))
    ('2.68', '-1')
    """
    return Decimal(repr(float(value))).quantize(Decimal((0, (1,), exponent)), ROUND_HALF_UP, WIDE)


def last_place(expanded: float) -> int:
    """The power of ten of the last digit kept when U is written with two significant digits.

    Examples
    --------
    >>> last_place(0.0234), last_place(0.0996), last_place(12345.0)
    (-3, -2, 3)
    """
    exponent = Decimal(repr(float(expanded))).adjusted() - DIGITS + 1
    rounded = half_up(expanded, exponent)
    return exponent + (rounded.adjusted() - exponent >= DIGITS)


def with_uncertainty(value: float, expanded: float) -> tuple[str, str]:
    """The texts of a value and of its U: U with two significant digits, the value to match.

    Parameters
    ----------
    value, expanded : float    in one unit; `expanded` NaN if no uncertainty is stated

    Examples
    --------
    >>> with_uncertainty(0.42, 0.025), with_uncertainty(182377.4, 7312.0)
    (('0.420', '0.025'), ('182400', '7300'))
    """
    if not (math.isfinite(value) and math.isfinite(expanded)):
        return repr(float(value)), "not stated" if math.isnan(expanded) else repr(float(expanded))
    if expanded == 0.0:
        return repr(float(value)), "0"
    place = last_place(expanded)
    return f"{half_up(value, place):f}", f"{half_up(expanded, place):f}"


def joined(value: float, expanded: float) -> str:
    """Value ± U in one text; very large and very small ones share a power of ten.

    Examples
    --------
    >>> joined(0.42, 0.025), joined(5.67037e-08, 4.1e-13)
    ('0.420 ± 0.025', '(5.670370 ± 0.000041)e-08')
    """
    size = max(abs(value), expanded) if math.isfinite(expanded) else abs(value)
    power = Decimal(repr(float(size))).adjusted() if math.isfinite(size) and size else 0
    if -5 < power < 12:
        return " ± ".join(with_uncertainty(value, expanded))
    # Shift the decimals, not the floats, so that no digit is lost on the way.
    shown = with_uncertainty(_shifted(value, -power), _shifted(expanded, -power))
    return f"({' ± '.join(shown)})e{power:+03d}"


def _shifted(number: float, power: int) -> float:
    return float(Decimal(repr(float(number))).scaleb(power)) if math.isfinite(number) else number
