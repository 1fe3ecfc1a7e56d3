"""A user's table of measured values as a layer, or one error with all that is wrong with it."""

from __future__ import annotations

from carbonmeter.errors import FactorTableError, Problem
from carbonmeter.factors.checks import layer_problems
from carbonmeter.factors.layer import Layer, layer_of, name_of
from carbonmeter.factors.record import MEASURED
from carbonmeter.tables.labels import identifiers
from carbonmeter.tables.reading import Readable

BY_OTHERS = ("supersedes", "derived_from")


def measured_layer(source: Readable, *, name: str | None = None, sheet: str | None = None) -> Layer:
    """The layer of a table.

    Raises
    ------
    FactorTableError                 every problem of its cells, and of its records between them
    """
    layer, wrong = judged_layer(source, name=name, sheet=sheet)
    if wrong is not None:
        raise wrong
    return layer


def judged_layer(
    source: Readable, *, name: str | None = None, sheet: str | None = None
) -> tuple[Layer, FactorTableError | None]:
    """The layer of the rows of a table that can be read, and the error with all that is wrong."""
    table, wrong = MEASURED.judge(source, sheet=sheet, labels=identifiers())
    layer = layer_of([table], name=name or name_of(table))
    problems = layer_problems(layer)
    if wrong is not None:
        return layer, FactorTableError(wrong.summary, together(wrong.problems, problems))
    if problems:
        summary = f"{table.source}: factors that cannot be used"
        return layer, FactorTableError(summary, problems)
    return layer, None


def together(cells: tuple[Problem, ...], records: list[Problem]) -> list[Problem]:
    """What is wrong with cells, and with the records that are left, in the order of the file.

    A record may name one that was left out: what only that makes wrong is not said.
    """
    said = [problem for problem in records if problem.column not in BY_OTHERS]
    return sorted([*cells, *said], key=lambda each: (each.file, each.row or 0))
