"""Values far from those of the same key elsewhere, and the slip that their ratio looks like."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from carbonmeter.factors.checks.said import Said, said
from carbonmeter.factors.checks.slips import SLIPS, Slip, slips_of, suspected
from carbonmeter.factors.checks.view import Column, Index, View, dimension_of, together
from carbonmeter.factors.columns import joined
from carbonmeter.factors.layer import Layer
from carbonmeter.factors.record import ANY

BASES = ("energy_basis", "volume_basis", "moisture_basis", "purity_basis", "gas")
FAR, BEYOND = math.log(2.5), math.log(1.5)  # from the middle of the others, and from all of them
NAMED = math.log(1.9)  # where the ratio is that of a known slip
ABROAD, BEYOND_ABROAD = math.log(30.0), math.log(3.0)  # where the others are of other regions
ALIKE, SEVERAL = 0.01, 3  # others so near each other, and so many, tell a tenth
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


def outlier_findings(checked: Sequence[Layer], against: Sequence[Layer] = ()) -> Iterator[Said]:
    """Records of some layers that lie far from those of the same parameter and subject elsewhere.

    Parameters
    ----------
    checked : layers whose records are judged
    against : further layers they are compared with
    """
    pool = _pooled([*checked, *against])
    order = np.lexsort((np.arange(pool.group.size), pool.group))
    group = pool.group[order]
    edges = np.flatnonzero(np.r_[True, group[1:] != group[:-1], True])
    told: set[frozenset[int]] = set()
    for left, right in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        members = order[left:right]
        members = members[pool.live[members]]
        mine = members[pool.layer[members] < len(checked)]
        if members.size < 2 or not mine.size:
            continue
        for record in mine.tolist():
            found = _judged(pool, record, members)
            if found is not None:
                said_of, other = found
                pair = frozenset((record, other)) if members.size == 2 else frozenset((record,))
                if pair not in told:
                    told.add(pair)
                    yield said_of
    yield from _purity(pool, len(checked))


def _pooled(layers: Sequence[Layer]) -> Pool:
    views = [View(layer) for layer in layers]

    def codes(name: str) -> tuple[Index, tuple[str, ...]]:
        column = joined([layer.coded(name) for layer in layers])
        return column.codes.astype(np.int64), column.labels

    units, texts = codes("unit")
    dimensions: dict[object, int] = {}
    of_unit = [dimensions.setdefault(dimension_of(t), len(dimensions)) for t in (*texts, "1")]
    parameter, _ = codes("parameter")
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
        np.repeat(np.arange(len(layers)), [len(layer) for layer in layers]),
        np.concatenate([np.arange(len(layer)) for layer in layers]),
        np.concatenate([view.base for view in views]),
        group,
        region,
        np.array(bases),
        regions.index(ANY) if ANY in regions else -1,
        np.concatenate(live),
    )


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
    peers = near if near.size else others
    signs = np.sign(pool.value[peers])
    if abs(signs.sum()) < signs.size:
        return None  # some are negative and some are not: nothing is told by a ratio
    if signs[0] != math.copysign(1.0, value):
        return _signed(pool, record, peers), int(peers[0])
    sizes = np.log(np.abs(pool.value[peers]))
    middle = float(np.median(sizes))
    off, spread = math.log(abs(value)) - middle, float(np.max(np.abs(sizes - middle)))
    named = slips_of(math.exp(off))
    limit = NAMED if named and near.size else far
    tight = near.size >= SEVERAL and spread < ALIKE
    close = slips_of(math.exp(off), 0.003, SLIPS) if tight and abs(off) > spread + 0.02 else []
    if abs(off) <= max(limit, spread + beyond) and not close:
        return None
    peer = int(peers[int(np.argmin(np.abs(sizes - middle)))])
    return _far(pool, record, peer, peers.size, math.exp(off), close), peer


def _far(pool: Pool, record: int, peer: int, n: int, ratio: float, close: list[Slip]) -> Said:
    slip = suspected(ratio)
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


def _purity(pool: Pool, n_checked: int) -> Iterator[Said]:
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
                yield from _purity_of(pool, record, pure, commodity)


def _purity_of(pool: Pool, record: int, pure: list[int], commodity: list[int]) -> Iterator[Said]:
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
        yield said(layer, at, "value", rule, cure)
        return
