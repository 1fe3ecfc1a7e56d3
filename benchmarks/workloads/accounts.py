"""Accounts of enterprises: rows to tCO2e, prepared, in one shot, and for small tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.data import MONTHS, Activity, Column, activity, parquet
from benchmarks.registry import Call, Peer, Race, workload
from benchmarks.timing import reading

COLUMNS = ["entity", "activity", "subject", "unit", "quantity"]
FACTOR_KEY = ["activity", "subject", "unit"]


Wanted = tuple[float | None, float | None, float | None]  # of polars, DuckDB and pandas


def agree(ours: object, theirs: object) -> None:
    """Sums by entity, one number each: the same to rtol 1e-9."""
    np.testing.assert_allclose(theirs, ours, rtol=1e-9)


def entities_for(n: int) -> int:
    return max(10, min(10_000, n // 100))


def by_place(labels: list[str], values: Column, entities: int) -> Column:
    """Values under names such as E00017 as a column in which entity 17 stands at 17."""
    dense = np.zeros(entities)
    dense[[int(label[1:]) for label in labels]] = values
    return dense


class Codes(NamedTuple):
    """Rows as every library likes them: where each is added, its factor, and how much of it."""

    segment: NDArray[np.int32]
    segments: int
    fuel: NDArray[np.int16]
    quantity: Column
    factor: Column

    @classmethod
    def by_entity(cls, rows: Activity) -> Codes:
        return cls(rows.entity, rows.entities, rows.fuel, rows.quantity, rows.factor)

    @classmethod
    def by_cell(cls, rows: Activity) -> Codes:
        return cls(rows.cell, rows.cells, rows.fuel, rows.quantity, rows.factor)

    @property
    def columns(self) -> dict[str, NDArray[Any]]:
        return {"segment": self.segment, "fuel": self.fuel, "quantity": self.quantity}

    @property
    def factors(self) -> dict[str, NDArray[Any]]:
        every = np.arange(self.factor.size, dtype=self.fuel.dtype)
        return {"fuel": every, "factor": self.factor}

    def dense(self, segment: NDArray[np.int32], total: Column) -> Column:
        """What was found of each segment, zero where a library says nothing of an empty one."""
        found = np.zeros(self.segments)
        found[segment] = total
        return found


def polars_codes(rows: Codes) -> Call:
    """Everything in memory as integers: join the factors, multiply, group, sum."""
    import polars as pl

    table, factors = pl.DataFrame(rows.columns), pl.DataFrame(rows.factors)

    def call() -> Column:
        total = (
            table.lazy()
            .join(factors.lazy(), on="fuel", how="left")
            .group_by("segment")
            .agg((pl.col("quantity") * pl.col("factor")).sum().alias("total"))
            .collect()
        )
        return rows.dense(total["segment"].to_numpy(), total["total"].to_numpy())

    return call


def duckdb_codes(rows: Codes) -> Call:
    """The same in SQL, on tables that DuckDB holds itself."""
    import duckdb
    import pyarrow as pa

    base = duckdb.connect()
    for name, columns in (("activity", rows.columns), ("factors", rows.factors)):
        base.register("given", pa.table(columns))
        base.execute(f"create table {name} as select * from given")
    query = (
        "select segment, sum(quantity * factor) as total"
        " from activity join factors using (fuel) group by segment"
    )

    def call() -> Column:
        found = base.execute(query).fetchnumpy()
        return rows.dense(found["segment"], found["total"])

    return call


def pandas_codes(rows: Codes) -> Call:
    import pandas as pd

    table, factors = pd.DataFrame(rows.columns), pd.DataFrame(rows.factors)

    def call() -> Column:
        merged = table.merge(factors, on="fuel")
        merged["emission"] = merged["quantity"] * merged["factor"]
        total = merged.groupby("segment")["emission"].sum()
        return rows.dense(total.index.to_numpy(), total.to_numpy())

    return call


def numpy_codes(rows: Codes) -> Call:
    return lambda: np.bincount(rows.segment, rows.quantity * rows.factor[rows.fuel], rows.segments)


def flox_codes(rows: Codes) -> Call:
    """numexpr multiplies, flox groups."""
    import flox
    import numexpr

    every = np.arange(rows.segments)

    def call() -> Column:
        named = {"quantity": rows.quantity, "factor": rows.factor[rows.fuel]}
        products = numexpr.evaluate("quantity * factor", named)
        total, _ = flox.groupby_reduce(
            products, rows.segment, func="sum", expected_groups=every, fill_value=0.0
        )
        return np.asarray(total)

    return call


def prepared_race(n: int, folder: Path, by: tuple[str, ...], wanted: Wanted) -> Race:
    import carbonmeter

    rows = activity(n, entities_for(n))
    codes = Codes.by_cell(rows) if len(by) > 1 else Codes.by_entity(rows)
    account = carbonmeter.account(carbonmeter.read_activity(parquet(rows, folder)), guide="cets")
    ready = account.prepared(*by)
    place = _places(rows, account.total(*by).groups.labels, by)

    def alike(ours: Column, theirs: Column) -> None:
        agree(codes.dense(place, ours), theirs)

    return Race(
        n,
        lambda: ready.total().co2e,
        {
            "polars join + group_by": Peer(partial(polars_codes, codes), at_least=wanted[0]),
            "duckdb join + group by": Peer(partial(duckdb_codes, codes), at_least=wanted[1]),
            "pandas merge + groupby": Peer(partial(pandas_codes, codes), at_least=wanted[2]),
            "numpy gather + bincount": Peer(partial(numpy_codes, codes), held=5.0),
            "reading the bytes touched": Peer(
                lambda: reading(ready.nbytes), at_most=1.5, compared=False
            ),
        },
        alike,
        touched=ready.nbytes,
    )


def _places(
    rows: Activity, labels: Mapping[str, Sequence[str]], by: tuple[str, ...]
) -> NDArray[np.int64]:
    """Where each of our groups stands among the peers' segments."""
    place = np.array([int(label[1:]) for label in labels["entity"]])
    if "period" in by:
        place = place * MONTHS + [int(label[-2:]) - 1 for label in labels["period"]]
    if "activity" in by:
        kinds = rows.kinds()
        place = place * len(kinds) + [kinds.index(label) for label in labels["activity"]]
    return place


@workload(
    "prepared accounts",
    "totals by entity, month and activity (36 cells an entity) of rows whose factors are known,"
    " again and again, as scenarios need them; every library holds the rows as integers in memory",
    small=200_000,
    full=10_000_000,
    limit=(
        "out of the nearest cache, fetching coefficients one by one, multiplying, cutting and"
        " adding take 3.3 ms per ten million rows, and 45,000 roundings of eight sums 0.4 ms:"
        " more than reading the bytes, 2.9 ms, with which they overlap in part. Where nobody else"
        " works on the machine 1.55 is reached, and 1.35 with at most 32 recipes, which vectors"
        " of AVX-512 hold; this account has one for every fuel and month. Other ways to fetch,"
        " and asking for memory nearer or farther ahead, are slower."
    ),
)
def prepared(n: int, folder: Path) -> Race:
    return prepared_race(n, folder, ("entity", "period", "activity"), (50, 50, 100))


@workload(
    "prepared, by entity only",
    "the same with one cell an entity",
    small=200_000,
    full=10_000_000,
    limit=(
        "the instructions of a row take as long as reading its bytes does, and overlap with it in"
        " part only: 1.3 is reached where nobody else works on the machine, 1.1 with at most 32"
        " recipes."
    ),
)
def prepared_by_entity(n: int, folder: Path) -> Race:
    return prepared_race(n, folder, ("entity",), (None, None, None))


@workload(
    "one-shot sums, unsorted",
    "the sums of the 36 cells of every entity once, of rows as they come: nothing was sorted",
    small=600_000,
    full=10_000_000,
    limit=(
        "27 of 30 ms are ten million updates of two digits (16 bytes) in 5.8 MB, asked for 64"
        " rows ahead, the rest are carries, rounding and memory. A compiled loop of plain sums"
        " takes 20 ms; putting rows together by parts of memory beforehand takes 30 ms by itself."
    ),
)
def one_shot(n: int, folder: Path) -> Race:
    from carbonmeter.kernels import weighted_segment_sum

    codes = Codes.by_cell(activity(n, entities_for(n)))
    recipe = codes.fuel.astype(np.int32)
    return Race(
        n,
        lambda: weighted_segment_sum(
            codes.quantity, codes.factor, recipe, codes.segment, codes.segments
        ),
        {
            "polars join + group_by": Peer(partial(polars_codes, codes), at_least=10),
            "duckdb join + group by": Peer(partial(duckdb_codes, codes)),
            "pandas merge + groupby": Peer(partial(pandas_codes, codes), at_least=24),
            "numpy gather + bincount": Peer(partial(numpy_codes, codes), at_least=2.2),
            "numexpr + flox": Peer(partial(flox_codes, codes)),
        },
        agree,
        touched=n * (8 + 4 + 4),
    )


def read_anew(modules: tuple[str, ...] = ("factors", "tables")) -> None:
    """Forget what was read of the factor library before, as a process that has just begun."""
    import sys

    for name, module in list(sys.modules.items()):
        if name.startswith(tuple(f"carbonmeter.{part}" for part in modules)):
            for value in list(vars(module).values()):
                if callable(clear := getattr(value, "cache_clear", None)):
                    clear()


def factor_columns(rows: Activity) -> dict[str, list[object]]:
    """One row per activity, fuel and unit: what a unit emits."""
    return {
        "activity": [f.activity for f in rows.fuels],
        "subject": [f.subject for f in rows.fuels],
        "unit": [f.unit for f in rows.fuels],
        "factor": [f.tonnes_per_unit for f in rows.fuels],
    }


def polars_file(path: Path, rows: Activity, engine: str) -> Call:
    """Parquet scanned, so that polars reads what it needs."""
    import polars as pl

    def call() -> Column:
        table = pl.scan_parquet(path).select(COLUMNS)
        schema = table.collect_schema()  # the few factors take the table's types, not the reverse
        factors = pl.DataFrame(factor_columns(rows)).lazy()
        factors = factors.with_columns(pl.col(name).cast(schema[name]) for name in FACTOR_KEY)
        total = (
            table.join(factors, on=FACTOR_KEY, how="left")
            .group_by("entity")
            .agg((pl.col("quantity") * pl.col("factor")).sum().alias("total"))
            .collect(engine=engine)
        )
        return by_place(total["entity"].to_list(), total["total"].to_numpy(), rows.entities)

    return call


def duckdb_file(path: Path, rows: Activity) -> Call:
    import duckdb
    import pyarrow as pa

    def call() -> Column:
        with duckdb.connect() as base:
            base.register("factors", pa.table(factor_columns(rows)))
            found = base.execute(
                "select entity, sum(quantity * factor) as total from read_parquet(?)"
                " join factors using (activity, subject, unit) group by entity",
                [str(path)],
            ).fetchnumpy()
        return by_place(list(found["entity"]), found["total"], rows.entities)

    return call


def pandas_file(path: Path, rows: Activity) -> Call:
    import pandas as pd

    def call() -> Column:
        table = pd.read_parquet(path, columns=COLUMNS)
        merged = table.merge(pd.DataFrame(factor_columns(rows)), on=FACTOR_KEY, how="left")
        merged["emission"] = merged["quantity"] * merged["factor"]
        total = merged.groupby("entity", observed=True)["emission"].sum()
        return by_place(list(total.index), total.to_numpy(), rows.entities)

    return call


def pyarrow_read(path: Path) -> Call:
    import pyarrow.parquet as pq

    return lambda: pq.read_table(path)


def from_file(n: int, folder: Path, call: Callable[[Path], object]) -> tuple[Activity, Path, Call]:
    """Rows, their file, and the totals of `call` of it as a column by place."""
    rows = activity(n, entities_for(n))
    path = parquet(rows, folder)

    def ours() -> Column:
        total = call(path)
        return by_place(total.groups.labels["entity"], total.co2e, rows.entities)

    return rows, path, ours


def accounted(path: Path) -> object:
    import carbonmeter

    return carbonmeter.account(carbonmeter.read_activity(path), guide="cets").total("entity")


def cold(path: Path) -> object:
    read_anew()
    return accounted(path)


def streamed(path: Path) -> object:
    import carbonmeter

    read_anew()
    return carbonmeter.stream_totals(path, guide="cets", by=["entity"])


@workload(
    "Parquet to totals",
    "a file of all rows to totals by entity, the factor library read anew; beside joining and"
    " adding, carbonmeter checks every cell and key, converts units and resolves each factor by"
    " guide, period, region and tier",
    small=200_000,
    full=10_000_000,
    limit=(
        "of 0.8 s, pyarrow decodes for 0.37 (seven columns of codes at 3.5 ns a cell, numbers for"
        " 0.16), and the system finds memory for 0.15 at least. SHA-256 of the file takes 0.05,"
        " reading it 0.03, ticking off keys 0.06, narrowing codes and numbers 0.06, the factor"
        " library and its choices 0.1, groups and sums 0.05. Reading in batches, without threads,"
        " from a mapped file or into memory of other allocators leaves the decoding as it is."
    ),
)
def parquet_to_totals(n: int, folder: Path) -> Race:
    rows, path, ours = from_file(n, folder, cold)
    return Race(
        n,
        ours,
        {
            "polars streaming": Peer(partial(polars_file, path, rows, "streaming"), at_least=2),
            "duckdb": Peer(partial(duckdb_file, path, rows)),
            "pandas read + merge + groupby": Peer(partial(pandas_file, path, rows)),
            "pyarrow, read only": Peer(
                partial(pyarrow_read, path), at_most=1.15, held=2.0, compared=False
            ),
            "our own stream_totals": Peer(lambda: from_file(n, folder, streamed)[2]),
        },
        agree,
    )


@workload(
    "small account",
    "a file of ten thousand rows to totals by entity, in a process that has done it before",
    small=10_000,
    full=10_000,
)
def small_account(n: int, folder: Path) -> Race:
    rows, path, ours = from_file(n, folder, accounted)
    return Race(
        n,
        ours,
        {
            "polars": Peer(partial(polars_file, path, rows, "auto")),
            "duckdb": Peer(partial(duckdb_file, path, rows)),
            "pandas read + merge + groupby": Peer(partial(pandas_file, path, rows)),
        },
        agree,
    )
