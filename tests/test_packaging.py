"""What is installed is complete: every package, every factor table, every example file."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from pathlib import Path

import pytest

import carbonmeter

ROOT = Path(carbonmeter.__file__).parent.parent
IN_TREE = (ROOT / "pyproject.toml").exists()
DATA_FILES = {"carbonmeter.data": "factors", "carbonmeter.examples": "carbonmeter/examples"}

pytestmark = pytest.mark.skipif(not IN_TREE, reason="installed from a wheel")


def settings():
    with (ROOT / "pyproject.toml").open("rb") as file:
        return tomllib.load(file)["tool"]["setuptools"]


def test_every_package_of_the_tree_is_listed():
    found = {
        ".".join(path.parent.relative_to(ROOT).parts)
        for path in (ROOT / "carbonmeter").rglob("__init__.py")
    }
    listed = settings()["packages"]
    assert sorted(found | {"carbonmeter.data"}) == listed, "correct `packages` in pyproject.toml"


def test_every_folder_with_code_is_a_package():
    bare = {
        path.parent.relative_to(ROOT).as_posix()
        for path in (ROOT / "carbonmeter").rglob("*.py")
        if not (path.parent / "__init__.py").exists()
    }
    assert not bare, "a folder without __init__.py would be missing from the wheel"


@pytest.mark.parametrize("package", ["carbonmeter.data", "carbonmeter.examples"])
def test_every_data_file_has_a_pattern_that_ships_it(package):
    folder = ROOT / DATA_FILES[package]
    patterns = settings()["package-data"][package]
    shipped = {path for pattern in patterns for path in folder.glob(pattern)}
    present = {
        path
        for path in folder.rglob("*")
        if path.is_file() and path.suffix not in {".py", ".pyc"} and not path.name.startswith(".")
    }
    assert present == shipped


def test_the_data_folder_is_importable_and_its_subfolders_are_not_packages():
    assert files("carbonmeter.data").joinpath("__init__.py").is_file()
    assert not list((ROOT / "factors").glob("*/**/__init__.py"))
