"""Evidence files: present, unchanged, and inside their folder."""

from __future__ import annotations

import hashlib

import pandas as pd
import pytest

from carbonmeter.tables import ACTIVITY
from carbonmeter.tables.evidence import check, summary

SCALE = hashlib.sha256(b"scale protocol").hexdigest()


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "evidence").mkdir()
    (tmp_path / "evidence" / "scale.txt").write_bytes(b"scale protocol")
    (tmp_path / "outside.txt").write_bytes(b"scale protocol")
    (tmp_path / "evidence" / "link.txt").symlink_to(tmp_path / "outside.txt")
    return tmp_path / "evidence"


def table(*pairs):
    frame = pd.DataFrame(pairs, columns=["evidence", "evidence_sha256"])
    frame = frame.assign(entity=[f"e{i}" for i in range(len(pairs))], region="CN", period="2024")
    frame = frame.assign(activity="solid_fuel_combustion", quantity=1.0, unit="t")
    return ACTIVITY.read(frame)


def test_a_file_with_its_hash_is_evidence(folder):
    activity = table(("scale.txt", SCALE), ("scale.txt", SCALE.upper()), ("", ""))
    assert check(activity, folder) == ()
    assert summary(activity, folder).to_dict("list") == {
        "activity": ["solid_fuel_combustion"],
        "rows": [3],
        "evidenced": [2],
        "missing": [1],
    }


@pytest.mark.parametrize(
    ("file", "sha256", "rule"),
    [
        ("none.txt", SCALE, "the file does not exist"),
        ("scale.txt", "0" * 64, "is not the one whose hash was noted"),
        ("scale.txt", "", "no hash"),
        ("scale.txt", "abc", "not 64 hexadecimal digits"),
        ("", SCALE, "a hash without a file"),
        ("../outside.txt", SCALE, "leaves the folder"),
        ("..\\outside.txt", SCALE, "leaves the folder"),
        ("link.txt", SCALE, "leaves the folder"),
        ("/etc/hostname", SCALE, "not a file inside the folder"),
        ("C:\\scale.txt", SCALE, "not a file inside the folder"),
        ("https://example.org/scale.txt", SCALE, "not a file inside the folder"),
    ],
)
def test_what_is_not_evidence_is_named(folder, file, sha256, rule):
    problems = check(table(("scale.txt", SCALE), (file, sha256)), folder)
    assert [problem.row for problem in problems] == [2]
    assert rule in problems[0].rule
    assert problems[0].cure


def test_without_a_folder_a_row_counts_if_it_names_file_and_hash():
    activity = table(("a.txt", SCALE), ("b.txt", ""), ("", ""))
    assert summary(activity)["evidenced"].tolist() == [1]
