"""First-order combination through shared records: add first, then square.

Lines that use one record move together, so their sensitivities to it are summed before they are
squared; no correlation matrix is ever typed in:

    u²(g) = sum over records ( sum over lines of g  c )² u²(record)  +  own variance(g)
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from carbonmeter.errors import CarbonmeterError
from carbonmeter.kernels import Runs, segment_sum

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
    _check_entries(sensitivity[group, record], record, group, u.size, sensitivity.shape[0])
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
    _check_entries(sensitivity, record, group, u.size, n_groups)
    entries = added(sensitivity, record, group, u.size, n_groups)
    return _combined(*entries, u, own_variance, n_groups)


def added(
    sensitivity: Column, record: Index, group: Index, n_records: int, n_groups: int
) -> tuple[Column, Index, Index]:
    """Entries of `combine_lines` added up, one per group and record in this order.

    Two counting sorts, by record and then by group, and one pass over the sorted entries: no
    search, and the exact sums of any order.

    Returns
    -------
    float64[m], int64[m], int64[m]    sensitivity, record, group; what cancels needs no entry
    """
    by_record = Runs.of(sensitivity, group, n_groups, record, n_records)
    held = np.repeat(np.arange(n_records, dtype=np.int32), np.diff(by_record.offsets))
    runs = Runs.of(by_record.quantity, held, n_records, by_record.recipe.astype(np.int32), n_groups)
    of_group = np.repeat(np.arange(n_groups, dtype=np.int32), np.diff(runs.offsets))
    begins = np.ones(of_group.size, dtype=np.bool_)
    begins[1:] = (of_group[1:] != of_group[:-1]) | (runs.recipe[1:] != runs.recipe[:-1])
    first = np.flatnonzero(begins)
    cells = replace(runs, offsets=np.append(first, of_group.size))
    found = cells.sums(np.ones(n_records))
    felt = found != 0.0
    if not felt.all():
        first, found = first[felt], found[felt]
    return found, runs.recipe[first].astype(np.int64), of_group[first].astype(np.int64)


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
    wrong = any((x < 0.0).any() or np.isinf(x).any() for x in (u, own))
    if own.shape != (n_groups,) or wrong:
        raise CarbonmeterError(
            f"{n_groups} groups need {n_groups} own variances, and neither a variance nor a"
            " standard uncertainty is negative or infinite; check the columns passed to combine."
            " NaN says that none is stated"
        )
    return combined_of(entries * u[record], record, group, own, n_groups)


def _check_entries(
    sensitivity: Column, record: Index, group: Index, n_records: int, n_groups: int
) -> None:
    """What would end in a wrong place, or in no number, is refused before it is added."""
    if not sensitivity.shape == record.shape == group.shape:
        raise CarbonmeterError(
            f"{sensitivity.size} sensitivities, {record.size} records and {group.size} groups;"
            " give one of each for every line"
        )
    for name, place, size in (("records", record, n_records), ("groups", group, n_groups)):
        if place.size and not (place.min() >= 0 and place.max() < size):
            raise CarbonmeterError(
                f"{name} from {place.min()} to {place.max()}, but there are {size}; count them"
                f" from 0 to {size - 1}"
            )
    if not np.isfinite(sensitivity).all():
        raise CarbonmeterError(
            "a sensitivity is not a finite number; leave out lines that cannot be computed, by name"
        )


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
