"""Dask's schedulers of this machine: one task a block."""

from __future__ import annotations

import signal
from collections.abc import Iterable
from concurrent.futures import BrokenExecutor, Executor, ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from multiprocessing import get_context
from typing import Any, Generic

from carbonmeter.engine.reduction import Block, Pile, Reduction, Result, State, Told
from carbonmeter.errors import EngineError

WAVE = 32  # blocks a worker in one graph: what a lost process costs, and what a graph may hold
TRIES = 3
NAME = "partial-"
LOST = (
    "E504: a worker process was lost {tries} times over the same blocks. Most likely the memory was"
    " not enough: take fewer workers or smaller blocks, or threads, which share it. A script that"
    " starts processes keeps its own calls below `if __name__ == '__main__':`. Nothing was written."
)


@dataclass(frozen=True)
class _Leaf(Generic[Block, State, Result]):
    """The task of one block; Dask does not look into it for tasks of its own."""

    reduction: Reduction[Block, State, Result]
    block: Block

    def __call__(self) -> State:
        return self.reduction.partial(self.block)


def state_by(
    scheduler: str,
    workers: int,
    blocks: Iterable[Block],
    reduction: Reduction[Block, State, Result],
    told: Told,
) -> State | None:
    """The state of all blocks by 'threads' or 'processes'."""
    pools = _Pools(scheduler, workers)
    pile = Pile(reduction.merge)
    source = iter(blocks)
    try:
        while wave := list(islice(source, WAVE * workers)):
            if scheduler == "threads":
                _by_threads(wave, reduction, pools, pile, told)
            else:
                _by_processes(wave, reduction, pools, pile, told)
    finally:
        pools.close()
    return pile.total()


def _by_threads(
    wave: list[Block],
    reduction: Reduction[Block, State, Result],
    pools: _Pools,
    pile: Pile[State],
    told: Told,
) -> None:
    """States of some blocks merged two by two, by the threads too."""
    from dask.callbacks import Callback
    from dask.delayed import delayed

    def ended(key: str, *_: object) -> None:
        if key.startswith(NAME):
            told.one()

    parts = _leaves(wave, reduction)
    merge = delayed(reduction.merge, name="merge", pure=False, traverse=False)
    while len(parts) > 1:
        pairs = [merge(a, b) for a, b in zip(parts[::2], parts[1::2], strict=False)]
        parts = pairs + parts[len(pairs) * 2 :]
    with Callback(posttask=ended):
        pile.add(parts[0].compute(scheduler="threads", pool=pools.pool(), optimize_graph=False))


def _by_processes(
    wave: list[Block],
    reduction: Reduction[Block, State, Result],
    pools: _Pools,
    pile: Pile[State],
    told: Told,
) -> None:
    """States of some blocks merged here as they come, so that each is sent once.

    Blocks that had not come back when a process was lost are computed again.
    """
    from dask.base import compute
    from dask.callbacks import Callback
    from dask.multiprocessing import RemoteException

    left = {f"{NAME}{at}": block for at, block in enumerate(wave)}

    def ended(key: str, state: State, _: object, run: dict[str, Any], *__: object) -> None:
        run["cache"][key] = None  # it is not kept until the wave is over
        del left[key]
        pile.add(state)
        told.one()

    for _ in range(TRIES):
        try:
            with Callback(posttask=ended):
                parts = _leaves(left.values(), reduction, names=tuple(left))
                more = {"optimize_graph": False, "chunksize": 1}
                compute(*parts, scheduler="processes", pool=pools.pool(), **more)
            return
        except RemoteException as wrapped:
            raise wrapped.exception from None
        except BrokenExecutor:
            pools.close()
    raise EngineError(LOST.format(tries=TRIES))


def _leaves(
    blocks: Iterable[Block],
    reduction: Reduction[Block, State, Result],
    names: Iterable[str] | None = None,
) -> list[Any]:
    from dask.delayed import delayed

    found = list(blocks)
    named = [f"{NAME}{at}" for at in range(len(found))] if names is None else names
    return [
        delayed(_Leaf(reduction, block), name=name, pure=False, traverse=False)(dask_key_name=name)
        for name, block in zip(named, found, strict=True)
    ]


class _Pools:
    """A pool of workers that is made anew after it broke."""

    def __init__(self, scheduler: str, workers: int) -> None:
        self.scheduler, self._workers = scheduler, workers
        self._pool: Executor | None = None

    def pool(self) -> Executor:
        if self._pool is None:
            if self.scheduler == "threads":
                self._pool = ThreadPoolExecutor(self._workers)
            else:
                # A forked process would inherit locks that its threads do not hold any more.
                self._pool = ProcessPoolExecutor(
                    self._workers, mp_context=get_context("spawn"), initializer=_uninterrupted
                )
        return self._pool

    def close(self) -> None:
        """End what is in work, drop what waits."""
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool = None


def _uninterrupted() -> None:
    """An interruption is for the process that asked for the run; its workers end with it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
