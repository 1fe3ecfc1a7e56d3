"""Which record answers a request: one documented order of precedence, over an index.

Tier in the order of the request, then the exact site before any, the exact subject before any, the
upper layer before the lower, the nearest region, the latest `valid_from` that covers the period.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

import numpy as np

from carbonmeter.errors import SHOWN, UnitError
from carbonmeter.factors.layer import Layer, Values
from carbonmeter.factors.record import ANY
from carbonmeter.factors.regions import chain
from carbonmeter.units import problem_of, scale

NO_RECORD = -1


class Request(NamedTuple):
    """A value wanted: of what, where, when, in which unit, from which evidence, best first.

    `start` is the first day, `end` the day after the last. With `latest`, a default of an earlier
    data year may answer where none covers the period.
    """

    parameter: str
    subject: str
    region: str
    site: str
    start: date
    end: date
    unit: str
    tiers: tuple[str, ...]
    latest: bool = False


class Answer(NamedTuple):
    """The record that answers, as its number in the library, and its value in the unit wanted."""

    record: int
    value: float


NOTHING = Answer(NO_RECORD, float("nan"))


class Entry(NamedTuple):
    """What decides between records that differ only in time."""

    start: date
    end: date
    published: date
    replaced: date | None  # when a successor became known
    record: int
    outlives: bool  # may answer for a later data year


@dataclass(frozen=True)
class Index:
    """Records by what a request asks for; within one place, the latest first."""

    places: dict[tuple[str, str, str, str], list[dict[str, list[Entry]]]]
    values: list[float]
    units: list[str]
    names: list[str]


def index_of(layers: Sequence[Layer]) -> Index:
    """The index of a stack of layers, top first."""
    places: dict[tuple[str, str, str, str], dict[int, dict[str, list[Entry]]]] = {}
    values: list[float] = []
    units: list[str] = []
    names: list[str] = []
    for depth, layer in enumerate(layers):
        c = layer.columns
        keys = zip(
            *(c[name].tolist() for name in ("parameter", "tier", "site", "subject")), strict=True
        )
        regions = c["region"].tolist()
        for key, region, entry in zip(keys, regions, _entries(layer, len(values)), strict=True):
            place = places.setdefault(key, {}).setdefault(depth, {})
            place.setdefault(region, []).append(entry)
        values += c["value"].tolist()
        units += c["unit"].tolist()
        names += [f"{id_} of {layer.name}" for id_ in c["id"].tolist()]
    for depths in places.values():
        for by_region in depths.values():
            for entries in by_region.values():
                entries.sort(key=lambda entry: entry.start, reverse=True)
    ordered = {key: [depths[d] for d in sorted(depths)] for key, depths in places.items()}
    return Index(ordered, values, units, names)


def _entries(layer: Layer, offset: int) -> list[Entry]:
    c = layer.columns
    start = _days(c["valid_from"], date.min)
    end = _days(c["valid_to"], date.max)
    published = _days(_known_from(layer), date.min)
    replaced = _replaced(layer)
    outlives = [
        tier == "default" and site == ANY
        for tier, site in zip(c["tier"].tolist(), c["site"].tolist(), strict=True)
    ]
    return [
        Entry(start[i], end[i], published[i], replaced[i], offset + i, outlives[i])
        for i in range(len(layer))
    ]


def _known_from(layer: Layer) -> Values:
    """When each record became known: published; for a successor without that, recorded here."""
    c = layer.columns
    recorded = np.isnat(c["published"]) & (c["supersedes"] != "")
    known: Values = np.where(recorded, c["recorded"], c["published"])
    return known


def _replaced(layer: Layer) -> list[date | None]:
    """When the first successor of each record became known; None where there is none."""
    c = layer.columns
    day = _days(_known_from(layer), date.min)
    place = {id_: at for at, id_ in enumerate(c["id"].tolist())}
    replaced: list[date | None] = [None] * len(layer)
    for at, older in enumerate(c["supersedes"].tolist()):
        if older:
            before = replaced[place[older]]
            replaced[place[older]] = day[at] if before is None else min(before, day[at])
    return replaced


def _days(column: Values, blank: date) -> list[date]:
    return [blank if day is None else day for day in column.astype("M8[D]").tolist()]


def resolve(index: Index, requests: Sequence[Request], as_of: date | None) -> list[Answer]:
    """The answer to each request, NOTHING where no record answers.

    Raises
    ------
    UnitError                        naming every record that answers in a unit of another dimension
    """
    answers: list[Answer] = []
    misfits: dict[tuple[int, str], str] = {}
    for request in requests:
        record = _winner(index, request, as_of)
        if record < 0:
            answers.append(NOTHING)
            continue
        unit = index.units[record]
        if unit == request.unit:
            answers.append(Answer(record, index.values[record]))
        elif problem_of(unit, request.unit) is None:
            answers.append(Answer(record, _converted(index.values[record], unit, request.unit)))
        else:
            misfits[record, request.unit] = request.parameter
    if misfits:
        raise _misfit(index, misfits)
    return answers


def _converted(value: float, unit: str, wanted: str) -> float:
    """The value in the unit wanted, rounded once: 94 percent are 0.94, not 0.9400000000000001."""
    divisor = scale(wanted, unit)
    return value / divisor if divisor.is_integer() else value * scale(unit, wanted)


def _winner(index: Index, request: Request, as_of: date | None) -> int:
    places = index.places
    parameter, subject, region, site, start, end, _, tiers, latest = request
    sites = (site, ANY) if site and site != ANY else (ANY,)
    subjects = (subject, ANY) if subject and subject != ANY else (ANY,)
    regions = chain(region)
    for tier in tiers:
        for where in sites:
            for what in subjects:
                for by_region in places.get((parameter, tier, where, what), ()):
                    for there in regions:
                        for entry in by_region.get(there, ()):
                            if (
                                entry.start <= start
                                and (end <= entry.end or (latest and entry.outlives))
                                and _known(entry, as_of)
                            ):
                                return entry.record
    return NO_RECORD


def _known(entry: Entry, as_of: date | None) -> bool:
    """Whether a record could be used on a day: already public, and not yet replaced."""
    if as_of is None:
        return entry.replaced is None
    return entry.published <= as_of and (entry.replaced is None or as_of < entry.replaced)


def _misfit(index: Index, misfits: dict[tuple[int, str], str]) -> UnitError:
    lines = []
    for (record, wanted), parameter in misfits.items():
        rule, cure = problem_of(index.units[record], wanted) or ("", "")
        lines.append(
            f"record {index.names[record]}: {parameter} in {index.units[record]!r} cannot be used"
            f" as {wanted!r}: {rule}; {cure}"
        )
    hidden = [f"… and {len(lines) - SHOWN} more"] if len(lines) > SHOWN else []
    return UnitError(
        "\n".join(
            [f"{UnitError.code}: factors in a unit that does not fit", *lines[:SHOWN], *hidden]
        )
    )
