"""Random numbers as a function: the same key and draw give the same number, in any order of work.

Philox4x32-10 is a bijection of a 128-bit counter under a 64-bit key. Here the key is the seed, the
upper half of the counter is the name of a quantity and the lower half the number of the draw, so
no two quantities share a number, adding a quantity moves nobody's draws, and neither chunks nor
threads nor the order of calls leave a mark.

Each evaluation gives four 32-bit words, hence two uniforms. A uniform is an odd multiple of
2**-53 (52 random bits, then a one): never 0 nor 1, and as often below 1/2 as above it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Words = NDArray[np.uint64]
Floats = NDArray[np.float64]
Block = tuple[Words, Words, Words, Words]

MULTIPLY = (np.uint64(0xD2511F53), np.uint64(0xCD9E8D57))
WEYL = (0x9E3779B9, 0xBB67AE85)
ROUNDS = 10
LOW = np.uint64(0xFFFF_FFFF)
HALF = np.uint64(32)
UP, DOWN = np.uint64(20), np.uint64(12)
STEP = 2.0**-52
PIECE = 1 << 14  # evaluations at a time, so that the words stay in the cache
# NumPy takes some 70 ns a number, loading the compiled code most of a second.
COMPILED_FROM = 10_000_000


def philox4x32(counter: Block, key: tuple[int, int]) -> Block:
    """Philox4x32-10: four words of the counter to four random words.

    Parameters
    ----------
    counter : four uint64[n]    each below 2**32
    key : two int               each below 2**32

    Source
    ------
    Salmon, Moraes, Dror, Shaw: Parallel random numbers: as easy as 1, 2, 3 (SC11)

    Examples
    --------
    >>> zero = np.zeros(1, dtype=np.uint64)
    >>> [f"{int(word[0]):08x}" for word in philox4x32((zero, zero, zero, zero), (0, 0))]
    ['6627e8d5', 'e169c58d', 'bc57ac4c', '9b00dbd8']
    """
    c0, c1, c2, c3 = counter
    k0, k1 = key
    for _ in range(ROUNDS):
        first, second = c0 * MULTIPLY[0], c2 * MULTIPLY[1]
        c0, c1, c2, c3 = (
            (second >> HALF) ^ c1 ^ np.uint64(k0),
            second & LOW,
            (first >> HALF) ^ c3 ^ np.uint64(k1),
            first & LOW,
        )
        k0, k1 = (k0 + WEYL[0]) & 0xFFFF_FFFF, (k1 + WEYL[1]) & 0xFFFF_FFFF
    return c0, c1, c2, c3


def uniforms(
    seed: int, keys: NDArray[np.unsignedinteger[Any]], start: int, stop: int, compiled: bool = False
) -> Floats:
    """Uniform numbers of draws `start` to `stop` of each key.

    Parameters
    ----------
    seed : int              0 <= seed < 2**64
    keys : uint64[k]        the name of each quantity as a number
    start, stop : int       0 <= start <= stop < 2**64
    compiled : bool         by compiled code, to the same bits; worth its start from some
                            `COMPILED_FROM` numbers on

    Returns
    -------
    float64[k, stop - start], strictly between 0 and 1

    Examples
    --------
    >>> whole = uniforms(1, np.array([7, 8], dtype=np.uint64), 0, 5)
    >>> bool((whole[1:, 2:] == uniforms(1, np.array([8], dtype=np.uint64), 2, 5)).all())
    True
    """
    names = np.ascontiguousarray(keys, dtype=np.uint64)
    out = np.empty((names.size, stop - start))
    if out.size == 0:
        return out
    if compiled:
        from carbonmeter.kernels.compiled_draws import fill

        fill(np.uint64(seed), names, np.uint64(start), out)
        return out
    first, last = start // 2, (stop - 1) // 2
    width = last - first + 1
    together = max(1, PIECE // width)
    for at in range(0, names.size, together):
        for left in range(first, last + 1, PIECE):
            right = min(left + PIECE, last + 1)
            pair = _pairs(seed, names[at : at + together], left, right)
            begin, end = max(2 * left, start), min(2 * right, stop)
            out[at : at + together, begin - start : end - start] = pair[
                :, begin - 2 * left : end - 2 * left
            ]
    return out


def normals(
    seed: int, keys: NDArray[np.unsignedinteger[Any]], start: int, stop: int, compiled: bool = False
) -> Floats:
    """Standard normal numbers: the inverse distribution function at `uniforms`.

    By `scipy.special.ndtri`, whose relative error stays below 1e-13 (a test holds it to that); the
    largest size is 8.21, at a uniform of 2**-53.
    """
    from scipy.special import ndtri

    drawn: Floats = ndtri(uniforms(seed, keys, start, stop, compiled))
    return drawn


def _pairs(seed: int, keys: Words, left: int, right: int) -> Floats:
    """The two uniforms of evaluations `left` to `right` of each key, side by side."""
    index = np.arange(left, right, dtype=np.uint64)
    size = (keys.size, index.size)
    counter = (
        np.broadcast_to(index & LOW, size),
        np.broadcast_to(index >> HALF, size),
        np.broadcast_to((keys & LOW)[:, np.newaxis], size),
        np.broadcast_to((keys >> HALF)[:, np.newaxis], size),
    )
    words = philox4x32(counter, (seed & 0xFFFF_FFFF, seed >> 32))
    pair = np.empty((*size, 2))
    for side in (0, 1):
        bits = (words[2 * side] << UP) | (words[2 * side + 1] >> DOWN)
        pair[:, :, side] = (bits.astype(np.float64) + 0.5) * STEP
    return pair.reshape(keys.size, 2 * index.size)
