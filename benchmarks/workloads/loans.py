"""A bank's book: each loan's part of its borrower's emissions, added up by lender."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.data import Column, LoanBook, loans
from benchmarks.registry import Call, Peer, Race, workload
from benchmarks.workloads.accounts import agree, pyarrow_read

if TYPE_CHECKING:
    import pandas as pd

    from carbonmeter.finance import Financed
    from carbonmeter.tables import Checked

DAY = "2024-12-31"


def lenders_of(book: LoanBook) -> list[str]:
    return [f"bank-{i:03d}" for i in range(book.lenders)]


def borrowers_of(book: LoanBook) -> list[str]:
    return [f"B{i:06d}" for i in range(book.value.size)]


def loan_file(book: LoanBook, folder: Path) -> Path:
    """The book as its core system exports it: a contract number and two names a loan."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    path, n = folder / f"loans-{len(book)}.parquet", len(book)

    def constant(text: str) -> pa.DictionaryArray:
        return pa.DictionaryArray.from_arrays(pa.array(np.zeros(n, np.int32)), pa.array([text]))

    if not path.exists():
        number = np.char.add("L", np.char.zfill(np.arange(n).astype("U8"), 8))
        columns = {
            "loan": pa.array(number.tolist()),
            "lender": pa.DictionaryArray.from_arrays(book.lender, lenders_of(book)),
            "borrower": pa.DictionaryArray.from_arrays(book.borrower, borrowers_of(book)),
            "asset_class": constant("business_loan"),
            "date": constant(DAY),
            "outstanding": pa.array(book.outstanding),
            "unit": constant("CNY"),
        }
        pq.write_table(pa.table(columns), path, row_group_size=1 << 20)
    return path


def companies(book: LoanBook) -> pd.DataFrame:
    """What finances each borrower, and what it emits."""
    import pandas as pd

    names = borrowers_of(book)
    return pd.DataFrame({"borrower": names, "value": book.value, "emission": book.emission})


class Tables:
    """The small tables beside the book, as carbonmeter takes them."""

    def __init__(self, book: LoanBook) -> None:
        import pandas as pd

        import carbonmeter

        of = companies(book)
        self.borrowers: Checked = carbonmeter.read_borrowers(
            pd.DataFrame(
                {
                    "entity": of["borrower"],
                    "date": DAY,
                    "listed": "no",
                    "equity": of["value"] / 2.0,
                    "debt": of["value"] / 2.0,
                    "unit": "CNY",
                    "origin": "invented",
                }
            )
        )
        self.projects: Checked = carbonmeter.read_projects(
            pd.DataFrame(
                columns=["project", "entity", "date", "equity", "debt", "unit", "origin"], dtype=str
            )
        )
        self.emissions = pd.DataFrame(
            {
                "entity": of["borrower"],
                "scope": "1",
                "co2e": of["emission"],
                "U": 0.1 * of["emission"],
            }
        )

    def financed(self, loans: Checked) -> Financed:
        import carbonmeter

        return carbonmeter.financed(loans, self.borrowers, self.projects, self.emissions, as_of=DAY)


def by_lender(financed: Financed) -> Column:
    """Sorted by lender, which is their order."""
    found: Column = financed.by("lender")["financed_scope_1"].to_numpy()
    return found


def polars_total(table: object, book: LoanBook, engine: str) -> Column:
    import polars as pl

    known = pl.from_pandas(companies(book)).lazy()
    schema = table.collect_schema()
    total = (
        table.join(known.with_columns(pl.col("borrower").cast(schema["borrower"])), on="borrower")
        .group_by("lender")
        .agg((pl.col("outstanding") / pl.col("value") * pl.col("emission")).sum().alias("total"))
        .collect(engine=engine)
    )
    return total.with_columns(pl.col("lender").cast(pl.String)).sort("lender")["total"].to_numpy()


def polars_file(path: Path, book: LoanBook) -> Call:
    import polars as pl

    columns = ["lender", "borrower", "outstanding"]
    return lambda: polars_total(pl.scan_parquet(path).select(columns), book, "streaming")


def polars_memory(path: Path, book: LoanBook) -> Call:
    import polars as pl

    table = pl.read_parquet(path, columns=["lender", "borrower", "outstanding"])
    return lambda: polars_total(table.lazy(), book, "auto")


def pandas_total(table: pd.DataFrame, book: LoanBook) -> Column:
    merged = table.merge(companies(book), on="borrower")
    merged["financed"] = merged["outstanding"] / merged["value"] * merged["emission"]
    found: Column = merged.groupby("lender", observed=True)["financed"].sum().to_numpy()
    return found


def pandas_file(path: Path, book: LoanBook) -> Call:
    import pandas as pd

    columns = ["lender", "borrower", "outstanding"]
    return lambda: pandas_total(pd.read_parquet(path, columns=columns), book)


def pandas_memory(path: Path, book: LoanBook) -> Call:
    import pandas as pd

    table = pd.read_parquet(path, columns=["lender", "borrower", "outstanding"])
    return lambda: pandas_total(table, book)


def duckdb_file(path: Path, book: LoanBook) -> Call:
    import duckdb

    def call() -> Column:
        with duckdb.connect() as base:
            base.register("companies", companies(book))
            found = base.execute(
                "select lender, sum(outstanding / value * emission) as total from read_parquet(?)"
                " join companies using (borrower) group by lender order by lender",
                [str(path)],
            ).fetchnumpy()
        return np.asarray(found["total"])

    return call


@workload(
    "loans from Parquet",
    "a file of loans to financed emissions by lender; beside joining and adding, carbonmeter checks"
    " every cell and contract number, refuses what would be wrong arithmetic, and gives U, coverage"
    " and data quality",
    small=50_000,
    full=1_000_000,
    limit=(
        "of 1.3 s, 0.3 decode a million distinct contract numbers, which the others never read,"
        " and 0.45 look at each of them as a text; 0.55 are attribution, of which 0.27 find"
        " 100,000 borrowers and balances by name, one by one."
    ),
)
def loans_from_parquet(n: int, folder: Path) -> Race:
    import carbonmeter

    book = loans(n)
    path, tables = loan_file(book, folder), Tables(book)
    return Race(
        n,
        lambda: by_lender(tables.financed(carbonmeter.read_loans(path))),
        {
            "polars streaming": Peer(partial(polars_file, path, book), at_least=2),
            "duckdb": Peer(partial(duckdb_file, path, book), at_least=3),
            "pandas read + merge + groupby": Peer(partial(pandas_file, path, book), at_least=7),
            "pyarrow, read only": Peer(partial(pyarrow_read, path), at_most=1.05, compared=False),
        },
        agree,
    )


@workload(
    "loans in memory",
    "the same from tables in memory, which carbonmeter has checked before",
    small=50_000,
    full=1_000_000,
    limit=(
        "of 0.55 s, 0.27 find 100,000 borrowers and balances by name, one by one, and 0.17 sort"
        " loans for U and coverage; adding them takes 0.02."
    ),
)
def loans_in_memory(n: int, folder: Path) -> Race:
    import carbonmeter

    book = loans(n)
    path, tables = loan_file(book, folder), Tables(book)
    held = carbonmeter.read_loans(path)
    return Race(
        n,
        lambda: by_lender(tables.financed(held)),
        {
            "polars join + group_by": Peer(partial(polars_memory, path, book), at_least=8),
            "pandas merge + groupby": Peer(partial(pandas_memory, path, book), at_least=20),
        },
        agree,
    )


def sbti_attribution(path: Path, book: LoanBook) -> Call:
    """The tool's own owned emissions: investment over enterprise value, by its aggregation."""
    import pandas as pd
    from SBTi.interfaces import EScope
    from SBTi.portfolio_aggregation import PortfolioAggregation, PortfolioAggregationMethod

    table = pd.read_parquet(path, columns=["loan", "lender", "borrower", "outstanding"])
    table["lender"] = table["lender"].astype(str)
    known = companies(book)

    def call() -> Column:
        data = table.merge(known, on="borrower").rename(
            columns={
                "borrower": "company_name",
                "outstanding": "investment_value",
                "value": "company_enterprise_value",
                "emission": "ghg_s1s2",
            }
        )
        data["scope"], data["temperature_score"], data["ghg_s3"] = EScope.S1S2, 2.0, 0.0
        PortfolioAggregation()._calculate_aggregate_score(
            data, "temperature_score", PortfolioAggregationMethod.EOTS
        )
        found: Column = data.groupby("lender")["owned_emissions"].sum().to_numpy()
        return found

    return call


@workload(
    "loans, small book",
    "ten thousand loans in memory, against the aggregation of the SBTi finance tool",
    small=10_000,
    full=10_000,
)
def small_book(n: int, folder: Path) -> Race:
    import carbonmeter

    book = loans(n)
    path, tables = loan_file(book, folder), Tables(book)
    held = carbonmeter.read_loans(path)
    return Race(
        n,
        lambda: by_lender(tables.financed(held)),
        {"SBTi-finance-tool, EOTS": Peer(partial(sbti_attribution, path, book))},
        agree,
        note="The tool weighs a temperature score of each loan by the emissions owned, in the same"
        " step; they are what is compared.",
    )
