"""Cells that hold one of a few words."""

from __future__ import annotations

from carbonmeter.errors import near
from carbonmeter.tables.cells import Wrong, shown

YES = frozenset({"yes", "true", "是", "Yes", "YES", "TRUE", "True"})
NO = frozenset({"no", "false", "否", "No", "NO", "FALSE", "False"})


def choice_of(value: object, allowed: tuple[str, ...]) -> str | Wrong:
    """The word in a cell, or why it is none of those allowed."""
    word = shown(value).strip(" ")
    if word in allowed:
        return word
    close = near(word, allowed)
    words = ", ".join(allowed)
    return Wrong("not one of the words allowed", f"did you mean {close}?" if close else words)


def flag_of(value: object) -> str | Wrong:
    """'yes' or 'no', or why a cell is neither."""
    word = shown(value).strip(" ")
    if word in YES:
        return "yes"
    if word in NO:
        return "no"
    return Wrong("neither yes nor no", "write yes or no (是, 否)")
