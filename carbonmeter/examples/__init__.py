"""Complete small runs that ship with the package."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from carbonmeter.errors import RunError, near

RUNS = ("liaocheng",)


@dataclass(frozen=True)
class Example:
    """A run folder of the package, and the tables in it by name."""

    name: str
    folder: Path

    @property
    def run(self) -> Path:
        """`carbonmeter.toml`: which tables, which guides."""
        return self.folder / "carbonmeter.toml"

    @property
    def activity(self) -> Path:
        """What the enterprises did."""
        return self.folder / "activity.csv"

    @property
    def sinks(self) -> Path:
        """Forest stands."""
        return self.folder / "sinks.csv"

    @property
    def reductions(self) -> Path:
        """What the projects generated."""
        return self.folder / "reductions.csv"

    @property
    def measured(self) -> Path:
        """What was measured instead of taken from a guide."""
        return self.folder / "measured.csv"

    @property
    def names(self) -> Path:
        """Names of the entities in two languages."""
        return self.folder / "names.csv"

    @property
    def entities(self) -> Path:
        """Who owns whom."""
        return self.folder / "entities.csv"

    @property
    def loans(self) -> Path:
        """What the banks lend."""
        return self.folder / "loans.csv"

    @property
    def borrowers(self) -> Path:
        """Balance sheets of the borrowers."""
        return self.folder / "borrowers.csv"

    @property
    def projects(self) -> Path:
        """Investments of the financed projects."""
        return self.folder / "projects.csv"


def example(name: str = "liaocheng") -> Example:
    """The run folder of that name.

    Examples
    --------
    >>> example("liaocheng").activity.name
    'activity.csv'
    """
    if name not in RUNS:
        hint = near(name, RUNS)
        raise RunError(
            f"no example is called {name!r}; there are: {', '.join(RUNS)}"
            + (f" (did you mean {hint}?)" if hint else ""),
            (),
        )
    return Example(name, Path(str(files("carbonmeter.examples") / name)))
