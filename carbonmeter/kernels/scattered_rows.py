"""Eight rows added to their segments, written as instructions on vectors.

Both digits of a segment stand side by side, so that one load, one addition and one store serve
them: half of what a loop is compiled to.
"""

from __future__ import annotations

from typing import Any

from carbonmeter.kernels.jit import Machine, instructions
from carbonmeter.kernels.vectors import LANES, SIGNLESS, Vectors


@instructions
def add_values(
    machine: Machine,
    values: Any,
    segment: Any,
    at: Any,
    far: Any,
    later: Any,
    first: Any,
    second: Any,
    largest: Any,
    pair: Any,
) -> Any:
    """Add the two digits of eight values into their segments.

    Parameters
    ----------
    values : float64[n]
    segment : int[n]
    at : uint64                      the first row
    far : bool                       whether the pairs of eight later rows are to be brought near
    later : uint64                   the first of these
    first, second : float64          what cuts the digits off, as in `compiled.scatter`
    largest : int64[8]               raised to the bits of |value|, which order as values do
    pair : int64[n_segments, 2]      changed in place

    Returns
    -------
    int64                            bit k is set where row at + k reaches below both digits
    """
    write = Vectors(machine)
    _ask(write, segment, far, later, pair)
    found = write.neighbours(values, at, write.numbers, 8)
    return _add(write, found, segment, at, (first, second), largest, pair)


@instructions
def add_products(
    machine: Machine,
    quantity: Any,
    coefficient: Any,
    recipe: Any,
    segment: Any,
    at: Any,
    far: Any,
    later: Any,
    first: Any,
    second: Any,
    largest: Any,
    pair: Any,
) -> Any:
    """`add_values` of quantity * coefficient[recipe], each rounded to float64 before it is cut."""
    write = Vectors(machine)
    _ask(write, segment, far, later, pair)
    amount = write.neighbours(quantity, at, write.numbers, 8)
    weight = write.fetched(coefficient, (write.index(recipe, at, k) for k in range(LANES)))
    product = write.build.fmul(amount, weight)
    return _add(write, product, segment, at, (first, second), largest, pair)


@instructions
def square_products(
    machine: Machine,
    quantity: Any,
    relative: Any,
    coefficient: Any,
    recipe: Any,
    at: Any,
    out: Any,
) -> Any:
    """Eight squares of quantity * relative * coefficient[recipe], as NumPy rounds them.

    Parameters
    ----------
    quantity, relative : float64[n]
    coefficient : float64[k]
    recipe : int[n]
    at : uint64                      the first row
    out : float64[n]                 filled in from there on

    Returns
    -------
    int64                            0
    """
    write = Vectors(machine)
    product = write.fetched(coefficient, (write.index(recipe, at, k) for k in range(LANES)))
    error = (write.neighbours(column, at, write.numbers, 8) for column in (quantity, relative))
    product = write.build.fmul(write.build.fmul(*error), product)
    write.store(write.build.fmul(product, product), out, at)
    return write.integer(0)


def _ask(write: Vectors, segment: Any, far: Any, later: Any, pair: Any) -> None:
    with write.build.if_then(far):
        for k in range(LANES):
            place = write.index(segment, later, k)
            write.ask_for(pair, write.build.mul(place, write.integer(2)))


def _add(
    write: Vectors,
    value: Any,
    segment: Any,
    at: Any,
    cuts: tuple[Any, Any],
    largest: Any,
    pair: Any,
) -> Any:
    build, digits = write.build, []
    size = build.bitcast(value, write.integers)
    size = build.and_(size, write.integers_of(SIGNLESS))
    before = write.neighbours(largest, write.integer(0), write.integers, 8)
    larger = build.select(build.icmp_signed(">", size, before), size, before)
    write.store(larger, largest, write.integer(0))
    for cut in (write.splat(each, write.numbers) for each in cuts):
        large = build.fadd(value, cut)
        base = build.bitcast(cut, write.integers)
        digits.append(build.sub(build.bitcast(large, write.integers), base))
        value = build.fsub(value, build.fsub(large, cut))
    for k in range(LANES):
        place = build.mul(write.index(segment, at, k), write.integer(2))
        both = write.two(digits[0], digits[1], k)
        before = write.neighbours(pair, place, both.type, 8)
        write.store(build.add(before, both), pair, place)
    zero = write.ir.Constant(write.numbers, [0.0] * LANES)
    left = build.fcmp_ordered("!=", value, zero)
    return build.zext(build.bitcast(left, write.ir.IntType(LANES)), write.int64)
