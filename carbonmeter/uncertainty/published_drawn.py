"""Published examples by Monte Carlo: Supplements 1 and 2 of the Guide, and NPL."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from carbonmeter.uncertainty.published_gum import Case, Results, first_order, limits, uncertain
from carbonmeter.uncertainty.reading import errors, summarise
from carbonmeter.uncertainty.sample import Quantities
from carbonmeter.uncertainty.shapes import Arcsine, Normal, Shape, StudentT, Uniform
from carbonmeter.uncertainty.spread import standard_uncertainty
from carbonmeter.uncertainty.value import Uncertain

Column = NDArray[np.float64]
DRAWS = 1_000_000
SEED = 1


class Drawn:
    """A million draws of one result: what they say, each with its standard error."""

    def __init__(
        self, model: Callable[[dict[str, Column]], Column], shapes: Mapping[str, Shape]
    ) -> None:
        quantities = Quantities(shapes)
        drawn = quantities.draw(SEED, 0, DRAWS)
        result = model(dict(zip(quantities.names, drawn, strict=True)))
        self.result = np.ascontiguousarray(result, dtype=np.float64)[np.newaxis]

    def said(self, coverage: float, interval: str = "symmetric") -> dict[str, tuple[float, float]]:
        """Value and standard error of mean, u, low and high."""
        error = errors(self.result, coverage, interval)._asdict()
        found = summarise(self.result.copy(), coverage, interval)._asdict()
        return {name: (float(found[name][0]), float(error[name][0])) for name in found}


def added(values: dict[str, Column]) -> Column:
    total: Column = np.sum(list(values.values()), axis=0)
    return total


def sum_of_normals(x: dict[str, Any]) -> Results:
    total = sum((Uncertain(0.0, u) for u in x["u"]), Uncertain(0.0))
    yield "u", total.u, 0.0
    yield "95% high", total.interval(95.0)[1], 0.0
    said = Drawn(added, {f"x{i}": Normal(0.0, u) for i, u in enumerate(x["u"])}).said(95.0)
    yield "y, drawn", *said["mean"]
    yield "u, drawn", *said["u"]
    yield "95% low, drawn", *said["low"]
    yield "95% high, drawn", *said["high"]


def sum_of_rectangulars(x: dict[str, Any]) -> Results:
    total = sum((Uncertain(0.0, limits(a, "uniform")) for a in x["half_width"]), Uncertain(0.0))
    yield "u", total.u, 0.0
    yield "95% high, GUM framework", total.interval(95.0)[1], 0.0
    shapes = {f"x{i}": Uniform(-a, a) for i, a in enumerate(x["half_width"])}
    said = Drawn(added, shapes).said(95.0)
    yield "u, drawn", *said["u"]
    yield "95% high, drawn", *said["high"]
    yield "95% high, drawn, against 2*sqrt(3)*(2-(3/5)**0.25)", *said["high"]


def comparison_loss(x: dict[str, Any]) -> Results:
    x2 = Uncertain(0.0, x["u"])
    yield "x1=0: u first-order GUM", (Uncertain(0.0, x["u"]) ** 2 + x2**2).u, 0.0
    y = Uncertain(0.050, x["u"]) ** 2 + x2**2
    yield "x1=0.050: u*1e6 first-order GUM", y.u * 1e6, 0.0
    yield "x1=0.050: y*1e6 first-order GUM", y.value * 1e6, 0.0
    for name in ("0", "0.010", "0.050"):
        shapes = {"x1": Normal(float(name), x["u"]), "x2": Normal(0.0, x["u"])}
        drawn = Drawn(lambda v: 1e6 * (v["x1"] ** 2 + v["x2"] ** 2), shapes)
        said = drawn.said(95.0, "shortest")
        yield f"x1={name}: y*1e6", *said["mean"]
        yield f"x1={name}: u*1e6", *said["u"]
        yield f"x1={name}: shortest low*1e6", *said["low"]
        yield f"x1={name}: shortest high*1e6", *said["high"]


def gauge_block(x: dict[str, Any]) -> Results:
    yield from _gauge_block_first_order(x)
    shapes: dict[str, Shape] = {
        **{name: StudentT(*x[name]) for name in ("L_S", "D", "d1", "d2")},
        "alpha_S": Uniform(*x["alpha_S"]),
        "theta0": Normal(*x["theta0"]),
        "Delta": Arcsine(*x["Delta"]),
        **{f"{name} limit": Uniform(-1.0, 1.0) for name in ("d_alpha", "d_theta")},
        **{f"{name} place": Uniform(-1.0, 1.0) for name in ("d_alpha", "d_theta")},
    }

    def deviation(v: dict[str, Column]) -> Column:
        # JCGM 101, 6.4.3: limits that are themselves known to within so much.
        expansion, temperature = (
            (x[name][0] + x[name][1] * v[f"{name} limit"]) * v[f"{name} place"]
            for name in ("d_alpha", "d_theta")
        )
        warmer = v["theta0"] + v["Delta"]
        stretched = v["L_S"] * (expansion * warmer + v["alpha_S"] * temperature)
        length: Column = v["L_S"] + v["D"] + v["d1"] + v["d2"] - stretched
        return length - float(x["nominal"])

    drawn = Drawn(deviation, shapes)
    said = drawn.said(99.0)
    yield "y, drawn", *said["mean"]
    yield "u, drawn", *said["u"]
    yield "u, drawn, against 2e7 draws", *said["u"]
    yield "99% low, drawn", *said["low"]
    yield "99% high, drawn", *said["high"]
    said = drawn.said(95.0)
    yield "95% low, drawn", *said["low"]
    yield "95% high, drawn", *said["high"]


def _gauge_block_first_order(x: dict[str, Any]) -> Results:
    standard, *rest = (uncertain(x[name]) for name in ("L_S", "D", "d1", "d2"))
    low, high = x["alpha_S"]
    expansion = Uncertain((low + high) / 2.0, limits((high - low) / 2.0, "uniform"))
    swing = limits(x["Delta"][1], "arcsine")
    warmer = uncertain(x["theta0"]) + Uncertain(0.0, swing)
    # JCGM 100, G.4.2: limits known to within a part r of themselves have 1 / (2 r²) dof.
    d_alpha, d_theta = (
        Uncertain(0.0, limits(half, "uniform"), 0.5 * (half / within) ** 2)
        for half, within in (x["d_alpha"], x["d_theta"])
    )
    y = standard + rest[0] + rest[1] + rest[2] - standard * (d_alpha * warmer + expansion * d_theta)
    low, high = (y - float(x["nominal"])).interval(99.0)
    yield "u GUM framework", y.u, 0.0
    yield "99% low GUM framework", low, 0.0
    yield "99% high GUM framework", high, 0.0


def polar(x: dict[str, Any]) -> Results:
    (re, u_re), (im, u_im) = x["re"], x["im"]
    square = re**2 + im**2
    size = math.sqrt(square)
    slopes = ((re / size, im / size), (-im / square, re / square))
    u_size, u_phase = first_order(slopes, (u_re, u_im)).tolist()
    yield "mag u first-order GUM", u_size, 0.0
    yield "phase u first-order GUM rad", u_phase, 0.0
    shapes = {"re": Normal(re, u_re), "im": Normal(im, u_im)}
    said = Drawn(lambda v: np.hypot(v["re"], v["im"]), shapes).said(95.0)
    yield "mag mean, drawn", *said["mean"]
    yield "mag u, drawn", *said["u"]
    said = Drawn(lambda v: np.arctan2(v["im"], v["re"]), shapes).said(95.0)
    yield "phase mean rad, drawn", *said["mean"]
    yield "phase u rad, drawn", *said["u"]


def logarithm(x: dict[str, Any]) -> Results:
    middle = 0.5 * (x["low"] + x["high"])
    u = standard_uncertainty(middle, x["low"], x["high"], 100.0, "uniform")
    y = Uncertain(middle, u).log()
    yield "y GUM", y.value, 0.0
    yield "u GUM", y.u, 0.0
    shape = Uniform(x["low"], x["high"])
    said = Drawn(lambda v: np.log(v["x"]), {"x": shape}).said(95.0, "shortest")
    yield "mean MCM", *said["mean"]
    yield "u MCM", *said["u"]
    yield "shortest 95% low", *said["low"]
    yield "shortest 95% high", *said["high"]
    # The moments by quadrature over the quantiles, in place of draws.
    place, weight = np.polynomial.legendre.leggauss(100)
    value = np.log(shape.quantile((place + 1.0) / 2.0))
    mean = float(weight @ value) / 2.0
    yield "mean, exact integral", mean, 0.0
    yield "u, exact integral", math.sqrt(float(weight @ (value - mean) ** 2) / 2.0), 0.0


DRAWN: dict[str, Case] = {
    "S1-9.2.2": sum_of_normals,
    "S1-9.2.3": sum_of_rectangulars,
    "S1-9.4-r0": comparison_loss,
    "S1-9.5": gauge_block,
    "S2-polar-0.001-r0": polar,
    "NPL-ln": logarithm,
}
