"""First-order combination through shared records: add first, then square.

Lines that use one record move together, so their sensitivities to it are summed before they are
squared; no correlation matrix is ever typed in:

    u²(g) = sum over records ( sum over lines of g  c )² u²(record)  +  own variance(g)
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from carbonmeter.errors import CarbonmeterError
from carbonmeter.kernels import segment_sum

Column = NDArray[np.float64]
Index = NDArray[np.int64]

OWN = -1  # in place of a record: what the rows bring by themselves
NOTHING = -2  # in place of a record: the group has no stated uncertainty at all


class Combined(NamedTuple):
    """Standard uncertainty of each group, and who brings how much of its variance.

    The entries of the budget are ordered by group, the largest first; equal ones by record.
    """

    u: Column
    """float64[g], unit of the emission; only what is stated"""
    largest: Index
    """int64[g], the record with the largest variance; OWN or NOTHING"""
    unquantified: NDArray[np.bool_]
    """bool[g], whether a record or row without a stated u enters the group"""
    group: Index
    """int64[m], the group of each entry"""
    record: Index
    """int64[m], its record, or OWN"""
    variance: Column
    """float64[m], its variance"""
    contribution: Column
    """float64[m], what it moves its group by when it errs by u, with its sign; OWN has none"""

    @property
    def share(self) -> Column:
        """float64[m], each entry's part of its group's variance."""
        return self.variance / segment_sum(self.variance, self.group, self.u.size)[self.group]


def combine(sensitivity: Column, u: Column, own_variance: Column | None = None) -> Combined:
    """Combined standard uncertainty of each group from a table of sensitivities.

    Parameters
    ----------
    sensitivity : float64[g, r]    change of the group's emission per unit of the record, lines
                                   already added
    u : float64[r]                 standard uncertainty of the record; NaN: none is stated, the
                                   record is left out of u and its groups are marked
    own_variance : float64[g]      variance that the rows bring independently; NaN as above

    Source
    ------
    JCGM 100:2008: 5.2.2, with correlation by shared records

    Examples
    --------
    >>> site = np.array([[1000.0], [2000.0]])
    >>> combine(site, np.array([0.05])).u
    array([ 50., 100.])
    >>> combine(site.sum(axis=0, keepdims=True), np.array([0.05])).u
    array([150.])
    """
    group, record = np.nonzero(sensitivity)
    entries = sensitivity[group, record].astype(np.float64)
    return _combined(entries, record, group, u, own_variance, sensitivity.shape[0])


def combine_lines(
    sensitivity: Column,
    record: Index,
    group: Index,
    u: Column,
    n_groups: int,
    own_variance: Column | None = None,
) -> Combined:
    """As `combine`, from one entry per line and record, in any order; the same bits in each.

    Parameters
    ----------
    sensitivity : float64[n]      change of the line's emission per unit of the record
    record : int[n]               0 <= record < len(u)
    group : int[n]                0 <= group < n_groups
    u : float64[r]                standard uncertainty of the record; NaN: none is stated
    n_groups : int
    own_variance : float64[g]     variance that the rows bring independently

    Examples
    --------
    >>> lines = np.array([1000.0, 2000.0, 3000.0])
    >>> one, other = np.zeros(3, dtype=np.int64), np.array([0, 0, 1])
    >>> combine_lines(lines, one, other, np.array([0.05]), 2).u
    array([150., 150.])
    """
    entries = added(sensitivity, record, group, u.size)
    return _combined(*entries, u, own_variance, n_groups)


def added(
    sensitivity: Column, record: Index, group: Index, n_records: int
) -> tuple[Column, Index, Index]:
    """Entries of `combine_lines` added up, one per group and record in this order.

    Returns
    -------
    float64[m], int64[m], int64[m]    sensitivity, record, group; what cancels needs no entry
    """
    pairs, place = np.unique(group.astype(np.int64) * n_records + record, return_inverse=True)
    found = segment_sum(sensitivity, place, pairs.size)
    felt = found != 0.0
    pair_group, pair_record = np.divmod(pairs[felt], max(n_records, 1))
    return found[felt], pair_record, pair_group


def unquantified_share(size: Column, quantified: NDArray[np.bool_], group: Index, n: int) -> Column:
    """Part of each group's |emission| on lines that use a value without a stated uncertainty.

    Parameters
    ----------
    size : float64[lines], any unit    |emission|
    quantified : bool[lines]           whether every record of the line states an uncertainty
    group : int[lines]                 0 <= group < n

    Returns
    -------
    float64[n], 1; 0 for a group without emission

    Examples
    --------
    >>> share = unquantified_share(
    ...     np.array([30.0, 10.0]), np.array([True, False]), np.array([0, 0]), 1
    ... )
    >>> share
    array([0.25])
    """
    whole = segment_sum(size, group, n)
    without = segment_sum(np.where(quantified, 0.0, size), group, n)
    return np.divide(without, whole, out=np.zeros(n), where=whole > 0.0)


def _combined(
    entries: Column,
    record: Index,
    group: Index,
    u: Column,
    own_variance: Column | None,
    n_groups: int,
) -> Combined:
    own = np.zeros(n_groups) if own_variance is None else own_variance
    if own.shape != (n_groups,) or (u < 0.0).any() or (own < 0.0).any():
        raise CarbonmeterError(
            f"{n_groups} groups need {n_groups} own variances, and neither a variance nor a"
            " standard uncertainty is negative; check the columns passed to combine"
        )
    return combined_of(entries * u[record], record, group, own, n_groups)


def combined_of(
    contribution: Column, record: Index, group: Index, own: Column, n_groups: int
) -> Combined:
    """The budget of each group from contributions that are independent within it.

    Parameters
    ----------
    contribution : float64[m]    with its sign; NaN: no uncertainty is stated
    record, group : int64[m]     what brings it, and to which group; no pair twice
    own : float64[g]             variance of the rows by themselves
    """
    variance = np.concatenate([contribution**2, own])
    contribution = np.concatenate([contribution, np.sqrt(own)])
    group = np.concatenate([group, np.arange(n_groups)]).astype(np.int64)
    record = np.concatenate([record, np.full(n_groups, OWN)]).astype(np.int64)
    unquantified = np.zeros(n_groups, dtype=np.bool_)
    unquantified[group[np.isnan(variance)]] = True
    kept = np.flatnonzero(variance > 0.0)
    kept = kept[np.lexsort((record[kept], -variance[kept], group[kept]))]
    group, record, variance = group[kept], record[kept], variance[kept]
    contribution = contribution[kept]
    largest = np.full(n_groups, NOTHING, dtype=np.int64)
    found, first = np.unique(group, return_index=True)
    largest[found] = record[first]
    total = np.sqrt(segment_sum(variance, group, n_groups))
    return Combined(total, largest, unquantified, group, record, variance, contribution)
