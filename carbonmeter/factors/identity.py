"""What stays of a record when its value, year or spelling changes, and what it moves with.

An id names one value. The series of a record is what that is a value of: the family of its library
(the same in each edition), parameter, subject, region, site, tier, gas and bases. The GWP set is
none of these: a later edition may weigh by another, and is then superseding for that reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from carbonmeter.factors.causes import causes
from carbonmeter.factors.columns import Values
from carbonmeter.factors.derivation import derivation
from carbonmeter.factors.layer import Layer
from carbonmeter.units.definitions import Refusal

Index = NDArray[np.int64]

OF_SERIES = (
    "parameter",
    "subject",
    "region",
    "site",
    "tier",
    "gas",
    "energy_basis",
    "volume_basis",
    "moisture_basis",
    "purity_basis",
    "price_basis",
)
BETWEEN = ":"


def series(layer: Layer) -> Values:
    """The series of each record: texts that are the same in every edition of a family.

    Examples
    --------
    >>> from carbonmeter.factors import FactorLibrary
    >>> series(FactorLibrary.shipped("gwp-ar5").stack[0])[0].split(":")[:3]
    ['gwp', 'gwp', 'CO2']
    """
    columns = []
    for name in OF_SERIES:
        column = layer.coded(name)
        written = [label.replace("%", "%25").replace(BETWEEN, "%3A") for label in column.labels]
        columns.append(column.relabel(written).text().tolist())
    family = layer.family or layer.name
    texts = [BETWEEN.join((family, *parts)).rstrip(BETWEEN) for parts in zip(*columns, strict=True)]
    made = np.empty(len(layer), dtype=object)
    made[:] = texts
    return made


def of_series(layers: Sequence[Layer], depth: int, at: int) -> list[tuple[int, int]]:
    """Where else in the stack a value of the same series stands: in any year and any edition."""
    layer = layers[depth]
    wanted = {name: layer.columns[name][at] for name in OF_SERIES}
    found = []
    for other, held in enumerate(layers):
        if (held.family or held.name) != (layer.family or layer.name):
            continue
        alike = np.ones(len(held), dtype=bool)
        for name, value in wanted.items():
            alike &= held.coded(name).where((value,))
        found += [(other, int(one)) for one in np.flatnonzero(alike)]
    return found


class Nodes(NamedTuple):
    """Records as nodes of what moves together: columns for whoever propagates uncertainty.

    Attributes
    ----------
    record : int64[n]                their numbers in the library
    id : object[n]                   of the node: stable, one for each value ever published
    series : object[n]               what it is a value of
    child, parent : int64[m], object[m]
                                     place of a derived record in `record`, and the id of one that
                                     it was computed from
    member, cause, part : int64[k], object[k], float64[k]
                                     place of a record, a cause of error that it shares with
                                     others, and what part of its variance that makes up
    """

    record: Index
    id: Values
    series: Values
    child: Index
    parent: Values
    member: Index
    cause: Values
    part: NDArray[np.float64]


def nodes(layers: Sequence[Layer], records: Index) -> Nodes:
    """Nodes of the records with these numbers in a stack.

    Raises
    ------
    IndexError                       for a number that is not one of a record
    """
    numbers = np.asarray(records, dtype=np.int64)
    first = np.cumsum([0, *map(len, layers)])
    if numbers.size and not 0 <= numbers.min() <= numbers.max() < first[-1]:
        raise IndexError(f"records are numbered from 0 to {first[-1] - 1}")
    depth = np.searchsorted(first, numbers, side="right") - 1
    ids, of, formulas, shared = (np.empty(numbers.size, dtype=object) for _ in range(4))
    for at in np.unique(depth).tolist():
        mine = depth == at
        here, layer = numbers[mine] - first[at], layers[at]
        ids[mine] = layer.columns["id"][here]
        of[mine] = series(layer)[here]
        formulas[mine] = layer.columns["derived_from"][here]
        shared[mine] = layer.columns["common"][here]
    parents = [
        (at, parent)
        for at, formula in enumerate(formulas.tolist())
        if formula and not isinstance(read := derivation(formula), Refusal)
        for parent in read.parents
    ]
    common = [
        (at, cause, part)
        for at, text in enumerate(shared.tolist())
        if text and not isinstance(told := causes(text), Refusal)
        for cause, part in told
    ]
    return Nodes(
        numbers,
        ids,
        of,
        np.array([at for at, _ in parents], dtype=np.int64),
        np.array([parent for _, parent in parents], dtype=object),
        np.array([at for at, _, _ in common], dtype=np.int64),
        np.array([cause for _, cause, _ in common], dtype=object),
        np.array([part for _, _, part in common], dtype=np.float64),
    )
