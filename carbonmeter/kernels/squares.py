"""Sums of squared errors of rows, exact and independent of their order."""

from __future__ import annotations

import numpy as np

from carbonmeter.kernels import reduce
from carbonmeter.kernels.exact import Floats, Integers


def squared_segment_sum(
    quantity: Floats,
    relative: Floats,
    coefficient: Floats,
    recipe: Integers,
    segment: Integers,
    n_segments: int,
) -> Floats:
    """Sum of (quantity * relative * coefficient[recipe])² within each segment.

    Each square is rounded as NumPy rounds it, then they are summed exactly. It is the variance
    that rows bring to their segment which err by themselves.

    Parameters
    ----------
    quantity : float64[n]       finite
    relative : float64[n]       finite; relative standard uncertainty of the quantity
    coefficient : float64[k]    finite; squares too
    recipe : int[n]             0 <= recipe < k: which coefficient a row takes
    segment : int[n]            0 <= segment < n_segments, in any order
    n_segments : int

    Returns
    -------
    float64[n_segments], squared unit of quantity times unit of coefficient

    Examples
    --------
    >>> none = np.array([0, 0])
    >>> squared_segment_sum(np.array([30.0, 40.0]), np.ones(2), np.array([0.1]), none, none, 1)
    array([25.])
    """
    if quantity.size < reduce.COMPILED_FROM:
        return reduce.segment_sum(
            (quantity * relative * coefficient[recipe]) ** 2, segment, n_segments
        )
    from carbonmeter.kernels.compiled_squares import squares

    # A column of them, since a grid must know the largest: bounds of its factors lie far above it,
    # and most squares would then reach below two digits.
    found = np.empty(quantity.size)
    floats = reduce.plain(quantity), reduce.plain(relative), reduce.plain(coefficient)
    squares(*floats, reduce.index(recipe), found)
    return reduce.segment_sum(found, segment, n_segments)
