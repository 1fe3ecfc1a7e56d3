"""One active record per key: records that could both answer one request."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from carbonmeter.errors import Problem
from carbonmeter.factors.checks.said import said
from carbonmeter.factors.checks.successions import KEY, ancestors
from carbonmeter.factors.checks.view import Index, View
from carbonmeter.factors.layer import Layer
from carbonmeter.factors.record import ANY

OPEN_START = np.datetime64("0001-01-01", "D")
OPEN_END = np.datetime64("9999-12-31", "D")
FAR = 10_000_000  # days; more than lie between the two


def conflicts(layers: Sequence[Layer]) -> list[Problem]:
    """Records of layers that stand beside each other, none above the other, and could both answer.

    Each layer by itself has been checked, so what is found here is between two of them.
    """
    names = layers[0].columns
    joined = replace(
        layers[0],
        columns={name: np.concatenate([x.columns[name] for x in layers]) for name in names},
        file=np.concatenate([x.file for x in layers]),
        row=np.concatenate([x.row for x in layers]),
    )
    return list(overlap_problems(joined))


def overlap_problems(layer: Layer) -> Iterator[Problem]:
    """Records that could both answer: equal key, overlapping validity, no succession."""
    c = layer.columns
    start = np.where(np.isnat(c["valid_from"]), OPEN_START, c["valid_from"]).astype(np.int64)
    end = np.where(np.isnat(c["valid_to"]), OPEN_END, c["valid_to"]).astype(np.int64)
    groups = _overlapping(layer, start, end)
    if not groups:
        return
    place = {id_: at for at, id_ in enumerate(c["id"].tolist())}
    for members in groups:
        running: list[int] = []
        for later in members:
            running = [at for at in running if end[at] > start[later]]
            for earlier in running:
                replaced = ancestors(layer, later, place)
                if earlier not in replaced and later not in ancestors(layer, earlier, place):
                    yield _overlap(layer, earlier, later)
                    break
            running.append(later)


def _overlapping(layer: Layer, start: Index, end: Index) -> list[list[int]]:
    """Records of each key of which two are valid on one day, by their start."""
    key, first = View(layer).together(*KEY)
    if first.size == len(layer):
        return []
    order = np.lexsort((np.arange(key.size), start, key))
    begun, group = start[order], key[order]
    latest = np.maximum.accumulate(end[order] + FAR * group) - FAR * group
    again = (group[1:] == group[:-1]) & (begun[1:] < latest[:-1])
    wanted = np.unique(group[1:][again])
    left, right = np.searchsorted(group, wanted), np.searchsorted(group, wanted, "right")
    found = [order[i:j].tolist() for i, j in zip(left.tolist(), right.tolist(), strict=True)]
    return sorted(found, key=min)


def _overlap(layer: Layer, earlier: int, later: int) -> Problem:
    c = layer.columns
    site = c["site"][later]
    of = f"{c['parameter'][later]} of {c['subject'][later]}" + (
        f" at {site}" if site != ANY else ""
    )
    spans = [_span(layer, at) for at in (later, earlier)]
    row, file = int(layer.row[earlier]), str(layer.file[earlier])
    rule = (
        f"{of}: valid {spans[0]}, overlaps row {row} of {file}, valid {spans[1]}",
        f"{of}：有效期 {spans[0]} 与 {file} 第{row}行的 {spans[1]} 重叠",
    )
    cure = (
        "end the earlier one where the later begins, or let one supersede the other",
        "请令前者止于后者之始，或以一条取代另一条",
    )
    return said(layer, later, "valid_from", rule, cure)


def _span(layer: Layer, at: int) -> str:
    start, end = layer.columns["valid_from"][at], layer.columns["valid_to"][at]
    return f"{'…' if np.isnat(start) else start} to {'…' if np.isnat(end) else end}"
