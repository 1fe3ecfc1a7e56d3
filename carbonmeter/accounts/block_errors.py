"""What blocks refused, as one error: each problem once, with its first row and all it holds up."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import NamedTuple

from carbonmeter.errors import AccountError, FactorNotFound, Problem, ProblemsError

NO_ROW_LEFT = "no row is left to account"
# What is checked first is refused first, as for rows that are in memory at once.
_LINES, _FACTORS, _UNITS, _MEASURED, _EVIDENCE = (
    "rows cannot become lines",
    "does not hold",
    "units do not fit",
    "measured values do not fit the rows",
    "evidence is missing",
)
_STAGES = (_LINES, _FACTORS, _UNITS, _MEASURED, _EVIDENCE)
_ROWS = re.compile(r"needs it for (\d+) row\(s\)")


class Refusal(NamedTuple):
    """An error of one block: at which check, what its summary says, its problems."""

    stage: str
    summary: str
    problems: tuple[Problem, ...]

    @classmethod
    def of(cls, error: ProblemsError) -> Refusal | None:
        """The error, if the same check may refuse rows of other blocks too."""
        if isinstance(error, AccountError | FactorNotFound):
            for stage in _STAGES:
                if stage in error.summary:
                    return cls(stage, error.summary, error.problems)
        return None


def raised(refusals: Iterable[Refusal], files: Mapping[str, int], name: str) -> None:
    """Raise what the first check that refused anything found in all blocks.

    Parameters
    ----------
    files : name -> place      of each file, for the order of rows
    name : str                 what the files are called together
    """
    found = list(refusals)
    for stage in _STAGES:
        problems = [p for refusal in found if refusal.stage == stage for p in refusal.problems]
        if not problems:
            continue
        problems.sort(key=lambda p: (files.get(p.file, 0), p.row or 0))
        merged = problems if stage == _EVIDENCE else list(_merged(problems, stage))
        if stage == _FACTORS:
            library = next(r.summary for r in found if r.stage == stage).partition(_FACTORS)[0]
            raise FactorNotFound(f"{library}{_FACTORS} {len(merged)} values asked", merged)
        raise AccountError(f"{name}: {stage}", merged)


def _merged(problems: Iterable[Problem], stage: str) -> Iterable[Problem]:
    """Problems that differ in their rows only, as one: the first row, the number of all."""
    first: dict[tuple[str, ...], Problem] = {}
    rows: dict[tuple[str, ...], int] = {}
    for problem in problems:
        count = _ROWS.search(problem.rule)
        rule = "" if stage == _LINES else _ROWS.sub("", problem.rule)
        key = (problem.column, problem.value, rule)
        first.setdefault(key, problem)
        rows[key] = rows.get(key, 0) + (int(count[1]) if count else 0)
    for name, problem in first.items():
        yield replace(
            problem, rule=_ROWS.sub(f"needs it for {rows[name]} row(s)", problem.rule, count=1)
        )
