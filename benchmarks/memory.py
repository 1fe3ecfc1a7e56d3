"""The memory that one call adds, measured in a process of its own."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

STATUS = Path("/proc/self/status")


def _kilobytes(key: str) -> int:
    line = next(line for line in STATUS.read_text().splitlines() if line.startswith(key))
    return int(line.split()[1])


def added(workload: str, size: str) -> float | None:
    """Megabytes by which our call of a workload raises the peak; None where Linux does not say."""
    if not STATUS.exists():
        return None
    command = [sys.executable, "-m", "benchmarks.memory", workload, size]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return float(done.stdout.split()[-1])


def _measure(workload: str, size: str) -> float:
    from benchmarks import workloads
    from benchmarks.registry import WORKLOADS

    assert workloads
    entry = WORKLOADS[workload]
    with tempfile.TemporaryDirectory() as folder:
        race = entry.build(entry.sizes[size], Path(folder))
        Path("/proc/self/clear_refs").write_text("5")  # the peak is counted from here on
        before = _kilobytes("VmRSS")
        race.ours()
        return (_kilobytes("VmHWM") - before) / 1024.0


if __name__ == "__main__":
    print(_measure(sys.argv[1], sys.argv[2]))
