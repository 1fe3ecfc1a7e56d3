"""Options of the benchmarks, and the table at the end of a run."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.page import Rates, held_back, markdown, text
from benchmarks.racing import Outcome
from benchmarks.registry import SIZES, WORKLOADS
from benchmarks.timing import gemm_rate, read_bandwidth

OUTCOMES: pytest.StashKey[list[Outcome]] = pytest.StashKey()
SECONDS = {"small": 1.5, "full": 12.0}


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("carbonmeter benchmarks")
    group.addoption("--size", choices=SIZES, default="small", help="small: seconds; full: minutes")
    group.addoption("--page", type=Path, help="write the table and the machine to this file")


def pytest_configure(config: pytest.Config) -> None:
    config.stash[OUTCOMES] = []


@pytest.fixture(scope="session")
def size(request: pytest.FixtureRequest) -> str:
    return str(request.config.getoption("size"))


@pytest.fixture(scope="session")
def seconds(size: str) -> float:
    """CPU seconds that the rounds of one workload may take; three rounds always run."""
    return SECONDS[size]


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("data")


@pytest.fixture
def outcomes(request: pytest.FixtureRequest) -> list[Outcome]:
    return request.config.stash[OUTCOMES]


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    found = config.stash[OUTCOMES]
    if not found:
        return
    rates = Rates(read_bandwidth(), gemm_rate("float64"), gemm_rate("float32"))
    size, page = str(config.getoption("size")), config.getoption("page")
    table = text(found, rates, size == "full")
    terminalreporter.write_line(f"\n{table}\n\nIn this run {rates.sentence()}.")
    limits = {name: entry.limit for name, entry in WORKLOADS.items()}
    if size == "full" and (holds := held_back(found, limits)):
        terminalreporter.write_line(
            "\n".join(["", "What holds the figures that are missed:", *holds])
        )
    if page:
        command = f"make bench{'' if size == 'full' else f' SIZE={size}'}"
        page.write_text(markdown(found, rates, command, size, limits), encoding="utf-8")
        terminalreporter.write_line(f"Written to {page}.")
