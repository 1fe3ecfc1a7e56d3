"""Totals in blocks: the bits of the account in memory, whatever engine, cut, order or fault."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
from itertools import product

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import parquet

from carbonmeter.accounts import account
from carbonmeter.accounts.streamed import stream_totals
from carbonmeter.cli import main
from carbonmeter.engine import Dask, InLine, Threads
from carbonmeter.errors import AccountError, EngineError, FactorNotFound, GuideError, TableError
from carbonmeter.tables import read_activity
from tests.accounts.ledgers import measured

BY = ("entity", "period", "gas")
KINDS = (
    ("solid_fuel_combustion", "anthracite", "t"),
    ("gaseous_fuel_combustion", "natural_gas", "万Nm3"),
    ("electricity_purchase", "", "MWh"),
    ("liquid_fuel_combustion", "diesel", "t"),
)


def rows(n=4000):
    random = np.random.default_rng(20)
    at = np.arange(n)
    kind = at % len(KINDS)
    meter = np.where(random.random(n) < 0.3, "", np.char.add("m", (at % 5).astype(str)))
    return pd.DataFrame(
        {
            "entity": np.char.add("e", (at // 48).astype(str)),
            "region": np.where(at % 3 == 0, "CN-HA", "CN-SD-LC"),
            "period": [f"2024-{1 + k // 4 % 12:02d}" for k in at],
            "activity": [KINDS[k][0] for k in kind],
            "subject": [KINDS[k][1] for k in kind],
            "quantity": random.lognormal(3.0, 4.0, n),
            "unit": [KINDS[k][2] for k in kind],
            "u_rel": np.where(random.random(n) < 0.5, 0.02, np.nan),
            "meter": meter,
        }
    )


def written(frame, path, group=500):
    parquet.write_table(
        pa.Table.from_pandas(frame, preserve_index=False), path, row_group_size=group
    )
    return path


def digest(totals):
    """One hash of every number and label of a frame of totals."""
    frame = totals.frame()
    found = hashlib.sha256()
    for name in frame.columns:
        values = frame[name].to_numpy()
        found.update(
            values.tobytes() if values.dtype.kind == "f" else repr(values.tolist()).encode()
        )
    return found.hexdigest()


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """The same rows in four orders and cuts, the last in two files."""
    folder, frame = tmp_path_factory.mktemp("big"), rows()
    mixed = frame.sample(frac=1.0, random_state=3)
    one = written(mixed.iloc[:1500], folder / "one.parquet", 400)
    two = written(mixed.iloc[1500:], folder / "two.parquet", 700)
    return {
        "as they came": written(frame, folder / "a.parquet"),
        "reversed": written(frame.iloc[::-1], folder / "b.parquet", 4000),
        "mixed": written(mixed, folder / "c.parquet", 777),
        "two files": [two, one],
    }


@pytest.fixture(scope="module")
def whole(files):
    return account(read_activity(files["as they came"]), guide="ndrc").total(*BY)


ENGINES = {
    "inline": InLine(),
    "1 thread": Threads(1),
    "3 threads": Threads(3),
    "dask, 1 thread": Dask("threads", 1),
    "dask, 2 threads": Dask("threads", 2),
}
COMBINATIONS = list(
    product(ENGINES, (333, 2000, 10_000), ("as they came", "reversed", "mixed", "two files"))
)


@pytest.mark.parametrize(("engine", "batch_rows", "order"), COMBINATIONS[::2])
def test_the_bits_are_those_of_the_account_in_memory(files, whole, engine, batch_rows, order):
    found = stream_totals(
        files[order], guide="ndrc", by=BY, on=ENGINES[engine], batch_rows=batch_rows
    )
    assert digest(found) == digest(whole)


def test_there_are_enough_combinations():
    assert len(COMBINATIONS[::2]) >= 24
    assert {c[0] for c in COMBINATIONS[::2]} == set(ENGINES)


@pytest.mark.parametrize(("batch_rows", "order"), [(333, "mixed"), (10_000, "two files")])
def test_processes_give_the_same_bits(files, whole, batch_rows, order):
    on = Dask("processes", 2)
    found = stream_totals(files[order], guide="ndrc", by=BY, on=on, batch_rows=batch_rows)
    assert digest(found) == digest(whole)


@pytest.mark.parametrize(("batch_rows", "order"), [(333, "mixed"), (10_000, "two files")])
def test_a_cluster_gives_the_same_bits(client, files, whole, batch_rows, order):
    found = stream_totals(files[order], guide="ndrc", by=BY, on=Dask(client), batch_rows=batch_rows)
    assert digest(found) == digest(whole)


def test_totals_say_what_they_rest_on(files, whole):
    found = stream_totals(files["as they came"], guide="ndrc", by=BY)
    assert found.evidence.attributes == whole.evidence.attributes
    assert (found.rows, found.files) == (4000, ("a.parquet",))
    one, two = files["two files"]
    there, back = (stream_totals(paths, guide="ndrc") for paths in ([one, two], [two, one]))
    assert there.evidence.attributes == back.evidence.attributes
    assert digest(there) == digest(back) == digest(whole.by())


def test_components_and_draws_need_no_rows(files, whole):
    found = stream_totals(files["mixed"], guide="ndrc", by=BY)
    pd.testing.assert_frame_equal(found.components(), whole.components())
    drawn = [totals.sample(500, seed=3).frame() for totals in (found, whole)]
    pd.testing.assert_frame_equal(*drawn)


# Faults


class Deadly:
    """Kills the worker that takes the second block, once."""

    def __init__(self, reduction, mark):
        self.reduction, self.mark = reduction, mark
        self.merge, self.finish = reduction.merge, reduction.finish

    def partial(self, task):
        if getattr(task, "before", 0) and not os.path.exists(self.mark):
            open(self.mark, "w").close()
            os.kill(os.getpid(), signal.SIGKILL)
        return self.reduction.partial(task)


@pytest.mark.parametrize("kind", ["processes", "cluster"])
def test_a_worker_killed_in_mid_run_leaves_no_trace(
    request, monkeypatch, tmp_path, files, whole, kind
):
    from carbonmeter.engine import run

    on = Dask("processes", 2) if kind == "processes" else Dask(request.getfixturevalue("client"))
    mark = str(tmp_path / "killed")
    monkeypatch.setattr(
        "carbonmeter.accounts.streamed.run",
        lambda tasks, reduction, *rest: run(tasks, Deadly(reduction, mark), *rest),
    )
    found = stream_totals(files["mixed"], guide="ndrc", by=BY, on=on, batch_rows=333)
    assert os.path.exists(mark)
    assert digest(found) == digest(whole)


KILLED = """
import os, signal, sys
from carbonmeter.accounts import streamed
from carbonmeter.cli import main

begun = []
read = streamed.pieces
def deadly(block, **more):
    begun.append(block)
    if len(begun) == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return read(block, **more)
streamed.pieces = deadly
main(sys.argv[1:])
"""


def test_a_run_killed_and_repeated_on_another_engine_gives_the_same_file(
    client, files, tmp_path, capsys
):
    out = tmp_path / "out"
    out.mkdir()
    command = ["account", str(files["mixed"]), "--guide", "ndrc", "--by", "entity,period,gas"]
    command += ["--batch-rows", "700", "--out", str(out / "totals.csv")]
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, *command, "--engine", "threads"], timeout=60, check=False
    )
    assert killed.returncode == -signal.SIGKILL
    assert list(out.iterdir()) == []
    hashes = []
    for engine in (["--engine", "inline"], ["--scheduler", client.scheduler.address]):
        assert main([*command, *engine]) == 0
        hashes.append(hashlib.sha256((out / "totals.csv").read_bytes()).hexdigest())
        assert [path.name for path in out.iterdir()] == ["totals.csv"]
    assert hashes[0] == hashes[1]


def test_a_file_that_changes_in_mid_run_ends_it_with_nothing_written(
    files, tmp_path, monkeypatch, capsys
):
    from carbonmeter.accounts import streamed

    path = tmp_path / "a.parquet"
    path.write_bytes(files["mixed"].read_bytes())
    read = streamed.pieces

    def changing(block, **more):
        if block.before:
            os.truncate(path, path.stat().st_size - 100)
        return read(block, **more)

    monkeypatch.setattr(streamed, "pieces", changing)
    command = ["account", str(path), "--guide", "ndrc", "--engine", "inline", "--batch-rows", "700"]
    assert main([*command, "--out", str(tmp_path / "totals.parquet")]) == 1
    assert "a.parquet cannot be read" in capsys.readouterr().err
    assert [each.name for each in tmp_path.iterdir()] == ["a.parquet"]


# Memory


def test_memory_below_need_is_refused_with_the_rows_that_fit(files, whole):
    path = files["reversed"]  # one row group of 4000 rows
    with pytest.raises(
        EngineError, match=r"E504: 2 worker\(s\) with batch_rows=1000000 need"
    ) as no:
        stream_totals(path, guide="ndrc", on=Threads(2), memory=350_950_000)
    fits = int(str(no.value).partition("pass batch_rows=")[2].partition(".")[0].split()[0])
    assert 1000 <= fits < 4000
    found = stream_totals(path, guide="ndrc", on=Threads(2), memory=350_950_000, batch_rows=fits)
    assert digest(found) == digest(whole.by())


def test_memory_that_no_cut_fits_is_said_so(files):
    with pytest.raises(EngineError, match=r"no batch_rows fits: one worker needs 35\d MB"):
        stream_totals(files["mixed"], guide="ndrc", memory=10_000_000)


def test_more_totals_than_fit_end_the_run_before_the_system_does(files):
    by = ("entity", "period", "gas", "subject")
    with pytest.raises(EngineError, match=r"make [\d,]+ totals, .*fewer labels in `by`"):
        stream_totals(files["mixed"], guide="ndrc", by=by, memory=351_500_000, batch_rows=1000)


# What is wrong


def by_row(problem):
    return problem


def by_value(problem):
    """A problem that one row tells for all: which row that is, is left open."""
    return problem.column, problem.value, problem.rule, problem.cure


def refused(error, frame, path, named=by_row, **more):
    """The problems of a frame, read whole and in blocks."""
    written(frame, path, 50)
    with pytest.raises(error) as whole:
        account(read_activity(path), guide="ndrc", **more)
    with pytest.raises(error) as parts:
        stream_totals(path, guide="ndrc", batch_rows=30, on=Threads(2), **more)
    said = [set(map(named, wrong.value.problems)) for wrong in (parts, whole)]
    assert said[0] == said[1]
    assert parts.value.summary == whole.value.summary
    return whole.value.problems


def test_rows_that_cannot_be_used_are_listed_as_for_the_whole_file(tmp_path):
    frame = rows(400)
    frame.loc[[5, 200, 333], "unit"] = "kt"
    frame = pd.concat([frame, frame.iloc[[0, 390]]])
    assert len(refused(TableError, frame, tmp_path / "a.parquet")) == 5


def test_factors_not_found_are_listed_with_all_rows_that_they_hold_up(tmp_path):
    frame = rows(400)
    frame.loc[frame["subject"] == "diesel", "subject"] = "dissel"
    frame.loc[frame["subject"] == "natural_gas", "subject"] = "nature_gas"
    problems = refused(FactorNotFound, frame, tmp_path / "a.parquet")
    assert any("row(s)" in problem.rule for problem in problems)


def test_activities_without_a_method_are_listed_once(tmp_path):
    frame = rows(400)
    frame.loc[frame["activity"] == "electricity_purchase", "activity"] = "electricity_purchases"
    assert len(refused(AccountError, frame, tmp_path / "a.parquet", by_value)) == 1


def test_units_that_do_not_fit_are_listed_once(tmp_path):
    frame = rows(400)
    frame.loc[[100, 104, 300], "unit"] = "MWh"
    assert len(refused(AccountError, frame, tmp_path / "a.parquet", by_value)) == 1


def test_missing_evidence_is_listed_for_each_row(tmp_path):
    frame = rows(400)
    bought = frame["activity"] == "electricity_purchase"
    frame.loc[bought, "activity"] = "non_fossil_electricity_purchase"
    path = written(frame, tmp_path / "a.parquet", 50)
    found = []
    for make in (
        lambda: account(read_activity(path), guide="gbt-32151"),
        lambda: stream_totals(path, guide="gbt-32151", batch_rows=30),
    ):
        with pytest.raises(AccountError) as wrong:
            make()
        found.append(set(wrong.value.problems))
    assert found[0] == found[1]
    assert len(found[0]) == 100


def test_a_site_with_measured_values_of_two_entities_is_found_across_blocks(tmp_path):
    library = measured(
        {"parameter": "net_calorific_value", "site": "boiler", "value": 25.0, "unit": "GJ/t"}
    )
    frame = rows(400).assign(site="")
    frame.loc[[0, 396], "site"] = "boiler"
    problems = refused(AccountError, frame, tmp_path / "a.parquet", library=library)
    assert "2 entities have one of that name" in problems[0].rule


def test_rows_left_out_are_the_same(tmp_path):
    frame = rows(400)
    frame.loc[[7, 207], "quantity"] = np.nan
    frame.loc[:59, "subject"] = "unheard-of"
    frame.loc[:59, "activity"] = "solid_fuel_combustion"
    frame.loc[:59, "unit"] = "t"
    frame.loc[:59, "note"] = [str(n) for n in range(60)]
    path = written(frame.fillna({"note": ""}), tmp_path / "a.parquet", 50)
    made = account(read_activity(path, missing="exclude"), guide="ndrc", missing="exclude")
    found = stream_totals(path, guide="ndrc", by=BY, missing="exclude", batch_rows=50)
    assert digest(found) == digest(made.total(*BY))
    assert found.evidence.attributes == made.attributes()
    keys = [(p.row, p.column) for p in made.problems_excluded]
    assert sorted((p.row, p.column) for p in found.problems_excluded) == sorted(keys)
    assert len(found.excluded) == len(keys)


def test_when_all_rows_are_left_out_it_is_said_so(tmp_path):
    frame = rows(100).assign(quantity=np.nan)
    path = written(frame, tmp_path / "a.parquet", 50)
    with pytest.raises(AccountError, match=r"a\.parquet: no row is left to account"):
        stream_totals(path, guide="ndrc", missing="exclude", batch_rows=30)


# The command line


def printed(capsys, *command):
    status = main(["account", *map(str, command)])
    return status, capsys.readouterr()


def test_a_pattern_and_a_cluster_print_what_the_file_prints(client, files, capsys):
    folder = files["as they came"].parent
    whole = printed(capsys, files["as they came"], "--guide", "ndrc", "--by", "region")[1].out
    status, found = printed(
        capsys, folder / "[ot][nw]*.parquet", "--guide", "ndrc", "--by", "region",
        "--engine", "dask", "--scheduler", client.scheduler.address, "--memory", "2GB",
    )  # fmt: skip
    assert status == 0, found.err
    assert "2 × Parquet: 4,000 rows · ndrc-2013 · GWP SAR" in found.out
    numbers = [line.split() for line in whole.splitlines() if line.startswith("   scope")]
    again = [line.split() for line in found.out.splitlines() if line.startswith("   scope")]
    assert len(numbers) >= 9
    assert again == numbers


def test_blocks_are_drawn_as_the_file_read_whole(files, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "160")
    path, asked = files["as they came"], ["--guide", "ndrc", "--by", "region", "--draws", "400"]
    whole = printed(capsys, path, *asked)[1].out
    status, found = printed(capsys, path, *asked, "--engine", "inline", "--batch-rows", "700")
    assert status == 0, found.err
    assert "95 % low" in found.out
    numbers = [line.split() for line in whole.splitlines() if line.startswith("   scope")]
    again = [line.split() for line in found.out.splitlines() if line.startswith("   scope")]
    assert again == numbers


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (["--compare", "cets"], "--compare is for one file that is read whole"),
        (["--draws", "100"], "draws=100: a 95 % interval needs at least 200"),
        (["--engine", "threads", "--scheduler", "threads"], "--scheduler is one of dask"),
        (["--engine", "inline", "--workers", "2"], "inline has one worker"),
        (["--scheduler", "somewhere"], "no scheduler 'somewhere'"),
        (["--memory", "1kB"], "E504: 2 worker"),
        (["--batch-rows", "0"], "--batch-rows 0"),
        (["--out", "totals.nc"], "totals of blocks are written as .parquet or .csv"),
    ],
)
def test_what_blocks_cannot_do_is_refused_by_name(files, capsys, more, says):
    status, found = printed(capsys, *files["two files"], "--guide", "ndrc", "--workers", "2", *more)
    assert status == 1
    assert says in found.err


def test_a_size_that_is_none_is_a_matter_of_usage(files, capsys):
    with pytest.raises(SystemExit):
        printed(capsys, files["mixed"], "--guide", "ndrc", "--memory", "2 apples")
    assert "is not a size; write 2GB" in capsys.readouterr().err


def test_a_label_that_does_not_exist_is_refused_before_anything_is_read():
    with pytest.raises(GuideError, match="no label 'entities'"):
        stream_totals("nowhere.parquet", guide="ndrc", by=["entities"])
