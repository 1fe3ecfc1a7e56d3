"""Every formula, called with quantities, equals its plain value in the declared unit."""

from __future__ import annotations

import pytest

from carbonmeter.methods import METHODS, Method
from carbonmeter.units import parse, quantity
from tests.helpers import dressed


@pytest.mark.parametrize("method", METHODS.values(), ids=lambda m: m.name)
def test_formula_is_the_same_with_its_units_on(method: Method) -> None:
    plain = {method.quantity: 0.7}
    worn = {method.quantity: quantity(0.7, method.quantity_unit)}
    for i, (name, parameter) in enumerate(method.parameters.items(), 1):
        plain[name] = 0.1 + 0.2 * i
        worn[name] = quantity(plain[name], parameter.unit)
    got = dressed(method.formula)(**worn).m_as(parse(method.output.unit))
    assert got == pytest.approx(method.formula(**plain), rel=1e-12)
