"""Layers kept between processes: the same as read anew, and read anew when a byte has changed."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import pickle
import shutil
import stat
from importlib import resources
from pathlib import Path

import numpy as np
import pytest

from carbonmeter.errors import FactorTableError
from carbonmeter.factors import FactorLibrary, cache_files, stored
from carbonmeter.factors.layer import LENT
from carbonmeter.factors.package import read_package
from carbonmeter.factors.record import FIELDS
from carbonmeter.factors.stored import open_package

DATA = Path(str(resources.files("carbonmeter.data")))


@pytest.fixture
def kept(tmp_path, monkeypatch):
    """The folder of stored layers, empty at first."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "carbonmeter"


@pytest.fixture
def package(tmp_path):
    return Path(shutil.copytree(DATA / "cn-grid", tmp_path / "cn-grid"))


def files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*")) if folder.exists() else []


def edited(package: Path, change: tuple[str, str]) -> None:
    """Change a text of a table and enter its new hash."""
    descriptor = json.loads((package / "datapackage.json").read_text("utf-8"))
    for resource in descriptor["resources"]:
        path = package / resource["path"]
        text = path.read_text("utf-8").replace(*change)
        path.write_text(text, "utf-8")
        resource["hash"] = "sha256:" + hashlib.sha256(path.read_bytes()).hexdigest()
    (package / "datapackage.json").write_text(json.dumps(descriptor), "utf-8")


def same(one, other):
    assert (one.name, one.title, one.title_zh) == (other.name, other.title, other.title_zh)
    assert (one.family, one.edition, one.licences) == (other.family, other.edition, other.licences)
    assert one.version == other.version
    for name in (*(field.name for field in FIELDS), LENT):
        a, b = one.columns[name], other.columns[name]
        assert a.dtype == b.dtype, name
        assert np.array_equal(a, b, equal_nan=a.dtype.kind in "fM"), name
        assert not a.flags.writeable
    assert one.row.tolist() == other.row.tolist()
    assert one.file.tolist() == other.file.tolist()
    for name in ("sources", "labels", "codes", "statements"):
        assert list(getattr(one, name)) == list(getattr(other, name))


@pytest.mark.parametrize("name", ["cn-grid", "ipcc-2006", "gwp-ar6", "pcaf-2022"])
def test_a_stored_layer_is_the_layer(kept, name):
    read = read_package(DATA / name, shipped=True)
    first, second = (open_package(DATA / name, shipped=True) for _ in range(2))
    assert len(files(kept)) == 1
    for layer in (first, second):
        same(layer, read)
        assert layer.shipped
    anew = vars(second).pop("version")
    assert second.version == anew


def test_the_second_opening_reads_no_table(kept, monkeypatch):
    open_package(DATA / "cn-grid", shipped=True)

    def refuse(*_, **__):
        raise AssertionError("read again")

    monkeypatch.setattr("carbonmeter.factors.package.read_package", refuse)
    assert len(open_package(DATA / "cn-grid", shipped=True)) > 0


def test_a_changed_byte_is_read_anew(kept, package):
    before = open_package(package, shipped=True)
    edited(package, ("0.5703", "0.5704"))
    after = open_package(package, shipped=True)
    assert after.version != before.version
    assert 0.5704 in after.columns["value"]
    (package / "sources.csv").write_bytes((package / "sources.csv").read_bytes() + b"\n")
    with pytest.raises(FactorTableError, match="SHA-256"):
        open_package(package, shipped=True)
    assert len(files(kept)) == 2


def test_a_file_that_no_table_lists_is_seen(kept, package):
    open_package(package, shipped=True)
    shutil.copy(package / "sources.csv", package / "more.csv")
    with pytest.raises(FactorTableError, match="does not list it"):
        open_package(package, shipped=True)


def test_other_checks_ask_for_another_reading(kept, package, monkeypatch):
    open_package(package, shipped=True)
    monkeypatch.setattr(stored, "machinery", lambda: "another")
    open_package(package, shipped=True)
    assert len(files(kept)) == 2


def cut(path):
    path.write_bytes(path.read_bytes()[:-7])


def flipped(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))


def emptied(path):
    path.write_bytes(b"")


def foreign(path):
    path.write_bytes(b"not ours" * 100)


def opened_to_all(path):
    path.chmod(0o666)


def linked(path):
    moved = path.with_name("elsewhere")
    path.rename(moved)
    path.symlink_to(moved)


def a_folder(path):
    path.unlink()
    path.mkdir()


def of_another_key(path):
    """A sound file, for other bytes."""
    content = cache_files.read("layer", "cn-grid", stored.key_of(DATA / "cn-grid"))
    path.unlink()
    key = path.stem.rpartition("-")[2] + "0" * 32
    cache_files.write("layer", "cn-grid", key, content)


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="modes and links of POSIX")
@pytest.mark.parametrize(
    "harm",
    [cut, flipped, emptied, foreign, opened_to_all, linked, a_folder, of_another_key],
    ids=lambda harm: harm.__name__,
)
def test_a_file_that_cannot_be_relied_upon_is_ignored(kept, harm):
    read = open_package(DATA / "cn-grid", shipped=True)
    harm(files(kept)[0])
    key = stored.key_of(DATA / "cn-grid")
    assert cache_files.read("layer", "cn-grid", key) is None
    same(open_package(DATA / "cn-grid", shipped=True), read)


def test_files_are_whole_and_for_their_owner_only(kept):
    open_package(DATA / "cn-grid", shipped=True)
    (file,) = files(kept)
    assert not file.name.startswith(".")
    if hasattr(os, "getuid"):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert stat.S_IMODE(kept.stat().st_mode) == 0o700


def test_a_library_opens_where_nothing_can_be_kept(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    same(open_package(DATA / "cn-grid", shipped=True), read_package(DATA / "cn-grid"))


def test_old_files_of_a_name_go(kept, package):
    for at in range(7):
        (package / "note.txt").write_text(str(at))
        open_package(package, shipped=True)
    assert len(files(kept)) == cache_files.NEWEST


def test_a_package_with_a_link_or_few_records_is_not_kept(kept, package):
    open_package(package)
    assert files(kept) == []
    (package / "link.txt").symlink_to(package / "sources.csv")
    open_package(package, shipped=True)
    assert files(kept) == []


def test_a_large_package_of_a_user_is_kept(kept, tmp_path):
    folder = tmp_path / "many"
    folder.mkdir()
    heading = [
        "id",
        "parameter",
        "subject",
        "region",
        "site",
        "value",
        "unit",
        "tier",
        "source",
        "confidence",
    ]
    rows = [
        [
            f"r{at}",
            "net_calorific_value",
            f"coal_{at}",
            "*",
            "*",
            "25.1",
            "GJ/t",
            "default",
            "book",
            "primary",
        ]
        for at in range(stored.WORTH_STORING)
    ]
    tables = {"records.csv": [heading, *rows], "sources.csv": [["source", "title"], ["book", "B"]]}
    resources = []
    for name, table in tables.items():
        with (folder / name).open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(table)
        digest = hashlib.sha256((folder / name).read_bytes()).hexdigest()
        resources.append({"path": name, "hash": f"sha256:{digest}"})
    about = {"name": "many", "title": "Many", "version": "1", "family": "much", "edition": "first"}
    about |= {"licenses": [{"name": "facts"}], "sources": [{"title": "book"}]}
    (folder / "datapackage.json").write_text(json.dumps(about | {"resources": resources}))
    first, second = (FactorLibrary.open(folder) for _ in range(2))
    assert len(files(kept)) == 1
    same(first.stack[0], second.stack[0])
    assert (first.stack[0].family, first.stack[0].edition) == ("much", "first")
    assert first.version == second.version
    assert not second.stack[0].shipped


def test_a_family_must_be_a_text(package):
    descriptor = json.loads((package / "datapackage.json").read_text("utf-8"))
    (package / "datapackage.json").write_text(json.dumps({**descriptor, "family": 3}))
    with pytest.raises(FactorTableError, match=r"family.*not a text"):
        read_package(package)


def test_a_stored_layer_travels_between_processes(kept):
    """By itself, not with the whole of the file that it was read from."""
    open_package(DATA / "ipcc-2006", shipped=True)
    layer = open_package(DATA / "ipcc-2006", shipped=True)
    carried = pickle.loads(pickle.dumps(layer))
    assert vars(carried).pop("version") == layer.version == carried.version
    assert len(pickle.dumps(layer.columns.packed("tier"))) < 10_000
