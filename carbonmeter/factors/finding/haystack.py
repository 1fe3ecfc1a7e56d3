"""The words of every record of a stack, in pieces that are searched as a whole."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from carbonmeter.factors.columns import END, Columns, Packed, Values
from carbonmeter.factors.finding.words import SHORT, plain
from carbonmeter.factors.layer import Layer
from carbonmeter.factors.record import ANY
from carbonmeter.factors.resolving.regions import chain
from carbonmeter.factors.rows import column
from carbonmeter.tables.labels import shipped as labels

Index = NDArray[np.int64]
Scores = NDArray[np.float32]

OR = "\n"  # between the names of one thing
ENDS = np.frombuffer(f"{END}{OR}".encode(), np.uint8)


class Worth(NamedTuple):
    """What a word found there counts: as the whole name, as a word of it, as a part of a word."""

    whole: float
    word: float
    part: float


# A record is found by what it is of before what is said about it.
LABELLED = {
    "subject": Worth(14, 7, 4),
    "parameter": Worth(14, 7, 4),
    "region": Worth(12, 6, 3),
    "gas": Worth(10, 5, 0),
    "tier": Worth(4, 2, 1),
}
AS_WRITTEN = {
    "id": Worth(100, 5, 3),
    "site": Worth(12, 6, 3),
    "source_record": Worth(10, 4, 0),
    "conditions": Worth(4, 2, 1),
    "clause": Worth(2, 1, 0.5),
    "note": Worth(2, 1, 0.5),
}
WITHIN = Worth(4, 2, 1)
OF_LAYER = Worth(10, 4, 2)
OF_SOURCE = Worth(6, 2, 1)


@dataclass(frozen=True, eq=False)
class Piece:
    """The texts of one column, each ended by END, and which of them each record has."""

    data: bytes
    codes: Index
    worth: Worth

    @cached_property
    def ends(self) -> Index:
        return np.flatnonzero(np.frombuffer(self.data, np.uint8) == 0)

    def scores(self, word: str) -> Scores | None:
        """What a word counts for each record; None if it is nowhere."""
        sought = word.encode("utf-8", "replace")
        found: list[int] = []
        at = self.data.find(sought)
        while at >= 0:
            found.append(at)
            at = self.data.find(sought, at + 1)
        if not found:
            return None
        places = np.array(found, dtype=np.int64)
        letters = np.frombuffer(self.data, np.uint8)
        before = np.where(places > 0, letters[places - 1], 0)
        after = letters[places + len(sought)]  # the last text has its end too
        whole = np.isin(before, ENDS) & np.isin(after, ENDS)
        within = _of_a_word(before), _of_a_word(after)
        # Chinese parts no words: what begins or ends a name is taken for one.
        apart = ~(within[0] | within[1] if word.isascii() else within[0] & within[1])
        part = 0.0 if word.isascii() and len(word) <= SHORT else self.worth.part
        worth = np.where(whole, self.worth.whole, np.where(apart, self.worth.word, part))
        of_text = np.zeros(len(self.ends), dtype=np.float32)
        np.maximum.at(of_text, np.searchsorted(self.ends, places), worth.astype(np.float32))
        return of_text[self.codes] if of_text.any() else None


def _of_a_word(letters: NDArray[np.uint8]) -> NDArray[np.bool_]:
    digit = (letters >= ord("0")) & (letters <= ord("9"))
    return digit | ((letters >= ord("a")) & (letters <= ord("z"))) | (letters >= 0x80)


@dataclass(frozen=True, eq=False)
class Haystack:
    """What can be found of the records of a stack.

    Attributes
    ----------
    pieces : tuple of Piece
    start, end : int64[n]            first day and day after the last, extreme where that is open
    replaced : bool[n]               whether another record of its library took its place
    depth : int64[n]                 how far down the stack its layer lies
    named : str                      every name of every subject, parameter, region, gas and tier
    """

    pieces: tuple[Piece, ...]
    start: Index
    end: Index
    replaced: NDArray[np.bool_]
    depth: Index
    named: str

    def __len__(self) -> int:
        return len(self.start)

    @cached_property
    def names(self) -> frozenset[str]:
        """Each name once."""
        return frozenset(filter(None, self.named.replace(END, OR).split(OR)))


def haystack(layers: Sequence[Layer]) -> Haystack:
    """The words of every record: its own, the labels of them, of its library and its source."""
    sizes = [len(layer) for layer in layers]
    depth = np.repeat(np.arange(len(layers)), sizes)
    called = [Names(layer) for layer in layers]
    pieces, named = [], []
    for name, worth in LABELLED.items():
        columns = [layer.coded(name) for layer in layers]
        texts = [
            [names.of(label) for label in column.labels]
            for names, column in zip(called, columns, strict=True)
        ]
        named += [text for of_layer in texts for text in of_layer]
        pieces.append(_piece(texts, [column.codes for column in columns], worth))
        if name == "region":
            texts = [
                [names.around(label) for label in column.labels]
                for names, column in zip(called, columns, strict=True)
            ]
            pieces.append(_piece(texts, [column.codes for column in columns], WITHIN))
    pieces += [_written([_packed(x, name) for x in layers], w) for name, w in AS_WRITTEN.items()]
    sources = [layer.coded("source") for layer in layers]
    texts = [list(_titles(layer, c.labels)) for layer, c in zip(layers, sources, strict=True)]
    pieces.append(_piece(texts, [column.codes for column in sources], OF_SOURCE))
    of_layers = [names.of_layer() for names in called]
    pieces.append(Piece(_data(of_layers), depth, OF_LAYER))
    start = _days(layers, "valid_from", -1)
    end = _days(layers, "valid_to", 1)
    return Haystack(tuple(pieces), start, end, _replaced(layers), depth, END.join(named))


class Names:
    """How the words of a layer are called: by its own labels, else by those of all."""

    def __init__(self, layer: Layer) -> None:
        self.layer = layer
        listed = (column(layer.labels, name) for name in ("identifier", "zh", "en"))
        self.own = {word: (zh, en) for word, zh, en in zip(*listed, strict=True)}
        self.codes: dict[str, list[str]] = {}
        coded = (column(layer.codes, name) for name in ("identifier", "code"))
        for word, code in zip(*coded, strict=True):
            self.codes.setdefault(word, []).append(code)

    def labels(self, word: str) -> tuple[str, str]:
        """The Chinese and English label of a word; the word itself where it has none."""
        if word in self.own:
            return self.own[word]
        found = labels().get(word)
        return (found.zh, found.en) if found else (word, word)

    def of(self, word: str) -> str:
        """Every name of a word."""
        if word in ("", ANY):
            return ""
        spaced, codes = word.replace("_", " "), self.codes.get(word, ())
        return OR.join(dict.fromkeys(map(plain, (word, spaced, *self.labels(word), *codes))))

    def around(self, region: str) -> str:
        """Every name of what a region lies in."""
        return OR.join(self.of(above) for above in chain(region)[1:-1])

    def of_layer(self) -> str:
        """Every name of the layer."""
        layer = self.layer
        names = (layer.name, layer.title, layer.title_zh, layer.family, layer.edition)
        return OR.join(map(plain, (*names, *self.labels(layer.name))))


def _titles(layer: Layer, sources: Sequence[str]) -> Iterator[str]:
    about = {row["source"]: row for row in layer.sources}
    for source in sources:
        row = about.get(source, {})
        more = (row.get(key, "") for key in ("title", "title_en", "publisher", "number"))
        yield OR.join(map(plain, (source, *more)))


def _data(texts: Sequence[str]) -> bytes:
    return "".join(f"{text}{END}" for text in texts).encode()


def _piece(texts: Sequence[Sequence[str]], codes: Sequence[Values], worth: Worth) -> Piece:
    return Piece(
        _data([text for of_layer in texts for text in of_layer]),
        _numbered(codes, [len(of_layer) for of_layer in texts]),
        worth,
    )


def _written(columns: Sequence[Packed], worth: Worth) -> Piece:
    data = [_compared(column) for column in columns]
    counts = [text.count(END.encode()) for text in data]
    return Piece(b"".join(data), _numbered([c.codes for c in columns], counts), worth)


def _compared(column: Packed) -> bytes:
    """The labels of a column as they are compared."""
    piece = bytes(column.piece)
    return piece.lower() if piece.isascii() else plain(column.text).encode()


def _numbered(codes: Sequence[Values], counts: Sequence[int]) -> Index:
    """Codes of each layer as numbers in the texts of all, one layer behind the other."""
    first = np.cumsum([0, *counts])
    return np.concatenate([c.astype(np.int64) + at for c, at in zip(codes, first, strict=False)])


def _packed(layer: Layer, name: str) -> Packed:
    held = layer.columns
    return (held if isinstance(held, Columns) else Columns(held)).packed(name)


def _days(layers: Sequence[Layer], name: str, open_at: int) -> Index:
    days = np.concatenate([layer.columns[name] for layer in layers]).astype("M8[D]")
    extreme = open_at * np.int64(10**9)
    return np.where(np.isnat(days), extreme, days.astype(np.int64))


def _replaced(layers: Sequence[Layer]) -> NDArray[np.bool_]:
    found = []
    for layer in layers:
        older = [label for label in layer.coded("supersedes").labels if label]
        found.append(layer.coded("id").where(older) if older else np.zeros(len(layer), bool))
    return np.concatenate(found)
