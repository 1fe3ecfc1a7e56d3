"""Columns as arrays: text as integer codes with one table of labels, numbers as float64."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

# int32, or unsigned of one or two bytes: as narrow as a table of labels allows.
Codes = NDArray[Any]
Column = NDArray[np.float64]
Dates = NDArray[np.datetime64]


@dataclass(frozen=True, eq=False)
class Coded:
    """A column of text: one code a row, one label a distinct text.

    A row of text weighs one, two or four bytes, as the number of labels asks, and whatever is true
    of a label is decided once. Labels are distinct; a label may be unused. Widen the codes before
    computing with them: bytes overflow.

    Examples
    --------
    >>> Coded.of(["coal", "gas", "coal"]).labels
    ('coal', 'gas')
    """

    codes: Codes
    labels: tuple[str, ...]

    @classmethod
    def of(cls, texts: Sequence[str]) -> Coded:
        """The column of these texts, labels in the order of their first appearance."""
        index: dict[str, int] = {}
        codes = [index.setdefault(text, len(index)) for text in texts]
        return cls(np.array(codes, dtype=np.int32), tuple(index))

    @classmethod
    def constant(cls, text: str, n: int) -> Coded:
        """The column that says `text` in each of `n` rows; it takes no memory per row."""
        return cls(np.broadcast_to(np.int32(0), n), (text,))

    def __len__(self) -> int:
        return len(self.codes)

    def text(self) -> NDArray[np.object_]:
        """The texts, one a row."""
        return np.array([*self.labels, ""], dtype=object)[:-1][self.codes]

    def take(self, rows: NDArray[Any]) -> Coded:
        """The same column at the given rows (positions or a mask); labels are kept."""
        return Coded(self.codes[rows], self.labels)

    def relabel(self, labels: Sequence[str]) -> Coded:
        """The column with another text for each label; equal texts become one label."""
        if len(set(labels)) == len(labels):
            return Coded(self.codes, tuple(labels))
        index: dict[str, int] = {}
        moved = [index.setdefault(label, len(index)) for label in labels]
        return Coded(np.array(moved, dtype=np.int32)[self.codes], tuple(index))

    def recode(self, mapping: Mapping[str, str]) -> Coded:
        """The column with each label that `mapping` knows replaced."""
        return self.relabel([mapping.get(label, label) for label in self.labels])

    def where(self, labels: Sequence[str] | frozenset[str] | set[str]) -> NDArray[np.bool_]:
        """Whether each row carries one of `labels`."""
        wanted = frozenset(labels)
        chosen = np.array([label in wanted for label in self.labels] + [False])
        return chosen[:-1][self.codes]


def code_type(n_labels: int) -> type[np.uint8 | np.uint16 | np.int32]:
    """The narrowest integers that number so many labels.

    Examples
    --------
    >>> code_type(256), code_type(257)
    (<class 'numpy.uint8'>, <class 'numpy.uint16'>)
    """
    return np.uint8 if n_labels <= 1 << 8 else np.uint16 if n_labels <= 1 << 16 else np.int32


def frozen(values: NDArray[Any]) -> NDArray[Any]:
    """The same array, no longer writable: what was checked stays as it was checked."""
    values.flags.writeable = False
    return values
