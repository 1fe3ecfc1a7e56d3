"""Effective degrees of freedom of groups (Welch–Satterthwaite), or the reason for none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from carbonmeter.errors import CarbonmeterError
from carbonmeter.kernels import segment_sum
from carbonmeter.uncertainty.combine import OWN, Combined
from carbonmeter.uncertainty.spread import coverage_factor
from carbonmeter.uncertainty.value import ROUNDING

Column = NDArray[np.float64]
Index = NDArray[np.int64]
NO_U = "nothing states an uncertainty"


@dataclass(frozen=True)
class Freedom:
    """Degrees of freedom of each group's u; NaN where `reason` says why."""

    dof: Column
    reason: tuple[str, ...]

    def factor(self, percent: float = 95.0) -> Column:
        """float64[g], coverage factor by the t distribution; NaN where there are no dof.

        Degrees of freedom are truncated to a whole number first, as the Guide does; below one
        there is nothing to truncate to.
        """
        counted = np.isfinite(self.dof) & (self.dof >= 1.0)
        whole = np.where(counted, np.floor(self.dof * (1.0 + ROUNDING)), self.dof)
        distinct, place = np.unique(whole, return_inverse=True)
        found = [
            np.nan if np.isnan(dof) else coverage_factor(percent, dof) for dof in distinct.tolist()
        ]
        return np.array(found, dtype=np.float64)[place]


def welch_satterthwaite(
    budget: Combined,
    dof: Column,
    names: Sequence[str],
    *,
    common_from: int | None = None,
    unstated: float = np.nan,
) -> Freedom:
    """Effective degrees of freedom of each group, where the formula of the Guide holds.

    It holds for independent components that each have degrees of freedom. A group that feels a
    common component has none: the formula does not know what moves together. A component without
    a statement has none either, unless the caller takes all such for known.

    Parameters
    ----------
    budget : Combined           as `combine` or `Linear.combined` give it
    dof : float64[r]            of each component; infinite: u taken as known; NaN: not stated
    names : str[r]              of each component, for the reasons
    common_from : int           components from this number on are common ones
    unstated : float            degrees of freedom of components, and of the rows' own errors, that
                                state none; NaN refuses, infinite takes their u as known, which the
                                Guide suggests for Type B (G.4.3)

    Source
    ------
    JCGM 100:2008: G.4.1 (formula G.2b), G.4.3, G.6.2

    Examples
    --------
    >>> from carbonmeter.uncertainty.combine import combine
    >>> budget = combine(np.array([[1.0, 1.0]]), np.array([3.0, 4.0]))
    >>> found = welch_satterthwaite(budget, np.array([4.0, np.inf]), ["a", "b"])
    >>> found.dof.round(2), found.factor().round(2)
    (array([30.86]), array([2.04]))
    """
    if (dof <= 0.0).any() or unstated <= 0.0:
        raise CarbonmeterError("degrees of freedom are above 0, infinite, or NaN if not stated")
    n, size = budget.u.size, dof.size
    first_common = size if common_from is None else common_from
    common = budget.record >= first_common
    plain = ~common & (budget.record != OWN)
    held = np.full(budget.record.size, unstated)
    held[plain] = dof[budget.record[plain]]
    held[np.isnan(held) & ~common] = unstated
    refused = common | np.isnan(held)
    texts = _reasons(budget, refused, common, names)
    share = budget.variance / budget.u[budget.group] ** 2
    terms = np.where(refused, 0.0, share**2 / held)
    inverse = segment_sum(terms, budget.group, n)
    found = np.divide(1.0, inverse, out=np.full(n, np.inf), where=inverse > 0.0)
    found[texts != ""] = np.nan
    return Freedom(found, tuple(texts.tolist()))


def _reasons(
    budget: Combined, refused: NDArray[np.bool_], common: NDArray[np.bool_], names: Sequence[str]
) -> NDArray[np.object_]:
    """Of each group why it has no degrees of freedom; blank if it has some."""
    texts = np.full(budget.u.size, "", dtype=object)
    texts[budget.u == 0.0] = NO_U
    # Entries stand by group, the largest first: what is common comes first, then the largest.
    at = np.flatnonzero(refused)
    at = at[np.lexsort((at, ~common[at], budget.group[at]))]
    group, first = np.unique(budget.group[at], return_index=True)
    for g, entry in zip(group.tolist(), at[first].tolist(), strict=True):
        component = int(budget.record[entry])
        if common[entry]:
            why = "moves several components together, and the formula is for independent ones"
            texts[g] = f"{names[component]} {why}"
        elif component == OWN:
            texts[g] = "the rows' own uncertainties state no degrees of freedom"
        else:
            texts[g] = f"{names[component]} states no degrees of freedom"
    return texts
