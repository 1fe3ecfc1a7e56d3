"""The `kernel` decorator: the only mention of numba."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import ParamSpec, TypeVar, cast

P = ParamSpec("P")
R = TypeVar("R")


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
