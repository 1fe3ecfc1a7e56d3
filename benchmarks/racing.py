"""One race: who can run, whether all agree, and then their turns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from benchmarks.registry import Call, Peer, Race
from benchmarks.timing import RoundRobin, Timing, timed

OURS = "carbonmeter"


@dataclass(frozen=True)
class Outcome:
    """What a race gave: the line of each peer, in the order of the registry."""

    workload: str
    sentence: str
    n: int
    ours: Timing
    peers: Mapping[str, Timing]
    of: Mapping[str, Peer]
    missing: Mapping[str, str]
    rounds: int
    touched: float = 0.0
    flops: float = 0.0
    memory: float | None = None
    memory_allowed: float | None = None
    note: str = ""

    def ratio(self, name: str) -> float:
        """How many times our CPU time the peer takes."""
        return self.peers[name].cpu / self.ours.cpu

    def met(self, name: str) -> bool | None:
        """Whether what is wanted against this peer was reached; None if nothing is."""
        peer = self.of[name]
        if peer.at_least is not None:
            return self.ratio(name) >= peer.at_least
        if peer.at_most is not None:
            return self.ours.cpu <= peer.at_most * self.peers[name].cpu + peer.plus
        return None

    def held(self, name: str, slack: float) -> bool:
        """Whether the ratio is what the repository holds itself to, with some slack."""
        held = self.of[name].held
        if held is None:
            return True
        if self.of[name].at_most is None:
            return self.ratio(name) >= held / slack
        return self.ours.cpu <= slack * (held * self.peers[name].cpu + self.of[name].plus)


@dataclass
class Starters:
    """The calls that can run here, and why others cannot."""

    calls: dict[str, Call] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)


def starters(race: Race) -> Starters:
    found = Starters({OURS: race.ours})
    for name, peer in race.peers.items():
        try:
            found.calls[name] = peer.prepare()
        except ModuleNotFoundError as absent:
            found.missing[name] = f"{absent.name} is not installed"
    return found


def checked(race: Race, calls: Mapping[str, Call]) -> dict[str, Timing]:
    """Every call once, which warms it up; AssertionError unless all give one answer."""
    answers: dict[str, object] = {}

    def once(name: str) -> Timing:
        def call() -> None:
            answers[name] = calls[name]()

        return timed(call)

    first = {}
    for name in calls:
        first[name] = once(name)
        if name != OURS and race.peers[name].compared:
            try:
                race.agree(answers[OURS], answers[name])
            except AssertionError as differs:
                raise AssertionError(f"{name} and {OURS} differ: {differs}") from differs
        if name != OURS:
            del answers[name]
    # The first call compiled and filled caches; the second tells how many rounds there is time for.
    return first | {OURS: timed(calls[OURS])}


def outcome(
    workload: str, sentence: str, race: Race, robin: RoundRobin, missing: Mapping[str, str]
) -> Outcome:
    """Medians, with the time of a part brought up to the whole."""
    medians = robin.medians()
    peers = {
        name: Timing(*(seconds / race.peers[name].part for seconds in timing))
        for name, timing in medians.items()
        if name != OURS
    }
    return Outcome(
        workload,
        sentence,
        race.n,
        medians[OURS],
        peers,
        race.peers,
        missing,
        len(robin.found[OURS]),
        race.touched,
        race.flops,
        memory_allowed=race.memory,
        note=race.note,
    )


def turns(robin: RoundRobin, carry: Callable[[Call, Call, int], None], seconds: float) -> None:
    """Hand the rounds to whoever carries them: the others run, then ours is measured."""

    def others() -> None:
        for name in robin.calls:
            if name != OURS:
                robin.measure(name)

    carry(others, lambda: robin.measure(OURS), robin.rounds(seconds))
