"""Dask as an engine: its threads or processes on this machine, or a cluster of machines."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from carbonmeter.engine.reduction import Block, Reduction, Result, State, Told, counted
from carbonmeter.errors import EngineError

if TYPE_CHECKING:
    from distributed import Client

LOCAL = ("threads", "processes")
ADDRESS = ("tcp://", "tls://", "ucx://", "ws://", "wss://", "inproc://")


@dataclass(frozen=True)
class Dask:
    """A scheduler of Dask, which comes with `pip install 'carbonmeter[dask]'`.

    Attributes
    ----------
    scheduler : str or distributed.Client
        'threads' or 'processes' of this machine; the address of a cluster's scheduler, such as
        'tcp://10.0.0.1:8786'; or a client that is connected to one
    count : int, optional
        how many threads or processes; a cluster has the workers that it has
    """

    scheduler: str | Client = "threads"
    count: int | None = None

    def __post_init__(self) -> None:
        if isinstance(self.scheduler, str) and not self.scheduler.startswith(ADDRESS):
            if self.scheduler not in LOCAL:
                raise EngineError(
                    f"E504: no scheduler {self.scheduler!r}; write threads, processes or the"
                    " address of a cluster's scheduler, such as tcp://10.0.0.1:8786"
                )
            counted(self.count)
        elif self.count is not None:
            raise EngineError("E504: a cluster has the workers that it has; leave their number out")

    @property
    def workers(self) -> int:
        if isinstance(self.scheduler, str) and self.scheduler in LOCAL:
            return counted(self.count)
        from carbonmeter.engine.dask_cluster import connected

        with connected(self.scheduler) as client:
            return sum(client.nthreads().values())

    def state(
        self, blocks: Iterable[Block], reduction: Reduction[Block, State, Result], told: Told
    ) -> State | None:
        if isinstance(self.scheduler, str) and self.scheduler in LOCAL:
            from carbonmeter.engine.dask_local import state_by

            return state_by(self.scheduler, self.workers, blocks, reduction, told)
        from carbonmeter.engine.dask_cluster import connected, state_on

        with connected(self.scheduler) as client:
            return state_on(client, blocks, reduction, told)
