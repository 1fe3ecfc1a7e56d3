"""Numbers, dates, periods and codes, one at a time."""

from __future__ import annotations

import calendar
from datetime import date, datetime, timedelta
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbonmeter.tables import Coded, Field, Kind
from carbonmeter.tables.cells import Wrong, mixed_of
from carbonmeter.tables.choices import flag_of
from carbonmeter.tables.credit_code import ALPHABET, check_character, credit_code_of
from carbonmeter.tables.dates import date_of
from carbonmeter.tables.identifiers import identifier_of, translated
from carbonmeter.tables.labels import inverted
from carbonmeter.tables.numbers import number_of, read_numbers
from carbonmeter.tables.period import bounds, period_of

SIGNED = Field("x", Kind.NUMBER, "数", signed=True)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_written_out_is_read_back_to_the_bit(value):
    got = number_of(repr(value))
    assert got == value


@pytest.mark.parametrize(
    ("text", "value"),
    [("5", 5.0), ("+5", 5.0), ("5.", 5.0), (".5", 0.5), ("1E5", 1e5), (" 7 ", 7.0), ("007", 7.0)],
)
def test_usual_spellings_of_a_number_are_read(text, value):
    assert number_of(text) == value


def test_negative_zero_becomes_zero():
    parsed = read_numbers(pa.chunked_array([["-0.0", "0", "-0"]]), SIGNED)
    assert not np.signbit(parsed.column).any()
    assert parsed.flaws == []


texts = st.text("0123456789.eE+-, _%x１nafi", max_size=8) | st.floats().map(repr)


@given(st.lists(texts, min_size=1, max_size=20))
def test_a_column_is_read_as_its_cells_are(cells):
    fast = read_numbers(pa.chunked_array([cells]), SIGNED)
    slow = read_numbers(mixed_of(cells), SIGNED)
    np.testing.assert_array_equal(fast.column, slow.column)
    for name in ("flaws", "missing"):
        places = [
            {(int(at), flaw.value, flaw.rule) for flaw in getattr(p, name) for at in flaw.at}
            for p in (fast, slow)
        ]
        assert places[0] == places[1]


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2024", date(2024, 1, 1), date(2024, 12, 31)),
        ("2024-H1", date(2024, 1, 1), date(2024, 6, 30)),
        ("2024-H2", date(2024, 7, 1), date(2024, 12, 31)),
        ("2024-Q2", date(2024, 4, 1), date(2024, 6, 30)),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("2023-12", date(2023, 12, 1), date(2023, 12, 31)),
    ],
)
def test_bounds_of_a_period(text, first, last):
    start, end = bounds(text)
    assert (start, end - timedelta(days=1)) == (first, last)


@given(st.integers(1900, 2199))
def test_months_quarters_and_halves_tile_the_year(year):
    whole = bounds(str(year))
    for parts in (
        [f"{year}-{m:02d}" for m in range(1, 13)],
        [f"{year}-Q{q}" for q in range(1, 5)],
        [f"{year}-H1", f"{year}-H2"],
    ):
        edges = [bounds(part) for part in parts]
        assert (edges[0][0], edges[-1][1]) == whole
        assert all(a[1] == b[0] for a, b in pairwise(edges))


def test_a_wrong_period_says_what_to_write():
    with pytest.raises(ValueError, match="write 2024-Q1"):
        bounds("2024年第1季度")


@pytest.mark.parametrize(
    ("value", "period"), [(2024, "2024"), (2024.0, "2024"), (" 2024-Q1 ", "2024-Q1")]
)
def test_a_year_as_a_number_is_a_period(value, period):
    assert period_of(value) == period


@given(st.dates(date(1900, 1, 1), date(2199, 12, 31)))
def test_every_day_is_read(day):
    assert date_of(day.isoformat()) == day
    assert date_of(datetime(day.year, day.month, day.day)) == day
    assert date_of(f"{day.year}/{day.month}/{day.day}").cure == f"write {day}"


@given(st.integers(1900, 2199), st.integers(1, 12), st.integers(1, 40))
def test_only_days_of_the_calendar_are_read(year, month, day):
    got = date_of(f"{year}-{month:02d}-{day:02d}")
    exists = day <= calendar.monthrange(year, month)[1]
    assert isinstance(got, Wrong) != exists


codes = st.text(ALPHABET, min_size=17, max_size=17).filter(lambda t: not t.isdigit())


@given(codes, st.integers(0, 17), st.sampled_from(ALPHABET))
def test_one_wrong_character_of_a_credit_code_is_found(first, place, letter):
    code = first + check_character(first)
    assert credit_code_of(code) == code
    changed = code[:place] + letter + code[place + 1 :]
    assert (credit_code_of(changed) == changed) == (changed == code)


@given(codes, st.integers(0, 16))
def test_two_swapped_neighbours_of_a_credit_code_are_found(first, place):
    code = first + check_character(first)
    swapped = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
    assert (credit_code_of(swapped) == swapped) == (swapped == code)


@pytest.mark.parametrize("name", ["plant-1", "1号锅炉", "CN-SD", "*", "a b", "炉（北）", "café"])
def test_usual_names_are_kept(name):
    assert identifier_of(name) == name


def test_labels_that_two_identifiers_share_are_not_translated():
    labels = inverted({"a": "煤", "b": "气", "c": "气"})
    assert translated("煤", labels) == "a"
    assert translated("气", labels).rule == "an unknown label"
    assert translated("coal", labels) == "coal"


@pytest.mark.parametrize(("cell", "flag"), [("是", "yes"), (True, "yes"), ("no", "no")])
def test_yes_and_no(cell, flag):
    assert flag_of(cell) == flag


words = st.lists(st.sampled_from(["a", "b", "煤", ""]), max_size=30)


@given(words)
def test_a_coded_column_says_what_its_texts_say(texts):
    column = Coded.of(texts)
    assert column.text().tolist() == texts
    assert len(column) == len(texts)
    assert column.recode({"a": "b"}).text().tolist() == ["b" if t == "a" else t for t in texts]
    assert column.where(("煤",)).tolist() == [t == "煤" for t in texts]
    mask = np.array([t != "" for t in texts], dtype=bool)
    assert column.take(mask).text().tolist() == [t for t in texts if t]


@given(words)
def test_labels_stay_distinct_when_they_become_equal(texts):
    merged = Coded.of(texts).recode({"a": "煤", "": "煤"})
    assert len(set(merged.labels)) == len(merged.labels)
