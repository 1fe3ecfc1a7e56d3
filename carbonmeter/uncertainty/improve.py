"""The inverse of a budget: whose better knowledge lowers u the most, and how much is needed."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from carbonmeter.errors import CarbonmeterError
from carbonmeter.kernels import segment_sum
from carbonmeter.uncertainty.combine import OWN
from carbonmeter.uncertainty.linear import Linear

Column = NDArray[np.float64]
Index = NDArray[np.int64]
ROUNDING = 1e-12


class Improvements(NamedTuple):
    """What each component could bring, ordered by group, then by how low u would fall.

    Components are numbered as in a budget: quantities, then common ones, and OWN. A quantity here
    is all of it: with its part in common components, for a better value of one's own leaves them.
    """

    group: Index
    component: Index
    share: Column
    """float64[m], part of u² that goes if the component is known perfectly; negative where two
    errors cancel and the better knowledge of one leaves the other bare"""
    perfect: Column
    """float64[m], u of the group if the component had none"""
    halved: Column
    """float64[m], u of the group if the component's were halved"""
    needed: Column
    """float64[m], factor on the component's u that brings the group to the target; 1 if it is
    there already, NaN if this component alone cannot, or no target was given"""


def improvements(linear: Linear, target: Column | float | None = None) -> Improvements:
    """What every component of every group could bring if it were known better.

    With one component scaled by s, u² is a parabola in s: a s² + b s + rest, where b is what it
    shares with others through common components.

    Parameters
    ----------
    linear : Linear
    target : float or float64[g]    standard uncertainty to be reached

    Raises
    ------
    CarbonmeterError                a negative target

    Examples
    --------
    >>> from scipy.sparse import csr_array
    >>> from carbonmeter.uncertainty.structure import Structure
    >>> two = Structure.independent(np.array([3.0, 4.0]))
    >>> found = improvements(Linear(csr_array([[1.0, 1.0]]), two, np.zeros(1)), target=4.0)
    >>> found.component, found.perfect, found.needed.round(3)
    (array([1, 0]), array([3., 4.]), array([0.661, 0.   ]))
    """
    wanted = np.full(linear.u.size, np.nan)
    if target is not None:
        wanted[:] = target
        if (wanted < 0.0).any():
            raise CarbonmeterError("a target is a standard uncertainty and not negative")
    group, component, square, mixed = _parabolas(linear)
    now = linear.variance[group]
    perfect = np.sqrt(np.maximum(now - square - mixed, 0.0))
    halved = np.sqrt(np.maximum(now - 0.75 * square - 0.5 * mixed, 0.0))
    needed = _needed(square, mixed, now, wanted[group] ** 2)
    at = np.lexsort((component, perfect, group))
    share = (square + mixed) / now
    return Improvements(group[at], component[at], share[at], perfect[at], halved[at], needed[at])


def _parabolas(linear: Linear) -> tuple[Index, Index, Column, Column]:
    """Group, component, a and b of every component that brings something."""
    n, size = linear.change.shape[0], len(linear.structure)
    change, structure = linear.change, linear.structure
    col, row = change.indices.astype(np.int64), linear.group
    square = (change.data * np.where(np.isnan(structure.u), 0.0, structure.u)[col]) ** 2
    mixed = np.zeros(col.size)
    common = linear.common.tocsc()
    for c in range(common.shape[1] if structure.connected else 0):
        loading = structure.loading[:, [c]].toarray().ravel()
        at = np.flatnonzero(loading[col] != 0.0)
        felt = common[:, [c]].toarray().ravel()[row[at]]
        part = change.data[at] * loading[col[at]]
        mixed[at] += 2.0 * part * (felt - part)
    shared = linear.common
    axis_row = np.repeat(np.arange(n, dtype=np.int64), np.diff(shared.indptr))
    code = axis_row * max(len(structure.names), 1) + structure.axis_name[shared.indices]
    pairs, place = np.unique(code, return_inverse=True)
    together = segment_sum(shared.data**2, place, pairs.size)
    shared_row, name = np.divmod(pairs, max(len(structure.names), 1))
    own = np.where(np.isnan(linear.rows), 0.0, linear.rows)
    group = np.concatenate([row, shared_row, np.arange(n)]).astype(np.int64)
    component = np.concatenate([col, size + name, np.full(n, OWN)]).astype(np.int64)
    square = np.concatenate([square, together, own])
    mixed = np.concatenate([mixed, np.zeros(pairs.size + n)])
    kept = np.flatnonzero(square > 0.0)
    return group[kept], component[kept], square[kept], mixed[kept]


def _needed(square: Column, mixed: Column, now: Column, wanted: Column) -> Column:
    """The largest s up to 1 with a s² + b s + rest = wanted; NaN if there is none."""
    rest = now - square - mixed - wanted
    with np.errstate(invalid="ignore"):
        root = np.sqrt(mixed**2 - 4.0 * square * rest)
        # The larger root, in the form that does not cancel.
        low = np.where(mixed > 0.0, -2.0 * rest / (mixed + root), (root - mixed) / (2.0 * square))
        found = np.where((low >= 0.0) & (low < 1.0), low, np.nan)
        # A target that is u itself is reached, whatever its square rounds to.
        return np.where(now <= wanted * (1.0 + ROUNDING), 1.0, found)
