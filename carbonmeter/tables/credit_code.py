"""The unified social credit code: 18 characters, the last one a check (GB 32100)."""

from __future__ import annotations

import re

from carbonmeter.tables.cells import Wrong

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_AS_TEXT = "format the column as text and enter the code again from the certificate"


def check_character(first: str) -> str:
    """The 18th character that belongs to the first 17.

    Weights are the powers of 3 modulo 31; the weighted sum of all 18 characters, the last with
    weight one, is a multiple of 31.

    Source
    ------
    GB 32100-2015: check character (memory: text not seen)
    """
    total = sum(ALPHABET.index(letter) * pow(3, i, 31) for i, letter in enumerate(first))
    return ALPHABET[-total % 31]


def credit_code_of(value: object) -> str | Wrong:
    """The code in a cell, or why it is none.

    Examples
    --------
    >>> credit_code_of(9.13715e17).rule
    'a credit code that was turned into a number; digits are lost'
    """
    if not isinstance(value, str):
        return Wrong("a credit code that was turned into a number; digits are lost", _AS_TEXT)
    text = value.strip(" ")
    if re.fullmatch(r"[0-9]\.?[0-9]*[eE]\+?[0-9]+|[0-9]{15,}\.0*", text):
        return Wrong("a credit code that was turned into a number; digits are lost", _AS_TEXT)
    if text.upper() != text and len(text) == 18:
        return Wrong("small letters in a credit code", f"write {text.upper()}")
    if re.fullmatch("[0-9]{17}", text):
        return Wrong(
            "17 digits; the code has 18 characters, a leading zero or the end is lost", _AS_TEXT
        )
    if len(text) != 18:
        return Wrong(f"{len(text)} characters; the code has 18", "copy it from the certificate")
    strange = sorted(set(text) - set(ALPHABET))
    if strange:
        return Wrong(
            f"{''.join(strange)!r} does not occur in a credit code",
            "copy it from the certificate; the letters I, O, S, V and Z are never used",
        )
    if check_character(text[:17]) != text[17]:
        return Wrong(
            "the check character does not fit: a character is wrong or two are swapped",
            "copy it from the certificate",
        )
    return text
