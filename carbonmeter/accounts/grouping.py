"""Lines grouped by labels: kind and scope are always part of a group, so they never mix."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from carbonmeter.accounts.distinct import distinct
from carbonmeter.accounts.group_labels import RECIPE_LABELS, ROW_LABELS, GroupLabels
from carbonmeter.accounts.recipes import Recipes
from carbonmeter.errors import GuideError, near
from carbonmeter.tables import Checked, Coded

LABELS = (*ROW_LABELS, *RECIPE_LABELS)


@dataclass(frozen=True)
class Groups:
    """Group of each line, and the labels of each group in canonical order."""

    of_line: NDArray[np.int32]
    keyed: GroupLabels

    @property
    def names(self) -> tuple[str, ...]:
        return self.keyed.names

    @property
    def labels(self) -> dict[str, list[str]]:
        """One text per group, by name."""
        return self.keyed.labels

    @property
    def count(self) -> int:
        return self.keyed.count


def check_labels(names: Sequence[str]) -> None:
    for name in names:
        if name not in LABELS:
            hint = near(name, LABELS) or ", ".join(LABELS)
            raise GuideError(f"E302: lines have no label {name!r}; did you mean: {hint}?")


def group(
    activity: Checked,
    recipes: Recipes,
    line_row: NDArray[np.int32] | None,
    line_recipe: NDArray[np.int32],
    by: Sequence[str],
) -> Groups:
    """Groups of lines by `by`, and always by kind and scope.

    Labels are sorted, so the groups stand in the same order however the file is ordered.
    `line_row` is None where each row has exactly one line, in the order of rows.
    """
    check_labels(by)
    names = tuple(dict.fromkeys([*by, "kind", "scope"]))
    columns, sizes, texts = [], [], []
    recipe_names = [n for n in names if n in RECIPE_LABELS]
    for name in names:
        if name in RECIPE_LABELS:
            continue
        codes, labels = _sorted(activity.text(name))
        columns.append(codes if line_row is None else codes[line_row])
        sizes.append(len(labels))
        texts.append(labels)
    # All labels of a recipe travel as one code: one gather over the lines instead of one each.
    combos = list(zip(*(recipes.labels(n) for n in recipe_names), strict=True))
    known = sorted(set(combos))
    place = {combo: i for i, combo in enumerate(known)}
    of_recipe = np.array([place[c] for c in combos], dtype=np.int32)
    if len(known) == 1:
        columns.append(np.broadcast_to(np.int32(0), line_recipe.size))
    else:
        columns.append(of_recipe[line_recipe] if of_recipe.size else line_recipe)
    sizes.append(len(known))
    of_line, parts = distinct(columns, sizes)
    found: dict[str, Coded] = {}
    row_names = [n for n in names if n not in RECIPE_LABELS]
    for name, labels, part in zip(row_names, texts, parts[:-1], strict=True):
        found[name] = Coded(part, tuple(labels))
    for position, name in enumerate(recipe_names):
        found[name] = Coded.of([combo[position] for combo in known]).take(parts[-1])
    return Groups(of_line, GroupLabels.sorted(names, [found[name] for name in names]))


def _sorted(column: Coded) -> tuple[NDArray[np.int32], list[str]]:
    """Codes in the alphabetical order of their labels."""
    labels = list(column.labels)
    if all(one <= next_ for one, next_ in pairwise(labels)):
        return column.codes, labels
    order = sorted(range(len(labels)), key=labels.__getitem__)
    labels = [labels[i] for i in order]
    rank = np.empty(len(order), dtype=np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    return rank[column.codes], labels
