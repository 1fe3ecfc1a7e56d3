"""Read a Parquet file into unchecked cells, one row group after the other."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from carbonmeter.tables.cells import bare, nulls, one_text, texts_of
from carbonmeter.tables.columns import code_type
from carbonmeter.tables.rows import counting
from carbonmeter.tables.source import (
    ArrowColumn,
    Cells,
    Doubles,
    Limits,
    Mixed,
    Raw,
    Source,
    refused,
)

if TYPE_CHECKING:
    import pyarrow as pa
    from pyarrow import parquet


def read_parquet(
    data: memoryview, source: Source, *, is_number: Callable[[str], bool], limits: Limits
) -> Raw:
    """The columns of a Parquet file; text arrives as codes, as it is stored."""
    import pyarrow as pa
    from pyarrow import parquet

    try:
        file = parquet.ParquetFile(pa.BufferReader(data))
        if file.metadata.num_rows > limits.rows:
            raise refused(
                source.name,
                f"{file.metadata.num_rows} rows, at most {limits.rows} are read at once",
                "split the file, or pass limits=Limits(rows=…)",
            )
        texts = [
            field.name
            for field in file.schema_arrow
            if (pa.types.is_string(field.type) or pa.types.is_large_string(field.type))
            and not is_number(field.name.strip())
        ]
        if texts:
            file = parquet.ParquetFile(pa.BufferReader(data), read_dictionary=texts)
        cells = _gathered(file)
    except MemoryError:
        rule = "does not fit into the memory"
        raise refused(source.name, rule, "split the file into several of fewer rows") from None
    except (pa.ArrowException, UnicodeDecodeError, OSError) as wrong:
        raise refused(
            source.name, f"not a readable Parquet file ({wrong})", "write the file again"
        ) from None
    headings = tuple(name.strip() for name in file.schema_arrow.names)
    row = counting(file.metadata.num_rows + 1)[1:]
    return Raw(source, headings, cells, row, None)


def _gathered(file: parquet.ParquetFile) -> tuple[Cells, ...]:
    """Each column whole, in as few bytes a row as its kind needs.

    A row group is decoded, taken over and dropped, so that its memory serves the next one.
    """
    columns = [_column(field.type, file.metadata.num_rows) for field in file.schema_arrow]
    for number in range(file.num_row_groups):
        group = file.read_row_group(number)
        for column, chunks in zip(columns, group.columns, strict=True):
            for chunk in chunks.chunks:
                column.add(chunk)
    return tuple(column.whole() for column in columns)


def _column(kind: pa.DataType, n: int) -> _Codes | _Doubles | _Chunks:
    import pyarrow as pa

    if isinstance(kind, pa.DictionaryType) and (
        pa.types.is_string(kind.value_type) or pa.types.is_large_string(kind.value_type)
    ):
        return _Codes(n)
    return _Doubles(n) if pa.types.is_float64(kind) else _Chunks(kind)


class _Codes:
    """Texts by their distinct values, with codes as narrow as they can be; a null is ''."""

    def __init__(self, n: int) -> None:
        self.n, self.at = n, 0
        self.values: Any = None
        self.codes: NDArray[Any] = np.empty(0, dtype=np.uint8)

    def add(self, chunk: Any) -> None:
        place = self._take_over(chunk.dictionary)
        indices = chunk.indices
        codes = bare(indices)
        null = None
        if indices.null_count:
            null = nulls(indices)
            codes = np.where(null, 0, codes)
        if codes.size and not 0 <= codes.min() <= codes.max() < max(len(chunk.dictionary), 1):
            chunk.validate(full=True)  # a damaged file may hold codes without labels
        if null is not None:
            blank = self._blank()
            place = np.append(np.arange(codes.max() + 1) if place is None else place, blank)
            codes = np.where(null, place.size - 1, codes)
        kind = code_type(len(self.values))
        if self.codes.dtype != kind or self.codes.size < self.n:
            self._widen(kind)
        here = self.codes[self.at : self.at + codes.size]
        here[:] = codes if place is None else place[codes]
        self.at += codes.size

    def _take_over(self, dictionary: Any) -> NDArray[Any] | None:
        """Adds the values that are new; the code of each, or None where they keep their codes."""
        if self.values is not None and dictionary.equals(self.values):
            return None
        dictionary.validate(full=True)
        new = dictionary.fill_null("") if dictionary.null_count else dictionary
        if self.values is None:
            self.values = new
            return None
        import pyarrow as pa
        from pyarrow import compute  # slow to load, and seldom needed: see above

        place = compute.index_in(new, value_set=self.values)
        if place.null_count:
            self.values = pa.concat_arrays([self.values, new.filter(place.is_null()).unique()])
            place = compute.index_in(new, value_set=self.values)
        return bare(place)

    def _blank(self) -> int:
        """The code of '', which is added if it has none."""
        import pyarrow as pa
        from pyarrow import compute

        blank = one_text("", self.values.type)
        at = compute.index_in(blank, value_set=self.values)
        if not at.null_count:
            return int(at[0].as_py())
        self.values = pa.concat_arrays([self.values, blank])
        return len(self.values) - 1

    def _widen(self, kind: type[np.generic]) -> None:
        wide = np.empty(self.n, dtype=kind)
        wide[: self.at] = self.codes[: self.at]
        self.codes = wide

    def whole(self) -> Mixed:
        values = () if self.values is None else texts_of(self.values)
        if len(values) == 1:
            return Mixed(np.broadcast_to(np.uint8(0), self.n), values)
        return Mixed(self.codes, values)


class _Doubles:
    """Numbers in one array; a null is not a number."""

    def __init__(self, n: int) -> None:
        self.values = np.empty(n, dtype=np.float64)
        self.at = 0

    def add(self, chunk: Any) -> None:
        here = self.values[self.at : self.at + len(chunk)]
        np.add(bare(chunk), 0.0, out=here)  # -0.0 becomes 0.0
        if chunk.null_count:
            here[nulls(chunk)] = np.nan
        self.at += len(chunk)

    def whole(self) -> Doubles:
        return Doubles(self.values)


class _Chunks:
    """Cells of any other kind, as they come."""

    def __init__(self, kind: pa.DataType) -> None:
        self.kind = kind
        self.chunks: list[Any] = []

    def add(self, chunk: Any) -> None:
        chunk.validate(full=True)
        self.chunks.append(chunk)

    def whole(self) -> ArrowColumn:
        import pyarrow as pa

        chunked: Any = pa.chunked_array
        return chunked(self.chunks, type=self.kind)
