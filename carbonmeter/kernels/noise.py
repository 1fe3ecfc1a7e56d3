"""Normal numbers of single precision for errors of which there are very many: those of rows.

As in `carbonmeter.kernels.draws` a number is a function of seed, name and draw. The counter's top
bit is set here, so that no name shares a number with the uniforms there. Each evaluation of Philox
gives four words, one draw each: draws come in blocks of `BLOCK`, and draw d of a block is word
d // SPAN of evaluation d % SPAN of that block, so that compiled code fills whole vectors.

A word is a sign and 31 bits k; the probability of the tail is p = (k + 1/2) 2**-32, and

    w = -log(4 p (1 - p)),   |z| = (1 - 2 p) N(w) / D(w)

with polynomials of degree 5. Only + - * / and shifts of integers are used, each rounded to single
precision as IEEE 754 prescribes, so the bits are the same on every machine.

How far z is from the exact quantile of p: at most 6e-7 of it (1.1e-7 from the polynomials, the
rest from rounding). Single precision and 32 bits end the tails at 6.34: beyond lies a probability
of 2e-10, and the variance of z is 1 to within 1e-7. A test holds it to both. For comparison, a
standard deviation from a million draws is uncertain by 7e-4 of itself.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from carbonmeter.kernels.draws import HALF, LOW, philox4x32
from carbonmeter.kernels.terms import (
    APART,
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

Floats = NDArray[np.float32]
Words = NDArray[np.uint64]


def noise(
    seed: int, keys: NDArray[np.unsignedinteger[Any]], start: int, stop: int, compiled: bool = False
) -> Floats:
    """Standard normal numbers of draws `start` to `stop` of each key.

    Parameters
    ----------
    seed : int              0 <= seed < 2**64
    keys : uint64[k]        the name of each quantity as a number
    start, stop : int       0 <= start <= stop < 2**63
    compiled : bool         by compiled code, to the same bits

    Returns
    -------
    float32[k, stop - start]

    Examples
    --------
    >>> whole = noise(1, np.array([7, 8], dtype=np.uint64), 0, 5)
    >>> bool((whole[1:, 2:] == noise(1, np.array([8], dtype=np.uint64), 2, 5)).all())
    True
    """
    names = np.ascontiguousarray(keys, dtype=np.uint64)
    first, last = start // BLOCK, -(-stop // BLOCK)
    if names.size == 0 or stop == start:
        return np.empty((names.size, stop - start), dtype=np.float32)
    if compiled:
        from carbonmeter.kernels.compiled_noise import fill

        out = np.empty((names.size, (last - first) * BLOCK), dtype=np.float32)
        fill(np.uint64(seed), names, np.uint64(first), out)
    else:
        out = normal_of(_words(seed, names, first, last))
    return out[:, start - first * BLOCK : stop - first * BLOCK]


def normal_of(words: NDArray[np.uint32]) -> Floats:
    """The normal number that each word stands for."""
    k = (words & SIZE).astype(np.int32)
    p = k.astype(np.float32) * STEP + HALF_STEP
    q = FOUR * p * (ONE - p)
    bits = q.view(np.int32)
    exponent = (bits - ROOT_HALF) >> MANTISSA
    f = (bits - (exponent << MANTISSA)).view(np.float32) - ONE
    square = f * f
    w = -(exponent.astype(np.float32) * LOG_2 + (f - (SHARE * square - square * f * _at(f))))
    x = (MOST - k).astype(np.float32) * TWICE + STEP  # 1 - 2 p, to all its digits also about 0
    z = x * (_ladder(NUMERATOR, w) / _ladder(DENOMINATOR, w))
    return (z.view(np.uint32) ^ (words & SIGN)).view(np.float32)


def _at(f: Floats) -> Floats:
    return _ladder(LOGARITHM, f)


def _ladder(coefficients: tuple[np.float32, ...], x: Floats) -> Floats:
    """The polynomial at x, from the highest power down."""
    found = coefficients[-1] * x + coefficients[-2]
    for c in coefficients[-3::-1]:
        found = found * x + c
    return found


def _words(seed: int, keys: Words, first: int, last: int) -> NDArray[np.uint32]:
    index = np.arange(first * SPAN, last * SPAN, dtype=np.uint64)
    size = (keys.size, index.size)
    counter = (
        np.broadcast_to(index & LOW, size),
        np.broadcast_to((index >> HALF) | APART, size),
        np.broadcast_to((keys & LOW)[:, np.newaxis], size),
        np.broadcast_to((keys >> HALF)[:, np.newaxis], size),
    )
    four = philox4x32(counter, (seed & 0xFFFF_FFFF, seed >> 32))
    blocks = np.stack(
        [word.astype(np.uint32).reshape(keys.size, -1, SPAN) for word in four], axis=2
    )
    return blocks.reshape(keys.size, -1)
