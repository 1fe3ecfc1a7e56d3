"""Tables of plain text: columns aligned also where letters are two cells wide, without delay."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

GAP = "  "
RULE = "─"
WIDE = frozenset("WF")


class Column(NamedTuple):
    """A column: its heading, whether it holds numbers, and where a longer text is cut."""

    heading: str
    number: bool = False
    most: int = 0


def cells(text: str) -> int:
    """How many cells of a terminal a text takes.

    Examples
    --------
    >>> cells("coal"), cells("无烟煤")
    (4, 6)
    """
    if text.isascii():
        return len(text)
    shown = (c for c in text if not unicodedata.combining(c))
    return sum(2 if unicodedata.east_asian_width(c) in WIDE else 1 for c in shown)


def cut(text: str, most: int) -> str:
    """A text in at most so many cells, with … where it was cut; 0: whole.

    Examples
    --------
    >>> cut("中国产品", 5)
    '中国…'
    """
    if not most or cells(text) <= most:
        return text
    kept = text
    while kept and cells(kept) > most - 1:
        kept = kept[:-1]
    return f"{kept.rstrip()}…"


def lines(
    columns: Sequence[Column], rows: Iterable[Sequence[str]], below: Sequence[str] = ()
) -> Iterator[str]:
    """The lines of a table; what is `below` a row stands under it, indented.

    Parameters
    ----------
    columns : sequence of Column
    rows : texts, one for each column
    below : a text for each row, if any
    """
    held = [
        [cut(text.replace("\n", " "), c.most) for text, c in zip(row, columns, strict=True)]
        for row in rows
    ]
    widths = [
        max(cells(text) for text in (column.heading, *(row[at] for row in held)))
        for at, column in enumerate(columns)
    ]
    yield _line([column.heading for column in columns], columns, widths)
    yield RULE * (sum(widths) + len(GAP) * (len(widths) - 1))
    for at, row in enumerate(held):
        yield _line(row, columns, widths)
        if below and below[at]:
            yield f"{GAP}{below[at]}"


def _line(row: Sequence[str], columns: Sequence[Column], widths: Sequence[int]) -> str:
    parts = []
    for text, column, width in zip(row, columns, widths, strict=True):
        space = " " * (width - cells(text))
        parts.append(space + text if column.number else text + space)
    return GAP.join(parts).rstrip()
