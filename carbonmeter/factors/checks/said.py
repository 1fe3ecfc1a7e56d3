"""What a check says of one cell, in both languages."""

from __future__ import annotations

from dataclasses import dataclass

from carbonmeter.errors import Problem
from carbonmeter.factors.layer import Layer


@dataclass(frozen=True)
class Said(Problem):
    """A problem or a finding with its rule and cure in Chinese too, and the id of its record."""

    rule_zh: str = ""
    cure_zh: str = ""
    record: str = ""


def said(
    layer: Layer,
    at: int,
    column: str,
    rule: tuple[str, str],
    cure: tuple[str, str],
) -> Said:
    """Of one cell of one record, what is wrong and what to do: each in English and Chinese."""
    found, id_ = layer.problem(at, column, rule[0], cure[0]), str(layer.columns["id"][at])
    return Said(found.file, found.row, column, found.value, rule[0], cure[0], rule[1], cure[1], id_)
