"""What the benchmarks promise: answers are compared, verdicts hold, nobody else is needed."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from benchmarks.page import HEADINGS, Rates, markdown, text
from benchmarks.racing import OURS, checked, outcome, starters, turns
from benchmarks.registry import WORKLOADS, Peer, Race, workload
from benchmarks.timing import RoundRobin, Timing

RATES = Rates(1e10, 5e10, 1e11)


def same(ours, theirs):
    np.testing.assert_allclose(theirs, ours, rtol=1e-9)


def raced(race):
    ready = starters(race)
    robin = RoundRobin(ready.calls, checked(race, ready.calls))

    def carry(others, ours, rounds):
        others()
        ours()

    turns(robin, carry, 0.0)
    return outcome("sums", "adding", race, robin, ready.missing)


def test_listing_the_workloads_imports_no_other_library():
    code = (
        "import sys; from benchmarks import workloads; from benchmarks.registry import WORKLOADS;"
        "assert len(WORKLOADS) > 10;"
        "print(*{'polars', 'duckdb', 'dask', 'uncertainties', 'GTC', 'SBTi'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == ""


def test_a_name_is_entered_once():
    known = dict(WORKLOADS)
    try:
        enter = workload("twice", "said twice", small=1, full=1)
        enter(lambda n, folder: None)
        with pytest.raises(ValueError, match="twice"):
            enter(lambda n, folder: None)
    finally:
        WORKLOADS.clear()
        WORKLOADS.update(known)


def test_another_answer_is_not_timed():
    race = Race(1, lambda: np.ones(2), {"wrong": Peer(lambda: lambda: np.array([1, 2.0]))}, same)
    with pytest.raises(AssertionError, match=f"wrong and {OURS} differ"):
        raced(race)


def test_a_yardstick_is_timed_though_its_answer_is_another():
    yardstick = Peer(lambda: lambda: None, at_most=1e9, compared=False)
    found = raced(Race(1, lambda: np.ones(2), {"yardstick": yardstick}, same))
    assert found.met("yardstick")


def test_what_is_not_installed_is_named_and_left_out():
    def absent():
        import a_library_that_nobody_wrote

        return a_library_that_nobody_wrote.call

    present = Peer(lambda: lambda: np.ones(2))
    found = raced(Race(1, lambda: np.ones(2), {"absent": Peer(absent), "there": present}, same))
    assert list(found.peers) == ["there"]
    assert "a_library_that_nobody_wrote is not installed" in text([found], RATES, True)


@pytest.mark.parametrize(
    ("peer", "theirs", "met", "held"),
    [
        (Peer(lambda: lambda: None, at_least=10), 10.0, True, True),
        (Peer(lambda: lambda: None, at_least=10, held=9), 5.9, False, False),
        (Peer(lambda: lambda: None, at_least=10, held=9), 6.1, False, True),
        (Peer(lambda: lambda: None, at_most=1.5, held=1.5), 0.5, False, True),
        (Peer(lambda: lambda: None, at_most=1.5, held=1.5), 0.4, False, False),
        (Peer(lambda: lambda: None, at_most=0.1, plus=0.06), 9.5, True, True),
    ],
)
def test_verdicts(peer, theirs, met, held):
    race = Race(1, lambda: None, {"other": peer}, lambda ours, others: None)
    robin = RoundRobin({OURS: race.ours, "other": race.ours}, {})
    robin.found = {OURS: [Timing(1.0, 1.0)], "other": [Timing(theirs, theirs)]}
    found = outcome("sums", "adding", race, robin, {})
    assert found.met("other") is met
    assert found.held("other", 1.5) is held


def test_the_part_that_was_timed_is_brought_up_to_the_whole_and_said():
    peer = Peer(lambda: lambda: None, at_least=100, part=0.01)
    race = Race(1000, lambda: None, {"slow": peer}, lambda a, b: None, touched=8000.0)
    robin = RoundRobin({OURS: race.ours, "slow": race.ours}, {})
    robin.found = {OURS: [Timing(1.0, 1.0)], "slow": [Timing(2.0, 2.0)]}
    page = markdown([outcome("sums", "adding", race, robin, {})], RATES, "make bench", "full")
    assert "slow (1 % timed) | 200 | 200 | 200 | ≥ 100 met" in page
    assert f"| {' | '.join(HEADINGS)} |" in page
    assert "| 8.0 |" in page


def test_what_holds_a_missed_figure_stands_on_the_page():
    slow = Peer(lambda: lambda: np.ones(2), at_least=1e9)
    met = Peer(lambda: lambda: np.ones(2), at_least=1e-9)
    found = raced(Race(1, lambda: np.ones(2), {"slow": slow, "met": met}, same))
    heading = "## What holds the figures that are missed"
    page = markdown([found], RATES, "make bench", "full", {"sums": "memory, all of it."})
    assert f"{heading}\n\n- **sums** (against slow): memory, all of it.\n" in page
    assert "not profiled yet." in markdown([found], RATES, "make bench", "full")
    assert heading not in markdown([found], RATES, "make bench", "small")
    reached = raced(Race(1, lambda: np.ones(2), {"met": met}, same))
    assert heading not in markdown([reached], RATES, "make bench", "full")


def test_what_has_been_profiled_says_what_holds_it():
    from benchmarks import workloads

    assert workloads  # importing them entered them
    for name in ("prepared accounts", "Parquet to totals", "loans from Parquet"):
        assert WORKLOADS[name].limit.endswith(".")
