"""What a small job loads: the time of a short run is the time of its imports."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("numba", "dask", "xarray", "pint", "pandas", "scipy")
PROGRAM = """\
import sys
from carbonmeter.cli import main
status = main(["account", sys.argv[1], "--guide", "cets"])
print("loaded:", *(name for name in sys.argv[2:] if name in sys.modules))
raise SystemExit(status)
"""
ROWS = """\
entity,region,period,activity,subject,quantity,unit
明湖热力,CN-SD,2024,solid_fuel_combustion,anthracite,1200.5,t
明湖热力,CN-SD,2024,electricity_purchase,,35,MWh
"""


@pytest.fixture
def table(request, tmp_path):
    path = tmp_path / "activity.csv"
    path.write_text(ROWS, encoding="utf-8")
    if request.param == "csv":
        return path
    from pyarrow import csv, parquet

    parquet.write_table(csv.read_csv(path), path.with_suffix(".parquet"))
    return path.with_suffix(".parquet")


@pytest.mark.parametrize("table", ["csv", "parquet"], indirect=True)
def test_an_account_of_a_small_file_loads_nothing_heavy(table):
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(table), *HEAVY],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={"PYTHONIOENCODING": "utf-8"},
        check=True,
    )
    assert done.stdout.splitlines()[-1] == "loaded:"
