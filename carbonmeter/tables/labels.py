"""The Chinese and English label of each identifier, from the list shipped with the factors."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import NamedTuple


class Label(NamedTuple):
    """One identifier as people read it."""

    zh: str
    en: str


@cache
def shipped() -> Mapping[str, Label]:
    """The label of every identifier."""
    text = resources.files("carbonmeter.data").joinpath("labels.csv").read_text("utf-8-sig")
    rows = csv.DictReader(text.splitlines())
    return MappingProxyType(
        {row["identifier"]: Label(row["zh"].strip(), row["en"].strip()) for row in rows}
    )


@cache
def identifiers() -> Mapping[str, str]:
    """The identifier of every Chinese label; a label that two identifiers share is left out."""
    return MappingProxyType(inverted({name: label.zh for name, label in shipped().items()}))


def inverted(labels: Mapping[str, str]) -> dict[str, str]:
    """Label to identifier, without the labels that do not tell identifiers apart.

    Examples
    --------
    >>> inverted({"a": "煤", "b": "气", "c": "气"})
    {'煤': 'a'}
    """
    counts: dict[str, int] = {}
    for label in labels.values():
        counts[label] = counts.get(label, 0) + 1
    return {label: name for name, label in labels.items() if counts[label] == 1 and label}


def label(identifier: str, lang: str = "zh") -> str:
    """The label of an identifier in a language; the identifier itself if it has none."""
    found = shipped().get(identifier)
    return (found.zh if lang == "zh" else found.en) if found else identifier
