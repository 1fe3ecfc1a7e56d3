"""The same totals on other engines, and what it costs that all of them give the same bits."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cache, partial, reduce
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from benchmarks.data import Column, activity, parquet
from benchmarks.registry import Call, Peer, Race, workload
from benchmarks.workloads.accounts import entities_for
from benchmarks.workloads.draws import Drawn, account_of, drawn, factors

if TYPE_CHECKING:
    from carbonmeter.kernels import Sums

WORKERS = 2


class BarePool:
    """An engine that is nothing but a pool of threads: no bound on states, no retry, no report."""

    workers = WORKERS

    def state(self, blocks: Iterable[object], reduction: object, told: object) -> object:
        with ThreadPoolExecutor(WORKERS) as pool:
            return reduce(reduction.merge, pool.map(reduction.partial, blocks))


def same_bits(ours: Column, theirs: Column) -> None:
    """Not close: the same."""
    np.testing.assert_array_equal(ours, theirs)


def streamed(path: Path, on: object) -> Column:
    import carbonmeter

    return carbonmeter.stream_totals(path, guide="cets", by=["entity"], on=on).co2e


def on_engine(path: Path, engine: Callable[[], object]) -> Call:
    made = engine()
    return lambda: streamed(path, made)


def threads() -> object:
    from carbonmeter.engine import Threads

    return Threads(WORKERS)


def in_line() -> object:
    from carbonmeter.engine import InLine

    return InLine()


def dask_threads() -> object:
    from carbonmeter.engine import Dask

    return Dask("threads", WORKERS)


def engine_race(n: int, folder: Path, engine: Callable[[], object]) -> Race:
    path = parquet(activity(n, entities_for(n)), folder)
    return Race(
        n,
        on_engine(path, engine),
        {
            "a bare pool of threads": Peer(
                partial(on_engine, path, BarePool), at_most=1.15, held=1.15
            ),
            "our own engine in line": Peer(partial(on_engine, path, in_line)),
            "our own engine on threads": Peer(partial(on_engine, path, threads)),
        },
        same_bits,
    )


@workload(
    "Dask, threads",
    "a Parquet file streamed row group by row group through dask's threads",
    small=3_000_000,
    full=10_000_000,
)
def dask_on_threads(n: int, folder: Path) -> Race:
    return engine_race(n, folder, dask_threads)


@workload(
    "Dask, distributed",
    "the same through a running dask.distributed cluster of one worker",
    small=3_000_000,
    full=10_000_000,
)
def dask_on_cluster(n: int, folder: Path) -> Race:
    from distributed import Client, LocalCluster

    from carbonmeter.engine import Dask

    # Scheduler and worker live in this process, so that their time is seen.
    running = LocalCluster(
        n_workers=1, threads_per_worker=WORKERS, processes=False, dashboard_address=None
    )
    client = Client(running)

    def close() -> None:
        client.close()
        running.close()

    return replace(engine_race(n, folder, lambda: Dask(client)), close=close)


@cache
def plain_scatter() -> Callable[..., Column]:
    """What a bare loop does: floating-point sums in the order of the rows."""
    from numba import njit

    @njit(nogil=True)
    def scatter(quantity, coefficient, recipe, segment, total):
        for i in range(quantity.size):
            total[segment[i]] += quantity[i] * coefficient[recipe[i]]
        return total

    return scatter


@workload(
    "reproducible scatter sums",
    "exact sums of unsorted rows, the same bits in any order, against a compiled loop of plain"
    " floating-point sums, whose bits change with the order",
    small=1_000_000,
    full=10_000_000,
    limit=(
        "all but 1 of 17.6 ms are the updates, of 16 bytes a row where a plain loop has 8; the"
        " digits are guessed of some rows."
    ),
)
def reproducible_scatter(n: int, folder: Path) -> Race:
    from carbonmeter.kernels import weighted_segment_sum

    rows = activity(n, entities_for(n))
    recipe, factor = rows.fuel.astype(np.int32), rows.factor

    def plain() -> Call:
        scatter = plain_scatter()
        return lambda: scatter(rows.quantity, factor, recipe, rows.entity, np.zeros(rows.entities))

    return Race(
        n,
        lambda: weighted_segment_sum(rows.quantity, factor, recipe, rows.entity, rows.entities),
        {"compiled loop of plain sums": Peer(plain, at_most=1.4, held=1.4)},
        lambda ours, theirs: np.testing.assert_allclose(theirs, ours, rtol=1e-9),
        touched=n * (8.0 + 4.0 + 4.0),
    )


def with_plain_sums(call: Call) -> Call:
    """The same call, its sums over rows by plain loops: they stand in for exact ones of the rows,
    and only the few cells that they leave are added exactly."""
    from unittest.mock import patch

    from carbonmeter.kernels import Sums

    scatter, exact, one = plain_scatter(), Sums.of, np.ones(1)

    def of(values: Column, segment: NDArray[np.int32], n: int) -> Sums:
        first = np.broadcast_to(np.int8(0), values.shape)
        total = scatter(values, one, first, segment, np.zeros(n))
        return exact(total, np.arange(n), n)

    def weighted(
        quantity: Column,
        coefficient: Column,
        recipe: NDArray[np.int32],
        segment: NDArray[np.int32],
        n: int,
    ) -> Sums:
        total = scatter(quantity, coefficient, recipe, segment, np.zeros(n))
        return exact(total, np.arange(n), n)

    def plain() -> object:
        with patch.object(Sums, "of", of), patch.object(Sums, "weighted", weighted):
            return call()

    return plain


@workload(
    "reproducible Monte Carlo",
    "10 000 draws with the errors of all rows, the same bits in any order of rows, against the same"
    " call on plain floating-point sums of the rows",
    small=100_000,
    full=1_000_000,
)
def reproducible_monte_carlo(n: int, folder: Path) -> Race:
    rows = activity(n, entities_for(n), noise=True)
    account = account_of(rows, folder)
    _, shapes = factors(rows, account)

    def ours() -> Drawn:
        return drawn(account.total("entity"), rows, 10_000, shapes)

    def alike(one: Drawn, other: Drawn) -> None:
        np.testing.assert_allclose(other.mean, one.mean, rtol=1e-9)
        np.testing.assert_allclose(other.u, one.u, rtol=1e-7)

    return Race(
        n,
        ours,
        {"the same on plain sums": Peer(lambda: with_plain_sums(ours), at_most=1.05, held=1.05)},
        alike,
    )
