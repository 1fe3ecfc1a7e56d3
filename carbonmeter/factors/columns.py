"""The columns of a layer: text as codes with labels, made into arrays when first asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from carbonmeter.tables.columns import Coded, Codes, code_type, frozen

Values = NDArray[Any]
END = "\0"  # no cell holds it


@dataclass(frozen=True, eq=False)
class Packed:
    """A column of text as it lies in a file: its labels in one piece, each ended by END."""

    codes: Codes
    piece: bytes | memoryview

    @cached_property
    def text(self) -> str:
        """The labels in one piece: what is searched."""
        return str(self.piece, "utf-8")

    def __reduce__(self) -> tuple[type[Packed], tuple[Codes, bytes]]:
        """How it travels between processes: without the rest of the file that it lies in."""
        return Packed, (self.codes.copy(), bytes(self.piece))

    @cached_property
    def coded(self) -> Coded:
        """The column."""
        return Coded(self.codes, tuple(self.text.split(END)[:-1]))


class Columns(Mapping[str, Values]):
    """Columns by the name of their field: object arrays of text, numbers, days.

    A library holds many thousands of records and an account asks for a few columns: text stays
    in codes until its array is wanted.
    """

    def __init__(self, held: Mapping[str, Coded | Packed | Values]) -> None:
        self._held = dict(held)
        self._arrays: dict[str, Values] = {}

    def __getitem__(self, name: str) -> Values:
        if name not in self._arrays:
            held = self._held[name]
            whole = held if isinstance(held, np.ndarray) else frozen(self.coded(name).text())
            self._arrays[name] = whole
        return self._arrays[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._held)

    def __len__(self) -> int:
        return len(self._held)

    def coded(self, name: str) -> Coded:
        """A column of text as codes and distinct labels."""
        held = self._held[name]
        if isinstance(held, Packed):
            return held.coded
        if isinstance(held, np.ndarray):
            held = self._held[name] = coded(held)
        return held

    def packed(self, name: str) -> Packed:
        """A column of text with its labels in one piece."""
        held = self._held[name]
        if isinstance(held, Packed):
            return held
        column = self.coded(name)
        return Packed(column.codes, "".join(f"{label}{END}" for label in column.labels).encode())

    def changed(self, columns: Mapping[str, Values]) -> Columns:
        """The same columns with others in place of some."""
        return Columns({**self._held, **columns})


def coded(values: Values) -> Coded:
    """An array of text as codes and labels."""
    return Coded.of([str(value) for value in values.tolist()])


def joined(columns: Sequence[Coded]) -> Coded:
    """Columns below one another as one, each label once."""
    if len(columns) == 1:
        return columns[0]
    index: dict[str, int] = {}
    moved = [
        np.array([index.setdefault(label, len(index)) for label in column.labels], dtype=np.int64)
        for column in columns
    ]
    parts = [new[column.codes] for new, column in zip(moved, columns, strict=True) if len(column)]
    codes = np.concatenate(parts) if parts else np.empty(0, dtype=np.int64)
    return Coded(codes.astype(code_type(len(index))), tuple(index))
