"""Numbers as a file writes them: one strict pattern, never a guess."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from carbonmeter.tables.cells import (
    MISSING,
    Flaw,
    Parsed,
    Wrong,
    distinct,
    flaws_of,
    in_arrow,
    in_numpy,
    shown,
)
from carbonmeter.tables.columns import Column, frozen
from carbonmeter.tables.field import Field
from carbonmeter.tables.source import ArrowColumn, Cells, Doubles, Mixed

LONGEST = 64
NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
MISSING_WORDS = frozenset(
    {"nan", "null", "none", "n.a.", "n/a", "#n/a", "-", "--", "—", "——", "–", "－"}
    | {"无", "暂无", "缺", "缺失", "缺测", "空"}
)
NOTATION_KEYS = frozenset({"NE", "NO", "NA", "IE", "C"})
TOO_LARGE = Wrong("larger than any number that can be computed with", "check the exponent")
WIDE = str.maketrans("０１２３４５６７８９．－＋，％", "0123456789.-+,%")


def is_missing(text: str) -> bool:
    """Whether a cell says that there is no number."""
    word = text.strip()
    return not word or (word not in NOTATION_KEYS and word.lower() in MISSING_WORDS)


def number_of(text: str) -> float | Wrong:
    """The number a text writes, or why it is none.

    Examples
    --------
    >>> number_of("1.5e3")
    1500.0
    >>> number_of("1,234").cure
    'write 1234'
    """
    text = text.strip(" ")
    if len(text) > LONGEST:
        return Wrong(f"{len(text)} characters, at most {LONGEST} are a number", "round it")
    if not NUMBER.fullmatch(text):
        return _not_a_number(text)
    value = float(text)
    if np.isinf(value):
        return TOO_LARGE
    if value == 0.0 and re.search("[1-9]", re.split("[eE]", text)[0]):
        return Wrong("so small that it would be read as zero", "check the exponent")
    return value + 0.0


def _not_a_number(text: str) -> Wrong:
    plain = text.translate(WIDE)
    if plain != text and NUMBER.fullmatch(plain):
        return Wrong("full-width digits", f"write {plain}")
    if re.fullmatch(r"[+-]?[0-9]{1,3}([,， ' \u00a0\u202f_][0-9]{3})+(\.[0-9]+)?", text):
        return Wrong("thousands separator", f"write {re.sub(r'[^0-9.+-]', '', text)}")
    if re.fullmatch(r"[+-]?[0-9]+,[0-9]+", text):
        return Wrong("a comma in a number", f"write {text.replace(',', '.')} or take the comma out")
    if re.fullmatch(r"[+-]?[0-9.]+ *%", plain) and NUMBER.fullmatch(plain.rstrip("% ")):
        return Wrong("percent sign", f"write {_hundredth(plain.rstrip('% '))}")
    if text.lower().lstrip("+-") in ("inf", "infinity", "∞"):
        return Wrong("not a finite number", "write the number that was measured")
    if text in NOTATION_KEYS:
        return Wrong("a notation key, not a number", "take the row out and report the key")
    if re.fullmatch(r"[<>≤≥~≈＜＞约].*", text):
        return Wrong("a limit, not a number", "write the value to be used and say why in a note")
    if re.fullmatch(r"[+-]?0[xXoObB][0-9a-fA-F]+", text):
        return Wrong("not a decimal number", "write it in decimal digits")
    if re.fullmatch(r"[0-9]{1,4}[-/.年][0-9]{1,2}([-/.月][0-9]{1,4}日?)?", text):
        return Wrong("a date in a number column", "write the number")
    if re.fullmatch(r"\u2212[0-9.]+", text):
        return Wrong("a minus sign that is not '-'", f"write -{text[1:]}")
    counted = re.fullmatch(r"([+-]?[0-9.]+) *([万亿])(.*)", text)
    if counted and NUMBER.fullmatch(counted[1]):
        unit = f"{counted[2]}{counted[3] or 't'}"
        return Wrong(
            "a count of ten thousands or hundred millions",
            f"write {counted[1]} and its unit with {counted[2]} before it, such as {unit}",
        )
    inside = re.fullmatch(r"([+-]?[0-9.]+) *([^0-9.].*)", text)
    if inside and NUMBER.fullmatch(inside[1]):
        return Wrong("text after the number", f"write {inside[1]} and put {inside[2]!r} elsewhere")
    return Wrong("not a number", "write digits with a point, such as 1234.5")


def _hundredth(text: str) -> str:
    from decimal import Decimal

    return format((Decimal(text) / 100).normalize(), "f")


def read_numbers(cells: Cells, field: Field) -> Parsed:
    """A column of numbers: values, NaN where missing, and every cell that is wrong."""
    values, missing, flaws = _values(cells)
    flaws += _out_of_bounds(values, field)
    return Parsed(frozen(values), flaws, missing)


def _values(cells: Cells) -> tuple[Column, list[Flaw], list[Flaw]]:
    if isinstance(cells, Mixed):
        return _by_value(cells)
    if isinstance(cells, Doubles):
        return _plain(cells.values)
    import pyarrow as pa

    kind = cells.type
    if (
        pa.types.is_integer(kind)
        or pa.types.is_floating(kind)
        or pa.types.is_decimal(kind)
        or pa.types.is_null(kind)
    ):
        cells = cells.cast(pa.float64(), safe=False)
        return _plain(in_numpy(cells.fill_null(np.nan) if cells.null_count else cells) + 0.0)
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return _of_texts(cells)
    return _by_value(distinct(cells))


def _of_texts(cells: ArrowColumn) -> tuple[Column, list[Flaw], list[Flaw]]:
    """Texts cast in one pass; only those that fail or are doubtful are looked at one by one."""
    import pyarrow as pa
    from pyarrow import compute

    if cells.null_count:
        cells = cells.fill_null("")
    doubtful = in_numpy(compute.binary_length(cells)) > LONGEST
    try:
        values = in_numpy(cells.cast(pa.float64())) + 0.0
    except pa.ArrowInvalid:
        plain = compute.match_substring_regex(cells, f"^{NUMBER.pattern}$")
        zeroed = compute.if_else(plain, cells, "0")
        values = in_numpy(zeroed.cast(pa.float64())) + 0.0
    doubtful = doubtful | ~np.isfinite(values) | (values == 0.0)
    rows = np.flatnonzero(doubtful)
    if not rows.size:
        return values, [], []
    values[rows], *lists = _by_value(distinct(cells.take(in_arrow(rows))))
    missing, flaws = ([flaw._replace(at=rows[flaw.at]) for flaw in found] for found in lists)
    return values, missing, flaws


def _plain(values: Column) -> tuple[Column, list[Flaw], list[Flaw]]:
    if _within(values, -np.inf, np.inf):
        return values, [], []
    finite = np.isfinite(values)
    infinite = Wrong("not a finite number", "write the number that was measured")
    flaws = [
        Flaw(np.flatnonzero(values == bound), str(bound), *infinite)
        for bound in (np.inf, -np.inf)
        if (values == bound).any()
    ]
    gaps = np.flatnonzero(np.isnan(values))
    missing = [Flaw(gaps, "NaN", *MISSING)] if gaps.size else []
    values[~finite] = np.nan
    return values, missing, flaws


def _by_value(mixed: Mixed) -> tuple[Column, list[Flaw], list[Flaw]]:
    """Each distinct cell judged once: for dictionaries, for Excel, and to say what is wrong."""
    numbers = np.full(len(mixed.values) + 1, np.nan)
    wrong: dict[int, Wrong] = {}
    gaps: dict[int, Wrong] = {}
    plain = NUMBER.fullmatch
    for code, value in enumerate(mixed.values):
        if isinstance(value, str) and len(value) <= LONGEST and plain(value):
            number = float(value)
            if number and -np.inf < number < np.inf:
                numbers[code] = number
                continue
        verdict = _judge(value)
        if verdict is None:
            gaps[code] = MISSING
        elif isinstance(verdict, Wrong):
            wrong[code] = verdict
        else:
            numbers[code] = verdict
    missing = flaws_of(mixed, gaps) if gaps else []
    return numbers[mixed.codes], missing, flaws_of(mixed, wrong) if wrong else []


def _judge(value: object) -> float | Wrong | None:
    if isinstance(value, str):
        return None if is_missing(value) else number_of(value)
    if isinstance(value, bool):
        return Wrong("yes or no in a number column", "write the number")
    if isinstance(value, int | float | np.integer | np.floating):
        if value != value:
            return None
        return TOO_LARGE if _overflows(value) else number_of(repr(float(value)))
    if isinstance(value, date):
        return Wrong("a date in a number column", "format the cell as a number")
    return number_of(str(value))


def _overflows(value: Any) -> bool:
    """Whether a finite number of any kind, such as an integer of 400 digits, is no double."""
    try:
        return bool(np.isinf(float(value)) and value not in (np.inf, -np.inf))
    except OverflowError:
        return True


def _within(values: Column, least: float, most: float) -> bool:
    """Whether all are finite and none is outside the bounds; no array is made to find that out."""
    if not values.size:
        return True
    low, high = float(values.min()), float(values.max())  # not a number if one of them is not
    return -np.inf < low and least <= low and high <= most and high < np.inf


def _out_of_bounds(values: Column, field: Field) -> list[Flaw]:
    flaws: list[Flaw] = []
    least = -np.inf if field.signed else 0.0
    least = least if field.least is None else field.least
    most = np.inf if field.most is None else field.most
    if field.above is None and _within(values, least, most):
        return flaws

    def outside(wrong: NDArray[Any], rule: str, cure: str) -> None:
        rows = np.flatnonzero(wrong)
        if rows.size:
            found, inverse = np.unique(values[rows], return_inverse=True)
            order = np.argsort(inverse, kind="stable")
            parts = np.split(rows[order], np.cumsum(np.bincount(inverse))[:-1])
            for value, at in zip(found.tolist(), parts, strict=True):
                flaws.append(Flaw(at, shown(value), rule, cure))

    if not field.signed and field.above is None and field.least is None:
        outside(
            values < 0.0,
            "negative",
            "write it without the sign; what flows the other way is a row of its own kind",
        )
    if field.above is not None:
        outside(values <= field.above, f"must be above {field.above:g}", "correct the number")
    if field.least is not None:
        outside(values < field.least, f"must be at least {field.least:g}", "correct the number")
    if field.most is not None:
        outside(values > field.most, f"must be at most {field.most:g}", "correct the number")
    return flaws
