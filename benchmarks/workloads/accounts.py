"""Accounts of enterprises: rows to tCO2e, prepared, in one shot, and for small tables."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.data import Activity, Column, activity, parquet
from benchmarks.registry import Call, Peer, Race, workload
from benchmarks.timing import reading

COLUMNS = ["entity", "activity", "subject", "unit", "quantity"]
FACTOR_KEY = ["activity", "subject", "unit"]


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


def polars_codes(rows: Activity) -> Call:
    """Everything in memory as integers: join the factors, multiply, group, sum."""
    import polars as pl

    columns = {"entity": rows.entity, "fuel": rows.fuel, "quantity": rows.quantity}
    table, factor = pl.DataFrame(columns), rows.factor
    fuel = np.arange(factor.size, dtype=rows.fuel.dtype)

    def call() -> Column:
        factors = pl.DataFrame({"fuel": fuel, "factor": factor})
        total = (
            table.lazy()
            .join(factors.lazy(), on="fuel", how="left")
            .group_by("entity")
            .agg((pl.col("quantity") * pl.col("factor")).sum().alias("total"))
            .collect()
        )
        dense = np.zeros(rows.entities)
        dense[total["entity"].to_numpy()] = total["total"].to_numpy()
        return dense

    return call


def duckdb_codes(rows: Activity) -> Call:
    """The same in SQL, on a table that DuckDB holds itself."""
    import duckdb
    import pyarrow as pa

    columns = {"entity": rows.entity, "fuel": rows.fuel, "quantity": rows.quantity}
    base = duckdb.connect()
    base.register("given", pa.table(columns))
    base.execute("create table activity as select * from given")
    fuel = np.arange(rows.factor.size, dtype=rows.fuel.dtype)
    base.register("listed", pa.table({"fuel": fuel, "factor": rows.factor}))
    base.execute("create table factors as select * from listed")
    query = (
        "select entity, sum(quantity * factor) as total"
        " from activity join factors using (fuel) group by entity"
    )

    def call() -> Column:
        found = base.execute(query).fetchnumpy()
        dense = np.zeros(rows.entities)
        dense[found["entity"]] = found["total"]
        return dense

    return call


def pandas_codes(rows: Activity) -> Call:
    import pandas as pd

    columns = {"entity": rows.entity, "fuel": rows.fuel, "quantity": rows.quantity}
    table, factor = pd.DataFrame(columns), rows.factor
    fuel = np.arange(factor.size, dtype=rows.fuel.dtype)

    def call() -> Column:
        merged = table.merge(pd.DataFrame({"fuel": fuel, "factor": factor}), on="fuel")
        merged["emission"] = merged["quantity"] * merged["factor"]
        total = merged.groupby("entity")["emission"].sum()
        return total.reindex(range(rows.entities), fill_value=0.0).to_numpy()

    return call


def numpy_codes(rows: Activity) -> Call:
    factor = rows.factor
    return lambda: np.bincount(rows.entity, rows.quantity * factor[rows.fuel], rows.entities)


def flox_codes(rows: Activity) -> Call:
    """numexpr multiplies, flox groups."""
    import flox
    import numexpr

    factor, every = rows.factor, np.arange(rows.entities)

    def call() -> Column:
        quantity, each = rows.quantity, factor[rows.fuel]  # numexpr finds them by name
        products = numexpr.evaluate("quantity * each", {"quantity": quantity, "each": each})
        total, _ = flox.groupby_reduce(products, rows.entity, func="sum", expected_groups=every)
        return np.asarray(total)

    return call


@workload(
    "prepared accounts",
    "totals by entity of rows whose factors are known, again and again, as scenarios need them;"
    " every library holds the rows as integers in memory",
    small=200_000,
    full=10_000_000,
)
def prepared(n: int, folder: Path) -> Race:
    import carbonmeter

    rows = activity(n, entities_for(n))
    account = carbonmeter.account(carbonmeter.read_activity(parquet(rows, folder)), guide="cets")
    ready = account.prepared("entity")
    names = account.total("entity").groups.labels["entity"]
    return Race(
        n,
        lambda: ready.total().co2e,
        {
            "polars join + group_by": Peer(partial(polars_codes, rows), at_least=50),
            "duckdb join + group by": Peer(partial(duckdb_codes, rows), at_least=50),
            "pandas merge + groupby": Peer(partial(pandas_codes, rows), at_least=100),
            "numpy gather + bincount": Peer(partial(numpy_codes, rows)),
            "reading the bytes touched": Peer(
                lambda: reading(ready.nbytes), at_most=1.5, compared=False
            ),
        },
        lambda ours, theirs: agree(by_place(names, ours, rows.entities), theirs),
        touched=ready.nbytes,
    )


@workload(
    "one-shot sums, unsorted",
    "the same totals once, of rows as they come: nothing was sorted before",
    small=600_000,
    full=10_000_000,
)
def one_shot(n: int, folder: Path) -> Race:
    from carbonmeter.kernels import weighted_segment_sum

    rows = activity(n, entities_for(n))
    recipe, factor = rows.fuel.astype(np.int32), rows.factor
    return Race(
        n,
        lambda: weighted_segment_sum(rows.quantity, factor, recipe, rows.entity, rows.entities),
        {
            "polars join + group_by": Peer(partial(polars_codes, rows), at_least=10),
            "duckdb join + group by": Peer(partial(duckdb_codes, rows)),
            "pandas merge + groupby": Peer(partial(pandas_codes, rows), at_least=24),
            "numpy gather + bincount": Peer(partial(numpy_codes, rows), at_least=2.2),
            "numexpr + flox": Peer(partial(flox_codes, rows)),
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


@workload(
    "Parquet to totals",
    "a file of all rows to totals by entity, the factor library read anew; beside joining and"
    " adding, carbonmeter checks every cell and key, converts units and resolves each factor by"
    " guide, period, region and tier",
    small=200_000,
    full=10_000_000,
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
            "pyarrow, read only": Peer(partial(pyarrow_read, path), at_most=1.15, compared=False),
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
