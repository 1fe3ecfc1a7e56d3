"""The compiled passes over rows that stand in the order of their segments."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from carbonmeter.kernels.compiled import SIGNLESS, rounded
from carbonmeter.kernels.jit import kernel

ONE = np.uint64(1)
PIECE = np.uint64(2048)  # rows: 2**11 integers of 52 bits stay within 63
LOW = (1 << 52) - 1


@kernel
def count(segment: NDArray[np.signedinteger[Any]], offsets: NDArray[np.int64]) -> None:
    """Where each segment begins once the rows are sorted.

    Parameters
    ----------
    segment : int[n]            0 <= segment < len(offsets) - 1
    offsets : int64[n + 1]      zeros; filled in
    """
    for i in range(segment.size):
        offsets[segment[i] + 1] += 1
    for s in range(1, offsets.size):
        offsets[s] += offsets[s - 1]


@kernel
def place(
    segment: NDArray[np.signedinteger[Any]], free: NDArray[np.int64], order: NDArray[np.int32]
) -> None:
    """The row that comes to stand at each place; rows of one segment keep their order.

    Parameters
    ----------
    segment : int[n]     0 <= segment < len(free)
    free : int64[m]      the first free place of each segment; changed in place
    order : int32[n]     filled in
    """
    for i in range(segment.size):
        s = segment[i]
        order[free[s]] = i
        free[s] += 1


@kernel
def arrange(
    quantity: NDArray[np.float64],
    recipe: NDArray[np.integer[Any]],
    segment: NDArray[np.signedinteger[Any]],
    free: NDArray[np.int64],
    quantity_out: NDArray[np.float64],
    recipe_out: NDArray[np.integer[Any]],
) -> None:
    """`place` of the rows themselves, with their recipes in a narrower integer.

    Parameters
    ----------
    quantity : float64[n]
    recipe : int[n]                 fits the integers of `recipe_out`
    segment : int[n]                0 <= segment < len(free)
    free : int64[m]                 the first free place of each segment; changed in place
    quantity_out, recipe_out : [n]  filled in
    """
    for i in range(segment.size):
        s = segment[i]
        at = free[s]
        quantity_out[at] = quantity[i]
        recipe_out[at] = recipe[i]
        free[s] = at + 1


@kernel
def count_buckets(
    segment: NDArray[np.signedinteger[Any]], shift: int, free: NDArray[np.int64]
) -> int:
    """Where each bucket of 2**shift segments begins; how often neighbours lie in different ones.

    Parameters
    ----------
    segment : int[n]          0 <= segment < (len(free) - 1) << shift
    shift : int
    free : int64[m + 1]       zeros; filled in
    """
    changes, last = 0, np.uint64(0)
    for i in range(segment.size):
        bucket = np.uint64(segment[i]) >> np.uint64(shift)
        changes += bucket != last
        last = bucket
        free[bucket + ONE] += 1
    for b in range(1, free.size):
        free[b] += free[b - 1]
    return changes


@kernel
def partition(
    quantity: NDArray[np.float64],
    coefficient: NDArray[np.float64],
    recipe: NDArray[np.signedinteger[Any]],
    segment: NDArray[np.signedinteger[Any]],
    shift: int,
    free: NDArray[np.int64],
    product: NDArray[np.float64],
    place: NDArray[np.int32],
) -> None:
    """Products and segments of the rows, bucket by bucket.

    Parameters
    ----------
    quantity : float64[n]
    coefficient : float64[k]
    recipe : int[n]                0 <= recipe < k
    segment : int[n]
    shift : int
    free : int64[m + 1]            from `count_buckets`; changed in place
    product, place : [n]           filled in
    """
    for i in range(segment.size):
        s = segment[i]
        bucket = np.uint64(s) >> np.uint64(shift)
        at = np.uint64(free[bucket])
        product[at] = quantity[i] * coefficient[np.uint64(recipe[i])]
        place[at] = s
        free[bucket] += 1


@kernel
def run_sums(
    quantity: NDArray[np.float64],
    coefficient: NDArray[np.float64],
    recipe: NDArray[np.integer[Any]],
    offsets: NDArray[np.int64],
    top: int,
    total: NDArray[np.float64],
    deep: NDArray[np.bool_],
) -> None:
    """Sum of quantity * coefficient[recipe] of each run, exact, then rounded to the nearest.

    A product is cut into two integers by adding and taking away a large number, whose last bit
    has the wanted unit: 51 bits below 2**top, then 52 bits. The bits of a float64 in one binade
    count up by one per unit, so they are summed as they are. Every step is one instruction for a
    whole vector. Bits below the second integer are rare; they only mark the run.

    Parameters
    ----------
    quantity : float64[n]       |product| <= 2**top
    coefficient : float64[k]
    recipe : int[n]             0 <= recipe < k
    offsets : int64[m + 1]      run s holds the rows from offsets[s] to offsets[s + 1]
    top : int                   from -900 to 1000
    total : float64[m]          filled in
    deep : bool[m]              filled in: rows of the run reach below 103 bits, its total is wrong
    """
    first = np.int64((top + 1 + 1023) << 52).view(np.float64) * 1.5
    second = first * 2.0**-52
    base = np.float64(first).view(np.int64)
    base_low = np.float64(second).view(np.int64)
    for s in range(total.size):
        over, high, low, below = np.int64(0), np.int64(0), np.int64(0), np.int64(0)
        stop = np.uint64(offsets[s + 1])
        row = np.uint64(offsets[s])  # without a sign it is not asked whether it is negative
        while row < stop:
            start, last = row, min(row + PIECE, stop)
            a, b = np.int64(0), np.int64(0)
            while row < last:
                x = quantity[row] * coefficient[np.uint64(recipe[row])]
                large = x + first
                a += np.float64(large).view(np.int64)
                x -= large - first
                large = x + second
                b += np.float64(large).view(np.int64)
                x -= large - second
                below |= np.float64(x).view(np.int64)
                row += ONE
            n = np.int64(last - start)
            low += b - n * base_low
            high += a - n * base + (low >> 52)
            low &= LOW
            over += high >> 52
            high &= LOW
        deep[s] = (below & SIGNLESS) != 0
        if -256 <= over < 256:
            total[s] = rounded((over << 52) + high, low, top - 103, False)
        else:
            total[s] = rounded(over, high, top - 51, low != 0)
