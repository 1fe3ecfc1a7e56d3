"""The plain twins of the kernels: slow, and obviously right."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray


def segment_sum(
    values: NDArray[np.float64], segment: NDArray[np.int64], n_segments: int
) -> NDArray[np.float64]:
    rows: list[list[float]] = [[] for _ in range(n_segments)]
    for value, s in zip(values.tolist(), segment.tolist(), strict=True):
        rows[s].append(value)
    return np.array([math.fsum(row) for row in rows], dtype=np.float64)


def weighted_segment_sum(
    quantity: NDArray[np.float64],
    coefficient: NDArray[np.float64],
    recipe: NDArray[np.int64],
    segment: NDArray[np.int64],
    n_segments: int,
) -> NDArray[np.float64]:
    products = [q * coefficient[r] for q, r in zip(quantity.tolist(), recipe.tolist(), strict=True)]
    return segment_sum(np.array(products, dtype=np.float64), segment, n_segments)


def philox4x32(counter: list[int], key: list[int]) -> list[int]:
    """Philox4x32-10 with Python's integers, as the paper writes it."""
    c, (k0, k1) = list(counter), key
    for _ in range(10):
        high0, low0 = divmod(0xD2511F53 * c[0], 1 << 32)
        high1, low1 = divmod(0xCD9E8D57 * c[2], 1 << 32)
        c = [high1 ^ c[1] ^ k0, low1, high0 ^ c[3] ^ k1, low0]
        k0, k1 = (k0 + 0x9E3779B9) % (1 << 32), (k1 + 0xBB67AE85) % (1 << 32)
    return c


def uniform(seed: int, key: int, draw: int) -> float:
    """One draw of one key: 52 bits of the words of its half, and a one below them."""
    index, side = divmod(draw, 2)
    counter = [index % (1 << 32), index >> 32, key % (1 << 32), key >> 32]
    words = philox4x32(counter, [seed % (1 << 32), seed >> 32])[2 * side : 2 * side + 2]
    return (2 * ((words[0] << 20) + (words[1] >> 12)) + 1) / 2**53
