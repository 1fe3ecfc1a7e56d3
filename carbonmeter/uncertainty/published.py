"""Published examples computed here, each beside the number its source prints."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from importlib.resources import files
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from carbonmeter.uncertainty.combine import combine
from carbonmeter.uncertainty.joint import mean_and_deviation, of_readings
from carbonmeter.uncertainty.sample import Summary, propagate
from carbonmeter.uncertainty.shapes import Arcsine, Normal, Shape, StudentT, Uniform
from carbonmeter.uncertainty.spread import coverage_factor, standard_uncertainty
from carbonmeter.uncertainty.value import Uncertain


class Outcome(NamedTuple):
    """One number of one example: PASS, NOTE (a documented slip of the source) or DIFF."""

    case: str
    source: str
    quantity: str
    expected: str
    got: float
    verdict: str
    note: str


def uncertainty_outcomes() -> list[Outcome]:
    """Every published number of the shipped examples, computed anew and judged.

    PASS within half a unit of the last printed digit, or within the tolerance of the case; NOTE
    within that tolerance only, where the source's slip is documented; DIFF otherwise.
    """
    text = files("carbonmeter.examples").joinpath("golden", "uncertainty.toml").read_text("utf-8")
    outcomes: list[Outcome] = []
    for case in tomllib.loads(text)["case"]:
        got = dict(CASES[case["id"]](case["input"]))
        for expect in case["expect"]:
            name, note = expect["quantity"], expect.get("note", "")
            verdict = judge(expect["value"], got[name], expect.get("abs_tol"), note)
            outcomes.append(
                Outcome(case["id"], case["source"], name, expect["value"], got[name], verdict, note)
            )
    return outcomes


def judge(expected: str, got: float, abs_tol: float | None = None, note: str = "") -> str:
    """The verdict on one number.

    Examples
    --------
    >>> judge("9.7", 9.68), judge("0.9", 0.835, 0.07, "rounded on the way"), judge("0.9", 0.835)
    ('PASS', 'NOTE', 'DIFF')
    """
    off = abs(got - float(expected))
    printed = 0.5 * 10.0 ** int(Decimal(expected).as_tuple().exponent)
    if abs_tol is not None and abs_tol < printed:
        return "PASS" if off <= abs_tol else "DIFF"
    if off <= printed:
        return "PASS"
    if abs_tol is None or not off <= abs_tol:
        return "DIFF"
    return "NOTE" if note else "PASS"


Results = Iterator[tuple[str, float]]


def _uncertain(stated: Any, label: str = "") -> Uncertain:
    """[value, u, dof?], or {value, u, dof, half_width, shape}, as the examples state an input."""
    if isinstance(stated, Sequence):
        value, u, dof = (*stated, math.inf)[:3]
        return Uncertain(value, u, dof, label)
    value = stated.get("value", 0.0)
    made = Uncertain(value, stated.get("u", 0.0), label=label)
    if "half_width" in stated:
        u = _limits(stated["half_width"], stated["shape"])
        made = made + Uncertain(0.0, u, stated.get("dof", math.inf), label)
    return made


def _limits(half_width: float, shape: str) -> float:
    return standard_uncertainty(0.0, -half_width, half_width, 100.0, shape)


def _drawn(found: Summary) -> dict[str, float]:
    """A million draws of one result."""
    return {name: float(value[0]) for name, value in found._asdict().items()}


def _sum(values: dict[str, NDArray[np.float64]]) -> NDArray[np.float64]:
    added: NDArray[np.float64] = np.sum(list(values.values()), axis=0)
    return added


def _end_gauge(x: dict[str, Any]) -> Results:
    standard = _uncertain(x["standard"])
    terms = [_uncertain(term) for term in x["difference"]]
    difference = terms[0] + terms[1] + terms[2]
    length = (
        standard
        + difference
        - standard
        * (
            _uncertain(x["expansion_difference"]) * _uncertain(x["temperature"])
            + _uncertain(x["expansion"]) * _uncertain(x["temperature_difference"])
        )
    )
    dof = length.dof or math.nan
    k = coverage_factor(99.0, math.floor(dof))
    yield "l", length.value
    yield "u_d", difference.u
    yield "dof_d", difference.dof or math.nan
    yield "u(l)", length.u
    yield "u(l), unrounded", length.u
    yield "dof(l), truncated", math.floor(dof)
    yield "dof(l), unrounded", dof
    yield "k = t99(16)", k
    yield "U99", length.expanded(k)


def _impedance(x: dict[str, Any]) -> Results:
    z = of_readings(x["V"]) / (of_readings(x["I_mA"]) / 1000.0)
    yield "u(Z)", z.u


def _sum_of_normals(x: dict[str, Any]) -> Results:
    total = sum((Uncertain(0.0, u) for u in x["u"]), Uncertain(0.0))
    yield "u", total.u
    yield "95% high", total.interval(95.0)[1]
    drawn = _drawn(propagate(_sum, {f"x{i}": Normal(0.0, u) for i, u in enumerate(x["u"])}))
    yield "y, drawn", drawn["mean"]
    yield "u, drawn", drawn["u"]
    yield "95% low, drawn", drawn["low"]
    yield "95% high, drawn", drawn["high"]


def _sum_of_rectangulars(x: dict[str, Any]) -> Results:
    total = sum((Uncertain(0.0, _limits(a, "uniform")) for a in x["half_width"]), Uncertain(0.0))
    yield "u", total.u
    yield "95% high, GUM framework", total.interval(95.0)[1]
    limits = {f"x{i}": Uniform(-a, a) for i, a in enumerate(x["half_width"])}
    drawn = _drawn(propagate(_sum, limits))
    yield "u, drawn", drawn["u"]
    yield "95% high, drawn", drawn["high"]


def _comparison_loss(x: dict[str, Any]) -> Results:
    x2 = Uncertain(0.0, x["u"])
    yield "x1=0: u first-order GUM", (Uncertain(0.0, x["u"]) ** 2 + x2**2).u
    y = Uncertain(0.050, x["u"]) ** 2 + x2**2
    yield "x1=0.050: u*1e6 first-order GUM", y.u * 1e6
    yield "x1=0.050: y*1e6 first-order GUM", y.value * 1e6
    for name in ("0", "0.010", "0.050"):
        drawn = _drawn(
            propagate(
                lambda v: 1e6 * (v["x1"] ** 2 + v["x2"] ** 2),
                {"x1": Normal(float(name), x["u"]), "x2": Normal(0.0, x["u"])},
                interval="shortest",
            )
        )
        yield f"x1={name}: y*1e6", drawn["mean"]
        yield f"x1={name}: u*1e6", drawn["u"]
        yield f"x1={name}: shortest low*1e6", drawn["low"]
        yield f"x1={name}: shortest high*1e6", drawn["high"]


def _gauge_block(x: dict[str, Any]) -> Results:
    shapes: dict[str, Shape] = {
        **{name: StudentT(*x[name]) for name in ("L_S", "D", "d1", "d2")},
        "alpha_S": Uniform(*x["alpha_S"]),
        "theta0": Normal(*x["theta0"]),
        "Delta": Arcsine(*x["Delta"]),
        **{f"{name} limit": Uniform(-1.0, 1.0) for name in ("d_alpha", "d_theta")},
        **{f"{name} place": Uniform(-1.0, 1.0) for name in ("d_alpha", "d_theta")},
    }

    def deviation(v: dict[str, NDArray[np.float64]]) -> NDArray[np.float64]:
        # JCGM 101, 6.4.3: limits that are themselves known to within so much.
        expansion, temperature = (
            (x[name][0] + x[name][1] * v[f"{name} limit"]) * v[f"{name} place"]
            for name in ("d_alpha", "d_theta")
        )
        warmer = v["theta0"] + v["Delta"]
        stretched = v["L_S"] * (expansion * warmer + v["alpha_S"] * temperature)
        length: NDArray[np.float64] = v["L_S"] + v["D"] + v["d1"] + v["d2"] - stretched
        return length - float(x["nominal"])

    drawn = _drawn(propagate(deviation, shapes, coverage=99.0))
    yield "y, drawn", drawn["mean"]
    yield "u, drawn", drawn["u"]
    yield "99% low, drawn", drawn["low"]
    yield "99% high, drawn", drawn["high"]


def _magnitude(x: dict[str, Any]) -> Results:
    yield "mag u first-order GUM", (_uncertain(x["re"]) ** 2 + _uncertain(x["im"]) ** 2).sqrt().u
    shapes = {name: Normal(*x[name]) for name in ("re", "im")}
    drawn = _drawn(propagate(lambda v: np.hypot(v["re"], v["im"]), shapes))
    yield "mag mean, drawn", drawn["mean"]
    yield "mag u, drawn", drawn["u"]


def _thermal_expansion(x: dict[str, Any]) -> Results:
    l0, l1, t0, t1 = (_uncertain(x[name]) for name in ("L0", "L1", "T0", "T1"))
    alpha = (l1 - l0) / (l0 * (t1 - t0))
    yield "alpha*1e5", alpha.value * 1e5
    yield "u*1e6", alpha.u * 1e6


def _stefan_boltzmann(x: dict[str, Any]) -> Results:
    h, r, rinf, e, alpha = (_uncertain(x[name]) for name in ("h", "R", "Rinf", "e", "alpha"))
    exact = 32.0 * math.pi**5 / 15.0
    sigma = exact * h * r**4 * rinf**4 / (e**4 * 0.001**4 * 299792458.0**6 * alpha**8)
    yield "sigma*1e8", sigma.value * 1e8
    yield "u*1e13", sigma.u * 1e13


def _logarithm(x: dict[str, Any]) -> Results:
    middle = 0.5 * (x["low"] + x["high"])
    u = standard_uncertainty(middle, x["low"], x["high"], 100.0, "uniform")
    y = Uncertain(middle, u).log()
    yield "y GUM", y.value
    yield "u GUM", y.u
    limits = {"x": Uniform(x["low"], x["high"])}
    drawn = _drawn(propagate(lambda v: np.log(v["x"]), limits, interval="shortest"))
    yield "mean MCM", drawn["mean"]
    yield "u MCM", drawn["u"]
    yield "shortest 95% low", drawn["low"]
    yield "shortest 95% high", drawn["high"]


def _calibration_standard(x: dict[str, Any]) -> Results:
    mass, purity = _uncertain(x["m"], "m"), _uncertain(x["P"], "P")
    volume = (
        Uncertain(x["V"]["value"], x["V"]["u"], label="V")
        + Uncertain(0.0, _limits(x["V"]["triangular"], "triangular"), label="V")
        + Uncertain(0.0, _limits(x["V"]["uniform"], "uniform"), label="V")
    )
    content = 1000.0 * mass * purity / volume
    yield "c", content.value
    yield "u(c), guide rounds intermediate values", content.u
    yield "u(c) unrounded", content.u
    yield "u(V)", volume.u
    for name, size in content.components.items():
        yield f"contribution of {name}", size


def _two_components(x: dict[str, Any]) -> Results:
    total = Uncertain(0.0, *x["a"]) + Uncertain(0.0, x["b"])
    yield "dof", total.dof or math.nan


def _half_widths(x: dict[str, Any]) -> Results:
    a = x["half_width"]
    yield "rectangular", _limits(a, "uniform")
    yield "triangular", _limits(a, "triangular")
    yield "arcsine (U-shaped)", _limits(a, "arcsine")
    yield (
        "normal, a = 95% half-range, IPCC k=1.96",
        standard_uncertainty(0.0, -a, a, 95.0, "normal"),
    )


def _coverage_factors(x: dict[str, Any]) -> Results:
    for percent, dof in ((95.0, 1), (95.0, 5), (95.0, 10), (99.0, 16), (95.45, 10)):
        yield f"t{percent:g}({dof})", coverage_factor(percent, dof)
    yield "t95(inf)", coverage_factor(95.0)


def _offset_readings(x: dict[str, Any]) -> Results:
    base = x["base"]
    mean, deviation = mean_and_deviation([base + 0.2] + [base + 0.1, base + 0.3] * x["pairs"])
    yield "mean", mean
    yield "sd", deviation


def _categories(x: dict[str, Any]) -> Results:
    product = Uncertain(1.0, x["product"][0] / 200.0) * Uncertain(1.0, x["product"][1] / 200.0)
    yield "U product %", 100.0 * product.expanded()
    total = sum((Uncertain(e, abs(e) * U / 200.0) for e, U in x["sum"]), Uncertain(0.0))
    yield "U sum %", 100.0 * total.expanded() / abs(total.value)


def _lognormal_limits(x: dict[str, Any]) -> Results:
    mean = x["mean"]
    low, high = (mean * (1.0 + x[name] / 100.0) for name in ("low_percent", "high_percent"))
    u = standard_uncertainty(mean, low, high, 95.0, "lognormal")
    yield "U %, half of the 95 % range taken as 2 u", 200.0 * u / mean


def _shared_factor(x: dict[str, Any]) -> Results:
    factor, u_factor = x["EF"]
    activity = np.array(x["A"], dtype=np.float64)
    own = np.sum((factor * np.array(x["u_A"])) ** 2, keepdims=True)
    yield "E", float(factor * activity.sum())
    yield "u(E)", float(combine(np.array([[activity.sum()]]), np.array([u_factor]), own).u[0])


CASES: dict[str, Callable[[dict[str, Any]], Results]] = {
    "GUM-H1": _end_gauge,
    "GUM-H2-no-correlation": _impedance,
    "S1-9.2.2": _sum_of_normals,
    "S1-9.2.3": _sum_of_rectangulars,
    "S1-9.4-r0": _comparison_loss,
    "S1-9.5": _gauge_block,
    "S2-polar-0.001-r0": _magnitude,
    "NIST-E13": _thermal_expansion,
    "NIST-UM10": _stefan_boltzmann,
    "NPL-ln": _logarithm,
    "QUAM-A1": _calibration_standard,
    "WS-simple": _two_components,
    "typeB-1": _half_widths,
    "coverage-t": _coverage_factors,
    "StRD-NumAcc2": _offset_readings,
    "StRD-NumAcc3": _offset_readings,
    "IPCC-eq3.1-3.2": _categories,
    "IPCC-lognormal-100": _lognormal_limits,
    "shared-factor-3": _shared_factor,
}
