"""A reader sees the old file or the new one, whole: also after errors and kills."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time

import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import parquet

from carbonmeter.errors import WriteError
from carbonmeter.report import write
from carbonmeter.report.write import Folder, csv_bytes, write_csv, write_parquet, write_text

OLD, NEW = b"old " * 1000, b"new " * 2000


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_files_appear_with_their_content_and_rights(tmp_path):
    with Folder(tmp_path / "deep" / "out") as folder:
        folder.text("a.txt", "碳\n")
        folder.bytes("b.bin", b"\0\1")
        assert names(tmp_path / "deep" / "out") != ["a.txt", "b.bin"]
    out = tmp_path / "deep" / "out"
    assert names(out) == ["a.txt", "b.bin"]
    assert (out / "a.txt").read_bytes() == "碳\n".encode()
    assert folder.paths == [out / "a.txt", out / "b.bin"]
    umask = os.umask(0)
    os.umask(umask)
    assert (out / "a.txt").stat().st_mode & 0o777 == 0o666 & ~umask


def break_off(path):
    with Folder(path) as folder:
        folder.bytes("a.txt", NEW)
        raise RuntimeError("half way")


def test_an_error_in_the_middle_leaves_every_old_file(tmp_path):
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_bytes(OLD)
    with pytest.raises(RuntimeError, match="half way"):
        break_off(tmp_path)
    assert names(tmp_path) == ["a.txt", "b.txt"]
    assert (tmp_path / "a.txt").read_bytes() == OLD


def fails(number):
    def wrong(*args):
        raise OSError(number, os.strerror(number))

    return wrong


@pytest.mark.parametrize(
    ("number", "cure"),
    [
        (errno.ENOSPC, "free space or choose another folder"),
        (errno.EROFS, "the folder is read-only; choose another"),
        (errno.EACCES, "change the permissions or choose another"),
        (errno.EIO, "check the disk and the folder"),
    ],
)
@pytest.mark.parametrize("call", ["open", "fsync", "replace"])
def test_each_failure_of_the_disk_is_explained_and_harmless(
    tmp_path, monkeypatch, call, number, cure
):
    (tmp_path / "a.txt").write_bytes(OLD)
    monkeypatch.setattr(write.os, call, fails(number))
    with pytest.raises(WriteError) as caught:
        write_text(tmp_path / "a.txt", "new")
    monkeypatch.undo()
    assert cure in str(caught.value)
    assert str(tmp_path / "a.txt") in str(caught.value)
    assert "E502" in str(caught.value)
    assert "What was there before is intact." in str(caught.value)
    assert (tmp_path / "a.txt").read_bytes() == OLD
    assert names(tmp_path) == ["a.txt"]


def test_a_file_that_outgrows_the_system_leaves_the_old_one(tmp_path):
    """A limit on file size stands in for a full disk: the write itself fails half way."""
    resource = pytest.importorskip("resource")
    (tmp_path / "a.bin").write_bytes(OLD)
    kept = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, kept[1]))
    try:
        with pytest.raises(WriteError, match="larger than this system allows"):
            write.write_bytes(tmp_path / "a.bin", b"x" * 100_000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, kept)
        signal.signal(signal.SIGXFSZ, before)
    assert (tmp_path / "a.bin").read_bytes() == OLD
    assert names(tmp_path) == ["a.bin"]


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_folder_is_refused(tmp_path):
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(WriteError, match="you may not write there"):
            write_text(tmp_path / "a.txt", "new")
    finally:
        tmp_path.chmod(0o700)
    assert names(tmp_path) == []


def test_places_that_cannot_be_written_are_refused(tmp_path):
    (tmp_path / "file").write_bytes(OLD)
    with pytest.raises(WriteError, match="choose another folder"):
        write_text(tmp_path / "file" / "a.txt", "new")
    (tmp_path / "taken").mkdir()
    with pytest.raises(WriteError, match="a folder stands where the file should be"):
        write_text(tmp_path / "taken", "new")
    assert names(tmp_path) == ["file", "taken"]


def write_both(path):
    with Folder(path) as folder:
        folder.text("a.txt", "new")
        folder.text("b.txt", "new")


def test_nothing_is_moved_if_one_target_is_a_folder(tmp_path):
    (tmp_path / "a.txt").write_bytes(OLD)
    (tmp_path / "b.txt").mkdir()
    with pytest.raises(WriteError, match=r"b\.txt"):
        write_both(tmp_path)
    assert (tmp_path / "a.txt").read_bytes() == OLD


WRITER = """
import sys
from pathlib import Path
from carbonmeter.report.write import Folder
n = 0
print("started", flush=True)
while True:
    n += 1
    block = f"{n:012d}\\n".encode() * 40_000
    with Folder(Path(sys.argv[1])) as folder:
        folder.bytes("one.bin", block)
        folder.bytes("two.bin", block)
"""


def whole(path):
    lines = path.read_bytes().split(b"\n")
    return len(lines) == 40_001 and len(set(lines[:-1])) == 1


@pytest.mark.skipif(os.name == "nt", reason="no SIGKILL")
def test_a_killed_writer_leaves_whole_files_and_the_next_run_sweeps(tmp_path):
    torn = 0
    for attempt in range(20):
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE
        ) as process:
            assert process.stdout.readline() == b"started\n"
            time.sleep(0.03 + 0.007 * attempt)
            process.kill()
        torn += sum(not whole(p) for p in tmp_path.glob("*.bin"))
    assert torn == 0
    assert (tmp_path / "one.bin").exists()
    write_text(tmp_path / "next.txt", "x")
    assert names(tmp_path) == ["next.txt", "one.bin", "two.bin"]


def test_the_sweep_leaves_files_of_others_and_of_running_writers(tmp_path):
    (tmp_path / ".mine.part").write_bytes(b"x")
    (tmp_path / f".old.txt.{'0' * 12}.part").write_bytes(b"x")
    with Folder(tmp_path) as running:
        running.text("a.txt", "running")
        with Folder(tmp_path) as other:
            other.text("a.txt", "other")
    assert (tmp_path / "a.txt").read_text() == "running"
    assert names(tmp_path) == [".mine.part", "a.txt"]


def test_csv_for_people_is_safe_to_open_and_exact():
    frame = pd.DataFrame(
        {
            "=head": ["=cmd|'/C calc'!A0", "＝1+1", " @x", "\tx", "plain", "'-x"],
            "value": [-0.1, 1e21, float("nan"), 0.1 + 0.2, 5.0, -5.0],
            "n": [-1, 2, 3, 4, 5, 6],
        }
    )
    text = csv_bytes(frame).decode("utf-8-sig")
    assert csv_bytes(frame).startswith(b"\xef\xbb\xbf")
    lines = text.split("\r\n")
    assert lines[0] == "'=head,value,n"
    assert lines[1] == "'=cmd|'/C calc'!A0,-0.1,-1"
    assert lines[2] == "'＝1+1,1e+21,2"
    assert lines[3] == "' @x,,3"
    assert lines[4] == "'\tx,0.30000000000000004,4"
    assert lines[5] == "plain,5.0,5"
    assert lines[6] == "''-x,-5.0,6"


def test_csv_for_machines_is_bare():
    frame = pd.DataFrame({"a": ["=x"], "d": pd.to_datetime(["2024-12-31"]), "f": [True]})
    assert csv_bytes(frame, people=False) == b"a,d,f\n=x,2024-12-31,yes\n"


def test_protected_text_is_read_back(tmp_path):
    from carbonmeter.tables.cells import unprotected

    write_csv(tmp_path / "t.csv", pd.DataFrame({"a": ["=x", "+y", "-z", "＠w"]}))
    back = pd.read_csv(tmp_path / "t.csv", dtype=str, encoding="utf-8-sig")["a"]
    assert [unprotected(text) for text in back] == ["=x", "+y", "-z", "＠w"]


def test_parquet_keeps_bits_and_metadata(tmp_path):
    values = [0.1, -1e-300, 3.0]
    write_parquet(tmp_path / "t.parquet", pa.table({"x": values}), {"guide": "cets"})
    table = parquet.read_table(tmp_path / "t.parquet")
    assert table["x"].to_pylist() == values
    assert table.schema.metadata[b"guide"] == b"cets"


def test_hashes_are_those_of_the_files(tmp_path):
    import hashlib

    with Folder(tmp_path) as folder:
        folder.bytes("a", NEW)
        folder.parquet("b.parquet", pa.table({"x": [1.0]}))
        hashes = folder.hashes()
    for name, digest in hashes.items():
        assert hashlib.sha256((tmp_path / name).read_bytes()).hexdigest() == digest
