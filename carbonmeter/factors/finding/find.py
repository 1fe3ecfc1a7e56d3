"""Finding records by words in either language, the best first."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from carbonmeter.factors.finding.haystack import Haystack, Scores
from carbonmeter.factors.finding.nearest import like
from carbonmeter.factors.finding.words import Term, groups, parts, plain, term, terms

# A word for the same counts less than the word itself, and a word that is only like it still less.
AS_SAME, AS_PARTS, AS_LIKE = 0.6, 0.8, 0.3
WHOLE_PHRASE = 14.0
OF_THE_YEAR, ABOUT_THE_YEAR, OPEN = 8.0, 5.0, 2.0
A_FEW_YEARS = 3 * 366
REPLACED = 2.0  # less


class Looked(NamedTuple):
    """One word that was looked for, how many records have it, and what was taken instead of it."""

    text: str
    hits: int
    instead: tuple[str, ...] = ()


class Found(NamedTuple):
    """Records that have every word, by their number, the best first, and what each counts."""

    records: NDArray[np.int64]
    score: Scores
    looked: tuple[Looked, ...]


def find(hay: Haystack, text: str) -> Found:
    """The records that have every word of a text, or words for the same.

    A word that no record has is cut into words that are known (山东电网2023), or taken for the
    known ones most like it.
    """
    wanted = terms(text)
    total = np.zeros(len(hay), dtype=np.float32)
    able = np.full(len(hay), bool(wanted))
    looked = []
    for one in wanted:
        score, instead = _whatever(hay, one)
        looked.append(Looked(one.text, int((score > 0).sum()), instead))
        total += score
        able &= score > 0
    total += _phrase(hay, wanted)
    total -= np.where(hay.replaced, np.float32(REPLACED), np.float32(0))
    records = np.flatnonzero(able)
    order = np.lexsort((records, -hay.start[records], hay.depth[records], -total[records]))
    records = records[order]
    return Found(records, total[records], tuple(looked))


def _whatever(hay: Haystack, wanted: Term) -> tuple[Scores, tuple[str, ...]]:
    """What a word counts for each record, and what was looked for where nothing has it."""
    score = _term(hay, wanted)
    if score.any():
        return score, ()
    known = hay.names | groups().keys()
    pieces = parts(wanted.text, known)
    if len(pieces) > 1:
        scores = [_term(hay, term(piece)) for piece in pieces]
        if all(each.any() for each in scores):
            return _together(scores), tuple(pieces)
    near = like(wanted.text, hay.names)
    for word in near:
        score = np.maximum(score, AS_LIKE * _term(hay, Term(word)))
    return score, near


def _term(hay: Haystack, wanted: Term) -> Scores:
    """What a word counts for each record, itself or by another that says the same."""
    score = _word(hay, wanted.text)
    if wanted.year:
        score = np.maximum(score, _year(hay, wanted.year))
        if plain(wanted.text) != str(wanted.year):
            score = np.maximum(score, _word(hay, str(wanted.year)))
    for same in wanted.alike:
        score = np.maximum(score, AS_SAME * _word(hay, same))
    words = wanted.text.split()
    if len(words) > 1:
        each = _together([_word(hay, word) for word in words])
        score = np.maximum(score, AS_PARTS * each)
    return score


def _word(hay: Haystack, word: str) -> Scores:
    best = np.zeros(len(hay), dtype=np.float32)
    for piece in hay.pieces:
        scores = piece.scores(word)
        if scores is not None:
            np.maximum(best, scores, out=best)
    return best


def _together(scores: list[Scores]) -> Scores:
    """The mean of what each word counts; nothing where one of them is not there."""
    stacked = np.stack(scores)
    mean: Scores = np.where((stacked > 0).all(axis=0), stacked.mean(axis=0), np.float32(0))
    return mean


def _year(hay: Haystack, year: int) -> Scores:
    """What a year counts: most where a record is of that year, little where it is of any."""
    first, behind = (int(np.datetime64(f"{y}-01-01", "D").astype(int)) for y in (year, year + 1))
    valid = (hay.start < behind) & (hay.end > first)
    within = (hay.start >= first) & (hay.end <= behind)
    few = hay.end - hay.start <= A_FEW_YEARS
    score = np.where(within, OF_THE_YEAR, np.where(few, ABOUT_THE_YEAR, OPEN))
    return np.where(valid, score, 0.0).astype(np.float32)


def _phrase(hay: Haystack, wanted: list[Term]) -> Scores:
    """What it counts besides that all the words together are the name of something."""
    words = [word for one in wanted for word in one.text.split() if not one.year]
    none = np.zeros(len(hay), dtype=np.float32)
    if len(words) < 2 or len(wanted) < 2:
        return none
    whole = " ".join(words)
    if whole not in {plain(name) for name in hay.names}:
        return none
    found = _word(hay, whole)
    return np.where(found >= WHOLE_PHRASE, np.float32(WHOLE_PHRASE), none)
