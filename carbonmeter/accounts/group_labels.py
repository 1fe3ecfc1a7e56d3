"""Labels of groups as codes, in one canonical order, so that groups of two blocks can be merged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import lt
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from carbonmeter.accounts.distinct import distinct
from carbonmeter.tables import Coded

Place: TypeAlias = NDArray[np.int64]

ROW_LABELS = ("entity", "site", "region", "period", "activity", "subject", "counterparty")
RECIPE_LABELS = ("kind", "scope", "gas", "method", "guide")


@dataclass(frozen=True)
class GroupLabels:
    """The labels of each group: one column of codes per name, its texts sorted.

    Groups stand in the order of their texts, labels of rows before those of recipes, so no file
    and no cut into blocks has a say in it.
    """

    names: tuple[str, ...]
    columns: tuple[Coded, ...]

    @classmethod
    def sorted(cls, names: Sequence[str], columns: Sequence[Coded]) -> GroupLabels:
        """Of groups that already stand in order, whatever the order of their columns' texts."""
        return cls(tuple(names), tuple(_sorted(column) for column in columns))

    @classmethod
    def of(cls, names: Sequence[str], labels: dict[str, list[str]]) -> GroupLabels:
        """From one text per group and name."""
        return cls.sorted(names, [Coded.of(labels[name]) for name in names])

    @property
    def count(self) -> int:
        return int(self.columns[0].codes.size)

    @cached_property
    def labels(self) -> dict[str, list[str]]:
        """One text per group, by name."""
        return {
            name: column.text().tolist()
            for name, column in zip(self.names, self.columns, strict=True)
        }

    def only(self, names: Sequence[str]) -> tuple[GroupLabels, Place]:
        """The groups of fewer names, and in which of them each of these falls."""
        columns = tuple(self.columns[self.names.index(name)] for name in names)
        return _grouped(tuple(names), columns)

    def merge(self, other: GroupLabels) -> tuple[GroupLabels, Place, Place]:
        """The groups of both, and the place of each of these and of the others among them."""
        if self.names != other.names:
            raise ValueError(f"groups by {self.names} cannot be merged with those by {other.names}")
        pairs = zip(self.columns, other.columns, strict=True)
        both = tuple(_joined(one, two) for one, two in pairs)
        found, place = _grouped(self.names, both)
        return found, place[: self.count], place[self.count :]


def _grouped(names: tuple[str, ...], columns: tuple[Coded, ...]) -> tuple[GroupLabels, Place]:
    """Distinct combinations in canonical order; texts that no group has are left out."""
    columns = tuple(_sorted(column) for column in columns)
    order = sorted(range(len(names)), key=lambda i: names[i] in RECIPE_LABELS)
    place, parts = distinct(
        [columns[i].codes for i in order], [len(columns[i].labels) for i in order]
    )
    made = {i: Coded(part, columns[i].labels) for i, part in zip(order, parts, strict=True)}
    kept = tuple(_sorted(made[i]) for i in range(len(names)))
    return GroupLabels(names, kept), place.astype(np.int64)


def _joined(one: Coded, two: Coded) -> Coded:
    """Both columns under one table of texts."""
    if one.labels == two.labels:
        return Coded(np.concatenate([one.codes, two.codes]), one.labels)
    # Either is sorted already, so sorting both is a merge of two runs.
    texts = list(dict.fromkeys(sorted([*one.labels, *two.labels])))
    place = dict(zip(texts, range(len(texts)), strict=True))
    codes = [
        np.array(list(map(place.__getitem__, column.labels)), dtype=np.int32)[column.codes]
        for column in (one, two)
    ]
    return Coded(np.concatenate(codes), tuple(texts))


def _sorted(column: Coded) -> Coded:
    """The codes in the order of their texts, of those that occur."""
    used = np.zeros(len(column.labels), dtype=bool)
    used[column.codes] = True
    labels = column.labels
    if used.all() and all(map(lt, labels, labels[1:])):
        return column
    order = sorted(np.flatnonzero(used).tolist(), key=labels.__getitem__)
    rank = np.zeros(len(column.labels), dtype=np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    return Coded(rank[column.codes], tuple(column.labels[i] for i in order))
