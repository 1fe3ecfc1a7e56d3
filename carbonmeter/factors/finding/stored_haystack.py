"""The words of a large stack, kept until a byte of its libraries, of labels or of code changes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from carbonmeter.factors import cache_files
from carbonmeter.factors.finding.haystack import Haystack, Piece, Worth, haystack
from carbonmeter.factors.layer import Layer
from carbonmeter.factors.stored import key_of_stack
from carbonmeter.tables.columns import code_type

KIND, NAME = "words", "shipped"
DAYS = ("start", "end")


def words_of(layers: Sequence[Layer]) -> Haystack:
    """The words of every record of a stack, from the store if they were put together before."""
    key = key_of_stack(layers)
    if key and (found := cache_files.read(KIND, NAME, key)):
        return _stored(found)
    made = haystack(layers)
    if key:
        cache_files.write(KIND, NAME, key, _content(made))
    return made


def _content(made: Haystack) -> cache_files.Content:
    pieces: dict[str, bytes | memoryview] = {"named": made.named.encode()}
    kinds = []
    for at, piece in enumerate(made.pieces):
        codes = piece.codes.astype(code_type(len(piece.ends)))
        kinds.append(codes.dtype.str)
        pieces[f"{at}.text"], pieces[f"{at}.codes"] = piece.data, codes.tobytes()
    for name in DAYS:
        pieces[name] = getattr(made, name).astype("<i8").tobytes()
    pieces["replaced"] = made.replaced.astype("?").tobytes()
    pieces["depth"] = made.depth.astype("<i4").tobytes()
    worths = [list(piece.worth) for piece in made.pieces]
    return cache_files.Content({"kinds": kinds, "worths": worths}, pieces)


def _stored(content: cache_files.Content) -> Haystack:
    words, held = content
    pieces = tuple(
        Piece(bytes(held[f"{at}.text"]), np.frombuffer(held[f"{at}.codes"], kind), Worth(*worth))
        for at, (kind, worth) in enumerate(zip(words["kinds"], words["worths"], strict=True))
    )
    start, end = (np.frombuffer(held[name], "<i8") for name in DAYS)
    replaced, depth = np.frombuffer(held["replaced"], "?"), np.frombuffer(held["depth"], "<i4")
    return Haystack(pieces, start, end, replaced, depth, str(held["named"], "utf-8"))
