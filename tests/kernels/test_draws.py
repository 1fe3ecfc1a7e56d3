"""Draws are a function of seed, name and number: the published answers, no trace of the work."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbonmeter.kernels.draws import normals, philox4x32, uniforms
from tests.kernels import reference

# Random123, tests/kat_vectors, the lines "philox4x32 10": counter, key, answer.
KNOWN = """
00000000 00000000 00000000 00000000 00000000 00000000 6627e8d5 e169c58d bc57ac4c 9b00dbd8
ffffffff ffffffff ffffffff ffffffff ffffffff ffffffff 408f276d 41c83b0e a20bc7c6 6d5451fd
243f6a88 85a308d3 13198a2e 03707344 a4093822 299f31d0 d16cfe09 94fdcceb 5001e420 24126ea1
"""
WORD = st.integers(0, 2**64 - 1)
KEYS = np.array([0, 1, 2**32, 2**64 - 1, 0x0123456789ABCDEF], dtype=np.uint64)


@pytest.mark.parametrize("line", KNOWN.split("\n")[1:-1])
def test_philox_gives_the_published_known_answers(line):
    words = [int(word, 16) for word in line.split()]
    counter = tuple(np.array([word], dtype=np.uint64) for word in words[:4])
    found = philox4x32(counter, (words[4], words[5]))
    assert [int(word[0]) for word in found] == words[6:]
    assert reference.philox4x32(words[:4], words[4:6]) == words[6:]


@given(seed=WORD, key=WORD, start=st.integers(0, 2**63), n=st.integers(0, 5))
def test_a_uniform_is_what_the_plain_function_says(seed, key, start, n):
    keys = np.array([key], dtype=np.uint64)
    wanted = [reference.uniform(seed, key, start + i) for i in range(n)]
    for compiled in (False, True):
        assert uniforms(seed, keys, start, start + n, compiled)[0].tolist() == wanted


@pytest.mark.parametrize(("start", "stop"), [(0, 100_001), (1, 40_000), (7, 8), (5, 5), (40, 41)])
def test_numpy_and_compiled_code_give_the_same_bits(start, stop):
    plain, fast = (uniforms(2**63 + 9, KEYS, start, stop, c) for c in (False, True))
    assert plain.tobytes() == fast.tobytes()
    assert plain.shape == (KEYS.size, stop - start)


@given(cuts=st.lists(st.integers(0, 3000), max_size=6))
def test_chunks_leave_no_mark(cuts):
    whole = uniforms(3, KEYS, 0, 3000)
    edges = [0, *sorted(cuts), 3000]
    parts = [uniforms(3, KEYS, a, b) for a, b in pairwise(edges)]
    assert np.concatenate(parts, axis=1).tobytes() == whole.tobytes()


def test_neither_other_keys_nor_threads_leave_a_mark():
    whole = uniforms(3, KEYS, 0, 5000)
    for i in range(KEYS.size):
        assert uniforms(3, KEYS[i : i + 1], 0, 5000).tobytes() == whole[i : i + 1].tobytes()
    with ThreadPoolExecutor(7) as pool:
        parts = list(pool.map(lambda i: uniforms(3, KEYS, i, i + 100, True), range(0, 5000, 100)))
    assert np.concatenate(parts, axis=1).tobytes() == whole.tobytes()


def test_seeds_and_keys_give_other_numbers():
    found = {uniforms(seed, KEYS, 0, 2)[i].tobytes() for seed in range(50) for i in range(5)}
    assert len(found) == 250


def test_uniforms_are_odd_multiples_of_their_resolution_and_never_the_ends():
    drawn = uniforms(1, KEYS, 0, 100_000)
    assert (drawn * 2.0**53 % 2.0 == 1.0).all()
    assert drawn.min() > 0.0
    assert drawn.max() < 1.0


def test_moments_of_uniforms_and_normals_over_many_seeds():
    """Mean, variance and covariance of neighbours within 4 standard errors: 100 seeds each."""
    n, misses = 20_000, 0
    key = np.array([77], dtype=np.uint64)
    for seed in range(100):
        z = normals(seed, key, 0, n)[0]
        found = (z.mean(), z.var() - 1.0, (z[1:] * z[:-1]).mean())
        errors = (1.0 / math.sqrt(n), math.sqrt(2.0 / n), 1.0 / math.sqrt(n))
        misses += sum(abs(f) > 4.0 * e for f, e in zip(found, errors, strict=True))
    assert misses <= 1


def test_the_inverse_normal_is_that_of_the_standard_library():
    p = np.concatenate([2.0 ** -np.arange(2.0, 54.0), uniforms(1, KEYS[:1], 0, 5000)[0]])
    from scipy.special import ndtri

    wanted = np.array([NormalDist().inv_cdf(x) for x in p.tolist()])
    np.testing.assert_allclose(ndtri(p), wanted, rtol=1e-13, atol=1e-15)
