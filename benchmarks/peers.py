"""The same answers by other libraries, each as its own users would write it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
from numpy.typing import NDArray

from benchmarks.workloads import Fuel, Rows

Totals = NDArray[np.float64]


def numpy_sum(rows: Rows) -> Totals:
    return np.bincount(rows.segment, rows.quantity, rows.n_segments)


def numpy_weighted(rows: Rows) -> Totals:
    products = rows.quantity * rows.coefficient[rows.recipe]
    return np.bincount(rows.segment, products, rows.n_segments)


def pandas_frame(rows: Rows) -> pd.DataFrame:
    return pd.DataFrame({"segment": rows.segment, "recipe": rows.recipe, "quantity": rows.quantity})


def pandas_sum(frame: pd.DataFrame, n_segments: int) -> Totals:
    total = frame.groupby("segment", sort=False)["quantity"].sum()
    return total.reindex(range(n_segments), fill_value=0.0).to_numpy()


def pandas_weighted(frame: pd.DataFrame, coefficient: Totals, n_segments: int) -> Totals:
    table = pd.DataFrame({"recipe": np.arange(coefficient.size), "coefficient": coefficient})
    merged = frame.merge(table, on="recipe", how="left")
    product = merged["quantity"] * merged["coefficient"]
    total = product.groupby(merged["segment"], sort=False).sum()
    return total.reindex(range(n_segments), fill_value=0.0).to_numpy()


def polars_frame(rows: Rows) -> pl.DataFrame:
    return pl.DataFrame({"segment": rows.segment, "recipe": rows.recipe, "quantity": rows.quantity})


def _dense(segment: pl.Series, total: pl.Series, n_segments: int) -> Totals:
    dense = np.zeros(n_segments)
    dense[segment.to_numpy()] = total.to_numpy()
    return dense


def polars_sum(frame: pl.DataFrame, n_segments: int) -> Totals:
    total = frame.group_by("segment").agg(pl.col("quantity").sum())
    return _dense(total["segment"], total["quantity"], n_segments)


def polars_weighted(frame: pl.DataFrame, coefficient: Totals, n_segments: int) -> Totals:
    table = pl.DataFrame(
        {"recipe": np.arange(coefficient.size, dtype=np.int32), "coefficient": coefficient}
    )
    total = (
        frame.lazy()
        .join(table.lazy(), on="recipe", how="left")
        .group_by("segment")
        .agg((pl.col("quantity") * pl.col("coefficient")).sum().alias("total"))
        .collect()
    )
    return _dense(total["segment"], total["total"], n_segments)


COLUMNS = ["entity", "activity", "subject", "unit", "quantity"]
FACTOR_KEY = ["activity", "subject", "unit"]
GROUP = ["entity", "scope"]


def factor_table(known: list[Fuel]) -> pd.DataFrame:
    """One row per activity, fuel and unit: what a unit emits, and in which scope it counts."""
    return pd.DataFrame(
        {
            "activity": [f.activity for f in known],
            "subject": [f.subject for f in known],
            "unit": [f.unit for f in known],
            "scope": "1",
            "factor": [f.tonnes_per_unit for f in known],
        }
    )


def pandas_account(path: Path, known: list[Fuel]) -> dict[str, float]:
    """Parquet to tCO2 per entity and scope: read five columns, merge the factors, group, sum."""
    return pandas_prepared(pd.read_parquet(path, columns=COLUMNS), factor_table(known))


def polars_account(path: Path, known: list[Fuel]) -> dict[str, float]:
    """The same, lazily, so that polars reads what it needs."""
    factors = pl.from_pandas(factor_table(known))
    return _polars_totals(pl.scan_parquet(path).select(COLUMNS), factors.lazy())


KEY = ["entity", "site", "period", "activity", "subject"]


def polars_checked_account(path: Path, known: list[Fuel]) -> dict[str, float]:
    """The same work as ours as far as polars has it: whole table, cells checked, keys unique."""
    table = pl.read_parquet(path)
    named = [name for name in KEY if name in table.columns]
    wrong = table.select(
        (pl.col("quantity").is_null() | ~pl.col("quantity").is_finite()).any().alias("number"),
        (pl.col("quantity") < 0.0).any().alias("negative"),
        *(pl.col(name).is_null().any().alias(name) for name in ["unit", "region", *named]),
    ).row(0)
    if any(wrong) or table.select(pl.struct(named).is_duplicated().any()).item():
        raise ValueError("the table cannot be used")
    return _polars_totals(table.lazy(), pl.from_pandas(factor_table(known)).lazy())


def polars_prepared(table: pl.DataFrame, factors: pl.DataFrame) -> dict[str, float]:
    """Table and factors already in memory: join, multiply, group, sum."""
    return _polars_totals(table.lazy(), factors.lazy())


def _polars_totals(table: pl.LazyFrame, factors: pl.LazyFrame) -> dict[str, float]:
    schema = table.collect_schema()  # the few factors take the table's types, not the reverse
    total = (
        table.join(
            factors.with_columns(pl.col(name).cast(schema[name]) for name in FACTOR_KEY),
            on=FACTOR_KEY,
            how="left",
        )
        .group_by(GROUP)
        .agg((pl.col("quantity") * pl.col("factor")).sum().alias("emission"))
        .collect()
    )
    return dict(zip(total["entity"].to_list(), total["emission"].to_list(), strict=True))


def pandas_prepared(table: pd.DataFrame, factors: pd.DataFrame) -> dict[str, float]:
    merged = table.merge(factors, on=FACTOR_KEY, how="left")
    merged["emission"] = merged["quantity"] * merged["factor"]
    total = merged.groupby(GROUP, observed=True)["emission"].sum()
    return dict(zip(total.index.get_level_values(0), total.tolist(), strict=True))
