"""Fair times: competitors take turns, each round runs all, medians are compared."""

from __future__ import annotations

import gc
import math
import resource
import statistics
import time
from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

Call = Callable[[], object]
SHORTEST = 0.02  # seconds that one measurement takes at least, by repeating short calls
LEAST_ROUNDS, MOST_ROUNDS = 3, 15  # a median of less than three is none


class Timing(NamedTuple):
    """Seconds of one call; CPU counts every thread of the process, and its children."""

    wall: float
    cpu: float


def cpu_seconds() -> float:
    """CPU seconds of this process, all threads, and of its children that have ended."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def timed(call: Call, repeats: int = 1) -> Timing:
    """One measurement, with the garbage collector still."""
    gc.collect()
    gc.disable()
    try:
        cpu, wall = cpu_seconds(), time.perf_counter()
        for _ in range(repeats):
            call()
        wall, cpu = time.perf_counter() - wall, cpu_seconds() - cpu
    finally:
        gc.enable()
    return Timing(wall / repeats, cpu / repeats)


class RoundRobin:
    """Measurements of several calls, one after the other in every round."""

    def __init__(self, calls: Mapping[str, Call], first: Mapping[str, Timing]) -> None:
        self.calls = calls
        self.first = first
        self.found: dict[str, list[Timing]] = {name: [] for name in calls}
        self.repeats = {
            name: max(1, math.ceil(SHORTEST / max(t.wall, 1e-7))) for name, t in first.items()
        }

    def rounds(self, seconds: float) -> int:
        """How many rounds fit into so many CPU seconds: an odd number, three at least."""
        each = sum(max(t.cpu, SHORTEST) for t in self.first.values())
        return max(LEAST_ROUNDS, min(MOST_ROUNDS, int(seconds / each)) - 1 | 1)

    def measure(self, name: str) -> None:
        self.found[name].append(timed(self.calls[name], self.repeats[name]))

    def medians(self) -> dict[str, Timing]:
        return {
            name: Timing(*(statistics.median(column) for column in zip(*found, strict=True)))
            for name, found in self.found.items()
        }


def reading(n_bytes: float) -> Call:
    """One core reading so many bytes from memory, by NumPy's quickest pass: a sum of integers."""
    column = np.ones(max(1, int(n_bytes) // 8), dtype=np.int64)
    return column.sum


def read_bandwidth(megabytes: int = 256) -> float:
    """Bytes per second that one core reads from memory, measured now."""
    return _rate(megabytes * 2.0**20, reading(megabytes * 2.0**20))


def gemm_rate(dtype: str, size: int = 1500) -> float:
    """Floating-point operations per CPU second of a matrix product, measured now."""
    matrix = np.random.default_rng(1).random((size, size)).astype(dtype)
    return _rate(2.0 * size**3, lambda: matrix @ matrix)


def _rate(work: float, call: Call) -> float:
    call()
    return work / statistics.median(timed(call).cpu for _ in range(5))
