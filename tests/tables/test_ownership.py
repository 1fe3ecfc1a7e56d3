"""Shares of ownership, against the plain definition day by day."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbonmeter.errors import EntityError
from carbonmeter.tables import read_entities
from carbonmeter.tables.entities import ENTITIES
from carbonmeter.tables.ownership import contradictions

links = st.lists(
    st.tuples(
        st.sampled_from("abcd"),
        st.sampled_from("abcd"),
        st.sampled_from([0.3, 0.4, 0.6, 1.0]),
        st.integers(2000, 2004),
        st.integers(1, 5),
        st.booleans(),
    ),
    min_size=1,
    max_size=6,
)


def frame(rows):
    return pd.DataFrame(
        [
            (c, p, s, date(y, 1, 1), date(y + n, 1, 1) if y + n < 2006 else None, o)
            for c, p, s, y, n, o in rows
        ],
        columns=["child", "parent", "share", "from", "to", "operational_control"],
    )


def has_loop(edges):
    reached = {c: {p for k, p in edges if k == c} for c, _ in edges}
    for _ in reached:
        for known in reached.values():
            known |= {q for p in known for q in reached.get(p, ())}
    return any(c in known for c, known in reached.items())


def expected(rows):
    """Which of the four contradictions hold in some year."""
    found = set()
    for year in range(2000, 2010):
        live = [r for r in rows if r[3] <= year and (year < r[3] + r[4] or r[3] + r[4] >= 2006)]
        if has_loop([(c, p) for c, p, *_ in live]):
            found.add("loop")
        pairs = [(c, p) for c, p, *_ in live]
        if len(set(pairs)) < len(pairs):
            found.add("twice")
        for child in "abcd":
            if sum(r[2] for r in live if r[0] == child) > 1 + 1e-9:
                found.add("sum")
            if len({r[1] for r in live if r[0] == child and r[5]}) > 1:
                found.add("operators")
    return found


WORDS = {
    "a loop of ownership": "loop",
    "add up to": "sum",
    "runs": "operators",
    "holds": "twice",
}


@given(links)
def test_contradictions_are_found_exactly_where_there_are_some(rows):
    rules = [problem.rule for problem in contradictions(ENTITIES.read(frame(rows)))]
    found = {name for word, name in WORDS.items() if any(word in rule for rule in rules)}
    assert found == expected(rows)


def test_a_holding_may_change_hands():
    rows = [("a", "b", 1.0, 2000, 3, True), ("a", "c", 1.0, 2003, 9, True)]
    table = read_entities(frame(rows))
    assert table.flag("operational_control").tolist() == [True, True]


def test_shares_that_fill_the_whole_are_accepted():
    rows = [("a", p, 0.1, 2000, 9, False) for p in ("b", "c", "d", "e", "f", "g", "h", "i", "j")]
    assert len(read_entities(frame([*rows, ("a", "k", 0.1, 2000, 9, False)]))) == 10


def test_every_loop_is_named():
    rows = [("a", "b", 0.5, 2000, 9, False), ("b", "a", 0.5, 2000, 9, False)]
    rows += [("c", "d", 0.5, 2000, 9, False), ("d", "c", 0.5, 2001, 9, False)]
    with pytest.raises(EntityError) as caught:
        read_entities(frame(rows))
    assert [p.value for p in caught.value.problems] == ["a → b → a", "c → d → c"]
