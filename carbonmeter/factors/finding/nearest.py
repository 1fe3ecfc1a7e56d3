"""What a library holds instead of nothing: like words, and other values of what was asked."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

import numpy as np

from carbonmeter.errors import near
from carbonmeter.factors.finding.haystack import OR, Names
from carbonmeter.factors.finding.words import plain
from carbonmeter.factors.layer import Layer
from carbonmeter.factors.record import ANY
from carbonmeter.factors.resolving.resolve import Request

FEW = 6
MOST_LIKE, MOST_NAMED = 3, 8
ALIKE, ALIKE_CHINESE = 0.75, 0.6  # a word of Chinese has few letters
SHARED = 0.4  # of the pairs of letters, below which a comparison letter by letter is spared


class Named(NamedTuple):
    """A word that a library uses, its labels, and how many records have it."""

    identifier: str
    zh: str
    en: str
    records: int


def named_like(layers: Sequence[Layer], word: str, names: Collection[str]) -> list[Named]:
    """The subjects, parameters, regions and gases whose names are most like a word, best first."""
    near_ones = like(word, names, MOST_NAMED)
    found: dict[str, Named] = {}
    rank: dict[str, tuple[int, int]] = {}
    for layer in layers:
        called = Names(layer)
        for column in ("subject", "parameter", "region", "gas"):
            coded = layer.coded(column)
            counts = np.bincount(coded.codes, minlength=len(coded.labels)).tolist()
            for label, count in zip(coded.labels, counts, strict=True):
                held = called.of(label).split(OR)
                whole = [at for at, one in enumerate(near_ones) if one in held]
                part = [at for at, one in enumerate(near_ones) if _has_word(held, one)]
                if count and (whole or part):
                    place = (0, whole[0]) if whole else (1, part[0])
                    rank[label] = min(place, rank.get(label, place))
                    before = found[label].records if label in found else 0
                    found[label] = Named(label, *called.labels(label), before + count)
    return sorted(found.values(), key=lambda one: (*rank[one.identifier], -one.records))[
        :MOST_NAMED
    ]


def _has_word(names: Sequence[str], word: str) -> bool:
    return any(word in name.split() for name in names)


def like(
    word: str, names: Collection[str], count: int = MOST_LIKE, *, whole: bool = False
) -> tuple[str, ...]:
    """The names, or words of them, most like a word; none if none is much like it.

    Parameters
    ----------
    word : str
    names : texts                    in small letters, unless they are taken as a whole
    count : int                      how many, at most
    whole : bool                     whether to compare whole names only, as they are written

    Examples
    --------
    >>> like("anthracyte", ["anthracite", "natural gas"])
    ('anthracite',)
    """
    import difflib

    wanted = word if whole else plain(word)
    pairs = _pairs(wanted)
    if not pairs:
        return ()
    near_ones: dict[str, None] = {}
    for name in names:
        for known in (name,) if whole else {name, *name.split()}:
            if known not in near_ones and abs(len(known) - len(wanted)) <= max(2, len(wanted) // 3):
                shared = len(pairs & _pairs(known))
                if shared >= SHARED * len(pairs):
                    near_ones[known] = None
    cutoff = ALIKE if wanted.isascii() else ALIKE_CHINESE
    return tuple(difflib.get_close_matches(wanted, sorted(near_ones), n=count, cutoff=cutoff))


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
