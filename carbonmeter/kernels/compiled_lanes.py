"""The compiled passes over runs that stand side by side, one in each lane of a vector."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from carbonmeter.kernels.compiled import rounded
from carbonmeter.kernels.jit import Machine, instructions, kernel

LANES = 8  # of a vector
AHEAD = 1024  # rows: two pages of quantities; at their ends processors stop reading ahead
FEW = 32  # coefficients that vectors of some machines hold: then nothing is fetched from memory
LOW = (1 << 52) - 1
FULL = 1 << 53  # integers below it are exact as float64
SIGNLESS = 0x7FFF_FFFF_FFFF_FFFF


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


@instructions
def add_slice(
    machine: Machine,
    quantity: Any,
    recipe: Any,
    coefficient: Any,
    few: Any,
    near: Any,
    start: Any,
    n: Any,
    top: Any,
    digits: Any,
    total: Any,
) -> Any:
    """The sums of eight lanes, each as two integers and as the nearest float64.

    A product is cut into two numbers as `run_sums` does it; but every lane is a run of its own,
    so that nothing is added across lanes, and eight sums are rounded as one: an integer below
    2**53 is exact as float64, and what the processor then adds is rounded once.

    Parameters
    ----------
    quantity : float64[N]
    recipe : uint[N]
    coefficient : float64[k]         k >= 32
    few : bool                       whether every recipe is below 32
    near : bool                      whether 2**9 of what the first cut leaves of products add up
                                     without rounding
    start : uint64                   the first row
    n : int64                        rows of each lane, at most 2**9
    top : int64                      |product| <= 2**top
    digits : int64[24]               filled in: units 2**(top - 51), then 2**(top - 103); then not
                                     zero where the lane reaches below them
    total : float64[8]               filled in: right where the first integer is small enough and
                                     nothing lies below both

    Returns
    -------
    int64                            not zero if a total is not right
    """
    write = _Vectors(machine)
    build, integers, numbers = machine.build, write.integers, write.numbers
    rows = _Rows(write, (quantity, recipe, coefficient), start, n, top)
    with build.if_else(near) as (then, other):
        with then:
            rows.add(few, rows.cut_once)
            rest = build.fmul(build.load(rows.rest), write.power(103, top, -1))
            build.store(build.fptosi(rest, integers), rows.low)
        with other:
            rows.add(few, rows.cut_twice)
            build.store(rows.without(rows.low, rows.second), rows.low)
    high, low = rows.without(rows.high, rows.first), build.load(rows.low)
    high = build.add(high, build.ashr(low, write.integers_of(52)))
    low = build.and_(low, write.integers_of(LOW))
    below = build.and_(build.load(rows.below), write.integers_of(SIGNLESS))
    larger = build.fmul(build.sitofp(high, numbers), write.power(-51, top))
    smaller = build.fmul(build.sitofp(low, numbers), write.power(-103, top))
    write.store(build.fadd(larger, smaller), total, 0)
    for k, part in enumerate((high, low, below)):
        write.store(part, digits, LANES * k)
    size = build.add(high, write.integers_of(FULL))
    wrong = build.or_(below, build.lshr(size, write.integers_of(54)))
    wrong = build.icmp_unsigned("!=", wrong, write.integers_of(0))
    return build.zext(build.bitcast(wrong, machine.ir.IntType(LANES)), write.int64)


class _Vectors:
    """Instructions on eight integers or eight numbers."""

    def __init__(self, machine: Machine) -> None:
        self.build, self.ir, self.helpers = machine.build, machine.ir, machine.helpers
        self.holds_many = "+avx512f" in machine.features
        self.int64, self.double = self.ir.IntType(64), self.ir.DoubleType()
        self.integers = self.ir.VectorType(self.int64, LANES)
        self.numbers = self.ir.VectorType(self.double, LANES)

    def integer(self, value: int) -> Any:
        return self.ir.Constant(self.int64, value)

    def integers_of(self, value: int) -> Any:
        return self.ir.Constant(self.integers, [value] * LANES)

    def splat(self, value: Any, kind: Any) -> Any:
        """The same in every lane."""
        blank = self.ir.Constant(kind, self.ir.Undefined)
        place = self.ir.Constant(self.ir.VectorType(self.ir.IntType(32), LANES), [0] * LANES)
        one = self.build.insert_element(blank, value, self.integer(0))
        return self.build.shuffle_vector(one, blank, place)

    def power(self, offset: int, top: Any, sign: int = 1, times: float = 1.0) -> Any:
        """2**(offset + sign top), times a small constant, in every lane."""
        signed = self.build.mul(top, self.integer(sign))
        field = self.build.add(signed, self.integer(1023 + offset))
        one = self.build.bitcast(self.build.shl(field, self.integer(52)), self.double)
        one = self.build.fmul(one, self.ir.Constant(self.double, times))
        return self.splat(one, self.numbers)

    def variable(self, kind: Any) -> Any:
        zero = self.ir.Constant(kind, [0] * LANES)
        return self.helpers.alloca_once_value(self.build, zero)

    def neighbours(self, address: Any, at: Any, kind: Any, align: int) -> Any:
        place = self.build.bitcast(self.build.gep(address, [at]), kind.as_pointer())
        found = self.build.load(place)
        found.align = align
        return found

    def ask_for(self, address: Any, at: Any) -> None:
        """Let memory that will be needed be brought near; it need not exist."""
        byte, flag = self.ir.IntType(8).as_pointer(), self.ir.IntType(32)
        kind = self.ir.FunctionType(self.ir.VoidType(), [byte, flag, flag, flag])
        read, near, data = (self.ir.Constant(flag, value) for value in (0, 3, 1))
        place = self.build.bitcast(self.build.gep(address, [at]), byte)
        fetch = self.build.module.declare_intrinsic("llvm.prefetch", [byte], kind)
        self.build.call(fetch, [place, read, near, data])

    def store(self, vector: Any, address: Any, at: int) -> None:
        place = self.build.gep(address, [self.integer(at)])
        self.build.store(vector, self.build.bitcast(place, vector.type.as_pointer())).align = 8


class _Rows:
    """The loop over rows of eight lanes, and what it adds up."""

    def __init__(
        self, write: _Vectors, columns: tuple[Any, Any, Any], start: Any, n: Any, top: Any
    ) -> None:
        self.write, self.build = write, write.build
        self.quantity, self.recipe, self.coefficient = columns
        self.start, self.n = start, n
        self.first, self.second = write.power(1, top, 1, 1.5), write.power(-51, top, 1, 1.5)
        self.high, self.low, self.below = (write.variable(write.integers) for _ in range(3))
        self.rest = write.variable(write.numbers)

    def add(self, few: Any, cut: Callable[[Any], None]) -> None:
        if not self.write.holds_many:
            self._loop(self._fetched, cut)
            return
        with self.build.if_else(few) as (then, other):
            with then:
                self._loop(self._held(), cut)
            with other:
                self._loop(self._fetched, cut)

    def cut_once(self, product: Any) -> None:
        """The upper part as an integer; what is left of it as a number."""
        left = self._cut(product, self.first, self.high)
        self.build.store(self.build.fadd(self.build.load(self.rest), left), self.rest)

    def cut_twice(self, product: Any) -> None:
        """Both as integers; and whether anything is left of them."""
        left = self._cut(self._cut(product, self.first, self.high), self.second, self.low)
        left = self.build.bitcast(left, self.write.integers)
        self.build.store(self.build.or_(self.build.load(self.below), left), self.below)

    def without(self, digits: Any, cut: Any) -> Any:
        """The sum of digits without what was added to cut them off."""
        times = self.write.splat(self.n, self.write.integers)
        added = self.build.mul(times, self.build.bitcast(cut, self.write.integers))
        return self.build.sub(self.build.load(digits), added)

    def _cut(self, value: Any, cut: Any, digits: Any) -> Any:
        """Adds the digit to `digits`; what is left of the value."""
        build = self.build
        large = build.fadd(value, cut)
        digit = build.bitcast(large, self.write.integers)
        build.store(build.add(build.load(digits), digit), digits)
        return build.fsub(value, build.fsub(large, cut))

    def _loop(self, weight: Callable[[Any], Any], cut: Callable[[Any], None]) -> None:
        """`cut` of every product; `weight` gives the coefficients of eight rows from one on."""
        write, build = self.write, self.build
        with write.helpers.for_range(build, self.n) as each:
            at = build.add(self.start, build.mul(each.index, write.integer(LANES)))
            later = build.add(at, write.integer(AHEAD))
            write.ask_for(self.quantity, later)
            write.ask_for(self.recipe, later)
            amount = write.neighbours(self.quantity, at, write.numbers, 8)
            cut(build.fmul(amount, weight(at)))  # rounded before it is cut, as NumPy does it

    def _held(self) -> Callable[[Any], Any]:
        """Coefficients out of vectors that hold them all: a choice of 16, twice."""
        write, build = self.write, self.build
        numbers, integers = write.numbers, write.integers
        four = [
            write.neighbours(self.coefficient, write.integer(LANES * k), numbers, 8)
            for k in range(FEW // LANES)
        ]
        kind = write.ir.FunctionType(numbers, [numbers, integers, numbers])
        name = "llvm.x86.avx512.vpermi2var.pd.512"
        choose = write.helpers.get_or_insert_function(build.module, kind, name)

        codes = write.ir.VectorType(self.recipe.type.pointee, LANES)

        def weight(at: Any) -> Any:
            code = build.zext(write.neighbours(self.recipe, at, codes, 1), integers)
            lower = build.call(choose, [four[0], code, four[1]])
            upper = build.call(choose, [four[2], code, four[3]])
            beyond = build.icmp_unsigned(">=", code, write.integers_of(16))
            return build.select(beyond, upper, lower)

        return weight

    def _fetched(self, at: Any) -> Any:
        """Coefficients out of memory, one by one."""
        write, build = self.write, self.build
        found = write.ir.Constant(write.numbers, write.ir.Undefined)
        for k, code in enumerate(self._codes(at)):
            one = build.load(build.gep(self.coefficient, [code]))
            found = build.insert_element(found, one, write.integer(k))
        return found

    def _codes(self, at: Any) -> Iterator[Any]:
        """Eight recipes as integers: those of a byte come in one word, to be read at once."""
        write, build = self.write, self.build
        if self.recipe.type.pointee.width > 8:
            for k in range(LANES):
                place = build.gep(self.recipe, [build.add(at, write.integer(k))])
                yield build.zext(build.load(place), write.int64)
            return
        place = build.bitcast(build.gep(self.recipe, [at]), write.int64.as_pointer())
        word = build.load(place)
        word.align = 1
        for k in range(LANES):
            byte = LANES - 1 - k if sys.byteorder == "big" else k
            shifted = build.lshr(word, write.integer(8 * byte))
            yield build.and_(shifted, write.integer(255))


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
