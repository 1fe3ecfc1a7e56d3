"""What sources prescribe in words: finding statements, and one of them in full."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from carbonmeter.factors.finding.haystack import Names
from carbonmeter.factors.finding.words import SHORT, Term, plain, terms
from carbonmeter.factors.layer import Layer

SEARCHED = ("id", "parameter", "subject", "region", "text", "source", "clause", "note")


class Statement(NamedTuple):
    """One row of a table of statements, and the layer it is of."""

    layer: Layer
    row: Mapping[str, str]


def statements(layers: Sequence[Layer]) -> list[Statement]:
    """Every statement of a stack."""
    return [Statement(layer, row) for layer in layers for row in layer.statements]


def find_statements(layers: Sequence[Layer], text: str) -> list[Statement]:
    """The statements that have every word of a text, or words for the same."""
    wanted = terms(text)
    found = []
    for layer in layers if wanted else ():
        if not layer.statements:
            continue
        names = Names(layer)
        for row in layer.statements:
            words = [row.get(name, "") for name in SEARCHED]
            words += [*map(names.of, words[1:4]), names.of_layer()]
            held = plain("\n".join(words))
            if all(_has(held, one) for one in wanted):
                found.append(Statement(layer, row))
    return found


def statement_of(layers: Sequence[Layer], id_: str) -> Statement | None:
    """The statement with an id; None if there is none."""
    return next((each for each in statements(layers) if each.row["id"] == id_), None)


def _has(held: str, wanted: Term) -> bool:
    apart = held.replace("_", " ").split()
    for word in (wanted.text, *wanted.alike):
        if word in (apart if word.isascii() and len(word) <= SHORT else held):
            return True
    return bool(wanted.year) and str(wanted.year) in held
