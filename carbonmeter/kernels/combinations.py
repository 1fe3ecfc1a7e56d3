"""Combinations of codes in several columns: whether one occurs twice, and which each row has.

The codes of a row are the digits of one number below `span`. Rows are taken in blocks that stay in
the cache, so no column of wide numbers is ever written. Short columns go through NumPy, long ones
through compiled code; the answers are the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from carbonmeter.kernels.reduce import COMPILED_FROM

Codes = NDArray[Any]
Numbers = NDArray[np.uint32]

BLOCK = 1 << 15
WIDEST = 1 << 32


class Numbered(NamedTuple):
    """The combination of each row, those that occur as numbers in rising order, and where first."""

    of_row: NDArray[np.int32]
    found: NDArray[np.int64]
    first: NDArray[np.int32]


def span_of(sizes: Sequence[int]) -> int:
    """How many combinations of codes there could be."""
    span = 1
    for size in sizes:
        span *= max(size, 1)
    return span


def any_twice(columns: Sequence[Codes], sizes: Sequence[int]) -> bool:
    """Whether two rows have one combination; a bit of memory for each that could be.

    Parameters
    ----------
    columns : int[n] each     of one length, at least one; 0 <= code < its size
    sizes : int each          with a product of at most 2**32

    Examples
    --------
    >>> any_twice([np.array([0, 1, 0]), np.array([1, 1, 0])], [2, 2])
    False
    """
    span = span_of(sizes)
    if columns[0].size > span:
        return True
    if columns[0].size >= COMPILED_FROM:
        from carbonmeter.kernels.compiled_keys import tick

        ticked = np.zeros(span // 32 + 1, dtype=np.uint32)
        return any(tick(number, ticked) > 0 for _, number in _blocks(columns, sizes))
    seen = np.zeros(span, dtype=bool)
    for _, number in _blocks(columns, sizes):
        seen[number] = True
    return int(np.count_nonzero(seen)) < columns[0].size


def numbered(columns: Sequence[Codes], sizes: Sequence[int]) -> Numbered:
    """The combinations that occur, the one of each row, and the first row of each.

    Parameters as in `any_twice`; four bytes of memory for each combination that could be.

    Examples
    --------
    >>> numbered([np.array([1, 0, 1]), np.array([2, 0, 2])], [2, 3]).found.tolist()
    [0, 5]
    """
    span, n = span_of(sizes), columns[0].size
    first = np.full(span, -1, dtype=np.int32)
    compiled = n >= COMPILED_FROM
    if compiled:
        from carbonmeter.kernels.compiled_keys import meet

        for start, number in _blocks(columns, sizes):
            meet(number, first, start)
    else:
        for start, number in _blocks(columns, sizes):
            _meet(number, first, start)
    found = np.flatnonzero(first >= 0)
    told = [codes for codes, size in zip(columns, sizes, strict=True) if size > 1]
    if len(told) == 1 and found.size == span:  # every code of one column occurs: none is moved
        alike = _as_they_should_be(told[0])
        return Numbered(told[0] if alike else told[0].astype(np.int32), found, first)
    first_of_found, index = first[found], first
    index[found] = np.arange(found.size, dtype=np.int32)
    of_row = np.empty(n, dtype=np.int32)
    if compiled:
        from carbonmeter.kernels.compiled_keys import look_up

        for start, number in _blocks(columns, sizes):
            look_up(number, index, of_row[start : start + number.size])
    else:
        for start, number in _blocks(columns, sizes):
            of_row[start : start + number.size] = index[number]
    return Numbered(of_row, found, first_of_found)


def _as_they_should_be(codes: Codes) -> bool:
    """Whether codes are of the kind that numbers of combinations are."""
    return codes.dtype == np.int32 and codes.flags.contiguous and codes.flags.writeable


def _meet(number: Numbers, first: NDArray[np.int32], row: int) -> None:
    new = np.flatnonzero(first[number] < 0)
    # From the last to the first, so the first row of a number is what stays.
    first[number[new[::-1]]] = row + new[::-1]


def _blocks(columns: Sequence[Codes], sizes: Sequence[int]) -> Iterator[tuple[int, Numbers]]:
    """Start of each block of rows, and its combinations as numbers; the array is used again."""
    begin, append = _digits(columns[0].size >= COMPILED_FROM)
    told = [(c, np.uint32(s)) for c, s in zip(columns, sizes, strict=True) if s > 1]
    number = np.zeros(min(BLOCK, columns[0].size), dtype=np.uint32)
    for start in range(0, columns[0].size, BLOCK):
        block = number[: columns[0].size - start]
        if told:
            begin(block, told[0][0][start : start + BLOCK])
        for codes, size in told[1:]:
            append(block, codes[start : start + BLOCK], size)
        yield start, block


def _digits(
    compiled: bool,
) -> tuple[Callable[[Numbers, Codes], None], Callable[[Numbers, Codes, np.uint32], None]]:
    if compiled:
        from carbonmeter.kernels.compiled_keys import append, begin

        return begin, append
    return _begin, _append


def _begin(number: Numbers, codes: Codes) -> None:
    number[:] = codes


def _append(number: Numbers, codes: Codes, size: np.uint32) -> None:
    np.multiply(number, size, out=number)
    np.add(number, codes, out=number, dtype=np.uint32, casting="unsafe")
