"""The compiled pass over normal numbers of single precision, written so that it becomes vectors."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from carbonmeter.kernels.jit import kernel
from carbonmeter.kernels.terms import (
    BLOCK,
    DENOMINATOR,
    FOUR,
    HALF_STEP,
    LOG_2,
    LOGARITHM,
    MANTISSA,
    MOST,
    NUMERATOR,
    ONE,
    ROOT_HALF,
    SHARE,
    SIGN,
    SIZE,
    SPAN,
    STEP,
    TWICE,
)

# Unsigned throughout: numba turns a mixture of signed and unsigned integers into floats.
MULTIPLY_0, MULTIPLY_1 = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
WEYL_0, WEYL_1 = np.uint64(0x9E3779B9), np.uint64(0xBB67AE85)
LOW = np.uint64(0xFFFF_FFFF)
HALF = np.uint64(32)
APART = np.uint64(0x8000_0000)
N0, N1, N2, N3, N4, N5 = NUMERATOR
D0, D1, D2, D3, D4, D5 = DENOMINATOR
L0, L1, L2, L3, L4, L5 = LOGARITHM


@kernel
def words(seed: np.uint64, key: np.uint64, block: np.uint64, out: NDArray[np.uint32]) -> None:
    """The random words of one block of draws of one key.

    Parameters
    ----------
    out : uint32[BLOCK]    filled in
    """
    first, second = out[:SPAN], out[SPAN : 2 * SPAN]
    third, fourth = out[2 * SPAN : 3 * SPAN], out[3 * SPAN : 4 * SPAN]
    index = block * np.uint64(SPAN)
    high = (index >> HALF) | APART
    low = index & LOW
    k2, k3 = key & LOW, key >> HALF
    s0, s1 = seed & LOW, seed >> HALF
    for i in range(SPAN):
        c0, c1, c2, c3 = low + np.uint64(i), high, k2, k3
        k0, k1 = s0, s1
        for _ in range(10):
            a, b = c0 * MULTIPLY_0, c2 * MULTIPLY_1
            c0 = (b >> HALF) ^ c1 ^ k0
            c1 = b & LOW
            c2 = (a >> HALF) ^ c3 ^ k1
            c3 = a & LOW
            k0, k1 = (k0 + WEYL_0) & LOW, (k1 + WEYL_1) & LOW
        first[i] = np.uint32(c0)
        second[i] = np.uint32(c1)
        third[i] = np.uint32(c2)
        fourth[i] = np.uint32(c3)


@kernel
def normal(
    word: NDArray[np.uint32], scratch: NDArray[np.float32], out: NDArray[np.float32]
) -> None:
    """The normal number that each word stands for; see `noise.normal_of`.

    Parameters
    ----------
    word : uint32[BLOCK]
    scratch : float32[3, BLOCK]     parts of it never overlap in one loop: else no vectors
    out : float32[BLOCK]    filled in
    """
    q, m, exponent = scratch[0], scratch[1], scratch[2]
    for i in range(BLOCK):
        p = np.float32(np.int32(word[i] & SIZE)) * STEP + HALF_STEP
        q[i] = FOUR * p * (ONE - p)
    bits, mantissa = q.view(np.int32), m.view(np.int32)
    for i in range(BLOCK):
        b = bits[i]
        e = np.int32(np.int32(b - ROOT_HALF) >> MANTISSA)
        mantissa[i] = np.int32(b - np.int32(e << MANTISSA))
        exponent[i] = np.float32(e)
    for i in range(BLOCK):
        f = m[i] - ONE
        square = f * f
        rest = ((((L5 * f + L4) * f + L3) * f + L2) * f + L1) * f + L0
        w = -(exponent[i] * LOG_2 + (f - (SHARE * square - square * f * rest)))
        over = ((((N5 * w + N4) * w + N3) * w + N2) * w + N1) * w + N0
        under = ((((D5 * w + D4) * w + D3) * w + D2) * w + D1) * w + D0
        x = np.float32(np.int32(MOST - np.int32(word[i] & SIZE))) * TWICE + STEP
        out[i] = x * (over / under)
    signed = out.view(np.uint32)
    for i in range(BLOCK):
        signed[i] = signed[i] ^ np.uint32(word[i] & SIGN)


@kernel
def fill(
    seed: np.uint64, keys: NDArray[np.uint64], first: np.uint64, out: NDArray[np.float32]
) -> None:
    """Normal numbers of whole blocks of draws, one row for each key; see `noise.noise`.

    Parameters
    ----------
    first : uint64                  number of the first block
    out : float32[k, m * BLOCK]     filled in
    """
    word = np.empty(BLOCK, dtype=np.uint32)
    scratch = np.empty((3, BLOCK), dtype=np.float32)
    for row in range(keys.size):
        for at in range(out.shape[1] // BLOCK):
            words(seed, keys[row], first + np.uint64(at), word)
            normal(word, scratch, out[row, at * BLOCK : (at + 1) * BLOCK])
