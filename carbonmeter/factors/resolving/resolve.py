"""Which record answers a request: one documented order of precedence, over an index.

Tier in the order of the request, then the exact site before any, the exact subject before any, the
upper layer before the lower, the nearest region, the latest `valid_from` that covers the period.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import date
from itertools import accumulate
from typing import Any, NamedTuple

import numpy as np

from carbonmeter.errors import SHOWN, UnitError
from carbonmeter.factors.columns import Values
from carbonmeter.factors.layer import Layer
from carbonmeter.factors.record import ANY, RETRACTION
from carbonmeter.factors.resolving.regions import chain
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


ByRegion = dict[str, list[Entry]]
Place = tuple[str, str]  # tier and site


class Index:
    """Records by what a request asks for; within one place, the latest first.

    A library holds many thousands of records and an account asks for a few dozen: what is known of
    a parameter and subject is put in order when it is first asked for.
    """

    def __init__(self, layers: Sequence[Layer]) -> None:
        self.layers = layers
        self.offsets = [0, *accumulate(len(layer) for layer in layers)]
        self._members: dict[tuple[str, str], list[tuple[int, int]]] = {}
        self._ordered: dict[tuple[str, str], dict[Place, list[ByRegion]]] = {}
        self._times: dict[int, _Times] = {}
        for depth, layer in enumerate(layers):
            c = layer.columns
            pairs = zip(c["parameter"].tolist(), c["subject"].tolist(), strict=True)
            for at, pair in enumerate(pairs):
                self._members.setdefault(pair, []).append((depth, at))

    def at(self, parameter: str, subject: str) -> dict[Place, list[ByRegion]]:
        """Of each tier and site, the records by region, one mapping per layer, top first."""
        asked = (parameter, subject)
        if asked not in self._ordered:
            self._ordered[asked] = self._order(self._members.get(asked, ()))
        return self._ordered[asked]

    def unit(self, record: int) -> str:
        return str(self._cell(record, "unit"))

    def value(self, record: int) -> float:
        return float(self._cell(record, "value"))

    def name(self, record: int) -> str:
        """The id of a record and its layer, for a message."""
        layer = self.layers[bisect_right(self.offsets, record) - 1]
        return f"{self._cell(record, 'id')} of {layer.name}"

    def _cell(self, record: int, column: str) -> Any:
        depth = bisect_right(self.offsets, record) - 1
        return self.layers[depth].columns[column][record - self.offsets[depth]]

    def _order(self, members: Iterable[tuple[int, int]]) -> dict[Place, list[ByRegion]]:
        found: dict[Place, dict[int, ByRegion]] = {}
        for depth, at in members:
            c = self.layers[depth].columns
            by_region = found.setdefault((c["tier"][at], c["site"][at]), {}).setdefault(depth, {})
            by_region.setdefault(c["region"][at], []).append(self._entry(depth, at))
        for depths in found.values():
            for by_region in depths.values():
                for entries in by_region.values():
                    entries.sort(key=lambda entry: entry.start, reverse=True)
        return {place: [depths[d] for d in sorted(depths)] for place, depths in found.items()}

    def _entry(self, depth: int, at: int) -> Entry:
        if depth not in self._times:
            self._times[depth] = _times(self.layers[depth])
        start, end, published, replaced = (column[at] for column in self._times[depth])
        c = self.layers[depth].columns
        outlives = c["tier"][at] == "default" and c["site"][at] == ANY
        first, last, known = start or date.min, end or date.max, published or date.min
        return Entry(first, last, known, replaced, self.offsets[depth] + at, outlives)


class _Times(NamedTuple):
    """Of each record of a layer, when it is valid and known; None where that is open."""

    start: list[date | None]
    end: list[date | None]
    published: list[date | None]
    replaced: list[date | None]


def _times(layer: Layer) -> _Times:
    c = layer.columns
    columns = (c["valid_from"], c["valid_to"], _known_from(layer))
    start, end, published = (column.astype("M8[D]").tolist() for column in columns)
    return _Times(start, end, published, _replaced(layer))


def _known_from(layer: Layer) -> Values:
    """When each record became known: published; for a successor without that, recorded here."""
    c = layer.columns
    recorded = np.isnat(c["published"]) & (c["supersedes"] != "")
    known: Values = np.where(recorded, c["recorded"], c["published"])
    return known


def _replaced(layer: Layer) -> list[date | None]:
    """When the first successor of each record became known; None where there is none.

    A retraction ends what it names and stands for nothing itself, so no day ever knows it.
    """
    c = layer.columns
    day = _days(_known_from(layer), date.min)
    place = {id_: at for at, id_ in enumerate(c["id"].tolist())}
    replaced: list[date | None] = [None] * len(layer)
    for at, older in enumerate(c["supersedes"].tolist()):
        if older:
            before = replaced[place[older]]
            replaced[place[older]] = day[at] if before is None else min(before, day[at])
    for at in np.flatnonzero(c["supersede_reason"] == RETRACTION).tolist():
        replaced[at] = date.min
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
        unit, value = index.unit(record), index.value(record)
        if unit == request.unit:
            answers.append(Answer(record, value))
        elif problem_of(unit, request.unit) is None:
            answers.append(Answer(record, _converted(value, unit, request.unit)))
        else:
            misfits[record, request.unit] = request.parameter
    if misfits:
        raise misfit(index, misfits)
    return answers


def _converted(value: float, unit: str, wanted: str) -> float:
    """The value in the unit wanted, rounded once: 94 percent are 0.94, not 0.9400000000000001."""
    divisor = scale(wanted, unit)
    return value / divisor if divisor.is_integer() else value * scale(unit, wanted)


def _winner(index: Index, request: Request, as_of: date | None) -> int:
    parameter, subject, region, site, start, end, _, tiers, latest = request
    sites = (site, ANY) if site and site != ANY else (ANY,)
    subjects = (subject, ANY) if subject and subject != ANY else (ANY,)
    regions = chain(region)
    places = [index.at(parameter, what) for what in subjects]
    for tier in tiers:
        for where in sites:
            for of_subject in places:
                for by_region in of_subject.get((tier, where), ()):
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


def misfit(index: Index, misfits: dict[tuple[int, str], str]) -> UnitError:
    """The error that names records in a unit of another dimension than the one wanted of them."""
    lines = []
    for (record, wanted), parameter in misfits.items():
        unit = index.unit(record)
        rule, cure = problem_of(unit, wanted) or ("", "")
        lines.append(
            f"record {index.name(record)}: {parameter} in {unit!r} cannot be used"
            f" as {wanted!r}: {rule}; {cure}"
        )
    hidden = [f"… and {len(lines) - SHOWN} more"] if len(lines) > SHOWN else []
    return UnitError(
        "\n".join(
            [f"{UnitError.code}: factors in a unit that does not fit", *lines[:SHOWN], *hidden]
        )
    )
