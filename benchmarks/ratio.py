"""Fair ratios: competitors take turns, medians are compared, the answer is compared first."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

Call = Callable[[], object]


class Timing(NamedTuple):
    """Medians of one competitor, in seconds; CPU counts all threads of the process."""

    wall: float
    cpu: float


def interleaved(calls: Mapping[str, Call], rounds: int = 11) -> dict[str, Timing]:
    """Medians over rounds in which every competitor runs once, after one round to warm up."""
    wall: dict[str, list[float]] = {name: [] for name in calls}
    cpu: dict[str, list[float]] = {name: [] for name in calls}
    for call in calls.values():
        call()
    gc.collect()
    gc.disable()
    try:
        for _ in range(rounds):
            for name, call in calls.items():
                c, w = time.process_time(), time.perf_counter()
                call()
                wall[name].append(time.perf_counter() - w)
                cpu[name].append(time.process_time() - c)
    finally:
        gc.enable()
    median = statistics.median
    return {name: Timing(median(wall[name]), median(cpu[name])) for name in calls}


def read_bandwidth(megabytes: int = 256) -> float:
    """Bytes per second that one core reads from memory, measured now."""
    column = np.ones(megabytes * 131_072)
    return column.nbytes / interleaved({"read": column.max}, rounds=5)["read"].wall


def ratios(timings: Mapping[str, Timing], ours: str = "carbonmeter") -> dict[str, float]:
    """How many times the CPU time of ours each other competitor takes."""
    return {
        name: round(timing.cpu / timings[ours].cpu, 3)
        for name, timing in timings.items()
        if name != ours
    }


def report(
    title: str, timings: Mapping[str, Timing], n: int, bytes_per_row: float, ours: str
) -> str:
    """The table to print: rows and bytes per second, and ratios of CPU and wall time to ours."""
    bandwidth = read_bandwidth()
    lines = [
        f"\n{title}: {n:,} rows, {bytes_per_row:.0f} bytes a row,"
        f" memory reads {bandwidth / 1e9:.1f} GB/s on one core in this run"
    ]
    mine = timings[ours]
    for name, timing in timings.items():
        part = n * bytes_per_row / timing.wall / bandwidth
        lines.append(
            f"  {name:<34} cpu x{timing.cpu / mine.cpu:6.2f}  wall x{timing.wall / mine.wall:6.2f}"
            f"  {n / timing.wall / 1e6:8.1f} M rows/s  {part:6.1%} of the bandwidth"
        )
    return "\n".join(lines)
