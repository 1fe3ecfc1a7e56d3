"""Rounding as reporting templates do it: half up, on the decimal that is printed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from carbonmeter.uncertainty import display


def half_up(value: float, digits: int) -> float:
    """`value` with `digits` decimals, ties away from zero.

    Examples
    --------
    >>> half_up(1.470832, 2), half_up(0.125, 2), half_up(2.675, 2)
    (1.47, 0.13, 2.68)
    """
    return float(display.half_up(value, -digits))


def half_up_column(values: NDArray[np.float64], digits: int) -> NDArray[np.float64]:
    """The same for a column of amounts >= 0.

    The tiny lift puts decimals such as 2.675, whose double lies just below, on their own side.
    """
    grown = values * 10.0**digits
    return np.floor(grown + 0.5 + np.abs(grown) * 1e-15) / 10.0**digits
