"""What moves quantities together besides shared records: named common components, correlations.

The covariance matrix of n quantities is kept as a diagonal and a thin factor,

    covariance = diag(own²) + L L'

with one column of L per common component: n numbers and the entries of L instead of n x n.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from carbonmeter.errors import CarbonmeterError, near
from carbonmeter.uncertainty.sample import Correlations, correlation_root

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Column = NDArray[np.float64]
Index = NDArray[np.int64]
ROUNDING = 1e-12  # parts such as 0.7 and 0.3 may add up to a little more than 1


@dataclass(frozen=True)
class Common:
    """A cause of error that several quantities share: a family, a method, a source's bias.

    Parameters
    ----------
    name : str                 as budgets print it
    members : ids              quantities that move together
    part : float or floats     part of each member's variance that the cause makes up, 0 to 1; one
                               for all members, or one each
    opposite : ids             members that move the other way

    Examples
    --------
    >>> Common("one laboratory", ("coal.a", "coal.b"), part=0.5).name
    'one laboratory'
    """

    name: str
    members: Sequence[str]
    part: float | Sequence[float] = 1.0
    opposite: Sequence[str] = ()

    def loadings(self) -> dict[str, float]:
        """Of each member, its correlation with the cause: the root of the part, with its sign.

        Raises
        ------
        CarbonmeterError
        """
        parts = [self.part] * len(self.members) if isinstance(self.part, int | float) else self.part
        what = f"common component {self.name!r}"
        if not self.name or not self.members or len(parts) != len(self.members):
            raise CarbonmeterError(
                f"{what} of {len(self.members)} members with {len(parts)} parts; it needs a name,"
                " members, and one part for all of them or one for each"
            )
        found: dict[str, float] = {}
        for member, part in zip(self.members, parts, strict=True):
            if member in found:
                raise CarbonmeterError(f"{what} names {member!r} twice; name it once")
            if not 0.0 <= part <= 1.0:
                raise CarbonmeterError(
                    f"{what}: part {part} of {member!r}; write the part of its variance that is"
                    " common, from 0 to 1"
                )
            found[member] = math.sqrt(part) * (-1.0 if member in self.opposite else 1.0)
        for member in self.opposite:
            if member not in found:
                raise CarbonmeterError(f"{what}: {member!r} is in `opposite` but not in `members`")
        return found


@dataclass(frozen=True, eq=False)
class Structure:
    """How n quantities err: each by itself, and together through named components.

    A quantity whose u is NaN states none; it has no part in any common component.
    """

    u: Column
    """float64[n], standard uncertainty of each quantity"""
    own: Column
    """float64[n], standard uncertainty of what moves it alone"""
    loading: csr_array
    """float64[n, axes]: what each quantity moves by when a common axis moves by one"""
    axis_name: Index
    """int64[axes], the place of each axis in `names`; a set of correlated quantities has several"""
    names: tuple[str, ...]

    @classmethod
    def independent(cls, u: Column) -> Structure:
        """Quantities that nothing connects."""
        return cls.of([""] * u.size, u)

    @classmethod
    def of(
        cls,
        ids: Sequence[str],
        u: Column,
        common: Iterable[Common] = (),
        correlations: Correlations | None = None,
    ) -> Structure:
        """The structure of quantities by their ids.

        Parameters
        ----------
        ids : str[n]
        u : float64[n]                            standard uncertainties; NaN where none is stated
        common : Common                           named causes, independent of each other
        correlations : (id, id) -> coefficient    for sets that come with a matrix, such as the
                                                  coefficients of a fit; each connected set is one
                                                  component, since its causes are not known. Costs
                                                  the cube of the size of the set.

        Raises
        ------
        CarbonmeterError    an id that is not there, a part outside 0 to 1, parts of one quantity
                            that add up to more than 1, a name used twice, correlations that no
                            quantities can have (with the pair), a quantity in both

        Source
        ------
        JCGM 100:2008: 5.2.2, F.1.2.3 (correlation through common causes)

        Examples
        --------
        >>> found = Structure.of(["a", "b"], np.array([3.0, 4.0]), [Common("lab", "ab", 0.25)])
        >>> found.dense()
        array([[ 9.,  3.],
               [ 3., 16.]])
        """
        common = tuple(common)
        _check_names([c.name for c in common])
        if (u < 0.0).any():
            raise CarbonmeterError("a standard uncertainty is not negative; check the u given")
        place = {name: i for i, name in enumerate(ids)}
        entries, held = _in_common(common, place, u.size)
        _check_parts(held, ids, common)
        axis_name, names = list(range(len(common))), [c.name for c in common]
        for block in _connected(correlations or {}):
            members, root = _block(block, correlations or {}, place)
            _check_apart(held, members, ids)
            held[members] = 1.0
            at, axis = np.nonzero(root)
            first = len(axis_name)
            entries += [
                (members[i], first + j, float(root[i, j]))
                for i, j in zip(at.tolist(), axis.tolist(), strict=True)
            ]
            axis_name += [len(names)] * len(members)
            names.append("correlated " + ", ".join(ids[i] for i in members))
        return cls(
            u,
            u * np.sqrt(np.maximum(1.0 - held, 0.0)),
            _table(entries, u, len(axis_name)),
            np.array(axis_name, dtype=np.int64),
            tuple(names),
        )

    def beside(self, u: Column) -> Structure:
        """The same quantities, and after them others that nothing connects."""
        from scipy.sparse import csr_array, vstack

        apart = csr_array((u.size, self.loading.shape[1]), dtype=np.float64)
        return Structure(
            np.concatenate([self.u, u]),
            np.concatenate([self.own, u]),
            csr_array(vstack([self.loading, apart])),
            self.axis_name,
            self.names,
        )

    def __len__(self) -> int:
        return int(self.u.size)

    @property
    def connected(self) -> bool:
        """Whether anything moves two quantities together."""
        return bool(self.loading.nnz)

    @property
    def nbytes(self) -> int:
        """Bytes held: 16 per quantity and 12 per entry of L, never n x n."""
        factor = self.loading
        parts = (self.u, self.own, factor.data, factor.indices, factor.indptr)
        return sum(int(part.nbytes) for part in parts)

    def dense(self) -> Column:
        """The covariance matrix itself, float64[n, n]; NaN for what states no uncertainty."""
        factor = self.loading.toarray()
        found: Column = np.diag(self.own**2) + factor @ factor.T
        return found


def _check_names(names: Sequence[str]) -> None:
    for name in names:
        if names.count(name) > 1:
            raise CarbonmeterError(f"two common components are called {name!r}; rename one")


def _in_common(
    common: Sequence[Common], place: Mapping[str, int], n: int
) -> tuple[list[tuple[int, int, float]], Column]:
    """Quantity, cause and loading of each member; and the part of each variance that is common."""
    held = np.zeros(n)
    entries = []
    for c, component in enumerate(common):
        for member, loading in component.loadings().items():
            i = _found(member, place, component.name)
            held[i] += loading * loading
            entries.append((i, c, loading))
    return entries, held


def _check_apart(held: Column, members: Sequence[int], ids: Sequence[str]) -> None:
    for i in members:
        if held[i] > 0.0:
            raise CarbonmeterError(
                f"{ids[i]!r} has correlations and a part in a common component; state its"
                " connections one way"
            )


def _found(member: str, place: Mapping[str, int], name: str) -> int:
    if member not in place:
        hint = near(member, list(place)) or "see the ids of a budget"
        raise CarbonmeterError(f"common component {name!r}: no quantity {member!r}; near: {hint}")
    return place[member]


def _check_parts(held: Column, ids: Sequence[str], common: Sequence[Common]) -> None:
    for i in np.flatnonzero(held > 1.0 + ROUNDING).tolist():
        mine = ", ".join(repr(c.name) for c in common if ids[i] in c.members)
        raise CarbonmeterError(
            f"the parts of {ids[i]!r} in {mine} add up to {held[i]:g}; the parts of one quantity's"
            " variance add up to at most 1"
        )


def _connected(correlations: Correlations) -> list[tuple[str, ...]]:
    """The ids of each set that correlations connect, sorted."""
    group: dict[str, set[str]] = {}
    for one, other in correlations:
        joined = group.get(one, {one}) | group.get(other, {other})
        group.update(dict.fromkeys(joined, joined))
    return sorted({tuple(sorted(found)) for found in group.values()})


def _block(
    block: Sequence[str], correlations: Correlations, place: Mapping[str, int]
) -> tuple[list[int], Column]:
    """Positions of one connected set, and the root of its correlation matrix."""
    for name in block:
        if name not in place:
            hint = near(name, list(place)) or "see the ids of a budget"
            raise CarbonmeterError(f"correlation of {name!r}, which is not there; near: {hint}")
    mine = {pair: r for pair, r in correlations.items() if pair[0] in block}
    joint, root = correlation_root(block, mine)
    return [place[block[i]] for i in joint], root


def _table(entries: Sequence[tuple[int, int, float]], u: Column, axes: int) -> csr_array:
    from scipy.sparse import csr_array

    at = np.array([(i, c) for i, c, _ in entries], dtype=np.int32).reshape(-1, 2)
    size = np.array([r for _, _, r in entries], dtype=np.float64) * u[at[:, 0]]
    kept = np.isfinite(size) & (size != 0.0)
    found = csr_array((size[kept], (at[kept, 0], at[kept, 1])), shape=(u.size, axes))
    found.sort_indices()
    return found
