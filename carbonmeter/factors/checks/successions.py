"""Validity and succession: which record replaces which, and when each holds."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from carbonmeter.errors import Problem
from carbonmeter.factors.layer import Layer
from carbonmeter.factors.record import RETRACTION

KEY = ("parameter", "subject", "region", "site", "tier")


def validity_problems(layer: Layer) -> Iterator[Problem]:
    """Records that are valid for no day."""
    start, end = layer.columns["valid_from"], layer.columns["valid_to"]
    for at in np.flatnonzero(start >= end).tolist():
        rule = f"not after valid_from {start[at]}"
        cure = "write the day after the last day; for one day, the next day"
        yield layer.problem(at, "valid_to", rule, cure)


def succession_problems(layer: Layer) -> Iterator[Problem]:
    """Records that replace others they cannot replace, without a reason, or in a circle."""
    c = layer.columns
    place = {id_: at for at, id_ in enumerate(c["id"].tolist())}
    reasons = c["supersede_reason"].tolist()
    for at, older in enumerate(c["supersedes"].tolist()):
        if not older:
            if reasons[at]:
                cure = "name the id of the record that this one replaces"
                yield layer.problem(at, "supersedes", "a reason without a record", cure)
            continue
        if older not in place:
            cure = "write the id of a record of this table"
            yield layer.problem(at, "supersedes", "no record of this table has this id", cure)
            continue
        if not reasons[at]:
            cure = "say why: new data year, method, GWP set, correction, boundary, retraction"
            yield layer.problem(at, "supersede_reason", "no reason is given", cure)
        differing = [name for name in KEY if c[name][at] != c[name][place[older]]]
        if differing:
            rule = f"the record it replaces differs in {', '.join(differing)}"
            yield layer.problem(at, "supersedes", rule, "a record replaces only its like")
        elif reasons[at] == RETRACTION and not _repeats(layer, at, place[older]):
            rule = "a retraction that does not repeat the value and unit it withdraws"
            cure = "repeat them; where another value takes the place, the reason is correction"
            yield layer.problem(at, "value", rule, cure)
        if at in ancestors(layer, at, place):
            rule = "records that replace each other in a circle"
            yield layer.problem(at, "supersedes", rule, "let the newest one replace the others")


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
