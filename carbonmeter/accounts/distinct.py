"""Distinct combinations of coded columns, found without sorting where a look-up table fits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from carbonmeter.kernels.combinations import numbered, span_of

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
    of_row, parts, _ = distinct_first(columns, sizes)
    return of_row, parts


def distinct_first(
    columns: Sequence[Codes], sizes: Sequence[int]
) -> tuple[Codes, list[Codes], NDArray[Any]]:
    """As `distinct`, and the first row of each combination.

    Examples
    --------
    >>> distinct_first([np.array([1, 0, 1])], [2])[2].tolist()
    [1, 0]
    """
    if not columns:
        raise ValueError("at least one column is needed")
    if span_of(sizes) <= max(LARGEST_TABLE, 2 * columns[0].size):
        of_row, found, first = numbered(columns, sizes)
    else:
        of_row, found, first = _sorted(columns, sizes)
    parts: list[Codes] = []
    rest = found
    for size in reversed(list(sizes)[1:]):
        rest, code = np.divmod(rest, max(size, 1))
        parts.append(code.astype(np.int32))
    parts.append(rest.astype(np.int32))
    return of_row, parts[::-1], first


def _sorted(
    columns: Sequence[Codes], sizes: Sequence[int]
) -> tuple[Codes, NDArray[np.int64], NDArray[Any]]:
    combined = columns[0].astype(np.int64)
    for codes, size in zip(columns[1:], sizes[1:], strict=True):
        combined *= max(size, 1)
        combined += codes
    found, first, inverse = np.unique(combined, return_index=True, return_inverse=True)
    return inverse.astype(np.int32), found, first
