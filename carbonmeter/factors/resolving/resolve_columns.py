"""Which record answers each of very many requests, given as columns: the order of `resolve`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from carbonmeter.errors import CarbonmeterError
from carbonmeter.factors.record import ANY
from carbonmeter.factors.resolving.regions import chain
from carbonmeter.factors.resolving.sequences import sequences
from carbonmeter.factors.resolving.timetable import FIRST, LAST, SPAN, Timetable, place_key
from carbonmeter.kernels.combinations import numbered
from carbonmeter.tables.columns import Coded
from carbonmeter.units import problem_of, scale

Index = NDArray[np.int64]
Column = NDArray[np.float64]
Text = Coded | str | Sequence[str] | NDArray[Any]
Day = date | str | NDArray[np.datetime64]
Misfits = dict[tuple[int, str], str]

NO_RECORD = -1
FEWEST = 1 << 16  # entries of a table that are always worth it
WIDEST = 1 << 31


class Resolved(NamedTuple):
    """Of each request the number of the record that answers, -1 if none, and its value, or NaN."""

    record: Index
    value: Column


@dataclass(frozen=True, eq=False)
class Requests:
    """Requests as columns of one length; text as codes and labels, days as numbers.

    `tiers` holds the tiers of a request, best first, with commas between them.
    """

    parameter: Coded
    subject: Coded
    region: Coded
    site: Coded
    start: Index
    end: Index
    unit: Coded
    tiers: Coded
    latest: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.start)

    @property
    def texts(self) -> tuple[Coded, ...]:
        return self.parameter, self.subject, self.region, self.site, self.unit, self.tiers

    def take(self, rows: Index) -> Requests:
        texts = [column.take(rows) for column in self.texts]
        parameter, subject, region, site, unit, tiers = texts
        days = self.start[rows], self.end[rows]
        return Requests(parameter, subject, region, site, *days, unit, tiers, self.latest[rows])


def requests_of(
    texts: Sequence[Text], days: Sequence[Day], tiers: Coded | Sequence[str], latest: Any
) -> Requests:
    """Requests as columns of one length, from columns and single values.

    Raises
    ------
    CarbonmeterError                 if columns differ in length
    """
    among = Coded.constant(",".join(tiers), 1) if not isinstance(tiers, Coded) else tiers
    columns = [*map(_coded, texts), among]
    arrays = [*(np.asarray(day, dtype="M8[D]") for day in days), np.asarray(latest, dtype=bool)]
    single = [*(isinstance(text, str) for text in texts), not isinstance(tiers, Coded)]
    lengths = {len(column) for column, one in zip(columns, single, strict=True) if not one}
    lengths |= {len(array) for array in arrays if array.ndim}
    if len(lengths) > 1:
        told = ", ".join(str(length) for length in sorted(lengths))
        raise CarbonmeterError(f"columns of {told} requests; give columns of one length")
    n = lengths.pop() if lengths else 1
    parameter, subject, region, site, unit, tier = (
        Coded(np.broadcast_to(column.codes, n), column.labels) if one else column
        for column, one in zip(columns, single, strict=True)
    )
    start, end = (np.broadcast_to(array.view(np.int64), n) for array in arrays[:2])
    flags = np.broadcast_to(arrays[2], n)
    return Requests(parameter, subject, region, site, start, end, unit, tier, flags)


def _coded(text: Text) -> Coded:
    if isinstance(text, Coded):
        return text
    if isinstance(text, str):
        return Coded.constant(text, 1)
    import pandas as pd

    codes, labels = pd.factorize(np.asarray(text, dtype=object))
    return Coded(codes.astype(np.int32), tuple(str(label) for label in labels))


def resolve_columns(
    timetable: Timetable, requests: Requests, refuse: Callable[[Misfits], Exception]
) -> Resolved:
    """The record that answers each request, and its value in the unit wanted.

    Raises
    ------
    what `refuse` makes of records in a unit of another dimension than that of a request
    """
    row, codes = distinct(requests)
    each = requests.take(row)
    record = _winners(timetable, each)
    value = _values(timetable, each, record, refuse)
    return Resolved(record[codes], value[codes])


def distinct(requests: Requests) -> tuple[NDArray[Any], NDArray[Any]]:
    """A row of each distinct request, and which of them each request is.

    Columns are combined as long as a table has room for all combinations that could be; then those
    that there are get numbers without gaps, and the next columns join them.
    """
    room = max(FEWEST, 8 * len(requests))
    told: list[tuple[NDArray[Any], int]] = []
    span = 1
    for codes, size in (*_texts(requests), *_time(requests, room)):
        if size == 1:
            continue
        if span * size > room and len(told) > 1:
            told = [_renumbered(told)]
            span = told[0][1]
        if span * size > room:
            told = [_hashed(told[0][0].astype(np.int64) * size + codes) if told else _hashed(codes)]
            span = told[0][1]
        else:
            told.append((codes, size))
            span *= size
    if not told:
        return np.arange(min(len(requests), 1)), np.zeros(len(requests), dtype=np.int32)
    found = numbered(*zip(*told, strict=True))
    return found.first, found.of_row


def _texts(requests: Requests) -> Iterator[tuple[NDArray[Any], int]]:
    """What tells requests apart beside time, as numbers from 0, and how many there can be."""
    r = requests
    for text in (r.parameter, r.unit, r.subject, r.region, r.site, r.tiers):
        yield text.codes, max(len(text.labels), 1)
    yield requests.latest, 1 if requests.latest.strides == (0,) else 2


def _time(requests: Requests, room: int) -> Iterator[tuple[NDArray[Any], int]]:
    """The period of each request as a number from 0, and how many there are."""
    if len(requests):
        told = [_from_least(requests.start), _from_least(requests.end - requests.start)]
        yield _renumbered(told) if told[0][1] * told[1][1] <= room else told[0]
        if told[0][1] * told[1][1] > room:
            yield told[1]


def _from_least(days: Index) -> tuple[NDArray[Any], int]:
    if days.strides == (0,):
        return np.broadcast_to(np.int32(0), days.size), 1
    least = days.min()
    moved = days - least
    size = int(moved.max()) + 1
    return (moved.astype(np.int32), size) if size < WIDEST else _hashed(moved)


def _renumbered(told: Sequence[tuple[NDArray[Any], int]]) -> tuple[NDArray[Any], int]:
    """Combinations of columns as numbers without gaps, and how many there are."""
    found = numbered(*zip(*told, strict=True))
    return found.of_row, len(found.found)


def _hashed(key: NDArray[Any]) -> tuple[NDArray[Any], int]:
    """Numbers of any size as numbers without gaps, and how many there are."""
    import pandas as pd

    codes, known = pd.factorize(key)
    return codes.astype(np.int32), len(known)


def _winners(timetable: Timetable, requests: Requests) -> Index:
    """The record that answers each request, in the order of tier, site and subject."""
    numbers = timetable.records.numbers
    record = np.full(len(requests), NO_RECORD, dtype=np.int64)
    members = _choices(requests.parameter.labels, numbers["parameter"], _series)
    tiers = _choices(requests.tiers.labels, numbers["tier"], lambda text: text.split(","))
    sites = _choices(requests.site.labels, numbers["site"], _or_any)
    subjects = _choices(requests.subject.labels, numbers["subject"], _or_any)
    regions = _choices(requests.region.labels, numbers["region"], chain)
    waiting = np.arange(len(requests))
    for member in members.T:
        for tier in tiers.T:
            for site in sites.T:
                for subject in subjects.T:
                    asked = {
                        "tier": tier[requests.tiers.codes[waiting]],
                        "site": site[requests.site.codes[waiting]],
                    }
                    parameter = member[requests.parameter.codes[waiting]]
                    of = subject[requests.subject.codes[waiting]]
                    able = (
                        (parameter >= 0) & (of >= 0) & (asked["tier"] >= 0) & (asked["site"] >= 0)
                    )
                    key = place_key(timetable.records, parameter, of, asked)
                    place = timetable.place(np.where(able, key, -1))
                    held = place >= 0
                    if held.any():
                        rows = waiting[held]
                        record[rows] = _at_places(timetable, requests, rows, place[held], regions)
                        waiting = waiting[record[waiting] < 0]
    return record


def _choices(labels: Sequence[str], numbers: Any, of: Callable[[str], Sequence[str]]) -> Index:
    """Of each label what may stand for it, best first, as numbers; -1 for none."""
    held = [[numbers.get(c, -1) if c else -1 for c in of(label)] for label in labels]
    wide = max(map(len, held), default=1)
    return np.array([[*each, *[-1] * (wide - len(each))] for each in held], dtype=np.int64)


def _series(parameter: str) -> tuple[str, ...]:
    members = sequences().get(parameter)
    return tuple(member.parameter for member in members) if members else (parameter,)


def _or_any(text: str) -> tuple[str, ...]:
    """The text, then any; one that has no text of its own is there once, in the second place."""
    return (text if text != ANY else "", ANY)


def _at_places(
    timetable: Timetable, requests: Requests, rows: Index, place: Index, regions: Index
) -> Index:
    """The record at its place that answers each request: top layer first, nearest region first."""
    found = np.full(len(rows), NO_RECORD, dtype=np.int64)
    region = requests.region.codes[rows]
    n_regions = max(len(timetable.records.keys["region"].labels), 1)
    shelf, behind = timetable.first_shelf[place], timetable.first_shelf[place + 1]
    waiting = np.arange(len(rows))
    while waiting.size:
        for step in regions.T:
            there = step[region[waiting]]
            key = np.where(there >= 0, shelf[waiting] * n_regions + there, -1)
            group = timetable.group(key)
            held = group >= 0
            if held.any():
                at = waiting[held]
                found[at] = _in_time(timetable, requests, rows[at], group[held])
                waiting = waiting[found[waiting] < 0]
        shelf[waiting] += 1
        waiting = waiting[shelf[waiting] < behind[waiting]]
    return found


def _in_time(timetable: Timetable, requests: Requests, rows: Index, group: Index) -> Index:
    """The record of its group that covers the period of each request, the latest first.

    Records of a group follow one another, so only the last one that has begun can answer; where
    some overlap, each is asked.
    """
    start, end = requests.start[rows], requests.end[rows]
    latest = requests.latest[rows]
    begun = np.clip(start, FIRST, LAST) - FIRST + group * SPAN
    at = np.searchsorted(timetable.moment, begun, side="right") - 1
    able = at >= timetable.first[group]
    able &= (end <= timetable.end[at]) | (latest & timetable.outlives[group])
    found = np.where(able, timetable.record[at], NO_RECORD)
    for one in np.flatnonzero(timetable.crossing[group] | (end <= start)).tolist():
        asked = int(start[one]), int(end[one]), bool(latest[one])
        found[one] = _one_in_time(timetable, int(group[one]), *asked)
    return found


def _one_in_time(timetable: Timetable, group: int, start: int, end: int, latest: bool) -> int:
    held = range(timetable.first[group], timetable.first[group + 1])
    moments = timetable.moment[held.start : held.stop] - group * SPAN + FIRST
    order = np.lexsort((timetable.record[held.start : held.stop], -moments))
    for at in order.tolist():
        covered = end <= timetable.end[held[at]] or (latest and timetable.outlives[group])
        if moments[at] <= start and covered:
            return int(timetable.record[held[at]])
    return NO_RECORD


def _values(
    timetable: Timetable,
    requests: Requests,
    record: Index,
    refuse: Callable[[Misfits], Exception],
) -> Column:
    """The value of each winner in the unit wanted, each pair of units converted once."""
    value = np.full(len(record), np.nan)
    answered = np.flatnonzero(record >= 0)
    winner = record[answered]
    unit, wanted = timetable.records.unit, requests.unit
    n_wanted = max(len(wanted.labels), 1)
    key = unit.codes[winner].astype(np.int64) * n_wanted + wanted.codes[answered]
    pairs, pair = np.unique(key, return_inverse=True)
    factor, divisor = np.ones(len(pairs)), np.ones(len(pairs))
    misfits: Misfits = {}
    for at, one in enumerate(pairs.tolist()):
        given, asked = unit.labels[one // n_wanted], wanted.labels[one % n_wanted]
        if given == asked:
            continue
        if problem_of(given, asked) is not None:
            for row in np.flatnonzero(pair == at).tolist():
                parameter = requests.parameter
                named = parameter.labels[parameter.codes[answered[row]]]
                misfits[int(winner[row]), asked] = named
            continue
        # Rounded once: 94 percent are 0.94, not 0.9400000000000001.
        whole = scale(asked, given)
        if whole.is_integer():
            divisor[at] = whole
        else:
            factor[at] = scale(given, asked)
    if misfits:
        raise refuse(misfits)
    value[answered] = timetable.records.value[winner] * factor[pair] / divisor[pair]
    return value
