"""The plain twins of the kernels: slow, and obviously right."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray


def segment_sum(
    values: NDArray[np.float64], segment: NDArray[np.int64], n_segments: int
) -> NDArray[np.float64]:
    rows: list[list[float]] = [[] for _ in range(n_segments)]
    for value, s in zip(values.tolist(), segment.tolist(), strict=True):
        rows[s].append(value)
    return np.array([math.fsum(row) for row in rows], dtype=np.float64)


def weighted_segment_sum(
    quantity: NDArray[np.float64],
    coefficient: NDArray[np.float64],
    recipe: NDArray[np.int64],
    segment: NDArray[np.int64],
    n_segments: int,
) -> NDArray[np.float64]:
    products = [q * coefficient[r] for q, r in zip(quantity.tolist(), recipe.tolist(), strict=True)]
    return segment_sum(np.array(products, dtype=np.float64), segment, n_segments)
