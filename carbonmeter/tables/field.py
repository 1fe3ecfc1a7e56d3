"""The declaration of one column."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

# Products of a few numbers beyond this leave the doubles; nothing that is measured comes near.
LARGEST = 1e30


class Kind(Enum):
    """What the cells of a column are."""

    TEXT = "text"
    IDENTIFIER = "identifier"
    NUMBER = "number"
    DATE = "date"
    PERIOD = "period"
    UNIT = "unit"
    CHOICE = "choice"
    FLAG = "yes or no"
    CREDIT_CODE = "unified social credit code"


@dataclass(frozen=True)
class Field:
    """One column: its name, what its cells are, and which of them are allowed.

    Attributes
    ----------
    name, zh : str      the English and the Chinese heading; both are understood
    kind : Kind
    required : bool     whether the column must be there and each of its cells filled
    unit : str, optional
        for UNIT: a unit of the dimension that the texts must have
    allowed : tuple of str, optional
        for CHOICE: the words
    signed : bool       for NUMBER: whether negative numbers are allowed
    meaning : str       one phrase for the documentation
    aliases : tuple of str
        other headings that are understood
    translated : bool   whether a Chinese label in a cell stands for its identifier
    least, most : float, optional
        for NUMBER: the bounds, both inclusive
    above : float, optional
        for NUMBER: a bound below, exclusive
    """

    name: str
    kind: Kind
    zh: str
    required: bool = True
    unit: str | None = None
    allowed: tuple[str, ...] | None = None
    signed: bool = False
    meaning: str = ""
    aliases: tuple[str, ...] = ()
    translated: bool = False
    least: float | None = None
    most: float | None = None
    above: float | None = None

    @property
    def headings(self) -> tuple[str, ...]:
        """Every heading that means this column."""
        return (self.name, self.zh, *self.aliases)


def heading_index(fields: tuple[Field, ...]) -> Mapping[str, Field]:
    """The field of each heading that is understood."""
    return {heading: field for field in fields for heading in field.headings}
