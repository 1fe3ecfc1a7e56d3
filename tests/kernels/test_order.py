"""Moments and tails of rows: exact order statistics, the same sums by both routes."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carbonmeter.kernels.order import SAMPLE, moments, tails

LONG = 4 * SAMPLE + 123


def rows(kind: str, n: int) -> np.ndarray:
    rng = np.random.default_rng(n)
    draws = rng.standard_normal((5, n)).astype(np.float32)
    if kind == "ties":
        draws = np.round(draws)
    elif kind == "all alike":
        draws[:] = 3.0
    elif kind == "two values":
        draws = np.sign(draws)
    elif kind == "sorted":
        draws.sort(axis=1)
    elif kind == "the sample sees only one tail":
        draws[:, :: n // SAMPLE] = -9.0
    elif kind == "the sample sees no tail":
        draws[:, :: n // SAMPLE] = 0.0
    elif kind == "heavy":
        draws = np.tan(draws * 3.0).astype(np.float64)
    return draws


KINDS = ["normal", "ties", "all alike", "two values", "sorted", "heavy"]
KINDS += ["the sample sees only one tail", "the sample sees no tail"]


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("n", "low", "high"), [(LONG, 80, 60), (LONG, 1, 1), (LONG, 400, 430)])
def test_tails_are_the_ends_of_the_sorted_row(compiled, kind, n, low, high):
    draws = rows(kind, n)
    before, ordered = draws.copy(), np.sort(draws, axis=1)
    first, last = tails(draws, low, high, compiled)
    assert first.tobytes() == ordered[:, :low].tobytes()
    assert last.tobytes() == ordered[:, n - high :].tobytes()
    assert draws.tobytes() == before.tobytes()


@given(n=st.integers(1, 40), data=st.data())
def test_tails_of_short_rows_may_overlap(n, data):
    low, high = data.draw(st.integers(1, n)), data.draw(st.integers(1, n))
    draws = rows("normal", n)
    first, last = tails(draws, low, high, compiled=True)
    ordered = np.sort(draws, axis=1)
    assert first.tolist() == ordered[:, :low].tolist()
    assert last.tolist() == ordered[:, n - high :].tolist()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@settings(max_examples=20)
@given(n=st.integers(1, 3000), seed=st.integers(0, 99))
def test_moments_are_those_of_exact_sums_by_both_routes(dtype, n, seed):
    draws = np.random.default_rng(seed).lognormal(size=(2, n)).astype(dtype)
    plain, fast = moments(draws), moments(draws, compiled=True)
    for one, other in zip(plain, fast, strict=True):
        assert one.tobytes() == other.tobytes()
    for row, mean, second, fourth in zip(draws.tolist(), *plain, strict=True):
        exact = math.fsum(row) / n
        assert mean == pytest.approx(exact, rel=1e-14)
        off = [x - exact for x in row]
        assert second == pytest.approx(math.fsum(x**2 for x in off) / n, rel=1e-12, abs=1e-25)
        assert fourth == pytest.approx(math.fsum(x**4 for x in off) / n, rel=1e-12, abs=1e-40)
