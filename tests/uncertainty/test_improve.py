"""The inverse of a budget: every promise kept when the component is really made better."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

from carbonmeter.errors import CarbonmeterError
from carbonmeter.uncertainty import OWN, Common, Linear, Structure, improvements
from tests.uncertainty.test_structure import IDS, groups


def scaled(linear: Linear, component: int, s: float) -> Linear:
    """The same groups with one component s times as uncertain."""
    structure, size = linear.structure, len(IDS)
    if component == OWN:
        return replace(linear, own_variance=linear.own_variance * s**2)
    loading = structure.loading.toarray()
    own, u = structure.own.copy(), structure.u.copy()
    if component < size:
        own[component] *= s
        u[component] *= s
        loading[component] *= s
    else:
        loading[:, structure.axis_name == component - size] *= s
    return replace(linear, structure=replace(structure, u=u, own=own, loading=csr_array(loading)))


@settings(deadline=None, max_examples=8)
@given(st.integers(0, 10_000), st.floats(0.3, 1.1))
def test_each_promise_is_kept(seed, aim):
    linear = groups(seed)
    target = aim * linear.u
    found = improvements(linear, target)
    for g, component, share, perfect, halved, needed in zip(*found, strict=True):
        atol = 1e-7 * linear.u[g]
        assert scaled(linear, component, 0.0).u[g] == pytest.approx(perfect, abs=atol)
        assert scaled(linear, component, 0.5).u[g] == pytest.approx(halved, abs=atol)
        assert 1.0 - perfect**2 / linear.u[g] ** 2 == pytest.approx(share, abs=1e-7)
        if np.isfinite(needed):
            reached = scaled(linear, component, needed).u[g]
            assert reached <= target[g] * (1.0 + 1e-9) + atol
            assert needed == 1.0 or reached == pytest.approx(target[g], abs=atol)
        else:
            least = min(scaled(linear, component, s).u[g] for s in np.linspace(0.0, 1.0, 21))
            assert least > target[g] * (1.0 - 1e-9)


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 10_000))
def test_what_lowers_u_most_stands_first(seed):
    found = improvements(groups(seed))
    for g in range(6):
        mine = found.perfect[found.group == g]
        assert (np.diff(mine) >= 0.0).all()
    assert np.isnan(found.needed).all()


def test_independent_shares_are_those_of_the_budget():
    linear = Linear(
        csr_array(np.array([[1.0, 2.0]])), Structure.independent(np.ones(2)), np.array([4.0])
    )
    found = improvements(linear, 2.0)
    assert found.component.tolist() == [OWN, 1, 0]
    assert found.share.tolist() == pytest.approx([4 / 9, 4 / 9, 1 / 9])
    assert found.perfect.tolist() == pytest.approx([5**0.5, 5**0.5, 8**0.5])
    assert np.isnan(found.needed).all()  # the others alone are above 2
    assert improvements(linear, 3.0).needed.tolist() == [1.0, 1.0, 1.0]


def test_better_knowledge_of_one_of_two_that_cancel_raises_u():
    u = np.array([3.0, 4.0])
    structure = Structure.of(["a", "b"], u, [Common("scale", ("a", "b"), opposite=("b",))])
    found = improvements(Linear(csr_array(np.ones((1, 2))), structure, np.zeros(1)))
    assert found.component.tolist() == [2, 1, 0]  # the scale itself, then b, then a
    assert found.perfect.tolist() == pytest.approx([0.0, 3.0, 4.0])
    assert found.share.tolist() == pytest.approx([1.0, -8.0, -15.0])


@pytest.mark.parametrize("seed", [323, 333, 340])
def test_what_u_is_already_is_reached(seed):
    linear = groups(seed)
    assert (improvements(linear, linear.u).needed == 1.0).all()


def test_a_negative_target_is_refused():
    with pytest.raises(CarbonmeterError, match="not negative"):
        improvements(groups(1), -1.0)
