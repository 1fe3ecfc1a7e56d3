"""A cluster of Dask: one task a block, states merged as they come back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager
from itertools import chain
from typing import TYPE_CHECKING, Any, Generic

from carbonmeter import __version__
from carbonmeter.engine.reduction import Block, Pile, Reduction, Result, State, Told
from carbonmeter.errors import EngineError

if TYPE_CHECKING:
    from distributed import Client

IN_FLIGHT = 2  # blocks a thread: one in work and one waiting
TRIES = 3
PATIENCE = "10s"


@contextmanager
def connected(scheduler: str | Client) -> Iterator[Client]:
    """The client given, or one for an address, closed again afterwards.

    Raises
    ------
    EngineError    no scheduler answers; no worker; workers with another version of the package
    """
    if not isinstance(scheduler, str):
        if scheduler.asynchronous:
            raise EngineError("E504: the client is asynchronous; make it by Client(address)")
        _check(scheduler)
        yield scheduler
        return
    with _client(scheduler) as client:
        _check(client)
        yield client


def _client(address: str) -> Client:
    from distributed import Client

    try:
        return Client(address, timeout=PATIENCE, set_as_default=False)
    except (OSError, ValueError) as wrong:
        raise EngineError(
            f"E504: no scheduler answers at {address} within {PATIENCE} ({wrong}); check the"
            " address, or start one with `dask scheduler` and workers with `dask worker`"
        ) from None


def _check(client: Client) -> None:
    """Workers are there, and compute with the same version as the caller."""
    if not client.nthreads():
        raise EngineError("E504: the cluster has no worker; start some with `dask worker ADDRESS`")
    try:
        found = client.run(_version)
    except ImportError as wrong:
        raise EngineError(
            f"E504: a worker of the cluster cannot import the package ({wrong}); install"
            f" carbonmeter {__version__} on every worker"
        ) from None
    other = {worker: version for worker, version in found.items() if version != __version__}
    if other:
        worker, version = next(iter(other.items()))
        raise EngineError(
            f"E504: the worker {worker} has carbonmeter {version}, the caller {__version__};"
            " install the same version on every worker, or bits may differ"
        )


def _version() -> str:
    return __version__


def _partial(reduction: Reduction[Block, State, Result], block: Block) -> State:
    return reduction.partial(block)


def state_on(
    client: Client, blocks: Iterable[Block], reduction: Reduction[Block, State, Result], told: Told
) -> State | None:
    """The state of all blocks on the workers of a cluster.

    A block in the work of a worker that dies is computed again on another one. So are blocks whose
    reduction died with the last worker that held it.
    """
    work = _Work(client, reduction, told)
    rest = iter(blocks)
    for _ in range(TRIES):
        lost = work.through(rest)
        if not lost:
            return work.pile.total()
        rest = chain(lost, rest)
    raise EngineError(
        f"E504: workers of the cluster were lost {TRIES} times over the same blocks; check that"
        " the scheduler and its workers run, and their memory. Nothing was written."
    )


class _Work(Generic[Block, State, Result]):
    """Blocks in flight on a cluster, and the state of those that came back."""

    def __init__(
        self, client: Client, reduction: Reduction[Block, State, Result], told: Told
    ) -> None:
        self._client, self._reduction, self._told = client, reduction, told
        self.pile = Pile(reduction.merge)

    def through(self, blocks: Iterator[Block]) -> list[Block]:
        """Compute blocks until there are no more; those that were lost are handed back."""
        from distributed import as_completed

        in_work: dict[Any, Block] = {}
        lost: list[Block] = []
        held = self._client.scatter(self._reduction, broadcast=True, hash=False)
        arriving = as_completed(loop=self._client.loop)
        try:
            self._submit(blocks, held, in_work, arriving)
            for future in arriving:
                block = in_work.pop(future)
                if not self._arrived(future):
                    lost.append(block)
                elif not lost:
                    self._submit(blocks, held, in_work, arriving)
        finally:
            self._client.cancel([*in_work, held])
        return lost

    def _submit(
        self, blocks: Iterator[Block], held: Any, in_work: dict[Any, Block], arriving: Any
    ) -> None:
        room = IN_FLIGHT * max(sum(self._client.nthreads().values()), 1)
        while len(in_work) < room:
            for block in blocks:
                future = self._client.submit(_partial, held, block, pure=False)
                in_work[future] = block
                arriving.add(future)
                break
            else:
                return

    def _arrived(self, future: Any) -> bool:
        """Whether the state of a block came back; it is merged then."""
        from distributed import KilledWorker

        try:
            part = future.result()
        except CancelledError as wrong:
            if self._client.status != "running":
                raise EngineError(
                    f"E504: the connection to the scheduler was lost ({wrong}); start the run"
                    " again when it is back. Nothing was written."
                ) from None
            return False
        except KilledWorker as wrong:
            raise EngineError(
                f"E504: {wrong.allowed_failures + 1} workers died over one block. Most likely"
                " their memory was not enough: take smaller blocks, fewer threads a worker, or"
                " more memory. Nothing was written."
            ) from None
        future.release()
        self.pile.add(part)
        self._told.one()
        return True
