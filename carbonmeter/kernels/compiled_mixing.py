"""The compiled pass over draws of groups, block by block, so that the block stays in the cache."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from carbonmeter.kernels.compiled_noise import normal, words
from carbonmeter.kernels.jit import kernel
from carbonmeter.kernels.terms import BLOCK

Index = NDArray[np.int64]
Column = NDArray[np.float64]
Single = NDArray[np.float32]
Words = NDArray[np.uint64]
WHOLE = np.uint64(BLOCK)


@kernel
def add_models(
    model: Index,
    amount: Column,
    first: int,
    last: int,
    coefficient: Column,
    left: int,
    right: int,
    total: Column,
) -> None:
    """Adds amounts of coefficients of draws; four at a time, one after the other."""
    n = total.size
    e = first
    while e + 4 <= last:
        a0, a1, a2, a3 = amount[e], amount[e + 1], amount[e + 2], amount[e + 3]
        r0 = coefficient[model[e], left:right]
        r1 = coefficient[model[e + 1], left:right]
        r2 = coefficient[model[e + 2], left:right]
        r3 = coefficient[model[e + 3], left:right]
        for i in range(n):
            total[i] = (((total[i] + a0 * r0[i]) + a1 * r1[i]) + a2 * r2[i]) + a3 * r3[i]
        e += 4
    while e < last:
        a, r = amount[e], coefficient[model[e], left:right]
        for i in range(n):
            total[i] += a * r[i]
        e += 1


@kernel
def add_squares(
    which: Index,
    share: Single,
    first: int,
    last: int,
    square: Single,
    left: int,
    right: int,
    variance: Single,
) -> None:
    """Adds shares of squares of draws; four at a time, one after the other."""
    n = variance.size
    p = first
    while p + 4 <= last:
        s0, s1, s2, s3 = share[p], share[p + 1], share[p + 2], share[p + 3]
        r0 = square[which[p], left:right]
        r1 = square[which[p + 1], left:right]
        r2 = square[which[p + 2], left:right]
        r3 = square[which[p + 3], left:right]
        for i in range(n):
            variance[i] = (((variance[i] + s0 * r0[i]) + s1 * r1[i]) + s2 * r2[i]) + s3 * r3[i]
        p += 4
    while p < last:
        s, r = share[p], square[which[p], left:right]
        for i in range(n):
            variance[i] += s * r[i]
        p += 1


@kernel
def add_times(amount: float, row: Column, drawn: Column, total: Column) -> None:
    for i in range(total.size):
        total[i] += amount * (row[i] * drawn[i])


@kernel
def add_times_single(amount: float, row: Column, drawn: Single, total: Column) -> None:
    for i in range(total.size):
        total[i] += amount * (row[i] * np.float64(drawn[i]))


@kernel
def add_own(scale: float, variance: Single, drawn: Single, total: Column) -> None:
    for i in range(total.size):
        total[i] += scale * np.float64(drawn[i] * np.sqrt(variance[i]))


@kernel
def store(total: Column, centre: float, out: NDArray[np.floating[Any]]) -> None:
    for i in range(total.size):
        out[i] = total[i] - centre


@kernel
def fill(
    seed: np.uint64,
    start: np.uint64,
    entries: Index,
    model: Index,
    key: Index,
    amount: Column,
    keys: Words,
    cells: Index,
    parts: Index,
    which: Index,
    share: Single,
    scale: Column,
    cell_keys: Words,
    coefficient: Column,
    square: Single,
    given: Column,
    centre: Column,
    out: NDArray[np.floating[Any]],
    column: int,
) -> None:
    """Draws of each group from `start` on, into the columns from `column` on; see `mixing.mix`.

    Rows are sliced one by one: then they are known to be contiguous, and loops become vectors.
    """
    n = coefficient.shape[1]
    total, variance = np.empty(BLOCK), np.empty(BLOCK, dtype=np.float32)
    word, drawn = np.empty(BLOCK, dtype=np.uint32), np.empty(BLOCK, dtype=np.float32)
    scratch = np.empty((3, BLOCK), dtype=np.float32)
    block = start // WHOLE
    low, left = int(start - block * WHOLE), 0
    while left < n:
        size = min(BLOCK - low, n - left)
        right = left + size
        sums, own, z = total[:size], variance[:size], drawn[low : low + size]
        for g in range(out.shape[0]):
            sums[:] = 0.0
            e, end = entries[g], entries[g + 1]
            plain = e
            while plain < end and key[plain] < 0:
                plain += 1
            add_models(model, amount, e, plain, coefficient, left, right, sums)
            held = -1
            for e in range(plain, end):
                row = coefficient[model[e], left:right]
                if given.shape[0] > 0:
                    add_times(amount[e], row, given[key[e], left:right], sums)
                    continue
                if key[e] != held:
                    words(seed, keys[key[e]], block, word)
                    normal(word, scratch, drawn)
                    held = key[e]
                add_times_single(amount[e], row, z, sums)
            for c in range(cells[g], cells[g + 1]):
                own[:] = np.float32(0.0)
                add_squares(which, share, parts[c], parts[c + 1], square, left, right, own)
                words(seed, cell_keys[c], block, word)
                normal(word, scratch, drawn)
                add_own(scale[c], own, z, sums)
            store(sums, centre[g], out[g, column + left : column + right])
        block += np.uint64(1)
        left, low = right, 0
