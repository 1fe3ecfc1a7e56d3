"""Repeated keys and overlapping periods, against the plain definition."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbonmeter.errors import TableError
from carbonmeter.tables import ACTIVITY, Coded, Source
from carbonmeter.tables.checked import Checked
from carbonmeter.tables.keys import groups, overlapping
from carbonmeter.tables.period import bounds

SOURCE = Source("x", "", "", "frame")
keys = st.lists(st.tuples(*[st.integers(0, 2)] * 3), max_size=25)


def coded(rows, sizes):
    """Three columns whose label tables are padded to given sizes, so that keys overflow."""
    columns = {
        n: Coded(np.array([r[i] for r in rows], dtype=np.int32), tuple(map(str, range(sizes))))
        for i, n in enumerate("abc")
    }
    return Checked("t", SOURCE, np.arange(len(rows)), columns)


@given(keys, st.sampled_from([3, 5_000_000]))
def test_groups_are_the_rows_of_each_repeated_key(rows, size):
    if size > 3:
        table = coded(rows, 3)
        labels = range(size)  # stands for a long table of labels
        columns = {n: Coded(c.codes, labels) for n, c in table.columns.items()}
        table = Checked(table.name, SOURCE, table.row, columns)
    else:
        table = coded(rows, 3)
    got = sorted(tuple(part.tolist()) for part in groups(table, ("a", "b", "c")))
    places = {}
    for at, row in enumerate(rows):
        places.setdefault(row, []).append(at)
    assert got == sorted(tuple(p) for p in places.values() if len(p) > 1)


intervals = st.lists(
    st.tuples(st.integers(0, 12), st.integers(1, 6), st.integers(0, 2)), max_size=12
)


@given(intervals)
def test_overlaps_are_found_exactly_where_there_are_some(rows):
    start = np.array([s for s, _, _ in rows], dtype=np.int64)
    end = np.array([s + n for s, n, _ in rows], dtype=np.int64)
    group = np.array([g for _, _, g in rows], dtype=np.int64)

    def overlap(i, j):
        return group[i] == group[j] and start[i] < end[j] and start[j] < end[i]

    got = list(overlapping(start, end, group))
    assert all(overlap(i, j) for i, j in got)
    for g in range(3):
        members = np.flatnonzero(group == g)
        wanted = any(overlap(i, j) for i, j in combinations(members, 2))
        assert any(group[i] == g for i, _ in got) == wanted


periods = ["2024", "2024-H1", "2024-H2", "2024-Q1", "2024-03", "2024-04", "2025"]
sets = st.lists(st.sampled_from(periods), min_size=1, max_size=5)


@given(sets, st.randoms(use_true_random=False))
def test_periods_of_one_key_never_overlap_unnoticed(chosen, random):
    frame = pd.DataFrame(
        {"entity": "a", "region": "CN", "period": chosen, "activity": "x", "quantity": 1.0}
    ).assign(unit="t")
    edges = [bounds(text) for text in chosen]
    clash = any(a[0] < b[1] and b[0] < a[1] for a, b in combinations(edges, 2))
    for rows in (frame, frame.sample(frac=1, random_state=random.randrange(1 << 30))):
        if clash:
            with pytest.raises(TableError):
                ACTIVITY.read(rows)
        else:
            assert len(ACTIVITY.read(rows)) == len(rows)


def test_a_note_or_a_meter_tells_rows_apart():
    frame = pd.DataFrame(
        {"entity": "a", "region": "CN", "period": "2024", "activity": "x", "quantity": 1.0}
        | {"unit": "t", "meter": ["m1", "m2", "m2"], "note": ["", "", "second"]}
    )
    assert len(ACTIVITY.read(frame)) == 3
    with pytest.raises(TableError, match="the same key as row 2"):
        ACTIVITY.read(frame.assign(note=""))


def test_every_repeated_row_names_the_first():
    frame = pd.DataFrame(
        {"entity": ["a", "b", "a", "a"], "region": "CN", "period": "2024", "activity": "x"}
    ).assign(quantity=1.0, unit="t")
    with pytest.raises(TableError) as caught:
        ACTIVITY.read(frame)
    assert [(p.row, p.rule) for p in caught.value.problems] == [
        (3, "the same key as row 1"),
        (4, "the same key as row 1"),
    ]
    assert caught.value.problems[0].value == "a · 2024 · x"
