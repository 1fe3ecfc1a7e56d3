"""Finding records by words in either language, and what a library holds instead of nothing."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from carbonmeter.errors import near
from carbonmeter.factors.layer import Layer
from carbonmeter.factors.record import ANY
from carbonmeter.factors.resolve import Request
from carbonmeter.tables.labels import shipped as labels

SEARCHED = (
    "id",
    "parameter",
    "subject",
    "region",
    "site",
    "tier",
    "gas",
    "source",
    "clause",
    "note",
)
FEW = 6


def haystack(layers: Sequence[Layer]) -> list[str]:
    """Of each record, its words and their labels in both languages, in small letters."""
    texts: list[str] = []
    for layer in layers:
        titles = {s["source"]: f"{s['title']} {s['title_en']}" for s in layer.sources}
        for values in zip(*(layer.columns[name].tolist() for name in SEARCHED), strict=True):
            words = [layer.name, layer.title, *values, titles.get(values[7], "")]
            for word in {layer.name, *values[1:7]}:
                if word in labels():
                    words += labels()[word]
            texts.append("\n".join(words).casefold())
    return texts


def matches(texts: Sequence[str], wanted: str) -> NDArray[np.bool_]:
    """Whether each text holds every word that is wanted."""
    words = wanted.casefold().split()
    return np.array([all(word in text for word in words) for text in texts], dtype=bool)


def nearest(layers: Sequence[Layer], request: Request) -> str:
    """What the library holds of the parameter, nearest to what was asked; empty if nothing is."""
    spans: dict[str, list[str]] = {}
    for layer in layers:
        c = layer.columns
        for at in np.flatnonzero(c["parameter"] == request.parameter).tolist():
            spans.setdefault(c["subject"][at], []).append(_described(layer, at))
    held = [s for s in (request.subject, ANY) if s in spans]
    if held:
        found = list(dict.fromkeys(span for subject in held for span in spans[subject]))
        return "; ".join(found[:3]) + ("; …" if len(found) > 3 else "")
    known = [subject for subject in spans if subject != ANY]
    by_zh = {labels()[s].zh: s for s in known if s in labels()}
    if request.subject in by_zh:
        return by_zh[request.subject]
    return near(request.subject, known) or (", ".join(known) if len(known) <= FEW else "")


def _described(layer: Layer, at: int) -> str:
    c = layer.columns
    start, end = c["valid_from"][at], c["valid_to"][at]
    span = f"{'…' if np.isnat(start) else start} to {'…' if np.isnat(end) else end}"
    where = f"region {c['region'][at]}" + (
        f", site {c['site'][at]}" if c["site"][at] != ANY else ""
    )
    what = "any subject" if c["subject"][at] == ANY else c["subject"][at]
    return f"{what} in {where}, valid {span}, tier {c['tier'][at]} ({layer.name})"
