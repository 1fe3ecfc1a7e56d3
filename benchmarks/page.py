"""The one table of a run, for the terminal and for the page in the repository."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from benchmarks import machine
from benchmarks.racing import Outcome
from benchmarks.registry import Peer

HEADINGS = (
    "workload",
    "rows",
    "ours, s",
    "against",
    "its time, s",
    "ratio CPU",
    "ratio wall",
    "wanted",
    "of bandwidth or GEMM",
    "bytes/row",
)
LEGEND = (
    "Times are CPU seconds of one call, all threads and child processes, medians of rounds in which"
    " everybody takes a turn. A ratio is the time of the other over ours; where at most (≤) a ratio"
    " is allowed, ours over the other's. Answers are compared before anything is timed, to rtol"
    " 1e-9 unless the workload is random. `of bandwidth or GEMM` is what our call reads or"
    " multiplies at least, per CPU second, as a part of what one core of this machine can;"
    " `bytes/row` is what it must read of each row."
)


@dataclass(frozen=True)
class Rates:
    """What one core did in the same run."""

    bandwidth: float
    gemm64: float
    gemm32: float

    def sentence(self) -> str:
        return (
            f"one core reads {self.bandwidth / 1e9:.1f} GB/s and multiplies matrices at"
            f" {self.gemm64 / 1e9:.0f} (float64) and {self.gemm32 / 1e9:.0f} (float32) GFLOP/s"
        )


def lines(outcomes: Sequence[Outcome], rates: Rates, judged: bool) -> list[tuple[str, ...]]:
    """The cells of every line: one a peer, the workload's own cells on its first.

    Whether what is wanted was met is said only if `judged`: it is wanted of the full size.
    """
    return [line for outcome in outcomes for line in _lines(outcome, rates, judged)]


def _lines(outcome: Outcome, rates: Rates, judged: bool) -> list[tuple[str, ...]]:
    found = []
    for name, timing in outcome.peers.items():
        peer, cpu = outcome.of[name], outcome.ratio(name)
        wall = timing.wall / outcome.ours.wall
        if peer.at_most is not None:
            cpu, wall = 1.0 / cpu, 1.0 / wall
        part = "" if peer.part == 1.0 else f" ({_number(100.0 * peer.part)} % timed)"
        wanted = _wanted(peer, outcome.met(name) if judged else None)
        found.append((name + part, _number(timing.cpu), _number(cpu), _number(wall), wanted))
    found += [(f"{name}: {why}", "", "", "", "") for name, why in outcome.missing.items()]
    if outcome.memory is not None:
        allowed = outcome.memory_allowed or 0.0
        met = outcome.memory <= allowed if judged else None
        verdict = _verdict(f"≤ {allowed:.0f} MB", met)
        found.append((f"memory added: {outcome.memory:.0f} MB", "", "", "", verdict))
    first = (outcome.workload, f"{outcome.n:,}", _number(outcome.ours.cpu))
    limit = (_limit(outcome, rates), _per_row(outcome))
    blank = ("", "", ""), ("", "")
    return [
        (*(first if i == 0 else blank[0]), *cells, *(limit if i == 0 else blank[1]))
        for i, cells in enumerate(found)
    ]


def held_back(outcomes: Sequence[Outcome], limits: Mapping[str, str]) -> list[str]:
    """What holds each figure that is missed, a line a workload; what is wanted is of full size."""
    found = []
    for outcome in outcomes:
        missed = [name for name in outcome.peers if outcome.met(name) is False]
        if missed:
            limit = limits.get(outcome.workload) or "not profiled yet."
            found.append(f"- **{outcome.workload}** (against {'; '.join(missed)}): {limit}")
    return found


def _wanted(peer: Peer, met: bool | None) -> str:
    if peer.at_least is not None:
        return _verdict(f"≥ {peer.at_least:g}", met)
    if peer.at_most is None:
        return ""
    beyond = f" + {1000.0 * peer.plus:.0f} ms" if peer.plus else ""
    return _verdict(f"≤ {peer.at_most:g}{beyond}", met)


def _verdict(wanted: str, met: bool | None) -> str:
    return wanted if met is None else f"{wanted} {'met' if met else 'MISSED'}"


def _limit(outcome: Outcome, rates: Rates) -> str:
    if outcome.flops:
        return f"{outcome.flops / outcome.ours.cpu / rates.gemm64:.0%} GEMM"
    if outcome.touched:
        return f"{outcome.touched / outcome.ours.cpu / rates.bandwidth:.0%} bandwidth"
    return ""


def _per_row(outcome: Outcome) -> str:
    return f"{outcome.touched / outcome.n:.1f}" if outcome.touched else ""


def _number(value: float) -> str:
    """Three significant digits, never in powers of ten between a microsecond and a million."""
    if value >= 99.95:
        return f"{value:,.0f}"
    if value >= 1.0:
        return f"{value:.3g}"
    return f"{value:.3g}" if value >= 1e-4 else f"{value:.1e}"


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def text(outcomes: Sequence[Outcome], rates: Rates, judged: bool) -> str:
    """The table for a terminal."""
    table = [HEADINGS, *lines(outcomes, rates, judged)]
    widths = [max(_width(line[i]) for line in table) for i in range(len(HEADINGS))]
    right = {1, 2, 4, 5, 6, 9}

    def padded(line: Sequence[str]) -> str:
        cells = (
            " " * (w - _width(c)) + c if i in right else c + " " * (w - _width(c))
            for i, (c, w) in enumerate(zip(line, widths, strict=True))
        )
        return "  ".join(cells).rstrip()

    made = [padded(HEADINGS), "  ".join("─" * w for w in widths)]
    for line in table[1:]:
        if line[0] and len(made) > 2:
            made.append("")
        made.append(padded(line))
    return "\n".join(made)


def markdown(
    outcomes: Sequence[Outcome],
    rates: Rates,
    command: str,
    size: str,
    limits: Mapping[str, str] | None = None,
) -> str:
    """The page that is kept in the repository; `limits` by workload, of figures that are missed."""
    held = machine.versions()
    table = [HEADINGS, ("---",) * len(HEADINGS), *lines(outcomes, rates, size == "full")]
    cells = [f"| {' | '.join(line)} |" for line in table]
    notes = [
        f"- **{o.workload}** ({o.rounds} round{'s' if o.rounds > 1 else ''}): {o.sentence}."
        f"{f' {o.note}' if o.note else ''}"
        for o in outcomes
    ]
    holds = held_back(outcomes, limits or {}) if size == "full" else []
    if holds:
        holds = ["## What holds the figures that are missed", "", *holds, ""]
    return "\n".join(
        [
            "# Benchmarks",
            "",
            f"Written by `{command}` on {datetime.now(UTC):%Y-%m-%d %H:%M} UTC ({size} size).",
            "Times belong to the machine below; ratios are what carries over.",
            "",
            *cells,
            "",
            LEGEND,
            "",
            *holds,
            "## What the workloads are",
            "",
            *notes,
            "",
            "## Machine",
            "",
            f"{machine.processor()}, {machine.cores()} cores, {machine.memory()} of memory;"
            f" in this run {rates.sentence()}; {machine.load()}.",
            "",
            "; ".join(f"{name} {version}" for name, version in held.items()) + ".",
            "",
        ]
    )
