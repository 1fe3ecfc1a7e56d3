"""A pool of threads of this process; each adds up what it has computed itself."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from threading import Event, Lock
from typing import Generic

from carbonmeter.engine.reduction import Block, Pile, Reduction, Result, State, Told, counted


@dataclass(frozen=True)
class Threads:
    """Threads of this process: for kernels and readers that let go of the interpreter's lock.

    Attributes
    ----------
    count : int, optional    how many; as many as the process has cores if none is given
    """

    count: int | None = None

    @property
    def workers(self) -> int:
        return counted(self.count)

    def state(
        self, blocks: Iterable[Block], reduction: Reduction[Block, State, Result], told: Told
    ) -> State | None:
        shift = _Shift(blocks, reduction, told)
        with ThreadPoolExecutor(self.workers, thread_name_prefix="carbonmeter") as pool:
            try:
                wait([pool.submit(shift.work) for _ in range(self.workers)])
            finally:
                shift.over.set()  # an interruption: blocks in work are ended, no more begun
        if shift.failure is not None:
            raise shift.failure
        state: State | None = None
        for part in shift.states:
            state = part if state is None else reduction.merge(state, part)
        return state


class _Shift(Generic[Block, State, Result]):
    """Blocks handed out one by one, to whoever is free."""

    def __init__(
        self, blocks: Iterable[Block], reduction: Reduction[Block, State, Result], told: Told
    ) -> None:
        self._blocks, self._reduction, self._told = iter(blocks), reduction, told
        self._lock = Lock()
        self.over = Event()
        self.states: list[State] = []
        self.failure: BaseException | None = None

    def work(self) -> None:
        """Take blocks until there are no more or somebody failed."""
        try:
            pile = Pile(self._reduction.merge)
            while taken := self._next():
                pile.add(self._reduction.partial(taken[0]))
                self._told.one()
            state = pile.total()
            if state is not None:
                self.states.append(state)
        except BaseException as failure:
            with self._lock:
                if self.failure is None:
                    self.failure = failure
            self.over.set()

    def _next(self) -> tuple[Block] | None:
        with self._lock:
            if self.over.is_set():
                return None
            for block in self._blocks:
                return (block,)
        return None
