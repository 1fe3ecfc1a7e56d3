"""Identifiers: text that must be the same wherever it names the same thing."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from datetime import date

import numpy as np

from carbonmeter.errors import near
from carbonmeter.tables.cells import Wrong, shown

_ALIKE = dict(
    zip(
        "АВЕЅІЈКМНОРСТУХаеѕіјорсухΑΒΕΖΗΙΚΜΝΟΡΤΥΧο",
        "ABESIJKMHOPCTYXaesijopcyxABEZHIKMNOPTYXo",
        strict=True,
    )
)


def identifier_of(value: object) -> str | Wrong:
    """The identifier in a cell, or why it is none.

    Letters of any script are allowed except those that look like Latin ones; a number is refused,
    since leading zeros and long digits are lost in numbers.
    """
    if isinstance(value, date):
        return Wrong("a date where a name is wanted", f"format the cell as text: '{shown(value)}'")
    if not isinstance(value, str | int | float | np.number):
        return Wrong(f"a {type(value).__name__} where a name is wanted", "write a text")
    if not isinstance(value, str):
        return Wrong(
            "a number where a name is wanted; leading zeros may be lost",
            f"format the column as text and check that {shown(value)} is whole",
        )
    if value.strip() != value:
        return Wrong("a space at an end of a name", f"write {value.strip()!r}")
    if value.isascii() and value.isprintable():
        return value
    return _strange_letters(value) or value


def _strange_letters(text: str) -> Wrong | None:
    for letter in text:
        category = unicodedata.category(letter)
        name = unicodedata.name(letter, f"U+{ord(letter):04X}")
        if category in ("Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp", "\ufffd"):
            return Wrong(f"a character that cannot be seen: {name}", "type the name again")
        if category == "Zs" and letter != " ":
            return Wrong(f"a space of another kind: {name}", "use a plain space or none")
        if letter in _ALIKE:
            return Wrong(
                f"a letter that only looks like {_ALIKE[letter]}: {name}",
                f"write {''.join(_ALIKE.get(c, c) for c in text)!r}",
            )
        if "\uff10" <= letter <= "\uff5a" and letter.isalnum():
            plain = "".join(
                unicodedata.normalize("NFKC", c) if "\uff10" <= c <= "\uff5a" else c for c in text
            )
            return Wrong(f"a full-width letter or digit: {name}", f"write {plain!r}")
    composed = unicodedata.normalize("NFC", text)
    if composed != text:
        return Wrong("an accent stored as a character of its own", f"type {composed!r} again")
    return None


def translated(text: str, labels: Mapping[str, str]) -> str | Wrong:
    """The identifier that a Chinese label stands for; an identifier stays as it is."""
    if text in labels:
        return labels[text]
    if any("\u4e00" <= letter <= "\u9fff" for letter in text):
        close = near(text, [label for label in labels if not label.isascii()])
        cure = f"did you mean {close}?" if close else "write the English identifier"
        return Wrong("an unknown label", cure)
    return text
