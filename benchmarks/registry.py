"""The registry of workloads: adding one is writing one function and naming it here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

Call = Callable[[], object]
SIZES = ("small", "full")


@dataclass(frozen=True)
class Peer:
    """Another way to the same answer, written as its own users would write it.

    Attributes
    ----------
    prepare : function        imports the library, puts the data into its form and gives the call;
                              none of that is timed
    at_least : float          the ratio wanted: its CPU time over ours
    at_most : float           or the ratio allowed: our CPU time over its
    plus : float              seconds that are allowed beyond `at_most` of its time
    held : float              the ratio that the test asserts, with a slack of 1.5: as `at_most`
                              where that is given, else as `at_least`; only for references that
                              this repository keeps itself
    part : float              the part of the work that is timed, where the whole would take too
                              long; the time is divided by it, and the table says so
    compared : bool           False for a mere yardstick, such as reading the bytes, whose answer
                              is another
    """

    prepare: Callable[[], Call]
    at_least: float | None = None
    at_most: float | None = None
    plus: float = 0.0
    held: float | None = None
    part: float = 1.0
    compared: bool = True


@dataclass(frozen=True)
class Race:
    """What runs: our call and the others, on one set of data.

    Attributes
    ----------
    n : int                   rows, or what is counted instead
    ours : Call
    peers : name -> Peer
    agree : function          (ours, theirs) raises AssertionError if the answers differ
    touched : float           bytes that our call must read at least, from the arrays it is given
    flops : float             floating-point operations that it must do at least
    memory : float            megabytes that our call may add to the process, if limited
    note : str                what a reader of the table must know
    close : function          ends what the race started, such as a cluster
    """

    n: int
    ours: Call
    peers: Mapping[str, Peer]
    agree: Callable[[object, object], None]
    touched: float = 0.0
    flops: float = 0.0
    memory: float | None = None
    note: str = ""
    close: Callable[[], object] = lambda: None


Build = Callable[[int, Path], Race]


@dataclass(frozen=True)
class Workload:
    """A named race that can be built in each size.

    `limit` is what holds a figure that is missed: the profile in a sentence or two, for the page.
    """

    name: str
    sentence: str
    sizes: Mapping[str, int]
    build: Build = field(repr=False)
    limit: str = ""


WORKLOADS: dict[str, Workload] = {}


def workload(
    name: str, sentence: str, *, small: int, full: int, limit: str = ""
) -> Callable[[Build], Build]:
    """Enter the function in the registry; it builds the race from a number of rows and a folder."""

    def entered(build: Build) -> Build:
        if name in WORKLOADS:
            raise ValueError(f"two workloads are called {name!r}")
        WORKLOADS[name] = Workload(
            name, sentence, dict(zip(SIZES, (small, full), strict=True)), build, limit
        )
        return build

    return entered
