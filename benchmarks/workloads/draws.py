"""Monte Carlo: many draws of uncertain factors and of the errors of rows."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from benchmarks.data import CO2_PER_C, Activity, Column, activity, parquet
from benchmarks.registry import Call, Peer, Race, workload
from benchmarks.workloads.accounts import by_place, entities_for

if TYPE_CHECKING:
    from collections.abc import Mapping

    from carbonmeter.accounts import Account, Totals
    from carbonmeter.uncertainty import Normal

RELATIVE = (0.03, 0.02, 0.005)  # standard uncertainties of calorific value, carbon and oxidation
LIMITS = (0.025, 0.975)
APART = 6.0  # standard errors that two drawn means may lie apart


class Drawn(NamedTuple):
    """Mean and standard deviation of each entity, and of how many draws."""

    mean: Column
    u: Column
    draws: int


@dataclass(frozen=True)
class Factors:
    """The three factors of each fuel, normal and independent: float64[fuel, 3]."""

    value: Column
    u: Column

    def draw(self, rng: np.random.Generator, *draws: int) -> Column:
        """tCO2 per unit: float64[fuel, draws]."""
        shape = (*self.value.shape, *(1 for _ in draws))
        z = rng.standard_normal((*self.value.shape, *draws))
        made: Column = (self.value.reshape(shape) + self.u.reshape(shape) * z).prod(axis=1)
        return CO2_PER_C * made


def factors(rows: Activity, account: Account) -> tuple[Factors, Mapping[str, Normal]]:
    """What the fuels' factors are drawn from, for us by the ids of their records."""
    from carbonmeter.uncertainty import Normal

    records = account.library.records
    records = records[records["layer"] == "cets-2024"]
    by_id = dict(zip(records["id"].astype(str), records["value"].tolist(), strict=True))
    value = np.array(
        [
            [by_id[f"fuel.cets.{fuel.subject}.{part}"] for part in ("ncv", "cc", "of")]
            for fuel in rows.fuels
        ]
    )
    u = value * np.array(RELATIVE)
    shapes = {
        f"fuel.cets.{fuel.subject}.{part}": Normal(value[i, k], u[i, k])
        for i, fuel in enumerate(rows.fuels)
        for k, part in enumerate(("ncv", "cc", "of"))
    }
    value[:, 2] /= 100.0  # oxidation is printed in percent
    u[:, 2] /= 100.0
    return Factors(value, u), shapes


def account_of(rows: Activity, folder: Path) -> Account:
    import carbonmeter

    return carbonmeter.account(carbonmeter.read_activity(parquet(rows, folder)), guide="cets")


def agree(ours: Drawn, theirs: Drawn) -> None:
    """Means no further apart than drawing explains; standard deviations to the same degree."""
    error = ours.u / np.sqrt(min(ours.draws, theirs.draws))
    assert np.all(np.abs(ours.mean - theirs.mean) <= APART * error), "means differ"
    if theirs.draws >= 1000:
        off = np.abs(ours.u - theirs.u)
        assert np.all(off <= APART * error), "standard deviations differ"


def drawn(total: Totals, rows: Activity, draws: int, shapes: Mapping[str, Normal]) -> Drawn:
    frame = total.sample(draws, shapes=shapes).frame()
    names = frame["entity"].astype(str).tolist()
    mean, u = (by_place(names, frame[c].to_numpy(), rows.entities) for c in ("mean", "u"))
    return Drawn(mean, u, draws)


def summary(out: Column) -> Drawn:
    """What is asked of the draws: mean, standard deviation and the 95 % interval."""
    np.quantile(out, LIMITS, axis=1)
    return Drawn(out.mean(axis=1), out.std(axis=1), out.shape[1])


def numpy_loop(rows: Activity, known: Factors, draws: int) -> Call:
    """All rows again in each draw: what a user of NumPy writes first."""

    def call() -> Drawn:
        rng = np.random.default_rng(7)
        out = np.empty((rows.entities, draws))
        for d in range(draws):
            factor = known.draw(rng)
            quantity = rows.quantity * (1.0 + rows.u_rel * rng.standard_normal(len(rows)))
            out[:, d] = np.bincount(rows.entity, quantity * factor[rows.fuel], rows.entities)
        return summary(out)

    return call


@workload(
    "Monte Carlo with row noise",
    "10 000 draws of every factor and of every row's own error; mean, standard deviation and 95 %"
    " interval of each entity",
    small=20_000,
    full=1_000_000,
)
def monte_carlo(n: int, folder: Path) -> Race:
    rows = activity(n, entities_for(n), noise=True)
    account = account_of(rows, folder)
    known, shapes = factors(rows, account)
    draws, timed = 10_000, 25 if n > 100_000 else 250
    return Race(
        n,
        lambda: drawn(account.total("entity"), rows, draws, shapes),
        {
            "numpy, a loop over draws": Peer(
                partial(numpy_loop, rows, known, timed), at_least=100, held=100, part=timed / draws
            )
        },
        agree,
        memory=600.0,
        note="Memory is what our call adds to the process at its peak.",
    )


def scipy_draws(rows: Activity, known: Factors, draws: int) -> Call:
    """Rows added up per entity and fuel beforehand; a sparse matrix times the drawn factors."""
    from scipy.sparse import coo_array

    shape = (rows.entities, len(rows.fuels))
    table = coo_array((rows.quantity, (rows.entity, rows.fuel)), shape=shape).tocsr()

    def call() -> Drawn:
        factor = known.draw(np.random.default_rng(7), draws)
        return summary(table @ factor)

    return call


def gemm_draws(rows: Activity, known: Factors, draws: int) -> Call:
    """The same with a dense matrix, and sorting instead of `quantile`."""
    shape = (rows.entities, len(rows.fuels))
    table = np.zeros(shape)
    np.add.at(table, (rows.entity, rows.fuel), rows.quantity)

    def call() -> Drawn:
        out = table @ known.draw(np.random.default_rng(7), draws)
        found = Drawn(out.mean(axis=1), out.std(axis=1), draws)
        out.sort(axis=1)
        return found

    return call


@workload(
    "draws of factors only",
    "10 000 draws of every factor, rows without errors of their own; mean, standard deviation and"
    " 95 % interval of each entity",
    small=20_000,
    full=1_000_000,
)
def factor_draws(n: int, folder: Path) -> Race:
    rows = activity(n, entities_for(n))
    account = account_of(rows, folder)
    known, shapes = factors(rows, account)
    total, draws = account.total("entity"), 10_000
    return Race(
        n,
        lambda: drawn(total, rows, draws, shapes),
        {
            "scipy CSR @ draws, quantile": Peer(
                partial(scipy_draws, rows, known, draws), at_least=4, held=4
            ),
            "numpy GEMM @ draws, sort": Peer(partial(gemm_draws, rows, known, draws), at_least=1),
        },
        agree,
        flops=2.0 * draws * np.unique(rows.entity * len(rows.fuels) + rows.fuel).size,
        note="The peers' rows are added up per entity and fuel beforehand, as ours are.",
    )


def bw2calc_draws(rows: Activity, known: Factors, draws: int) -> Call:
    """A plant that consumes fuels, fuels that emit: one linear system per draw."""
    import bw2calc
    import bw_processing

    burnt = np.bincount(rows.fuel, rows.quantity, len(rows.fuels))
    value = CO2_PER_C * known.value.prod(axis=1)
    spread = value * np.sqrt(((known.u / known.value) ** 2).sum(axis=1))
    fuels, plant, co2 = len(rows.fuels), len(rows.fuels), 1000
    package = bw_processing.create_datapackage()

    def pairs(row: object, column: object) -> object:
        made = np.zeros(np.broadcast(row, column).size, dtype=bw_processing.INDICES_DTYPE)
        made["row"], made["col"] = row, column
        return made

    each, every = np.arange(fuels), np.arange(fuels + 1)
    package.add_persistent_vector(
        matrix="technosphere_matrix",
        indices_array=np.concatenate([pairs(every, every), pairs(each, plant)]),
        data_array=np.concatenate([np.ones(fuels + 1), burnt]),
        flip_array=np.concatenate([np.zeros(fuels + 1, bool), np.ones(fuels, bool)]),
    )
    law = np.zeros(fuels, dtype=bw_processing.UNCERTAINTY_DTYPE)
    law["uncertainty_type"], law["loc"], law["scale"] = 3, value, spread  # 3: normal
    law["minimum"] = law["maximum"] = law["shape"] = np.nan
    package.add_persistent_vector(
        matrix="biosphere_matrix",
        indices_array=pairs(np.full(fuels, co2), each),
        data_array=value,
        distributions_array=law,
    )
    package.add_persistent_vector(
        matrix="characterization_matrix",
        indices_array=pairs(np.array([co2]), np.array([co2])),
        data_array=np.ones(1),
    )

    def call() -> Drawn:
        system = bw2calc.LCA({plant: 1}, data_objs=[package], use_distributions=True)
        system.lci()
        system.lcia()
        found = np.empty(draws)
        for d in range(draws):
            next(system)
            found[d] = system.score
        return Drawn(found.mean(keepdims=True), found.std(keepdims=True), draws)

    return call


@workload(
    "factor system of one plant",
    "10 000 draws of the total of one plant that burns all the fuels",
    small=1200,
    full=1200,
)
def factor_system(n: int, folder: Path) -> Race:
    rows = activity(n, 1)
    account = account_of(rows, folder)
    known, shapes = factors(rows, account)
    draws, timed = 10_000, 200
    return Race(
        n,
        lambda: drawn(account.total("entity"), rows, draws, shapes),
        {
            "bw2calc, a solution per draw": Peer(
                partial(bw2calc_draws, rows, known, timed), at_least=200, part=timed / draws
            )
        },
        agree,
        note="bw2calc solves a linear system per draw (with SciPy's SuperLU), which this chain of"
        " no loops does not need; its own users cannot leave it out.",
    )


@workload(
    "normal numbers",
    "standard normal numbers as a function of seed, name and draw; float64 for factors, float32"
    " for rows",
    small=4_000_000,
    full=40_000_000,
)
def normal_numbers(n: int, folder: Path) -> Race:
    from carbonmeter.kernels.noise import noise

    keys = np.arange(n // 10_000, dtype=np.uint64)

    def ours() -> Column:
        return noise(1, keys, 0, 10_000, compiled=True)

    def double() -> Column:
        from carbonmeter.kernels.draws import normals

        return normals(1, keys, 0, 10_000, compiled=True)

    def numpy_philox(dtype: type) -> Call:
        rng = np.random.Generator(np.random.Philox(7))
        return lambda: rng.standard_normal((keys.size, 10_000), dtype=dtype)

    def alike(one: Column, other: Column) -> None:
        error = APART / np.sqrt(n)
        for found in (one, other):
            moments = np.mean(found, dtype=np.float64), np.var(found, dtype=np.float64)
            np.testing.assert_allclose(moments, (0.0, 1.0), atol=2.0 * error)

    return Race(
        n,
        ours,
        {
            "numpy Philox, float32": Peer(partial(numpy_philox, np.float32)),
            "numpy Philox, float64": Peer(partial(numpy_philox, np.float64), at_least=3, held=3),
            "our own float64": Peer(lambda: double),
        },
        alike,
    )
