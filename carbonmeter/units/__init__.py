"""Units are a border control: texts are checked and columns converted here, once, at the door.

Inside, columns are plain float64 in declared units. Scales come from exact rational arithmetic;
pint is loaded only for `parse` and `quantity`, the conversation at a prompt.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from carbonmeter.errors import SHOWN, UnitError
from carbonmeter.units.definitions import Refusal
from carbonmeter.units.exact import Measure, clash, measure
from carbonmeter.units.grammar import terms_of

if TYPE_CHECKING:
    import pint

__all__ = [
    "Column",
    "parse",
    "problem_of",
    "quantity",
    "read_quantity",
    "same_dimension",
    "scale",
    "strip",
]

Column = NDArray[np.float64]

_QUANTITY = re.compile(r"([+-]?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?) ?(.*)")


@lru_cache(maxsize=4096)
def problem_of(text: str, wanted: str | None = None) -> tuple[str, str] | None:
    """What is wrong with a unit text and its cure; None if it can be used.

    Parameters
    ----------
    text : str                 the unit as the user wrote it
    wanted : str, optional     the unit it must convert to

    Examples
    --------
    >>> problem_of("MWH")
    ('unknown unit', 'did you mean MWh?')
    >>> problem_of("万kWh", "MWh") is None
    True
    """
    given = measure(text)
    if isinstance(given, Refusal):
        return given.rule, given.cure
    if wanted is None:
        return None
    target = _measure(wanted)
    if given.dimension == target.dimension:
        return None
    rule, cure = clash(text, given, wanted, target)
    return rule, cure


@lru_cache(maxsize=4096)
def scale(given: str, wanted: str) -> float:
    """The number that turns a value in `given` into one in `wanted`, rounded once.

    Raises
    ------
    UnitError                  unknown or refused text; different dimension or substance;
                               degC against K, which differ by more than a factor

    Examples
    --------
    >>> scale("万吨", "t"), scale("tC/TJ", "tC/GJ"), scale("tce", "GJ")
    (10000.0, 0.001, 29.3076)
    """
    problem = problem_of(given, wanted)
    if problem is not None:
        raise _error(given, *problem)
    return float(_measure(given).factor / _measure(wanted).factor)


def strip(
    values: Column, codes: NDArray[np.integer[Any]], labels: Sequence[str], wanted: str
) -> Column:
    """A column of mixed units as a plain column in one unit; one scale per distinct text.

    Parameters
    ----------
    values : float64[n]        each in the unit labels[codes]
    codes : integer[n]         0 <= codes < len(labels)
    labels : texts             those that no code points to are not read
    wanted : str

    Returns
    -------
    float64[n], wanted

    Raises
    ------
    UnitError                  naming every label that cannot be converted

    Examples
    --------
    >>> strip(np.array([1.0, 2.0, 3.0]), np.array([0, 1, 0]), ["t", "万t"], "t").tolist()
    [1.0, 20000.0, 3.0]
    """
    used = np.bincount(codes, minlength=len(labels)) > 0
    asked = [label for label, is_used in zip(labels, used, strict=True) if is_used]
    problems = {label: problem for label in asked if (problem := problem_of(label, wanted))}
    if problems:
        shown = [str(_error(label, *problem)) for label, problem in problems.items()]
        hidden = [f"… and {len(shown) - SHOWN} more"] if len(shown) > SHOWN else []
        raise UnitError("\n".join(shown[:SHOWN] + hidden))
    scales = np.full(len(labels), np.nan)
    scales[used] = [scale(label, wanted) for label in asked]
    stripped: Column = values * scales[codes]
    return stripped


def same_dimension(a: str, b: str) -> bool:
    """Whether a factor leads from one unit to the other.

    Examples
    --------
    >>> same_dimension("tce", "MWh"), same_dimension("tC", "tCO2"), same_dimension("m3", "Nm3")
    (True, False, False)
    """
    return _measure(a).dimension == _measure(b).dimension


@lru_cache(maxsize=4096)
def parse(text: str) -> pint.Unit:
    """The pint unit of a text.

    Raises
    ------
    UnitError                  unknown or refused text, with its cure

    Examples
    --------
    >>> str(parse("tCO2/MWh"))
    'tCO2 / MWh'
    """
    from carbonmeter.units.registry import unit_of

    terms = terms_of(text)
    if isinstance(terms, Refusal):
        raise _error(text, terms.rule, terms.cure)
    return unit_of(terms)


def quantity(value: float | Column, text: str) -> pint.Quantity[Any]:
    """A number or column with its unit, for a conversation at a prompt or a dressed run.

    Examples
    --------
    >>> float(quantity(3.6, "GJ").m_as("MWh"))
    1.0
    """
    from carbonmeter.units.registry import registry

    return registry().Quantity(value, parse(text))


def read_quantity(text: str) -> tuple[float, str]:
    """The number and the unit of a text such as `0.42 tC/t`.

    Raises
    ------
    UnitError                  no number, no unit, or a unit that cannot be used

    Examples
    --------
    >>> read_quantity("0.42 tC/t")
    (0.42, 'tC/t')
    """
    match = _QUANTITY.fullmatch(text) if len(text) <= 128 else None
    if match is None:
        raise _error(text, "is not a number with a unit", "write it as '0.42 tC/t'")
    number, unit = match.groups()
    if not unit:
        raise _error(text, "a number without a unit", f"write '{number} 1' if it is a pure number")
    value = float(number)
    if np.isinf(value):
        raise _error(text, "is larger than a double can hold", "use a larger unit")
    problem = problem_of(unit)
    if problem is not None:
        raise _error(unit, *problem)
    return value, unit


def _measure(text: str) -> Measure:
    found = measure(text)
    if isinstance(found, Refusal):
        raise _error(text, found.rule, found.cure)
    return found


def _error(text: str, rule: str, cure: str) -> UnitError:
    shown = text if len(text) <= 64 else text[:61] + "..."
    return UnitError(f"{UnitError.code}: unit {shown!r}: {rule}; {cure}")
