"""The inner loop over runs that stand side by side, written as instructions on vectors."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import Any

from carbonmeter.kernels.jit import Machine, instructions
from carbonmeter.kernels.vectors import LANES, SIGNLESS, Vectors

AHEAD = 1024  # rows: two pages of quantities; at their ends processors stop reading ahead
FEW = 32  # coefficients that vectors of some machines hold: then nothing is fetched from memory
LOW = (1 << 52) - 1
FULL = 1 << 53  # integers below it are exact as float64


class Rows:
    """The loop over rows of eight lanes, and what it adds up."""

    def __init__(
        self, write: Vectors, columns: tuple[Any, Any, Any], start: Any, n: Any, top: Any
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
        return self.write.fetched(self.coefficient, self._codes(at))

    def _codes(self, at: Any) -> Iterator[Any]:
        """Eight recipes as integers: those of a byte come in one word, to be read at once."""
        write, build = self.write, self.build
        if self.recipe.type.pointee.width > 8:
            yield from (write.index(self.recipe, at, k) for k in range(LANES))
            return
        place = build.bitcast(build.gep(self.recipe, [at]), write.int64.as_pointer())
        word = build.load(place)
        word.align = 1
        for k in range(LANES):
            byte = LANES - 1 - k if sys.byteorder == "big" else k
            shifted = build.lshr(word, write.integer(8 * byte))
            yield build.and_(shifted, write.integer(255))


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
    write = Vectors(machine)
    build, integers, numbers = machine.build, write.integers, write.numbers
    rows = Rows(write, (quantity, recipe, coefficient), start, n, top)
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
    write.store(build.fadd(larger, smaller), total, write.integer(0))
    for k, part in enumerate((high, low, below)):
        write.store(part, digits, write.integer(LANES * k))
    size = build.add(high, write.integers_of(FULL))
    wrong = build.or_(below, build.lshr(size, write.integers_of(54)))
    wrong = build.icmp_unsigned("!=", wrong, write.integers_of(0))
    return build.zext(build.bitcast(wrong, machine.ir.IntType(LANES)), write.int64)
