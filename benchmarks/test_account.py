"""Parquet to tCO2 per entity, against pandas and polars that read, join, multiply and group.

carbonmeter does more on the way: it checks every cell, converts units, resolves each factor by
guide, period, region and tier, and keeps the receipt of each line.
"""

from __future__ import annotations

import pandas as pd
import polars as pl
import pytest

import carbonmeter
from benchmarks import peers, ratio
from benchmarks.workloads import WORKLOADS, activity_parquet, fuels

OURS = "carbonmeter"
GROUP_BYTES = 4


def totals(path):
    return carbonmeter.account(carbonmeter.read_activity(path), guide="cets").total("entity")


def by_carbonmeter(path):
    total = totals(path)
    return dict(zip(total.groups.labels["entity"], total.co2e.tolist(), strict=True))


def with_uncertainty(path):
    """Beside each total its U and its largest contributor, which no peer computes."""
    frame = totals(path).frame()
    return dict(zip(frame["entity"].astype(str), frame["co2e"], strict=True))


@pytest.mark.parametrize("n", WORKLOADS["activity"].sizes)
def test_parquet_to_totals(benchmark, capsys, tmp_path, n):
    path, known = activity_parquet(n, tmp_path), fuels()
    calls = {
        OURS: lambda: by_carbonmeter(path),
        "carbonmeter with U": lambda: with_uncertainty(path),
        "polars, the same checks": lambda: peers.polars_checked_account(path, known),
        "polars scan + join + group_by": lambda: peers.polars_account(path, known),
        "pandas read + merge + groupby": lambda: peers.pandas_account(path, known),
    }
    expected = calls[OURS]()
    for call in calls.values():
        assert call() == pytest.approx(expected, rel=1e-9)
    timings = ratio.interleaved(calls, rounds=7)
    benchmark.extra_info["cpu ratio to carbonmeter"] = ratio.ratios(timings)
    with capsys.disabled():
        title = "account by entity from Parquet"
        print(ratio.report(title, timings, n, path.stat().st_size / n, OURS))
    benchmark.pedantic(calls[OURS], rounds=3)


@pytest.mark.parametrize("n", WORKLOADS["activity"].sizes[-1:])
def test_prepared_lines_to_totals(benchmark, capsys, tmp_path, n):
    """Everything in memory and resolved: a total is one pass, 12 bytes a line plus its group."""
    path, known = activity_parquet(n, tmp_path), fuels()
    account = carbonmeter.account(carbonmeter.read_activity(path), guide="cets")
    account.total("entity")
    factors = peers.factor_table(known)
    tables = pl.read_parquet(path, columns=peers.COLUMNS), pl.from_pandas(factors)
    frames = pd.read_parquet(path, columns=peers.COLUMNS), factors
    calls = {
        OURS: lambda: account.total("entity").co2e,
        "polars join + group_by": lambda: peers.polars_prepared(*tables),
        "pandas merge + groupby": lambda: peers.pandas_prepared(*frames),
    }
    expected = by_carbonmeter(path)
    assert peers.polars_prepared(*tables) == pytest.approx(expected, rel=1e-9)
    assert peers.pandas_prepared(*frames) == pytest.approx(expected, rel=1e-9)
    timings = ratio.interleaved(calls, rounds=15)
    benchmark.extra_info["cpu ratio to carbonmeter"] = ratio.ratios(timings)
    per_line = account.line_quantity.itemsize + account.line_recipe.itemsize + GROUP_BYTES
    with capsys.disabled():
        print(ratio.report("prepared lines to totals by entity", timings, n, per_line, OURS))
        print(f"  memory: {bytes_per_row(account):.0f} bytes a row held by the account")
    benchmark.pedantic(calls[OURS], rounds=3)


def bytes_per_row(account) -> float:
    """What an account keeps of each row: its columns, and its lines' references."""
    arrays = [getattr(c, "codes", c) for c in account.activity.columns.values()]
    held = sum(a.nbytes for a in arrays if a.strides[0])  # a constant column takes no memory
    lines = account.line_row.nbytes + account.line_recipe.nbytes + account.activity.row.nbytes
    return (held + lines) / len(account.activity)
