"""Shared records: add, then square."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbonmeter.errors import CarbonmeterError
from carbonmeter.uncertainty import (
    NOTHING,
    OWN,
    Uncertain,
    combine,
    combine_lines,
    unquantified_share,
)

CHANGES = st.floats(-1e6, 1e6).filter(lambda c: c == 0.0 or abs(c) > 1e-9)
LINES = st.lists(st.tuples(CHANGES, st.integers(0, 3), st.integers(0, 2)), min_size=1, max_size=30)
U = np.array([0.1, 0.02, 3.0, 0.5])


def columns(lines):
    sensitivity = np.array([c for c, _, _ in lines])
    record = np.array([r for _, r, _ in lines], dtype=np.int64)
    group = np.array([g for _, _, g in lines], dtype=np.int64)
    return sensitivity, record, group


def test_a_shared_factor_is_added_before_it_is_squared():
    # uncertainty case shared-factor-3; 188.0 is what wrongly independent rows would give.
    activity, own = np.array([1000.0, 2000.0, 3000.0]), (0.5 * np.array([10.0, 20.0, 30.0])) ** 2
    by_site = combine(activity[:, np.newaxis], np.array([0.05]), own)
    whole = combine(np.array([[activity.sum()]]), np.array([0.05]), np.array([own.sum()]))
    assert whole.u[0] == pytest.approx(300.58276730378276, abs=1e-9)
    assert math.hypot(*by_site.u) == pytest.approx(188.01595676963166, abs=1e-9)


@given(LINES)
def test_lines_and_uncertain_scalars_agree(lines):
    sensitivity, record, group = columns(lines)
    result = combine_lines(sensitivity, record, group, U, 3)
    sources = [Uncertain(1.0, u, label=str(r)) for r, u in enumerate(U)]
    for g in range(3):
        total = Uncertain(0.0)
        for c, r, of in lines:
            if of == g:
                total = total + c * sources[r]
        scale = sum(abs(c) * U[r] for c, r, of in lines if of == g)
        assert result.u[g] == pytest.approx(total.u, rel=1e-9, abs=1e-12 * scale)


@given(LINES, st.randoms(use_true_random=False))
def test_order_of_lines_leaves_no_mark(lines, random):
    one = combine_lines(*columns(lines), U, 3)
    other = combine_lines(*columns(random.sample(lines, k=len(lines))), U, 3)
    for a, b in zip(one, other, strict=True):
        np.testing.assert_array_equal(a, b)


@given(LINES)
def test_duplicating_every_line_doubles_u(lines):
    once = combine_lines(*columns(lines), U, 3)
    twice = combine_lines(*columns(lines + lines), U, 3)
    np.testing.assert_array_equal(twice.u, 2 * once.u)


@given(LINES)
def test_the_budget_adds_up(lines):
    result = combine_lines(*columns(lines), U, 3, np.array([1.0, 0.0, 4.0]))
    for g in range(3):
        mine = result.group == g
        assert result.variance[mine].sum() == pytest.approx(result.u[g] ** 2)
        if mine.any():
            assert result.share[mine].sum() == pytest.approx(1.0)
            assert result.largest[g] == result.record[mine][0]
            assert result.variance[mine][0] == result.variance[mine].max()
        else:
            assert result.largest[g] == NOTHING


def test_an_unstated_uncertainty_is_left_out_and_named():
    sensitivity = np.array([[1.0, 2.0], [0.0, 5.0], [7.0, 0.0]])
    result = combine(sensitivity, np.array([math.nan, 0.5]), np.array([0.0, math.nan, 9.0]))
    assert result.u.tolist() == [1.0, 2.5, 3.0]
    assert result.unquantified.tolist() == [True, True, True]
    assert result.largest.tolist() == [1, 1, OWN]
    clean = combine(sensitivity[1:2], np.array([math.nan, 0.5]))
    assert clean.unquantified.tolist() == [False]


def test_what_cancels_needs_no_uncertainty():
    result = combine_lines(
        np.array([2.0, -2.0]), np.array([0, 0]), np.array([0, 0]), np.array([math.nan]), 1
    )
    assert (result.u[0], bool(result.unquantified[0]), result.largest[0]) == (0.0, False, NOTHING)


def test_share_of_emission_without_uncertainty():
    size, stated = np.array([30.0, 10.0, 5.0]), np.array([True, False, False])
    share = unquantified_share(size, stated, np.array([0, 0, 1]), 3)
    assert share.tolist() == [0.25, 1.0, 0.0]


def test_no_groups_and_no_records():
    assert combine(np.zeros((0, 2)), U[:2]).u.shape == (0,)
    assert combine(np.zeros((2, 0)), U[:0], np.array([4.0, 0.0])).u.tolist() == [2.0, 0.0]
    nothing = np.zeros(0, dtype=np.int64)
    assert combine_lines(np.zeros(0), nothing, nothing, U[:0], 1).u.tolist() == [0.0]


def test_negative_spreads_are_refused():
    for u, own in ((np.array([-1.0]), np.zeros(1)), (np.ones(1), np.array([-1.0]))):
        with pytest.raises(CarbonmeterError, match="negative"):
            combine(np.ones((1, 1)), u, own)
    with pytest.raises(CarbonmeterError, match="need 1 own variances"):
        combine(np.ones((1, 1)), np.ones(1), np.zeros(2))


def test_what_stands_in_place_of_a_record_is_no_record():
    assert OWN < 0
    assert NOTHING < 0
    assert OWN != NOTHING
    result = combine(np.zeros((2, 1)), np.ones(1), np.array([4.0, 0.0]))
    assert result.largest.tolist() == [OWN, NOTHING]
    assert result.record.tolist() == [OWN]
