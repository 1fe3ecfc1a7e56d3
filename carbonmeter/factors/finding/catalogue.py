"""What is on the shelf: each library of a stack with its size, confidence, licence and hash."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from carbonmeter.factors.layer import Layer
from carbonmeter.factors.record import CONFIDENCES
from carbonmeter.factors.shipped import DEFAULT
from carbonmeter.tables.labels import label

HASH = 12
MOST_SHOWN = 100


class Entry(NamedTuple):
    """One library.

    Attributes
    ----------
    default : bool                   whether guides choose from it unasked
    confidence : dict                how many records have each confidence
    """

    name: str
    title_zh: str
    title_en: str
    family: str
    edition: str
    default: bool
    records: int
    statements: int
    confidence: Mapping[str, int]
    licences: tuple[str, ...]
    version: str


def catalogue(layers: Sequence[Layer]) -> list[Entry]:
    """The entry of each layer, in the order of the stack."""
    return [_entry(layer) for layer in layers]


def _entry(layer: Layer) -> Entry:
    column = layer.coded("confidence")
    counts = np.bincount(column.codes, minlength=len(column.labels)).tolist()
    held = dict(zip(column.labels, counts, strict=True))
    zh = label(layer.name, "zh")
    return Entry(
        name=layer.name,
        title_zh=layer.title_zh or (zh if zh != layer.name else layer.title),
        title_en=layer.title,
        family=layer.family or layer.name,
        edition=layer.edition,
        default=layer.shipped and layer.name in DEFAULT,
        records=len(layer),
        statements=len(layer.statements),
        confidence={name: held.get(name, 0) for name in CONFIDENCES},
        licences=layer.licences,
        version=layer.version,
    )


def view(layers: Sequence[Layer], version: str) -> str:
    """The stack as a table of HTML, at most so many layers of it."""
    entries = catalogue(layers)
    headings = ("layer, top first", "title", "records", *CONFIDENCES, "licence", "version")
    rows = [
        (
            entry.name,
            entry.title_en,
            str(entry.records),
            *(_percent(entry.confidence[name], entry.records) for name in CONFIDENCES),
            ", ".join(entry.licences),
            entry.version[:HASH],
        )
        for entry in entries[:MOST_SHOWN]
    ]
    more = len(entries) - len(rows)
    return (
        f"<p>FactorLibrary, {sum(e.records for e in entries)} records, version {version[:HASH]}</p>"
        f"<table>{_row('th', headings)}{''.join(_row('td', row) for row in rows)}</table>"
        + (f"<p>… and {more} more</p>" if more > 0 else "")
    )


def _row(cell: str, texts: Sequence[str]) -> str:
    cells = "".join(f"<{cell}>{html.escape(text)}</{cell}>" for text in texts)
    return f"<tr>{cells}</tr>"


def _percent(part: int, whole: int) -> str:
    return f"{100.0 * part / whole:.0f} %" if part else ""
