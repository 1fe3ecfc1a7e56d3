"""First order of many groups through one structure: u, budget, covariance of groups and roll-ups.

With A[g, r] the change of group g per unit of quantity r, lines already added, and L the common
part of the quantities,

    u²(g) = sum over r of (A[g, r] own[r])²  +  |A L|²  +  what the rows bring independently

so that neither quantities x quantities nor groups x groups is ever formed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from carbonmeter.errors import CarbonmeterError
from carbonmeter.kernels import segment_sum
from carbonmeter.kernels.thin import Sparse, thin_squares
from carbonmeter.uncertainty.combine import Combined, combined_of
from carbonmeter.uncertainty.structure import Structure

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Column = NDArray[np.float64]
Index = NDArray[np.int64]
MOST = 4096  # groups whose covariance matrix is given whole: 128 MiB


@dataclass(frozen=True, eq=False)
class Linear:
    """Groups that change linearly with quantities and bear variances of their own.

    Parameters
    ----------
    change : csr float64[g, r]     change of the group per unit of the quantity, lines added
    structure : Structure          of the r quantities
    own_variance : float64[g]      variance of rows that err by themselves in this group alone;
                                   rows that fall into several groups are quantities
    weight : csr float64[g, b]     where groups are sums of others: how often each has each of
                                   those others, to which `own_variance` then belongs

    Notes
    -----
    Held are 12 bytes per entry of `change` and 8 per group; `common` takes 12 bytes per group and
    common axis that it feels.

    Source
    ------
    JCGM 100:2008: 5.1.2, 5.2.2; F.1.2.3. JCGM 102:2011: 6.2 (covariance of several results)

    Examples
    --------
    >>> from scipy.sparse import csr_array
    >>> from carbonmeter.uncertainty.structure import Common, Structure
    >>> lab = Structure.of(["a", "b"], np.array([3.0, 4.0]), [Common("lab", "ab")])
    >>> two = Linear(csr_array(np.eye(2)), lab, np.zeros(2))
    >>> two.u, two.rolled(csr_array([[1.0, 1.0]])).u, two.correlation()[0, 1].round(12)
    (array([3., 4.]), array([7.]), np.float64(1.0))
    """

    change: csr_array
    structure: Structure
    own_variance: Column
    weight: csr_array | None = None

    def __post_init__(self) -> None:
        g, r = self.change.shape
        parts = (g, g) if self.weight is None else self.weight.shape
        if r != len(self.structure) or (g, self.own_variance.size) != parts:
            raise CarbonmeterError(
                f"changes of {g} groups by {r} quantities do not fit {len(self.structure)}"
                f" quantities and {self.own_variance.size} own variances"
            )
        if (self.own_variance < 0.0).any():
            raise CarbonmeterError("a variance is not negative; check the own variances")

    @cached_property
    def group(self) -> Index:
        """int64[entries of change], the group of each."""
        held = np.diff(self.change.indptr)
        return np.repeat(np.arange(held.size, dtype=np.int64), held)

    @cached_property
    def alone(self) -> Column:
        """float64[entries of change], what each quantity's own part brings; NaN: none stated."""
        found: Column = self.change.data * self.structure.own[self.change.indices]
        return found

    @cached_property
    def rows(self) -> Column:
        """float64[g], variance of each group's own rows; NaN: one states none."""
        if self.weight is None:
            return self.own_variance
        found: Column = self.weight.power(2) @ self.own_variance
        return found

    @cached_property
    def common(self) -> csr_array:
        """csr float64[g, axes], what each group moves by when a common axis moves by one."""
        found: csr_array = self.change @ self.structure.loading
        found.sort_indices()
        return found

    @cached_property
    def u(self) -> Column:
        """float64[g], standard uncertainty of each group; only what is stated."""
        return np.asarray(np.sqrt(self.variance))

    @cached_property
    def variance(self) -> Column:
        """float64[g], the squares of `u`; what is added is added in the order of the quantities,
        which no file has a say in."""
        own = np.where(np.isnan(self.structure.own), 0.0, self.structure.own)
        factor = self.structure.loading
        alone, common = thin_squares(_sparse(self.change), own, _sparse(factor), factor.shape[1])
        found: Column = np.where(np.isnan(self.rows), 0.0, self.rows) + alone + common
        return found

    def combined(self) -> Combined:
        """The budget of every group; component len(structure) + i is the common one names[i].

        The squares of a group's contributions add up to u²; what is common is an entry of its own,
        and the entry of a quantity is what moves it alone.
        """
        shared, component, of_group = self._common_entries
        return combined_of(
            np.concatenate([self.alone, shared]),
            np.concatenate([self.change.indices.astype(np.int64), component]),
            np.concatenate([self.group, of_group]),
            self.rows,
            self.change.shape[0],
        )

    @cached_property
    def _common_entries(self) -> tuple[Column, Index, Index]:
        """Contribution, component and group of what is common; several axes of one name squared."""
        axis = self.structure.axis_name
        value, group = self.common.data, _rows(self.common)
        name = axis[self.common.indices]
        if np.unique(axis).size < axis.size:
            span = max(len(self.structure.names), 1)
            pairs, place = np.unique(group * span + name, return_inverse=True)
            # One axis alone keeps its sign; of several, only their size has a meaning.
            single = np.bincount(place, minlength=pairs.size) == 1
            square = segment_sum(value**2, place, pairs.size)
            value = np.where(single, segment_sum(value, place, pairs.size), np.sqrt(square))
            group, name = np.divmod(pairs, span)
        return value, len(self.structure) + name, group

    def covariance(self, of: Index | Sequence[int] | None = None) -> Column:
        """Covariance matrix of some groups, in the order given; without `of`, of all.

        Parameters
        ----------
        of : int[p]    groups

        Returns
        -------
        float64[p, p]

        Raises
        ------
        CarbonmeterError    more groups than a matrix should hold: name some, or roll them up
        """
        from scipy.sparse import diags_array

        some = np.arange(self.change.shape[0]) if of is None else np.asarray(of, dtype=np.int64)
        if some.size > MOST:
            raise CarbonmeterError(
                f"a covariance matrix of {some.size:,} groups would take"
                f" {some.size**2 * 8 / 2**30:.1f} GiB; ask for {MOST:,} groups at most, or for"
                " totals by fewer labels"
            )
        own = np.where(np.isnan(self.structure.own), 0.0, self.structure.own)
        alone = self.change[some] @ diags_array(own)
        common = self.common[some]
        found: Column = (alone @ alone.T).toarray() + (common @ common.T).toarray()
        if self.weight is None:
            # A group named twice shares its own rows with itself.
            rows = np.where(np.isnan(self.rows), 0.0, self.rows)[some]
            found += np.where(some[:, np.newaxis] == some, rows, 0.0)
        else:
            rows = np.where(np.isnan(self.own_variance), 0.0, self.own_variance)
            each = self.weight[some] @ diags_array(np.sqrt(rows))
            found += (each @ each.T).toarray()
        return found

    def correlation(self, of: Index | Sequence[int] | None = None) -> Column:
        """Correlation matrix of some groups; NaN where a group has no uncertainty."""
        found = self.covariance(of)
        u = np.sqrt(np.diag(found))
        with np.errstate(invalid="ignore", divide="ignore"):
            found /= np.outer(u, u)
        return found

    def rolled(self, weight: csr_array) -> Linear:
        """The same uncertainty seen from sums of groups: weight[p, g] times group g.

        The work is that of weight times `change`; covariances of roll-ups are those of the result.
        """
        change: csr_array = weight @ self.change
        change.sort_indices()
        below = weight if self.weight is None else weight @ self.weight
        return Linear(change, self.structure, self.own_variance, below)


def _rows(table: csr_array) -> Index:
    """The row of each entry."""
    held = np.diff(table.indptr)
    return np.repeat(np.arange(held.size, dtype=np.int64), held)


def _sparse(table: csr_array) -> Sparse:
    return Sparse(
        table.indptr.astype(np.int32, copy=False),
        table.indices.astype(np.int32, copy=False),
        table.data,
    )
