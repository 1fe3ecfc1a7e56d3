"""Killed, out of space or memory, in any surroundings: files stay whole and the same."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from carbonmeter.cli import main
from carbonmeter.examples import example

COMMAND = [sys.executable, "-m", "carbonmeter"]
KILLS = 6
TABLES = ("activity", "sinks", "reductions", "loans", "borrowers", "projects", "measured", "names")

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals and limits of Unix")


def hashes(folder: Path) -> dict[str, str]:
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in folder.iterdir()}


def run(*arguments: object, **options: object) -> subprocess.CompletedProcess[str]:
    words = [*COMMAND, *map(str, arguments)]
    return subprocess.run(words, capture_output=True, text=True, encoding="utf-8", **options)


def limited(kind: int, most: int) -> Callable[[], None]:
    return lambda: resource.setrlimit(kind, (most, most))


@pytest.fixture(scope="module")
def other(tmp_path_factory) -> Path:
    """The embedded folder with another quantity, so that old and new files can be told apart."""
    folder = Path(shutil.copytree(example().folder, tmp_path_factory.mktemp("other") / "in"))
    text = (folder / "activity.csv").read_text("utf-8")
    first = text.splitlines()[1].split(",")[6]
    (folder / "activity.csv").write_text(text.replace(f",{first},", f",{first}5,", 1), "utf-8")
    return folder


def stop_while_writing(out: Path, source: Path, later: float, sent: int) -> tuple[int, bytes]:
    """Start a run, and send it a signal so long after its first temporary file appeared."""
    words = [*COMMAND, "run", str(source), "--out", str(out)]
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as child:
        deadline = time.monotonic() + 60.0
        left = set(out.glob(".*.part"))
        while set(out.glob(".*.part")) <= left and child.poll() is None:
            assert time.monotonic() < deadline
            time.sleep(0.001)
        time.sleep(later)
        child.send_signal(sent)
        _, error = child.communicate()
    return child.returncode, error


def test_kill_leaves_each_file_old_or_new(tmp_path, other) -> None:
    out, old, new = tmp_path / "out", tmp_path / "old", tmp_path / "new"
    assert main(["run", "--out", str(old)]) == 0
    assert main(["run", str(other), "--out", str(new)]) == 0
    shutil.copytree(old, out)
    versions = [hashes(old), hashes(new)]
    choose = random.Random(20)
    for number in range(KILLS):
        source = other if number % 2 == 0 else example().folder
        stop_while_writing(out, source, choose.uniform(0.0, 0.3), signal.SIGKILL)
        for name, digest in hashes(out).items():
            if not name.endswith(".part"):
                assert digest in (versions[0][name], versions[1][name]), name
    assert main(["run", "--out", str(out)]) == 0
    assert hashes(out) == versions[0]


def test_interrupting_leaves_nothing_half_written(tmp_path) -> None:
    out = tmp_path / "out"
    status, error = stop_while_writing(out, example().folder, 0.0, signal.SIGINT)
    assert status == 130
    assert error == b""
    assert list(out.iterdir()) == []


def test_a_disk_that_is_full_leaves_what_was_there(tmp_path, other) -> None:
    """A file may not grow beyond 100 kB: the page does not fit, as on a full disk."""
    out = tmp_path / "out"
    assert run("run", "--out", out).returncode == 0
    before = hashes(out)
    refused = run("run", other, "--out", out, preexec_fn=limited(resource.RLIMIT_FSIZE, 100_000))
    assert refused.returncode == 1
    assert "report.html cannot be written" in refused.stderr
    assert "What was there before is intact." in refused.stderr
    assert hashes(out) == before


def test_too_little_memory_is_said_with_the_way_out(tmp_path) -> None:
    import numpy as np
    import pandas as pd

    n = 5_000_000
    whole = pd.DataFrame({"quantity": np.arange(n, dtype=np.float64)})
    for name, text in (
        ("entity", "plant"),
        ("region", "CN-SD"),
        ("period", "2024"),
        ("activity", "solid_fuel_combustion"),
        ("subject", "anthracite"),
        ("unit", "t"),
    ):
        whole[name] = pd.Categorical.from_codes(np.zeros(n, dtype=np.int8), [text])
    whole["note"] = np.arange(n).astype(str)
    path = tmp_path / "large.parquet"
    whole.to_parquet(path)
    room = limited(resource.RLIMIT_AS, 700_000_000)
    refused = run("account", path, "--guide", "cets", preexec_fn=room)
    assert refused.returncode == 1, refused.stderr[-500:]
    assert "split" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_out_is_a_file_or_lies_below_one(tmp_path, capsys) -> None:
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    for out in (tmp_path / "file", tmp_path / "file" / "below"):
        assert main(["run", "--out", str(out)]) == 1
        assert "choose another folder" in capsys.readouterr().err
    assert (tmp_path / "file").read_text("utf-8") == "mine"


def test_missing_parents_are_made(tmp_path) -> None:
    assert main(["run", "--out", str(tmp_path / "一" / "b c" / "d")]) == 0
    assert (tmp_path / "一" / "b c" / "d" / "manifest.json").is_file()


SURROUNDINGS = [
    {"TZ": "UTC", "LC_ALL": "C", "PYTHONHASHSEED": "0", "OMP_NUM_THREADS": "1"},
    {"TZ": "Asia/Shanghai", "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "1", "OMP_NUM_THREADS": "2"},
    {"TZ": "America/St_Johns", "LC_ALL": "POSIX", "PYTHONHASHSEED": "2"},
    {"TZ": "Pacific/Kiritimati", "LC_ALL": "zh_CN.GB18030", "PYTHONHASHSEED": "3"},
    {"TZ": "Asia/Kathmandu", "LANG": "zh_CN.UTF-8", "PYTHONHASHSEED": "4", "COLUMNS": "40"},
    {"HOME": "/nowhere", "NUMBA_CACHE_DIR": "/nowhere", "PYTHONHASHSEED": "5"},
    {"PYTHONUTF8": "0", "LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONHASHSEED": "6"},
    {"TZ": "", "OMP_NUM_THREADS": "7", "PYTHONHASHSEED": "random"},
]


def test_the_same_bytes_wherever_and_however_it_runs(tmp_path) -> None:
    folder = Path(shutil.copytree(example().folder, tmp_path / "聊城 2024"))
    found = []
    for number, settings in enumerate(SURROUNDINGS):
        out = tmp_path / f"输出 {number}"
        inside = number % 2
        source, target = ("..", f"../../{out.name}") if inside else (folder, out)
        where = folder / "evidence" if inside else tmp_path
        done = run("run", source, "--out", target, env={**os.environ, **settings}, cwd=where)
        assert done.returncode == 0, (settings, done.stderr[-500:])
        found.append(hashes(out))
    assert all(each == found[0] for each in found)


def test_rows_in_another_order_give_the_same_totals(tmp_path) -> None:
    shuffled = Path(shutil.copytree(example().folder, tmp_path / "shuffled"))
    for name in TABLES:
        path = shuffled / f"{name}.csv"
        head, *rows = csv.reader(io.StringIO(path.read_text("utf-8-sig")))
        random.Random(name).shuffle(rows)
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([head, *rows])
    assert main(["run", "--out", str(tmp_path / "a")]) == 0
    assert main(["run", str(shuffled), "--out", str(tmp_path / "b")]) == 0
    for name in ("totals.csv", "totals-by-gas.csv", "banks.csv"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes(), name
    manifest = json.loads((tmp_path / "b" / "manifest.json").read_text("utf-8"))
    assert manifest["outputs"]["totals.csv"] == hashes(tmp_path / "a")["totals.csv"]
