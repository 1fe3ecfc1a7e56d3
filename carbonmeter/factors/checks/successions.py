"""Validity and succession: which record replaces which, and when each holds."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from carbonmeter.errors import Problem
from carbonmeter.factors.checks.said import said
from carbonmeter.factors.layer import Layer
from carbonmeter.factors.record import RETRACTION

_ALONE = (
    ("a reason without a record", "有原因而无被取代的记录"),
    ("name the id of the record that this one replaces", "请写明被取代记录的编号"),
)
_NOBODY = (
    ("no record of this table has this id", "本表没有此编号的记录"),
    ("write the id of a record of this table", "请写本表中记录的编号"),
)
_REASONLESS = (
    ("no reason is given", "未写原因"),
    (
        "say why: new data year, method, GWP set, correction, boundary, retraction",
        "请选：new data year、method、GWP set、correction、boundary、retraction",
    ),
)
_CIRCLE = (
    ("records that replace each other in a circle", "记录循环取代"),
    ("let the newest one replace the others", "请由最新的记录取代其他记录"),
)
_RETRACTED = (
    (
        "a retraction that does not repeat the value and unit it withdraws",
        "撤回记录未重复被撤回的数值与单位",
    ),
    (
        "repeat them; where another value takes the place, the reason is correction",
        "请重复之；若以另一数值代替，原因应为 correction",
    ),
)
KEY = ("parameter", "subject", "region", "site", "tier")


def validity_problems(layer: Layer) -> Iterator[Problem]:
    """Records that are valid for no day."""
    start, end = layer.columns["valid_from"], layer.columns["valid_to"]
    for at in np.flatnonzero(start >= end).tolist():
        rule = (f"not after valid_from {start[at]}", f"不晚于有效期起 {start[at]}")
        cure = (
            "write the day after the last day; for one day, the next day",
            "请写最后一日的次日；只有一日则写次日",
        )
        yield said(layer, at, "valid_to", rule, cure)


def succession_problems(layer: Layer) -> Iterator[Problem]:
    """Records that replace others they cannot replace, without a reason, or in a circle."""
    c = layer.columns
    telling = ~layer.coded("supersedes").where([""]) | ~layer.coded("supersede_reason").where([""])
    if not telling.any():
        return
    place = {id_: at for at, id_ in enumerate(c["id"].tolist())}
    for at in np.flatnonzero(telling).tolist():
        older, reason = c["supersedes"][at], c["supersede_reason"][at]
        if not older:
            yield said(layer, at, "supersedes", *_ALONE)
        elif older not in place:
            yield said(layer, at, "supersedes", *_NOBODY)
        else:
            if not reason:
                yield said(layer, at, "supersede_reason", *_REASONLESS)
            yield from _unlike(layer, at, place[older], reason)
            if at in ancestors(layer, at, place):
                yield said(layer, at, "supersedes", *_CIRCLE)


def _unlike(layer: Layer, at: int, older: int, reason: str) -> Iterator[Problem]:
    c = layer.columns
    differing = [name for name in KEY if c[name][at] != c[name][older]]
    if differing:
        rule = (
            f"the record it replaces differs in {', '.join(differing)}",
            f"与被取代的记录在 {'、'.join(differing)} 上不同",
        )
        cure = ("a record replaces only its like", "只能取代同类记录")
        yield said(layer, at, "supersedes", rule, cure)
    elif reason == RETRACTION and not _repeats(layer, at, older):
        yield said(layer, at, "value", *_RETRACTED)


def ancestors(layer: Layer, at: int, place: dict[str, int]) -> list[int]:
    """The records that a record replaces, directly and through others."""
    found: list[int] = []
    older = layer.columns["supersedes"][at]
    while older in place and place[older] not in found:
        found.append(place[older])
        older = layer.columns["supersedes"][found[-1]]
    return found


def _repeats(layer: Layer, at: int, older: int) -> bool:
    """Whether a record says the very number of another one."""
    c = layer.columns
    return bool(c["value"][at] == c["value"][older] and c["unit"][at] == c["unit"][older])
