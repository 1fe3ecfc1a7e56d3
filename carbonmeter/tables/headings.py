"""Which column of a file is which field."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from carbonmeter.errors import Problem, near
from carbonmeter.tables.cells import distinct
from carbonmeter.tables.field import Field, heading_index
from carbonmeter.tables.source import Cells, Raw

LOOKED_AT = 20


def match(raw: Raw, fields: tuple[Field, ...]) -> tuple[dict[str, int], list[Problem]]:
    """The position of each field's column, and every heading that does not fit."""
    known = heading_index(fields)
    found: dict[str, int] = {}
    problems: list[Problem] = []

    def problem(heading: str, rule: str, cure: str) -> None:
        problems.append(Problem(raw.source.name, raw.heading_row, heading, heading, rule, cure))

    for at, heading in enumerate(raw.headings):
        field = known.get(heading)
        if field is None:
            if heading or not is_blank(raw.cells[at]):
                _unknown(heading, at, known, _free(raw, fields, heading), problem)
        elif field.name in found:
            first = raw.headings[found[field.name]]
            same = "" if first == heading else f" (as {first!r})"
            problem(heading, f"the column {field.name} occurs twice{same}", "keep one of the two")
        else:
            found[field.name] = at
    if not found:
        problems += _heading_below(raw, known)
    for field in fields:
        if field.required and field.name not in found:
            problems.append(
                Problem(
                    raw.source.name,
                    raw.heading_row,
                    field.name,
                    "",
                    "the column is missing",
                    f"add a column {field.name} (or {field.zh})",
                )
            )
    return found, problems


def _free(raw: Raw, fields: tuple[Field, ...], heading: str) -> str:
    """The columns that the file does not have yet, in the language of the heading."""
    used = {field.name for name, field in heading_index(fields).items() if name in raw.headings}
    free = [field for field in fields if field.name not in used]
    return ", ".join(field.name if heading.isascii() else field.zh for field in free)


def _unknown(
    heading: str,
    at: int,
    known: Mapping[str, Field],
    free: str,
    problem: Callable[[str, str, str], None],
) -> None:
    if not heading:
        problem("", f"column {at + 1} has cells but no heading", "name it or remove it")
        return
    close = near(heading, list(known))
    rename = f"remove it or rename it to one of {free}" if free else "remove it"
    cure = f"did you mean {close}? Otherwise remove it" if close else rename
    problem(heading, "an unknown column", cure)


def _heading_below(raw: Raw, known: Mapping[str, Field]) -> Iterator[Problem]:
    """The row further down that seems to be the heading, as under a title."""
    columns = [distinct(cells) for cells in raw.cells]
    for at in range(min(LOOKED_AT, len(raw.row))):
        texts = {str(column.values[column.codes[at]]).strip() for column in columns}
        if len(texts & set(known)) > 1:
            yield Problem(
                raw.source.name,
                int(raw.row[at]),
                "",
                "",
                "this row seems to be the heading",
                "remove the rows above it",
            )
            return


def is_blank(cells: Cells) -> bool:
    """Whether no cell of the column holds anything."""
    return all(isinstance(v, str) and not v.strip() for v in distinct(cells).values)
