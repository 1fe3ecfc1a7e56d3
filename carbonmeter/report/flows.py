"""What the flow picture shows: from entities to gases to banks, from public tables only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from markupsafe import Markup

from carbonmeter.report import numbers
from carbonmeter.report.bilingual import Both, both, labelled
from carbonmeter.report.sankey import Flow, Node, picture

if TYPE_CHECKING:
    import pandas as pd

    from carbonmeter.report.results import Results

MOST_ENTITIES = 10
HEIGHT = 330.0
LINE_OF_SCOPE = {"1": "financed_scope_1", "2-location": "financed_scope_2"}
COLOURS = {"CO2": "co2", "CF4": "cf4", "C2F6": "c2f6", "CH4": "ch4", "N2O": "n2o"}
OTHERS, NOBODY = "\0others", "\0nobody"

Amounts = Mapping[tuple[str, str], float]


def pictures(results: Results) -> list[tuple[str, Markup]]:
    """One picture for each scope, all on one scale; scopes are never put into one node."""
    named = results.emitting
    if named is None:
        return []
    edges = named.account.edges()
    edges = edges[(edges["kind"] == "emission") & (edges["co2e"] > 0.0)]
    of_scope = {
        scope: {
            (str(e), str(g)): float(v)
            for e, g, v in edges.loc[edges["scope"] == scope, ["entity", "gas", "co2e"]].itertuples(
                index=False
            )
        }
        for scope in LINE_OF_SCOPE
    }
    most = max((sum(amounts.values()) for amounts in of_scope.values()), default=0.0)
    if most <= 0.0:
        return []
    return [
        (scope, _picture(results, scope, amounts, HEIGHT / most))
        for scope, amounts in of_scope.items()
        if amounts
    ]


def financed_parts(
    frame: pd.DataFrame, scope: str, amounts: Amounts
) -> dict[tuple[str, str], float]:
    """tCO2e of each gas that each lender answers for: its share of each entity, gas by gas.

    Parameters
    ----------
    frame : DataFrame            `financed.by("lender", "entity")`
    amounts : (entity, gas) -> tCO2e
    """
    gases: dict[str, dict[str, float]] = {}
    for (entity, gas), value in amounts.items():
        gases.setdefault(entity, {})[gas] = value
    found: dict[tuple[str, str], float] = {}
    line = LINE_OF_SCOPE[scope]
    for lender, entity, part in frame[["lender", "entity", line]].itertuples(index=False):
        own = gases.get(str(entity), {})
        if part > 0.0 and own:
            share = float(part) / sum(own.values())
            for gas, value in own.items():
                found[gas, str(lender)] = found.get((gas, str(lender)), 0.0) + share * value
    return found


def compact(tonnes: float) -> Both:
    """An amount for a picture: three significant digits.

    Examples
    --------
    >>> compact(5_923_456.0), compact(12.3)
    (Both(zh='592万吨', en='5.92 Mt'), Both(zh='12吨', en='12 t'))
    """
    size = abs(tonnes)
    zh = f"{_three(tonnes / 1e4)}万吨" if size >= 1e4 else f"{tonnes:,.0f}吨"
    if size >= 1e6:
        en = f"{_three(tonnes / 1e6)} Mt"
    else:
        en = f"{_three(tonnes / 1e3)} kt" if size >= 1e3 else f"{tonnes:,.0f} t"
    return Both(zh, en)


def _three(value: float) -> str:
    decimals = 2 if abs(value) < 9.995 else 1 if abs(value) < 99.95 else 0
    return numbers.fixed(value, decimals)


def _picture(results: Results, scope: str, amounts: Amounts, scale: float) -> Markup:
    entities = _summed(amounts, 0)
    kept = list(entities)[:MOST_ENTITIES]
    hidden = len(entities) - len(kept)
    left = [Node(e, results.name(e), compact(entities[e]), "entity") for e in kept]
    if hidden:
        rest = sum(v for e, v in entities.items() if e not in kept)
        left.append(Node(OTHERS, both("others").format(n=hidden), compact(rest), "entity"))
    gases = _summed(amounts, 1)
    middle = [Node(f"gas {g}", Both(g, g), compact(v), _colour(g)) for g, v in gases.items()]
    merged: dict[tuple[str, str], float] = {}
    for (entity, gas), value in amounts.items():
        key = (entity if entity in kept else OTHERS, gas)
        merged[key] = merged.get(key, 0.0) + value
    flows = [Flow(e, f"gas {g}", v, _colour(g)) for (e, g), v in merged.items()]
    headings = [both("entity"), labelled(scope)]
    columns = [left, middle]
    if results.financed is not None:
        parts = financed_parts(results.financed.by("lender", "entity"), scope, amounts)
        lenders = _summed(parts, 1)
        right = [Node(f"bank {b}", results.name(b), compact(v), "bank") for b, v in lenders.items()]
        flows += [Flow(f"gas {g}", f"bank {b}", v, _colour(g)) for (g, b), v in parts.items()]
        rest = 0.0
        for gas, value in gases.items():
            left_over = value - sum(v for (g, _), v in parts.items() if g == gas)
            if left_over > 0.0:
                rest += left_over
                flows.append(Flow(f"gas {gas}", NOBODY, left_over, "nobody"))
        if rest:
            right.append(Node(NOBODY, both("unfinanced"), compact(rest), "nobody"))
        columns.append(right)
        headings.append(both("bank"))
    return picture(columns, flows, scale, headings, labelled(scope))


def _colour(gas: str) -> str:
    return COLOURS.get(gas, "gas")


def _summed(amounts: Amounts, at: int) -> dict[str, float]:
    """Sums by one end of each pair, the largest first."""
    found: dict[str, float] = {}
    for key, value in amounts.items():
        found[key[at]] = found.get(key[at], 0.0) + value
    return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))
