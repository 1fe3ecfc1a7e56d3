"""A folder appears whole or not at all, also if the run that writes it is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from carbonmeter.errors import WriteError
from carbonmeter.report.folder import write_folder

FILES = {"a.csv": b"1\n", "b/c.csv": b"2\n", "datapackage.json": b"{}"}
ROOT = Path(__file__).parents[2]


def held(folder: Path) -> dict[str, bytes]:
    return {
        each.relative_to(folder).as_posix(): each.read_bytes()
        for each in folder.rglob("*")
        if each.is_file()
    }


def test_all_files_are_there(tmp_path):
    write_folder(tmp_path / "new" / "out", FILES)
    assert held(tmp_path / "new" / "out") == FILES
    assert [each.name for each in (tmp_path / "new").iterdir()] == ["out"]


def test_an_empty_folder_is_filled_and_another_is_left_alone(tmp_path):
    (tmp_path / "out").mkdir()
    write_folder(tmp_path / "out", FILES)
    with pytest.raises(WriteError, match="is there already"):
        write_folder(tmp_path / "out", {"a.csv": b"other"})
    assert held(tmp_path / "out") == FILES
    (tmp_path / "file").write_text("x")
    with pytest.raises(WriteError, match="is there already"):
        write_folder(tmp_path / "file", FILES)


def test_what_a_check_refuses_is_never_there(tmp_path):
    def check(folder):
        assert held(folder) == FILES
        raise KeyError("no")

    with pytest.raises(KeyError):
        write_folder(tmp_path / "out", FILES, check)
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_leaves_nothing(tmp_path, monkeypatch):
    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(WriteError, match="the disk is full"):
        write_folder(tmp_path / "out", FILES)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_appears_meanwhile_is_not_overwritten(tmp_path):
    def other(folder):
        (tmp_path / "out").mkdir()
        (tmp_path / "out" / "theirs").write_text("x")

    with pytest.raises(WriteError, match="cannot be written"):
        write_folder(tmp_path / "out", FILES, other)
    assert held(tmp_path / "out") == {"theirs": b"x"}
    assert [each.name for each in tmp_path.iterdir()] == ["out"]


KILLED = """
import os, signal, sys
from pathlib import Path
from carbonmeter.report import folder

left = int(sys.argv[2])
sync, rename = os.fsync, Path.rename

def counted(call):
    def run(*given):
        global left
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        left -= 1
        return call(*given)
    return run

os.fsync, Path.rename = counted(sync), counted(rename)
files = {"a.csv": b"1\\n", "b/c.csv": b"2\\n", "datapackage.json": b"{}"}
folder.write_folder(Path(sys.argv[1]), files)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL")
def test_a_run_killed_anywhere_leaves_no_half_of_a_folder(tmp_path):
    ended = []
    for step in range(20):
        target = tmp_path / str(step) / "out"
        run = subprocess.run(
            [sys.executable, "-c", KILLED, str(target), str(step)],
            cwd=ROOT,
            check=False,
            timeout=60,
        )
        ended.append(run.returncode)
        if target.exists():
            assert held(target) == FILES
        if run.returncode == 0:
            break
        assert run.returncode == -signal.SIGKILL
        if not target.exists():
            # The next run sweeps what the killed one left, and writes all.
            write_folder(target, FILES)
        assert held(target) == FILES
        assert [each.name for each in target.parent.iterdir()] == ["out"]
    assert ended[-1] == 0
    assert len(ended) > 5
