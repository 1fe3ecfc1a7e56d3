"""Who may pass on what: a closed list of licences, and what is left where a text may not go."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from enum import Enum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from carbonmeter.errors import LicenceError, Problem
from carbonmeter.factors.exchange.content import LICENCE, Content
from carbonmeter.factors.layer import Layer, Rows

# Words of a source: its numbers, units and citations are facts and are not among them.
TEXT_FIELDS = ("note", "conditions")
FACTS_ONLY = ("facts_only", "yes")


class Passing(Enum):
    """Whether records and their texts may be passed on."""

    OPEN = "may be passed on"
    CLOSED = "may not be passed on"
    UNKNOWN = "is not in the list of licences"


class Rule(NamedTuple):
    """One entry of the list: which licence texts it speaks of, and what it asks for."""

    pattern: str
    passing: Passing
    asks: str


# Read from the top; the first that matches decides. A reservation anywhere in a text closes it.
RULES = (
    Rule(r".*\bnon-?commercial\b.*", Passing.CLOSED, ""),
    Rule(r".*\bno (resale|redistribution|derivatives?)\b.*", Passing.CLOSED, ""),
    Rule(r".*\bnot for redistribution\b.*", Passing.CLOSED, ""),
    Rule(r".*\bno explicit\b.*", Passing.CLOSED, ""),
    Rule(r".*\b(all rights reserved|confidential|proprietary|copyright)\b.*", Passing.CLOSED, ""),
    Rule(r"cc-by(-nc|-nd|-sa-nc|-nc-sa|-nc-nd)\b.*", Passing.CLOSED, ""),
    Rule(r"cc0(-1\.0)?( .*)?", Passing.OPEN, ""),
    Rule(r"cc-by-sa-[0-9.]+( .*)?", Passing.OPEN, "name the source; share under the same licence"),
    Rule(r"cc-by-[0-9.]+( .*)?", Passing.OPEN, "name the source"),
    Rule(r"ogl-uk-[0-9.]+( .*)?", Passing.OPEN, "name the source and the licence"),
    Rule(r"(us )?public domain( .*)?", Passing.OPEN, ""),
    Rule(r"mit( .*)?", Passing.OPEN, "keep the licence text"),
    Rule(r"bsd(-[23]-clause)?( .*)?", Passing.OPEN, "keep the licence text"),
    Rule(r"apache-2\.0(; numbers are facts| .*)?", Passing.OPEN, "keep the licence text"),
    Rule(r"facts", Passing.OPEN, "cite the source"),
    Rule(r"(public document; )?numbers are facts", Passing.OPEN, "cite the source"),
    Rule(r"us federal regulation; numbers are facts", Passing.OPEN, "cite the source"),
)


def rule_of(licence: str) -> Rule:
    """The entry of the list that speaks of a licence text.

    Examples
    --------
    >>> rule_of("CC-BY-4.0").passing.name, rule_of("CC-BY-NC-4.0").passing.name
    ('OPEN', 'CLOSED')
    >>> rule_of("ask the office").passing.name
    'UNKNOWN'
    """
    text = " ".join(licence.casefold().split())
    for rule in RULES:
        if re.fullmatch(rule.pattern, text):
            return rule
    return Rule("", Passing.UNKNOWN, "")


def is_open(licence: str) -> bool:
    """Whether records under a licence text may be passed on with their texts."""
    return rule_of(licence).passing is Passing.OPEN


def is_protected(licence: str) -> bool:
    """Whether somebody's copyright stands behind a licence text, as far as it says.

    Examples
    --------
    >>> is_protected("CC-BY-4.0"), is_protected("US public domain"), is_protected("facts")
    (True, False, False)
    """
    free = re.search(r"\bfacts\b|\bcc0\b|public domain", licence.casefold()) is not None
    return not (free and is_open(licence))


@dataclass(frozen=True)
class Passed:
    """What may leave the house, and what was said of each licence.

    Attributes
    ----------
    content : Content                of which texts may have been taken out
    asked : dict                     what each licence asks for, with the count of its records
    withheld : dict                  records of each licence whose texts were taken out
    """

    content: Content
    asked: dict[str, tuple[int, str]]
    withheld: dict[str, int]


def passed(content: Content, *, facts_only: bool = False) -> Passed:
    """The content that may be passed on.

    Parameters
    ----------
    content : Content
    facts_only : bool                take out the texts of records whose licence is not open:
                                     values, units, ids and citations are left

    Raises
    ------
    LicenceError                     naming each licence that is not open, with its records
    """
    licences = licences_of(content)
    rules = {text: rule_of(text) for text in dict.fromkeys(licences)}
    counts = Counter(licences)
    held = {t: n for t, n in counts.items() if rules[t].passing is not Passing.OPEN}
    if held and not facts_only:
        raise _refused(content.layer.name, held, rules)
    asked = {t: (n, rules[t].asks) for t, n in counts.items() if rules[t].asks}
    if not held:
        return Passed(content, asked, {})
    n = len(content.layer)
    closed = np.array([text in held for text in licences], dtype=bool)
    return Passed(_facts(content, closed[:n], closed[n:]), asked, held)


def licences_of(content: Content) -> list[str]:
    """The licence of each record and then of each statement: its own, its source's, the package's.

    Empty where none of them says anything.
    """
    layer = content.layer
    of_source = {row["source"]: row["licence"] for row in layer.sources}
    names = [text.split(":")[0].strip() for text in content.licences]
    otherwise = names[0] if len(set(names)) == 1 else "; ".join(names)
    own = [*layer.columns["licence"].tolist(), *(row["licence"] for row in layer.statements)]
    sources = [*layer.columns["source"].tolist(), *(row["source"] for row in layer.statements)]
    return [
        licence or of_source.get(source) or otherwise
        for licence, source in zip(own, sources, strict=True)
    ]


def _refused(name: str, held: dict[str, int], rules: dict[str, Rule]) -> LicenceError:
    problems = [
        Problem(
            name,
            None,
            "licence",
            text or "not stated",
            f"{rules[text].passing.value}; {count} records",
            "pass --facts-only for values, units, ids and citations without the source's texts",
        )
        for text, count in held.items()
    ]
    return LicenceError(f"{name}: {sum(held.values())} records may not be passed on", problems)


def _facts(content: Content, records: NDArray[np.bool_], statements: NDArray[np.bool_]) -> Content:
    layer = content.layer
    columns = {}
    for name in TEXT_FIELDS:
        column = layer.columns[name].copy()
        column[records] = ""
        column.flags.writeable = False
        columns[name] = column
    bare: Layer = replace(
        layer.with_columns(**columns),
        title=layer.title if FACTS_ONLY in content.about else f"{layer.title} (facts only)",
        sources=_without(layer.sources, "note"),
        labels=(),
        codes=_without(layer.codes, "note"),
        statements=tuple(
            row for row, shut in zip(layer.statements, statements.tolist(), strict=True) if not shut
        ),
    )
    # In the order of a descriptor: what the library is, then its licences.
    stated = [pair for pair in content.about if pair != FACTS_ONLY]
    kinds = [pair for pair in stated if pair[0] != LICENCE]
    licences = [pair for pair in stated if pair[0] == LICENCE]
    return Content(bare, (*kinds, FACTS_ONLY, *licences))


def _without(rows: Rows, column: str) -> Rows:
    return tuple({**row, column: ""} for row in rows)
