"""What a library holds instead of nothing: like words, and other values of what was asked."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np

from carbonmeter.errors import near
from carbonmeter.factors.haystack import Names
from carbonmeter.factors.layer import Layer
from carbonmeter.factors.record import ANY
from carbonmeter.factors.resolve import Request
from carbonmeter.factors.words import plain

FEW = 6
MOST_LIKE = 3
ALIKE = 0.75
SHARED = 0.4  # of the pairs of letters, below which a comparison letter by letter is spared


def like(word: str, names: Collection[str], count: int = MOST_LIKE) -> tuple[str, ...]:
    """The names, or words of them, most like a word; none if none is much like it.

    Examples
    --------
    >>> like("anthracyte", ["anthracite", "natural gas"])
    ('anthracite',)
    """
    import difflib

    wanted = plain(word)
    pairs = _pairs(wanted)
    if not pairs:
        return ()
    near_ones: dict[str, None] = {}
    for name in map(plain, names):
        for known in {name, *name.split()}:
            if known not in near_ones and abs(len(known) - len(wanted)) <= max(2, len(wanted) // 3):
                shared = len(pairs & _pairs(known))
                if shared >= SHARED * len(pairs):
                    near_ones[known] = None
    return tuple(difflib.get_close_matches(wanted, sorted(near_ones), n=count, cutoff=ALIKE))


def _pairs(word: str) -> set[str]:
    """Pairs of neighbouring letters; of a word of Chinese its characters."""
    if not word.isascii():
        return set(word)
    return {word[at : at + 2] for at in range(len(word) - 1)}


def nearest(layers: Sequence[Layer], request: Request) -> str:
    """What the library holds of the parameter, nearest to what was asked; empty if nothing is."""
    spans: dict[str, list[str]] = {}
    by_zh: dict[str, str] = {}
    for layer in layers:
        held = np.flatnonzero(layer.coded("parameter").where((request.parameter,)))
        if not held.size:
            continue
        names, subjects = Names(layer), layer.columns["subject"]
        for at in held.tolist():
            spans.setdefault(subjects[at], []).append(_described(layer, at))
        by_zh |= {names.labels(s)[0]: s for s in set(subjects[held].tolist()) - {ANY}}
    asked = [s for s in (request.subject, ANY) if s in spans]
    if asked:
        found = list(dict.fromkeys(span for subject in asked for span in spans[subject]))
        return "; ".join(found[:3]) + ("; …" if len(found) > 3 else "")
    if request.subject in by_zh:
        return by_zh[request.subject]
    known = [subject for subject in spans if subject != ANY]
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
