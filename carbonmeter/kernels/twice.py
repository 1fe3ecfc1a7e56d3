"""Which words occur more than once: without sorting those that are surely alone."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from carbonmeter.kernels.reduce import COMPILED_FROM

SLOTS = 8  # bits a word, in each of two sets: one word in eight is then sorted for nothing


def repeated(words: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Positions of the words that occur at another position too, in ascending order.

    Parameters
    ----------
    words : uint64[n]    well mixed, as hashes are; otherwise it is slow

    Examples
    --------
    >>> repeated(np.array([5, 3, 5, 4], dtype=np.uint64))
    array([0, 2])
    """
    if words.size < COMPILED_FROM:
        return _by_sorting(words)
    suspects = _suspects(words)
    found: NDArray[np.int64] = suspects[_by_sorting(words[suspects])]
    return found


def _suspects(words: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Positions of the words that share a slot with another."""
    from carbonmeter.kernels.compiled_twice import mark, marked

    bits = max(int(SLOTS * words.size - 1).bit_length(), 6)
    once = np.zeros(1 << (bits - 6), dtype=np.uint64)
    twice, found = np.zeros_like(once), np.empty(words.size, dtype=np.bool_)
    mark(words, np.uint64(64 - bits), once, twice)
    marked(words, np.uint64(64 - bits), twice, found)
    return np.flatnonzero(found)


def _by_sorting(words: NDArray[np.uint64]) -> NDArray[np.int64]:
    ordered = np.sort(words)
    again = ordered[1:][ordered[1:] == ordered[:-1]]
    if not again.size:
        return np.zeros(0, dtype=np.int64)
    return np.flatnonzero(np.isin(words, again))
