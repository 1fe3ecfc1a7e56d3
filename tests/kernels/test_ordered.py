"""Rows sorted by segment: the same bits as the scatter, for any numbers, cuts and threads."""

from __future__ import annotations

import math
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from platform import machine

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carbonmeter.kernels import Runs, counting_order, ordered, reduce, weighted_segment_sum
from tests.kernels import reference

SEGMENTS = 5
NEAR = st.floats(-1e9, 1e9, allow_subnormal=False).map(lambda x: x if abs(x) > 1e-6 else 0.0)
TIES = st.sampled_from([0.0, -0.0, 1.0, -1.0, 2.0**-53, -(2.0**-54), 3.0, 2.0**52, 2.0**53])
WIDE = st.floats(-1e140, 1e140)
ROWS = st.lists(
    st.tuples(st.one_of(NEAR, TIES, WIDE), st.integers(0, 2), st.integers(0, SEGMENTS - 1)),
    max_size=60,
)
NARROW = st.lists(
    st.tuples(st.one_of(NEAR, TIES), st.integers(0, 2), st.integers(0, SEGMENTS - 1)), max_size=60
)
COEFFICIENTS = st.lists(
    st.one_of(st.floats(1e-6, 1e4), TIES, st.floats(-1e150, 1e150)), min_size=3, max_size=3
)


def bits(totals):
    return (totals + 0.0).view(np.int64).tolist()  # -0.0 + 0.0 is 0.0


@pytest.fixture(params=["numpy", "numba"])
def path(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(reduce, "COMPILED_FROM", 0 if request.param == "numba" else 10**12)
    return str(request.param)


@given(st.one_of(ROWS, NARROW), COEFFICIENTS)
@settings(max_examples=600)
def test_runs_give_the_bits_of_fsum_on_both_paths(rows, coefficients):
    quantity = np.array([q for q, _, _ in rows], dtype=np.float64)
    recipe = np.array([r for _, r, _ in rows], dtype=np.int32)
    segment = np.array([s for _, _, s in rows], dtype=np.int32)
    coefficient = np.array(coefficients)
    expected = reference.weighted_segment_sum(quantity, coefficient, recipe, segment, SEGMENTS)
    for limit in (10**12, 0):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(reduce, "COMPILED_FROM", limit)
            runs = Runs.of(quantity, recipe, 3, segment, SEGMENTS)
            assert bits(runs.sums(coefficient)) == bits(expected)


@pytest.mark.parametrize("run", [1, 7, 31, 32, 33, 2047, 2048, 2049, 30_000])
def test_runs_of_any_length_and_sign(run, path):
    rng = np.random.default_rng(run)
    n = 60_000
    quantity = rng.lognormal(0.0, 4.0, n) * rng.choice([-1.0, 1.0], n)
    segment, recipe = np.arange(n) // run, rng.integers(0, 300, n)
    coefficient, m = rng.lognormal(0.0, 2.0, 300), -(-n // run)
    shuffled = rng.permutation(n)
    runs = Runs.of(quantity[shuffled], recipe[shuffled], 300, segment[shuffled], m)
    expected = weighted_segment_sum(quantity, coefficient, recipe, segment, m)
    assert bits(runs.sums(coefficient)) == bits(expected)


@pytest.mark.parametrize(
    "values",
    [
        [math.nextafter(2.0, 1.0)] * 5000,  # the fullest digits, over several pieces
        [-math.nextafter(2.0, 1.0)] * 5000 + [2.0**-60],
        [1.0] * 4096 + [2.0**-41, 2.0**-94],  # a tie that one bit far below decides
        [1.0] * 4096 + [2.0**-41, -(2.0**-94)],
        [-1.0] * 4096 + [-(2.0**-41), 2.0**-94],
        [1.0, 2.0**-53],
        [1.0 + 2.0**-52, 2.0**-53],
        [1.0, 2.0**-53, 2.0**-102],
        [1.0, 2.0**-53, -(2.0**-102)],
        [1.0, -1.0, 2.0**-200, 2.0**-300],  # far below both digits
        [1.0, 1.0 + 2.0**-52, -2.0, 2.0**-110],
        [0.0, -0.0],
        [1e300, -1e300, 1e-300],
        [1e-300, 3e-310, -5e-324],
        [1.7e308, 1.7e308],
        [],
    ],
    ids=lambda v: f"{len(v)} from {v[:1]}",
)
def test_edges_of_digits_and_of_the_format(values, path):
    column, nothing = np.array(values), np.zeros(len(values), dtype=np.int64)
    found = Runs.of(column, nothing, 1, nothing + 1, 3).sums(np.ones(1))
    try:
        expected = math.fsum(values)
    except OverflowError:
        expected = math.inf
    assert bits(found) == bits(np.array([0.0, expected, 0.0]))


def test_a_zero_times_a_negative_coefficient_is_no_deep_row(path):
    quantity, nothing = np.array([0.0, 0.0, 3.0]), np.zeros(3, dtype=np.int64)
    assert Runs.of(quantity, nothing, 1, nothing, 1).sums(np.array([-2.0])).tolist() == [-6.0]


@given(st.lists(st.integers(0, 6), max_size=50))
def test_the_order_is_that_of_a_stable_sort(segment):
    column = np.array(segment, dtype=np.int64)
    for limit in (10**12, 0):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(reduce, "COMPILED_FROM", limit)
            order, offsets = counting_order(column, 8)
        assert order.tolist() == np.argsort(column, kind="stable").tolist()
        assert offsets.tolist() == np.searchsorted(np.sort(column), np.arange(9)).tolist()
        assert (order.dtype, offsets.dtype) == (np.int32, np.int64)


@pytest.mark.parametrize(("n", "width"), [(1, 1), (256, 1), (257, 2), (65536, 2), (65537, 4)])
def test_codes_are_as_narrow_as_they_may_be(n, width, path):
    recipe = np.array([n - 1, 0], dtype=np.int32)
    coefficient = np.arange(n, dtype=np.float64)
    runs = Runs.of(np.array([2.0, 1.0]), recipe, n, np.array([0, 0]), 1)
    assert runs.recipe.itemsize == width
    assert runs.nbytes == 2 * (8 + width) + 16
    assert runs.sums(coefficient).tolist() == [2.0 * (n - 1)]


def test_neighbours_are_joined_without_a_copy(path):
    rng = np.random.default_rng(5)
    quantity, segment = rng.normal(0.0, 1e3, 1000), rng.integers(0, 10, 1000)
    recipe, coefficient = rng.integers(0, 9, 1000), rng.normal(0.0, 1.0, 9)
    runs = Runs.of(quantity, recipe, 9, segment, 10)
    joined = runs.joined(np.array([0, 3, 4, 10]))
    assert joined.quantity is runs.quantity
    coarse = np.repeat([0, 1, 2], [3, 1, 6])[segment]
    expected = weighted_segment_sum(quantity, coefficient, recipe, coarse, 3)
    assert bits(joined.sums(coefficient)) == bits(expected)


def test_threads_leave_no_mark(path, monkeypatch):
    monkeypatch.setattr(ordered, "TASK", 500)
    rng = np.random.default_rng(11)
    quantity = rng.lognormal(0.0, 8.0, 20_000)
    segment = np.minimum(rng.geometric(0.02, 20_000), 400)  # some runs are longer than a task
    recipe, coefficient = rng.integers(0, 40, 20_000), rng.lognormal(0.0, 1.0, 40)
    runs = Runs.of(quantity, recipe, 40, segment, 401)
    whole = bits(weighted_segment_sum(quantity, coefficient, recipe, segment, 401))
    assert bits(runs.sums(coefficient)) == whole
    for n_threads in (1, 2, 7):
        with ThreadPoolExecutor(n_threads) as pool:
            assert bits(runs.sums(coefficient, pool)) == whole


def test_what_is_no_number_or_no_coefficient_is_refused(path):
    nothing = np.zeros(1, dtype=np.int64)
    with pytest.raises(ValueError, match="needs finite values"):
        Runs.of(np.array([math.nan]), nothing, 1, nothing, 1)
    runs = Runs.of(np.ones(1), nothing, 2, nothing, 1)
    with pytest.raises(ValueError, match="needs finite values"):
        runs.sums(np.array([1.0, math.inf]))
    with pytest.raises(ValueError, match=r"2 coefficients are needed, not \(3,\)"):
        runs.sums(np.ones(3))


@pytest.mark.skipif(machine() not in ("x86_64", "AMD64"), reason="names its instructions")
def test_the_inner_loop_works_on_vectors():
    """Two digits of a product are cut off and added for several rows by one instruction."""
    import numba

    from carbonmeter.kernels.compiled_ordered import run_sums

    fresh = numba.njit(run_sums.py_func)  # code from the cache does not show its instructions
    one, codes = reduce.plain(np.ones(64)), np.zeros(64, dtype=np.uint8)
    fresh(one, one, codes, np.array([0, 64]), 1, np.empty(1), np.empty(1, dtype=np.bool_))
    (assembly,) = fresh.inspect_asm().values()
    assert "paddq" in assembly


def test_short_columns_never_load_numba():
    program = (
        "import sys, numpy as np\n"
        "from carbonmeter.kernels import Runs\n"
        "nothing = np.zeros(9, dtype=np.int64)\n"
        "Runs.of(np.ones(9), nothing, 1, nothing, 1).sums(np.ones(1))\n"
        "assert 'numba' not in sys.modules"
    )
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    subprocess.run([sys.executable, "-c", program], check=True, env=environment)
