"""The compiled pass over draws; imported only where there are enough of them to be worth it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from carbonmeter.kernels.jit import kernel

# Unsigned throughout: numba turns a mixture of signed and unsigned integers into floats.
MULTIPLY_0, MULTIPLY_1 = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
WEYL_0, WEYL_1 = np.uint64(0x9E3779B9), np.uint64(0xBB67AE85)
LOW = np.uint64(0xFFFF_FFFF)
HALF, UP, DOWN, ONE = np.uint64(32), np.uint64(20), np.uint64(12), np.uint64(1)
ROUNDS = 10
STEP = 2.0**-52


@kernel
def fill(
    seed: np.uint64, keys: NDArray[np.uint64], start: np.uint64, out: NDArray[np.float64]
) -> None:
    """Uniforms of the draws from `start` on, one row for each key; see `draws.uniforms`.

    Parameters
    ----------
    seed : uint64
    keys : uint64[k]
    start : uint64         number of the first draw
    out : float64[k, n]    filled in
    """
    for row in range(keys.size):
        key = keys[row]
        draw, column, n = start, 0, out.shape[1]
        while column < n:
            index = draw >> ONE
            c0, c1 = index & LOW, index >> HALF
            c2, c3 = key & LOW, key >> HALF
            k0, k1 = seed & LOW, seed >> HALF
            for _ in range(ROUNDS):
                first, second = c0 * MULTIPLY_0, c2 * MULTIPLY_1
                c0 = (second >> HALF) ^ c1 ^ k0
                c1 = second & LOW
                c2 = (first >> HALF) ^ c3 ^ k1
                c3 = first & LOW
                k0, k1 = (k0 + WEYL_0) & LOW, (k1 + WEYL_1) & LOW
            if (draw & ONE) == np.uint64(0):
                out[row, column] = (np.float64((c0 << UP) | (c1 >> DOWN)) + 0.5) * STEP
                column += 1
                draw += ONE
            if column < n:
                out[row, column] = (np.float64((c2 << UP) | (c3 >> DOWN)) + 0.5) * STEP
                column += 1
                draw += ONE
