"""First order (GUM): the standard uncertainty of each entity through correlated factors."""

from __future__ import annotations

from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.data import Activity, Column, activity
from benchmarks.registry import Call, Peer, Race, workload
from benchmarks.workloads.accounts import agree, entities_for

if TYPE_CHECKING:
    from scipy.sparse import csr_array

    from carbonmeter.uncertainty import Structure

REGIONS = 25
FAMILY, LABORATORY = 0.5, 0.2  # of a factor's variance: common to its fuel, to its region
RELATIVE = 0.05


class Problem:
    """Rows that burn a fuel in a region; every pair has a factor of its own, 500 in all."""

    def __init__(self, rows: Activity) -> None:
        fuels = len(rows.fuels)
        self.rows, self.n = rows, len(rows)
        self.region = (np.arange(rows.entities) % REGIONS).astype(np.int32)
        self.record = rows.fuel.astype(np.int32) * REGIONS + self.region[rows.entity]
        spread = np.random.default_rng(11).normal(1.0, 0.05, (fuels, REGIONS))
        self.factor = (rows.factor[:, np.newaxis] * spread).ravel()
        self.u = RELATIVE * self.factor
        self.fuel_of, self.region_of = np.divmod(np.arange(fuels * REGIONS), REGIONS)

    @cached_property
    def covariance(self) -> Column:
        """float64[500, 500], as the peers take it."""
        same_fuel = self.fuel_of[:, np.newaxis] == self.fuel_of
        same_region = self.region_of[:, np.newaxis] == self.region_of
        correlation = FAMILY * same_fuel + LABORATORY * same_region
        np.fill_diagonal(correlation, 1.0)
        return correlation * np.outer(self.u, self.u)

    def structure(self) -> Structure:
        from carbonmeter.uncertainty import Common, Structure

        ids = [f"r{i}" for i in range(self.u.size)]

        def of(place: NDArray[np.int64], i: int) -> list[str]:
            return [ids[k] for k in np.flatnonzero(place == i)]

        families = [
            Common(f"fuel {f}", of(self.fuel_of, f), FAMILY) for f in range(len(self.rows.fuels))
        ]
        laboratories = [
            Common(f"region {r}", of(self.region_of, r), LABORATORY) for r in range(REGIONS)
        ]
        return Structure.of(ids, self.u, [*families, *laboratories])

    @cached_property
    def cell(self) -> NDArray[np.int32]:
        """Entity and fuel of each row as one number: as `record`, a matter of the rows' codes."""
        return self.rows.entity * np.int32(len(self.rows.fuels)) + self.rows.fuel

    @cached_property
    def table(self) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """The record of each cell, and where the cells of each entity begin."""
        fuels = len(self.rows.fuels)
        record = np.arange(fuels, dtype=np.int32) * REGIONS + self.region[:, np.newaxis]
        return record.ravel(), np.arange(self.rows.entities + 1, dtype=np.int32) * fuels

    def change(self) -> csr_array:
        """float64[entity, record]: rows added up, each sum exact."""
        from scipy.sparse import csr_array

        from carbonmeter.kernels import segment_sum

        (record, ends), entities = self.table, self.rows.entities
        summed = segment_sum(self.rows.quantity, self.cell, record.size)
        return csr_array((summed, record, ends), shape=(entities, self.u.size))

    def own_variance(self) -> Column:
        from carbonmeter.kernels import squared_segment_sum

        rows = self.rows
        columns = rows.quantity, rows.u_rel, self.factor, self.record
        return squared_segment_sum(*columns, rows.entity, rows.entities)


class Part(NamedTuple):
    """What a peer found for some of the entities."""

    entities: range
    u: Column


def by_carbonmeter(problem: Problem, structure: Structure) -> Column:
    from carbonmeter.uncertainty import Linear

    return Linear(problem.change(), structure, problem.own_variance()).u


def alike(ours: Column, theirs: Column | Part) -> None:
    if isinstance(theirs, Part):
        ours, theirs = ours[theirs.entities], theirs.u
    agree(ours, theirs)


def scipy_jacobian(problem: Problem) -> Call:
    """The law of propagation as it stands: one Jacobian over all inputs, factors and rows."""
    from scipy.sparse import block_diag, coo_array, diags_array

    rows, n, records = problem.rows, problem.n, problem.u.size
    inputs = records + n
    own = diags_array((rows.quantity * rows.u_rel) ** 2)
    covariance = block_diag([problem.covariance, own], format="csr")
    of_row = np.arange(records, inputs)

    def call() -> Column:
        derivative = np.concatenate([rows.quantity, problem.factor[problem.record]])
        place = np.concatenate([rows.entity, rows.entity]), np.concatenate([problem.record, of_row])
        jacobian = coo_array((derivative, place), (rows.entities, inputs)).tocsr()
        variance = jacobian.multiply(jacobian @ covariance).sum(axis=1)
        return np.sqrt(np.asarray(variance).ravel())

    return call


def some_entities(problem: Problem, count: int) -> NDArray[np.int64]:
    return np.flatnonzero(problem.rows.entity < count)


def uncertainties_sums(problem: Problem, count: int) -> Call:
    """Every row an expression of correlated numbers; the library keeps all derivatives."""
    from uncertainties import correlated_values, ufloat

    rows, chosen = problem.rows, some_entities(problem, count)
    factor = correlated_values(problem.factor, problem.covariance)

    def call() -> Part:
        total = [0.0] * count
        for i in chosen.tolist():
            quantity = ufloat(rows.quantity[i], rows.quantity[i] * rows.u_rel[i])
            total[rows.entity[i]] += quantity * factor[problem.record[i]]
        return Part(range(count), np.array([t.std_dev for t in total]))

    return call


def gtc_sums(problem: Problem, count: int) -> Call:
    """The same with GTC: real numbers whose correlations were set pair by pair."""
    import GTC

    rows, chosen = problem.rows, some_entities(problem, count)
    factor = [
        GTC.ureal(value, u, independent=False)
        for value, u in zip(problem.factor.tolist(), problem.u.tolist(), strict=True)
    ]
    correlation = problem.covariance / np.outer(problem.u, problem.u)
    for i, j in zip(*np.nonzero(np.triu(correlation, 1)), strict=True):
        GTC.set_correlation(float(correlation[i, j]), factor[i], factor[j])

    def call() -> Part:
        total = [0.0] * count
        for i in chosen.tolist():
            quantity = GTC.ureal(rows.quantity[i], rows.quantity[i] * rows.u_rel[i])
            total[rows.entity[i]] = total[rows.entity[i]] + quantity * factor[problem.record[i]]
        return Part(range(count), np.array([GTC.uncertainty(t) for t in total]))

    return call


@workload(
    "GUM, from rows",
    "the standard uncertainty of each entity through 500 correlated factors and the errors of all"
    " rows; the factors of one fuel and those of one region move together",
    small=20_000,
    full=1_000_000,
    limit=(
        "of 7 ms, 3 are exact sums of rows into 200,000 cells of entity and fuel, 2.4 squares of"
        " errors and their exact sums, 0.8 the sandwich, the rest their table."
    ),
)
def gum_from_rows(n: int, folder: Path) -> Race:
    problem = Problem(activity(n, entities_for(n), noise=True))
    structure, count = problem.structure(), 3
    part = some_entities(problem, count).size / n
    return Race(
        n,
        lambda: by_carbonmeter(problem, structure),
        {
            "scipy, sparse Jacobian": Peer(partial(scipy_jacobian, problem), at_least=40, held=15),
            "uncertainties": Peer(
                partial(uncertainties_sums, problem, count), at_least=1500, part=part
            ),
            "GTC": Peer(partial(gtc_sums, problem, count), part=part),
        },
        alike,
        touched=n * (8.0 + 8.0 + 4.0 + 2.0 + 4.0),
    )


def dense_sandwich(problem: Problem) -> Call:
    """A Σ A' by dense matrices, of which only the diagonal is formed."""
    change = problem.change().toarray()
    own = problem.own_variance()
    return lambda: np.sqrt(((change @ problem.covariance) * change).sum(axis=1) + own)


def sparse_sandwich(problem: Problem) -> Call:
    change, own = problem.change(), problem.own_variance()

    def call() -> Column:
        variance = change.multiply(change @ problem.covariance).sum(axis=1)
        return np.sqrt(np.asarray(variance).ravel() + own)

    return call


@workload(
    "GUM, rows added before",
    "the same from the sums by entity and factor",
    small=20_000,
    full=1_000_000,
)
def gum_from_sums(n: int, folder: Path) -> Race:
    from carbonmeter.uncertainty import Linear

    problem = Problem(activity(n, entities_for(n), noise=True))
    structure, change, own = problem.structure(), problem.change(), problem.own_variance()
    return Race(
        problem.rows.entities,
        lambda: Linear(change, structure, own).u,
        {
            "numpy, A Σ A' dense": Peer(partial(dense_sandwich, problem), at_least=9, held=9),
            "scipy, A Σ A' sparse": Peer(partial(sparse_sandwich, problem)),
        },
        agree,
    )
