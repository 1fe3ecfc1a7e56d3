"""Texts in Chinese and English: the words of the reports, and labels of identifiers."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import NamedTuple

from carbonmeter.methods import Method
from carbonmeter.tables.labels import label, shipped

LANGUAGES = ("zh", "en")


class Both(NamedTuple):
    """One text in two languages."""

    zh: str
    en: str

    def to(self, lang: str) -> str:
        """The text in one language, or both with a stroke between them for 'both'."""
        if lang == "both":
            return self.zh if self.zh == self.en else f"{self.zh} / {self.en}"
        return self.zh if lang == "zh" else self.en

    def format(self, **values: object) -> Both:
        """Both texts with `{name}` replaced; a value in two languages goes in by language."""
        zh = {k: v.zh if isinstance(v, Both) else v for k, v in values.items()}
        en = {k: v.en if isinstance(v, Both) else v for k, v in values.items()}
        return Both(self.zh.format(**zh), self.en.format(**en))


def as_is(name: str) -> Both:
    """A name that is the same in both languages."""
    return Both(name, name)


def labelled(identifier: str) -> Both:
    """The label of an identifier; scopes and kinds included."""
    return Both(label(identifier, "zh"), label(identifier, "en"))


def activities(method: Method, lang: str) -> str:
    """The kinds of rows that a method applies to."""
    return ("、" if lang == "zh" else ", ").join(labelled(a).to(lang) for a in method.activities)


def scope(kind: str, name: str) -> Both:
    """What a row of totals is: its scope, or its kind where it stands outside the scopes.

    A method may count in both views of scope 2; its name then holds both.
    """
    if not name:
        return labelled(kind)
    if name == "guide":
        return both("guide_total")
    each = [labelled(part) for part in name.split(", ")]
    of_scope = Both("、".join(one.zh for one in each), ", ".join(one.en for one in each))
    if kind in ("", "emission"):
        return of_scope
    of_kind = labelled(kind)
    return Both(f"{of_scope.zh} · {of_kind.zh}", f"{of_scope.en} · {of_kind.en}")


def component(text: str) -> Both:
    """A component of an uncertainty budget: a parameter with its subject, or a meter."""
    if text.startswith("meter "):
        return both("meter").format(name=text.removeprefix("meter "))
    if text == "rows' own meters":
        return both("own_meters")
    parameter, _, subject = text.partition(" ")
    if subject and subject != "*" and parameter not in shipped():
        return as_is(text)  # a cause of error, or a parameter of the user's
    first = labelled(parameter)
    if subject in ("", "*"):
        return first
    second = labelled(subject)
    return Both(f"{first.zh} · {second.zh}", f"{first.en} · {second.en}")


def both(key: str) -> Both:
    """One of the words of the reports in both languages."""
    return _words()["words"][key]


def word(key: str, lang: str) -> str:
    """One of the words of the reports in a language."""
    return both(key).to(lang)


def reason(name: str, meaning: str = "") -> Both:
    """Why loans are not covered."""
    return _words()["reasons"].get(name, Both(meaning or name, meaning or name))


@cache
def _words() -> Mapping[str, Mapping[str, Both]]:
    text = resources.files("carbonmeter.report").joinpath("words.toml").read_text("utf-8")
    return {
        part: {key: Both(*pair) for key, pair in words.items()}
        for part, words in tomllib.loads(text).items()
    }
