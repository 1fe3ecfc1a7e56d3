"""Normal numbers of single precision: the same by both routes, and as exact as they say."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import ndtri

from carbonmeter.kernels.noise import noise, normal_of
from carbonmeter.kernels.terms import BLOCK, SPAN
from tests.kernels import reference

KEYS = np.array([0, 1, 2**32, 2**64 - 1, 0x0123456789ABCDEF], dtype=np.uint64)
WORD = st.integers(0, 2**64 - 1)


@given(seed=WORD, key=WORD, draw=st.integers(0, 2**62))
def test_a_number_is_that_of_its_word(seed, key, draw):
    block, within = divmod(draw, BLOCK)
    word, place = divmod(within, SPAN)
    index = block * SPAN + place
    counter = [index % 2**32, (index >> 32) | 2**31, key % 2**32, key >> 32]
    drawn = reference.philox4x32(counter, [seed % 2**32, seed >> 32])[word]
    wanted = normal_of(np.array([drawn], dtype=np.uint32))
    names = np.array([key], dtype=np.uint64)
    for compiled in (False, True):
        assert noise(seed, names, draw, draw + 1, compiled)[0].tobytes() == wanted.tobytes()


@pytest.mark.parametrize(("start", "stop"), [(0, 100_001), (1, 40_000), (511, 513), (5, 5)])
def test_numpy_and_compiled_code_give_the_same_bits(start, stop):
    plain, fast = (noise(2**63 + 9, KEYS, start, stop, c) for c in (False, True))
    assert plain.tobytes() == fast.tobytes()
    assert plain.shape == (KEYS.size, stop - start)


@given(cuts=st.lists(st.integers(0, 3000), max_size=6))
def test_neither_chunks_nor_other_keys_leave_a_mark(cuts):
    whole = noise(3, KEYS, 0, 3000)
    edges = [0, *sorted(cuts), 3000]
    parts = [noise(3, KEYS, a, b) for a, b in pairwise(edges)]
    assert np.concatenate(parts, axis=1).tobytes() == whole.tobytes()
    for i in range(KEYS.size):
        assert noise(3, KEYS[i : i + 1], 0, 3000).tobytes() == whole[i : i + 1].tobytes()


def test_each_number_is_the_quantile_of_its_word_to_six_parts_in_ten_million():
    k = np.concatenate(
        [np.arange(2**17), np.arange(0, 2**31, 1009), 2**31 - 1 - np.arange(2**17)]
    ).astype(np.uint32)
    z = normal_of(k)
    assert z.dtype == np.float32
    exact = -ndtri((k + 0.5) / 2.0**32)
    assert np.abs(z / exact - 1.0).max() < 6e-7
    assert z.max() == pytest.approx(6.338, abs=1e-3)
    negative = normal_of(k | np.uint32(2**31))
    assert (negative == -z).all()


def test_the_moments_over_all_words_are_those_of_the_normal_distribution():
    """The middles of 2**23 strips of equal probability, each strip once: no draws, no chance."""
    k = np.arange(2**7, 2**31, 2**8, dtype=np.uint32)
    z = normal_of(k).astype(np.float64)
    lost = 2e-7  # by the middles of the outermost strips
    assert (z**2).mean() == pytest.approx(1.0, abs=lost + 1e-7)
    assert z.mean() == pytest.approx(math.sqrt(2.0 / math.pi), abs=lost + 1e-7)


def test_moments_over_many_seeds():
    """Mean, variance and covariance of neighbours within 4 standard errors: 100 seeds each."""
    n, misses = 20_000, 0
    key = np.array([77], dtype=np.uint64)
    for seed in range(100):
        z = noise(seed, key, 0, n)[0].astype(np.float64)
        found = (z.mean(), z.var() - 1.0, (z[1:] * z[:-1]).mean())
        errors = (1.0 / math.sqrt(n), math.sqrt(2.0 / n), 1.0 / math.sqrt(n))
        misses += sum(abs(f) > 4.0 * e for f, e in zip(found, errors, strict=True))
    assert misses <= 1
