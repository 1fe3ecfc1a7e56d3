"""What a guide lets a user choose from: activities, subjects, units, parameters, defaults."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from carbonmeter import units
from carbonmeter.errors import GuideError, near
from carbonmeter.factors import FactorLibrary
from carbonmeter.methods import METHODS, Edition, Method, editions_of
from carbonmeter.methods.declare import Parameter
from carbonmeter.tables.labels import identifiers, label

if TYPE_CHECKING:
    import pandas as pd

ANY = "*"
OFFERED_UNITS = (
    *("t", "kg", "吨", "万吨"),
    *("MWh", "kWh", "万kWh", "GWh", "兆瓦时"),
    *("GJ", "MJ", "TJ", "吉焦"),
    *("万Nm3", "Nm3", "标准立方米"),
    *("ha", "亩", "公顷"),
)


@dataclass(frozen=True)
class Choices:
    """The editions of a guide, with the methods for the activities that were asked for."""

    editions: tuple[Edition, ...]
    methods: tuple[Method, ...]
    records: pd.DataFrame
    sources: pd.DataFrame

    @property
    def activities(self) -> list[str]:
        return list(dict.fromkeys(a for method in self.methods for a in method.activities))

    def subjects(self, activity: str) -> list[str]:
        """The subjects for which the library answers all that a method asks of a subject.

        Where methods are alternatives, those that ask most decide: what a measurement replaces
        would let in every subject.
        """
        asked = [self._restricting(method) for method in self._of(activity)]
        most = max(map(len, asked), default=0)
        found: list[str] = []
        for known in asked:
            if known and len(known) == most:
                found += [s for s in known[0] if all(s in other for other in known)]
        state = _fuels().get(activity)
        return [s for s in dict.fromkeys(found) if state is None or s in state]

    def units(self, activity: str) -> list[str]:
        """Units that a row of this activity may carry, the method's own first."""
        own = [method.quantity_unit for method in self._of(activity)]
        return _fitting(own[0], OFFERED_UNITS)

    def measurable(self) -> dict[str, Parameter]:
        """The parameters that a measured value may answer, by name."""
        found: dict[str, Parameter] = {}
        for method in self.methods:
            for name, parameter in method.parameters.items():
                if "measured" in parameter.tiers:
                    found.setdefault(self._series(name), parameter)
        return found

    def subjects_of(self, parameter: str) -> list[str]:
        """Subjects that a measured value of this parameter may name; any first."""
        of = [m for m in self.methods if parameter in map(self._series, m.parameters)]
        found = [s for method in of for a in method.activities for s in self.subjects(a)]
        return list(dict.fromkeys([ANY, *found]))

    def defaults(self) -> pd.DataFrame:
        """The records that answer where nothing was measured."""
        asked = {self._series(n) for m in self.methods for n in m.parameters}
        return self.records[self.records["parameter"].isin(asked)]

    def _of(self, activity: str) -> list[Method]:
        return [method for method in self.methods if activity in method.activities]

    def _restricting(self, method: Method) -> list[list[str]]:
        """Subjects that answer each parameter that is neither measured only nor known for any."""
        found = []
        for name, parameter in method.parameters.items():
            known = self._known(self._series(name))
            if known and ANY not in known and not parameter.measured_only:
                found.append(known)
        return found

    def _series(self, name: str) -> str:
        return self.editions[-1].series.get(name, name)

    def _known(self, parameter: str) -> list[str]:
        own = self.records[self.records["parameter"] == parameter]
        return list(dict.fromkeys(own["subject"].astype(str)))


@cache
def _fuels() -> dict[str, frozenset[str]]:
    """Which fuels are measured as which: solid and liquid by mass, gaseous by volume."""
    text = resources.files("carbonmeter.data").joinpath("fuels.csv").read_text("utf-8")
    found: dict[str, set[str]] = {}
    for row in csv.DictReader(text.splitlines()):
        found.setdefault(row["activity"], set()).add(row["subject"])
    return {activity: frozenset(subjects) for activity, subjects in found.items()}


def choices(guide: str, activities: Sequence[str] = ()) -> Choices:
    """What a guide and the shipped library it picks offer, for some or all of its activities.

    Raises
    ------
    GuideError                       unknown guide, or an activity that it does not count
    """
    editions = editions_of(guide)
    newest = tuple(reversed(editions))
    names = dict.fromkeys(name for edition in newest for name in edition.methods)
    known = list(dict.fromkeys(a for name in names for a in METHODS[name].activities))
    asked = [identifiers().get(text, text) for text in activities] or known
    for text in asked:
        if text not in known:
            hint = near(text, known) or ", ".join(known)
            raise GuideError(f"E302: {guide!r} counts no {text!r}; did you mean: {hint}?")
    layers = tuple(dict.fromkeys(name for edition in editions for name in edition.libraries))
    library = FactorLibrary.default().select(layers)
    methods = tuple(METHODS[name] for name in names if set(METHODS[name].activities) & set(asked))
    return Choices(editions, methods, library.records, library.sources)


def written(identifier: str, lang: str) -> str:
    """How an identifier is written in a cell, so that reading the cell gives it back."""
    text = label(identifier, "zh")
    return text if lang == "zh" and identifiers().get(text) == identifier else identifier


def _fitting(own: str, offered: Iterable[str]) -> list[str]:
    return list(dict.fromkeys([own, *(u for u in offered if units.problem_of(u, own) is None)]))
