"""Draws against closed forms, within four standard errors, on a hundred seeds.

One miss in a hundred seeds is a rare but honest accident, two rarer still; three are a fault.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from carbonmeter.uncertainty.sample import Quantities, propagate
from carbonmeter.uncertainty.shapes import (
    Arcsine,
    Beta,
    Empirical,
    Lognormal,
    Normal,
    Shape,
    StudentT,
    Triangular,
    TruncatedNormal,
    Uniform,
    pert,
)

Column = NDArray[np.float64]
SEEDS, N, WIDE, TOO_MANY = 100, 5_000, 4.0, 3


class Law(NamedTuple):
    """What is known of a result: E, sd, the standard errors of both for one draw, quantiles."""

    mean: float
    sd: float
    error_of_sd: float
    quantile: Callable[[float], float] | None = None
    density: Callable[[float], float] | None = None


def law(known: stats.rv_continuous, kurtosis: float | None = None) -> Law:
    """The law of a distribution that SciPy knows, by another code than ours."""
    mean, variance, _, excess = (float(x) for x in known.stats("mvsk"))
    excess = excess if kurtosis is None else kurtosis
    sd = math.sqrt(variance)
    return Law(mean, sd, sd * math.sqrt((excess + 2.0) / 4.0), known.ppf, known.pdf)


def moments(mean: float, square: float, fourth_central: float) -> Law:
    """A law from E, E of the square and the fourth central moment."""
    variance = square - mean**2
    sd = math.sqrt(variance)
    return Law(mean, sd, sd * math.sqrt((fourth_central / variance**2 - 1.0) / 4.0))


SHAPES: Mapping[str, tuple[Shape, Law]] = {
    "normal": (Normal(10.0, 2.0), law(stats.norm(10.0, 2.0))),
    "uniform": (Uniform(-1.0, 4.0), law(stats.uniform(-1.0, 5.0))),
    "triangular": (Triangular(1.0, 1.5, 6.0), law(stats.triang(0.1, 1.0, 5.0))),
    "triangular, at its end": (Triangular(0.0, 3.0, 3.0), law(stats.triang(1.0, 0.0, 3.0))),
    "lognormal": (Lognormal(3.0, 0.4), law(stats.lognorm(0.4, scale=3.0 * math.exp(-0.08)))),
    "arcsine": (Arcsine(2.0, 8.0), law(stats.arcsine(2.0, 6.0))),
    "truncated normal": (
        TruncatedNormal(1.0, 2.0, 0.0, 6.0),
        law(stats.truncnorm(-0.5, 2.5, 1.0, 2.0)),
    ),
    "truncated to a tail": (
        TruncatedNormal(0.0, 1.0, 3.0, 6.0),
        law(stats.truncnorm(3.0, 6.0, 0.0, 1.0)),
    ),
    "beta": (Beta(1.0, 3.0, 1.5, 4.0), law(stats.beta(1.5, 4.0, 1.0, 2.0))),
    "pert": (pert(0.0, 1.0, 6.0), law(stats.beta(1.0 + 4.0 / 6.0, 1.0 + 20.0 / 6.0, 0.0, 6.0))),
    "t": (StudentT(5.0, 2.0, 12.0), law(stats.t(12.0, 5.0, 2.0))),
}


def misses(
    model: Callable[[dict[str, Column]], Column],
    shapes: Mapping[str, Shape],
    known: Law,
    correlations: Mapping[tuple[str, str], float] | None = None,
) -> int:
    """Seeds at which mean, u or an end of the 90 % interval is off by more than it may be."""
    off = 0
    for seed in range(SEEDS):
        found = propagate(
            model, shapes, draws=N, seed=seed, coverage=90.0, correlations=correlations
        )
        root = math.sqrt(N)
        wrong = abs(found.mean[0] - known.mean) > WIDE * known.sd / root
        wrong |= abs(found.u[0] - known.sd) > WIDE * known.error_of_sd / root
        if known.quantile is not None and known.density is not None:
            for p, end in ((0.05, found.low[0]), (0.95, found.high[0])):
                exact = known.quantile(p)
                error = math.sqrt(p * (1.0 - p)) / float(known.density(exact)) / root
                wrong |= abs(end - exact) > WIDE * error
        off += bool(wrong)
    return off


@pytest.mark.parametrize("name", SHAPES)
def test_each_shape_has_its_mean_u_and_interval(name: str) -> None:
    shape, known = SHAPES[name]
    assert shape.mean == pytest.approx(known.mean, rel=1e-12)
    assert shape.sd == pytest.approx(known.sd, rel=1e-9)
    assert misses(lambda v: v["x"], {"x": shape}, known) < TOO_MANY


def test_observed_values_have_their_mean_and_deviation() -> None:
    values = np.array([3.0, 1.0, 1.0, 7.0, 2.0])
    middle = values.mean()
    known = moments(middle, np.mean(values**2), np.mean((values - middle) ** 4))
    assert misses(lambda v: v["x"], {"x": Empirical(values.tolist())}, known) < TOO_MANY


def exponential(rate: float) -> Law:
    return law(stats.expon(scale=1.0 / rate))


UNIT = Uniform(0.0, 1.0)
Z = Normal(0.0, 1.0)
RESULTS: Mapping[str, tuple[Callable[[dict[str, Column]], Column], Mapping[str, Shape], Law]] = {
    "sum of normals": (
        lambda v: v["a"] - 2.0 * v["b"] + v["c"],
        {"a": Normal(5.0, 3.0), "b": Normal(-1.0, 2.0), "c": Normal(0.0, 12.0)},
        law(stats.norm(7.0, 13.0)),
    ),
    "sum of two rectangles": (
        lambda v: v["a"] + v["b"],
        {"a": UNIT, "b": UNIT},
        law(stats.triang(0.5, 0.0, 2.0)),
    ),
    "sum of four rectangles": (
        lambda v: v["a"] + v["b"] + v["c"] + v["d"],
        dict.fromkeys("abcd", UNIT),
        law(stats.irwinhall(4)),
    ),
    "difference of alike": (
        lambda v: v["a"] - v["b"],
        {"a": Lognormal(2.0, 0.5), "b": Lognormal(2.0, 0.5)},
        Law(
            0.0,
            math.sqrt(2.0) * Lognormal(2.0, 0.5).sd,
            math.sqrt(2.0)
            * Lognormal(2.0, 0.5).sd
            * math.sqrt((float(stats.lognorm(0.5).stats("k")) / 2.0 + 2.0) / 4.0),
        ),
    ),
    "product of lognormals": (
        lambda v: v["a"] * v["b"] / v["c"],
        {"a": Lognormal(2.0, 0.2), "b": Lognormal(5.0, 0.1), "c": Lognormal(4.0, 0.2)},
        law(stats.lognorm(0.3, scale=2.5 * math.exp(-(0.02 + 0.005 - 0.02)))),
    ),
    "product of rectangles": (
        lambda v: v["a"] * v["b"],
        {"a": UNIT, "b": UNIT},
        moments(0.25, 1.0 / 9.0, 1.0 / 25.0 - 4 / 64.0 + 6.0 / 144.0 - 3.0 / 256.0),
    ),
    "square of a normal": (lambda v: v["z"] ** 2, {"z": Z}, law(stats.chi2(1))),
    "sum of two squares": (
        lambda v: v["y"] ** 2 + v["z"] ** 2,
        {"y": Z, "z": Z},
        law(stats.chi2(2)),
    ),
    "size of two normals": (
        lambda v: np.hypot(v["y"], v["z"]),
        {"y": Z, "z": Z},
        law(stats.rayleigh()),
    ),
    "greatest of three": (
        lambda v: np.maximum(np.maximum(v["a"], v["b"]), v["c"]),
        dict.fromkeys("abc", UNIT),
        law(stats.beta(3, 1)),
    ),
    "logarithm of a rectangle": (lambda v: -np.log(v["a"]) / 2.0, {"a": UNIT}, exponential(2.0)),
    "what is counted only above a threshold": (
        lambda v: np.where(v["a"] > 0.75, v["a"], 0.0),
        {"a": UNIT},
        moments(
            7.0 / 32.0,
            37.0 / 192.0,
            781.0 / 5120.0
            - 4 * 7.0 / 32.0 * 175.0 / 1024.0
            + 6 * (7.0 / 32.0) ** 2 * 37.0 / 192.0
            - 3 * (7.0 / 32.0) ** 4,
        ),
    ),
}


@pytest.mark.parametrize("name", RESULTS)
def test_results_of_formulas_have_their_known_law(name: str) -> None:
    model, shapes, known = RESULTS[name]
    assert misses(model, shapes, known) < TOO_MANY


@pytest.mark.parametrize("r", [-1.0, -0.6, 0.3, 0.95])
def test_correlated_normals_add_with_their_covariance(r: float) -> None:
    shapes = {"a": Normal(1.0, 3.0), "b": Normal(2.0, 4.0)}
    known = law(stats.norm(3.0, math.sqrt(25.0 + 24.0 * r)))
    assert misses(lambda v: v["a"] + v["b"], shapes, known, {("a", "b"): r}) < TOO_MANY


def test_the_coefficient_between_rectangles_is_that_of_the_copula() -> None:
    """Rectangles joined through normal scores of r have 6 / pi asin(r / 2)."""
    off = 0
    for seed in range(SEEDS):
        a, b = Quantities({"a": UNIT, "b": UNIT}, {("a", "b"): 0.7}).draw(seed, 0, N)
        exact = 6.0 / math.pi * math.asin(0.35)
        off += abs(np.corrcoef(a, b)[0, 1] - exact) > WIDE * (1.0 - exact**2) / math.sqrt(N)
    assert off < TOO_MANY


def test_seeds_are_independent_of_each_other() -> None:
    """Means of a hundred seeds scatter as chance says, neither more nor less."""
    means = [propagate(lambda v: v["z"], {"z": Z}, draws=N, seed=s).mean[0] for s in range(SEEDS)]
    chi2 = N * float(np.sum(np.square(means)))
    assert stats.chi2(SEEDS).ppf(1e-5) < chi2 < stats.chi2(SEEDS).ppf(1.0 - 1e-5)
    assert abs(np.corrcoef(means[:-1], means[1:])[0, 1]) < WIDE / math.sqrt(SEEDS - 1)
