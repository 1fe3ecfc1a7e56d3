"""Instructions on vectors of eight, for passes that no compiler finds in a loop."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from carbonmeter.kernels.jit import Machine

LANES = 8
SIGNLESS = 0x7FFF_FFFF_FFFF_FFFF


class Vectors:
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

    def index(self, column: Any, at: Any, k: int) -> Any:
        """Element at + k of a column of codes, which are not negative."""
        place = self.build.gep(column, [self.build.add(at, self.integer(k))])
        found = self.build.load(place)
        return found if found.type == self.int64 else self.build.zext(found, self.int64)

    def fetched(self, table: Any, places: Iterable[Any]) -> Any:
        """Eight numbers of a table, one by one."""
        found = self.ir.Constant(self.numbers, self.ir.Undefined)
        for k, place in enumerate(places):
            one = self.build.load(self.build.gep(table, [place]))
            found = self.build.insert_element(found, one, self.integer(k))
        return found

    def two(self, one: Any, other: Any, k: int) -> Any:
        """Element k of both vectors, side by side."""
        place = self.ir.Constant(self.ir.VectorType(self.ir.IntType(32), 2), [k, LANES + k])
        return self.build.shuffle_vector(one, other, place)

    def store(self, vector: Any, address: Any, at: Any) -> None:
        place = self.build.gep(address, [at])
        self.build.store(vector, self.build.bitcast(place, vector.type.as_pointer())).align = 8
