"""Dask's schedulers of this machine: one task a block, merged two by two."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import BrokenExecutor, Executor, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from multiprocessing import get_context
from typing import Any, Generic

from carbonmeter.engine.reduction import Block, Pile, Reduction, Result, State, Told
from carbonmeter.errors import EngineError

WAVE = 32  # blocks a worker in one graph: what a lost process costs, and what a graph may hold
TRIES = 3
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
    source = iter(blocks)
    pile = Pile(reduction.merge)
    try:
        while wave := list(islice(source, WAVE * workers)):
            pile.add(_of_wave(wave, reduction, pools, told))
    finally:
        pools.close()
    return pile.total()


def _of_wave(
    wave: list[Block], reduction: Reduction[Block, State, Result], pools: _Pools, told: Told
) -> State:
    """The state of some blocks, again from their start if a process was lost."""
    report = _Once(len(wave), told)
    for _ in range(TRIES):
        try:
            with _counting(report):
                return _computed(wave, reduction, pools)
        except BrokenExecutor:
            pools.close()
    raise EngineError(LOST.format(tries=TRIES))


def _computed(
    wave: list[Block], reduction: Reduction[Block, State, Result], pools: _Pools
) -> State:
    from dask.delayed import delayed
    from dask.multiprocessing import RemoteException

    parts: list[Any] = [
        delayed(_Leaf(reduction, block), name=f"partial-{at}", pure=False, traverse=False)(
            dask_key_name=f"partial-{at}"
        )
        for at, block in enumerate(wave)
    ]
    merge = delayed(reduction.merge, name="merge", pure=False, traverse=False)
    while len(parts) > 1:
        pairs = [merge(a, b) for a, b in zip(parts[::2], parts[1::2], strict=False)]
        parts = pairs + parts[len(pairs) * 2 :]
    try:
        state: State = parts[0].compute(
            scheduler=pools.scheduler, pool=pools.pool(), optimize_graph=False, chunksize=1
        )
    except RemoteException as wrapped:
        raise wrapped.exception from None
    return state


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


class _Once:
    """Reports each block once, also if it is computed again."""

    def __init__(self, blocks: int, told: Told) -> None:
        self._left, self._told = {f"partial-{at}" for at in range(blocks)}, told

    def __call__(self, key: object, *_: object) -> None:
        if isinstance(key, str) and key in self._left:
            self._left.remove(key)
            self._told.one()


@contextmanager
def _counting(report: Callable[..., None]) -> Iterator[None]:
    from dask.callbacks import Callback

    with Callback(posttask=report):
        yield
