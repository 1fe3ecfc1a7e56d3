"""Which check belongs to which kind of column."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import cast

from carbonmeter.tables.cells import EMPTY, Parsed, Wrong, read_text, shown
from carbonmeter.tables.choices import choice_of, flag_of
from carbonmeter.tables.credit_code import credit_code_of
from carbonmeter.tables.dates import read_dates
from carbonmeter.tables.field import Field, Kind
from carbonmeter.tables.identifiers import identifier_of, translated
from carbonmeter.tables.numbers import read_numbers
from carbonmeter.tables.period import period_of
from carbonmeter.tables.source import Cells
from carbonmeter.units import problem_of

# Texts that need no look: filled, and without anything that `identifier_of` or a leading
# apostrophe would ask about.
PLAIN = {
    Kind.TEXT: re.compile(r"[^'\s\ud800-\udfff][^\ud800-\udfff]*"),
    Kind.IDENTIFIER: re.compile(r"[!-&(-~](?:[ -~]*[!-~])?"),
}


MANY = 1000


def _doubtful(
    kind: Kind, labels: Mapping[str, str], values: Sequence[object], limit: int
) -> list[int]:
    """The values that are not plain texts within the limit, or that are a label of a thing."""
    if kind is Kind.IDENTIFIER and len(values) > MANY and set(map(type, values)) == {str}:
        texts = cast("Sequence[str]", values)
        if _all_plain(texts) and max(map(len, texts)) <= limit:
            return [code for code, text in enumerate(texts) if text in labels] if labels else []
    fits = PLAIN[kind].fullmatch
    return [
        code
        for code, value in enumerate(values)
        if not (isinstance(value, str) and len(value) <= limit and fits(value)) or value in labels
    ]


def _all_plain(texts: Sequence[str]) -> bool:
    """Whether each text matches the pattern of identifiers, asked of all of them at once."""
    lines = "\n" + "\n".join(texts) + "\n"
    return (
        lines.isascii()
        and lines.count("\n") == len(texts) + 1
        and lines.replace("\n", "").isprintable()
        and not any(odd in lines for odd in ("\n\n", "\n'", "\n ", " \n"))
    )


def parse(cells: Cells, field: Field, labels: Mapping[str, str], longest: int) -> Parsed:
    """The column of a field with everything that is wrong in it."""
    if field.kind is Kind.NUMBER:
        return read_numbers(cells, field)
    if field.kind is Kind.DATE:
        return read_dates(cells, field)
    judge = _judge(field, labels if field.translated else {})

    def filled(value: object) -> str | Wrong:
        if value is None or value != value or (isinstance(value, str) and not value.strip()):
            return EMPTY if field.required else ""
        return judge(value)

    if field.kind not in PLAIN:
        return read_text(cells, filled, longest)
    known = labels if field.translated else {}
    return read_text(cells, filled, longest, partial(_doubtful, field.kind, known))


def _text(value: object) -> str | Wrong:
    text = shown(value)
    if any("\ud800" <= letter <= "\udfff" for letter in text):
        return Wrong("half of a character", "read the text again, as UTF-8")
    return text


def _judge(field: Field, labels: Mapping[str, str]) -> Callable[[object], str | Wrong]:
    def identifier(value: object) -> str | Wrong:
        text = identifier_of(value)
        return translated(text, labels) if labels and isinstance(text, str) else text

    def unit(value: object) -> str | Wrong:
        text = shown(value).strip(" ")
        problem = problem_of(text, field.unit)
        return Wrong(*problem) if problem else text

    def choice(value: object) -> str | Wrong:
        word = shown(value).strip(" ")
        return choice_of(labels.get(word, word), field.allowed or ())

    return {
        Kind.TEXT: _text,
        Kind.IDENTIFIER: identifier,
        Kind.PERIOD: period_of,
        Kind.UNIT: unit,
        Kind.CHOICE: choice,
        Kind.FLAG: flag_of,
        Kind.CREDIT_CODE: credit_code_of,
    }[field.kind]
