"""What is on the shelf: each library of a stack with its size, confidence, licence and hash."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from carbonmeter.factors.layer import Layer
from carbonmeter.factors.record import CONFIDENCES
from carbonmeter.factors.shipped import DEFAULT
from carbonmeter.tables.labels import label


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
