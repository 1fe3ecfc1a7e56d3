"""Monte Carlo on plain arrays: closed forms, intervals, correlations, and what is refused."""

from __future__ import annotations

import math

import numpy as np
import pytest

from carbonmeter.errors import CarbonmeterError
from carbonmeter.kernels.draws import uniforms
from carbonmeter.uncertainty.reading import (
    Summary,
    agreement,
    described,
    errors,
    numerical_tolerance,
    summarise,
)
from carbonmeter.uncertainty.sample import (
    Quantities,
    check_request,
    correlation_root,
    key_of,
    propagate,
)
from carbonmeter.uncertainty.shapes import Lognormal, Normal, Triangular, Uniform, pert

SHAPES = {
    "a": Normal(10.0, 1.0),
    "b": Triangular(1.0, 2.0, 5.0),
    "c": Lognormal(3.0, 0.4),
    "d": Uniform(0.0, 6.0),
    "e": pert(1.0, 2.0, 9.0),
}


def test_closed_forms_within_four_standard_errors_on_a_hundred_seeds():
    """Sum: means and variances add. Product: E and E of squares multiply."""
    n, misses = 20_000, 0
    mean = sum(s.mean for s in SHAPES.values())
    u = math.sqrt(sum(s.sd**2 for s in SHAPES.values()))
    product = math.prod(s.mean for s in SHAPES.values())
    square = math.prod(s.mean**2 + s.sd**2 for s in SHAPES.values())
    for seed in range(100):
        added = propagate(lambda v: sum(v.values()), SHAPES, draws=n, seed=seed)
        misses += abs(added.mean[0] - mean) > 4.0 * u / math.sqrt(n)
        misses += abs(added.u[0] - u) > 4.0 * u / math.sqrt(2 * n)
        times = propagate(lambda v: math.prod(v.values()), SHAPES, draws=n, seed=seed)
        spread = math.sqrt(square - product**2)
        misses += abs(times.mean[0] - product) > 4.0 * spread / math.sqrt(n)
    assert misses <= 2


def test_the_ends_of_an_interval_fall_where_they_should_on_a_hundred_seeds():
    """95 % of exp(normal), symmetric: e to the ends; each end within 4 standard errors."""
    n, z, misses = 20_000, 1.959963984540054, 0
    density = math.exp(-z * z / 2) / math.sqrt(2 * math.pi)
    error = math.sqrt(0.025 * 0.975 / n) / density
    for seed in range(100):
        found = propagate(lambda v: np.exp(v["x"]), {"x": Normal(0, 1)}, draws=n, seed=seed)
        misses += abs(math.log(found.low[0]) + z) > 4.0 * error
        misses += abs(math.log(found.high[0]) - z) > 4.0 * error
    assert misses <= 1


def test_the_shortest_interval_of_an_exponential_begins_at_zero():
    found = propagate(
        lambda v: -np.log(v["p"]), {"p": Uniform(0, 1)}, draws=200_000, interval="shortest"
    )
    assert found.low[0] == pytest.approx(0.0, abs=1e-3)
    assert found.high[0] == pytest.approx(-math.log(0.05), abs=0.03)


@pytest.mark.parametrize(
    ("n", "coverage", "low", "high"),
    [(200, 95.0, 5, 195), (10, 80.0, 1, 9), (11, 80.0, 1, 10), (1000, 99.9, 1, 1000)],
)
def test_order_statistics_of_the_symmetric_interval(n, coverage, low, high):
    draws = np.random.default_rng(1).permutation(np.arange(1.0, n + 1.0))[np.newaxis]
    found = summarise(draws, coverage, "symmetric")
    assert (found.low[0], found.high[0]) == (low, high)


def test_other_quantities_leave_the_draws_alone():
    alone = Quantities({"b": SHAPES["b"]}).draw(5, 0, 1000)
    among = Quantities(SHAPES)
    assert among.draw(5, 0, 1000)[among.names.index("b")].tobytes() == alone.tobytes()
    parts = [among.draw(5, a, b) for a, b in ((0, 333), (333, 334), (334, 1000))]
    assert np.concatenate(parts, axis=1).tobytes() == among.draw(5, 0, 1000).tobytes()


def test_some_quantities_are_drawn_as_they_are_among_all():
    shapes = {**SHAPES, "x": Normal(0, 2), "y": Normal(1, 3)}
    free, joint = Quantities(shapes), Quantities(shapes, {("a", "x"): 0.6})
    for quantities in (free, joint):
        every = quantities.draw(5, 3, 1000)
        for only in ([], [0], [1, 4], [5, 6], list(range(7))):
            assert quantities.draw(5, 3, 1000, only=only).tobytes() == every[only].tobytes()
    for i, shape in enumerate(free.shapes):
        alone = shape.quantile(uniforms(5, free.keys[i : i + 1], 0, 900)[0])
        assert free.draw(5, 0, 900)[i].tobytes() == alone.tobytes()


def test_keys_are_those_of_yesterday():
    """A key that changes changes every draw that anybody ever published."""
    assert key_of("fuel.cets.anthracite.ncv") == 0xCFF079F6CC4D0DDD
    assert key_of("燃煤") == 0x801BED4F8E940BEE


def test_correlated_normals_have_their_correlation_and_others_stay():
    pairs = {("a", "x"): 0.6, ("x", "y"): -0.5}
    shapes = {**SHAPES, "x": Normal(0, 2), "y": Normal(1, 3)}
    n = 100_000
    joint = Quantities(shapes, pairs)
    drawn = dict(zip(joint.names, joint.draw(2, 0, n), strict=True))
    found = np.corrcoef([drawn["a"], drawn["x"], drawn["y"]])
    wanted = np.array([[1, 0.6, 0], [0.6, 1, -0.5], [0, -0.5, 1]])
    np.testing.assert_allclose(found, wanted, atol=4 / math.sqrt(n))
    free = Quantities(shapes)
    alone = dict(zip(free.names, free.draw(2, 0, n), strict=True))
    assert all(drawn[name].tobytes() == alone[name].tobytes() for name in ("a", "b", "c", "d"))
    assert drawn["y"].mean() == pytest.approx(1.0, abs=4 * 3 / math.sqrt(n))
    assert drawn["y"].std() == pytest.approx(3.0, rel=4 / math.sqrt(2 * n))
    cuts = [joint.draw(2, a, b) for a, b in ((0, 501), (501, 4000))]
    assert np.concatenate(cuts, axis=1).tobytes() == joint.draw(2, 0, 4000).tobytes()


def test_full_correlation_of_unlike_shapes_pairs_their_quantiles():
    joint = Quantities({"d": Uniform(0, 1), "t": Triangular(0, 0, 1)}, {("d", "t"): 1.0})
    d, t = joint.draw(1, 0, 1000)
    np.testing.assert_allclose(t, 1 - np.sqrt(1 - d), atol=1e-9)
    against = Quantities({"p": Uniform(0, 1), "q": Uniform(0, 1)}, {("q", "p"): -1.0})
    p, q = against.draw(1, 0, 1000)
    np.testing.assert_allclose(p + q, 1.0, atol=1e-9)


@pytest.mark.parametrize(
    ("pairs", "said"),
    [
        (
            dict.fromkeys(["ab", "bc", "cd", "bd", "ad"], 0.9) | {"ac": -0.9},
            "least is 'a' and 'c' with -0.9",
        ),
        ({("a", "b"): 1.1}, "'a' and 'b': two names, from -1 to 1"),
        ({("a", "b"): math.nan}, "'a' and 'b': two names"),
        ({("a", "a"): 1.0}, "two names"),
        ({("a", "B"): 0.5}, "'B', which is not drawn"),
        ({("a", "b"): 0.5, ("b", "a"): 0.4}, "two correlations: 0.5, 0.4"),
    ],
)
def test_correlations_that_cannot_be_are_refused_with_their_pair(pairs, said):
    with pytest.raises(CarbonmeterError, match=said):
        correlation_root("abcd", pairs)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ((0, 1, 95.0, "symmetric"), "draws=0: a 95 % interval needs at least 200"),
        ((-5, 1, 95.0, "symmetric"), "draws=-5"),
        ((199, 1, 95.0, "symmetric"), "draws=199"),
        ((1e4, 1, 95.0, "symmetric"), "draws=10000.0"),
        ((True, 1, 95.0, "symmetric"), "draws=True"),
        ((1000, -1, 95.0, "symmetric"), "seed=-1"),
        ((1000, 2**64, 95.0, "symmetric"), "seed="),
        ((1000, 1.5, 95.0, "symmetric"), "seed=1.5"),
        ((1000, 1, 0.0, "symmetric"), "coverage=0.0"),
        ((1000, 1, 100.0, "symmetric"), "coverage=100.0"),
        ((1000, 1, math.nan, "symmetric"), "coverage=nan"),
        ((1000, 1, 95.0, "narrow"), "interval='narrow'; write 'symmetric' or 'shortest'"),
    ],
)
def test_requests_that_mean_nothing_are_refused(asked, said):
    with pytest.raises(CarbonmeterError, match=said):
        check_request(*asked)


def test_a_formula_without_a_value_is_refused():
    with (
        np.errstate(invalid="ignore"),
        pytest.raises(CarbonmeterError, match=r"no value at .* of the draws"),
    ):
        propagate(lambda v: np.log(v["x"]), {"x": Normal(0, 1)}, draws=1000)


LAWS = {
    "normal": Normal(0, 1),
    "lognormal": Lognormal(1.0, 0.8),
    "uniform": Uniform(0, 1),
    "triangular": Triangular(0, 0, 1),
}


@pytest.mark.parametrize(
    ("law", "coverage", "n"),
    [*((law, coverage, 2000) for law in LAWS for coverage in (95.0, 50.0)), ("normal", 95, 20_000)],
)
def test_standard_errors_are_those_of_many_runs(law, coverage, n):
    """As the results of 200 runs spread; the tail of a lognormal tells its own error least well."""
    shape = {"x": LAWS[law]}
    runs = [
        propagate(lambda v: v["x"], shape, draws=n, seed=seed, coverage=coverage)
        for seed in range(200)
    ]
    draws = Quantities(shape).draw(1000, 0, 100 * n)
    told = errors(draws.reshape(100, n), coverage, "symmetric")
    for name in Summary._fields:
        spread = np.std([getattr(run, name)[0] for run in runs])
        far = 0.3 if (law, name) == ("lognormal", "u") else 0.2
        assert np.sqrt(np.mean(getattr(told, name) ** 2)) == pytest.approx(spread, rel=far)


def test_standard_errors_of_a_shortest_interval_are_those_of_many_runs():
    runs = [
        propagate(lambda v: v["x"], {"x": Normal(0, 1)}, draws=20_000, seed=s, interval="shortest")
        for s in range(200)
    ]
    draws = Quantities({"x": Normal(0, 1)}).draw(1000, 0, 2_000_000)
    told = errors(draws.reshape(100, 20_000), 95.0, "shortest")
    for name in ("low", "high"):
        spread = np.std([getattr(run, name)[0] for run in runs])
        # Its ends settle with the cube root of the draws: batches say rather too little.
        ratio = np.sqrt(np.mean(getattr(told, name) ** 2)) / spread
        assert 0.55 < ratio < 1.1


@pytest.mark.parametrize("n", [200, 5000, 5003])
@pytest.mark.parametrize("interval", ["symmetric", "shortest"])
@pytest.mark.parametrize("coverage", [95.0, 60.0])
def test_compiled_code_reads_the_same_bits(n, interval, coverage):
    draws = Quantities(SHAPES).draw(1, 0, n).astype(np.float32)
    plain, fast = (described(draws, coverage, interval, c) for c in (False, True))
    for one, other in zip((*plain[0], *plain[1]), (*fast[0], *fast[1]), strict=True):
        assert one.tobytes() == other.tobytes()


def test_what_nothing_moves_has_no_error():
    draws = np.full((1, 333), 0.1)
    for interval in ("symmetric", "shortest"):
        said, error = described(draws, 95.0, interval)
        assert [float(x[0]) for x in said] == [0.1, 0.0, 0.1, 0.1]
        assert [float(x[0]) for x in error] == [0.0] * 4


@pytest.mark.parametrize(
    ("u", "tolerance"), [(2.0, 0.5), (9.4, 0.5), (9.6, 5.0), (0.031, 0.005), (0.0, 0.0)]
)
def test_agreement_is_to_one_digit_of_u(u, tolerance):
    exact, one = Summary(*np.zeros((4, 1))), np.ones(1)
    drawn = Summary(one, u * one, one - 2 * u + 0.9 * tolerance, one + 2 * u - 0.9 * tolerance)
    said = agreement(one, u * one, 2.0, drawn, exact)
    assert said.tolerance[0] == pytest.approx(tolerance)
    assert (said.agrees[0], said.differs[0]) == (True, False)
    if u:
        off = drawn._replace(high=one + 2 * u + 1.1 * tolerance)
        assert agreement(one, u * one, 2.0, off, exact).differs[0]
        vague = exact._replace(high=one * tolerance)
        said = agreement(one, u * one, 2.0, off, vague)
        assert not said.differs[0]
        assert not said.agrees[0]


@pytest.mark.parametrize(
    ("u", "one", "two"),
    [
        (0.35, 0.05, 0.005),
        (2.0, 0.5, 0.05),
        (1.0, 0.5, 0.05),
        (0.951, 0.5, 0.005),
        (0.9949, 0.5, 0.005),
        (0.996, 0.5, 0.05),
        (1e-9, 5e-10, 5e-11),
        (0.0, 0.0, 0.0),
    ],
)
def test_the_numerical_tolerance_is_half_a_unit_of_the_last_digit(u, one, two):
    for digits, wanted in ((1, one), (2, two)):
        found = numerical_tolerance(np.array([u]), digits)[0]
        assert found == pytest.approx(wanted, rel=1e-12)


def test_draws_judge_by_a_tolerance_if_they_leave_open_less_than_a_fifth_of_it():
    """u = 2: the tolerance of one digit is 0.5, of two 0.05; a fifth is 0.1, or 0.01."""
    one, u = np.ones(1), np.full(1, 2.0)
    error = Summary(0 * one, 0 * one, 0.05 * one, 0.04 * one)
    for off, digits, agrees, differs in (
        (0.499, 1, True, False),
        (0.501, 1, False, True),
        (0.04, 2, False, False),
        (0.10, 2, False, False),
        (0.151, 2, False, True),
    ):
        drawn = Summary(one, u, one - 4.0 - off, one + 4.0)
        said = agreement(one, u, 2.0, drawn, error, digits)
        assert (said.agrees[0], said.differs[0]) == (agrees, differs)
        assert said.needed[0] == pytest.approx(1.0 if digits == 1 else 100.0)


@pytest.mark.parametrize("value", [0.0, 5.0])
def test_where_first_order_says_that_nothing_moves_any_move_differs(value):
    at, nothing = np.full(1, value), np.zeros(1)
    error = Summary(nothing, nothing, at + 1.0, at + 1.0)
    moved = Summary(at, at + 1.0, at - 2.0, at + 2.0)
    said = agreement(at, nothing, 2.0, moved, error)
    assert (said.agrees[0], said.differs[0], said.needed[0]) == (False, True, 0.0)
    still = Summary(at, nothing, at * (1 + 2.0**-52), at)
    assert agreement(at, nothing, 2.0, still, Summary(*np.zeros((4, 1)))).agrees[0]
