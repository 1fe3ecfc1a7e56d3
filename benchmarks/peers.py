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


COLUMNS = ["entity", "subject", "quantity"]


def pandas_account(path: Path, known: list[Fuel]) -> dict[str, float]:
    """Parquet to tCO2 per entity: read three columns, merge the factors, group, sum."""
    table = pd.DataFrame(known)[["subject", "tonnes_per_unit"]]
    merged = pd.read_parquet(path, columns=COLUMNS).merge(table, on="subject", how="left")
    merged["emission"] = merged["quantity"] * merged["tonnes_per_unit"]
    total = merged.groupby("entity", observed=True)["emission"].sum()
    return dict(zip(total.index.tolist(), total.tolist(), strict=True))


def polars_account(path: Path, known: list[Fuel]) -> dict[str, float]:
    """The same, lazily, so that polars reads what it needs."""
    table = pl.DataFrame(
        {"subject": [f.subject for f in known], "factor": [f.tonnes_per_unit for f in known]}
    ).lazy()
    total = (
        pl.scan_parquet(path)
        .select(COLUMNS)
        .with_columns(pl.col("subject").cast(pl.String))
        .join(table, on="subject", how="left")
        .group_by("entity")
        .agg((pl.col("quantity") * pl.col("factor")).sum().alias("emission"))
        .collect()
    )
    return dict(zip(total["entity"].to_list(), total["emission"].to_list(), strict=True))
