"""Libraries written in any format, and packages made of what was read: whole, or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from carbonmeter.errors import ExchangeError, FactorTableError, Problem, WriteError
from carbonmeter.factors.exchange.content import Content, guarded
from carbonmeter.factors.exchange.files import csv_bytes, package_files
from carbonmeter.factors.exchange.formats import FORMATS, Asked
from carbonmeter.factors.exchange.licences import Passed, passed
from carbonmeter.factors.layer import Layer
from carbonmeter.factors.package import read_package
from carbonmeter.report.folder import write_folder
from carbonmeter.report.write import Folder, write_bytes
from carbonmeter.uncertainty.spread import standard_uncertainties

REJECTS = ("file", "row", "column", "value", "why", "cure")


def export(
    content: Content, form: str, out: Path, *, facts_only: bool = False, lang: str = "en"
) -> tuple[Passed, list[Path]]:
    """Write a library in a format; what its licences do not let out is refused by name.

    Parameters
    ----------
    content : Content
    form : str                       csv, xlsx, parquet, datapackage, openlca or ilcd
    out : Path                       a file; for a data package a folder, or a .zip
    facts_only : bool                leave out the texts of records whose licence is not open
    lang : 'en' or 'zh'              of headings that people read

    Returns
    -------
    what was let out and what each licence asks for; the files that were written

    Raises
    ------
    LicenceError                     records that may not be passed on, counted by licence
    WriteError                       another ending, or a place that cannot be written
    """
    out = Path(out)
    chosen = FORMATS[form]
    if out.suffix not in chosen.endings and "" not in chosen.endings:
        raise WriteError(f"E502: {out}: {form} is written as {' or '.join(chosen.endings)}")
    let = passed(content, facts_only=facts_only)
    asked = Asked(let.content, out.name, lang, spreads(let.content.layer))
    files = chosen.files(asked)
    if form == "datapackage" and out.suffix != ".zip":
        write_folder(out, files, read_package)
        return let, [out / name for name in files]
    with Folder(out.parent) as folder:
        for name, data in files.items():
            folder.bytes(name, data)
    return let, folder.paths


def write_package(content: Content, folder: Path) -> Layer:
    """Write a package folder and open it: a library that does not open is never there.

    Raises
    ------
    ExchangeError                    everything that is wrong with the package
    WriteError                       a folder that is not empty, or cannot be written
    """
    opened: list[Layer] = []

    def check(hidden: Path) -> None:
        try:
            opened.append(read_package(hidden))
        except FactorTableError as wrong:
            summary = f"{content.layer.name} would be a package that cannot be used"
            raise ExchangeError(summary, wrong.problems) from None

    write_folder(folder, package_files(content), check)
    return opened[0]


def write_rejects(path: Path, rejects: Sequence[Problem]) -> Path:
    """Write the rows that were not taken: file, row, column, value, why, cure."""
    columns = [
        [guarded(each.file) for each in rejects],
        ["" if each.row is None else str(each.row) for each in rejects],
        [guarded(each.column) for each in rejects],
        [guarded(each.value) for each in rejects],
        [guarded(each.rule) for each in rejects],
        [guarded(each.cure) for each in rejects],
    ]
    return write_bytes(path, csv_bytes(REJECTS, columns, people=True))


def spreads(layer: Layer) -> NDArray[np.float64]:
    """The standard uncertainty of each record in its unit; not a number where none is stated."""
    c = layer.columns
    u = np.full(len(layer), np.nan)
    bounded = np.flatnonzero(~np.isnan(c["low"]) & ~np.isnan(c["high"]))
    if bounded.size:
        value, low, high, coverage = (
            c[name][bounded] for name in ("value", "low", "high", "coverage")
        )
        shapes = c["distribution"][bounded].tolist()
        u[bounded] = standard_uncertainties(value, low, high, coverage, shapes)
    return u


def of_own(content: Content, licence: str) -> Content:
    """A table of one's own as content that can leave: its sources by name, its licence as given."""
    layer = content.layer
    known = {row["source"] for row in layer.sources}
    missing = [s for s in dict.fromkeys(layer.columns["source"].tolist()) if s not in known]
    blank = dict.fromkeys(
        ("title_en", "publisher", "number", "published", "language", "licence", "note"), ""
    )
    rows = tuple({"source": s, "title": s, **blank} for s in missing)
    about = (*content.about, ("licence", licence)) if licence else content.about
    return Content(replace(layer, sources=(*layer.sources, *rows)), about)
