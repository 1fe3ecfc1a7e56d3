"""The embedded prefecture a second time, by hand: its files, the factor files and each formula.

Nothing of the package is imported. Numbers are exact fractions of the printed decimals, so what
differs from an account by more than the rounding of floats is an error of one of the two. The same
formulas take NumPy arrays in place of fractions: then they are draws of a Monte Carlo run.
"""

from __future__ import annotations

import csv
import tomllib
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

HOUSE = Path(__file__).parents[2]
EXAMPLE = HOUSE / "carbonmeter" / "examples" / "liaocheng"
Row = dict[str, str]

BOTH_VIEWS = ("2-location", "2-market")

# What one of each unit is in the units the formulas below are written in:
# t, 万Nm3, MWh, GJ, ha, CNY; fractions; kg of a fluorocarbon.
UNIT = {
    "percent": Fraction(1, 100),
    "kJ/kg": Fraction(1, 1000),
    "kgC/GJ": Fraction(1, 1000),
    "万吨": Fraction(10_000),
    "万kWh": Fraction(10),
    "亩": Fraction(1, 15),
    "万元": Fraction(10_000),
}


class Line(NamedTuple):
    """One gas of one row in one scope, in tCO2e, with its sign."""

    row: int
    entity: str
    kind: str
    scope: str
    gas: str
    co2e: Any


def table(path: Path) -> list[Row]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


FACTORS: dict[str, Row] = {
    row["id"]: row
    for path in sorted((HOUSE / "factors").glob("*/*.csv"))
    for row in table(path)
    if "id" in row and "value" in row
}
MEASURED = table(EXAMPLE / "measured.csv")
AS_OF = str(tomllib.loads((EXAMPLE / "carbonmeter.toml").read_text("utf-8"))["as_of"])


def exact(row: Row, column: str = "value") -> Fraction:
    """A cell as a fraction, in the units of the formulas."""
    return Fraction(row[column]) * UNIT.get(row["unit"], Fraction(1))


class Exact:
    """The values as printed: each record its value, each meter its reading."""

    co2_per_c: Any = Fraction(44, 12)
    feed_water: Any = Fraction("0.08374")  # GJ/t: water at 20 degC, which the steam once was

    def record(self, row: Row) -> Any:
        return exact(row)

    def reading(self, row: Row) -> Any:
        return exact(row, "quantity")

    def factor(self, record: str) -> Any:
        return self.record(FACTORS[record])

    def measured(self, parameter: str, row: Row) -> Any:
        """What was measured of the row's subject at its site over its period, or None."""
        day = (row["period"] + "-01-01")[:10]
        for record in MEASURED:
            there = (record["parameter"], record["site"]) == (parameter, row["site"])
            meant = record["subject"] in ("*", row["subject"])
            if there and meant and record["valid_from"] <= day < record["valid_to"]:
                return self.record(record)
        return None

    def latest(self, series: str, row: Row) -> Any:
        """The newest data year of a published series that was public on the day of the report."""
        known = [
            record
            for record in FACTORS.values()
            if record["id"].startswith(series)
            and record["published"] <= AS_OF
            and record["valid_from"][:4] <= row["period"][:4]
        ]
        return self.record(max(known, key=lambda record: record["valid_from"]))


def cets(row: Row, amount: Any, given: Exact) -> Iterator[tuple[str, str, str, Any]]:
    """(kind, scope, gas, tCO2e) by the guides of the national emissions trading scheme, 2024."""
    kind, subject, value = row["activity"], row["subject"], given.factor
    if kind.endswith("_fuel_combustion"):
        carbon = given.measured("carbon_content_as_received", row)
        if carbon is None:
            carbon = value(f"fuel.cets.{subject}.ncv") * value(f"fuel.cets.{subject}.cc")
        burnt = value(f"fuel.cets.{subject}.of")
        yield "emission", "1", "CO2", amount * carbon * burnt * given.co2_per_c
    elif kind == "power_unit_combustion":  # the power guide's own oxidation of measured carbon
        carbon = given.measured("carbon_content_as_received", row)
        co2 = amount * carbon * value("fuel.power.coal.of") * given.co2_per_c
        yield "emission", "1", "CO2", co2
    elif kind == "aluminium_smelting":
        carbon = value("al.mee.nc") * (1 - value("al.mee.s") - value("al.mee.ash"))
        yield "emission", "1", "CO2", amount * carbon * given.co2_per_c
        minutes = given.measured("anode_effect_minutes", row)
        if minutes is None:
            cf4, c2f6 = value("al.mee.cf4"), value("al.mee.c2f6")
        else:
            cf4 = value("al.mee.slope") * minutes
            c2f6 = cf4 * value("al.mee.c2f6_ratio")
        yield "emission", "1", "CF4", amount * cf4 / 1000 * value("gwp.AR5.CF4")
        yield "emission", "1", "C2F6", amount * c2f6 / 1000 * value("gwp.AR5.C2F6")
    elif kind == "carbonate_use":  # the purity is inside the factor
        factor = {"limestone": "carbonate.limestone.cets", "soda_ash": "carbonate.soda_ash.mee_al"}
        yield "emission", "1", "CO2", amount * value(factor[subject])
    elif kind == "flue_gas_desulphurisation":
        pure = amount * given.measured("sorbent_carbonate_content", row)
        converted = given.measured("sorbent_conversion", row)
        yield "emission", "1", "CO2", pure * value("carbonate.ndrc.caco3.common") * converted
    elif kind == "electricity_purchase":
        yield "emission", "2-location", "CO2", amount * given.latest("elec.national", row)
        yield "emission", "2-market", "CO2", amount * given.latest("elec.residual", row)
    elif kind == "non_fossil_electricity_purchase":  # the guide's own view knows no contracts
        yield "emission", "2-location", "CO2", amount * given.latest("elec.national", row)
        yield "emission", "2-market", "CO2", amount * value("ghgp.scope2.non_fossil")
    else:
        enthalpy = given.measured("steam_enthalpy", row)
        heat = amount if kind != "steam_purchase" else amount * (enthalpy - given.feed_water)
        sign = {"heat_purchase": 1, "steam_purchase": 1, "heat_export": -1}[kind]
        for scope in BOTH_VIEWS:
            co2 = sign * heat * value("heat.default.cets")
            yield "emission" if sign > 0 else "deduction", scope, "CO2", co2


def stock_difference(row: Row, area: Any, given: Exact) -> Iterator[tuple[str, str, str, Any]]:
    """Living biomass of poplar in Shandong, B = aV + b, roots included; a removal is negative."""
    start = given.measured("stand_volume_start", row)
    growth = given.measured("stand_volume_end", row) - start
    carbon = area * growth * given.factor("SP0110") * given.factor("SP0110.cf")
    yield "removal", "", "CO2", -carbon * given.co2_per_c


def displaced(row: Row, generated: Any, given: Exact) -> Iterator[tuple[str, str, str, Any]]:
    """Photovoltaic power in the North China grid, by the combined margin."""
    kind = row["subject"]
    margin = given.factor(f"FP0197.om.{kind}") * given.factor("FP0200")
    margin += given.factor(f"FP0197.bm.{kind}") * given.factor("FP0201")
    yield "avoided", "", "CO2", generated * margin


Rule = Callable[[Row, Any, Exact], Iterator[tuple[str, str, str, Any]]]
ACCOUNTS: dict[str, tuple[str, Rule]] = {
    "enterprises": ("activity.csv", cets),
    "sinks": ("sinks.csv", stock_difference),
    "reductions": ("reductions.csv", displaced),
}


def lines(account: str, given: Exact | None = None, entity: str = "") -> Iterator[Line]:
    """Every line of an account, in the order of its rows, of all entities or of one."""
    name, rule = ACCOUNTS[account]
    given = given or Exact()
    for number, row in enumerate(table(EXAMPLE / name), start=2):
        if entity in ("", row["entity"]):
            for kind, scope, gas, co2e in rule(row, given.reading(row), given):
                yield Line(number, row["entity"], kind, scope, gas, co2e)


def totals(account: str) -> dict[tuple[str, str, str], Fraction]:
    """tCO2e by entity, kind and scope; '*' for all entities."""
    added: dict[tuple[str, str, str], Fraction] = defaultdict(Fraction)
    for line in lines(account):
        for entity in (line.entity, "*"):
            added[entity, line.kind, line.scope] += line.co2e
    return dict(added)


def consolidated(weight: dict[str, Fraction]) -> dict[tuple[str, str], Fraction]:
    """tCO2e of a group by kind and scope: members by their weight, trade among them once.

    What a member buys from or sells to a member counts in scope 2 by the part of the partner that
    is outside the group: the inside part is already in scope 1 of whoever burnt the fuel.
    """
    rows = table(EXAMPLE / ACCOUNTS["enterprises"][0])
    added: dict[tuple[str, str], Fraction] = defaultdict(Fraction)
    for line in lines("enterprises"):
        if line.entity in weight:
            partner = rows[line.row - 2]["counterparty"]
            inside = weight.get(partner, Fraction(0)) if line.scope != "1" else Fraction(0)
            added[line.kind, line.scope] += weight[line.entity] * (1 - inside) * line.co2e
    return dict(added)


class Loan(NamedTuple):
    """A loan with what it is attributed: None where there is nothing to attribute."""

    loan: str
    lender: str
    entity: str
    outstanding: Fraction
    share: Fraction | None
    scope_1: Fraction | None
    scope_2: Fraction | None
    avoided: Fraction | None


def loans() -> list[Loan]:
    """PCAF 2022: balance over equity (not below zero) and debt; reductions over the investment."""
    emitted, saved = totals("enterprises"), totals("reductions")
    covered = {entity for entity, kind, _ in emitted if kind == "emission"}
    borrowers = {row["entity"]: row for row in table(EXAMPLE / "borrowers.csv")}
    projects = {row["project"]: row for row in table(EXAMPLE / "projects.csv")}
    found = []
    for row in table(EXAMPLE / "loans.csv"):
        project = projects.get(row["project"])
        entity = project["entity"] if project else row["borrower"]
        balance = project or borrowers.get(row["borrower"])
        money = exact(row, "outstanding")
        share = None
        if entity in covered and balance is not None:
            apart = date.fromisoformat(row["date"]) - date.fromisoformat(balance["date"])
            if abs(apart) <= timedelta(days=92):  # within a quarter
                share = money / (max(exact(balance, "equity"), 0) + exact(balance, "debt"))

        def part(whole: Fraction | None, of: Fraction | None = share) -> Fraction | None:
            return None if whole is None or of is None else of * whole

        avoided = None
        if project and share is not None:
            reduction = saved.get((entity, "avoided", ""))
            avoided = part(reduction, money / exact(project, "total_investment"))
        found.append(
            Loan(
                row["loan"],
                row["lender"],
                entity,
                money,
                share,
                part(emitted.get((entity, "emission", "1"))),
                part(emitted.get((entity, "emission", "2-location"))),
                avoided,
            )
        )
    return found
