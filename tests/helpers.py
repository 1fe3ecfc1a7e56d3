"""What the tests of several parts lean on."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from types import FunctionType
from typing import Any

import pytest

from carbonmeter.constants import Constant
from carbonmeter.units import quantity


def printed(text: str) -> Any:
    """A number as its source prints it: true to half a unit of the last digit."""
    exponent = Decimal(text).as_tuple().exponent
    return pytest.approx(float(text), rel=0, abs=0.5 * 10.0**exponent)


def dressed(formula: Callable[..., Any]) -> Callable[..., Any]:
    """The same formula with its constants as quantities, ready to be called with quantities.

    Functions of the same module that the formula calls are dressed with it.
    """
    return _dressed(formula, {})


def _dressed(
    formula: Callable[..., Any], made: dict[Callable[..., Any], Callable[..., Any]]
) -> Any:
    if formula in made:
        return made[formula]
    world: dict[str, Any] = {}
    twin = FunctionType(
        formula.__code__, world, formula.__name__, formula.__defaults__, formula.__closure__
    )
    twin.__kwdefaults__ = formula.__kwdefaults__
    made[formula] = twin
    for name, x in formula.__globals__.items():
        if isinstance(x, Constant):
            world[name] = quantity(float(x), x.unit)
        elif isinstance(x, FunctionType) and x.__module__ == formula.__module__:
            world[name] = _dressed(x, made)
        else:
            world[name] = x
    return twin
