"""Combinations of codes: the compiled passes say what the NumPy ones say, and both are right."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbonmeter.kernels import combinations
from carbonmeter.kernels.combinations import any_twice, numbered, span_of

KINDS = (np.uint8, np.uint16, np.int32)


@st.composite
def tables(draw):
    sizes = draw(st.lists(st.integers(1, 6), min_size=1, max_size=4))
    n = draw(st.integers(0, 40))
    kinds = draw(st.lists(st.sampled_from(KINDS), min_size=len(sizes), max_size=len(sizes)))
    seed = draw(st.integers(0, 2**32 - 1))
    rng = np.random.default_rng(seed)
    columns = [rng.integers(0, s, n).astype(k) for s, k in zip(sizes, kinds, strict=True)]
    return columns, sizes


@pytest.fixture(params=["numpy", "compiled"], scope="module")
def path(request):
    patch = pytest.MonkeyPatch()
    patch.setattr(combinations, "COMPILED_FROM", 0 if request.param == "compiled" else 1 << 60)
    patch.setattr(combinations, "BLOCK", 16)
    yield request.param
    patch.undo()


@given(table=tables())
def test_numbers_are_those_of_the_rows(path, table):
    columns, sizes = table
    rows = list(zip(*(c.tolist() for c in columns), strict=True))
    of_row, found, first = numbered(columns, sizes)
    wanted = sorted(set(rows))
    assert [rows[i] for i in first.tolist()] == wanted
    assert first.tolist() == [rows.index(row) for row in wanted]
    assert [wanted[i] for i in of_row.tolist()] == rows
    assert found.tolist() == sorted(found.tolist())
    assert found.max(initial=0) < span_of(sizes)


@given(table=tables())
def test_what_occurs_twice_is_found(path, table):
    columns, sizes = table
    rows = list(zip(*(c.tolist() for c in columns), strict=True))
    assert any_twice(columns, sizes) == (len(set(rows)) < len(rows))


def test_columns_of_one_label_have_no_say(path):
    constant = np.broadcast_to(np.int32(0), 3)
    assert any_twice([constant, np.arange(3, dtype=np.int32)], [1, 3]) is False
    assert any_twice([constant, constant], [1, 1]) is True
