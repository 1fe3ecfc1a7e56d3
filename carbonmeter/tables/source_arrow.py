"""Read Arrow tables and DataFrames into unchecked cells."""

from __future__ import annotations

import hashlib
from collections.abc import Hashable
from typing import TYPE_CHECKING, Any

import numpy as np

from carbonmeter.errors import Problem, TableError
from carbonmeter.tables.cells import mixed_of, shown
from carbonmeter.tables.rows import counting
from carbonmeter.tables.source import ArrowColumn, Mixed, Raw, Source

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa


def read_arrow(table: pa.Table) -> Raw:
    """The columns of an Arrow table."""
    sha256 = _hash_of(tuple(table.column_names), tuple(table.columns))
    return _raw(table, Source("Arrow table", sha256, "", "frame"))


def read_frame(frame: pd.DataFrame) -> Raw:
    """The columns of a DataFrame; its index is not read."""
    headings = tuple(str(heading).strip() for heading in frame.columns)
    cells = tuple(_cells(frame.iloc[:, at], name) for at, name in enumerate(headings))
    source = Source("DataFrame", _hash_of(headings, cells), "", "frame")
    return Raw(source, headings, cells, _rows(len(frame)), None)


def _raw(table: pa.Table, source: Source) -> Raw:
    headings = tuple(str(heading).strip() for heading in table.column_names)
    return Raw(source, headings, tuple(table.columns), _rows(table.num_rows), None)


def _rows(n: int) -> Any:
    return counting(n + 1)[1:]


def _cells(series: pd.Series[Any], name: str) -> ArrowColumn | Mixed:
    import pandas as pd
    import pyarrow as pa

    if series.dtype != np.dtype(object):
        if isinstance(series.dtype, pd.PeriodDtype):
            series = series.astype(str)
        try:
            array = pa.array(series, from_pandas=True)
            if not isinstance(array.type, pa.ExtensionType):
                return array if isinstance(array, pa.ChunkedArray) else pa.chunked_array([array])
        except (pa.ArrowException, TypeError, UnicodeEncodeError):
            pass  # complex, sparse, intervals, half characters: each cell is judged as it is
        series = pd.Series(list(series), dtype=object)
    blank = series.isna().to_numpy()
    if blank.any():
        series = series.where(~blank, "")
    if pd.api.types.infer_dtype(series) in ("string", "empty"):
        try:
            return pa.chunked_array([pa.array(series, type=pa.large_string())])
        except UnicodeEncodeError:
            pass  # half a character: found and named when the cells are judged
    values = series.tolist()
    for row, value in enumerate(values, 1):
        if not isinstance(value, Hashable):
            rule, cure = f"a {type(value).__name__} in a cell", "write one text or number in it"
            problem = Problem("DataFrame", row, name, shown(value), rule, cure)
            raise TableError("DataFrame cannot be read", [problem])
    return mixed_of(values)


def _hash_of(headings: tuple[str, ...], cells: tuple[ArrowColumn | Mixed, ...]) -> str:
    """SHA-256 of headings and cells; the same cells give the same hash, whatever the chunks."""
    import pyarrow as pa

    total = hashlib.sha256(repr(headings).encode())
    for column in cells:
        if isinstance(column, Mixed):
            total.update(ascii(column.values).encode() + column.codes.tobytes())
            continue
        whole = (
            pa.Table.from_arrays([column], names=[""])
            .combine_chunks()
            .to_batches(max_chunksize=1 << 40)
        )
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, pa.schema([("", column.type)])) as writer:
            for batch in whole:
                writer.write_batch(batch)
        total.update(memoryview(sink.getvalue()))
    return total.hexdigest()
