"""Common components and correlations: a diagonal and a thin factor, equal to the full matrix."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array, random_array

from carbonmeter.errors import CarbonmeterError
from carbonmeter.uncertainty import OWN, Common, Linear, Structure, combine, correlated

IDS = tuple("abcdefgh")


def structures(seed: int) -> Structure:
    """Two overlapping causes, one of them signed, and a correlated pair."""
    rng = np.random.default_rng(seed)
    common = (
        Common("laboratory", ("a", "b", "c"), 0.5),
        Common("method", ("b", "c", "d", "e"), (0.1, 0.5, 0.3, 1.0), opposite=("d",)),
    )
    pair = {("f", "g"): float(rng.uniform(-1.0, 1.0))}
    return Structure.of(IDS, rng.uniform(0.1, 3.0, len(IDS)), common, pair)


def groups(seed: int, n: int = 6) -> Linear:
    rng = np.random.default_rng(seed)
    change = csr_array(random_array((n, len(IDS)), density=0.6, rng=rng))
    change.data = rng.uniform(-5.0, 5.0, change.nnz)
    change.sort_indices()
    return Linear(change, structures(seed), rng.uniform(0.0, 2.0, n))


def dense(linear: Linear) -> np.ndarray:
    change = linear.change.toarray()
    return change @ linear.structure.dense() @ change.T + np.diag(linear.own_variance)


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 10_000))
def test_the_thin_form_equals_the_full_matrix(seed):
    linear = groups(seed)
    full = dense(linear)
    scale = np.abs(full).max()
    np.testing.assert_allclose(linear.covariance(), full, rtol=0, atol=1e-12 * scale)
    np.testing.assert_allclose(linear.u**2, np.diag(full), rtol=1e-12, atol=1e-14 * scale)


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 10_000))
def test_the_budget_adds_up_with_common_components_by_name(seed):
    linear = groups(seed)
    budget = linear.combined()
    squares = np.bincount(budget.group, weights=budget.contribution**2, minlength=6)
    np.testing.assert_allclose(squares, linear.u**2, rtol=1e-12)
    np.testing.assert_allclose(budget.u, linear.u, rtol=1e-14)
    pairs = list(zip(budget.group.tolist(), budget.record.tolist(), strict=True))
    assert len(pairs) == len(set(pairs))
    names = {len(IDS) + i: name for i, name in enumerate(linear.structure.names)}
    assert set(names.values()) == {"laboratory", "method", "correlated f, g"}
    assert set(budget.record.tolist()) <= {OWN, *range(len(IDS)), *names}


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 10_000))
def test_roll_ups_are_those_of_the_full_matrix(seed):
    linear = groups(seed)
    rng = np.random.default_rng(seed)
    weight = csr_array(rng.integers(-1, 3, (3, 6)).astype(float))
    rolled = linear.rolled(weight)
    full = weight.toarray() @ dense(linear) @ weight.toarray().T
    scale = np.abs(full).max() + 1e-300
    np.testing.assert_allclose(rolled.covariance(), full, rtol=0, atol=1e-12 * scale)
    whole = linear.rolled(csr_array(np.ones((1, 6))))
    assert whole.u[0] ** 2 == pytest.approx(dense(linear).sum(), rel=1e-11, abs=1e-12 * scale)


def test_without_connections_it_is_combine_to_the_bit():
    rng = np.random.default_rng(1)
    change, u, own = rng.normal(size=(5, 8)), rng.uniform(size=8), rng.uniform(size=5)
    u[3], own[2] = np.nan, np.nan
    expected = combine(change, u, own)
    linear = Linear(csr_array(change), Structure.independent(u), own)
    for one, other in zip(expected, linear.combined(), strict=True):
        np.testing.assert_array_equal(one, other)
    np.testing.assert_allclose(linear.u, expected.u, rtol=1e-14)


def test_the_same_group_twice_and_doubled():
    linear = groups(3)
    twice = linear.rolled(csr_array(2.0 * np.eye(6)))
    np.testing.assert_allclose(twice.u, 2.0 * linear.u, rtol=1e-15)
    same = linear.covariance([2, 2])
    assert same[0, 1] == pytest.approx(linear.u[2] ** 2, rel=1e-12)
    assert linear.correlation([2, 2])[0, 1] == pytest.approx(1.0, rel=1e-12)


def test_fully_common_errors_add_and_opposite_ones_cancel():
    u = np.array([3.0, 4.0])
    both = csr_array(np.array([[1.0, 1.0]]))
    together = Structure.of(["a", "b"], u, [Common("scale", ("a", "b"))])
    against = Structure.of(["a", "b"], u, [Common("scale", ("a", "b"), opposite=("b",))])
    assert Linear(both, together, np.zeros(1)).u.tolist() == [7.0]
    assert Linear(both, against, np.zeros(1)).u.tolist() == [1.0]
    entry = Linear(both, against, np.zeros(1)).combined()
    assert (entry.contribution.tolist(), entry.record.tolist()) == ([-1.0], [2])


def test_correlations_are_those_of_uncertain_values():
    matrix = np.array([[1.0, 0.6, -0.2], [0.6, 1.0, 0.3], [-0.2, 0.3, 1.0]])
    u = [0.1, 0.2, 0.4]
    values = correlated([1.0, 2.0, 3.0], u, matrix)
    expected = (values[0] * 2.0 - values[1] + values[2] * 0.5).u
    names = "xyz"
    pairs = {(names[i], names[j]): matrix[i, j] for i in range(3) for j in range(i)}
    structure = Structure.of(names, np.array(u), correlations=pairs)
    assert structure.names == ("correlated x, y, z",)
    linear = Linear(csr_array(np.array([[2.0, -1.0, 0.5]])), structure, np.zeros(1))
    assert linear.u[0] == pytest.approx(expected, rel=1e-12)
    assert linear.combined().record.tolist() == [3]


def test_a_member_without_u_marks_its_groups_and_has_no_part():
    structure = Structure.of(["a", "b"], np.array([3.0, np.nan]), [Common("lab", ("a", "b"))])
    linear = Linear(csr_array(np.array([[1.0, 1.0], [1.0, 0.0]])), structure, np.zeros(2))
    found = linear.combined()
    assert found.u.tolist() == [3.0, 3.0]
    assert found.unquantified.tolist() == [True, False]


REFUSED = [
    ([Common("lab", ("a", "z"))], {}, "no quantity 'z'"),
    ([Common("lab", ("a", "b"), 1.2)], {}, "part 1.2 of 'a'"),
    ([Common("lab", ("a", "b"), float("nan"))], {}, "part nan of 'a'"),
    ([Common("lab", ("a", "b"), (0.5,))], {}, "2 members with 1 parts"),
    ([Common("lab", ())], {}, "of 0 members"),
    ([Common("", ("a",))], {}, "needs a name"),
    ([Common("lab", ("a", "a"))], {}, "names 'a' twice"),
    ([Common("lab", ("a",), opposite=("b",))], {}, "in `opposite` but not"),
    ([Common("lab", ("a",)), Common("lab", ("b",))], {}, "are called 'lab'"),
    ([Common("x", ("a",), 0.7), Common("y", ("a",), 0.4)], {}, r"'x', 'y' add up to 1\.1"),
    ([Common("x", ("a",), 0.2)], {("a", "b"): 0.1}, "state its connections one way"),
    ([], {("a", "z"): 0.1}, "correlation of 'z'"),
    ([], {("a", "b"): 1.1}, "from -1 to 1"),
    (
        [],
        {("a", "b"): 0.9, ("b", "c"): 0.9, ("a", "c"): -0.9},
        "the pair that fits the others least is '[ab]' and '[bc]'",
    ),
]


@pytest.mark.parametrize(("common", "pairs", "said"), REFUSED, ids=[said for *_, said in REFUSED])
def test_what_cannot_be_is_refused_by_name(common, pairs, said):
    with pytest.raises(CarbonmeterError, match=said):
        Structure.of(IDS, np.ones(len(IDS)), common, pairs)


def test_shapes_and_sizes_that_do_not_fit_are_refused():
    two = Structure.independent(np.ones(2))
    with pytest.raises(CarbonmeterError, match="do not fit 2 quantities"):
        Linear(csr_array(np.ones((1, 3))), two, np.zeros(1))
    with pytest.raises(CarbonmeterError, match="not negative"):
        Linear(csr_array(np.ones((1, 2))), two, -np.ones(1))
    with pytest.raises(CarbonmeterError, match="not negative"):
        Structure.of(["a"], np.array([-1.0]))
    many = Linear(csr_array(np.ones((5000, 2))), two, np.zeros(5000))
    with pytest.raises(CarbonmeterError, match=r"5,000 groups would take 0\.2 GiB"):
        many.covariance()
    assert many.covariance([0, 4999]).tolist() == [[2.0, 2.0], [2.0, 2.0]]


def test_parts_of_one_may_fill_it_and_nothing_is_n_by_n():
    full = Structure.of(["a"], np.array([2.0]), [Common("x", "a", 0.7), Common("y", "a", 0.3)])
    assert full.own[0] == pytest.approx(0.0, abs=1e-7)
    assert full.dense()[0, 0] == pytest.approx(4.0, rel=1e-12)
    n = 20_000
    ids = [str(i) for i in range(n)]
    assert Structure.of(ids, np.ones(n), [Common("all", ids, 0.5)]).nbytes < 40 * n
