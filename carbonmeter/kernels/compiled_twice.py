"""Compiled passes that find the words of 64 bits that may occur twice; imported on first use."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from carbonmeter.kernels.jit import kernel

Words = NDArray[np.uint64]


@kernel
def mark(words: Words, shift: np.uint64, once: Words, twice: Words) -> None:
    """Set the bit `word >> shift` of each word in `once`, or in `twice` if it was set there.

    Parameters
    ----------
    words : uint64[n]             well mixed in their leading bits
    shift : uint64                64 - b, where the bit sets have 2**b bits
    """
    one, low = np.uint64(1), np.uint64(63)
    for i in range(words.size):
        slot = words[i] >> shift
        bit = one << (slot & low)
        at = slot >> np.uint64(6)
        if once[at] & bit:
            twice[at] |= bit
        else:
            once[at] |= bit


@kernel
def marked(words: Words, shift: np.uint64, twice: Words, found: NDArray[np.bool_]) -> None:
    """found[i] = whether the bit of words[i] is set."""
    one, low = np.uint64(1), np.uint64(63)
    for i in range(words.size):
        slot = words[i] >> shift
        found[i] = (twice[slot >> np.uint64(6)] >> (slot & low)) & one != 0
