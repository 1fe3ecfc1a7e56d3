"""Draws of groups against the formula written out, by both routes to the same bits."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carbonmeter.kernels.draws import normals
from carbonmeter.kernels.mixing import Mixture, mix
from carbonmeter.kernels.noise import noise


def offsets(sizes) -> np.ndarray:
    return np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)


def made(seed: int, groups: int = 7, models: int = 5, keys: int = 3, sets: int = 4) -> Mixture:
    """Groups with none to nine entries and none to three cells, these with none to six parts."""
    rng = np.random.default_rng(seed)
    size, cells = rng.integers(0, 10, groups), rng.integers(0, 4, groups)
    key = np.concatenate([np.sort(rng.integers(-3, keys, s)) for s in size])
    parts = rng.integers(0, 7, cells.sum())
    return Mixture(
        offsets(size),
        rng.integers(0, models, size.sum()),
        np.maximum(key, -1).astype(np.int64),
        rng.normal(size=size.sum()),
        rng.integers(0, 2**63, keys).astype(np.uint64),
        offsets(cells),
        offsets(parts),
        rng.integers(0, sets, parts.sum()),
        rng.random(parts.sum()).astype(np.float32),
        rng.random(cells.sum()),
        rng.integers(0, 2**63, cells.sum()).astype(np.uint64),
    )


def inputs(n: int, models: int = 5, sets: int = 4, groups: int = 7) -> tuple[np.ndarray, ...]:
    rng = np.random.default_rng(n)
    square = rng.random((sets, n)).astype(np.float32)
    return rng.normal(size=(models, n)), square, rng.normal(size=groups)


def written_out(m: Mixture, seed: int, start: int, n: int, exact: bool) -> np.ndarray:
    coefficient, square, centre = inputs(n)
    z = (normals if exact else noise)(seed, m.keys, start, start + n).astype(np.float64)
    own = noise(seed, m.cell_keys, start, start + n)
    found = np.zeros((m.entries.size - 1, n))
    for g in range(len(found)):
        for e in range(m.entries[g], m.entries[g + 1]):
            times = 1.0 if m.key[e] < 0 else z[m.key[e]]
            found[g] += m.amount[e] * (coefficient[m.model[e]] * times)
        for c in range(m.cells[g], m.cells[g + 1]):
            variance = np.zeros(n)
            for p in range(m.parts[c], m.parts[c + 1]):
                variance += m.share[p] * square[m.which[p]].astype(np.float64)
            found[g] += m.scale[c] * np.sqrt(variance) * own[c]
        found[g] -= centre[g]
    return found


@pytest.mark.parametrize("exact", [False, True])
@settings(max_examples=25)
@given(
    seed=st.integers(0, 2**64 - 1),
    start=st.integers(0, 2**40),
    n=st.sampled_from([1, 7, 511, 513, 2048]),
)
def test_draws_of_groups_are_what_is_written(exact, seed, start, n):
    mixture = made(seed % 1000)
    plain, fast = np.full((2, 7, n + 3), np.nan)
    for out, compiled in ((plain, False), (fast, True)):
        mix(mixture, seed, start, *inputs(n), out, 2, exact=exact, compiled=compiled)
    assert plain.tobytes() == fast.tobytes()
    assert np.isnan(plain[:, [0, 1, -1]]).all()
    wanted = written_out(mixture, seed, start, n, exact)
    np.testing.assert_allclose(plain[:, 2:-1], wanted, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("compiled", [False, True])
def test_single_precision_rounds_the_difference_from_the_centre(compiled):
    mixture, args = made(4), inputs(600)
    whole, small = np.empty((7, 600)), np.empty((7, 600), dtype=np.float32)
    for out in (whole, small):
        mix(mixture, 1, 100, *args, out, compiled=compiled)
    assert small.tobytes() == whole.astype(np.float32).tobytes()


@pytest.mark.parametrize("compiled", [False, True])
def test_cuts_of_the_draws_leave_no_mark(compiled):
    mixture, (coefficient, square, centre) = made(5), inputs(1500)
    whole, parts = np.empty((2, 7, 1500))
    mix(mixture, 1, 100, coefficient, square, centre, whole, compiled=compiled)
    for a, b in ((0, 13), (13, 700), (700, 1500)):
        c, s = (np.ascontiguousarray(x[:, a:b]) for x in (coefficient, square))
        mix(mixture, 1, 100 + a, c, s, centre, parts, a, compiled=compiled)
    assert parts.tobytes() == whole.tobytes()
