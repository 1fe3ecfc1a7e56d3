"""Parquet by row groups: however a file is cut and stored, its table is the same."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from carbonmeter.tables import Field, Kind, Table

NOTES = Table(
    "notes",
    "备注",
    (
        Field("name", Kind.IDENTIFIER, "名称"),
        Field("value", Kind.NUMBER, "数值", required=False, signed=True),
        Field("note", Kind.TEXT, "备注", required=False),
        Field("place", Kind.IDENTIFIER, "地点", required=False),
    ),
)
N = 700
RNG = np.random.default_rng(3)
NAMES = [f"E{i % 317}" for i in RNG.permutation(N).tolist()]
VALUES = [None if i % 50 == 0 else float(i - 5) for i in range(N)]
ROWS = {
    "name": NAMES,
    "value": VALUES,
    "note": [None if i % 7 == 0 else f"第 {i // 100} 页" for i in range(N)],
    "place": ["here"] * N,
}


def columns(table):
    texts = [table.text(name).text().tolist() for name in ("name", "note", "place")]
    return [table.row.tolist(), *texts, table.number("value").tolist()]


def same(one, two):
    return one[:4] == two[:4] and np.array_equal(one[4], two[4], equal_nan=True)


@pytest.fixture(scope="module")
def expected():
    return columns(NOTES.read(pa.table(ROWS)))


@pytest.mark.parametrize("rows", [1, 64, 300, 10_000])
@pytest.mark.parametrize("stored", ["plain", "dictionary", "category", "large"])
def test_a_file_is_read_alike_however_it_is_stored(tmp_path, expected, rows, stored):
    table = pa.table(ROWS)
    if stored == "category":
        for at, name in enumerate(table.column_names):
            if name != "value":
                table = table.set_column(at, name, table[name].dictionary_encode())
    if stored == "large":
        table = table.set_column(0, "name", table["name"].cast(pa.large_string()))
    path = tmp_path / "notes.parquet"
    parquet.write_table(table, path, row_group_size=rows, use_dictionary=stored != "plain")
    read = NOTES.read(path)
    assert same(columns(read), expected)
    assert len(set(read.text("name").labels)) == len(read.text("name").labels)


def test_codes_are_as_narrow_as_their_labels_allow(tmp_path):
    path = tmp_path / "notes.parquet"
    parquet.write_table(pa.table(ROWS), path, row_group_size=100)
    read = NOTES.read(path)
    assert read.text("note").codes.dtype == np.uint8
    assert read.text("name").codes.dtype == np.uint16
    assert read.text("place").codes.strides == (0,)


def test_minus_zero_and_integers_become_plain_numbers(tmp_path):
    path = tmp_path / "notes.parquet"
    parquet.write_table(pa.table({"name": ["a", "b"], "value": [-0.0, 1.0]}), path)
    assert not np.signbit(NOTES.read(path).number("value")).any()
    parquet.write_table(pa.table({"name": ["a", "b"], "value": [3, None]}), path)
    assert NOTES.read(path).number("value").tolist()[0] == 3.0
