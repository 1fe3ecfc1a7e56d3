"""The compiled pass over sensitivities; imported only when there are enough to be worth it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from carbonmeter.kernels.jit import kernel

Index = NDArray[np.int64]
Floats = NDArray[np.float64]
ONE = np.uint64(1)


@kernel
def thin_squares(
    offsets: NDArray[np.int32],
    column: NDArray[np.int32],
    change: Floats,
    own: Floats,
    factor_offsets: NDArray[np.int32],
    factor_axis: NDArray[np.int32],
    factor: Floats,
    alone: Floats,
    common: Floats,
    axes: Floats,
) -> None:
    """Of each row, the sum of (change own)², and of its squares along the axes of a thin factor.

    Parameters
    ----------
    offsets, column, change : csr float64[rows, n]          without repeated entries
    own : float64[n]                                        finite
    factor_offsets, factor_axis, factor : csr float64[n, axes]
    alone, common : float64[rows]                           filled in
    axes : float64[axes]                                    room to work in
    """
    for row in range(alone.size):
        axes[:] = 0.0
        total = 0.0
        at, stop = np.uint64(offsets[row]), np.uint64(offsets[row + 1])
        while at < stop:  # without a sign it is not asked whether an index is negative
            n, x = np.uint64(column[at]), change[at]
            moved = x * own[n]
            total += moved * moved
            k, last = np.uint64(factor_offsets[n]), np.uint64(factor_offsets[n + ONE])
            while k < last:
                axes[np.uint64(factor_axis[k])] += x * factor[k]
                k += ONE
            at += ONE
        alone[row] = total
        total = 0.0
        for axis in range(axes.size):
            total += axes[axis] * axes[axis]
        common[row] = total
