"""Rows of the tables beside the records: sources, labels, codes, statements."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, overload

Rows = Sequence[Mapping[str, str]]


class StoredRows(Sequence[Mapping[str, str]]):
    """Rows as they lie in a file: columns are made of them when first asked for."""

    def __init__(self, data: bytes | memoryview) -> None:
        self.data = data

    @cached_property
    def columns(self) -> Mapping[str, list[str]]:
        """The texts of each column."""
        found: dict[str, list[str]] = json.loads(bytes(self.data))
        return found

    @cached_property
    def _rows(self) -> tuple[Mapping[str, str], ...]:
        names = tuple(self.columns)
        each = zip(*self.columns.values(), strict=True)
        return tuple(dict(zip(names, row, strict=True)) for row in each)

    @overload
    def __getitem__(self, at: int) -> Mapping[str, str]: ...
    @overload
    def __getitem__(self, at: slice) -> Rows: ...
    def __getitem__(self, at: int | slice) -> Mapping[str, str] | Rows:
        return self._rows[at]

    def __len__(self) -> int:
        return len(next(iter(self.columns.values()), ()))

    def __iter__(self) -> Iterator[Mapping[str, str]]:
        return iter(self._rows)

    def __eq__(self, other: Any) -> bool:
        return self._rows == tuple(other) if isinstance(other, Sequence) else NotImplemented

    def __hash__(self) -> int:
        return hash(bytes(self.data))

    def __reduce__(self) -> tuple[type[StoredRows], tuple[bytes]]:
        """How they travel between processes: without the rest of the file that they lie in."""
        return StoredRows, (bytes(self.data),)


def packed(rows: Rows) -> bytes:
    """Rows as they are kept in a file."""
    if isinstance(rows, StoredRows):
        return bytes(rows.data)
    columns = {name: [row[name] for row in rows] for name in (rows[0] if rows else ())}
    return json.dumps(columns, ensure_ascii=False).encode()


def column(rows: Rows, name: str) -> list[str]:
    """The texts of one column."""
    if isinstance(rows, StoredRows):
        return rows.columns.get(name, [])
    return [row[name] for row in rows]
