"""The files of a run: exact, together, with a manifest that another run repeats bit by bit."""

from __future__ import annotations

import hashlib
import json

import numpy as np
import pandas as pd
import pytest
from pyarrow import parquet

from carbonmeter.accounts import account
from carbonmeter.errors import WriteError
from carbonmeter.report import write
from carbonmeter.report.files import write_results
from carbonmeter.report.results import NamedAccount, Results
from carbonmeter.tables import read_activity


@pytest.fixture(scope="module")
def out(results, tmp_path_factory):
    folder = tmp_path_factory.mktemp("out")
    write_results(results, folder)
    return folder


def test_the_manifest_is_last_and_names_every_file(results, tmp_path):
    steps = []
    paths = write_results(results, tmp_path / "o", lambda *step: steps.append(step), receipts=3)
    assert paths[-1].name == "manifest.json"
    assert sorted(p.name for p in (tmp_path / "o").iterdir()) == sorted(p.name for p in paths)
    assert [name for _, _, name in steps] == [p.name for p in paths[:-1]]
    assert {total for _, total, _ in steps} == {len(paths)}
    content = json.loads(paths[-1].read_text("utf-8"))
    assert set(content["outputs"]) == {p.name for p in paths[:-1]}
    for name, digest in content["outputs"].items():
        assert hashlib.sha256((tmp_path / "o" / name).read_bytes()).hexdigest() == digest
    for name, digest in content["inputs"].items():
        assert hashlib.sha256((results.folder / name).read_bytes()).hexdigest() == digest
    assert content["accounts"][0]["activity_sha256"] == content["inputs"]["activity.csv"]
    assert "created" not in content


def test_the_same_run_writes_the_same_bytes(results, out, tmp_path):
    write_results(results, tmp_path)
    for path in out.iterdir():
        assert (tmp_path / path.name).read_bytes() == path.read_bytes(), path.name


def test_lines_hold_every_account_bit_by_bit(results, out):
    table = parquet.read_table(out / "lines.parquet")
    frame = table.to_pandas()
    assert frame["account"].unique().tolist() == ["enterprises", "sinks", "reductions"]
    for named in results.accounts:
        own = frame[frame["account"] == named.name]
        ledger = named.account.frame()
        assert np.array_equal(own["co2e"].to_numpy(), ledger["co2e"].to_numpy())
        assert own["entity"].astype(str).tolist() == ledger["entity"].astype(str).tolist()
    version = results.accounts[0].account.library.version
    assert table.schema.metadata[b"carbonmeter.enterprises.library"] == version.encode()


def test_totals_are_exact_and_scopes_stand_apart(results, out):
    frame = pd.read_csv(out / "totals.csv", dtype={"scope": str}, keep_default_na=False)
    own = frame[frame["account"] == "enterprises"]
    total = results.accounts[0].account.total("entity").frame()
    assert own["co2e"].astype(float).tolist() == total["co2e"].tolist()
    assert own["scope"].tolist() == total["scope"].tolist()
    assert "2-location" in set(own["scope"])
    by_gas = pd.read_csv(out / "totals-by-gas.csv", dtype={"scope": str})
    assert "CF4" in set(by_gas["gas"])


def test_loans_are_those_of_the_book(results, out):
    frame = parquet.read_table(out / "loans.parquet").to_pandas()
    held = results.financed.frame()
    assert np.array_equal(frame["financed_scope_1"], held["financed_scope_1"], equal_nan=True)
    assert frame["reason"].astype(str).tolist() == held["reason"].tolist()


def excluding(results):
    rows = pd.DataFrame(
        {
            "entity": ["a", "b"],
            "region": ["CN-SD", "CN-SD"],
            "period": ["2024", "2024"],
            "activity": ["electricity_purchase", "solid_fuel_combustion"],
            "subject": ["", "unheard-of"],
            "quantity": [1.0, 1.0],
            "unit": ["MWh", "t"],
        }
    )
    made = account(read_activity(rows), guide="cets", missing="exclude")
    return Results("少", "few", results.folder, (NamedAccount("few", "少", "few", made),))


def test_what_was_left_out_is_listed_and_goes_away_with_it(results, tmp_path):
    paths = write_results(excluding(results), tmp_path)
    names = {p.name for p in paths}
    assert "excluded.csv" in names
    assert "loans.parquet" not in names
    listed = pd.read_csv(tmp_path / "excluded.csv", encoding="utf-8-sig")
    assert set(listed["row"]) == {2}
    content = json.loads((tmp_path / "manifest.json").read_text("utf-8"))
    assert content["accounts"][0]["rows_excluded"] == 1
    (tmp_path / "mine.txt").write_text("kept")
    whole = Results("全", "all", results.folder, results.accounts[1:2])
    write_results(whole, tmp_path)
    assert not (tmp_path / "excluded.csv").exists()
    assert (tmp_path / "mine.txt").exists()


def test_a_file_changed_by_hand_is_not_removed(results, tmp_path):
    write_results(excluding(results), tmp_path)
    (tmp_path / "excluded.csv").write_text("my notes")
    write_results(Results("全", "all", results.folder, results.accounts[1:2]), tmp_path)
    assert (tmp_path / "excluded.csv").read_text() == "my notes"


def test_a_failed_run_changes_nothing(results, tmp_path, monkeypatch):
    whole = Results("全", "all", results.folder, results.accounts[1:2])
    write_results(whole, tmp_path)
    before = {p.name: p.read_bytes() for p in tmp_path.iterdir()}
    real, calls = write.os.fsync, []

    def fails(descriptor):
        calls.append(descriptor)
        if len(calls) == 3:
            raise OSError(28, "No space left on device")
        return real(descriptor)

    monkeypatch.setattr(write.os, "fsync", fails)
    with pytest.raises(WriteError, match="the disk is full"):
        write_results(Results("新", "new", results.folder, results.accounts[2:3]), tmp_path)
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == before


@pytest.mark.parametrize("name", ["l.csv", "l.parquet", "l.nc"])
def test_lines_of_one_account_in_each_format(results, tmp_path, name):
    import xarray as xr

    made = results.accounts[0].account
    path = write.lines(made, tmp_path / name)
    wanted = made.frame()["co2e"].to_numpy()
    if name == "l.nc":
        with xr.open_dataset(path) as data:
            found = data["co2e"].to_numpy()
            assert data.attrs["library"] == made.library.version
    elif name == "l.csv":
        found = pd.read_csv(path, encoding="utf-8-sig")["co2e"].to_numpy()
    else:
        found = parquet.read_table(path)["co2e"].to_numpy()
    assert np.array_equal(found, wanted)


def test_a_table_as_a_workbook_keeps_numbers_and_runs_nothing(tmp_path):
    frame = pd.DataFrame({"text": ["=1+1", "a", ""], "number": [0.1, np.nan, -3.0]})
    path = write.table(frame, tmp_path / "t.xlsx")
    assert write.table(frame, tmp_path / "u.xlsx").read_bytes() == path.read_bytes()
    import openpyxl

    rows = list(openpyxl.load_workbook(path).active.iter_rows(values_only=True))
    assert rows == [("text", "number"), ("=1+1", 0.1), ("a", None), (None, -3)]


def test_other_formats_are_refused(results, tmp_path):
    with pytest.raises(WriteError, match=r"write \.csv, \.parquet or \.nc"):
        write.lines(results.accounts[0].account, tmp_path / "l.xls")
    with pytest.raises(WriteError, match=r"write \.csv, \.xlsx or \.parquet"):
        write.table(results.financed.frame(), tmp_path / "l.nc")
