"""The compiled passes over rows; imported only when a column is long enough to be worth it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from carbonmeter.kernels.jit import kernel

RADIX = 2.0**40
MASK = (1 << 40) - 1
SIGNLESS = 0x7FFF_FFFF_FFFF_FFFF


@kernel
def magnitude_bits(bits: NDArray[np.int64]) -> NDArray[np.int64]:
    """Largest |value|, and smallest non-zero |value| less one, both as bit patterns.

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
    state: NDArray[np.int64],
) -> None:
    """Add the 40-bit digits of each value into its segment.

    Parameters
    ----------
    values : float64[n]                  |value| * scale < 2**40; n <= 2**22 between two carries
    segment : int[n]                     0 <= segment < len(state)
    scale : float                        a power of two
    state : int64[n_segments, digits]    changed in place
    """
    for i in range(values.size):
        x = values[i] * scale
        high = np.int64(x)
        x = (x - high) * RADIX
        middle = np.int64(x)
        x = (x - middle) * RADIX
        low = np.int64(x)
        s = segment[i]
        state[s, 1] += high
        state[s, 2] += middle
        state[s, 3] += low
        x -= low
        if x != 0.0:  # rare: the row reaches below the three digits
            for k in range(4, state.shape[1]):
                x *= RADIX
                digit = np.int64(x)
                state[s, k] += digit
                x -= digit


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
        x = (x - middle) * RADIX
        low = np.int64(x)
        s = segment[i]
        state[s, 1] += high
        state[s, 2] += middle
        state[s, 3] += low
        x -= low
        if x != 0.0:
            for k in range(4, state.shape[1]):
                x *= RADIX
                digit = np.int64(x)
                state[s, k] += digit
                x -= digit


@kernel
def add_rows(
    part: NDArray[np.int64], place: NDArray[np.signedinteger[Any]], state: NDArray[np.int64]
) -> None:
    """Add row i of `part` to row place[i] of `state`.

    Parameters
    ----------
    part : int64[m, digits]
    place : int[m]              0 <= place < len(state)
    state : int64[n, digits]    changed in place
    """
    for i in range(part.shape[0]):
        for k in range(part.shape[1]):
            state[place[i], k] += part[i, k]


@kernel
def leading(state: NDArray[np.int64], bits: NDArray[np.int64], index: NDArray[np.int64]) -> None:
    """The leading 62 bits of each sum, signed, and where they begin; see `exact.leading`.

    Parameters
    ----------
    state : int64[n_segments, digits]    carried; not changed
    bits, index : int64[n_segments]      filled in
    """
    n = state.shape[1]
    digits = np.zeros(n + 2, dtype=np.int64)
    for s in range(state.shape[0]):
        sign = np.int64(-1) if state[s, 0] < 0 else np.int64(1)
        up = np.int64(0)
        for k in range(n - 1, 0, -1):
            up += sign * state[s, k]
            digits[k] = up & MASK
            up >>= 40
        digits[0] = up + sign * state[s, 0]
        lead = 0
        while lead < n - 1 and digits[lead] == 0:
            lead += 1
        # The exponent of the leading digit as a float64 is the number of its bits.
        gap = 40 - ((np.float64(max(digits[lead], 1)).view(np.int64) >> 52) - 1022)
        d1, d2 = digits[lead + 1], digits[lead + 2]
        high = (digits[lead] << gap) | (d1 >> (40 - gap))
        low = ((d1 << gap) & MASK) | (d2 >> (40 - gap))
        below = (low & (MASK >> 22)) | ((d2 << gap) & MASK)
        for k in range(lead + 3, n):
            below |= digits[k]
        bits[s] = sign * ((high << 22) | (low >> 18) | np.int64(below != 0))
        index[s] = 40 * lead + gap
