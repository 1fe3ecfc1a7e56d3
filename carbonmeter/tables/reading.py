"""Open whatever a table may be given as, and read it by its format."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from io import BufferedReader
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from carbonmeter.tables.source import MEGABYTE, Limits, Raw, Source, refused
from carbonmeter.tables.source_arrow import read_arrow, read_frame
from carbonmeter.tables.source_csv import read_csv
from carbonmeter.tables.source_excel import read_excel
from carbonmeter.tables.source_parquet import read_parquet

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

Readable: TypeAlias = "str | os.PathLike[str] | pd.DataFrame | pa.Table"

CSV = (".csv", ".txt", ".tsv")
PARQUET = (".parquet", ".pq")
EXCEL = (".xlsx",)
ADVICE = {
    ".xls": "open it and save it as .xlsx",
    ".xlsm": "save it as .xlsx, without its macros; macros are never run",
    ".xlsb": "save it as .xlsx",
    ".ods": "save it as .xlsx",
    ".et": "save it as .xlsx",
}


def read_raw(
    source: Readable,
    *,
    sheet: str | None,
    sheet_names: tuple[str, ...],
    is_number: Callable[[str], bool],
    delimiter: str,
    limits: Limits,
) -> Raw:
    """The headings and unchecked cells of a file or frame."""
    if not isinstance(source, str | os.PathLike):
        return _read_object(source)
    path = Path(source)
    suffix = path.suffix.lower()
    if suffix in ADVICE:
        raise refused(path.name, f"{suffix} files are not read", ADVICE[suffix])
    if suffix not in CSV + PARQUET + EXCEL:
        raise refused(path.name, f"files {suffix!r} are not read", "use .csv, .xlsx or .parquet")
    if suffix in PARQUET:
        stored = _stored(path, limits.parquet_bytes)
        with _hashed(stored) as digest:
            unhashed = Source(path.name, "", "", "parquet")
            raw = read_parquet(stored, unhashed, is_number=is_number, limits=limits)
        return replace(raw, source=replace(raw.source, sha256=digest[0]))
    data = bytes(_stored(path, limits.file_bytes))
    found = Source(path.name, hashlib.sha256(data).hexdigest(), "", "")
    if suffix in EXCEL:
        return read_excel(data, found, sheet=sheet, sheet_names=sheet_names, limits=limits)
    if sheet is not None:
        raise refused(path.name, "a CSV file has no sheets", "leave sheet= out")
    return read_csv(data, found, is_number=is_number, delimiter=delimiter, limits=limits)


@contextmanager
def _hashed(data: memoryview) -> Iterator[list[str]]:
    """The SHA-256 of the bytes, found while they are decoded; there when the block ends."""
    digest: list[str] = []
    thread = Thread(target=lambda: digest.append(hashlib.sha256(data).hexdigest()))
    thread.start()
    try:
        yield digest
    finally:
        thread.join()


def _read_object(source: pd.DataFrame | pa.Table) -> Raw:
    import pyarrow as pa

    if isinstance(source, pa.Table):
        return read_arrow(source)
    import pandas as pd

    if isinstance(source, pd.DataFrame):
        return read_frame(source)
    raise TypeError(f"a table is read from a path or a DataFrame, not from {type(source)}")


def _stored(path: Path, most: int) -> memoryview:
    """The whole file, read once: what is hashed is what is parsed."""
    try:
        with path.open("rb") as file:
            before = os.fstat(file.fileno())
            if before.st_size > most:
                raise refused(
                    path.name,
                    f"{before.st_size / MEGABYTE:.3g} MB, at most {most / MEGABYTE:.3g} are read",
                    "split the file or store it as Parquet, or pass limits=Limits(…)",
                )
            data = _filled(file, before.st_size)
            after = os.fstat(file.fileno())
    except OSError as wrong:
        raise refused(
            path.name, f"cannot be opened: {wrong.strerror}", "check the path and its permissions"
        ) from None
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise refused(path.name, "the file changed while it was read", "read it again")
    if len(data) != after.st_size:
        raise refused(path.name, "the file could not be read to its end", "read it again")
    return data


def _filled(file: BufferedReader, size: int) -> memoryview:
    """The bytes of a file, in memory of NumPy's: it comes in large pages, which come sooner."""
    data, at = np.empty(size, dtype=np.uint8).data, 0
    while at < size and (count := file.readinto(data[at:])):
        at += count
    return data[:at]
