"""What is computed over blocks, and who computes it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from threading import Lock
from typing import Generic, Protocol, TypeVar

from carbonmeter.errors import EngineError

Block = TypeVar("Block")
State = TypeVar("State")
Result = TypeVar("Result")
BlockIn = TypeVar("BlockIn", contravariant=True)
ResultOut = TypeVar("ResultOut", covariant=True)

Progress = Callable[[int, int, str], None]


class Reduction(Protocol[BlockIn, State, ResultOut]):
    """A result over blocks by states: of a block, of two states, of the last state.

    `merge` is associative and commutative to the bit of `finish`; then the cut into blocks, the
    number of workers and the order in which they end leave no mark. Blocks, states and the
    reduction itself travel between processes, so they can be pickled.
    """

    def partial(self, block: BlockIn, /) -> State:
        """The state of one block; it does not change the block."""
        ...

    def merge(self, one: State, other: State, /) -> State:
        """The state of both; it may change and return either, nobody looks at them again."""
        ...

    def finish(self, state: State, /) -> ResultOut:
        """The result of the state of all blocks; it runs where `run` was called."""
        ...


class Engine(Protocol):
    """Who computes: a number of workers, and the one state of all blocks."""

    @property
    def workers(self) -> int:
        """How many blocks are in work at a time."""
        ...

    def state(
        self, blocks: Iterable[Block], reduction: Reduction[Block, State, Result], told: Told
    ) -> State | None:
        """The state of all blocks; None if there is none."""
        ...


class Told:
    """Tells a caller how far a run has come; workers may report at once."""

    def __init__(self, progress: Progress | None, total: int) -> None:
        self._progress, self._total = progress, total
        self._done, self._lock = 0, Lock()

    def one(self) -> None:
        """One more block is done."""
        if self._progress is not None:
            with self._lock:
                self._done += 1
                self._progress(self._done, self._total, "blocks")


class Pile(Generic[State]):
    """States merged like with like, two of as many blocks each.

    A state that grows with its blocks is then merged log2(blocks) times, not once a block; as many
    states are alive.
    """

    def __init__(self, merge: Callable[[State, State], State]) -> None:
        self._merge = merge
        self._held: list[tuple[int, State]] = []

    def add(self, state: State) -> None:
        """Put the state of one more block on the pile."""
        blocks = 1
        while self._held and self._held[-1][0] == blocks:
            state = self._merge(self._held.pop()[1], state)
            blocks *= 2
        self._held.append((blocks, state))

    def total(self) -> State | None:
        """The state of all blocks; None if there was none. The pile is empty then."""
        if not self._held:
            return None
        state = self._held.pop()[1]
        while self._held:
            state = self._merge(self._held.pop()[1], state)
        return state


def counted(workers: int | None) -> int:
    """The number of workers asked for; as many as this process has cores if none is.

    Raises
    ------
    EngineError    less than one worker
    """
    if workers is None:
        if hasattr(os, "sched_getaffinity"):
            return len(os.sched_getaffinity(0))
        return os.cpu_count() or 1
    if not isinstance(workers, int) or workers < 1:
        raise EngineError(f"E504: {workers!r} workers; a run needs one at least")
    return workers
