"""The compiled passes over rows; imported only when a column is long enough to be worth it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from carbonmeter.kernels.jit import kernel
from carbonmeter.kernels.scattered_rows import add_products, add_values

RADIX = 2.0**40
AHEAD = 64  # rows: where pairs lie far apart, those of later rows are asked for in time
FAR = 1 << 15  # pairs that the nearer caches hold
EIGHT = 8  # rows that are added at once
CHUNK = 1024  # rows between two looks at the list of those that have more than two digits
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
def rounded(high: np.int64, low: np.int64, unit: int, more: bool | np.bool) -> float:
    """(high * 2**52 + low) * 2**unit as the nearest float64 (ties to even).

    Parameters
    ----------
    high : int64      |high| <= 2**60
    low : int64       0 <= low < 2**52
    unit : int        the result, if not zero, is normal
    more : bool       whether bits below `low` are set
    """
    # The exponent of |high| as a float64 is the number of its bits, or one more.
    length = int(np.float64(abs(high)).view(np.int64) >> 52) - 1022
    up = min(52, 61 - max(length, 0))
    bits = (high << up) | (low >> (52 - up))
    # What lies below 61 bits can only tell a tie from no tie: it is kept as the last bit.
    if more or (low & ((np.int64(1) << (52 - up)) - 1)) != 0:
        bits |= 1
    return np.float64(bits) * np.int64((unit + 52 - up + 1023) << 52).view(np.float64)


@kernel
def deepen(
    value: float, first: float, second: float, scale: float, s: np.uint64, state: NDArray[np.int64]
) -> bool:
    """Add what lies below the two digits of a value to the digits of segment s; False if some is
    left of it for which there are none.

    Parameters
    ----------
    value : float                        as in `scatter`
    first, second : float                likewise
    scale : float                        what brings 2**top to 2**40
    s : uint64
    state : int64[n_segments, digits]    changed in place
    """
    x = value - ((value + first) - first)
    x = (x - ((x + second) - second)) * scale * RADIX
    k = np.uint64(3)
    while x != 0.0 and k < state.shape[1]:
        x *= RADIX
        digit = np.int64(x)
        state[s, k] += digit
        x -= digit
        k += np.uint64(1)
    return x == 0.0


@kernel
def cuts(top: int, width: int) -> tuple[float, float]:
    """What cuts the digits of a value off: added to it, it rounds to the wanted unit.

    Its last bit has that unit, and the bits of a float64 in one binade count up by one per unit.
    No conversion is as quick.
    """
    first = np.float64(np.int64((top - width + 52 + 1023) << 52).view(np.float64) * 1.5)
    return first, np.float64(first * np.int64((1022 - width) << 52).view(np.float64))


@kernel
def add_value(x: float, s: np.uint64, first: float, second: float, pair: NDArray[np.int64]) -> bool:
    """`add_values` of one value; whether it reaches below both digits."""
    large = x + first
    pair[s, 0] += np.float64(large).view(np.int64) - np.float64(first).view(np.int64)
    x -= large - first
    large = x + second
    pair[s, 1] += np.float64(large).view(np.int64) - np.float64(second).view(np.int64)
    return x != large - second


@kernel
def scatter(
    values: NDArray[np.float64],
    segment: NDArray[np.signedinteger[Any]],
    top: int,
    width: int,
    pair: NDArray[np.int64],
    state: NDArray[np.int64],
    deep: NDArray[np.bool_],
) -> int:
    """Add the two digits of each value into its segment, and mark those that reach below them.

    Parameters
    ----------
    values : float64[n]                  |value| <= 2**top; n <= 2**(62 - width)
    segment : int[n]                     0 <= segment < len(state)
    top : int                            from -900 to 1000
    width : int                          from 41 to 45
    pair : int64[n_segments, 2]          units 2**(top - width), 2**(top - 2 width - 1); changed
    state : int64[n_segments, digits]    takes what lies below them, on the grid of `top`; changed
    deep : bool[n_segments]              set where it has taken something

    Returns
    -------
    int64                                bits of the largest |value|, to be compared with those of
                                         2**top; SIGNLESS if a value reaches below `state`
    """
    first, second = cuts(top, width)
    far, held = pair.shape[0] > FAR, True
    largest = np.zeros(EIGHT, dtype=np.int64)
    scale = np.int64((40 - top + 1023) << 52).view(np.float64)
    below, whole = np.empty(CHUNK // EIGHT + 1, dtype=np.int64), values.size // EIGHT * EIGHT
    for start in range(0, whole, CHUNK):
        count = 0
        for i in range(start, min(start + CHUNK, whole), EIGHT):
            later = np.uint64(min(i + AHEAD, whole - EIGHT))
            left = add_values(
                values, segment, np.uint64(i), far, later, first, second, largest, pair
            )
            # What more rows have is seen to later: a list costs nothing, a branch taken now and
            # then costs much.
            below[np.uint64(count)] = (i << EIGHT) + left
            count += left != 0
        for rows in below[:count]:
            for k in range(EIGHT):
                if (rows >> k) & 1:
                    i = (rows >> EIGHT) + k
                    held &= deepen(values[i], first, second, scale, np.uint64(segment[i]), state)
                    deep[segment[i]] = True
    for i in range(whole, values.size):
        s = np.uint64(segment[i])
        largest[0] = max(largest[0], np.float64(values[i]).view(np.int64) & SIGNLESS)
        if add_value(values[i], s, first, second, pair):
            held &= deepen(values[i], first, second, scale, s, state)
            deep[s] = True
    return largest.max() if held else SIGNLESS


@kernel
def weighted_scatter(
    quantity: NDArray[np.float64],
    coefficient: NDArray[np.float64],
    recipe: NDArray[np.signedinteger[Any]],
    segment: NDArray[np.signedinteger[Any]],
    top: int,
    width: int,
    pair: NDArray[np.int64],
    state: NDArray[np.int64],
    deep: NDArray[np.bool_],
) -> int:
    """`scatter` of quantity * coefficient[recipe], without a column of products.

    Parameters
    ----------
    quantity : float64[n]                |product| <= 2**top; n <= 2**(62 - width)
    coefficient : float64[k]
    recipe : int[n]                      0 <= recipe < k
    segment : int[n]                     0 <= segment < len(state)
    top : int                            from -900 to 1000
    width : int                          from 41 to 45
    pair : int64[n_segments, 2]          units 2**(top - width), 2**(top - 2 width - 1); changed
    state : int64[n_segments, digits]    takes what lies below them, on the grid of `top`; changed
    deep : bool[n_segments]              set where it has taken something

    Returns
    -------
    int64                                bits of the largest |value|, to be compared with those of
                                         2**top; SIGNLESS if a value reaches below `state`
    """
    first, second = cuts(top, width)
    far, held = pair.shape[0] > FAR, True
    largest = np.zeros(EIGHT, dtype=np.int64)
    scale = np.int64((40 - top + 1023) << 52).view(np.float64)
    below, whole = np.empty(CHUNK // EIGHT + 1, dtype=np.int64), quantity.size // EIGHT * EIGHT
    for start in range(0, whole, CHUNK):
        count = 0
        for i in range(start, min(start + CHUNK, whole), EIGHT):
            at, later = np.uint64(i), np.uint64(min(i + AHEAD, whole - EIGHT))
            left = add_products(
                quantity, coefficient, recipe, segment, at, far, later, first, second, largest, pair
            )
            below[np.uint64(count)] = (i << EIGHT) + left
            count += left != 0
        for rows in below[:count]:
            for k in range(EIGHT):
                if (rows >> k) & 1:
                    i = (rows >> EIGHT) + k
                    x = quantity[i] * coefficient[recipe[i]]
                    held &= deepen(x, first, second, scale, np.uint64(segment[i]), state)
                    deep[segment[i]] = True
    for i in range(whole, quantity.size):
        x, s = quantity[i] * coefficient[recipe[i]], np.uint64(segment[i])
        largest[0] = max(largest[0], np.float64(x).view(np.int64) & SIGNLESS)
        if add_value(x, s, first, second, pair):
            held &= deepen(x, first, second, scale, s, state)
            deep[s] = True
    return largest.max() if held else SIGNLESS


@kernel
def carry_pairs(pair: NDArray[np.int64], over: NDArray[np.int64], width: int) -> None:
    """Bring both digits of each segment into [0, 2**(width + 1)); the sign ends up in `over`.

    Parameters
    ----------
    pair : int64[n_segments, 2]    changed in place
    over : int64[n_segments]       unit 2**(top + 1); changed in place
    width : int
    """
    mask = (np.int64(1) << (width + 1)) - 1
    for s in range(over.size):
        high = pair[s, 0] + (pair[s, 1] >> (width + 1))
        pair[s, 1] &= mask
        over[s] += high >> (width + 1)
        pair[s, 0] = high & mask


@kernel
def carry_marked(state: NDArray[np.int64], marked: NDArray[np.bool_]) -> None:
    """`exact.carry` of the marked segments.

    Parameters
    ----------
    state : int64[n_segments, digits]    changed in place
    marked : bool[n_segments]
    """
    for s in range(marked.size):
        if marked[s]:
            for k in range(state.shape[1] - 1, 0, -1):
                state[s, k - 1] += state[s, k] >> 40
                state[s, k] &= MASK


@kernel
def add_pairs(
    pair: NDArray[np.int64], over: NDArray[np.int64], width: int, state: NDArray[np.int64]
) -> None:
    """Add the carried pairs to the digits of a state, whose units are 2**(top - 40 k).

    Parameters
    ----------
    pair : int64[n_segments, 2]
    over : int64[n_segments]
    width : int
    state : int64[n_segments, digits]    changed in place, not carried
    """
    more, most = width - 40, 2 * width - 79  # bits of the digits that lie in the next column
    part, parts = (np.int64(1) << more) - 1, (np.int64(1) << most) - 1
    for s in range(over.size):
        high, low = pair[s, 0], pair[s, 1]
        state[s, 0] += over[s] << 1
        state[s, 1] += high >> more
        state[s, 2] += ((high & part) << (40 - more)) + (low >> most)
        state[s, 3] += (low & parts) << (40 - most)


@kernel
def round_pairs(
    pair: NDArray[np.int64],
    over: NDArray[np.int64],
    top: int,
    width: int,
    total: NDArray[np.float64],
) -> None:
    """The carried pairs as the nearest float64 (ties to even).

    Parameters
    ----------
    pair : int64[n_segments, 2]
    over : int64[n_segments]
    top : int                       from -900 to 1000
    width : int
    total : float64[n_segments]     filled in
    """
    up, few = 51 - width, np.int64(1) << (58 - width)
    for s in range(over.size):
        high, low = pair[s, 0], pair[s, 1]
        if -few <= over[s] < few:
            whole = (over[s] << (width + 1)) + high
            total[s] = rounded(whole, low << up, top - width - 52, False)
        else:
            total[s] = rounded(over[s], high << up, top - 51, low != 0)


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
