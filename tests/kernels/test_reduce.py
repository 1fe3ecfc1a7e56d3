"""Sums by segment: exact, and the same bits whatever the order, the blocks and the path."""

from __future__ import annotations

import math
import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from functools import reduce as fold
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from carbonmeter import kernels
from carbonmeter.kernels import exact, reduce
from tests.kernels import reference

SEGMENTS = 4
ANY = st.floats(allow_nan=False, allow_infinity=False, min_value=-1e300, max_value=1e300)
NEAR = st.floats(-1e9, 1e9, allow_subnormal=False).map(lambda x: x if abs(x) > 1e-6 else 0.0)
TIES = st.sampled_from([1.0, -1.0, 2.0**-53, -(2.0**-53), 2.0**-54, 2.0**-110, 2.0**53, 3.0, 0.0])
VALUES = st.one_of(ANY, NEAR, TIES, st.sampled_from([5e-324, -5e-324, 2.3e-308, 1e300, -1e300]))
ROWS = st.lists(st.tuples(VALUES, st.integers(0, SEGMENTS - 1)), max_size=60)
NARROW = st.lists(st.tuples(st.one_of(NEAR, TIES), st.integers(0, SEGMENTS - 1)), max_size=60)


def columns(rows: list[tuple[float, int]]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    values = np.array([v for v, _ in rows], dtype=np.float64)
    return values, np.array([s for _, s in rows], dtype=np.int64)


def bits(totals: NDArray[np.float64]) -> list[int]:
    return (totals + 0.0).view(np.int64).tolist()  # -0.0 + 0.0 is 0.0


@pytest.fixture(scope="module", autouse=True)
def compiled() -> None:
    """Compile before the first example, or the first example outlasts its deadline."""
    import carbonmeter.kernels.compiled as code

    state, pair = np.zeros((1, 4), dtype=np.int64), np.zeros((1, 2), dtype=np.int64)
    deep = np.zeros(1, dtype=np.bool_)
    for width in (np.int32, np.int64):
        index = reduce.index(np.zeros(1, dtype=width))
        one = reduce.plain(np.ones(1))
        code.magnitude_bits(one.view(np.int64))
        code.scatter(one, index, 1, 45, pair, state, deep)
        code.weighted_scatter(one, one, index, index, 1, 45, pair, state, deep)
    code.leading(state, state[:, 0].copy(), state[:, 0].copy())


@pytest.fixture(params=["numpy", "numba"])
def path(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(reduce, "COMPILED_FROM", 0 if request.param == "numba" else 10**12)
    return str(request.param)


def both_paths(
    call: Callable[..., NDArray[np.float64]], *arguments: object
) -> list[NDArray[np.float64]]:
    """The same call through NumPy and through the compiled code."""
    totals = []
    with pytest.MonkeyPatch.context() as patch:
        for limit in (10**12, 0):
            patch.setattr(reduce, "COMPILED_FROM", limit)
            totals.append(call(*arguments))
    return totals


@given(st.one_of(ROWS, NARROW))
@settings(max_examples=600)
def test_totals_are_correctly_rounded_on_both_paths(rows):
    values, segment = columns(rows)
    expected = bits(reference.segment_sum(values, segment, SEGMENTS))
    for total in both_paths(kernels.segment_sum, values, segment, SEGMENTS):
        assert bits(total) == expected


@given(st.one_of(ROWS, NARROW), st.randoms(use_true_random=False))
@settings(max_examples=200)
def test_order_of_rows_leaves_no_mark(rows, random):
    shuffled = random.sample(rows, k=len(rows))
    for one, other in zip(
        both_paths(kernels.segment_sum, *columns(rows), SEGMENTS),
        both_paths(kernels.segment_sum, *columns(shuffled), SEGMENTS),
        strict=True,
    ):
        assert bits(one) == bits(other)


@given(st.one_of(ROWS, NARROW), st.lists(st.integers(0, 60), max_size=5), st.randoms())
@settings(max_examples=200)
def test_blocks_merged_in_any_order_are_the_whole(rows, cuts, random):
    values, segment = columns(rows)
    grid = kernels.grid_of(values)
    edges = sorted({0, len(rows), *(c for c in cuts if c < len(rows))})
    blocks = [slice(a, b) for a, b in pairwise(edges)]
    random.shuffle(blocks)
    states = [kernels.partial(values[b], segment[b], SEGMENTS, grid) for b in blocks]
    state = fold(kernels.merge, states, grid.zeros(SEGMENTS))
    whole = kernels.segment_sum(values, segment, SEGMENTS)
    assert bits(kernels.finish(state, grid)) == bits(whole)


WEIGHTED = st.lists(
    st.tuples(
        st.one_of(NEAR, st.floats(-1e150, 1e150)),
        st.integers(0, 2),
        st.integers(0, SEGMENTS - 1),
    ),
    max_size=40,
)
COEFFICIENTS = st.lists(
    st.one_of(st.floats(1e-6, 1e4), st.floats(-1e150, 1e150)), min_size=3, max_size=3
)


@given(WEIGHTED, COEFFICIENTS)
@settings(max_examples=400)
def test_weighted_totals_are_the_sums_of_rounded_products(rows, coefficients):
    quantity = np.array([q for q, _, _ in rows], dtype=np.float64)
    recipe = np.array([r for _, r, _ in rows], dtype=np.int32)
    segment = np.array([s for _, _, s in rows], dtype=np.int64)
    coefficient = np.array(coefficients)
    arguments = (quantity, coefficient, recipe, segment, SEGMENTS)
    expected = bits(reference.weighted_segment_sum(*arguments))
    for total in both_paths(kernels.weighted_segment_sum, *arguments):
        assert bits(total) == expected


def test_weighted_error_is_within_the_derived_bound(path):
    rng = np.random.default_rng(7)
    n = 4000
    quantity = rng.lognormal(2, 3, n) * rng.choice([-1.0, 1.0], n)
    coefficient = rng.lognormal(-2, 2, 30)
    recipe, segment = rng.integers(0, 30, n), rng.integers(0, 6, n)
    total = kernels.weighted_segment_sum(quantity, coefficient, recipe, segment, 6)
    products = [
        Fraction(q) * Fraction(c)
        for q, c in zip(quantity.tolist(), coefficient[recipe].tolist(), strict=True)
    ]
    for s in range(6):
        rows = [p for p, k in zip(products, segment, strict=True) if k == s]
        size = sum(abs(p) for p in rows) + abs(Fraction(total[s]))
        assert abs(Fraction(total[s]) - sum(rows)) <= size * Fraction(1, 2**53)


def test_a_small_segment_beside_a_huge_one_keeps_its_digits(path):
    small = np.array([1e-7, 2e-7, 3.3e-7, 1e13, -7.1e12])
    segment = np.array([0, 0, 0, 1, 1])
    total = kernels.segment_sum(small, segment, 2)
    assert total.tolist() == [math.fsum(small[:3]), math.fsum(small[3:])]


@pytest.mark.parametrize(
    "values",
    [
        [0.0, 0.0],
        [-0.0],
        [5e-324] * 3,
        [2.2250738585072014e-308, -5e-324],
        [1e300, -1e300, 5e-324],
        [1e300, 1.0, -1e300],
        [1.7e308, -1.7e308, 1.7e308],
        [1.0, 2.0**-53, 2.0**-1074],
        [1.0, 2.0**-53],
        [1.0 + 2.0**-52, 2.0**-53],
        [-1.0, -(2.0**-53), -(2.0**-160)],
        [2.0**40, 2.0**-27, 2.0**-80],
    ],
    ids=repr,
)
def test_edges_of_the_format(values, path):
    column = np.array(values)
    total = kernels.segment_sum(column, np.zeros(column.size, dtype=np.int64), 1)
    assert bits(total) == bits(np.array([math.fsum(values)]))


def test_a_total_beyond_float64_is_infinite(path):
    one = np.zeros(2, dtype=np.int64)
    assert kernels.segment_sum(np.array([-1.7e308, -1.7e308]), one, 1).tolist() == [-math.inf]


@pytest.mark.parametrize("weights", [[1e-200, 3e-130], [0.0, 0.0], [1.0, 1e150]], ids=repr)
def test_products_that_underflow_are_rounded_as_numpy_rounds_them(weights, path):
    quantity = np.array([1e-130, 6e-195, 0.0, 2.0**-1074, 0.7 * 2.0**-500])
    coefficient, recipe = np.array(weights), np.array([0, 1, 1, 0, 1])
    segment = np.array([0, 0, 1, 1, 1])
    total = kernels.weighted_segment_sum(quantity, coefficient, recipe, segment, 2)
    assert bits(total) == bits(kernels.segment_sum(quantity * coefficient[recipe], segment, 2))


def test_nothing_to_add(path):
    nothing, nowhere = np.zeros(0), np.zeros(0, dtype=np.int64)
    assert kernels.segment_sum(nothing, nowhere, 0).tolist() == []
    assert kernels.segment_sum(nothing, nowhere, 2).tolist() == [0.0, 0.0]
    assert kernels.weighted_segment_sum(nothing, nothing, nowhere, nowhere, 1).tolist() == [0.0]
    assert kernels.segment_sum(np.array([3.0]), np.array([2]), 4).tolist() == [0.0, 0.0, 3.0, 0.0]


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_a_value_that_is_no_number_is_refused(bad, path):
    with pytest.raises(ValueError, match="needs finite values"):
        kernels.segment_sum(np.array([1.0, bad]), np.array([0, 0]), 1)


def test_columns_may_be_views_read_only_and_of_any_integer_width(path):
    values = np.arange(20.0)[::2]
    values.flags.writeable = False
    for width in (np.int8, np.int16, np.int32, np.int64):
        segment = (np.arange(20, dtype=width) % 3)[::2]
        total = kernels.segment_sum(values, segment, 3)
        assert total.tolist() == reference.segment_sum(values, segment, 3).tolist()


def test_more_rows_than_one_block_holds(path, monkeypatch):
    monkeypatch.setattr(exact, "BLOCK", 7)
    rng = np.random.default_rng(3)
    values, segment = rng.normal(0, 1e6, 100), rng.integers(0, 3, 100)
    expected = bits(reference.segment_sum(values, segment, 3))
    assert bits(kernels.segment_sum(values, segment, 3)) == expected
    ones, recipe = np.ones(1), np.zeros(100, dtype=np.int64)
    assert bits(kernels.weighted_segment_sum(values, ones, recipe, segment, 3)) == expected


def test_the_fullest_block_does_not_overflow(path):
    n = exact.BLOCK
    values = np.full(n, math.nextafter(1.0, 0.0))
    total = kernels.segment_sum(values, np.zeros(n, dtype=np.int32), 1)
    assert total.tolist() == [n * math.nextafter(1.0, 0.0)]


@given(st.one_of(ROWS, NARROW), st.integers(41, 45))
@settings(max_examples=300)
def test_digits_of_any_width_give_the_same_bits(rows, width):
    values, segment = columns(rows)
    expected = bits(reference.segment_sum(values, segment, SEGMENTS))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reduce, "COMPILED_FROM", 0)
        patch.setattr(reduce, "WIDEST", width)
        assert bits(kernels.segment_sum(values, segment, SEGMENTS)) == expected
        grid = kernels.grid_of(values)
        state = kernels.partial(values, segment, SEGMENTS, grid)
        assert bits(kernels.finish(state, grid)) == expected


@pytest.mark.parametrize("segments", [1, 1 << 14, 1 << 15, 1 << 16])
def test_full_digits_of_every_width_do_not_overflow(segments):
    n = 4_300_000
    values = np.full(n, -math.nextafter(2.0, 1.0))
    total = kernels.segment_sum(values, np.zeros(n, dtype=np.int32), segments)
    assert total[0] == -n * math.nextafter(2.0, 1.0)
    assert not total[1:].any()


@pytest.mark.parametrize("ordered", [True, False])
def test_rows_put_together_by_bucket_leave_no_mark(monkeypatch, ordered):
    for name, small in (("COMPILED_FROM", 0), ("CACHED", 0), ("BUCKET", 3)):
        monkeypatch.setattr(reduce, name, small)
    monkeypatch.setattr(exact, "BLOCK", 1000)
    rng = np.random.default_rng(8)
    n = 5500
    quantity, recipe = rng.lognormal(0, 8, n) * rng.choice([-1.0, 1.0], n), rng.integers(0, 9, n)
    segment = rng.integers(0, 63, n)
    segment = np.sort(segment) if ordered else segment
    arguments = (quantity, rng.lognormal(0, 2, 9), recipe, segment, 64)
    expected = bits(reference.weighted_segment_sum(*arguments))
    assert bits(kernels.weighted_segment_sum(*arguments)) == expected


def test_threads_leave_no_mark(path):
    rng = np.random.default_rng(11)
    values, segment = rng.normal(0, 1e3, 6000), rng.integers(0, 50, 6000)
    grid = kernels.grid_of(values)
    whole = bits(kernels.segment_sum(values, segment, 50))
    for n_blocks in (1, 2, 7):
        cuts = np.array_split(np.arange(6000), n_blocks)
        with ThreadPoolExecutor(n_blocks) as pool:
            states = pool.map(lambda c: kernels.partial(values[c], segment[c], 50, grid), cuts)
            state = fold(kernels.merge, states)
        assert bits(kernels.finish(state, grid)) == whole


def test_large_and_small_columns_take_different_paths_with_the_same_bits():
    rng = np.random.default_rng(5)
    n = reduce.COMPILED_FROM
    values = rng.lognormal(0, 6, n) * rng.choice([-1.0, 1.0], n)
    segment = rng.integers(0, 300, n).astype(np.int32)
    numpy_total, numba_total = both_paths(kernels.segment_sum, values, segment, 300)
    assert bits(numpy_total) == bits(numba_total)
    assert bits(kernels.segment_sum(values, segment, 300)) == bits(numpy_total)


def test_short_columns_never_load_numba():
    program = (
        "import sys, numpy as np, carbonmeter.kernels as k\n"
        "k.segment_sum(np.ones(9), np.zeros(9, dtype=np.int64), 1)\n"
        "assert 'numba' not in sys.modules"
    )
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    subprocess.run([sys.executable, "-c", program], check=True, env=environment)


def test_a_kernel_is_compiled_where_no_cache_can_be_written(monkeypatch):
    """As in a read-only installation of a user without a home."""
    import numba

    from carbonmeter.kernels.jit import kernel

    compiler = numba.njit

    def without_a_place(**options):
        if options.pop("cache", False):
            raise RuntimeError("cannot cache function: no locator available")
        return compiler(**options)

    monkeypatch.setattr(numba, "njit", without_a_place)

    def twice(value):
        return 2.0 * value

    assert kernel(twice)(1.5) == 3.0


ERRORS = st.lists(
    st.tuples(
        st.one_of(NEAR, st.floats(-1e60, 1e60)),
        st.one_of(st.floats(0.0, 10.0), st.floats(0.0, 1e-200)),
        st.integers(0, 2),
        st.integers(0, SEGMENTS - 1),
    ),
    max_size=40,
)


@given(ERRORS, st.lists(st.floats(-1e60, 1e60), min_size=3, max_size=3))
@settings(max_examples=300)
def test_squares_are_those_of_numpy_summed_exactly(rows, coefficients):
    quantity, relative = (np.array([row[k] for row in rows], dtype=np.float64) for k in (0, 1))
    recipe, segment = (np.array([row[k] for row in rows], dtype=np.int32) for k in (2, 3))
    coefficient = np.array(coefficients)
    squares = (quantity * relative * coefficient[recipe]) ** 2
    expected = bits(reference.segment_sum(squares, segment, SEGMENTS))
    columns = quantity, relative, coefficient, recipe, segment, SEGMENTS
    for total in both_paths(kernels.squared_segment_sum, *columns):
        assert bits(total) == expected


@pytest.mark.parametrize("n", [7, 8, 4096, 4099, 9000])
@pytest.mark.parametrize("m", [3, 40_000])  # near, and so far apart that they are asked for
def test_eight_rows_at_a_time_leave_none_out(n, m, path):
    rng = np.random.default_rng(n)
    quantity, relative = rng.lognormal(0.0, 4.0, n), rng.random(n)
    coefficient, recipe = rng.lognormal(0.0, 1.0, 9), rng.integers(0, 9, n)
    segment = rng.integers(0, m, n)
    product = quantity * coefficient[recipe]
    weighted = kernels.weighted_segment_sum(quantity, coefficient, recipe, segment, m)
    squared = kernels.squared_segment_sum(quantity, relative, coefficient, recipe, segment, m)
    expected = reference.segment_sum(product, segment, m)
    assert bits(weighted) == bits(kernels.segment_sum(product, segment, m)) == bits(expected)
    squares = (quantity * relative * coefficient[recipe]) ** 2
    assert bits(squared) == bits(reference.segment_sum(squares, segment, m))


@given(
    st.one_of(ROWS, NARROW),
    st.lists(st.floats(1e-6, 1e4), min_size=3, max_size=3),
    st.sampled_from([1, 2, 7]),
)
@settings(max_examples=300)
def test_a_grid_guessed_of_some_rows_leaves_no_mark(rows, coefficients, some):
    values, segment = columns(rows)
    recipe, coefficient = np.arange(len(rows)) % 3, np.array(coefficients)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reduce, "COMPILED_FROM", 0)
        patch.setattr(reduce, "GUESSED_FROM", 1)
        patch.setattr(reduce, "SOME", some)
        total = kernels.segment_sum(values, segment, SEGMENTS)
        weighted = kernels.weighted_segment_sum(values, coefficient, recipe, segment, SEGMENTS)
    assert bits(total) == bits(reference.segment_sum(values, segment, SEGMENTS))
    expected = reference.weighted_segment_sum(values, coefficient, recipe, segment, SEGMENTS)
    assert bits(weighted) == bits(expected)


@pytest.mark.parametrize("at", [1, 4999])  # among eight rows, and after the last eight
@pytest.mark.parametrize("odd", [1e30, -1e30, 2.0**70, 1e-40, 1e-300, 5e-324, math.inf, math.nan])
def test_a_row_that_no_guess_could_know_of(odd, at, monkeypatch):
    monkeypatch.setattr(reduce, "COMPILED_FROM", 0)
    monkeypatch.setattr(reduce, "GUESSED_FROM", 1)
    monkeypatch.setattr(reduce, "SOME", 2)
    rng = np.random.default_rng(1)
    values, segment = rng.random(5001) + 1.0, np.zeros(5001, dtype=np.int64)
    values[at] = odd
    if not math.isfinite(odd):
        with pytest.raises(ValueError, match="needs finite values"):
            kernels.segment_sum(values, segment, 1)
        return
    found = kernels.segment_sum(values, segment, 1)
    assert found.tolist() == [math.fsum(values.tolist())]
    halves = kernels.weighted_segment_sum(values, np.array([0.5]), segment, segment, 1)
    assert halves.tolist() == [math.fsum((0.5 * values).tolist())]
