"""Everything that a stack knows about one record: its source, who replaced whom, its relatives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

import numpy as np

from carbonmeter.factors.derivation import derivation
from carbonmeter.factors.finding.haystack import Names
from carbonmeter.factors.identity import of_series, series
from carbonmeter.factors.layer import DATES, NUMBERS, Layer
from carbonmeter.factors.record import FIELDS
from carbonmeter.units.definitions import Refusal

Place = tuple[int, int]  # depth of the layer, row in it
LABELLED = ("parameter", "subject", "region", "gas", "tier", "confidence")


class Relative(NamedTuple):
    """Another record, as a line of a list."""

    id: str
    layer: str
    value: float
    unit: str
    valid_from: date | None
    valid_to: date | None
    published: date | None
    reason: str = ""


class History(NamedTuple):
    """One record and all around it.

    Attributes
    ----------
    fields : dict                    its cells: text, float or NaN, date or None
    labels : dict                    of each of its words, in Chinese and English
    layer : Layer                    whose it is
    series : str                     what it is a value of
    source : dict                    the row of its source
    codes : list of dict             codes of its subject and parameter in classifications
    older, newer : list of Relative  those it replaced, the latest first; those that replaced it
    values : list of Relative        of its series, in any year and edition, itself among them
    parents, derived : list of Relative    what it was computed from, and what was from it
    """

    fields: Mapping[str, Any]
    labels: Mapping[str, tuple[str, str]]
    layer: Layer
    series: str
    source: Mapping[str, str]
    codes: Sequence[Mapping[str, str]]
    older: Sequence[Relative]
    newer: Sequence[Relative]
    values: Sequence[Relative]
    parents: Sequence[Relative]
    derived: Sequence[Relative]


def place_of(layers: Sequence[Layer], id_: str) -> Place | None:
    """Where in a stack a record stands; None if nowhere."""
    for depth, layer in enumerate(layers):
        found = np.flatnonzero(layer.coded("id").where((id_,)))
        if found.size:
            return depth, int(found[0])
    return None


def history(layers: Sequence[Layer], place: Place) -> History:
    """What is known about the record at a place."""
    depth, at = place
    layer = layers[depth]
    fields = {field.name: _cell(layer, field.name, at) for field in FIELDS}
    names, words = Names(layer), {fields[name] for name in LABELLED} - {"", "*"}
    values = sorted(of_series(layers, depth, at), key=lambda each: _order(layers, each))
    return History(
        fields=fields,
        labels={word: names.labels(word) for word in words},
        layer=layer,
        series=str(series(layer)[at]),
        source=next((row for row in layer.sources if row["source"] == fields["source"]), {}),
        codes=[
            row
            for row in layer.codes
            if row["identifier"] in (fields["subject"], fields["parameter"])
        ],
        older=_older(layer, at),
        newer=_newer(layer, at),
        values=[relative(layers[d], one) for d, one in values],
        parents=_parents(layers, str(fields["derived_from"])),
        derived=_derived(layers, str(fields["id"])),
    )


def relative(layer: Layer, at: int, reason: str = "") -> Relative:
    """A record as a line of a list."""
    names = ("id", "value", "unit", "valid_from", "valid_to", "published")
    id_, value, unit, first, end, published = (_cell(layer, name, at) for name in names)
    return Relative(id_, layer.name, value, unit, first, end, published, reason)


def _cell(layer: Layer, name: str, at: int) -> Any:
    value = layer.columns[name][at]
    if name in DATES:
        return None if np.isnat(value) else value.astype("M8[D]").item()
    return float(value) if name in NUMBERS else str(value)


def _order(layers: Sequence[Layer], place: Place) -> tuple[date, int, int]:
    depth, at = place
    return _cell(layers[depth], "valid_from", at) or date.min, depth, at


def _older(layer: Layer, at: int) -> list[Relative]:
    """What a record replaced, and what that had replaced; each with the reason of its end."""
    found: list[Relative] = []
    seen = {at}
    while name := str(layer.columns["supersedes"][at]):
        reason = str(layer.columns["supersede_reason"][at])
        places = np.flatnonzero(layer.coded("id").where((name,)))
        if not places.size or int(places[0]) in seen:
            break
        at = int(places[0])
        seen.add(at)
        found.append(relative(layer, at, reason))
    return found


def _newer(layer: Layer, at: int) -> list[Relative]:
    """What replaced a record, and what replaced that; each with its reason."""
    found: list[Relative] = []
    waiting, seen = [at], {at}
    while waiting:
        name = str(layer.columns["id"][waiting.pop(0)])
        for later in np.flatnonzero(layer.coded("supersedes").where((name,))).tolist():
            if later not in seen:
                seen.add(later)
                waiting.append(later)
                reason = str(layer.columns["supersede_reason"][later])
                found.append(relative(layer, later, reason))
    return found


def _parents(layers: Sequence[Layer], formula: str) -> list[Relative]:
    read = derivation(formula) if formula else None
    if read is None or isinstance(read, Refusal):
        return []
    places = [place_of(layers, parent) for parent in read.parents]
    return [relative(layers[place[0]], place[1]) for place in places if place]


def _derived(layers: Sequence[Layer], id_: str) -> list[Relative]:
    found = []
    for layer in layers:
        formulas = layer.coded("derived_from")
        named = [text for text in formulas.labels if f"[{id_}]" in text]
        if named:
            found += [relative(layer, at) for at in np.flatnonzero(formulas.where(named)).tolist()]
    return found
