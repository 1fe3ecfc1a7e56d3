"""Activity in Parquet files larger than memory: blocks of row groups, read and checked in pieces.

Row numbers are those of the whole file. A file that is cut short, replaced or written to while it
is read is refused: what was planned at the start is what is read until the end.
"""

from __future__ import annotations

import glob
import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from carbonmeter.errors import Problem, TableError
from carbonmeter.tables.activity import ACTIVITY
from carbonmeter.tables.checked import Checked
from carbonmeter.tables.field import Kind, heading_index
from carbonmeter.tables.headings import match
from carbonmeter.tables.labels import identifiers
from carbonmeter.tables.reading import PARQUET
from carbonmeter.tables.schema import Missing
from carbonmeter.tables.source import Limits, Raw, Source, refused

if TYPE_CHECKING:
    import pyarrow as pa
    from pyarrow import parquet

Paths: TypeAlias = "str | os.PathLike[str] | Sequence[str | os.PathLike[str]]"

BATCH_ROWS = 1_000_000
MOST_ROWS = 2**31 - 1
_CHUNK = 1 << 20
_FIELDS = heading_index(ACTIVITY.fields)
# Keys and periods are compared across all blocks at the end; a block may be blank throughout.
_CELLS = replace(ACTIVITY, keys=(), checks=(), may_be_empty=True)


@dataclass(frozen=True)
class StoredFile:
    """A Parquet file as it was when a run began.

    Attributes
    ----------
    path, name : str           where it is; as messages call it
    size, changed : int        bytes, and the time of its last change in ns
    footer : str               SHA-256 of its footer, which describes all of its pages
    rows : int
    """

    path: str
    name: str
    size: int
    changed: int
    footer: str
    rows: int

    def sha256(self) -> str:
        """SHA-256 of its bytes."""
        digest = hashlib.sha256()
        with self.unchanged(), open(self.path, "rb") as file:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
        return digest.hexdigest()

    @contextmanager
    def unchanged(self) -> Iterator[None]:
        """What is read inside is the file as it was planned.

        Raises
        ------
        TableError    the file cannot be read, or is another one by now
        """
        import pyarrow as pa

        try:
            self._check()
            yield
            self._check()
        except MemoryError:
            rule = "does not fit into the memory"
            raise refused(self.name, rule, "pass fewer batch_rows, or fewer workers") from None
        except (pa.ArrowException, UnicodeDecodeError, OSError) as wrong:
            self._check()
            raise _unreadable(self.name, wrong) from None

    def _check(self) -> None:
        try:
            now = os.stat(self.path)
        except OSError as wrong:
            raise _closed(self.name, wrong) from None
        if (now.st_size, now.st_mtime_ns) != (self.size, self.changed):
            rule = "the file changed while it was read"
            raise refused(self.name, rule, "read it again when nobody writes to it")


@dataclass(frozen=True)
class Block:
    """Row groups of one file that follow each other.

    Attributes
    ----------
    file : StoredFile
    groups : tuple of int      numbers of the row groups
    before, rows : int         rows of the file before these; rows of these
    packed, unpacked : int     bytes of the largest of the row groups, as stored and uncompressed
    """

    file: StoredFile
    groups: tuple[int, ...]
    before: int
    rows: int
    packed: int
    unpacked: int


@dataclass(frozen=True, eq=False)
class Piece:
    """Some rows of a block.

    Attributes
    ----------
    rows : Checked                   those that passed the checks
    problems : tuple of Problem      what is wrong with the others
    first, count : int               number of the first row in the file; how many there are
    """

    rows: Checked
    problems: tuple[Problem, ...]
    first: int
    count: int


def blocks_of(paths: Paths, *, batch_rows: int = BATCH_ROWS) -> tuple[Block, ...]:
    """The blocks of activity files, in the order of the files and of their rows.

    Row groups of a file that follow each other share a block up to `batch_rows` rows; a larger one
    is a block of its own, which is read in pieces.

    Parameters
    ----------
    paths : path, pattern such as 'big/*.parquet', or several of them
    batch_rows : int                    rows that are in memory at once, for each worker

    Raises
    ------
    TableError                          files that are missing, not Parquet or damaged; columns that
                                        are not those of the table, or differ from file to file
    """
    if not isinstance(batch_rows, int) or batch_rows < 1:
        raise ValueError(f"batch_rows must be a whole number above 0, not {batch_rows!r}")
    files = _named(_found(paths))
    blocks: list[Block] = []
    headings: dict[str, frozenset[str]] = {}
    problems: list[Problem] = []
    for path, name in files:
        stored, metadata, schema = _opened(path, name)
        raw = Raw(Source(name, "", "", "parquet"), *_empty(schema), np.empty(0, np.int32), None)
        found, wrong = match(raw, ACTIVITY.fields)
        problems += wrong
        headings[name] = frozenset(found)
        blocks += _cut(stored, metadata, batch_rows)
    problems = problems or _different(headings)
    if problems:
        summary = "the columns are not those of the table activity, or not the same in all files"
        raise TableError(f"{called([name for _, name in files])}: {summary}", problems)
    return tuple(blocks)


def pieces(
    block: Block,
    *,
    batch_rows: int = BATCH_ROWS,
    missing: Missing = "raise",
    labels: Mapping[str, str] | None = None,
    limits: Limits | None = None,
) -> Iterator[Piece]:
    """The rows of a block, checked as `read_activity` does, some at a time.

    Keys and periods are not compared here, since their other half may lie in another block.

    Raises
    ------
    TableError    the file as a whole cannot be read any more, or is another one by now
    """
    from pyarrow import parquet

    limits = limits or Limits()
    labels = identifiers() if labels is None else labels
    before = block.before
    with block.file.unchanged():
        with parquet.ParquetFile(block.file.path) as plain:
            texts = _texts(plain.schema_arrow)
        if _footer(block.file.path, block.file.size) != block.file.footer:
            rule = "the file changed while it was read"
            raise refused(block.file.name, rule, "read it again when nobody writes to it")
        with parquet.ParquetFile(
            block.file.path, read_dictionary=texts, page_checksum_verification=True
        ) as file:
            for table in _tables(file, block, batch_rows):
                table.validate(full=True)  # a damaged file may hold codes without labels
                row = np.arange(before + 1, before + 1 + table.num_rows, dtype=np.int32)
                before += table.num_rows
                yield _piece(table, row, block.file.name, missing, labels, limits)


def called(names: Sequence[str]) -> str:
    """Files as the summary of a message calls them."""
    return names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"


def _tables(file: parquet.ParquetFile, block: Block, batch_rows: int) -> Iterator[pa.Table]:
    import pyarrow as pa

    if block.rows <= batch_rows:
        yield file.read_row_groups(list(block.groups), use_threads=False)
        return
    groups = list(block.groups)
    for batch in file.iter_batches(batch_rows, row_groups=groups, use_threads=False):
        yield pa.Table.from_batches([batch])


def _piece(
    table: pa.Table,
    row: Any,
    name: str,
    missing: Missing,
    labels: Mapping[str, str],
    limits: Limits,
) -> Piece:
    headings = tuple(str(heading).strip() for heading in table.column_names)
    raw = Raw(Source(name, "", "", "parquet"), headings, tuple(table.columns), row, None)
    problems: list[Problem] = []
    while True:
        checked, wrong = _CELLS.judged(raw, missing, labels, limits)
        if wrong is None:
            return Piece(checked, tuple(problems), int(row[0]) if row.size else 1, row.size)
        bad = [problem.row for problem in wrong.problems if problem.row is not None]
        if not bad:
            raise wrong
        problems += wrong.problems
        kept = ~np.isin(raw.row, bad)
        table = table.filter(kept)
        raw = replace(raw, cells=tuple(table.columns), row=raw.row[kept])


def _found(paths: Paths) -> list[str]:
    """Files in the order given, those of a pattern by name."""
    asked = [paths] if isinstance(paths, str | os.PathLike) else list(paths)
    found: list[str] = []
    for each in asked:
        text = os.fspath(each)
        matching = sorted(glob.glob(text)) if glob.has_magic(text) else []
        if not matching and not os.path.exists(text):
            cure = "check the path and its permissions"
            raise refused(text, "no file of this name or pattern", cure)
        found += matching or [text]
    if not found:
        raise refused("no file", "no file was named", "name one Parquet file at least")
    for path in found:
        if Path(path).suffix.lower() not in PARQUET:
            rule = f"files {Path(path).suffix!r} are not read in blocks"
            raise refused(Path(path).name, rule, "store the table as .parquet, or read it whole")
    return found


def _named(paths: list[str]) -> list[tuple[str, str]]:
    """Absolute path of each file, and its name; the path as given where a name occurs twice."""
    real = [os.path.realpath(path) for path in paths]
    for at, path in enumerate(real):
        if path in real[:at]:
            raise refused(Path(paths[at]).name, "the file is named twice", "name each file once")
    names = [Path(path).name for path in paths]
    return [
        (file, name if names.count(name) == 1 else path)
        for file, name, path in zip(real, names, paths, strict=True)
    ]


def _opened(path: str, name: str) -> tuple[StoredFile, parquet.FileMetaData, pa.Schema]:
    import pyarrow as pa
    from pyarrow import parquet

    try:
        now = os.stat(path)
        with parquet.ParquetFile(path) as file:
            metadata, schema = file.metadata, file.schema_arrow
        footer = _footer(path, now.st_size)
    except (pa.ArrowException, UnicodeDecodeError) as wrong:
        raise _unreadable(name, wrong) from None
    except OSError as wrong:
        raise _closed(name, wrong) if wrong.errno else _unreadable(name, wrong) from None
    rows = metadata.num_rows
    if not rows:
        problem = Problem(
            name,
            None,
            "",
            "",
            "no rows below the heading",
            "fill the table, or check that it is the right sheet or file",
        )
        raise TableError(f"{name}: the table activity has no rows", [problem])
    if rows > MOST_ROWS:
        raise refused(name, f"{rows} rows, at most {MOST_ROWS} in one file", "split the file")
    return StoredFile(path, name, now.st_size, now.st_mtime_ns, footer, rows), metadata, schema


def _footer(path: str, size: int) -> str:
    """SHA-256 of the footer of a Parquet file: its length stands in the 8 bytes at the end."""
    with open(path, "rb") as file:
        file.seek(max(size - 8, 0))
        length = int.from_bytes(file.read(4), "little")
        file.seek(max(size - 8 - length, 0))
        return hashlib.sha256(file.read(length + 8)).hexdigest()


def _cut(stored: StoredFile, metadata: parquet.FileMetaData, batch_rows: int) -> Iterator[Block]:
    groups: list[int] = []
    before = rows = packed = unpacked = 0
    for at in range(metadata.num_row_groups):
        group = metadata.row_group(at)
        if groups and rows + group.num_rows > batch_rows:
            yield Block(stored, tuple(groups), before, rows, packed, unpacked)
            before, groups, rows, packed, unpacked = before + rows, [], 0, 0, 0
        columns = [group.column(i) for i in range(group.num_columns)]
        packed = max(packed, sum(column.total_compressed_size for column in columns))
        unpacked = max(unpacked, sum(column.total_uncompressed_size for column in columns))
        groups.append(at)
        rows += group.num_rows
    if groups:
        yield Block(stored, tuple(groups), before, rows, packed, unpacked)


def _empty(schema: pa.Schema) -> tuple[tuple[str, ...], tuple[Any, ...]]:
    table = schema.empty_table()
    return tuple(str(heading).strip() for heading in schema.names), tuple(table.columns)


def _texts(schema: pa.Schema) -> list[str]:
    """Columns that arrive as codes; numbers written as text stay as they are."""
    import pyarrow as pa

    return [
        field.name
        for field in schema
        if (pa.types.is_string(field.type) or pa.types.is_large_string(field.type))
        and (known := _FIELDS.get(field.name.strip())) is not None
        and known.kind is not Kind.NUMBER
    ]


def _different(headings: Mapping[str, frozenset[str]]) -> list[Problem]:
    """Columns that some files have and others lack; a blank would say that nothing was known."""
    every = frozenset().union(*headings.values())
    return [
        Problem(
            name,
            None,
            column,
            "",
            f"the column is missing, but {next(n for n, c in headings.items() if column in c)}"
            " has it",
            "add the column, blank if nothing is known, or account the files one by one",
        )
        for name, columns in headings.items()
        for column in sorted(every - columns)
    ]


def _closed(name: str, wrong: OSError) -> TableError:
    rule = f"cannot be opened: {wrong.strerror}"
    return refused(name, rule, "check the path and its permissions")


def _unreadable(name: str, wrong: BaseException) -> TableError:
    return refused(name, f"not a readable Parquet file ({wrong})", "write the file again")
