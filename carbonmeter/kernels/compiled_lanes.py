"""The compiled passes over runs that stand side by side, one in each lane of a vector."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from carbonmeter.kernels.compiled import rounded
from carbonmeter.kernels.jit import kernel
from carbonmeter.kernels.lane_rows import LOW, add_slice
from carbonmeter.kernels.vectors import LANES


@kernel
def lane_of_rows(
    segment: NDArray[np.signedinteger[Any]],
    first: NDArray[np.int32],
    most: int,
    used: NDArray[np.int64],
    lane: NDArray[np.int32],
) -> None:
    """The lane of each row, where long runs have several.

    Parameters
    ----------
    segment : int[n]       0 <= segment < len(first)
    first : int32[m]       the first lane of each run
    most : int             rows that a lane takes
    used : int64[m]        zeros; changed in place
    lane : int32[n]        filled in
    """
    for i in range(segment.size):
        s = segment[i]
        lane[i] = first[s] + used[s] // most
        used[s] += 1


@kernel
def arrange_lanes(
    quantity: NDArray[np.float64],
    recipe: NDArray[np.integer[Any]],
    lane: NDArray[np.signedinteger[Any]],
    free: NDArray[np.int64],
    quantity_out: NDArray[np.float64],
    recipe_out: NDArray[np.integer[Any]],
) -> None:
    """The rows at their places, those of a lane eight apart.

    Parameters
    ----------
    quantity : float64[n]
    recipe : int[n]                 fits the integers of `recipe_out`
    lane : int[n]                   0 <= lane < len(free)
    free : int64[m]                 the first free place of each lane; changed in place
    quantity_out, recipe_out : [N]  filled in where rows come to stand
    """
    for i in range(lane.size):
        s = lane[i]
        at = free[s]
        quantity_out[at] = quantity[i]
        recipe_out[at] = recipe[i]
        free[s] = at + LANES


@kernel
def lane_totals(
    quantity: NDArray[np.float64],
    coefficient: NDArray[np.float64],
    recipe: NDArray[np.integer[Any]],
    start: NDArray[np.int64],
    run: NDArray[np.int32],
    few: bool,
    near: bool,
    top: int,
    total: NDArray[np.float64],
    deep: NDArray[np.bool_],
) -> None:
    """Sum of quantity * coefficient[recipe] of each run that has one lane, rounded to the nearest.

    Parameters
    ----------
    quantity, recipe : [N]          slice by slice, row by row of eight lanes; |product| <= 2**top
    coefficient : float64[k]        k >= 32
    start : int64[slices + 1]       where each eight lanes begin
    run : int32[8 slices]           which run each lane is; lanes without one have len(total) - 1
    few, near : bool                as in `add_slice`
    top : int                       from -900 to 1000
    total : float64[m + 1]          filled in
    deep : bool[m + 1]              set where rows reach below 103 bits: that total is wrong
    """
    digits, found = np.empty(3 * LANES, dtype=np.int64), np.empty(LANES)
    for s in range(start.size - 1):
        n = (start[s + 1] - start[s]) // LANES
        begin = np.uint64(start[s])
        wrong = add_slice(quantity, recipe, coefficient, few, near, begin, n, top, digits, found)
        first = np.uint64(s * LANES)
        for k in range(LANES):
            total[np.uint64(run[first + np.uint64(k)])] = found[k]
        if wrong != 0:
            for k in range(LANES):
                to, high, low = run[first + np.uint64(k)], digits[k], digits[LANES + k]
                deep[to] = digits[2 * LANES + k] != 0
                over = high >> 52
                if -256 <= over < 256:
                    total[to] = rounded(high, low, top - 103, False)
                else:
                    total[to] = rounded(over, high & LOW, top - 51, low != 0)


@kernel
def lane_digits(
    quantity: NDArray[np.float64],
    coefficient: NDArray[np.float64],
    recipe: NDArray[np.integer[Any]],
    start: NDArray[np.int64],
    few: bool,
    near: bool,
    top: int,
    parts: NDArray[np.int64],
) -> None:
    """The integers of each lane, for runs that have several.

    Parameters as in `lane_totals`; parts : int64[slices, 24], filled in.
    """
    found = np.empty(LANES)
    for s in range(start.size - 1):
        n = (start[s + 1] - start[s]) // LANES
        begin = np.uint64(start[s])
        add_slice(quantity, recipe, coefficient, few, near, begin, n, top, parts[s], found)


@kernel
def total_of_parts(
    parts: NDArray[np.int64],
    run: NDArray[np.int32],
    top: int,
    total: NDArray[np.float64],
    deep: NDArray[np.bool_],
) -> None:
    """The integers of all lanes of a run added, and rounded to the nearest float64.

    Parameters
    ----------
    parts : int64[slices, 24]    from `lane_digits`
    run : int32[8 slices]        as in `lane_totals`
    top : int
    total : float64[m + 1]       filled in
    deep : bool[m + 1]           likewise
    """
    sums = np.zeros((total.size, 3), dtype=np.int64)
    for s in range(parts.shape[0]):
        for k in range(LANES):
            to = np.uint64(run[s * LANES + k])
            low = sums[to, 2] + parts[s, LANES + k]
            high = sums[to, 1] + parts[s, k] + (low >> 52)
            sums[to, 0] += high >> 52
            sums[to, 1], sums[to, 2] = high & LOW, low & LOW
            deep[to] |= parts[s, 2 * LANES + k] != 0
    for r in range(total.size):
        over, high, low = sums[r]
        if -256 <= over < 256:
            total[r] = rounded((over << 52) + high, low, top - 103, False)
        else:
            total[r] = rounded(over, high, top - 51, low != 0)
