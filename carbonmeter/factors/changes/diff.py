"""What changed between two libraries, or two editions of one: record by record, with the reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from carbonmeter.errors import Problem
from carbonmeter.factors.changes.change import (
    CORRECTION,
    NEW_DATA_YEAR,
    VALIDITY,
    Rows,
    reason_for,
)
from carbonmeter.factors.identity import OF_SERIES
from carbonmeter.factors.layer import Layer
from carbonmeter.factors.library import FactorLibrary
from carbonmeter.factors.record import FIELDS
from carbonmeter.factors.releases.leaves import BESIDE
from carbonmeter.units import problem_of, scale

if TYPE_CHECKING:
    import pandas as pd

ADDED, REMOVED, SUPERSEDED = "added", "removed", "superseded"
MOVED, OVERWRITTEN, EDITED = "moved", "overwritten", "edited"
STATUSES = (OVERWRITTEN, EDITED, SUPERSEDED, MOVED, REMOVED, ADDED)
BOUNDS = ("low", "high", "coverage", "distribution", "degrees_of_freedom")
NUMBER = ("value", "unit")
SHOWN = ("id", *NUMBER, "parameter", "subject", "region", *VALIDITY)
ROUNDING = 1e-9


class Change(NamedTuple):
    """One record that is not what it was, or stands on one side only."""

    status: str
    reason: str
    kind: str
    parameter: str
    subject: str
    region: str
    valid_from: Any
    valid_to: Any
    id_a: str
    value_a: float | None
    unit_a: str
    id_b: str
    value_b: float | None
    unit_b: str
    percent: float | None
    fields: str
    library: str
    file: str
    row: int | None


@dataclass(frozen=True, eq=False)
class Diff:
    """What changed from one library to another.

    Attributes
    ----------
    a, b : str                       names of the libraries
    kept : int                       records that say the same on both sides
    changes : tuple of Change        all others
    labels : mapping                 Chinese and English label of identifiers of either library
    """

    a: str
    b: str
    kept: int
    changes: tuple[Change, ...]
    labels: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    def frame(self) -> pd.DataFrame:
        """One row for each change: status, reason, what, old and new value, percent.

        `status` is one of added, removed, superseded (a record names the one it replaces), moved
        (another value for the same series and validity, or the next one of its only value),
        overwritten (another value under the same id, which no edition should do) and edited (the
        value stands, something else of the record does not).
        """
        import pandas as pd

        return pd.DataFrame(list(self.changes), columns=list(Change._fields))

    def summary(self) -> pd.DataFrame:
        """Changes by status, reason and parameter: how many, and how far values moved."""
        frame = self.frame()
        keys = ["status", "reason", "kind", "parameter"]
        percent = frame["percent"].astype(float)
        grouped = frame.assign(percent=percent).groupby(keys, sort=True, observed=True)["percent"]
        found = grouped.agg(["size", "median", "min", "max"]).reset_index()
        found.columns = [*keys, "changes", "median_percent", "least_percent", "most_percent"]
        order = {status: at for at, status in enumerate(STATUSES)}
        return found.sort_values(
            ["status", "changes"], key=lambda c: c.map(order) if c.name == "status" else -c
        ).reset_index(drop=True)

    @cached_property
    def counts(self) -> Counter[str]:
        """How many changes of each status."""
        return Counter(change.status for change in self.changes)

    def problems(self) -> list[Problem]:
        """The changes as problems, where there should be none."""
        found = []
        for change in self.changes:
            id_ = change.id_b or change.id_a
            said = change.fields or f"this {change.kind} is {change.status}"
            cure = "restore it from the release that you cite"
            found.append(Problem(change.file, change.row, change.kind, id_, said, cure))
        return found

    def __repr__(self) -> str:
        parts = [f"{self.counts[s]} {s}" for s in STATUSES if self.counts[s]]
        return f"<Diff {self.a} → {self.b}: {', '.join([*parts, f'{self.kept} kept'])}>"

    def _repr_html_(self) -> str:
        import html

        head = html.escape(repr(self)[1:-1])
        table = str(self.summary().to_html(index=False, na_rep=""))
        return f"<p>{head}</p>{table}"


def diff(a: FactorLibrary, b: FactorLibrary) -> Diff:
    """What changed from library `a` to library `b`.

    Layers are compared with the one of the same name, else of the same family, else with the one
    that has most ids in common; a single layer on each side with the other. Within them a record
    is known by its id, else by what it is a value of (`OF_SERIES`) and its validity.
    """
    pairs, only_a, only_b = _paired(a.stack, b.stack)
    kept, changes = 0, []
    for old, new in pairs:
        same, found = _between(Rows(old), Rows(new))
        kept += same
        changes += [*found, *_beside(old, new)]
    for layers, status in ((only_a, REMOVED), (only_b, ADDED)):
        for layer in layers:
            rows = Rows(layer)
            changes += [_alone(status, rows, at, "") for at in range(len(rows))]
    order = {status: at for at, status in enumerate(STATUSES)}
    changes.sort(key=lambda c: (order[c.status], -abs(c.percent or 0.0), c.id_b or c.id_a))
    labels = {
        row["identifier"]: (row["zh"], row["en"])
        for layer in (*a.stack, *b.stack)
        for row in layer.labels
    }
    return Diff("+".join(a.layers), "+".join(b.layers), kept, tuple(changes), labels)


Pairs = list[tuple[Layer, Layer]]


def _paired(a: Sequence[Layer], b: Sequence[Layer]) -> tuple[Pairs, list[Layer], list[Layer]]:
    """Layers that are compared, and those on one side only."""
    if len(a) == 1 and len(b) == 1:
        return [(a[0], b[0])], [], []
    pairs: Pairs = []
    left, right = list(a), list(b)
    for same in ("name", "family"):
        for new in list(right):
            wanted = getattr(new, same)
            old = next((x for x in left if getattr(x, same) == wanted), None)
            if old is not None:
                pairs.append((old, new))
                left.remove(old)
                right.remove(new)
    for new in list(right):
        ids = set(new.columns["id"].tolist())
        shared = [len(ids & set(x.columns["id"].tolist())) for x in left]
        if any(shared):
            old = left[shared.index(max(shared))]
            pairs.append((old, new))
            left.remove(old)
            right.remove(new)
    # One table beside a release of many libraries is a part of it: the others are not gone.
    return pairs, ([] if len(b) == 1 and pairs else left), right


def _between(old: Rows, new: Rows) -> tuple[int, list[Change]]:
    """How many records say the same, and the changes of the others."""
    place_a, named_b = old.named, new.named
    changes: list[Change] = []
    kept = 0
    free_a, free_b = set(range(len(old))), []
    for b, id_ in enumerate(new.column("id")):
        a = place_a.get(id_) if id_ in named_b else None
        if a is None:
            free_b.append(b)
            continue
        free_a.discard(a)
        changed = [f.name for f in FIELDS if old.column(f.name)[a] != new.column(f.name)[b]]
        if not changed:
            kept += 1
            continue
        status = OVERWRITTEN if set(changed) & {*NUMBER, *OF_SERIES, *VALIDITY} else EDITED
        reason = reason_for(old, a, new, b)
        changes.append(_change(status, reason, old, a, new, b, changed))
    left_b = []
    for b in free_b:
        older = place_a.get(new.column("supersedes")[b])
        if older is None:
            left_b.append(b)
            continue
        free_a.discard(older)
        reason = new.column("supersede_reason")[b]
        changes.append(_change(SUPERSEDED, reason, old, older, new, b, [*NUMBER]))
    same, moved, rest_a, rest_b = _by_series(old, sorted(free_a), new, left_b)
    return kept + same, [*changes, *moved, *_ends(old, rest_a, new, rest_b)]


def _by_series(
    old: Rows, free_a: Sequence[int], new: Rows, free_b: Sequence[int]
) -> tuple[int, list[Change], list[int], list[int]]:
    """Records under other ids that are values of one series for one time."""
    kept, changes = 0, []
    full_a, full_b = old.keys(*OF_SERIES, *VALIDITY), new.keys(*OF_SERIES, *VALIDITY)
    by_key = {full_a[a]: a for a in free_a}
    taken, rest_b = set[int](), []
    pairs: list[tuple[int, int]] = []
    for b in free_b:
        a = by_key.get(full_b[b])
        if a is None or a in taken:
            rest_b.append(b)
        else:
            taken.add(a)
            pairs.append((a, b))
    rest_a = [a for a in free_a if a not in taken]
    # A series of one value on each side moved on to its next time.
    key_a, key_b = old.keys(*OF_SERIES), new.keys(*OF_SERIES)
    many = Counter(key_a), Counter(key_b)
    lone = {key_a[a]: a for a in rest_a if many[0][key_a[a]] == 1}
    for b in list(rest_b):
        a = lone.get(key_b[b])
        if a is not None and many[1][key_b[b]] == 1:
            pairs.append((a, b))
            rest_a.remove(a)
            rest_b.remove(b)
    for a, b in pairs:
        changed = [f for f in (*NUMBER, *BOUNDS) if old.column(f)[a] != new.column(f)[b]]
        if _as_printed(old, a, new, b):
            changed = [field for field in changed if field not in NUMBER]
        if not changed:
            kept += 1
            continue
        status = MOVED if set(changed) & set(NUMBER) else EDITED
        changes.append(_change(status, reason_for(old, a, new, b), old, a, new, b, changed))
    return kept, changes, rest_a, rest_b


def _ends(old: Rows, free_a: Sequence[int], new: Rows, free_b: Sequence[int]) -> Iterator[Change]:
    """Records on one side only; a further year of a series that the other side has is new data."""
    known = set(old.keys(*OF_SERIES))
    keys = new.keys(*OF_SERIES)
    for b in free_b:
        yield _alone(ADDED, new, b, NEW_DATA_YEAR if keys[b] in known else "")
    for a in free_a:
        yield _alone(REMOVED, old, a, "")


def _as_printed(old: Rows, a: int, new: Rows, b: int) -> bool:
    """Whether two editions of one family say one value, one of them with fewer decimals."""
    unit, key = old.column("unit")[a], (old.column("parameter")[a], old.column("unit")[a])
    if unit != new.column("unit")[b] or old.layer.family != new.layer.family:
        percent = _percent(old, a, new, b)
        return percent is not None and abs(percent) <= ROUNDING
    moved = abs(new.column("value")[b] - old.column("value")[a])
    if key not in old.decimals or key not in new.decimals:
        return bool(moved == 0.0)
    half = 0.5 * 10.0 ** -min(old.decimals[key], new.decimals[key])
    return bool(moved <= half * (1.0 + 1e-6))


def _percent(old: Rows, a: int, new: Rows, b: int) -> float | None:
    """By how much a value moved, in percent of the old one; None where that says nothing."""
    value_a, value_b = old.column("value")[a], new.column("value")[b]
    unit_a, unit_b = old.column("unit")[a], new.column("unit")[b]
    if unit_a != unit_b:
        if problem_of(unit_b, unit_a) is not None:
            return None
        value_b *= scale(unit_b, unit_a)
    if value_a == value_b:
        return 0.0
    return None if value_a == 0.0 else float(100.0 * (value_b - value_a) / abs(value_a))


def _change(
    status: str, reason: str, old: Rows, a: int, new: Rows, b: int, changed: Sequence[str]
) -> Change:
    said = [f"{n}: {_said(old.column(n)[a])} → {_said(new.column(n)[b])}" for n in changed]
    return _alone(status, new, b, reason)._replace(
        id_a=old.column("id")[a],
        value_a=old.column("value")[a],
        unit_a=old.column("unit")[a],
        percent=_percent(old, a, new, b),
        fields="; ".join(said),
    )


def _alone(status: str, rows: Rows, at: int, reason: str) -> Change:
    record = {name: rows.column(name)[at] for name in SHOWN}
    found = Change(
        status=status,
        reason=reason,
        kind="record",
        parameter=record["parameter"],
        subject=record["subject"],
        region=record["region"],
        valid_from=record["valid_from"],
        valid_to=record["valid_to"],
        id_a="",
        value_a=None,
        unit_a="",
        id_b=record["id"],
        value_b=record["value"],
        unit_b=record["unit"],
        percent=None,
        fields="",
        library=rows.layer.name,
        file=str(rows.layer.file[at]),
        row=int(rows.layer.row[at]),
    )
    if status != REMOVED:
        return found
    gone = found._replace(id_a=found.id_b, value_a=found.value_b, unit_a=found.unit_b)
    return gone._replace(id_b="", value_b=None, unit_b="", file="", row=None)


def _beside(old: Layer, new: Layer) -> Iterator[Change]:
    """Changed sources, labels, codes and statements of one library; of two they differ anyway."""
    if old.name != new.name or not new.sources:
        return
    for table, (kind, keys) in BESIDE.items():
        rows_a, rows_b = getattr(old, table), getattr(new, table)
        by_a = {" ".join(row[key] for key in keys): row for row in rows_a}
        by_b = {" ".join(row[key] for key in keys): row for row in rows_b}
        for name in dict.fromkeys([*by_a, *by_b]):
            a, b = by_a.get(name), by_b.get(name)
            if a == b:
                continue
            status = ADDED if a is None else REMOVED if b is None else EDITED
            said = [
                f"{field}: {a[field]} → {b[field]}"
                for field in (a if a is not None and b is not None else ())
                if a is not None and b is not None and a[field] != b[field]
            ]
            yield _row(status, kind, name, "; ".join(said), new.name, f"{table}.csv")


def _row(status: str, kind: str, name: str, said: str, library: str, file: str) -> Change:
    ids = ("" if status == ADDED else name, "" if status == REMOVED else name)
    reason = CORRECTION if status == EDITED else ""
    return Change(
        status, reason, kind, "", "", "", None, None, ids[0], None, "", ids[1], None, "", None,
        said, library, file, None,
    )  # fmt: skip


def _said(value: Any) -> str:
    return "–" if value is None or value == "" else str(value)
