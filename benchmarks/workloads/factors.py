"""The factor libraries: opening all of them, finding by words, resolving very many requests."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np

from benchmarks.registry import Call, Peer, Race, workload
from benchmarks.workloads.start import COMMAND, both_ended, import_pandas, process
from carbonmeter.factors import SHIPPED, FactorLibrary, Request
from carbonmeter.factors.columns import joined
from carbonmeter.factors.resolving.resolve_columns import Resolved
from carbonmeter.factors.stored import open_package
from carbonmeter.tables.columns import Coded

if TYPE_CHECKING:
    import pandas as pd

DATA = Path(str(resources.files("carbonmeter.data")))
KEYS = ["parameter", "subject", "region", "year"]
TIERS = ("measured", "default")


class Asked:
    """Requests drawn from what the libraries hold: each for the calendar year of some record."""

    def __init__(self, library: FactorLibrary, n: int) -> None:
        rng = np.random.default_rng(20261124)
        at = rng.integers(0, len(library), n)
        self.texts: dict[str, Coded] = {}
        for name in ("parameter", "subject", "region", "unit"):
            self.texts[name] = joined([layer.coded(name) for layer in library.stack]).take(at)
        days = library.column("valid_from").astype("M8[D]")[at]
        year = np.where(np.isnat(days), np.datetime64("2015-01-01"), days).astype("M8[Y]")
        self.year = year.astype(np.int64)
        self.start, self.end = year.astype("M8[D]"), (year + 1).astype("M8[D]")

    def request(self, row: int) -> Request:
        """One of them as `resolve` takes it."""
        told = {name: text.labels[text.codes[row]] for name, text in self.texts.items()}
        start, end = self.start[row].item(), self.end[row].item()
        return Request(site="", start=start, end=end, tiers=TIERS, **told)


def merged(library: FactorLibrary, asked: Asked) -> Call:
    """A merge with a table of the answers, each found one by one, on four integer keys."""
    import pandas as pd

    keys = {name: asked.texts[name].codes.astype(np.int64) for name in KEYS[:3]}
    left = pd.DataFrame({**keys, "year": asked.year})
    table = left.drop_duplicates()
    answers = library.resolve([asked.request(row) for row in table.index.tolist()])
    table = table.assign(
        record=[answer.record for answer in answers], value=[answer.value for answer in answers]
    )
    return lambda: left.merge(table, on=KEYS, how="left")


@workload(
    "factors: resolve",
    "requests drawn over all libraries, each by parameter, subject, region, year and unit",
    small=20_000,
    full=1_000_000,
)
def resolve(n: int, folder: Path) -> Race:
    library = FactorLibrary.shipped()
    asked = Asked(library, n)

    def ours() -> Resolved:
        return library.resolve_columns(**asked.texts, start=asked.start, end=asked.end, tiers=TIERS)

    def same(mine: object, theirs: object) -> None:
        record, table = cast(Resolved, mine).record, cast("pd.DataFrame", theirs)
        np.testing.assert_array_equal(record, table["record"].to_numpy())

    return Race(
        n,
        ours,
        {"pandas merge": Peer(lambda: merged(library, asked), at_most=2.0)},
        same,
        note="pandas merges on four integer keys with a table of the answers",
    )


@workload(
    "factors: find",
    "the process `carbonmeter factors find 无烟煤` over all libraries",
    small=1,
    full=1,
)
def find(n: int, folder: Path) -> Race:
    return Race(
        n,
        process([COMMAND, "factors", "find", "无烟煤"]),
        {'python -c "import pandas"': Peer(import_pandas, at_most=1.0, compared=False)},
        both_ended,
        note="the libraries have been opened before",
    )


def read_with_pandas() -> Call:
    """The same tables, unchecked."""
    import pandas as pd

    paths = [path for name in SHIPPED for path in sorted((DATA / name).rglob("*.csv"))]
    return lambda: [pd.read_csv(path) for path in paths]


@workload(
    "factors: open",
    "all libraries opened, records checked before and unchanged since",
    small=1,
    full=1,
)
def opened(n: int, folder: Path) -> Race:
    return Race(
        len(FactorLibrary.shipped()),
        lambda: [open_package(DATA / name, shipped=True) for name in SHIPPED],
        {"pandas read_csv": Peer(read_with_pandas, at_least=2.0, compared=False)},
        both_ended,
    )
