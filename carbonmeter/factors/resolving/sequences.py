"""Series that answer in turn: what a year is given by until its own value is public.

China prescribed 0.5703 tCO2/MWh for reports of 2022; the average of 2022, 0.5366, became public on
2024-12-20. Both stand: the later one replaces the former for nobody who must use the prescribed
one, so neither supersedes the other. Who asks for the national factor as it was known asks for the
sequence of both, and `as_of` decides.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import NamedTuple

from carbonmeter.factors.resolving.resolve import Answer, Request

Resolve = Callable[[Sequence[Request]], list[Answer]]


class Member(NamedTuple):
    """A series of a sequence, and why it takes the place of those after it."""

    parameter: str
    reason: str


@cache
def sequences() -> Mapping[str, tuple[Member, ...]]:
    """The series of each sequence, the preferred one first."""
    text = resources.files("carbonmeter.data").joinpath("sequences.csv").read_text("utf-8-sig")
    found: dict[str, list[tuple[int, Member]]] = {}
    for row in csv.DictReader(text.splitlines()):
        member = Member(row["parameter"], row["reason"])
        found.setdefault(row["sequence"], []).append((int(row["rank"]), member))
    return MappingProxyType(
        {name: tuple(m for _, m in sorted(members)) for name, members in found.items()}
    )


def in_turn(requests: Sequence[Request], resolve: Resolve) -> list[Answer]:
    """The answers, where a request for a sequence is one for each of its series until one answers.

    Parameters
    ----------
    requests : sequence of Request
    resolve : function               answers requests for series
    """
    known = sequences()
    if not any(request.parameter in known for request in requests):
        return resolve(requests)
    steps = [
        [request._replace(parameter=member.parameter) for member in known[request.parameter]]
        if request.parameter in known
        else [request]
        for request in requests
    ]
    answers = iter(resolve([step for of_request in steps for step in of_request]))
    found = []
    for of_request in steps:
        given = [next(answers) for _ in of_request]
        found.append(next((answer for answer in given if answer.record >= 0), given[-1]))
    return found


def reason_between(older: str, newer: str) -> str:
    """Why one series of a sequence took the place of another; empty if none holds both."""
    for members in sequences().values():
        names = [member.parameter for member in members]
        if older in names and newer in names and names.index(newer) < names.index(older):
            return members[names.index(newer)].reason
    return ""
