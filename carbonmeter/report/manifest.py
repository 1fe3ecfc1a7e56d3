"""`manifest.json`: what went in, what came out, and which code and libraries stood between."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from carbonmeter import __version__
from carbonmeter.report.summary import excluded_rows

if TYPE_CHECKING:
    from carbonmeter.report.results import Results

BLOCK = 1 << 20


def manifest(
    results: Results,
    outputs: Mapping[str, str] | None = None,
    *,
    created: str | None = None,
) -> dict[str, object]:
    """The manifest of a run as plain data; the same run gives the same manifest.

    Parameters
    ----------
    outputs : name -> SHA-256    of the files written
    created : str, optional      a time stamp, only if the caller gives one: nothing reads the clock
    """
    found: dict[str, object] = {
        "title": results.title_en,
        "title_zh": results.title_zh,
        "carbonmeter": __version__,
        "as_of": None if results.as_of is None else results.as_of.isoformat(),
        "options": dict(sorted(results.options.items())),
        "inputs": inputs(results),
        "accounts": [_account(results, i) for i in range(len(results.accounts))],
        "evidence": _evidence(results),
        "outputs": dict(outputs or {}),
    }
    if results.financed is not None:
        book = results.financed.book.loans.source
        found["loans"] = {
            "date": str(results.financed.as_of),
            "file": book.name,
            "sha256": book.sha256,
            "loans": len(results.financed.share),
        }
    if created is not None:
        found["created"] = created
    return found


def text(content: Mapping[str, object]) -> str:
    """A manifest as it stands in the file."""
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"


def inputs(results: Results) -> dict[str, str]:
    """SHA-256 of each input file, by its path within the run folder."""
    found = {}
    for path in results.inputs:
        inside = path.is_relative_to(results.folder)
        name = path.relative_to(results.folder).as_posix() if inside else path.name
        found[name] = sha256(path)
    return dict(sorted(found.items()))


def sha256(path: Path) -> str:
    """SHA-256 of a file, read in blocks."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            digest.update(block)
    return digest.hexdigest()


def _account(results: Results, at: int) -> dict[str, object]:
    named = results.accounts[at]
    account = named.account
    attributes = account.attributes()
    return {
        "name": named.name,
        "guide": account.guide,
        "editions": attributes["guide"],
        "gwp_set": attributes["gwp_set"],
        "activity": account.activity.source.name,
        "activity_sha256": account.activity.source.sha256,
        "rows": len(account.activity),
        "lines": len(account),
        "rows_excluded": excluded_rows(account),
        "library": account.library.version,
        "layers": {layer.name: layer.version for layer in account.library.stack},
        **({"releases": list(releases)} if (releases := account.library.releases) else {}),
    }


def _evidence(results: Results) -> list[dict[str, object]]:
    if results.evidence is None:
        return []
    rows = json.loads(results.evidence.to_json(orient="records", date_format="iso"))
    return [dict(row) for row in rows]
