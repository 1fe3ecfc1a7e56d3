"""The formats by name: how a library is written in each, and how a file says which it is."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from carbonmeter.errors import ExchangeError, Problem
from carbonmeter.factors.exchange import ilcd, openlca
from carbonmeter.factors.exchange.archive import packed, unpacked
from carbonmeter.factors.exchange.content import ABOUT, Content, content_of, refusal
from carbonmeter.factors.exchange.files import package_files
from carbonmeter.factors.exchange.tables import (
    csv_files,
    names_file,
    names_library,
    parquet_bytes,
    read_csv_files,
    read_parquet,
)
from carbonmeter.factors.exchange.workbook import read_workbook, xlsx_bytes
from carbonmeter.factors.package import DESCRIPTOR
from carbonmeter.tables.source import Limits
from carbonmeter.tables.source_excel import sheets_with_rows

Column = NDArray[np.float64]


@dataclass(frozen=True)
class Asked:
    """What a writer is told.

    Attributes
    ----------
    content : Content
    name : str                       of the file or folder that is written
    lang : 'en' or 'zh'              of headings that people read
    u : float64[n]                   standard uncertainty of each record, in its unit; not a number
                                     where its bounds give none
    """

    content: Content
    name: str
    lang: str
    u: Column


@dataclass(frozen=True)
class Format:
    """One format: the endings of its files ('' for a folder), and what writes it."""

    endings: tuple[str, ...]
    files: Callable[[Asked], dict[str, bytes]]


def _csv(asked: Asked) -> dict[str, bytes]:
    return csv_files(asked.content, asked.name.removesuffix(".csv"), asked.lang)


def _xlsx(asked: Asked) -> dict[str, bytes]:
    return {asked.name: xlsx_bytes(asked.content, asked.lang)}


def _parquet(asked: Asked) -> dict[str, bytes]:
    return {asked.name: parquet_bytes(asked.content)}


def _package(asked: Asked) -> dict[str, bytes]:
    files = package_files(asked.content)
    return {asked.name: packed(files)} if asked.name.endswith(".zip") else files


def _openlca(asked: Asked) -> dict[str, bytes]:
    return {asked.name: packed(openlca.files(asked.content, asked.u))}


def _ilcd(asked: Asked) -> dict[str, bytes]:
    return {asked.name: packed(ilcd.files(asked.content, asked.u))}


FORMATS: Mapping[str, Format] = {
    "csv": Format((".csv",), _csv),
    "xlsx": Format((".xlsx",), _xlsx),
    "parquet": Format((".parquet",), _parquet),
    "datapackage": Format(("", ".zip"), _package),
    "openlca": Format((".zip",), _openlca),
    "ilcd": Format((".zip",), _ilcd),
}


def read_library(path: Path, limits: Limits | None = None) -> Content:
    """The library in a package folder, or in a file of any of the formats.

    Parameters
    ----------
    path : Path                      a folder with datapackage.json; .csv, .xlsx or .parquet as
                                     written here; .zip: a data package, openLCA JSON-LD or ILCD
    limits : Limits, optional        how large a zip may be

    Raises
    ------
    ExchangeError                    what it is not, or everything that is wrong with it
    """
    readers = {".csv": read_csv_files, ".xlsx": read_workbook, ".parquet": read_parquet}
    if path.is_dir():
        return content_of(path)
    # A library of words alone has no table of records, but the others beside its place.
    if not path.is_file() and not is_ours_in_csv(path):
        raise _no(path, "there is no such file or folder", "check the path")
    if path.suffix.lower() in readers:
        return readers[path.suffix.lower()](path)
    if path.suffix.lower() != ".zip":
        raise _no(path, f"files {path.suffix!r} are not read", "use .csv, .xlsx, .parquet or .zip")
    files = unpacked(path, limits)
    if DESCRIPTOR in files:
        return _read_package(files)
    if openlca.is_ours(files):
        return openlca.read(files, path.name)
    if ilcd.is_ours(files):
        return ilcd.read(files, path.name)
    rule = "neither a data package nor a library of ours as openLCA JSON-LD or ILCD"
    raise _no(path, rule, "export it as a table and name a mapping with --mapping")


def is_ours(path: Path) -> bool:
    """Whether a file says which library it holds; a table of one's own does not."""
    suffix = path.suffix.lower()
    if suffix == ".csv":
        return is_ours_in_csv(path)
    if suffix == ".xlsx":
        return any(sheet in (ABOUT.name, ABOUT.zh) for sheet in sheets_with_rows(path))
    return suffix == ".zip" or (suffix == ".parquet" and names_library(path))


def is_ours_in_csv(path: Path) -> bool:
    """Whether the table that names a library stands beside a CSV file."""
    return path.suffix.lower() == ".csv" and names_file(path).is_file()


def _read_package(files: Mapping[str, bytes]) -> Content:
    with tempfile.TemporaryDirectory() as folder:
        for name, data in files.items():
            file = Path(folder) / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)
        return content_of(Path(folder))


def _no(path: Path, rule: str, cure: str) -> ExchangeError:
    return refusal(path.name, [Problem(path.name, None, "", "", rule, cure)])
