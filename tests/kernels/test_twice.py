"""Words that occur twice are found, whatever the path."""

from __future__ import annotations

import numpy as np
import pytest

from carbonmeter.kernels import COMPILED_FROM
from carbonmeter.kernels.twice import repeated


@pytest.mark.parametrize("n", [0, 1, 2, 1000, COMPILED_FROM, COMPILED_FROM + 1000])
@pytest.mark.parametrize("copies", [0, 1, 7])
def test_each_position_of_a_repeated_word_is_found(n, copies):
    random = np.random.default_rng(n)
    words = random.integers(0, 2**64, n, dtype=np.uint64)
    if n > 2 * copies:
        words[random.choice(n, copies, replace=False)] = words[: min(copies, 1)].repeat(copies)
    _, place, count = np.unique(words, return_inverse=True, return_counts=True)
    assert repeated(words).tolist() == np.flatnonzero(count[place] > 1).tolist()


def test_words_all_alike_are_all_found():
    assert repeated(np.full(COMPILED_FROM, 7, dtype=np.uint64)).size == COMPILED_FROM
