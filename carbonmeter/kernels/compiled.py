"""The compiled passes over rows; imported only when a column is long enough to be worth it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from carbonmeter.kernels.jit import kernel

RADIX = 2.0**40
SIGNLESS = 0x7FFF_FFFF_FFFF_FFFF


@kernel
def magnitude_bits(bits: NDArray[np.int64]) -> NDArray[np.int64]:
    """Largest |value| and smallest non-zero |value| less one, both as bit patterns.

    Without its sign a float64 orders like the integer of its bits; zero less one wraps to the top.

    Parameters
    ----------
    bits : int64[n]    a float64 column viewed as integers
    """
    largest, smallest = np.int64(0), np.int64(SIGNLESS)
    for i in range(bits.size):
        size = bits[i] & SIGNLESS
        largest = max(largest, size)
        smallest = min(smallest, (size - 1) & SIGNLESS)
    return np.array([largest, smallest])


@kernel
def scatter(
    values: NDArray[np.float64],
    segment: NDArray[np.signedinteger[Any]],
    scale: float,
    first: int,
    state: NDArray[np.int64],
) -> None:
    """Add the three 40-bit digits of each value into its segment.

    Parameters
    ----------
    values : float64[n]                  |value| * scale < 2**40; n <= 2**22 between two carries
    segment : int[n]                     0 <= segment < len(state)
    scale : float                        a power of two
    first : int                          column of the highest of the three digits
    state : int64[n_segments, digits]    changed in place
    """
    for i in range(values.size):
        x = values[i] * scale
        high = np.int64(x)
        x = (x - high) * RADIX
        middle = np.int64(x)
        low = np.int64((x - middle) * RADIX)
        s = segment[i]
        state[s, first] += high
        state[s, first + 1] += middle
        state[s, first + 2] += low


@kernel
def weighted_scatter(
    quantity: NDArray[np.float64],
    coefficient: NDArray[np.float64],
    recipe: NDArray[np.signedinteger[Any]],
    segment: NDArray[np.signedinteger[Any]],
    scale: float,
    state: NDArray[np.int64],
) -> None:
    """`scatter` of quantity * coefficient[recipe], without a column of products.

    Parameters
    ----------
    quantity : float64[n]                |product| * scale < 2**40; n <= 2**22 between two carries
    coefficient : float64[k]
    recipe : int[n]                      0 <= recipe < k
    segment : int[n]                     0 <= segment < len(state)
    scale : float                        a power of two
    state : int64[n_segments, digits]    changed in place
    """
    for i in range(quantity.size):
        # Two steps: the product is rounded to float64 first, as NumPy would round it.
        product = quantity[i] * coefficient[recipe[i]]
        x = product * scale
        high = np.int64(x)
        x = (x - high) * RADIX
        middle = np.int64(x)
        low = np.int64((x - middle) * RADIX)
        s = segment[i]
        state[s, 1] += high
        state[s, 2] += middle
        state[s, 3] += low
