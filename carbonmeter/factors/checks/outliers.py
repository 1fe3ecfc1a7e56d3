"""Values far from those of the same key elsewhere, and the slip that their ratio looks like."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from carbonmeter.factors.checks.said import Said, said
from carbonmeter.factors.checks.slips import FINE, Slip, slips_of, suspected
from carbonmeter.factors.checks.view import Column, Index, View, dimension_of, together
from carbonmeter.factors.columns import joined
from carbonmeter.factors.layer import Layer
from carbonmeter.factors.record import ANY

BASES = ("energy_basis", "volume_basis", "moisture_basis", "purity_basis", "gas")
FAR, BEYOND = math.log(2.5), math.log(1.5)  # from the middle of the others, and from all of them
NAMED = math.log(1.9)  # where the ratio is that of a known slip
ABROAD, BEYOND_ABROAD = math.log(100.0), math.log(10.0)  # where the others are of other regions
REVISED = math.log(10.0)  # what a new edition of a series may move
AGREED = math.log(10.0)  # how far other regions may lie from their middle to tell anything
ALIKE, SEVERAL = 0.01, 3  # others so near each other, and so many, tell a tenth of heat
PURE, COMMODITY = "stoichiometric_emission_factor", "commodity_emission_factor"


class Pool(NamedTuple):
    """Records of several layers below one another."""

    layers: Sequence[Layer]
    layer: Index
    at: Index
    value: Column
    """float64[record], in base units"""
    group: Index
    """int64[record], one code per parameter, subject and dimension"""
    region: Index
    bases: Index
    """int64[bases, record], codes of the bases; 0 where none is named"""
    any_region: int
    live: np.ndarray[tuple[int], np.dtype[np.bool_]]
    """bool[record], that nothing replaces it"""
    fine: np.ndarray[tuple[int], np.dtype[np.bool_]]
    """bool[record], whether it is a calorific value, of which there are two kinds"""
    unit: np.ndarray[tuple[int], np.dtype[np.bool_]]
    """bool[record], whether a unit can slip: not of GWPs, whose sets differ by what was learnt"""
    family: Index


def outlier_findings(checked: Sequence[Layer], against: Sequence[Layer] = ()) -> list[list[Said]]:
    """Of some layers each, the records that lie far from those of the same parameter and subject
    elsewhere.

    Parameters
    ----------
    checked : layers whose records are judged
    against : further layers they are compared with
    """
    pool = _pooled([*checked, *against])
    told: set[frozenset[int]] = set()
    findings: list[list[Said]] = [[] for _ in checked]
    for members, records in _candidates(pool, len(checked)):
        for record in records:
            found = _judged(pool, record, members)
            if found is None:
                continue
            finding, other = found
            pair = frozenset((record, other)) if members.size == 2 else frozenset((record,))
            if pair not in told:
                told.add(pair)
                findings[int(pool.layer[record])].append(finding)
    for record, finding in _purity(pool, len(checked)):
        findings[int(pool.layer[record])].append(finding)
    return findings


def _pooled(layers: Sequence[Layer]) -> Pool:
    views = [View(layer) for layer in layers]
    sizes = [len(layer) for layer in layers]
    named = [layer.family or layer.name for layer in layers]
    families = np.array([named.index(name) for name in named])

    def codes(name: str) -> tuple[Index, tuple[str, ...]]:
        column = joined([layer.coded(name) for layer in layers])
        return column.codes.astype(np.int64), column.labels

    units, texts = codes("unit")
    dimensions: dict[object, int] = {}
    of_unit = [dimensions.setdefault(dimension_of(t), len(dimensions)) for t in (*texts, "1")]
    parameter, names = codes("parameter")
    subject, _ = codes("subject")
    group, _ = together([parameter, subject, np.array(of_unit)[units]])
    region, regions = codes("region")
    bases = []
    for name in BASES:
        code, labels = codes(name)
        blank = labels.index("") if "" in labels else -1
        bases.append(np.where(code == blank, 0, code + 1))
    live = []
    for layer in layers:
        replaced = {*layer.coded("supersedes").labels} - {""}
        live.append(~layer.coded("id").where(replaced))
    return Pool(
        layers,
        np.repeat(np.arange(len(layers)), sizes),
        np.concatenate([np.arange(len(layer)) for layer in layers]),
        np.concatenate([view.base for view in views]),
        group,
        region,
        np.array(bases),
        regions.index(ANY) if ANY in regions else -1,
        np.concatenate(live),
        np.array(["calorific_value" in name for name in (*names, "")])[parameter],
        np.array([not name.startswith(("gwp", "gtp")) for name in (*names, "")])[parameter],
        np.repeat(families, sizes),
    )


def _candidates(pool: Pool, n_checked: int) -> Iterator[tuple[Index, list[int]]]:
    """Records to compare with each other, and those of them that may lie outside all others: only
    the largest and the smallest of a layer and basis can."""
    known = pool.live & (pool.value != 0.0) & np.isfinite(pool.value)
    starred = np.unique(pool.group[known & (pool.region == pool.any_region)])
    everywhere = np.isin(pool.group, starred)
    region = np.where(everywhere, 0, pool.region + 1)
    place, _ = together([pool.group, region])
    basis, _ = together([*pool.bases, pool.layer])
    size = np.log(np.abs(np.where(known, pool.value, 1.0)))
    alone: list[int] = []
    for members in _blocks(place, np.flatnonzero(known)):
        if members.size < 2:
            alone += members.tolist()
            continue
        fine = bool(pool.fine[members[0]])
        negative = int(np.count_nonzero(pool.value[members] < 0.0))
        if np.ptp(size[members]) < (math.log(1.02) if fine else NAMED) and not negative:
            continue
        yield members, _extremes(pool, members, size, basis, n_checked)
    for members in _blocks(pool.group, np.array(alone, dtype=np.int64)):
        if members.size > 2:
            same = np.zeros(pool.group.size, dtype=np.int64)
            yield members, _extremes(pool, members, size, same, n_checked)


def _blocks(code: Index, rows: Index) -> Iterator[Index]:
    """Rows with one code, in the order of the code."""
    order = rows[np.lexsort((rows, code[rows]))]
    edges = np.flatnonzero(code[order][1:] != code[order][:-1]) + 1
    yield from np.split(order, edges) if order.size else ()


def _extremes(pool: Pool, members: Index, size: Column, basis: Index, n_checked: int) -> list[int]:
    found: set[int] = set()
    for block in _blocks(basis, members):
        found |= {int(block[np.argmax(size[block])]), int(block[np.argmin(size[block])])}
    negative = members[pool.value[members] < 0.0]
    positive = members[pool.value[members] > 0.0]
    for few in (negative, positive):
        found |= {*few.tolist()} if few.size == 1 else set()
    return sorted(record for record in found if pool.layer[record] < n_checked)


def _judged(pool: Pool, record: int, members: Index) -> tuple[Said, int] | None:
    value = float(pool.value[record])
    bases = pool.bases
    clash = (bases[:, members] != bases[:, [record]]) & (bases[:, members] > 0)
    clash &= bases[:, [record]] > 0
    others = members[(members != record) & ~clash.any(axis=0)]
    others = others[pool.value[others] != 0.0]
    if not others.size or value == 0.0 or not math.isfinite(value):
        return None
    here = pool.region[others] == pool.region[record]
    here |= pool.region[others] == pool.any_region
    here |= bool(pool.region[record] == pool.any_region)
    elsewhere = pool.layer[others] != pool.layer[record]
    near = others[here & elsewhere]
    near = near if near.size else others[here]
    far, beyond = (FAR, BEYOND) if near.size else (ABROAD, BEYOND_ABROAD)
    peers = near if near.size else others[elsewhere] if elsewhere.any() else others
    signs = np.sign(pool.value[peers])
    if abs(signs.sum()) < signs.size:
        return None  # some are negative and some are not: nothing is told by a ratio
    if signs[0] != math.copysign(1.0, value):
        return _signed(pool, record, peers), int(peers[0])
    sizes = np.log(np.abs(pool.value[peers]))
    middle = float(np.median(sizes))
    off, spread = math.log(abs(value)) - middle, float(np.max(np.abs(sizes - middle)))
    if not near.size and spread > AGREED:
        return None  # regions differ by so much that nothing is told
    named = slips_of(math.exp(off)) if pool.unit[record] else []
    limit = NAMED if named and near.size else far
    if (pool.family[peers] == pool.family[record]).all():
        limit = max(limit, REVISED)
    tight = pool.fine[record] and near.size >= SEVERAL and spread < ALIKE
    close = slips_of(math.exp(off), 0.003, FINE) if tight and abs(off) > spread + 0.02 else []
    if abs(off) <= max(limit, spread + beyond) and not close:
        return None
    peer = int(peers[int(np.argmin(np.abs(sizes - middle)))])
    return _far(pool, record, peer, peers.size, math.exp(off), close), peer


def _far(pool: Pool, record: int, peer: int, n: int, ratio: float, close: list[Slip]) -> Said:
    slip = suspected(ratio) if pool.unit[record] else ("", "")
    if close and not slip[0]:
        slip = f"; looks like {close[0].en}", f"；疑为{close[0].zh}"
    what = _shown(pool, peer)
    times = f"{ratio:.4g}" if ratio >= 0.01 else f"1/{1.0 / ratio:.4g}"
    rule = (
        f"{times} times {what}, the middle of {n} elsewhere{slip[0]}",
        f"是其他 {n} 个记录居中者 {what} 的 {times} 倍{slip[1]}",
    )
    cure = (
        "see whether value and unit are of one row of the source; if both are right, say so in the"
        " note",
        "请核对数值与单位是否出自来源同一行；若均无误，请在备注中说明",
    )
    return said(pool.layers[int(pool.layer[record])], int(pool.at[record]), "value", rule, cure)


def _signed(pool: Pool, record: int, peers: Index) -> Said:
    what = _shown(pool, int(peers[0]))
    rule = (f"another sign than {what}", f"符号与 {what} 相反")
    layer = pool.layers[int(pool.layer[record])]
    return said(layer, int(pool.at[record]), "value", rule, ("check the sign", "请核对符号"))


def _shown(pool: Pool, record: int) -> str:
    layer, at = pool.layers[int(pool.layer[record])], int(pool.at[record])
    c = layer.columns
    return f"{c['value'][at]:g} {c['unit'][at]} ({c['id'][at]} of {layer.name})"


def _purity(pool: Pool, n_checked: int) -> Iterator[tuple[int, Said]]:
    """Commodity factors into which the purity went twice, or that stand for the pure substance."""
    by_subject: dict[str, dict[str, list[int]]] = {}
    kinds = [layer.coded("parameter").where({PURE, COMMODITY}) for layer in pool.layers]
    for record in np.flatnonzero(np.concatenate(kinds)).tolist():
        layer, at = pool.layers[int(pool.layer[record])], int(pool.at[record])
        parameter, subject = layer.columns["parameter"][at], str(layer.columns["subject"][at])
        by_subject.setdefault(subject, {}).setdefault(str(parameter), []).append(record)
    for found in by_subject.values():
        pure, commodity = found.get(PURE, []), found.get(COMMODITY, [])
        for record in commodity + pure:
            if pool.layer[record] < n_checked:
                found_of = _purity_of(pool, record, pure, commodity)
                if found_of is not None:
                    yield record, found_of


def _purity_of(pool: Pool, record: int, pure: list[int], commodity: list[int]) -> Said | None:
    layer, at = pool.layers[int(pool.layer[record])], int(pool.at[record])
    value = float(pool.value[record])
    others = [(c, p) for c in commodity for p in pure if record not in (c, p)]
    for c, p in others:
        with_purity, without = float(pool.value[c]), float(pool.value[p])
        purity = with_purity / without
        if not 0.0 < purity < 0.995:
            continue
        if record in commodity and abs(value - with_purity * purity) < 0.002 * value:
            rule = (
                f"{_shown(pool, c)} times its purity {purity:.3g}: the purity is in it twice",
                f"是 {_shown(pool, c)} 再乘其纯度 {purity:.3g}：纯度计了两次",
            )
        elif record in pure and abs(value - with_purity) < 0.002 * value:
            rule = (
                f"the commodity factor {_shown(pool, c)} in place of that of the pure substance",
                f"以商品因子 {_shown(pool, c)} 代替了纯物质因子",
            )
        else:
            continue
        cure = (
            "a commodity factor has the purity in it: never multiply it by purity",
            "商品因子已含纯度，不可再乘纯度",
        )
        return said(layer, at, "value", rule, cure)
    return None
