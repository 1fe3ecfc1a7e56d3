"""Rows of different blocks that say the same thing twice: equal keys, periods that overlap.

A block leaves 12 bytes a row: a hash of the row's key and its period. Whether two rows really have
one key is decided by their texts, which are read again; only then is anything called wrong.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from carbonmeter.errors import Problem
from carbonmeter.kernels.twice import repeated
from carbonmeter.tables.activity import ACTIVITY
from carbonmeter.tables.blocks import Block, Piece
from carbonmeter.tables.checked import Checked
from carbonmeter.tables.keys import overlapping
from carbonmeter.tables.period import bounds
from carbonmeter.tables.schema import MOST_PROBLEMS

BYTES_A_ROW = 12
PERIOD = "period"
KEY = tuple(name for name in ACTIVITY.keys if name != PERIOD)
Words = NDArray[np.uint64]
Rows = NDArray[np.int32]
Place = tuple[str, int]

_MIX = np.uint64(0x9E3779B97F4A7C15)
_STEP = 0xD1B54A32D192ED03
_LONG = 64  # characters; longer texts are hashed one by one
_EPOCH = 693_596  # the ordinal of 1900-01-01
_MONTHS = 16


@dataclass(frozen=True, eq=False)
class Seen:
    """The rows of some blocks by key and period.

    Attributes
    ----------
    parts : place -> part          of each piece that was read: its file, the rows before it
    periods : frozenset of str     every period that occurs
    """

    parts: Mapping[Place, Part]
    periods: frozenset[str]

    @classmethod
    def of(cls, rows: Checked, place: Place) -> Seen:
        """What one piece leaves."""
        column = rows.text(PERIOD)
        codes = np.array([_period_code(label) for label in column.labels], dtype=np.uint32)
        used = np.flatnonzero(np.bincount(column.codes, minlength=len(column.labels)))
        first = int(rows.row[0]) if len(rows) else 1
        together = len(rows) == 0 or int(rows.row[-1]) - first + 1 == len(rows)
        period = codes[column.codes]
        word = _hashes(rows) ^ (period * _MIX)
        part = Part(word, period, first, None if together else rows.row.copy())
        return cls({place: part}, frozenset(column.labels[at] for at in used))

    @property
    def nbytes(self) -> int:
        return sum(part.nbytes for part in self.parts.values())

    def merge(self, other: Seen) -> Seen:
        """The rows of both."""
        return Seen({**self.parts, **other.parts}, self.periods | other.periods)

    def suspects(self) -> dict[Place, Rows]:
        """Numbers of the rows that may say again what another row says.

        Every pair that does is among them, unless there are more than can be listed.
        """
        places = sorted(self.parts)
        parts = [self.parts[place] for place in places]
        if not parts:
            return {}
        word = np.concatenate([part.word for part in parts])
        found = _listed(word, repeated(word))
        if not self._disjoint():
            period = np.concatenate([part.period for part in parts])
            found = np.union1d(found, _overlapping(word ^ (period * _MIX), period))
        cuts = np.cumsum([part.word.size for part in parts])[:-1]
        apart = zip(places, parts, np.split(found, np.searchsorted(found, cuts)), strict=True)
        before = np.concatenate([[0], cuts])
        return {
            place: part.rows(at - start)
            for (place, part, at), start in zip(apart, before, strict=True)
            if at.size
        }

    def _disjoint(self) -> bool:
        spans = sorted(bounds(period) for period in self.periods)
        return all(one[1] <= two[0] for one, two in pairwise(spans))


@dataclass(frozen=True, eq=False)
class Part:
    """One word a row for its key and period together, and its period; numbers of the rows where
    some are left out. The word of the key alone follows from both."""

    word: Words
    period: NDArray[np.uint32]
    first: int
    row: Rows | None

    @property
    def nbytes(self) -> int:
        return self.word.nbytes + self.period.nbytes + (0 if self.row is None else self.row.nbytes)

    def rows(self, at: NDArray[np.int64]) -> Rows:
        """The numbers of rows in their file."""
        found = self.first + at if self.row is None else self.row[at]
        return found.astype(np.int32)


def _period_code(label: str) -> int:
    start, end = bounds(label or "2000")
    months = 12 * (end.year - start.year) + end.month - start.month
    return (start.toordinal() - _EPOCH) * _MONTHS + months


def _days(period: NDArray[np.uint32]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Start and end of each period, in days since 1970."""
    codes, place = np.unique(period, return_inverse=True)
    first = (codes // _MONTHS).astype(np.int64) + (_EPOCH - 719_163)
    start = first.astype("M8[D]")
    end = (start.astype("M8[M]") + (codes % _MONTHS).astype(np.int64)).astype("M8[D]")
    return start.astype(np.int64)[place], end.astype(np.int64)[place]


def _hashes(rows: Checked) -> Words:
    """One word a row, the same for the same texts, whatever the block and its codes."""
    total: Words = np.zeros(len(rows), dtype=np.uint64)
    for salt, name in enumerate(KEY, 1):
        column = rows.text(name)
        words = words_of(column.labels, salt)
        total += words[0] if words.size == 1 else words[column.codes]
    return total


def words_of(texts: Sequence[str], salt: int) -> Words:
    """A word of 64 bits for each text: the same in every process and on every machine."""
    words = np.empty(len(texts), dtype=np.uint64)
    short = [at for at, text in enumerate(texts) if len(text) <= _LONG]
    if len(short) < len(texts):
        for at in set(range(len(texts))) - set(short):
            digest = hashlib.blake2b(texts[at].encode("utf-8", "surrogatepass"), digest_size=8)
            words[at] = int.from_bytes(digest.digest(), "little")
    table = np.array([texts[at] for at in short] or [""], dtype=np.str_)
    letters = table.view(np.uint32).reshape(table.size, -1)
    found = np.zeros(table.size, dtype=np.uint64)
    for column in letters.T:  # what pads a shorter text is zero and changes nothing
        mixed = (found ^ column ^ (found >> np.uint64(29))) * _MIX + np.uint64(1)
        found = np.where(column != 0, mixed, found)
    words[short] = found[: len(short)]
    words += np.uint64(salt * _STEP % (1 << 64))
    words = (words ^ (words >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    words = (words ^ (words >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(words ^ (words >> np.uint64(31)))


def _listed(word: Words, found: NDArray[np.int64]) -> NDArray[np.int64]:
    """The positions found, of no more words than are listed: those that come first."""
    _, first = np.unique(word[found], return_index=True)
    if first.size <= MOST_PROBLEMS:
        return found
    listed = word[found[np.sort(first)[: MOST_PROBLEMS + 1]]]
    return found[np.isin(word[found], listed)]


def _overlapping(key: Words, period: NDArray[np.uint32]) -> NDArray[np.int64]:
    """Positions of every key of which two rows overlap."""
    shared = repeated(key)
    if not shared.size:
        return shared
    start, end = _days(period[shared])
    wrong = [one for one, _ in overlapping(start, end, key[shared])]
    of_key = shared[np.isin(key[shared], key[shared[wrong]])]
    return _listed(key, of_key)


class Row(NamedTuple):
    """A row under suspicion: where it stands, and the texts that make its key and its period."""

    file: int
    row: int
    key: tuple[str, ...]
    period: str


def contradictions(
    seen: Seen, blocks: Iterable[Block], read: Callable[[Block], Iterable[Piece]]
) -> list[Problem]:
    """What is wrong between rows: repeated keys, then periods of one key that overlap.

    Parameters
    ----------
    blocks : all blocks that were seen
    read : function               the pieces of a block, as they were read before
    """
    blocks = list(blocks)
    wanted: dict[str, list[Rows]] = {}
    for (path, _), numbers in seen.suspects().items():
        wanted.setdefault(path, []).append(numbers)
    if not wanted:
        return []
    paths = list(dict.fromkeys(block.file.path for block in blocks))
    names = [next(b.file.name for b in blocks if b.file.path == path) for path in paths]
    rows: list[Row] = []
    for block in blocks:
        at = np.concatenate(wanted.get(block.file.path, [np.zeros(0, np.int32)]))
        if ((at > block.before) & (at <= block.before + block.rows)).any():
            for piece in read(block):
                rows += _rows(piece.rows, paths.index(block.file.path), at)
    rows.sort(key=lambda row: (row.file, row.row))
    return [*_duplicates(rows, names), *_overlaps(rows, names)]


def _rows(table: Checked, file: int, wanted: Rows) -> Iterator[Row]:
    part = table.take(np.isin(table.row, wanted))
    texts = [part.text(name).text().tolist() for name in (*KEY, PERIOD)]
    for row, *texts_of in zip(part.row.tolist(), *texts, strict=True):
        yield Row(file, row, tuple(texts_of[:-1]), texts_of[-1])


def _where(row: Row, beside: Row, names: Sequence[str]) -> str:
    return f"row {row.row}" if row.file == beside.file else f"row {row.row} of {names[row.file]}"


def _duplicates(rows: Iterable[Row], names: Sequence[str]) -> Iterator[Problem]:
    first: dict[tuple[tuple[str, ...], str], Row] = {}
    for row in rows:
        earlier = first.setdefault((row.key, row.period), row)
        if earlier is not row:
            texts = dict(zip(KEY, row.key, strict=True)) | {PERIOD: row.period}
            yield Problem(
                names[row.file],
                row.row,
                ", ".join(ACTIVITY.keys),
                " · ".join(filter(None, (texts[name] for name in ACTIVITY.keys))),
                f"the same key as {_where(earlier, row, names)}",
                "add the two rows, remove one, or tell them apart in one of these columns",
            )


def _overlaps(rows: Sequence[Row], names: Sequence[str]) -> Iterator[Problem]:
    known: dict[tuple[str, ...], int] = {}
    key = np.array([known.setdefault(row.key, len(known)) for row in rows], dtype=np.int64)
    code = np.array([_period_code(row.period) for row in rows], dtype=np.uint32)
    start, end = _days(code)
    for pair in overlapping(start, end, key):
        one, two = (rows[at] for at in sorted(pair))
        if one.period != two.period:
            yield Problem(
                names[two.file],
                two.row,
                PERIOD,
                two.period,
                f"overlaps the period {one.period} of {_where(one, two, names)},"
                " which is the same in all else",
                "keep one of the two, or split the longer period",
            )
