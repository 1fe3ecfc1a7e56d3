"""Every exception of the package.

A message answers four questions in this order: what is wrong, where, why it matters, what to do.
An error that lists problems lists all of them; the text shows the first ten and a count.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

SHOWN = 10


@dataclass(frozen=True)
class Problem:
    """One thing wrong in one place, with its cure."""

    file: str
    row: int | None
    column: str
    value: str
    rule: str
    cure: str

    def __str__(self) -> str:
        where = f"row {self.row}  " if self.row is not None else ""
        shown = self.value if len(self.value) <= 60 else self.value[:57] + "..."
        column = f"{self.column}  " if self.column else ""
        value = f"{shown!r}  " if shown else ""
        cure = f"; {self.cure}" if self.cure else ""
        return f"{where}{column}{value}{self.rule}{cure}"


class CarbonmeterError(ValueError):
    """Base of all errors that a user's data, arguments or declarations can cause."""

    code = "E000"


class ProblemsError(CarbonmeterError):
    """An error that lists every problem found, not only the first."""

    code = "E100"
    consequence = "Nothing was computed."

    def __init__(self, summary: str, problems: Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = tuple(problems)
        files = {p.file for p in self.problems if p.file}
        lines = [f"{self.code}: {summary}"]
        for problem in self.problems[:SHOWN]:
            prefix = f"{problem.file}: " if len(files) > 1 else ""
            lines.append(f"  {prefix}{problem}")
        hidden = len(self.problems) - SHOWN
        if hidden > 0:
            lines.append(f"  … and {hidden} more; all are in `.problems` of this error")
        lines.append(self.consequence)
        self.summary = summary
        super().__init__("\n".join(lines))

    def __reduce__(self) -> tuple[type[ProblemsError], tuple[str, tuple[Problem, ...]]]:
        """How it travels from a worker of another process: by what it was made of."""
        return type(self), (self.summary, self.problems)


class UnitError(CarbonmeterError):
    """A unit text that cannot be used, or two units that do not fit each other."""

    code = "E101"


class TableError(ProblemsError):
    """A table of the user's that cannot be used as it is."""

    code = "E102"


class EntityError(ProblemsError):
    """An organisation that contradicts itself: a cycle, shares above one, two controllers."""

    code = "E103"


class FactorTableError(ProblemsError):
    """A factor table, or the package around it, that breaks the rules of the library."""

    code = "E201"
    consequence = "The library was not opened."


class FactorNotFound(ProblemsError, LookupError):
    """No record of the library answers some requests."""

    code = "E202"


class LicenceError(ProblemsError):
    """Records that their licence does not let anyone pass on."""

    code = "E203"
    consequence = "Nothing was written."


class ExchangeError(FactorTableError):
    """A library in another format, or anybody's table, that cannot become a package."""

    code = "E204"
    consequence = "No library was written."


class ReleaseError(ProblemsError):
    """A release of factor libraries that is not what it says, or that cannot be made."""

    code = "E205"
    consequence = "Nothing of it was used."


class MethodError(CarbonmeterError):
    """A method or guide declared wrongly; a programmer's error, found at import."""

    code = "E301"


class GuideError(CarbonmeterError):
    """A guide, edition or method asked for that does not exist or does not cover the period."""

    code = "E302"


class AccountError(ProblemsError):
    """Rows that cannot become lines: no method, two methods, evidence missing."""

    code = "E303"


class AlignmentError(CarbonmeterError):
    """Two labelled results whose labels differ."""

    code = "E304"


class LoanError(ProblemsError):
    """Loans that cannot be attributed."""

    code = "E401"


class RunError(ProblemsError):
    """A run folder whose `carbonmeter.toml` or files do not fit."""

    code = "E501"


class WriteError(CarbonmeterError):
    """A file that could not be written; what was there before is intact."""

    code = "E502"


class EngineError(CarbonmeterError):
    """A computation over blocks that its workers or its memory cannot carry."""

    code = "E504"


def near(word: str, known: Sequence[str], count: int = 3) -> str:
    """The known words most like `word`, as text for a message; empty if none is near."""
    import difflib

    found = difflib.get_close_matches(word, known, n=count, cutoff=0.6)
    return ", ".join(found)
