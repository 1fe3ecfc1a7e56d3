"""Cells of somebody's table as the texts of a record: their words, numbers, days, ids."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from carbonmeter.factors.exchange.mapping import Declared
from carbonmeter.factors.layer import DATES, NUMBERS
from carbonmeter.factors.record import FIELDS
from carbonmeter.tables.cells import Wrong, distinct, shown, unprotected
from carbonmeter.tables.columns import Coded
from carbonmeter.tables.field import Kind
from carbonmeter.tables.identifiers import identifier_of
from carbonmeter.tables.labels import identifiers, inverted
from carbonmeter.tables.source import Cells, Mixed

PLACE = re.compile(r"\{([^{}+]+?)(?:([+-])([0-9]{1,4}))?\}")
_DATES = {
    style: re.compile(
        re.escape(style)
        .replace("y", r"(?P<y>[0-9]{4})")
        .replace("m", r"(?P<m>[0-9]{1,2})" if style != "ymd" else r"(?P<m>[0-9]{2})")
        .replace("d", r"(?P<d>[0-9]{1,2})" if style != "ymd" else r"(?P<d>[0-9]{2})")
    )
    for style in ("y/m/d", "y.m.d", "ymd", "d.m.y", "d/m/y", "m/d/y")
}
_KINDS = {field.name: field for field in FIELDS}


class Column(NamedTuple):
    """A field of every row as texts, and which of its labels cannot be used."""

    coded: Coded
    wrong: Mapping[int, tuple[str, Wrong]]  # label number: what stands there, and why not

    @property
    def bad(self) -> NDArray[np.bool_]:
        """Which rows cannot be used."""
        marked = np.zeros(len(self.coded.labels) + 1, dtype=bool)
        marked[list(self.wrong)] = True
        return marked[:-1][self.coded.codes]


def column_of(cells: Cells, name: str, declared: Declared) -> Column:
    """The cells of a column as the texts of a field.

    Each distinct cell is looked at once. What the tables of records refuse is left to them; here
    is refused what they could misread: a word without its identifier, a number in another style
    than the declared one, a source that is not declared.
    """
    mixed = distinct(cells)
    rewrite = _rewriter(name, declared)
    labels: list[str] = []
    wrong: dict[int, tuple[str, Wrong]] = {}
    for code, value in enumerate(mixed.values):
        said = shown(value) if not isinstance(value, str) else unprotected(value)
        blank = value is None or value != value or said.strip() in declared.blank
        verdict = "" if blank or not said.strip() else rewrite(value, said)
        if isinstance(verdict, Wrong):
            wrong[code] = said, verdict
            verdict = ""
        labels.append(verdict)
    return Column(*_merged(mixed, labels, wrong))


def _merged(
    mixed: Mixed, labels: Sequence[str], wrong: Mapping[int, tuple[str, Wrong]]
) -> tuple[Coded, Mapping[int, tuple[str, Wrong]]]:
    """The column; texts that became equal keep a code each, which the next reader joins."""
    return Coded(mixed.codes, tuple(labels) or ("",)), wrong


def _rewriter(name: str, declared: Declared) -> Callable[[object, str], str | Wrong]:
    kind = _KINDS[name].kind
    if name in NUMBERS:
        return _number(declared)
    if name in DATES:
        return lambda value, said: _day(value, said, declared.dates)
    if name == "unit":
        units = declared.units
        return lambda _, said: units.get(said.strip(), said.strip())
    words = declared.values.get(name)
    known = frozenset(row["source"] for row in declared.sources)
    labels = labels_of(declared) if _KINDS[name].translated else {}

    def rewrite(value: object, said: str) -> str | Wrong:
        if words is not None:
            return _word(said.strip(), name, words, labels)
        if name == "source" and said not in known:
            return Wrong("a source that the mapping does not declare", "add it under [[sources]]")
        if said.strip() in labels:
            return labels[said.strip()]
        if kind is Kind.IDENTIFIER:
            return identifier_of(value if not isinstance(value, str) else said)
        return said

    return rewrite


def labels_of(declared: Declared) -> Mapping[str, str]:
    """The identifier of every Chinese label: of the mapping's own, and of those shipped."""
    own = inverted({row["identifier"]: row["zh"] for row in declared.labels})
    return {**identifiers(), **own}


def _word(said: str, name: str, words: Mapping[str, str], labels: Mapping[str, str]) -> str | Wrong:
    if said in words:
        return words[said]
    if said in words.values():
        return said
    if said in labels:
        return labels[said]
    cure = f'add "{said}" = "its identifier" there, or leave the row out'
    return Wrong(f"a word that [values.{name}] does not know", cure)


def _number(declared: Declared) -> Callable[[object, str], str | Wrong]:
    decimal, thousands = declared.decimal, declared.thousands
    if decimal == "." and not thousands:
        return lambda _, said: said
    groups = rf"[0-9]{{1,3}}(?:{re.escape(thousands)}[0-9]{{3}})+|" if thousands else ""
    style = re.compile(
        rf"[+-]?(?:{groups}[0-9]+)(?:{re.escape(decimal)}[0-9]*)?(?:[eE][+-]?[0-9]+)?"
    )

    def rewrite(value: object, said: str) -> str | Wrong:
        if isinstance(value, int | float):
            return said if not isinstance(value, float) else repr(value)
        text = said.strip()
        if style.fullmatch(text):
            return text.replace(thousands, "").replace(decimal, ".")
        rule = f"not a number with {decimal!r} before the decimals"
        rule += f" and {thousands!r} between thousands" if thousands else ""
        return Wrong(rule, "correct the cell, or the style that the mapping declares")

    return rewrite


def _day(value: object, said: str, style: str) -> str | Wrong:
    if not isinstance(value, str) or style == "y-m-d":
        return said.strip()
    found = _DATES[style].fullmatch(said.strip())
    if found is None:
        return Wrong(f"not a day written {style}", "correct the cell, or `dates` of the mapping")
    return f"{found['y']}-{int(found['m']):02d}-{int(found['d']):02d}"


def constant(text: str, n: int) -> Column:
    """A field that is the same in every row."""
    return Column(Coded.constant(text, n), {})


def templated(template: str, parts: Mapping[str, Coded], n: int) -> Column:
    """A field put together from others; blank where one of them is.

    Parameters
    ----------
    template : str       with {names}; {name+1} is a whole number, one larger
    parts : mapping      what each name stands for
    """
    names = list(dict.fromkeys(found[1] for found in PLACE.finditer(template)))
    if not names:
        return constant(template, n)
    if len(names) == 1:
        codes, columns = parts[names[0]].codes, [list(parts[names[0]].labels)]
    else:
        codes, first = _combinations([parts[name] for name in names])
        columns = [
            [parts[name].labels[code] for code in parts[name].codes[first].tolist()]
            for name in names
        ]
    labels: list[str] = []
    wrong: dict[int, tuple[str, Wrong]] = {}
    for at, texts in enumerate(zip(*columns, strict=True)):
        values = dict(zip(names, texts, strict=True))
        if not all(text.strip() for text in texts):
            labels.append("")
            continue
        odd = [f[1] for f in PLACE.finditer(template) if f[2] and not _whole(values[f[1]])]
        if odd:
            cure = f"it is counted on in the template {template!r}; write a year such as 2024"
            wrong[at] = values[odd[0]], Wrong("not a whole number", cure)
            labels.append("")
            continue
        labels.append(PLACE.sub(partial(_filled, values=values), template))
    return Column(Coded(codes, tuple(labels) or ("",)), wrong)


def _whole(text: str) -> bool:
    return re.fullmatch(r"-?[0-9]{1,9}", text.strip()) is not None


def _filled(found: re.Match[str], values: Mapping[str, str]) -> str:
    text = values[found[1]].strip()
    if not found[2]:
        return text
    step = int(found[3]) if found[2] == "+" else -int(found[3])
    return str(int(text) + step)


def _combinations(columns: Sequence[Coded]) -> tuple[NDArray[np.int32], NDArray[Any]]:
    """Which combination of labels of two columns or more each row has; the first row of each."""
    key = columns[0].codes.astype(np.int64)
    first = np.empty(0, dtype=np.intp)
    for column in columns[1:]:
        # Renumbered after each column, so that the product of the counts never overflows.
        wide = key * np.int64(len(column.labels)) + column.codes
        _, first, key = np.unique(wide, return_index=True, return_inverse=True)
    return key.astype(np.int32), first
