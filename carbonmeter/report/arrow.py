"""Frames as Arrow tables: text as codes, so that tables of different accounts fit together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa


def arrow(frame: pd.DataFrame, **constants: str) -> pa.Table:
    """The frame as an Arrow table, with a first column for each constant.

    Text is always stored as 32-bit codes: two tables with other labels can be put together.
    """
    import pandas as pd
    import pyarrow as pa

    columns: dict[str, pa.Array[Any]] = {}
    for name, text in constants.items():
        columns[name] = _coded(np.zeros(len(frame), dtype=np.int32), [text])
    for name in frame.columns:
        column = frame[name]
        if column.dtype == np.dtype(object) or isinstance(column.dtype, pd.StringDtype):
            column = column.astype(str).astype("category")
        if isinstance(column.dtype, pd.CategoricalDtype):
            labels = [str(label) for label in column.cat.categories]
            columns[str(name)] = _coded(np.asarray(column.cat.codes, dtype=np.int32), labels)
        else:
            columns[str(name)] = pa.array(column)
    return pa.table(columns)


def _coded(codes: NDArray[np.int32], labels: list[str]) -> pa.Array[Any]:
    """Codes into labels; a negative code stands for nothing."""
    import pyarrow as pa

    indices: pa.Array[Any] = pa.array(codes, type=pa.int32(), mask=codes < 0)
    return pa.DictionaryArray.from_arrays(indices, pa.array(labels, type=pa.string()))
