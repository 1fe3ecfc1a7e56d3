"""The files of a run, written together: page, lines, totals, loans, what was left out, manifest."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from carbonmeter.report import manifest as manifests
from carbonmeter.report.arrow import arrow
from carbonmeter.report.page import RECEIPTS, html
from carbonmeter.report.write import Folder

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from carbonmeter.report.results import Results

MANIFEST = "manifest.json"
Progress = Callable[[int, int, str], None]


def write_results(
    results: Results,
    out: Path,
    progress: Progress | None = None,
    *,
    lang: str = "zh",
    receipts: int = RECEIPTS,
    created: str | None = None,
) -> list[Path]:
    """Write every file of a run into a folder, all or none; the manifest is moved in last.

    Files that an earlier run wrote there and this one does not are removed, if they are still
    what the earlier manifest says.

    Parameters
    ----------
    out : Path               made if it is missing
    progress : function      called with (done, total, name of the file)
    lang : 'zh' or 'en'      the language the page shows first
    receipts : int           receipts per account on the page
    created : str            a time stamp for the manifest, only if given: nothing reads the clock

    Raises
    ------
    WriteError               why it could not be written; what was there before is intact
    """
    writers = _writers(results, lang, receipts)
    old = _listed(out)
    with Folder(out) as folder:
        for done, (name, write) in enumerate(writers.items()):
            if progress is not None:
                progress(done, len(writers) + 1, name)
            write(folder, name)
        content = manifests.manifest(results, folder.hashes(), created=created)
        folder.text(MANIFEST, manifests.text(content))
    for name, digest in old.items():
        path = out / name
        if name not in writers and path.is_file() and manifests.sha256(path) == digest:
            path.unlink()
    return folder.paths


def totals(results: Results, *by: str) -> pd.DataFrame:
    """Totals of every account by labels, one below the other, with U and what states none."""
    import pandas as pd

    frames = [
        named.account.total(*by).frame().assign(account=named.name) for named in results.accounts
    ]
    table = pd.concat(frames, ignore_index=True)
    return table[["account", *[name for name in table.columns if name != "account"]]]


def lines(results: Results) -> pa.Table:
    """The lines of every account, one below the other, with the account's name."""
    import pyarrow as pa

    return pa.concat_tables(
        [arrow(named.account.frame(), account=named.name) for named in results.accounts]
    )


def excluded(results: Results) -> pd.DataFrame:
    """The rows left out of each account, with the reason."""
    import pandas as pd

    frames = [named.account.excluded.assign(account=named.name) for named in results.accounts]
    return pd.concat(frames, ignore_index=True)


def attributes(results: Results) -> dict[str, str]:
    """What the lines must name to be found again, as texts for the file's metadata."""
    return {
        f"carbonmeter.{named.name}.{key}": value
        for named in results.accounts
        for key, value in named.account.attributes().items()
    }


def _writers(
    results: Results, lang: str, receipts: int
) -> Mapping[str, Callable[[Folder, str], object]]:
    """How each file is written, in the order in which they are moved in."""
    found: dict[str, Callable[[Folder, str], object]] = {
        "report.html": lambda f, name: f.text(name, html(results, receipts=receipts, lang=lang)),
        "lines.parquet": lambda f, name: f.parquet(name, lines(results), attributes(results)),
        "totals.csv": lambda f, name: f.csv(name, totals(results, "entity")),
        "totals-by-gas.csv": lambda f, name: f.csv(name, totals(results, "entity", "gas")),
    }
    financed = results.financed
    if financed is not None:
        found["loans.parquet"] = lambda f, name: f.parquet(
            name, arrow(financed.frame()), {"carbonmeter.as_of": str(financed.as_of)}
        )
        found["banks.csv"] = lambda f, name: f.csv(name, financed.by("lender"))
    if any(named.account.problems_excluded for named in results.accounts):
        found["excluded.csv"] = lambda f, name: f.csv(name, excluded(results))
    return found


def _listed(out: Path) -> dict[str, str]:
    """The files that an earlier manifest in the folder lists, with their hashes."""
    try:
        content = json.loads((out / MANIFEST).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    outputs = content.get("outputs") if isinstance(content, dict) else None
    if not isinstance(outputs, dict):
        return {}
    return {n: str(d) for n, d in outputs.items() if isinstance(n, str) and Path(n).name == n}
