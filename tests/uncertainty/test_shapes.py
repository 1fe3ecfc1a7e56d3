"""Shapes: quantiles that rise, moments that the quantiles have, and the spread of the record."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbonmeter.errors import CarbonmeterError
from carbonmeter.uncertainty import standard_uncertainty
from carbonmeter.uncertainty.shapes import (
    Arcsine,
    Beta,
    Empirical,
    Lognormal,
    Normal,
    StudentT,
    Triangular,
    TruncatedNormal,
    Uniform,
    pert,
    shape_of,
)

NAN, INF = math.nan, math.inf
MIDDLES = (np.arange(1_000_000) + 0.5) / 1_000_000
SHAPES = [
    Normal(3.0, 0.5),
    Normal(3.0, 0.0),
    Lognormal(10.0, 0.6),
    Lognormal(-10.0, 0.6),
    Triangular(1.0, 4.0, 5.0),
    Triangular(1.0, 1.0, 5.0),
    Triangular(1.0, 5.0, 5.0),
    Uniform(-2.0, 3.0),
    Arcsine(-2.0, 3.0),
    TruncatedNormal(1.0, 2.0, 0.0, 6.0),
    TruncatedNormal(1.0, 2.0, 6.0, 9.0),
    TruncatedNormal(1.0, 2.0, -9.0, -2.0),
    Beta(2.0, 5.0, 1.5, 4.0),
    pert(0.0, 1.0, 6.0),
    StudentT(5.0, 2.0, 8.0),
    Empirical([3.0, 1.0, 1.0, 7.0]),
]


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: type(shape).__name__)
def test_the_moments_are_those_of_the_quantiles(shape):
    values = shape.quantile(MIDDLES)
    assert (np.diff(values) >= 0.0).all()
    scale = max(abs(shape.mean), shape.sd)
    assert values.mean() == pytest.approx(shape.mean, abs=1e-5 * scale)
    assert values.std() == pytest.approx(shape.sd, rel=2e-3, abs=1e-12)


@pytest.mark.parametrize(
    ("shape", "p", "value"),
    [
        (Normal(10.0, 2.0), 0.975, 10.0 + 2.0 * 1.959963984540054),
        (Triangular(0.0, 3.0, 4.0), 0.75, 3.0),
        (Triangular(0.0, 3.0, 4.0), 0.1875, 1.5),
        (Uniform(0.0, 4.0), 0.25, 1.0),
        (Arcsine(-1.0, 1.0), 0.75, math.sqrt(0.5)),
        (TruncatedNormal(0.0, 1.0, -5.0, 5.0), 0.5, 0.0),
        (Beta(0.0, 1.0, 2.0, 1.0), 0.49, 0.7),
        (StudentT(0.0, 1.0, 1.0), 0.75, 1.0),
        (Lognormal(math.exp(0.5), 1.0), 0.5, 1.0),
        (Empirical([4.0, 2.0]), 0.49, 2.0),
        (Empirical([4.0, 2.0]), 0.51, 4.0),
    ],
)
def test_known_quantiles(shape, p, value):
    assert shape.quantile(np.array([p]))[0] == pytest.approx(value, rel=1e-12, abs=1e-12)


@given(
    value=st.floats(1.0, 100.0),
    left=st.floats(0.001, 0.9),
    right=st.floats(0.001, 3.0),
    coverage=st.sampled_from([50.0, 90.0, 95.0, 99.0, 100.0, NAN]),
    name=st.sampled_from(["normal", "uniform", "triangular", "lognormal", "arcsine", ""]),
)
def test_a_shape_has_the_standard_uncertainty_of_its_record(value, left, right, coverage, name):
    low, high = value * (1.0 - left), value * (1.0 + right)
    if name in ("normal", "lognormal") and not coverage < 100.0:
        with pytest.raises(CarbonmeterError):
            shape_of(value, low, high, coverage, name)
        return
    shape = shape_of(value, low, high, coverage, name)
    u = standard_uncertainty(value, low, high, coverage, name)
    assert shape.sd == pytest.approx(u, rel=1e-9)
    if name in ("normal", "lognormal"):
        assert shape.mean == value
    if name == "triangular":
        assert shape.mode == value


def test_the_interval_printed_is_the_interval_drawn():
    """Bounds of 95 % leave 2.5 % below and above, for shapes that have them as quantiles."""
    for name in ("normal", "uniform", "arcsine", "triangular"):
        shape = shape_of(10.0, 8.0, 12.0, 95.0, name)
        ends = shape.quantile(np.array([0.025, 0.975]))
        np.testing.assert_allclose(ends, [8.0, 12.0], rtol=1e-4)
    lopsided = shape_of(43.0, 41.4, 43.3, 95.0, "triangular")
    inside = np.mean(np.abs(lopsided.quantile(MIDDLES) - 42.35) <= 0.95)
    assert inside == pytest.approx(0.95, abs=1e-5)


def test_no_bounds_are_no_shape():
    assert shape_of(1.0, NAN, NAN, NAN, "") is None
    assert shape_of(1.0, 1.0, 1.0, 95.0, "normal") is None


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ((1.0, NAN, 2.0, 95.0, "normal"), "both are stated"),
        ((1.0, 0.5, NAN, 95.0, "normal"), "both are stated"),
        ((1.0, -INF, 2.0, 95.0, "normal"), "finite"),
        ((1.0, 0.5, INF, 95.0, "uniform"), "finite"),
        ((NAN, 0.5, 2.0, 95.0, "uniform"), "finite"),
        ((3.0, 0.5, 2.0, 95.0, "normal"), "the value lies between"),
        ((0.1, 0.5, 2.0, 95.0, "triangular"), "the value lies between"),
        ((1.0, 0.5, 2.0, 95.0, "gauss"), "unknown distribution 'gauss'"),
        ((1.0, -0.5, 2.0, 95.0, "lognormal"), "do not fit"),
        ((1.0, 0.5, 2.0, 0.0, "uniform"), "do not fit"),
        ((1.0, 0.5, 2.0, 101.0, "uniform"), "do not fit"),
    ],
)
def test_bounds_that_mean_nothing_are_refused(asked, said):
    with pytest.raises(CarbonmeterError, match=said):
        shape_of(*asked)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Normal(0.0, -1.0),
        lambda: Normal(NAN, 1.0),
        lambda: Lognormal(0.0, 1.0),
        lambda: Lognormal(1.0, -1.0),
        lambda: Triangular(0.0, 2.0, 1.0),
        lambda: Uniform(1.0, 0.0),
        lambda: Arcsine(1.0, 0.0),
        lambda: TruncatedNormal(0.0, 0.0, 0.0, 1.0),
        lambda: TruncatedNormal(0.0, 1.0, 1.0, 0.0),
        lambda: TruncatedNormal(0.0, 1.0, 30.0, 40.0),
        lambda: Beta(0.0, 1.0, 0.0, 1.0),
        lambda: pert(0.0, 2.0, 1.0),
        lambda: pert(0.0, 0.5, 1.0, -1.0),
        lambda: StudentT(0.0, -1.0, 3.0),
        lambda: StudentT(0.0, 1.0, 0.0),
        lambda: Uniform(0.0, INF),
        lambda: Empirical([]),
        lambda: Empirical([1.0, NAN]),
    ],
)
def test_shapes_that_cannot_be_are_refused(make):
    with pytest.raises(CarbonmeterError, match="distribution of"):
        make()


def test_few_readings_have_no_deviation():
    assert StudentT(1.0, 1.0, 2.0).sd == INF
    assert math.isnan(StudentT(1.0, 1.0, 1.0).mean)
