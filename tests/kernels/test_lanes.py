"""Runs side by side: the bits of the scatter, for any numbers, lengths, codes and threads."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from platform import machine

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carbonmeter.kernels import Lanes, Runs, arranged, lanes, ordered, reduce, weighted_segment_sum
from tests.kernels import reference
from tests.kernels.test_ordered import COEFFICIENTS, NARROW, ROWS, SEGMENTS, bits

MANY = 40  # recipes that no vector holds


@pytest.fixture(autouse=True)
def compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reduce, "COMPILED_FROM", 0)


@given(st.one_of(ROWS, NARROW), COEFFICIENTS, st.sampled_from([3, MANY]))
@settings(max_examples=600)
def test_lanes_give_the_bits_of_fsum(rows, coefficients, n_recipes):
    quantity = np.array([q for q, _, _ in rows], dtype=np.float64)
    recipe = np.array([r for _, r, _ in rows], dtype=np.int32)
    segment = np.array([s for _, _, s in rows], dtype=np.int32)
    coefficient = np.resize(coefficients, n_recipes)
    expected = reference.weighted_segment_sum(quantity, coefficient, recipe, segment, SEGMENTS)
    found = Lanes.of(quantity, recipe, n_recipes, segment, SEGMENTS)
    assert bits(found.sums(coefficient)) == bits(expected)


@pytest.mark.parametrize("spread", [0.5, 4.0, 30.0])  # one cut is enough, two are, neither is
@pytest.mark.parametrize("n_recipes", [1, 32, 33, 300])
@pytest.mark.parametrize("run", [1, 7, 511, 512, 513, 30_000])
def test_runs_of_any_length_spread_and_sign(run, n_recipes, spread):
    rng = np.random.default_rng(run)
    n = 40_000
    quantity = rng.lognormal(0.0, spread, n) * rng.choice([-1.0, 1.0], n)
    segment, recipe = np.arange(n) // run, rng.integers(0, n_recipes, n)
    coefficient, m = rng.lognormal(0.0, 0.3, n_recipes), -(-n // run)
    shuffled = rng.permutation(n)
    found = Lanes.of(quantity[shuffled], recipe[shuffled], n_recipes, segment[shuffled], m)
    expected = weighted_segment_sum(quantity, coefficient, recipe, segment, m)
    assert bits(found.sums(coefficient)) == bits(expected)
    assert found.single == (run <= lanes.MOST)


@pytest.mark.parametrize("offset", [-2, -1, 0, 1, 2])
@pytest.mark.parametrize("size", [1.0, math.nextafter(2.0, 1.0)])
def test_where_one_cut_stops_being_enough(offset, size):
    """Full lanes whose left-overs have one sign, and one row with the lowest bit of all."""
    rng = np.random.default_rng(3)
    lowest = math.ldexp(math.nextafter(1.0, 2.0), -lanes.NEAR + offset)
    half = [math.ldexp(1.0 - 2.0**-52, -k) for k in (2, 3, 4)]
    quantity = np.array([size, lowest, *half * 170])
    nothing = np.zeros(quantity.size, dtype=np.int32)
    expected = math.fsum(quantity.tolist())
    for _ in range(3):
        quantity = rng.permutation(quantity)
        found = Lanes.of(quantity, nothing, 1, nothing, 1)
        assert bits(found.sums(np.ones(1))) == bits(np.array([expected]))


@pytest.mark.parametrize(
    "values",
    [
        [math.nextafter(2.0, 1.0)] * 5000,
        [-math.nextafter(2.0, 1.0)] * 5000 + [2.0**-60],
        [math.nextafter(2.0, 1.0)] * 512,  # the fullest lane
        [-math.nextafter(2.0, 1.0)] * 512,
        [1.0] * 4096 + [2.0**-41, 2.0**-94],
        [-1.0] * 4096 + [-(2.0**-41), 2.0**-94],
        [1.0, 2.0**-53],
        [1.0 + 2.0**-52, 2.0**-53, -(2.0**-102)],
        [1.0, -1.0, 2.0**-200, 2.0**-300],
        [0.0, -0.0],
        [1e300, -1e300, 1e-300],
        [1e-300, 3e-310, -5e-324],
        [1.7e308, 1.7e308],
        [],
    ],
    ids=lambda v: f"{len(v)} from {v[:1]}",
)
def test_edges_of_digits_and_of_the_format(values):
    column, nothing = np.array(values), np.zeros(len(values), dtype=np.int64)
    found = Lanes.of(column, nothing, 1, nothing + 1, 3).sums(np.ones(1))
    try:
        expected = math.fsum(values)
    except OverflowError:
        expected = math.inf
    assert bits(found) == bits(np.array([0.0, expected, 0.0]))


def test_rows_of_nothing_change_nothing():
    """Lanes of unlike lengths end in zeros, which a negative coefficient makes negative zeros."""
    quantity, nothing = np.array([0.0, 0.0, 3.0]), np.zeros(3, dtype=np.int64)
    found = Lanes.of(quantity, nothing, 1, np.array([0, 1, 1]), 2)
    assert found.sums(np.array([-2.0])).tolist() == [0.0, -6.0]


@pytest.mark.parametrize("run", [5, 700])
def test_neighbours_are_joined_without_a_copy(run):
    rng = np.random.default_rng(5)
    n = 10 * run
    quantity, segment = rng.normal(0.0, 1e3, n), rng.integers(0, 10, n)
    recipe, coefficient = rng.integers(0, 9, n), rng.normal(0.0, 1.0, 9)
    found = Lanes.of(quantity, recipe, 9, segment, 10)
    joined = found.joined(np.array([0, 3, 4, 4, 10]))
    assert joined.quantity is found.quantity
    coarse = np.repeat([0, 1, 3], [3, 1, 6])[segment]
    expected = weighted_segment_sum(quantity, coefficient, recipe, coarse, 4)
    assert bits(joined.sums(coefficient)) == bits(expected)
    again = joined.joined(np.array([0, 4]))
    whole = weighted_segment_sum(quantity, coefficient, recipe, np.zeros_like(coarse), 1)
    assert bits(again.sums(coefficient)) == bits(whole)


@pytest.mark.parametrize("longest", [400, 3])
def test_threads_leave_no_mark(longest, monkeypatch):
    monkeypatch.setattr(ordered, "TASK", 500)
    rng = np.random.default_rng(11)
    quantity = rng.lognormal(0.0, 8.0, 20_000)
    segment = np.minimum(rng.geometric(0.02, 20_000), longest)
    recipe, coefficient = rng.integers(0, 40, 20_000), rng.lognormal(0.0, 1.0, 40)
    found = Lanes.of(quantity, recipe, 40, segment, longest + 1)
    whole = bits(weighted_segment_sum(quantity, coefficient, recipe, segment, longest + 1))
    assert bits(found.sums(coefficient)) == whole
    for n_threads in (1, 2, 7):
        with ThreadPoolExecutor(n_threads) as pool:
            assert bits(found.sums(coefficient, pool)) == whole


def test_what_is_no_number_or_no_coefficient_is_refused():
    nothing = np.zeros(1, dtype=np.int64)
    with pytest.raises(ValueError, match="needs finite values"):
        Lanes.of(np.array([math.nan]), nothing, 1, nothing, 1)
    found = Lanes.of(np.ones(1), nothing, 2, nothing, 1)
    with pytest.raises(ValueError, match="needs finite values"):
        found.sums(np.array([1.0, math.inf]))
    with pytest.raises(ValueError, match=r"2 coefficients are needed, not \(3,\)"):
        found.sums(np.ones(3))


def test_lanes_are_for_many_rows_and_take_little_more_memory(monkeypatch):
    rng = np.random.default_rng(2)
    n, m = 100_000, 4000
    quantity, recipe = rng.random(n), rng.integers(0, 20, n)
    segment = rng.integers(0, m, n)
    found = arranged(quantity, recipe, 20, segment, m)
    assert isinstance(found, Lanes)
    assert len(found) == m
    assert found.recipe.itemsize == 1
    assert found.nbytes < 1.05 * (9 * n + 8 * m)
    monkeypatch.setattr(reduce, "COMPILED_FROM", n + 1)
    assert isinstance(arranged(quantity, recipe, 20, segment, m), Runs)


@pytest.mark.skipif(machine() not in ("x86_64", "AMD64"), reason="names its instructions")
def test_the_inner_loop_works_on_vectors():
    import numba

    from carbonmeter.kernels.compiled_lanes import lane_digits

    fresh = numba.njit(lane_digits.py_func)  # code from the cache does not show its instructions
    one, codes = reduce.plain(np.ones(64)), np.zeros(64, dtype=np.uint8)
    parts = np.empty((1, 24), dtype=np.int64)
    fresh(one, one, codes, np.array([0, 64]), True, True, 1, parts)
    (assembly,) = fresh.inspect_asm().values()
    assert "paddq" in assembly
    assert "addpd" in assembly
