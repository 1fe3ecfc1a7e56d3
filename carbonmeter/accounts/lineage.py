"""Where the errors of the records used come from: parents they were derived from, common causes.

A derived record moves with its parents, so two records of one parent move together, and with the
parent where it is used itself. In first order its error is

    derived = k sum over parents (slope × parent) + own

Without bounds of its own there is nothing but the parents: k = 1 and no own part. With bounds the
parents' share of its variance is common, the rest its own; parents that are less certain than the
record itself claims to be are taken down (k < 1) to what it states.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from carbonmeter.errors import CarbonmeterError, FactorTableError, Problem
from carbonmeter.factors.causes import causes
from carbonmeter.factors.derivation import Form, derived_records, recomputed
from carbonmeter.uncertainty import Common
from carbonmeter.units.definitions import Refusal
from carbonmeter.units.exact import measure

if TYPE_CHECKING:
    from carbonmeter.accounts.evidence import Evidence

Column = NDArray[np.float64]
Reach = tuple[tuple[int, float], ...]
Axes = dict[object, float]


class Follow(NamedTuple):
    """A derived record without bounds of its own: in each draw it is its formula at the parents.

    `value` is as printed, `point` the formula at the parents' printed values: draws are about the
    former. `factors` bring the parents' values to base units, `own` the result back.
    """

    record: int
    form: Form
    parents: tuple[int, ...]
    printed: tuple[float, ...]
    factors: tuple[float, ...]
    own: float
    value: float
    point: float

    def of(self, drawn: Mapping[int, Column]) -> Column:
        """The record in each draw, in its own unit; parents that are not drawn keep their value."""
        given = zip(self.parents, self.printed, self.factors, strict=True)
        parents = [drawn.get(p, np.asarray(value)) * factor for p, value, factor in given]
        found: Column = np.asarray(self.form.value(parents), np.float64) / self.own
        return found - self.point + self.value


@dataclass(frozen=True, eq=False)
class Lineage:
    """Of the records used and their ancestors, what moves them.

    Attributes
    ----------
    reach : record -> (record, slope)...   of each derived record, the records whose own and common
                                           errors move it, and by how much per unit of them
    u : record -> float                    standard uncertainty of each derived record; NaN if no
                                           parent states one
    own_u : record -> float                that of what does not come from the parents
    whole : record -> bool                 whether every parent of a derived record states one
    common : tuple of Common               causes named by the library, of records in `reach`
    follows : tuple of Follow              derived records that draws compute, parents first
    """

    reach: Mapping[int, Reach]
    u: Mapping[int, float]
    own_u: Mapping[int, float]
    whole: Mapping[int, bool]
    common: tuple[Common, ...]
    follows: tuple[Follow, ...]

    def of(self, record: int) -> Reach:
        """What moves a record; a record that is not derived moves itself."""
        return self.reach.get(record, ((record, 1.0),))

    def component_u(self, record_u: Column) -> Column:
        """float64[record], u of each record as a component: what does not come from its parents."""
        found = record_u.copy()
        for record, u in self.own_u.items():
            found[record] = u
        return found

    def known_u(self, record_u: Column, *, whole: bool = False) -> Column:
        """float64[record], u of each record with what it takes from its parents.

        Parameters
        ----------
        whole : bool    NaN also where only some of the parents state one
        """
        found = record_u.copy()
        for record, u in self.u.items():
            found[record] = math.nan if whole and not self.whole[record] else u
        return found

    def with_causes(self, common: Iterable[Common], evidence: Evidence) -> tuple[Common, ...]:
        """The causes of the library and those stated beside them, as parts of what is a record's
        own; one that has the name of a library's is that one, with further members.

        Raises
        ------
        CarbonmeterError    a member whose u is wholly that of its parents, or that the library has
                            in the cause already
        """
        library = {cause.name: cause for cause in self.common}
        further = []
        for cause in common:
            stated, held = self._apart(cause, evidence), library.get(cause.name)
            if held is None:
                further.append(stated)
            else:
                library[cause.name] = _united(held, stated)
        return (*library.values(), *further)

    def _apart(self, cause: Common, evidence: Evidence) -> Common:
        places = [evidence.places.get(member, -1) for member in cause.members]
        if not any(place in self.own_u for place in places):
            return cause
        loadings = cause.loadings()
        parts = []
        for member, place in zip(cause.members, places, strict=True):
            part, own = loadings[member] ** 2, self.own_u.get(place)
            if own is not None and own == 0.0:
                raise CarbonmeterError(
                    f"common component {cause.name!r}: the u of {member!r} is that of the records"
                    f" it is derived from; name these: {evidence.derived_from(place)}"
                )
            parts.append(part if own is None else part * (self.u[place] / own) ** 2)
        return replace(cause, part=parts)

    def drawn(self, used: Iterable[int]) -> list[int]:
        """The records to draw for those used: themselves, or the parents that they follow."""
        of = {follow.record: follow.parents for follow in self.follows}
        waiting, found = sorted(set(used)), set[int]()
        while waiting:
            record = waiting.pop()
            if record in of:
                waiting += of[record]
            else:
                found.add(record)
        return sorted(found)

    def following(self, drawn: Iterable[int]) -> tuple[Follow, ...]:
        """The derived records that vary with the records drawn and are not drawn themselves."""
        varying, found = set(drawn), []
        for follow in self.follows:
            if follow.record not in varying and varying & {*follow.parents}:
                varying.add(follow.record)
                found.append(follow)
        return tuple(found)


def lineage_of(evidence: Evidence, used: Iterable[int]) -> Lineage | None:
    """The lineage of the records used; None where none is derived or names a common cause."""
    used = sorted(set(used))
    if not any(evidence.derived_from(r) or evidence.common(r) for r in used):
        return None
    texts = _closure(used, evidence)
    found = _Lines(evidence)
    for record, follow, slopes in _ordered(texts, evidence):
        found.add(record, follow, slopes)
    return found.lineage(used)


def _closure(used: list[int], evidence: Evidence) -> dict[int, str]:
    """The formulas of the records used and of their ancestors."""
    texts: dict[int, str] = {}
    waiting = [r for r in used if evidence.derived_from(r)]
    while waiting:
        record = waiting.pop()
        if record in texts:
            continue
        texts[record] = evidence.derived_from(record)
        (known, _, _) = derived_records({record: texts[record]}, evidence.places)
        parents = known[0].parents[:, 0].tolist() if known else []
        waiting += [p for p in parents if evidence.derived_from(p)]
    return dict(sorted(texts.items()))


def _ordered(
    texts: dict[int, str], evidence: Evidence
) -> Iterable[tuple[int, Follow, tuple[float, ...]]]:
    """Derived records with their slopes, parents before children; those whose parents the library
    does not hold are records like any other."""
    column = evidence.library.column
    values, units = column("value"), column("unit")
    known, _, _ = derived_records(texts, evidence.places)
    factors = np.ones(values.size)
    for each in known:
        for record in {*each.at.tolist(), *each.parents.ravel().tolist()}:
            worth = measure(str(units[record]))
            assert not isinstance(worth, Refusal)  # the library has checked its units
            factors[record] = float(worth.factor)
    made: dict[int, tuple[Follow, tuple[float, ...]]] = {}
    for each in known:
        again = recomputed(each, values, factors)
        for i, record in enumerate(each.at.tolist()):
            parents = tuple(each.parents[:, i].tolist())
            follow = Follow(
                record,
                each.form,
                parents,
                tuple(values[list(parents)].tolist()),
                tuple(factors[list(parents)].tolist()),
                float(factors[record]),
                float(values[record]),
                float(again.value[i]),
            )
            made[record] = (follow, tuple(again.slopes[:, i].tolist()))
    done: set[int] = set()
    for record in sorted(made):
        for one in _parents_first(record, made, done, (), evidence):
            yield one, *made[one]


def _parents_first(
    record: int,
    made: Mapping[int, tuple[Follow, tuple[float, ...]]],
    done: set[int],
    path: tuple[int, ...],
    evidence: Evidence,
) -> Iterable[int]:
    if record in path:
        ids = " from ".join(evidence.ids[r] for r in (*path[path.index(record) :], record))
        rule, cure = "records derived from each other in a circle", "name what was measured first"
        raise FactorTableError(
            "records that cannot be derived",
            [Problem("", None, "derived_from", ids, rule, cure)],
        )
    if record in made and record not in done:
        for parent in made[record][0].parents:
            yield from _parents_first(parent, made, done, (*path, record), evidence)
        done.add(record)
        yield record


class _Lines:
    """Lineages made one by one, parents before children.

    The error of a record is kept as what it moves by along independent axes of variance one: the
    own part of a record, by its place; a cause, by its name.
    """

    def __init__(self, evidence: Evidence) -> None:
        self.record_u, self.ids, self.common = evidence.record_u, evidence.ids, evidence.common
        # Guides fix GWPs by convention, so one that states no u is taken as known.
        self.parameter = evidence.library.column("parameter")
        self.reach: dict[int, Reach] = {}
        self.u: dict[int, float] = {}
        self.own_u: dict[int, float] = {}
        self.whole: dict[int, bool] = {}
        self.parts: dict[int, tuple[tuple[str, float], ...]] = {}
        self.axes: dict[int, Axes] = {}
        self.follows: list[Follow] = []

    def add(self, record: int, follow: Follow, slopes: tuple[float, ...]) -> None:
        moving = [
            (p, s)
            for p, s in zip(follow.parents, slopes, strict=True)
            if s and not (self.parameter[p] == "gwp" and math.isnan(self._u(p)))
        ]
        stated = [(p, s) for p, s in moving if math.isfinite(self._u(p))]
        whole = all(self.whole.get(p, True) for p, _ in moving) and len(stated) == len(moving)
        along = _sum([(self._axes(p), s) for p, s in stated])
        u = float(self.record_u[record])
        if math.isnan(u):
            self.follows.append(follow)
            self.reach[record] = self._joined(moving, 1.0)
            self.u[record] = _size(along) if stated else math.nan
            self.own_u[record], self.whole[record], self.axes[record] = 0.0, whole, along
            return
        caused: Axes = {name: u * math.sqrt(part) for name, part in self._causes(record)}
        taken = _taken(along, caused, u)
        moved = _sum([(along, taken), (caused, 1.0)])
        own = math.sqrt(max(u * u - _size(moved) ** 2, 0.0))
        rest = math.hypot(own, _size(caused))
        self.reach[record] = (*self._joined(stated, taken), *(((record, 1.0),) if rest else ()))
        self.u[record], self.own_u[record], self.whole[record] = u, rest, True
        self.parts[record] = tuple((str(n), (c / rest) ** 2) for n, c in caused.items() if rest)
        self.axes[record] = _sum([(moved, 1.0), ({record: own}, 1.0)])

    def lineage(self, used: list[int]) -> Lineage:
        """What was made, with the causes of every record that moves one of those used."""
        moving = sorted({base for r in used for base, _ in self.reach.get(r, ((r, 1.0),))})
        members: defaultdict[str, list[tuple[str, float]]] = defaultdict(list)
        for record in moving:
            u = self.own_u.get(record, float(self.record_u[record]))
            parts = self.parts.get(record) if record in self.reach else self._causes(record)
            for name, part in parts or ():
                if u > 0.0:
                    members[name].append((self.ids[record], min(part, 1.0)))
        common = tuple(
            Common(name, [id_ for id_, _ in of], [part for _, part in of])
            for name, of in sorted(members.items())
        )
        return Lineage(self.reach, self.u, self.own_u, self.whole, common, tuple(self.follows))

    def _u(self, record: int) -> float:
        return self.u.get(record, float(self.record_u[record]))

    def _causes(self, record: int) -> tuple[tuple[str, float], ...]:
        read = causes(text) if (text := self.common(record)) else ()
        return () if isinstance(read, Refusal) else read

    def _axes(self, record: int) -> Axes:
        if record not in self.axes:
            u, parts = float(self.record_u[record]), self._causes(record)
            own = math.sqrt(max(1.0 - sum(part for _, part in parts), 0.0))
            self.axes[record] = {
                record: u * own,
                **{name: u * math.sqrt(part) for name, part in parts},
            }
        return self.axes[record]

    def _joined(self, parents: list[tuple[int, float]], taken: float) -> Reach:
        found: dict[int, float] = {}
        for parent, slope in parents:
            for base, further in self.reach.get(parent, ((parent, 1.0),)):
                found[base] = found.get(base, 0.0) + taken * slope * further
        return tuple(sorted(found.items()))


def _united(held: Common, stated: Common) -> Common:
    """One cause of the library's members and those stated."""
    for member in stated.members:
        if member in held.members:
            raise CarbonmeterError(
                f"common component {held.name!r}: the library has {member!r} in it already; leave"
                " it out, or give the other cause another name"
            )
    parts = [part**2 for part in (*held.loadings().values(), *stated.loadings().values())]
    members = [*held.members, *stated.members]
    return Common(held.name, members, parts, [*held.opposite, *stated.opposite])


def _taken(along: Axes, caused: Axes, u: float) -> float:
    """How much of what the parents bring goes into u: all of it, or what there is room for."""
    variance = _size(along) ** 2
    both = sum(along.get(axis, 0.0) * size for axis, size in caused.items())
    room = u * u - _size(caused) ** 2
    if variance + 2.0 * both <= room or variance == 0.0:
        return 1.0
    return max((math.sqrt(both * both + variance * max(room, 0.0)) - both) / variance, 0.0)


def _sum(parts: list[tuple[Axes, float]]) -> Axes:
    found: Axes = {}
    for axes, times in parts:
        for axis, size in axes.items():
            found[axis] = found.get(axis, 0.0) + times * size
    return found


def _size(axes: Axes) -> float:
    return math.sqrt(math.fsum(size * size for size in axes.values()))
