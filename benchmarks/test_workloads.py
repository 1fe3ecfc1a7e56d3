"""Every workload of the registry: the same answer first, then the ratio."""

from __future__ import annotations

from dataclasses import replace

import pytest

from benchmarks import memory, workloads
from benchmarks.racing import OURS, checked, outcome, starters, turns
from benchmarks.registry import WORKLOADS
from benchmarks.timing import RoundRobin

SLACK = 1.5  # for machines that do other things beside

assert workloads  # importing them entered them


@pytest.mark.filterwarnings(r"ignore:\s*It seems like you have an AMD:UserWarning")  # bw2calc
@pytest.mark.parametrize("name", WORKLOADS)
def test_workload(name, benchmark, size, seconds, folder, outcomes):
    entry = WORKLOADS[name]
    race = entry.build(entry.sizes[size], folder)
    try:
        ready = starters(race)
        robin = RoundRobin(ready.calls, checked(race, ready.calls))
        turns(
            robin,
            lambda others, ours, rounds: benchmark.pedantic(ours, setup=others, rounds=rounds),
            seconds,
        )
    finally:
        race.close()
    found = outcome(name, entry.sentence, race, robin, ready.missing)
    if race.memory is not None:
        found = replace(found, memory=memory.added(name, size))
    outcomes.append(found)
    benchmark.extra_info |= {
        "rows": found.n,
        "CPU seconds": found.ours.cpu,
        "calls in a round": robin.repeats[OURS],
        **{f"ratio to {peer}": found.ratio(peer) for peer in found.peers},
    }
    if size == "full":
        slower = [peer for peer in found.peers if not found.held(peer, SLACK)]
        assert not slower, f"{OURS} has become slower against {', '.join(slower)}"
