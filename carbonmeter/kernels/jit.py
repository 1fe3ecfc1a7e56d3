"""The `kernel` decorator, and what vectors it needs by name: the only mention of numba."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from importlib import import_module
from typing import Any, NamedTuple, ParamSpec, TypeVar, cast

P = ParamSpec("P")
R = TypeVar("R")


class Machine(NamedTuple):
    """What instructions are written with.

    Attributes
    ----------
    build : Any       the builder of LLVM's instructions
    ir : Any          its types and constants
    helpers : Any     loops, and functions by name
    features : str    of the processor that is compiled for, such as '+avx512f,…'
    """

    build: Any
    ir: Any
    helpers: Any
    features: str


def kernel(function: Callable[P, R]) -> Callable[P, R]:
    """The function compiled: cached on disk, without the interpreter's lock, strict in its floats.

    Where neither the package's folder nor the user's may be written, it is compiled each time.
    Never `fastmath` (it reorders sums and breaks NaN) and never `parallel`: threads belong to the
    caller. numba is imported when a kernel is declared, so modules that declare kernels are
    themselves imported on first use.
    """
    njit = import_module("numba").njit
    try:
        made = njit(cache=True, nogil=True, error_model="numpy")(function)
    except RuntimeError:  # numba found no place for its cache
        made = njit(nogil=True, error_model="numpy")(function)
    return cast("Callable[P, R]", made)


def instructions(write: Callable[..., Any]) -> Callable[..., int]:
    """A function for kernels that returns an int64, written instruction by instruction.

    For inner loops that no compiler finds in a loop over rows. `write` is given a `Machine` and
    the arguments, of an array the address of its first element, and returns the result.
    """
    types = import_module("numba").types
    helpers = import_module("numba.core.cgutils")

    def typed(_: Any, *kinds: Any) -> Any:
        def written(context: Any, build: Any, signature: Any, values: Any) -> Any:
            machine = Machine(build, helpers.ir, helpers, context.codegen().magic_tuple()[2])
            arguments = (
                context.make_array(kind)(context, build, value).data
                if isinstance(kind, types.Array)
                else value
                for kind, value in zip(signature.args, values, strict=True)
            )
            return write(machine, *arguments)

        return types.int64(*kinds), written

    vars(typed)["__signature__"] = inspect.signature(write)  # what kernels may pass
    return cast("Callable[..., int]", import_module("numba.extending").intrinsic(typed))
