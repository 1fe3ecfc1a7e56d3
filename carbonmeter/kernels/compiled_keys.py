"""Compiled passes over one block of combined codes; imported on first use, see `combinations`.

A block is short enough to stay in the cache between the passes.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from carbonmeter.kernels.jit import kernel

Numbers = NDArray[np.uint32]


@kernel
def begin(number: Numbers, codes: NDArray[Any]) -> None:
    """The first digit of each number; codes are not negative."""
    for i in range(codes.size):
        number[i] = np.uint32(codes[i])


@kernel
def append(number: Numbers, codes: NDArray[Any], size: np.uint32) -> None:
    """One more digit, 0 <= code < size; no number may reach 2**32."""
    for i in range(codes.size):
        number[i] = number[i] * size + np.uint32(codes[i])


@kernel
def tick(number: Numbers, ticked: Numbers) -> int:
    """Set the bit of each number; how many were set already."""
    again = 0
    for i in range(number.size):
        place = np.uint64(number[i] >> np.uint32(5))
        shift = number[i] & np.uint32(31)
        before = ticked[place]
        again += int((before >> shift) & np.uint32(1))
        ticked[place] = before | (np.uint32(1) << shift)
    return again


@kernel
def meet(number: Numbers, first: NDArray[np.int32], row: int) -> None:
    """Note the row at which a number is met first; `first` is negative where it was not yet."""
    for i in range(number.size):
        if first[np.uint64(number[i])] < 0:
            first[np.uint64(number[i])] = row + i


@kernel
def look_up(number: Numbers, index: NDArray[np.int32], found: NDArray[np.int32]) -> None:
    """found[i] = index[number[i]]."""
    for i in range(number.size):
        found[i] = index[np.uint64(number[i])]
