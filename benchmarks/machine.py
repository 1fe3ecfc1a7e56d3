"""What the figures were measured on: the processor, its memory, and the versions that ran."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

OURS = ("carbonmeter", "numpy", "scipy", "numba", "pandas", "pyarrow", "dask", "distributed")
PEERS = (
    "polars",
    "duckdb",
    "uncertainties",
    "GTC",
    "bw2calc",
    "bw_processing",
    "numexpr",
    "flox",
    "sbti-finance-tool",
)


def _first(path: str, key: str) -> str:
    """The value of the first line of a file of /proc that starts with the key."""
    file = Path(path)
    lines = file.read_text().splitlines() if file.exists() else []
    found = [line.partition(":")[2].strip() for line in lines if line.startswith(key)]
    return found[0] if found else ""


def processor() -> str:
    """The model of the processor, with the widest vectors that it has."""
    model = _first("/proc/cpuinfo", "model name") or platform.processor() or platform.machine()
    flags = _first("/proc/cpuinfo", "flags").split()
    widest = [name for name in ("avx512f", "avx2") if name in flags]
    return f"{model}{f' ({widest[0]})' if widest else ''}"


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def memory() -> str:
    kilobytes = _first("/proc/meminfo", "MemTotal").split()
    return f"{int(kilobytes[0]) / 2**20:.0f} GiB" if kilobytes else "unknown"


def load() -> str:
    """How many processes wanted to run, on average, while the run went on; '' if unknown."""
    if not hasattr(os, "getloadavg"):
        return ""
    return f"{os.getloadavg()[2]:.1f} processes wanted to run, on average of 15 minutes"


def versions() -> dict[str, str]:
    """Of Python and every library that takes part; 'not installed' where one is missing."""
    found = {"Python": platform.python_version()}
    for name in (*OURS, *PEERS):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found
