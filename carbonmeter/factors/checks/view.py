"""A layer as codes and numbers in base units: what the checks compute with."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from carbonmeter.factors.layer import Layer
from carbonmeter.units.definitions import Refusal
from carbonmeter.units.exact import Dimension, measure

Column = NDArray[np.float64]
Index = NDArray[np.int64]
Mask = NDArray[np.bool_]


class View:
    """A layer seen by its codes; nothing is done record by record."""

    def __init__(self, layer: Layer) -> None:
        self.layer = layer

    def codes(self, name: str) -> Index:
        return self.layer.coded(name).codes.astype(np.int64)

    def labels(self, name: str) -> tuple[str, ...]:
        return self.layer.coded(name).labels

    def where(self, name: str, labels: Iterable[str]) -> Mask:
        """Whether each record has one of some texts in a column."""
        return self.layer.coded(name).where(frozenset(labels))

    @cached_property
    def factor(self) -> Column:
        """float64[record], how many base units its unit is; NaN for a unit that is not read."""
        units = self.layer.coded("unit")
        return np.array([_factor(text) for text in (*units.labels, "")])[units.codes]

    @cached_property
    def base(self) -> Column:
        """float64[record], the value in base units."""
        value: Column = self.layer.columns["value"] * self.factor
        return value

    def together(self, *names: str) -> tuple[Index, Index]:
        """One code per record for its texts in some columns; and a record that has each."""
        return together([self.codes(name) for name in names])


def together(columns: Sequence[NDArray[Any]]) -> tuple[Index, Index]:
    """One code per row for what several columns of codes hold; and the first row of each."""
    code = np.zeros(columns[0].size, dtype=np.int64)
    for column in columns:
        wide = int(column.max(initial=0)) + 1
        _, code = np.unique(code * wide + column, return_inverse=True)
    _, first = np.unique(code, return_index=True)
    return code.astype(np.int64), first.astype(np.int64)


def dimension_of(text: str) -> Dimension | None:
    """The dimension of a unit text; None if it is not read."""
    found = measure(text)
    return None if isinstance(found, Refusal) else found.dimension


def species_of(dimension: Dimension) -> dict[str, int]:
    """The substances in a dimension, with their powers."""
    return {
        base.removeprefix("mass_of_"): power
        for base, power in dimension
        if base.startswith("mass_of_")
    }


def _factor(text: str) -> float:
    found = measure(text)
    return float("nan") if isinstance(found, Refusal) else float(found.factor)
