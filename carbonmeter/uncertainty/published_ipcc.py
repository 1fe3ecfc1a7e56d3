"""Examples of the uncertainty chapter of the IPCC Guidelines."""

from __future__ import annotations

from typing import Any

from carbonmeter.uncertainty.inventory import (
    approach_1,
    area_by_points,
    correction_of_large,
    lognormal_limits,
)
from carbonmeter.uncertainty.published_gum import Case, Results
from carbonmeter.uncertainty.spread import standard_uncertainty
from carbonmeter.uncertainty.value import Uncertain


def categories(x: dict[str, Any]) -> Results:
    product = Uncertain(1.0, x["product"][0] / 200.0) * Uncertain(1.0, x["product"][1] / 200.0)
    yield "U product %", 100.0 * product.expanded(), 0.0
    total = sum((Uncertain(e, abs(e) * U / 200.0) for e, U in x["sum"]), Uncertain(0.0))
    yield "U sum %", 100.0 * total.expanded() / abs(total.value), 0.0


def inventory_table(x: dict[str, Any]) -> Results:
    columns = [x[name] for name in ("base", "year", "U_AD", "U_EF")]
    table = approach_1(*columns)
    yield "level uncertainty %", table.level, 0.0
    yield "trend uncertainty, percentage points", table.trend_uncertainty, 0.0
    yield "trend %", table.trend, 0.0
    shown = {
        "H": table.level_variance,
        "I": table.with_factor,
        "J": table.with_activity,
        "M": table.trend_variance,
    }
    for letter, column in shown.items():
        for name, value in zip(x["category"], column.tolist(), strict=True):
            yield f"column {letter} {name}", value, 0.0
    before, now = Uncertain(0.0), Uncertain(0.0)
    for base, year, u_activity, u_factor in zip(*columns, strict=True):
        factor = Uncertain(1.0, u_factor / 200.0)
        before = before + factor * Uncertain(base, base * u_activity / 200.0)
        now = now + factor * Uncertain(year, year * u_activity / 200.0)
    exact = 100.0 * (now - before) / before
    yield "trend uncertainty by exact first order", exact.expanded(), 0.0


def large(x: dict[str, Any]) -> Results:
    for percent in x["U"]:
        factor = correction_of_large(percent)
        yield f"FC({percent:g})", factor, 0.0
        yield f"U corrected({percent:g})", percent * factor, 0.0


def lognormal(x: dict[str, Any]) -> Results:
    mean, percent = x["mean"], x["U"]
    low, high, deviation = lognormal_limits(mean, percent)
    yield "U_low %", 100.0 * (low / mean - 1.0), 0.0
    yield "U_high %", 100.0 * (high / mean - 1.0), 0.0
    yield "sigma_g", deviation, 0.0
    u = standard_uncertainty(mean, low, high, 95.0, "lognormal")
    yield "U %, read back from the limits", 200.0 * u / mean, 0.0


def area(x: dict[str, Any]) -> Results:
    found, error = area_by_points(list(x["points"].values()), x["n"], x["area_kha"])
    for name, a, s in zip(x["points"], found.tolist(), error.tolist(), strict=True):
        yield f"{name} area", a, 0.0
        yield f"s {name}", s, 0.0


IPCC: dict[str, Case] = {
    "IPCC-eq3.1-3.2": categories,
    "IPCC-approach1-table-A": inventory_table,
    "IPCC-large-U-100": large,
    "IPCC-lognormal-100": lognormal,
    "IPCC-area-proportion": area,
}
