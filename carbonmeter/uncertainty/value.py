"""`Uncertain`: a number that remembers which independent sources its uncertainty comes from."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import escape
from numbers import Real
from types import MappingProxyType
from typing import SupportsFloat, TypeAlias

from carbonmeter.errors import CarbonmeterError
from carbonmeter.uncertainty.display import joined
from carbonmeter.uncertainty.spread import coverage_factor

ROUNDING = 1e-12


@dataclass(frozen=True, eq=False)
class Source:
    """One independent cause of error; two sources are the same only if they are one object.

    `dof` None: degrees of freedom that no formula for independent sources may use.
    """

    label: str
    dof: float | None


class Uncertain:
    """A value with a standard uncertainty, propagated to first order.

    What is made by the constructor is independent of everything made before. What is computed
    keeps, per source, how far it moves when that source moves by one standard uncertainty; so
    the same source met twice adds up before it is squared, and x + x is 2 x in every respect.

    Parameters
    ----------
    value : float    the estimate
    u : float        standard uncertainty in the unit of `value`; >= 0, NaN if not stated
    dof : float      degrees of freedom of u; infinite if u is taken as known, None if not stated
    label : str      name of the source, for budgets

    Source
    ------
    JCGM 100:2008: 5.1.2 (propagation), G.4.1 (effective degrees of freedom)

    Examples
    --------
    >>> carbon = Uncertain(0.42, 0.0125, label="net anode carbon")
    >>> print(1000.0 * carbon * 44 / 12)
    1540 ± 92 (k = 2)
    """

    __slots__ = ("_parts", "label", "value")
    # NumPy scalars leave arithmetic to this class; arrays of uncertain values are refused.
    __array_ufunc__ = None

    value: float
    label: str
    _parts: Mapping[Source, float]

    def __init__(
        self,
        value: SupportsFloat,
        u: SupportsFloat = 0.0,
        dof: float | None = math.inf,
        label: str = "",
    ) -> None:
        size, estimate = float(u), float(value)
        if size < 0.0 or math.isinf(size) or (dof is not None and not dof > 0.0):
            raise CarbonmeterError(
                f"{label or 'an uncertain value'}: u = {size} with {dof} degrees of freedom;"
                " a standard uncertainty is finite and not negative, its degrees of freedom are"
                " above 0; NaN and None say that they are not stated"
            )
        if not math.isfinite(estimate):
            raise CarbonmeterError(
                f"{label or 'an uncertain value'}: {estimate} is no estimate; give a finite number"
            )
        known = None if dof is None else float(dof)
        parts = {} if size == 0.0 else {Source(label, known): size}
        self._fill(estimate, parts, label)

    def _fill(self, value: float, parts: dict[Source, float], label: str) -> None:
        object.__setattr__(self, "value", value)
        object.__setattr__(self, "label", label)
        object.__setattr__(self, "_parts", MappingProxyType(parts))

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(
            f"an Uncertain never changes; make a new one instead of setting {name}"
        )

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"an Uncertain never changes: {name} stays")

    def __copy__(self) -> Uncertain:
        return self

    def __deepcopy__(self, memo: object) -> Uncertain:
        # A copy of the sources would be independent of them, which a copy is not.
        return self

    def __reduce__(self) -> tuple[object, ...]:
        return Uncertain.of_parts, (self.value, dict(self._parts), self.label)

    @classmethod
    def of_parts(cls, value: float, parts: Mapping[Source, float], label: str = "") -> Uncertain:
        """A value that moves by `parts[s]` when source s moves by one standard uncertainty."""
        made = object.__new__(cls)
        made._fill(value, {s: c for s, c in parts.items() if c != 0.0}, label)
        return made

    @property
    def parts(self) -> Mapping[Source, float]:
        """Signed contribution of each source, in the unit of `value`."""
        return self._parts

    @property
    def u(self) -> float:
        """Standard uncertainty: the root of the sum of the squared contributions."""
        return math.hypot(*self._parts.values())

    @property
    def dof(self) -> float | None:
        """Effective degrees of freedom (Welch–Satterthwaite); infinite if all u are known.

        None where the formula does not hold: a source is correlated by statement, not by origin,
        or says nothing about its degrees of freedom.
        """
        total, inverse = self.u, 0.0
        for source, part in self._parts.items():
            if source.dof is None or math.isnan(part):
                return None
            inverse += (part / total) ** 4 / source.dof
        if len(self._parts) == 1:
            return next(iter(self._parts)).dof  # 99 stays 99, without the rounding of a ratio
        return 1.0 / inverse if inverse else math.inf

    @property
    def components(self) -> dict[str, float]:
        """The budget: contribution of each labelled source to u, largest first."""
        squares: dict[str, list[float]] = {}
        for source, part in self._parts.items():
            squares.setdefault(source.label, []).append(part)
        sizes = {label: math.hypot(*parts) for label, parts in squares.items()}
        return dict(sorted(sizes.items(), key=lambda item: -item[1]))

    def expanded(self, k: float = 2.0) -> float:
        """Expanded uncertainty U = k u, for a coverage factor above 0."""
        if not 0.0 < k < math.inf:
            raise CarbonmeterError(f"k = {k}: write a coverage factor above 0, mostly 2")
        return k * self.u

    def interval(self, percent: float = 95.0) -> tuple[float, float]:
        """Bounds that cover `percent` of the cases, by the t distribution.

        Raises
        ------
        CarbonmeterError    if no effective degrees of freedom can be stated; use `expanded`
        """
        dof = self.dof
        if dof is None:
            raise CarbonmeterError(
                "no effective degrees of freedom can be stated for this value, so no interval of"
                " a stated probability; use expanded(k) with a coverage factor of your choice"
            )
        # G.4.1 truncates; below one degree of freedom there is nothing to truncate to.
        # What rounding took below a whole number is that number.
        whole = dof if math.isinf(dof) or dof < 1.0 else math.floor(dof * (1.0 + ROUNDING))
        half = coverage_factor(percent, whole) * self.u
        return self.value - half, self.value + half

    def exp(self) -> Uncertain:
        """e to this power."""
        value = math.exp(self.value)
        return _linear(value, (value, self))

    def log(self) -> Uncertain:
        """Natural logarithm."""
        return _linear(math.log(self.value), (1.0 / self.value, self))

    def sqrt(self) -> Uncertain:
        """Square root."""
        value = math.sqrt(self.value)
        return _linear(value, (0.5 / value, self))

    def __neg__(self) -> Uncertain:
        return _linear(-self.value, (-1.0, self))

    def __abs__(self) -> Uncertain:
        return -self if self.value < 0.0 else self

    def __add__(self, other: Number) -> Uncertain:
        if (y := _taken(other)) is None:
            return NotImplemented
        return _linear(self.value + y.value, (1.0, self), (1.0, y))

    def __sub__(self, other: Number) -> Uncertain:
        if (y := _taken(other)) is None:
            return NotImplemented
        return _linear(self.value - y.value, (1.0, self), (-1.0, y))

    def __mul__(self, other: Number) -> Uncertain:
        if (y := _taken(other)) is None:
            return NotImplemented
        return _linear(self.value * y.value, (y.value, self), (self.value, y))

    def __truediv__(self, other: Number) -> Uncertain:
        if (y := _taken(other)) is None:
            return NotImplemented
        ratio = self.value / y.value
        return _linear(ratio, (1.0 / y.value, self), (-ratio / y.value, y))

    def __pow__(self, other: Number) -> Uncertain:
        if (y := _taken(other)) is None:
            return NotImplemented
        a, b = self.value, y.value
        value = a**b
        # A slope is needed only where there is something to carry: 0**2 and (-2)**3 are fine.
        by_base = b * a ** (b - 1.0) if self._parts and b != 0.0 else 0.0
        by_exponent = value * math.log(a) if y._parts else 0.0
        return _linear(value, (by_base, self), (by_exponent, y))

    __radd__ = __add__
    __rmul__ = __mul__

    def __rsub__(self, other: Number) -> Uncertain:
        y = _taken(other)
        return NotImplemented if y is None else y - self

    def __rtruediv__(self, other: Number) -> Uncertain:
        y = _taken(other)
        return NotImplemented if y is None else y / self

    def __rpow__(self, other: Number) -> Uncertain:
        y = _taken(other)
        return NotImplemented if y is None else y**self

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Uncertain):
            return NotImplemented
        return self.value == other.value and dict(self._parts) == dict(other._parts)

    def __hash__(self) -> int:
        return hash((self.value, frozenset(self._parts.items())))

    def __repr__(self) -> str:
        label = f", label={self.label!r}" if self.label else ""
        return f"Uncertain({self.value!r}, u={self.u!r}, dof={self.dof!r}{label})"

    def __str__(self) -> str:
        return f"{joined(self.value, self.expanded())} (k = 2)"

    def _repr_html_(self) -> str:
        budget = ", ".join(f"{label or 'unnamed'}: {c:.2g}" for label, c in self.components.items())
        name = f"{escape(self.label)}: " if self.label else ""
        return f'<span title="{escape(budget)}">{name}{escape(str(self))}</span>'


Number: TypeAlias = "Uncertain | float"


def _taken(other: object) -> Uncertain | None:
    """An operand as an uncertain value; None if it is not a number."""
    if isinstance(other, Uncertain):
        return other
    if isinstance(other, Real):
        return Uncertain(float(other))
    return None


def _linear(value: float, *terms: tuple[float, Uncertain]) -> Uncertain:
    """The value that moves as the sum of slope times term."""
    return Uncertain.of_parts(value, _added(terms))


def _added(terms: Iterable[tuple[float, Uncertain]]) -> dict[Source, float]:
    parts: dict[Source, float] = {}
    for slope, term in terms:
        for source, part in term.parts.items():
            parts[source] = parts.get(source, 0.0) + slope * part
    return parts
