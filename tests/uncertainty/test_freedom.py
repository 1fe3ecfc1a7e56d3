"""Degrees of freedom where the formula of the Guide holds, and the reason where it does not."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array

from carbonmeter.errors import CarbonmeterError
from carbonmeter.uncertainty import (
    Common,
    Linear,
    Structure,
    Uncertain,
    combine,
    welch_satterthwaite,
)

SIZES = st.lists(
    st.tuples(st.floats(-10.0, 10.0).filter(lambda c: abs(c) > 1e-3), st.floats(1.0, 100.0)),
    min_size=1,
    max_size=6,
)


@given(SIZES)
def test_it_is_that_of_uncertain_values(parts):
    change, dof = np.array([[c for c, _ in parts]]), np.array([d for _, d in parts])
    found = welch_satterthwaite(combine(change, np.ones(dof.size)), dof, ["x"] * dof.size)
    total = Uncertain(0.0)
    for c, d in parts:
        total = total + c * Uncertain(1.0, 1.0, d)
    assert total.dof is not None
    assert found.dof[0] == pytest.approx(total.dof, rel=1e-10)
    twice = welch_satterthwaite(combine(2.0 * change, np.ones(dof.size)), dof, ["x"] * dof.size)
    assert twice.dof[0] == pytest.approx(found.dof[0], rel=1e-14)
    assert found.reason == ("",)


def test_the_end_gauge_of_the_guide():
    # JCGM 100 H.1: u(l) = 31.66 nm with 16.75 degrees of freedom; k for 99 % is 2.92.
    c_theta = 50000623 * 11.5e-6
    u = np.array([25.0, 5.8, 3.9, 6.7, 0.05 / math.sqrt(3), 1e-6 / math.sqrt(3)])
    change = np.array([[1.0, 1.0, 1.0, 1.0, -c_theta, 50000623 * 0.1]])
    dof = np.array([18.0, 24.0, 5.0, 8.0, 2.0, 50.0])
    budget = combine(change, u)
    found = welch_satterthwaite(budget, dof, list("abcdef"))
    assert budget.u[0] == pytest.approx(31.66, abs=0.02)
    assert found.dof[0] == pytest.approx(16.75, abs=0.05)
    assert found.factor(99.0)[0] == pytest.approx(2.92, abs=0.005)


def test_refusals_say_why():
    structure = Structure.of(["a", "b"], np.ones(2), [Common("scale", ("a",), 0.5)])
    change = csr_array(np.array([[1.0, 1.0], [0.0, 1.0], [0.0, 0.0], [0.0, 0.0]]))
    linear = Linear(change, structure, np.array([0.0, 0.0, 0.0, 2.0]))
    names = ["a", "b", *structure.names]
    dof = np.array([4.0, 9.0])
    found = welch_satterthwaite(linear.combined(), dof, names, common_from=2)
    assert np.isnan(found.dof).tolist() == [True, False, True, True]
    assert found.dof[1] == pytest.approx(9.0)
    assert found.reason[0].startswith("scale moves several components together")
    assert found.reason[1:] == (
        "",
        "nothing states an uncertainty",
        "the rows' own uncertainties state no degrees of freedom",
    )
    silent = welch_satterthwaite(
        combine(np.ones((1, 2)), np.array([1.0, 3.0])), dof * np.nan, ["x", "y"]
    )
    assert silent.reason == ("y states no degrees of freedom",)
    assert np.isnan(silent.factor()).tolist() == [True]


def test_taking_the_silent_for_known_is_the_callers_choice():
    budget = combine(np.ones((1, 2)), np.array([3.0, 4.0]), np.array([0.0]))
    some = welch_satterthwaite(budget, np.array([4.0, np.nan]), ["x", "y"], unstated=math.inf)
    assert some.dof[0] == pytest.approx(5.0**4 / (3.0**4 / 4.0))
    every = welch_satterthwaite(budget, np.full(2, np.nan), ["x", "y"], unstated=math.inf)
    assert every.dof.tolist() == [math.inf]
    assert every.factor().tolist() == [1.96]


def test_no_degrees_at_or_below_zero():
    with pytest.raises(CarbonmeterError, match="above 0"):
        welch_satterthwaite(combine(np.ones((1, 1)), np.ones(1)), np.zeros(1), ["x"])
