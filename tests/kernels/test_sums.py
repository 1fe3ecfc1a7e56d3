"""Sums as objects: blocks, grids, places and orders of merging leave no mark on the bits."""

from __future__ import annotations

import math
import os
import pickle
import subprocess
import sys
from functools import reduce as fold
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from carbonmeter.kernels import Sums, exact, reduce
from tests.kernels import reference

SEGMENTS = 4
SIZES = st.integers(-300, 300).flatmap(
    lambda e: st.floats(0.1, 1.0).map(lambda m: m * 10.0**e if e < 300 else m * 1e300)
)
SIGNED = st.tuples(SIZES, st.sampled_from([1.0, -1.0])).map(lambda p: p[0] * p[1])
NEAR = st.floats(-1e9, 1e9, allow_subnormal=False).map(lambda x: x if abs(x) > 1e-6 else 0.0)
TIES = st.sampled_from([0.0, -0.0, 1.0, 2.0**-53, 2.0**-54, -(2.0**-110), 2.0**53, 5e-324, -1e300])
ROWS = st.lists(st.tuples(st.one_of(SIGNED, NEAR, TIES), st.integers(0, SEGMENTS - 1)), max_size=40)
CUTS = st.lists(st.integers(0, 40), max_size=6)


def columns(rows: list[tuple[float, int]]) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    values = np.array([v for v, _ in rows], dtype=np.float64)
    return values, np.array([s for _, s in rows], dtype=np.int32)


def bits(totals: NDArray[np.float64]) -> list[int]:
    return (totals + 0.0).view(np.int64).tolist()  # -0.0 + 0.0 is 0.0


def blocks_of(cuts: list[int], n: int) -> list[slice]:
    return [slice(a, b) for a, b in pairwise(sorted({0, n, *(c for c in cuts if c < n)}))]


@pytest.fixture(params=["numpy", "numba"])
def path(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(reduce, "COMPILED_FROM", 0 if request.param == "numba" else 10**12)
    return str(request.param)


@given(ROWS, CUTS, st.randoms(use_true_random=False), st.booleans())
@settings(max_examples=600)
def test_any_cut_and_any_order_of_merging_is_fsum(rows, cuts, random, from_nothing):
    values, segment = columns(rows)
    parts = [Sums.of(values[b], segment[b], SEGMENTS) for b in blocks_of(cuts, len(rows))]
    parts += [Sums.zeros(SEGMENTS)] * from_nothing
    parts = parts or [Sums.zeros(SEGMENTS)]
    while len(parts) > 1:  # any tree, not only a chain
        one = parts.pop(random.randrange(len(parts)))
        other = parts.pop(random.randrange(len(parts)))
        parts.append(one.merge(other))
    assert bits(parts[0].finish()) == bits(reference.segment_sum(values, segment, SEGMENTS))


@given(ROWS, CUTS)
@settings(max_examples=100)
def test_compiled_code_gives_the_same_bits(rows, cuts):
    values, segment = columns(rows)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reduce, "COMPILED_FROM", 0)
        parts = [Sums.of(values[b], segment[b], SEGMENTS) for b in blocks_of(cuts, len(rows))]
        whole = fold(Sums.merge, parts, Sums.zeros(SEGMENTS))
        placed = whole.placed(np.array([2, 0, 2, 1], dtype=np.int32), 3)
        found, moved = whole.finish(), placed.finish()
    assert bits(found) == bits(reference.segment_sum(values, segment, SEGMENTS))
    coarse = np.array([2, 0, 2, 1])[segment]
    assert bits(moved) == bits(reference.segment_sum(values, coarse, 3))


@given(ROWS, st.lists(st.integers(0, 6), min_size=SEGMENTS, max_size=SEGMENTS))
@settings(max_examples=200)
def test_placed_is_the_sum_over_the_new_numbers(rows, place):
    values, segment = columns(rows)
    new = np.array(place)
    sums = Sums.of(values, segment, SEGMENTS).placed(new, 7)
    assert len(sums) == 7
    assert bits(sums.finish()) == bits(reference.segment_sum(values, new[segment], 7))


@given(ROWS, CUTS)
@settings(max_examples=100)
def test_weighted_sums_merge_to_the_sums_of_rounded_products(rows, cuts):
    values, segment = columns([(v / 1e3, s) for v, s in rows])
    coefficient, recipe = np.array([2.5e-3, -7.0, 0.0]), np.arange(values.size) % 3
    parts = [
        Sums.weighted(values[b], coefficient, recipe[b], segment[b], SEGMENTS)
        for b in blocks_of(cuts, len(rows))
    ]
    total = fold(Sums.merge, parts, Sums.zeros(SEGMENTS)).finish()
    expected = reference.weighted_segment_sum(values, coefficient, recipe, segment, SEGMENTS)
    assert bits(total) == bits(expected)


@given(ROWS)
@settings(max_examples=50)
def test_a_pickled_state_is_the_state(rows):
    sums = Sums.of(*columns(rows), SEGMENTS)
    back = pickle.loads(pickle.dumps(sums))
    assert back.grid == sums.grid
    assert bits(back.merge(sums).finish()) == bits(sums.merge(sums).finish())


def test_nothing_and_zeros_are_neutral_and_small(path):
    zeros = Sums.zeros(3)
    assert zeros.finish().tolist() == [0.0, 0.0, 0.0]
    assert Sums.of(np.array([0.0, -0.0]), np.array([0, 1]), 3).nbytes == zeros.nbytes == 24
    some = Sums.of(np.array([1.5]), np.array([1]), 3)
    for merged in (zeros.merge(some), some.merge(zeros), zeros.merge(zeros).merge(some)):
        assert merged.grid == some.grid
        assert merged.finish().tolist() == [0.0, 1.5, 0.0]
    assert len(Sums.zeros(0).merge(Sums.zeros(0))) == 0
    assert zeros.placed(np.array([4, 4, 0]), 5).finish().tolist() == [0.0] * 5
    assert Sums.of(np.ones(0), np.ones(0, dtype=np.int64), 0).finish().tolist() == []


def test_a_state_costs_what_it_says_and_does_not_grow_by_merging(path):
    one = np.zeros(1, dtype=np.int64)
    assert Sums.of(np.array([1.5, 1e-3]), np.array([0, 1]), 2).nbytes == 64
    total = Sums.zeros(1)
    for exponent in range(200):  # each block has a grid of its own, one bit above the last
        total = total.merge(Sums.of(np.array([2.0**exponent]), one, 1))
    assert total.grid.limbs <= 7
    assert total.finish().tolist() == [math.fsum(2.0**e for e in range(200))]


def test_cancellation_across_grids_leaves_the_smallest_number():
    one = np.zeros(1, dtype=np.int64)
    values = [1e300, 5e-324, 1e-300, 1.0, -1e300, -1.0, -1e-300]
    parts = [Sums.of(np.array([v]), one, 1) for v in values]
    assert fold(Sums.merge, parts).finish().tolist() == [5e-324]
    assert fold(Sums.merge, parts[::-1]).finish().tolist() == [5e-324]


def test_more_segments_than_one_block_holds_fall_together(path, monkeypatch):
    monkeypatch.setattr(exact, "BLOCK", 7)
    values = np.random.default_rng(3).normal(0.0, 1e6, 100)
    sums = Sums.of(values, np.arange(100), 100).placed(np.zeros(100, dtype=np.int64), 1)
    assert sums.finish().tolist() == [math.fsum(values)]


def test_sums_of_other_segments_are_refused():
    with pytest.raises(ValueError, match="sums of 2 segments do not merge with 3"):
        Sums.zeros(2).merge(Sums.zeros(3))


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_a_value_that_is_no_number_is_refused(bad, path):
    with pytest.raises(ValueError, match="needs finite values"):
        Sums.of(np.array([1.0, bad]), np.array([0, 0]), 1)


def test_short_columns_never_load_numba():
    program = (
        "import sys, numpy as np\n"
        "from carbonmeter.kernels import Sums\n"
        "one = Sums.of(np.ones(9), np.zeros(9, dtype=np.int64), 1)\n"
        "one.merge(Sums.of(np.ones(9) * 1e9, np.zeros(9, dtype=np.int64), 1))\n"
        "one.placed(np.array([1]), 2).finish()\n"
        "assert 'numba' not in sys.modules"
    )
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    subprocess.run([sys.executable, "-c", program], check=True, env=environment)
