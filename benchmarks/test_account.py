"""Parquet to tCO2 per entity, against pandas and polars that read, join, multiply and group.

carbonmeter does more on the way: it checks every cell, converts units, resolves each factor by
guide, period, region and tier, and keeps the receipt of each line.
"""

from __future__ import annotations

import pytest

import carbonmeter
from benchmarks import peers, ratio
from benchmarks.workloads import WORKLOADS, activity_parquet, fuels

OURS = "carbonmeter"


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
