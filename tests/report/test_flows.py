"""The flow picture: widths are what the tables say, and a bank's part is its share gas by gas."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest

from carbonmeter.report.bilingual import Both
from carbonmeter.report.flows import compact, financed_parts, pictures
from carbonmeter.report.sankey import Flow, Node, picture

A = Both("甲", "a")


def widths(svg):
    """Width of each ribbon where it starts and where it ends."""
    found = []
    for path in re.findall(r'<path class="ribbon [^"]*" d="([^"]+)"', svg):
        n = [float(x) for x in re.findall(r"-?[0-9.]+", path)]
        found.append((n[-1] - n[1], n[8] - n[7]))
    return found


def test_ribbons_are_as_wide_as_what_flows():
    left = [Node("e", A, A, "entity"), Node("f", A, A, "entity")]
    middle = [Node("g", A, A, "co2")]
    flows = [Flow("e", "g", 100.0, "co2"), Flow("f", "g", 40.0, "co2")]
    svg = str(picture([left, middle], flows, 2.0, [A, A], A))
    assert widths(svg) == [(pytest.approx(200.0),) * 2, (pytest.approx(80.0),) * 2]
    heights = [float(h) for h in re.findall(r'<rect [^>]*height="([0-9.]+)"', svg)]
    assert heights == [200.0, 80.0, 280.0]


def test_boxes_of_a_column_do_not_overlap():
    left = [Node(str(i), A, A, "entity") for i in range(12)]
    flows = [Flow(str(i), "g", 10.0**-i, "co2") for i in range(12)]
    svg = str(picture([left, [Node("g", A, A, "co2")]], flows, 100.0, [A, A], A))
    rects = re.findall(r'x="([0-9.]+)" y="([0-9.]+)" width="12" height="([0-9.]+)"', svg)
    places = [(float(y), float(h)) for x, y, h in rects if float(x) == 300.0]
    assert all(y + h < below for (y, h), (below, _) in pairwise(places))
    texts = re.findall(r'<text class="en" lang="en" x="292.0" y="([0-9.]+)"', svg)
    gaps = [float(b) - float(a) for a, b in pairwise(texts)]
    assert min(gaps) > 14.0


def test_banks_hold_their_share_of_each_gas(results):
    frame = results.financed.by("lender", "entity")
    edges = results.accounts[0].account.edges()
    edges = edges[(edges["kind"] == "emission") & (edges["scope"] == "1")]
    amounts = {(e, g): v for e, g, v in edges[["entity", "gas", "co2e"]].itertuples(index=False)}
    parts = financed_parts(frame, "1", amounts)
    by_lender = results.financed.by("lender").set_index("lender")["financed_scope_1"]
    for lender, value in by_lender.items():
        own = sum(v for (_, b), v in parts.items() if b == lender)
        assert own == pytest.approx(value, rel=1e-12)
    assert {gas for gas, _ in parts} == {"CO2", "CF4", "C2F6"}


def test_one_picture_a_scope_with_what_nobody_finances(results):
    found = dict(pictures(results))
    assert list(found) == ["1", "2-location"]
    total = results.accounts[0].account.total().where(kind="emission", scope="1")["co2e"][0]
    financed = results.financed.by()["financed_scope_1"][0]
    rest = compact(total - financed)
    assert f">{rest.en}<" in found["1"]
    assert "贷款簿以外" in found["1"]


def test_amounts_of_a_picture_have_three_digits():
    assert compact(999_600.0) == ("100万吨", "1,000 kt")
    assert compact(6_560_000.0) == ("656万吨", "6.56 Mt")
    assert compact(161.2) == ("161吨", "161 t")
