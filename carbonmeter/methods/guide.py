"""What one published rule book prescribes, edition by edition; the period of a row picks one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from carbonmeter.errors import GuideError, near
from carbonmeter.methods.declare import METHODS, Method


@dataclass(frozen=True)
class Rounding:
    """Digits that a guide's reporting template keeps of intermediate values (half up).

    `quantity` and `inputs` count decimals of the value in the method's own unit; `coefficient`
    those of the emission per unit of activity.
    """

    quantity: int | None = None
    inputs: Mapping[str, int] = field(default_factory=dict)
    coefficient: int | None = None


# Series with one value a data year, published later: the newest may answer for a year that has
# none yet. A prescribed value has its own years and never outlives them.
PUBLISHED_YEARLY = frozenset(
    {
        "grid_national_average",
        "grid_provincial_average",
        "grid_regional_average",
        "grid_residual_mix",
        "grid_fossil_mix",
    }
)


class Ladder(NamedTuple):
    """Alternatives for one gas in one scope, best evidence first."""

    scope: str
    methods: tuple[Method, ...]


@dataclass(frozen=True)
class Edition:
    """One edition of a guide.

    `methods` stand in the order of the guide's preference: methods that answer for the same gas
    of the same row are alternatives, and the first whose every parameter is known is used.
    `series` binds a parameter name to the published series that the guide prescribes; `earlier`
    to another one, for periods that end on or before a day. Parameters in `latest` take the newest
    published value where none covers the period yet.
    `only` reserves an activity for some of the methods, where the guide has a rule of its own.
    `total` names the scopes that the guide adds into its own total; activities `outside` its
    boundary are not counted, and an account lists their rows.
    """

    name: str
    guide: str
    title_en: str
    title_zh: str
    sources: tuple[str, ...]
    valid_from: date
    valid_to: date | None
    methods: tuple[str, ...]
    libraries: tuple[str, ...]
    gwp_set: str
    total: tuple[str, ...]
    series: Mapping[str, str] = field(default_factory=dict)
    earlier: Mapping[str, tuple[str, date]] = field(default_factory=dict)
    latest: frozenset[str] = frozenset()
    rounding: Mapping[str, Rounding] = field(default_factory=dict)
    counts: tuple[tuple[str, str], ...] = ()
    leaves_out: tuple[tuple[str, str], ...] = ()
    outside: frozenset[str] = frozenset()
    only: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    not_read: tuple[str, ...] = ()

    def covers(self, start: date, end: date) -> bool:
        return self.valid_from <= start and (self.valid_to is None or end <= self.valid_to)

    def series_of(self, parameter: str, end: date) -> str:
        """The published series that answers for a parameter over a period that ends then."""
        series, until = self.earlier.get(parameter, ("", date.min))
        return series if end <= until else self.series.get(parameter, parameter)

    def ladders(self, activity: str) -> list[Ladder]:
        """The methods for one kind of row, alternatives together, best evidence first.

        Methods that answer for the same gas in the same scope are alternatives.
        """
        found: dict[tuple[str, str], list[Method]] = {}
        for name in self.only.get(activity, self.methods):
            candidate = METHODS[name]
            if activity in candidate.activities:
                for scope in candidate.scopes:
                    found.setdefault((candidate.output.gas, scope), []).append(candidate)
        return [Ladder(scope, tuple(methods)) for (_, scope), methods in found.items()]

    @property
    def activities(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(a for name in self.methods for a in METHODS[name].activities))


GUIDES: dict[str, tuple[Edition, ...]] = {}


def register(*editions: Edition) -> None:
    """Enter the editions of one guide, oldest first."""
    GUIDES[editions[0].guide] = editions


def editions_of(guide: str) -> tuple[Edition, ...]:
    """The editions that a guide's name, or one edition's own name, stands for.

    Raises
    ------
    GuideError                       for a name that is neither
    """
    if guide in GUIDES:
        return GUIDES[guide]
    named = {edition.name: edition for editions in GUIDES.values() for edition in editions}
    if guide in named:
        return (named[guide],)
    known = [*GUIDES, *named]
    hint = near(guide, known) or ", ".join(GUIDES)
    raise GuideError(f"E302: no guide {guide!r}; did you mean: {hint}?")


def edition_for(guide: str, start: date, end: date) -> Edition | None:
    """The edition in force over the whole period, or None."""
    for edition in editions_of(guide):
        if edition.covers(start, end):
            return edition
    return None
