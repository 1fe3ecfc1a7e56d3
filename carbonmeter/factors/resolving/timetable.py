"""The records of a stack in columns, in groups of those that differ only in time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from carbonmeter.factors.columns import Values, joined
from carbonmeter.factors.layer import Layer
from carbonmeter.factors.record import ANY, RETRACTION
from carbonmeter.tables.columns import Coded

if TYPE_CHECKING:
    import pandas as pd

Index = NDArray[np.int64]
Flags = NDArray[np.bool_]

KEYS = ("parameter", "subject", "region", "site", "tier")
FIRST, LAST = (int(np.datetime64(day, "D").astype(int)) for day in (date.min, date.max))
NEVER = LAST + 1
SPAN = LAST - FIRST + 2  # so many different days there are


class Days(NamedTuple):
    """When each record of a layer is valid, became known and was replaced, in days."""

    start: Index
    end: Index
    published: Index
    replaced: Index


def days_of(layer: Layer) -> Days:
    """As `resolve` has them: an open start is the first of all days, what stays goes NEVER."""
    c = layer.columns
    later = np.isnat(c["published"]) & (c["supersedes"] != "")
    published = np.where(later, c["recorded"], c["published"])
    known = _days(published, FIRST)
    replaced = np.full(len(layer), NEVER, dtype=np.int64)
    older = layer.coded("supersedes")
    if any(older.labels):
        place = {id_: at for at, id_ in enumerate(c["id"].tolist())}
        for at in np.flatnonzero(older.text() != "").tolist():
            of = place[c["supersedes"][at]]
            replaced[of] = min(replaced[of], known[at])
        # A retraction stands for nothing itself, so no day ever knows it.
        replaced[layer.coded("supersede_reason").where((RETRACTION,))] = FIRST
    return Days(_days(c["valid_from"], FIRST), _days(c["valid_to"], LAST), known, replaced)


def _days(column: Values, blank: int) -> Index:
    days = column.astype("M8[D]")
    return np.where(np.isnat(days), blank, days.astype(np.int64))


@dataclass(frozen=True, eq=False)
class Records:
    """What decides which record answers, of every record of a stack.

    Attributes
    ----------
    keys : dict                      codes of parameter, subject, region, site and tier
    depth : int64[n]                 of its layer
    days : Days
    unit : Coded
    value : float64[n]
    """

    keys: Mapping[str, Coded]
    depth: Index
    days: Days
    unit: Coded
    value: NDArray[np.float64]

    @classmethod
    def of(cls, layers: Sequence[Layer]) -> Records:
        columns = {name: joined([layer.coded(name) for layer in layers]) for name in KEYS}
        days = zip(*(days_of(layer) for layer in layers), strict=True)
        return cls(
            columns,
            np.repeat(np.arange(len(layers), dtype=np.int64), [len(layer) for layer in layers]),
            Days(*(np.concatenate(each) for each in days)),
            joined([layer.coded("unit") for layer in layers]),
            np.concatenate([layer.columns["value"] for layer in layers]),
        )

    @cached_property
    def numbers(self) -> Mapping[str, Mapping[str, int]]:
        """Of each key, the number of each label."""
        return {
            name: {label: at for at, label in enumerate(column.labels)}
            for name, column in self.keys.items()
        }

    def known(self, as_of: date | None) -> Flags:
        """Whether each record may answer on a day: already public, not yet replaced."""
        if as_of is None:
            return np.equal(self.days.replaced, NEVER)
        day = int(np.datetime64(as_of, "D").astype(int))
        known: Flags = (self.days.published <= day) & (day < self.days.replaced)
        return known

    def timetable(self, as_of: date | None) -> Timetable:
        """The records that may answer on a day, in groups."""
        return Timetable.of(self, np.flatnonzero(self.known(as_of)))


@dataclass(frozen=True, eq=False)
class Timetable:
    """Groups of records that differ only in time: of one shelf and region, by their start.

    A place is one parameter, subject, tier and site; a shelf is a place in one layer. Shelves of a
    place stand in the order of the stack.

    Attributes
    ----------
    places, groups : Index           to number a place, and a group, by its key
    first_shelf : int64[place + 1]
    first : int64[group + 1]         where the records of a group begin
    moment : int64[k]                group and start of each record in one number, ascending
    end, record : int64[k]
    crossing : bool[group]           whether some of its records overlap
    outlives : bool[group]           whether they may answer for a later data year
    """

    records: Records
    places: pd.Index[Any]
    groups: pd.Index[Any]
    first_shelf: Index
    first: Index
    moment: Index
    end: Index
    record: Index
    crossing: Flags
    outlives: Flags

    def place(self, key: Index) -> Index:
        """The number of the place with each key, -1 if there is none."""
        return _numbers(self.places, key)

    def group(self, key: Index) -> Index:
        """The number of the group with each key, -1 if there is none."""
        return _numbers(self.groups, key)

    @classmethod
    def of(cls, records: Records, able: Index) -> Timetable:
        import pandas as pd

        codes = {name: c.codes[able].astype(np.int64) for name, c in records.keys.items()}
        keys = place_key(records, codes["parameter"], codes["subject"], codes)
        n_layers = int(records.depth[-1]) + 1 if records.depth.size else 1
        places, place = np.unique(keys, return_inverse=True)
        shelves, shelf = np.unique(place * n_layers + records.depth[able], return_inverse=True)
        n_regions = max(len(records.keys["region"].labels), 1)
        groups, group = np.unique(shelf * n_regions + codes["region"], return_inverse=True)
        start, end = records.days.start[able], records.days.end[able]
        moment = group * SPAN + (start - FIRST)
        order = np.argsort(moment, kind="stable")
        group, moment, end, record = group[order], moment[order], end[order], able[order]
        crossing = np.zeros(len(groups), dtype=bool)
        within = group[1:] == group[:-1]
        overlap = within & (moment[1:] % SPAN + FIRST < end[:-1])
        crossing[group[1:][overlap]] = True
        default = codes["tier"] == records.numbers["tier"].get("default", -1)
        anywhere = codes["site"] == records.numbers["site"].get(ANY, -1)
        outlives = np.zeros(len(groups), dtype=bool)
        outlives[group] = (default & anywhere)[order]
        return cls(
            records,
            pd.Index(places),
            pd.Index(groups),
            np.searchsorted(shelves // n_layers, np.arange(len(places) + 1)),
            np.searchsorted(group, np.arange(len(groups) + 1)),
            moment,
            end,
            record,
            crossing,
            outlives,
        )


def _numbers(index: pd.Index[Any], keys: Index) -> Index:
    import pandas as pd

    return index.get_indexer(pd.Index(keys)).astype(np.int64, copy=False)


def place_key(records: Records, parameter: Index, subject: Index, of: Mapping[str, Index]) -> Index:
    """Parameter, subject, tier and site in one number."""
    sizes = {name: max(len(column.labels), 1) for name, column in records.keys.items()}
    pair = parameter * sizes["subject"] + subject
    return (pair * sizes["tier"] + of["tier"]) * sizes["site"] + of["site"]
