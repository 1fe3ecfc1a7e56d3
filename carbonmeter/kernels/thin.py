"""Squares of sensitivities through a diagonal and a thin factor, without forming either product."""

from __future__ import annotations

import sys
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from carbonmeter.kernels.reduce import COMPILED_FROM

SOONER = 16

Floats = NDArray[np.float64]
Codes = NDArray[np.int32]


class Sparse(NamedTuple):
    """A matrix by rows: row i has the entries offsets[i] to offsets[i + 1]."""

    offsets: Codes
    column: Codes
    value: Floats


def thin_squares(change: Sparse, own: Floats, factor: Sparse, n_axes: int) -> tuple[Floats, Floats]:
    """Of each row of `change`, the sum of (change own)², and that of (change factor)².

    Entries are added in their order, in compiled code and in NumPy: the same bits.

    Parameters
    ----------
    change : csr float64[rows, n]     no column twice in a row
    own : float64[n]                  finite
    factor : csr float64[n, axes]

    Returns
    -------
    float64[rows], float64[rows]

    Examples
    --------
    >>> one = Sparse(np.array([0, 2], np.int32), np.array([0, 1], np.int32), np.array([1.0, 2.0]))
    >>> factor = Sparse(np.arange(3, dtype=np.int32), np.zeros(2, np.int32), np.array([3.0, 4.0]))
    >>> thin_squares(one, np.array([1.0, 1.0]), factor, 1)
    (array([5.]), array([121.]))
    """
    n = change.offsets.size - 1
    loaded = "carbonmeter.kernels.compiled" in sys.modules  # then compiled code costs no start
    if change.value.size >= (COMPILED_FROM // SOONER if loaded else COMPILED_FROM):
        from carbonmeter.kernels.compiled_thin import thin_squares as compiled

        found = np.empty(n), np.empty(n)
        compiled(*change, own, *factor, *found, np.empty(n_axes))
        return found
    from scipy.sparse import csr_array

    row = np.repeat(np.arange(n), np.diff(change.offsets))
    alone = _added(row, (change.value * own[change.column]) ** 2, n)
    shape = (n, own.size), (own.size, n_axes)
    left, right = (
        csr_array((part.value, part.column, part.offsets), shape=size)
        for part, size in zip((change, factor), shape, strict=True)
    )
    moved = left @ right
    moved.sort_indices()  # squares are added from the first axis on, as in compiled code
    row = np.repeat(np.arange(n), np.diff(moved.indptr))
    return alone, _added(row, moved.data**2, n)


def _added(row: NDArray[np.int64], values: Floats, n: int) -> Floats:
    return np.asarray(np.bincount(row, weights=values, minlength=n), dtype=np.float64)
