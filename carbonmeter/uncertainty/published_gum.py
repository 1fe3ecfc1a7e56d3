"""Published examples of first order: the Guide, NIST, EURACHEM and conversions."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from carbonmeter.uncertainty.combine import combine
from carbonmeter.uncertainty.joint import mean_and_deviation, of_readings
from carbonmeter.uncertainty.spread import coverage_factor, standard_uncertainty
from carbonmeter.uncertainty.straight_line import straight_line
from carbonmeter.uncertainty.value import Uncertain

# A quantity of the case, its value here and the standard error of the draws behind it (0: none).
Results = Iterator[tuple[str, float, float]]
Case = Callable[[dict[str, Any]], Results]


def uncertain(stated: Any, label: str = "") -> Uncertain:
    """[value, u, dof?], or {value, u, dof, half_width, shape}, as the examples state an input."""
    if isinstance(stated, Sequence):
        value, u, dof = (*stated, math.inf)[:3]
        return Uncertain(value, u, dof, label)
    made = Uncertain(stated.get("value", 0.0), stated.get("u", 0.0), label=label)
    if "half_width" in stated:
        u = limits(stated["half_width"], stated["shape"])
        made = made + Uncertain(0.0, u, stated.get("dof", math.inf), label)
    return made


def limits(half_width: float, shape: str) -> float:
    """Standard uncertainty of a quantity within ± half_width."""
    return standard_uncertainty(0.0, -half_width, half_width, 100.0, shape)


def first_order(slopes: Sequence[Sequence[float]], u: Sequence[float]) -> NDArray[np.float64]:
    """u of results whose slopes by each input are known."""
    return combine(np.array(slopes, dtype=np.float64), np.array(u, dtype=np.float64)).u


def end_gauge(x: dict[str, Any]) -> Results:
    standard = uncertain(x["standard"])
    terms = [uncertain(term) for term in x["difference"]]
    difference = terms[0] + terms[1] + terms[2]
    length = (
        standard
        + difference
        - standard
        * (
            uncertain(x["expansion_difference"]) * uncertain(x["temperature"])
            + uncertain(x["expansion"]) * uncertain(x["temperature_difference"])
        )
    )
    dof = length.dof or math.nan
    k = coverage_factor(99.0, math.floor(dof))
    yield "l", length.value, 0.0
    yield "u_d", difference.u, 0.0
    yield "dof_d", difference.dof or math.nan, 0.0
    yield "u(l)", length.u, 0.0
    yield "u(l), unrounded", length.u, 0.0
    yield "dof(l), truncated", math.floor(dof), 0.0
    yield "dof(l), unrounded", dof, 0.0
    yield "k = t99(16)", k, 0.0
    yield "U99", length.expanded(k), 0.0


def impedance(x: dict[str, Any]) -> Results:
    volt, ampere, phase = (
        of_readings(x["V"]),
        of_readings(x["I_mA"]) / 1000.0,
        of_readings(x["phi"]),
    )
    z = volt / ampere
    cos, sin = math.cos(phase.value), math.sin(phase.value)
    by_volt, by_ampere = 1.0 / ampere.value, -z.value / ampere.value
    slopes = (
        (cos * by_volt, cos * by_ampere, -z.value * sin),
        (sin * by_volt, sin * by_ampere, z.value * cos),
        (by_volt, by_ampere, 0.0),
    )
    found = first_order(slopes, (volt.u, ampere.u, phase.u))
    for name, u in zip(("u(R)", "u(X)", "u(Z)"), found.tolist(), strict=True):
        yield name, u, 0.0


def thermometer(x: dict[str, Any]) -> Results:
    line = straight_line(x["t"], x["b"], x["origin"])
    there = line.at(x["at"])
    yield "y1", line.intercept.value, 0.0
    yield "u(y1)", line.intercept.u, 0.0
    yield "y2", line.slope.value, 0.0
    yield "u(y2)", line.slope.u, 0.0
    yield "r(y1,y2)", line.correlation, 0.0
    yield "s", line.deviation, 0.0
    yield "b(30)", there.value, 0.0
    yield "u(b(30))", there.u, 0.0
    yield "dof", line.dof, 0.0


def thermal_expansion(x: dict[str, Any]) -> Results:
    l0, l1, t0, t1 = (uncertain(x[name]) for name in ("L0", "L1", "T0", "T1"))
    alpha = (l1 - l0) / (l0 * (t1 - t0))
    yield "alpha*1e5", alpha.value * 1e5, 0.0
    yield "u*1e6", alpha.u * 1e6, 0.0


def stefan_boltzmann(x: dict[str, Any]) -> Results:
    h, r, rinf, e, alpha = (uncertain(x[name]) for name in ("h", "R", "Rinf", "e", "alpha"))
    exact = 32.0 * math.pi**5 / 15.0
    sigma = exact * h * r**4 * rinf**4 / (e**4 * 0.001**4 * 299792458.0**6 * alpha**8)
    yield "sigma*1e8", sigma.value * 1e8, 0.0
    yield "u*1e13", sigma.u * 1e13, 0.0


def calibration_standard(x: dict[str, Any]) -> Results:
    mass, purity = uncertain(x["m"], "m"), uncertain(x["P"], "P")
    volume = (
        Uncertain(x["V"]["value"], x["V"]["u"], label="V")
        + Uncertain(0.0, limits(x["V"]["triangular"], "triangular"), label="V")
        + Uncertain(0.0, limits(x["V"]["uniform"], "uniform"), label="V")
    )
    content = 1000.0 * mass * purity / volume
    yield "c", content.value, 0.0
    yield "u(c), guide rounds intermediate values", content.u, 0.0
    yield "u(c) unrounded", content.u, 0.0
    yield "u(V)", volume.u, 0.0
    for name, size in content.components.items():
        yield f"contribution of {name}", size, 0.0


def two_components(x: dict[str, Any]) -> Results:
    total = Uncertain(0.0, *x["a"]) + Uncertain(0.0, x["b"])
    yield "dof", total.dof or math.nan, 0.0


def half_widths(x: dict[str, Any]) -> Results:
    a = x["half_width"]
    yield "rectangular", limits(a, "uniform"), 0.0
    yield "triangular", limits(a, "triangular"), 0.0
    yield "arcsine (U-shaped)", limits(a, "arcsine"), 0.0
    normal = standard_uncertainty(0.0, -a, a, 95.0, "normal")
    yield "normal, a = 95% half-range, IPCC k=1.96", normal, 0.0


def coverage_factors(x: dict[str, Any]) -> Results:
    for percent, dof in x["asked"]:
        yield f"t{percent:g}({dof})", coverage_factor(percent, dof), 0.0
    yield "t95(inf)", coverage_factor(95.0), 0.0


def offset_readings(x: dict[str, Any]) -> Results:
    base = x["base"]
    readings = [base + 0.2] + [base + 0.1, base + 0.3] * x["pairs"]
    mean, deviation = mean_and_deviation(readings)
    away = [reading - mean for reading in readings]
    lagged = math.fsum(a * b for a, b in pairwise(away))
    yield "mean", mean, 0.0
    yield "sd", deviation, 0.0
    yield "lag-1 autocorrelation", lagged / math.fsum(a * a for a in away), 0.0


def shared_factor(x: dict[str, Any]) -> Results:
    factor, u_factor = x["EF"]
    activity = np.array(x["A"], dtype=np.float64)
    own = (factor * np.array(x["u_A"])) ** 2
    whole = combine(activity.sum(keepdims=True)[None], np.array([u_factor]), own.sum(keepdims=True))
    sites = combine(activity[:, None], np.array([u_factor]), own)
    yield "E", float(factor * activity.sum()), 0.0
    yield "u(E)", float(whole.u[0]), 0.0
    name = "u(E) if the rows are wrongly treated as independent"
    yield name, math.hypot(*sites.u.tolist()), 0.0


GUM: dict[str, Case] = {
    "GUM-H1": end_gauge,
    "GUM-H2-no-correlation": impedance,
    "GUM-H3": thermometer,
    "NIST-E13": thermal_expansion,
    "NIST-UM10": stefan_boltzmann,
    "QUAM-A1": calibration_standard,
    "WS-simple": two_components,
    "typeB-1": half_widths,
    "coverage-t": coverage_factors,
    "StRD-NumAcc2": offset_readings,
    "StRD-NumAcc3": offset_readings,
    "shared-factor-3": shared_factor,
}
