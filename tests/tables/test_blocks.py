"""Parquet read in blocks: the same rows, numbers and problems as the file read whole."""

from __future__ import annotations

import os
from itertools import product

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import parquet

from carbonmeter.errors import TableError
from carbonmeter.tables import read_activity
from carbonmeter.tables.across import BYTES_A_ROW, KEY, Seen, contradictions, words_of
from carbonmeter.tables.blocks import blocks_of, pieces

N = 97


def rows(n=N):
    return pd.DataFrame(
        {
            "entity": [f"e{i % 8}" for i in range(n)],
            "region": "CN-SD-LC",
            "period": [f"2024-{1 + i // 8 % 12:02d}" for i in range(n)],
            "activity": [
                ("solid_fuel_combustion", "electricity_purchase")[i % 2] for i in range(n)
            ],
            "subject": [("anthracite", "")[i % 2] for i in range(n)],
            "quantity": [1.5 * i for i in range(n)],
            "unit": [("t", "MWh")[i % 2] for i in range(n)],
            "note": [str(i // 96) for i in range(n)],
        }
    )


def written(frame, path, group=10):
    table = pa.Table.from_pandas(frame, preserve_index=False)
    parquet.write_table(table, path, row_group_size=group)
    return path


def problems_in_blocks(paths, batch_rows, **more):
    blocks = blocks_of(paths, batch_rows=batch_rows)
    seen, wrong = None, []
    for block in blocks:
        for piece in pieces(block, batch_rows=batch_rows, **more):
            part = Seen.of(piece.rows, (block.file.path, piece.first))
            seen = part if seen is None else part.merge(seen)
            wrong += piece.problems
    return [
        *wrong,
        *contradictions(seen, blocks, lambda block: pieces(block, batch_rows=batch_rows, **more)),
    ]


@pytest.mark.parametrize(("group", "batch_rows"), list(product((7, 40, 1000), (1, 9, 33, 1000))))
def test_pieces_put_together_are_the_file(tmp_path, group, batch_rows):
    path = written(rows(), tmp_path / "a.parquet", group)
    whole = read_activity(path)
    found = [p for block in blocks_of(path, batch_rows=batch_rows) for p in pieces(block)]
    assert np.concatenate([piece.rows.row for piece in found]).tolist() == whole.row.tolist()
    for name in ("entity", "period", "activity", "subject", "unit", "note", "meter"):
        texts = np.concatenate([piece.rows.text(name).text() for piece in found])
        assert texts.tolist() == whole.text(name).text().tolist()
    numbers = np.concatenate([piece.rows.number("quantity") for piece in found])
    assert numbers.tolist() == whole.number("quantity").tolist()


def test_small_row_groups_share_a_block_and_large_ones_are_read_in_pieces(tmp_path):
    path = written(rows(), tmp_path / "a.parquet", 10)
    assert [b.groups for b in blocks_of(path, batch_rows=40)] == [
        (0, 1, 2, 3),
        (4, 5, 6, 7),
        (8, 9),
    ]
    (large,) = blocks_of(written(rows(), tmp_path / "b.parquet", 1000), batch_rows=40)
    assert [len(piece.rows) for piece in pieces(large, batch_rows=40)] == [40, 40, 17]


def wrong_rows():
    frame = rows().astype({"quantity": object})
    frame.loc[3, "unit"] = "kt"
    frame.loc[50, "quantity"] = -1.0
    frame.loc[51, "quantity"] = np.nan
    frame.loc[60, "activity"] = " "
    frame = pd.concat([frame, frame.iloc[[0, 96, 20]], frame.iloc[[0]].assign(period="2024-Q1")])
    return frame.assign(quantity=frame["quantity"].astype(float))


@pytest.mark.parametrize("batch_rows", [3, 20, 1000])
@pytest.mark.parametrize("shuffled", [False, True])
def test_every_problem_is_that_of_the_file_read_whole(tmp_path, batch_rows, shuffled):
    frame = wrong_rows()
    if shuffled:
        frame = frame.sample(frac=1.0, random_state=4)
    path = written(frame, tmp_path / "a.parquet")
    with pytest.raises(TableError) as whole:
        read_activity(path)
    assert len(whole.value.problems) == 10
    assert set(problems_in_blocks(path, batch_rows)) == set(whole.value.problems)


def test_problems_between_files_name_both_files(tmp_path):
    frame = rows(96)
    one = written(frame.iloc[:50], tmp_path / "one.parquet")
    two = written(
        pd.concat([frame.iloc[50:], frame.iloc[[7]], frame.iloc[[8]].assign(period="2024")]),
        tmp_path / "two.parquet",
    )
    found = problems_in_blocks([one, two], 20)
    rules = {(p.file, p.row): p.rule for p in found if p.row == 47}
    assert rules == {("two.parquet", 47): "the same key as row 8 of one.parquet"}
    overlap = [p for p in found if p.row == 48 and p.file == "two.parquet"]
    assert overlap[0].rule.startswith("overlaps the period 2024-")
    assert any("of one.parquet, which is the same in all else" in p.rule for p in overlap)


def test_rows_left_out_do_not_stand_against_others(tmp_path):
    frame = rows(20)
    frame = pd.concat([frame, frame.iloc[[0]].assign(quantity=np.nan), frame.iloc[[1]]])
    path = written(frame, tmp_path / "a.parquet")
    found = problems_in_blocks(path, 7, missing="exclude")
    assert [(p.row, p.rule) for p in found] == [(22, "the same key as row 2")]


def test_a_state_takes_the_bytes_a_row_that_it_says(tmp_path):
    (block,) = blocks_of(written(rows(), tmp_path / "a.parquet", 1000))
    (piece,) = pieces(block)
    assert Seen.of(piece.rows, ("a", 1)).nbytes == BYTES_A_ROW * N


def test_words_are_the_same_beside_any_other_texts():
    texts = ["", "a", "ab", "铝", "x" * 64, "x" * 65, "x" * 66]
    alone = [int(words_of([text], 1)[0]) for text in texts]
    assert words_of(texts, 1).tolist() == alone
    assert len({*alone, *(int(words_of([text], 2)[0]) for text in texts)}) == 2 * len(texts)
    assert len(np.unique(words_of([f"e{i}" for i in range(100_000)], 1))) == 100_000


def test_equal_hashes_alone_are_no_problem(tmp_path, monkeypatch):
    path = written(rows(), tmp_path / "a.parquet")
    monkeypatch.setattr(
        "carbonmeter.tables.across.words_of",
        lambda texts, salt: np.full(len(texts), salt, dtype=np.uint64),
    )
    assert problems_in_blocks(path, 20) == []
    assert len(KEY) == 7


def test_files_are_found_by_pattern_and_named_apart(tmp_path):
    for folder in ("north", "south"):
        (tmp_path / folder).mkdir()
        written(rows(), tmp_path / folder / "a.parquet")
    written(rows(), tmp_path / "north" / "b.parquet")
    found = {block.file.name for block in blocks_of(str(tmp_path / "*" / "*.parquet"))}
    both = {str(tmp_path / folder / "a.parquet") for folder in ("north", "south")}
    assert found == {*both, "b.parquet"}


@pytest.mark.parametrize(
    ("paths", "says"),
    [
        ("none/*.parquet", "no file of this name or pattern"),
        ([], "no file was named"),
        (["a.parquet", "a.parquet"], "named twice"),
        ("a.csv", "'.csv' are not read in blocks"),
        ("empty.parquet", "no rows below the heading"),
        ("text.parquet", "not a readable Parquet file"),
        ("cut.parquet", "not a readable Parquet file"),
        (["a.parquet", "more.parquet"], "the column is missing, but more.parquet has it"),
        ("odd.parquet", "an unknown column"),
    ],
)
def test_what_cannot_be_read_is_refused_at_once(tmp_path, monkeypatch, paths, says):
    monkeypatch.chdir(tmp_path)
    written(rows(), tmp_path / "a.parquet")
    written(rows().assign(site="x"), tmp_path / "more.parquet")
    written(rows().assign(colour="x"), tmp_path / "odd.parquet")
    written(rows(0), tmp_path / "empty.parquet")
    (tmp_path / "a.csv").write_text("entity\n")
    (tmp_path / "text.parquet").write_text("entity\n")
    whole = (tmp_path / "a.parquet").read_bytes()
    (tmp_path / "cut.parquet").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(TableError, match=says):
        blocks_of(paths)


def truncated(path):
    os.truncate(path, path.stat().st_size // 2)


def replaced(path):
    written(rows().assign(quantity=1.0), path)


def touched(path):
    os.utime(path, ns=(0, 0))


def gone(path):
    path.unlink()


def same_time_other_bytes(path):
    before = path.stat()
    data = bytearray(path.read_bytes())
    data[-40] ^= 0xFF
    path.write_bytes(data)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


HARMS = (truncated, replaced, touched, gone)


@pytest.mark.parametrize(
    ("harm", "when"),
    [*product(HARMS, ("before", "within")), (same_time_other_bytes, "before")],
)
def test_a_file_that_changes_under_the_reader_is_refused(tmp_path, harm, when):
    path = written(rows(), tmp_path / "a.parquet", 1000)
    (block,) = blocks_of(path, batch_rows=10)
    reading = pieces(block, batch_rows=10)
    if when == "within":
        next(reading)
    harm(path)
    with pytest.raises(TableError, match=r"changed while it was read|cannot be opened|readable"):
        list(reading)


@pytest.mark.parametrize("harm", HARMS)
def test_a_file_that_changes_is_not_hashed(tmp_path, harm):
    path = written(rows(), tmp_path / "a.parquet")
    (block,) = blocks_of(path)
    assert len(block.file.sha256()) == 64
    harm(path)
    with pytest.raises(TableError, match=r"changed while it was read|cannot be opened"):
        block.file.sha256()
