"""Distinct combinations of coded columns, found without sorting where a look-up table fits."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.int32]
LARGEST_TABLE = 4_000_000


def distinct(columns: Sequence[Codes], sizes: Sequence[int]) -> tuple[Codes, list[Codes]]:
    """Index of each row's combination, and the combinations in canonical (code) order.

    Parameters
    ----------
    columns : int32[n] each          codes, 0 <= code < its size
    sizes : number of labels of each column

    Returns
    -------
    int32[n], list of int32[k]       combination of each row; the codes of the k combinations

    Examples
    --------
    >>> of_row, (a, b) = distinct([np.array([1, 0, 1]), np.array([2, 0, 2])], [2, 3])
    >>> of_row.tolist(), a.tolist(), b.tolist()
    ([1, 0, 1], [0, 1], [0, 2])
    """
    if not columns:
        raise ValueError("at least one column is needed")
    span = int(np.prod([max(size, 1) for size in sizes], dtype=object))
    combined = columns[0].astype(np.int64)
    for codes, size in zip(columns[1:], sizes[1:], strict=True):
        combined *= max(size, 1)
        combined += codes
    if span <= max(LARGEST_TABLE, 2 * combined.size):
        table = np.zeros(span, dtype=bool)
        table[combined] = True
        found = np.flatnonzero(table)
        index = np.empty(span, dtype=np.int32)
        index[found] = np.arange(found.size, dtype=np.int32)
        of_row = index[combined]
    else:
        found, inverse = np.unique(combined, return_inverse=True)
        of_row = inverse.astype(np.int32)
    parts: list[Codes] = []
    rest = found.astype(np.int64)
    for size in reversed(list(sizes)[1:]):
        rest, code = np.divmod(rest, max(size, 1))
        parts.append(code.astype(np.int32))
    parts.append(rest.astype(np.int32))
    return of_row, parts[::-1]
