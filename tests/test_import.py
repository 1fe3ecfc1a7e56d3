"""Starting costs nothing: heavy libraries are loaded when they are used."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec

import pytest

import carbonmeter

HEAVY = ("pandas", "xarray", "numba", "pint", "dask", "distributed", "scipy", "pyarrow")


def loaded_after(code: str) -> list[str]:
    """The heavy libraries that a fresh interpreter has loaded after running `code`."""
    report = f"import sys; print('loaded', *[m for m in {HEAVY!r} if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\n{report}"],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
        timeout=120,
    )
    return done.stdout.splitlines()[-1].split()[1:]


def test_import_loads_nothing_heavy():
    assert loaded_after("import carbonmeter") == []


def test_units_convert_without_loading_anything_heavy():
    assert loaded_after("from carbonmeter.units import scale; scale('万吨', 't')") == []


@pytest.mark.skipif(find_spec("carbonmeter.cli") is None, reason="no command line in this tree")
def test_help_loads_nothing_heavy():
    code = (
        "from carbonmeter.cli import main\n"
        "try:\n"
        "    main(['--help'])\n"
        "except SystemExit as done:\n"
        "    assert not done.code\n"
    )
    assert loaded_after(code) == []


@pytest.mark.parametrize("name", carbonmeter.__all__)
def test_each_public_name_is_where_the_table_says(name):
    home = f"carbonmeter.{carbonmeter._HOME[name]}"
    if find_spec(home) is None:
        pytest.skip(f"no {home} in this tree")
    assert getattr(carbonmeter, name) is not None
    assert name in dir(carbonmeter)


def test_an_unknown_name_is_refused():
    with pytest.raises(AttributeError, match="has no attribute 'acount'"):
        _ = carbonmeter.acount
