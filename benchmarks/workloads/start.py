"""Whole processes, from the command to their end."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.data import activity, parquet
from benchmarks.registry import Call, Peer, Race, workload

COMMAND = str(Path(sys.executable).with_name("carbonmeter"))


def process(arguments: Sequence[str]) -> Call:
    """Runs the command and fails if it fails."""
    return lambda: subprocess.run(arguments, check=True, capture_output=True)


def import_pandas() -> Call:
    return process([sys.executable, "-c", "import pandas"])


def both_ended(ours: object, theirs: object) -> None:
    """A failed process has raised before."""


@workload("start: --help", "the process `carbonmeter --help`", small=1, full=1)
def help_text(n: int, folder: Path) -> Race:
    return Race(
        n,
        process([COMMAND, "--help"]),
        {
            'python -c "import pandas"': Peer(
                import_pandas, at_most=0.15, plus=0.06, compared=False
            ),
        },
        both_ended,
    )


@workload(
    "start: account",
    "the process `carbonmeter account FILE --guide cets` on ten thousand rows in Parquet",
    small=10_000,
    full=10_000,
)
def account(n: int, folder: Path) -> Race:
    path = parquet(activity(n, n // 100), folder)
    return Race(
        n,
        process([COMMAND, "account", str(path), "--guide", "cets"]),
        {'python -c "import pandas"': Peer(import_pandas, at_most=1.5, compared=False)},
        both_ended,
    )
