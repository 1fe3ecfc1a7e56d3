"""Write files so that a reader sees the old one or the new one, whole, and never a part."""

from __future__ import annotations

import errno
import hashlib
import io
import os
import secrets
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, BinaryIO, Self

from carbonmeter.errors import WriteError

if sys.platform != "win32":
    import fcntl

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from carbonmeter.accounts import Account

PART = ".part"
TOKEN_BYTES = 6
BLOCK = 1 << 20

CURES = {
    errno.ENOSPC: "the disk is full; free space or choose another folder",
    errno.EDQUOT: "the quota is used up; free space or choose another folder",
    errno.EFBIG: "the file would be larger than this system allows; choose another folder",
    errno.EACCES: "you may not write there; change the permissions or choose another folder",
    errno.EPERM: "you may not write there; change the permissions or choose another folder",
    errno.EROFS: "the folder is read-only; choose another folder",
    errno.ENOTDIR: "a part of the path is a file, not a folder; choose another folder",
    errno.EEXIST: "a file stands where the folder should be; choose another folder",
    errno.EISDIR: "a folder stands where the file should be; remove it or choose another name",
    errno.ENAMETOOLONG: "the name is too long; choose a shorter one",
    errno.ENOENT: "the folder does not exist or was removed; make it and write again",
    errno.EBUSY: "another program holds the file open; close it and write again",
}
OTHERWISE = "check the disk and the folder, then write again"


class Folder:
    """Files that appear together: all are written beside their places first, then moved in.

    The file system moves one file at a time. What is added last is moved last, so a manifest
    added last tells whether the others belong together: until it is moved, its hashes are the
    old ones. If anything fails before the first move, nothing has changed.

    Examples
    --------
    >>> with Folder(out) as folder:                          # doctest: +SKIP
    ...     folder.text("report.html", page)
    ...     folder.text("manifest.json", manifest)
    """

    def __init__(self, path: Path) -> None:
        self.path = Path(path)
        self._parts: list[_Part] = []

    def __enter__(self) -> Self:
        with _explained(self.path):
            self.path.mkdir(parents=True, exist_ok=True)
            if not self.path.is_dir():
                raise OSError(errno.EEXIST, "not a folder")
        _sweep(self.path)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if kind is None:
                self._move()
        finally:
            for part in self._parts:
                part.drop()

    @property
    def paths(self) -> list[Path]:
        """The files added so far, in order."""
        return [part.target for part in self._parts]

    def file(self, name: str, write: Callable[[BinaryIO], None]) -> Path:
        """Add a file whose bytes `write` puts into the open file it is given."""
        target = self.path / name
        with _explained(target):
            part = _Part(target)
            self._parts.append(part)
            write(part.file)
            part.file.flush()
            os.fsync(part.file.fileno())
        return target

    def bytes(self, name: str, data: bytes) -> Path:
        return self.file(name, lambda file: _put(file, data))

    def text(self, name: str, text: str) -> Path:
        """Add a text file, UTF-8, lines ended by a line feed on every system."""
        return self.bytes(name, text.encode("utf-8"))

    def csv(self, name: str, frame: pd.DataFrame, *, people: bool = True) -> Path:
        """Add a table as CSV; see `csv_bytes`."""
        return self.bytes(name, csv_bytes(frame, people=people))

    def parquet(
        self, name: str, table: pa.Table, metadata: Mapping[str, str] | None = None
    ) -> Path:
        """Add a table as Parquet; `metadata` goes into the file beside its schema."""
        return self.file(name, lambda file: _put_parquet(file, table, metadata or {}))

    def hashes(self) -> dict[str, str]:
        """SHA-256 of each file added so far, by its name."""
        return {part.target.name: part.sha256() for part in self._parts}

    def _move(self) -> None:
        for part in self._parts:
            if part.target.is_dir():
                raise _error(part.target, OSError(errno.EISDIR, "Is a directory"))
        for part in self._parts:
            with _explained(part.target):
                part.move()
        _sync_folder(self.path)


class _Part:
    """A temporary file beside its target, locked for as long as it is being written.

    The lock tells a file that is being written from one that a killed run left behind: the
    latter has no lock, and the next run removes it.
    """

    def __init__(self, target: Path) -> None:
        self.target = target
        while True:
            self.path = target.with_name(f".{target.name}.{secrets.token_hex(TOKEN_BYTES)}{PART}")
            flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
            self.file: BinaryIO = os.fdopen(os.open(self.path, flags, 0o666), "w+b")
            # Another run may have swept the file away between its making and its locking.
            if _lock(self.file) and os.fstat(self.file.fileno()).st_nlink:
                return
            self.file.close()

    def sha256(self) -> str:
        digest = hashlib.sha256()
        self.file.seek(0)
        while block := self.file.read(BLOCK):
            digest.update(block)
        return digest.hexdigest()

    def move(self) -> None:
        if sys.platform == "win32":
            self.file.close()
        os.replace(self.path, self.target)
        self.file.close()

    def drop(self) -> None:
        """Remove what was not moved."""
        with suppress(OSError):  # a full disk says so once more on closing; the file goes anyway
            self.file.close()
        self.path.unlink(missing_ok=True)


def write_bytes(path: Path, data: bytes) -> Path:
    """Write one file at once: the old file stays until the new one is whole.

    Raises
    ------
    WriteError                       why it could not be written and what to do; the old file is
                                     intact and no temporary file is left
    """
    path = Path(path)
    with Folder(path.parent) as folder:
        folder.bytes(path.name, data)
    return path


def write_text(path: Path, text: str) -> Path:
    """Write one text file at once, UTF-8."""
    return write_bytes(path, text.encode("utf-8"))


def write_csv(path: Path, frame: pd.DataFrame, *, people: bool = True) -> Path:
    """Write one table as CSV at once; see `csv_bytes`."""
    return write_bytes(path, csv_bytes(frame, people=people))


def write_parquet(path: Path, table: pa.Table, metadata: Mapping[str, str] | None = None) -> Path:
    """Write one table as Parquet at once, with `metadata` beside its schema."""
    path = Path(path)
    with Folder(path.parent) as folder:
        folder.parquet(path.name, table, metadata)
    return path


def table(frame: pd.DataFrame, path: Path) -> Path:
    """Write a table as its name says: .csv for people, .xlsx or .parquet.

    Raises
    ------
    WriteError                       another ending, or a place that cannot be written
    """
    from carbonmeter.report.arrow import arrow

    path = Path(path)
    if path.suffix == ".csv":
        return write_csv(path, frame)
    if path.suffix == ".parquet":
        return write_parquet(path, arrow(frame))
    if path.suffix == ".xlsx":
        return write_bytes(path, _workbook(frame, path))
    raise WriteError(f"E502: {path}: no format {path.suffix!r}; write .csv, .xlsx or .parquet")


def _workbook(frame: pd.DataFrame, path: Path) -> bytes:
    from carbonmeter.report.sheet import MOST_ROWS, xlsx_bytes

    if len(frame) > MOST_ROWS:
        raise WriteError(f"E502: {path}: {len(frame):,} rows are too many for a sheet; write .csv")
    return xlsx_bytes(frame)


def lines(account: Account, path: Path) -> Path:
    """Write the lines of an account as its name says: .csv, .parquet or .nc (NetCDF).

    Raises
    ------
    WriteError                       another ending, or a place that cannot be written
    """
    from carbonmeter.report.arrow import arrow

    path = Path(path)
    if path.suffix == ".parquet":
        return write_parquet(path, arrow(account.frame()), account.attributes())
    if path.suffix == ".nc":
        return write_bytes(path, bytes(account.lines.to_netcdf(engine="scipy")))
    if path.suffix == ".csv":
        return write_csv(path, account.frame())
    raise WriteError(f"E502: {path}: no format {path.suffix!r}; write .csv, .parquet or .nc")


def csv_bytes(frame: pd.DataFrame, *, people: bool = True) -> bytes:
    """A table as CSV, numbers with all their digits.

    For people: UTF-8 with BOM, which a spreadsheet opens in any language, and a text that a
    spreadsheet would take for a formula gets a leading apostrophe. For machines: neither.
    A blank cell stands for a value that is absent.
    """
    import csv

    from carbonmeter.report.cells import cell, safe

    shown: Callable[[object], str] = (lambda value: safe(cell(value), value)) if people else cell
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n" if people else "\n")
    writer.writerow([shown(str(name)) for name in frame.columns])
    columns = [_texts(frame.iloc[:, at], shown) for at in range(frame.shape[1])]
    writer.writerows(zip(*columns, strict=True))
    return out.getvalue().encode("utf-8-sig" if people else "utf-8")


def _texts(column: pd.Series[Any], shown: Callable[[object], str]) -> list[str]:
    """The cells of a column as texts; of a column of labels, each label is written once."""
    import pandas as pd

    if isinstance(column.dtype, pd.CategoricalDtype):
        labels = [*map(shown, column.cat.categories.tolist()), shown(None)]
        return [labels[code] for code in column.cat.codes.tolist()]
    return [shown(value) for value in column.tolist()]


def _put(file: BinaryIO, data: bytes) -> None:
    file.write(data)


def _put_parquet(file: BinaryIO, table: pa.Table, metadata: Mapping[str, str]) -> None:
    from pyarrow import parquet

    kept = {
        **(table.schema.metadata or {}),
        **{k.encode(): v.encode() for k, v in metadata.items()},
    }
    parquet.write_table(table.replace_schema_metadata(kept), file)


def _lock(file: BinaryIO) -> bool:
    """Whether the file is ours alone from now on; Windows keeps open files from being removed."""
    if sys.platform != "win32":
        try:
            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:
            return True  # a file system without locks: nobody sweeps there either
    return True


def _sweep(folder: Path) -> None:
    """Remove the temporary files of runs that were killed; those being written are locked."""
    for path in folder.glob(f".*{PART}"):
        token = path.name.removesuffix(PART).rpartition(".")[2]
        if len(token) != 2 * TOKEN_BYTES or not path.is_file():
            continue
        try:
            with path.open("r+b") as file:
                if _abandoned(file):
                    path.unlink(missing_ok=True)
        except OSError:
            continue  # another run's, or not ours to remove: it does no harm


def _abandoned(file: BinaryIO) -> bool:
    if sys.platform != "win32":
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    return True


def _sync_folder(path: Path) -> None:
    """Make the moves themselves durable, where the system can."""
    if sys.platform == "win32":
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError:
        pass  # some network file systems refuse; the files themselves are on disk
    finally:
        os.close(descriptor)


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    """Turns an OSError inside the block into a WriteError that says what to do."""
    try:
        yield
    except OSError as wrong:
        raise _error(path, wrong) from None


def _error(path: Path, error: OSError) -> WriteError:
    cure = CURES.get(error.errno or 0, OTHERWISE)
    reason = error.strerror or str(error)
    return WriteError(
        f"E502: {path} cannot be written: {reason}; {cure}. What was there before is intact."
    )
