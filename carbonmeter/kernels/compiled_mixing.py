"""The compiled pass over draws of groups, block by block, so that the block stays in the cache."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from carbonmeter.kernels.compiled_noise import normal, words
from carbonmeter.kernels.jit import kernel
from carbonmeter.kernels.noise import BLOCK

Index = NDArray[np.int64]
Column = NDArray[np.float64]
Single = NDArray[np.float32]
Words = NDArray[np.uint64]
WHOLE = np.uint64(BLOCK)


@kernel
def add_models(
    model: Index, amount: Column, first: int, last: int, coefficient: Column, total: Column
) -> None:
    """Adds amounts of coefficients of draws; four at a time, one after the other."""
    n = total.size
    e = first
    while e + 4 <= last:
        a0, a1, a2, a3 = amount[e], amount[e + 1], amount[e + 2], amount[e + 3]
        r0, r1 = coefficient[model[e]], coefficient[model[e + 1]]
        r2, r3 = coefficient[model[e + 2]], coefficient[model[e + 3]]
        for i in range(n):
            total[i] = (((total[i] + a0 * r0[i]) + a1 * r1[i]) + a2 * r2[i]) + a3 * r3[i]
        e += 4
    while e < last:
        a, r = amount[e], coefficient[model[e]]
        for i in range(n):
            total[i] += a * r[i]
        e += 1


@kernel
def add_squares(
    which: Index, share: Single, first: int, last: int, square: Single, variance: Single
) -> None:
    """Adds shares of squares of draws; four at a time, one after the other."""
    n = variance.size
    p = first
    while p + 4 <= last:
        s0, s1, s2, s3 = share[p], share[p + 1], share[p + 2], share[p + 3]
        r0, r1, r2, r3 = (
            square[which[p]],
            square[which[p + 1]],
            square[which[p + 2]],
            square[which[p + 3]],
        )
        for i in range(n):
            variance[i] = (((variance[i] + s0 * r0[i]) + s1 * r1[i]) + s2 * r2[i]) + s3 * r3[i]
        p += 4
    while p < last:
        s, r = share[p], square[which[p]]
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
) -> None:
    """Draws of each group from `start` on; see `mixing.mix`."""
    n = coefficient.shape[1]
    total, variance = np.empty(BLOCK), np.empty(BLOCK, dtype=np.float32)
    word, drawn = np.empty(BLOCK, dtype=np.uint32), np.empty(BLOCK, dtype=np.float32)
    scratch = np.empty((3, BLOCK), dtype=np.float32)
    block = start // WHOLE
    low, left = int(start - block * WHOLE), 0
    while left < n:
        size = min(BLOCK - low, n - left)
        right = left + size
        row, rows = coefficient[:, left:right], square[:, left:right]
        sums, own, z = total[:size], variance[:size], drawn[low : low + size]
        for g in range(out.shape[0]):
            sums[:] = 0.0
            e, end = entries[g], entries[g + 1]
            plain = e
            while plain < end and key[plain] < 0:
                plain += 1
            add_models(model, amount, e, plain, row, sums)
            held = -1
            for e in range(plain, end):
                if given.shape[0] > 0:
                    add_times(amount[e], row[model[e]], given[key[e], left:right], sums)
                    continue
                if key[e] != held:
                    words(seed, keys[key[e]], block, word)
                    normal(word, scratch, drawn)
                    held = key[e]
                add_times_single(amount[e], row[model[e]], z, sums)
            for c in range(cells[g], cells[g + 1]):
                own[:] = np.float32(0.0)
                add_squares(which, share, parts[c], parts[c + 1], rows, own)
                words(seed, cell_keys[c], block, word)
                normal(word, scratch, drawn)
                add_own(scale[c], own, z, sums)
            store(sums, centre[g], out[g, left:right])
        block += np.uint64(1)
        left, low = right, 0
