"""What somebody who searches writes: words in Chinese or English, years, and words for the same."""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import NamedTuple

LONGEST_PHRASE = 4
YEAR = re.compile(r"((?:19|20)[0-9]{2})年?")
CHINESE = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]+")
_RUN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]+|[^\u3400-\u9fff\uf900-\ufaff]+")
# Full-width letters, raised and lowered digits; to normalise all texts would take ten times longer.
_COMPATIBLE = re.compile(r"[\u00b2\u00b3\u00b9\u2070-\u209c\u3000\uff01-\uff5e]+")
_BETWEEN = re.compile(r"[\s\0,;，；、。]+")
SHORT = 3  # a word of so few letters is no part of others: `om` of `biomass`, `car` of `carbon`


class Term(NamedTuple):
    """One thing that is looked for: a word or phrase, and others that say the same."""

    text: str
    alike: tuple[str, ...] = ()
    year: int = 0


def plain(text: str) -> str:
    """A text as it is compared: full-width letters and capitals like their plain ones.

    Examples
    --------
    >>> plain("ＣＯ₂ Grid")
    'co2 grid'
    """
    if text.isascii():
        return text.lower()
    return _COMPATIBLE.sub(lambda found: unicodedata.normalize("NFKC", found[0]), text).casefold()


@cache
def groups() -> Mapping[str, tuple[str, ...]]:
    """Of each word that has others like it, all that say the same."""
    text = resources.files("carbonmeter.data").joinpath("synonyms.csv").read_text("utf-8-sig")
    members: dict[str, list[str]] = {}
    for row in csv.DictReader(text.splitlines()):
        members.setdefault(row["group"], []).append(plain(row["word"]))
    found: dict[str, list[str]] = {}
    for words in members.values():
        for word in words:
            found.setdefault(word, []).extend(other for other in words if other != word)
    return MappingProxyType({word: tuple(dict.fromkeys(alike)) for word, alike in found.items()})


def terms(text: str) -> list[Term]:
    """What is looked for: years, phrases with words like them, and single words.

    Examples
    --------
    >>> [(term.text, term.year) for term in terms("natural gas 2023年")]
    [('natural gas', 0), ('2023年', 2023)]
    """
    words = [word for word in _BETWEEN.split(plain(text)) if word]
    found: list[Term] = []
    while words:
        for length in range(min(LONGEST_PHRASE, len(words)), 0, -1):
            phrase = " ".join(words[:length])
            if length == 1 or phrase in groups():
                found.append(term(phrase))
                del words[:length]
                break
    return found


def term(word: str) -> Term:
    """A word or phrase with what says the same."""
    year = YEAR.fullmatch(word)
    return Term(word, alike(word), int(year[1]) if year else 0)


def alike(word: str) -> tuple[str, ...]:
    """Words that say the same: of a plural also those of its singular."""
    singular = word[:-1] if word.endswith("s") and len(word) > SHORT + 1 else word
    others = groups().get(word) or groups().get(singular, ())
    return tuple(dict.fromkeys([*([singular] if singular != word else []), *others]))


def parts(word: str, known: Collection[str]) -> list[str]:
    """A word without spaces cut into words that are known, the longest first; years apart.

    Examples
    --------
    >>> parts("山东电网2023年", {"山东", "电网", "电"})
    ['山东', '电网', '2023年']
    """
    found: list[str] = []
    for piece in _pieces(word):
        if not CHINESE.fullmatch(piece):
            found.append(piece)
            continue
        at = 0
        while at < len(piece):
            ends = range(len(piece), at, -1)
            end = next((end for end in ends if piece[at:end] in known), len(piece))
            found.append(piece[at:end])
            at = end
    return found


def _pieces(word: str) -> Iterator[str]:
    """Runs of Chinese, of other letters, and years with the character 年 behind them."""
    at = 0
    for year in re.finditer(r"(?<![0-9])(?:19|20)[0-9]{2}(?![0-9])年?", word):
        yield from _RUN.findall(word[at : year.start()])
        yield year[0]
        at = year.end()
    yield from _RUN.findall(word[at:])
