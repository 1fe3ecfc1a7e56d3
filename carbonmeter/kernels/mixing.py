"""Draws of groups: what their coefficients and their own errors, drawn, add up to.

    x[g, d] = sum_e amount[e] coefficient[m(e), d] z(e)[d]
            + sum_c scale[c] z(c)[d] sqrt(sum_s share[c, s] square[s, d])

over the entries e and the cells c of group g. Amounts, coefficients and all sums over entries and
cells are double precision, each added in the order given; z, and the variance of a cell as a part
of its size, are single precision (see `carbonmeter.kernels.noise`). A cell's number depends on
nothing but its key and its entries, so a sum over cells is the same number wherever they are
added together: only the order of doubles can tell, by 1e-16 of the sum.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from carbonmeter.kernels.draws import normals
from carbonmeter.kernels.noise import noise

Index = NDArray[np.int64]
Words = NDArray[np.uint64]
Column = NDArray[np.float64]
Single = NDArray[np.float32]


class Mixture(NamedTuple):
    """What each group adds up, as offsets and entries.

    Attributes
    ----------
    entries : int64[groups + 1]      where the entries of each group begin
    model : int64[e]                 the coefficient of each entry
    key : int64[e]                   the place of the number that multiplies it; -1: none
    amount : float64[e]
    keys : uint64[k]                 names of these numbers
    cells : int64[groups + 1]        where the cells of each group begin
    parts : int64[c + 1]             where the parts of the variance of each cell begin
    which : int64[p]                 the square of each part
    share : float32[p]
    scale : float64[c]
    cell_keys : uint64[c]            names of the cells' numbers
    """

    entries: Index
    model: Index
    key: Index
    amount: Column
    keys: Words
    cells: Index
    parts: Index
    which: Index
    share: Single
    scale: Column
    cell_keys: Words


def mix(
    mixture: Mixture,
    seed: int,
    start: int,
    coefficient: Column,
    square: Single,
    centre: Column,
    out: NDArray[np.floating[Any]],
    column: int = 0,
    *,
    exact: bool = False,
    compiled: bool = False,
) -> None:
    """Draws from `start` on of each group, less its centre.

    Parameters
    ----------
    coefficient : float64[models, n]
    square : float32[squares, n]       >= 0
    centre : float64[groups]           taken off, before a result is rounded to `out`
    out : float64 or float32[groups, m]    filled in, n columns from `column` on
    exact : bool                       the numbers of entries by `normals`, in double precision
    compiled : bool                    by compiled code, to the same bits
    """
    n = coefficient.shape[1]
    given = np.zeros((0, n))
    if exact and mixture.keys.size:
        given = normals(seed, mixture.keys, start, start + n, compiled)
    if compiled:
        from carbonmeter.kernels.compiled_mixing import fill

        fill(
            np.uint64(seed),
            np.uint64(start),
            *mixture,
            coefficient,
            square,
            given,
            centre,
            out,
            column,
        )
        return
    if not given.size:
        given = noise(seed, mixture.keys, start, start + n).astype(np.float64)
    total = np.zeros((mixture.entries.size - 1, n))
    for at, e in _rounds(mixture.entries):
        row = coefficient[mixture.model[e]]
        drawn = mixture.key[e] >= 0
        row[drawn] *= given[mixture.key[e][drawn]]
        total[at] += mixture.amount[e, np.newaxis] * row
    if mixture.cell_keys.size:
        variance = np.zeros((mixture.cell_keys.size, n), dtype=np.float32)
        for at, p in _rounds(mixture.parts):
            variance[at] += mixture.share[p, np.newaxis] * square[mixture.which[p]]
        own = noise(seed, mixture.cell_keys, start, start + n) * np.sqrt(variance)
        for at, c in _rounds(mixture.cells):
            total[at] += mixture.scale[c, np.newaxis] * own[c].astype(np.float64)
    out[:, column : column + n] = total - centre[:, np.newaxis]


def _rounds(offsets: Index) -> list[tuple[Index, Index]]:
    """The first entry of each segment that has one, then the second …: segment and entry."""
    size = np.diff(offsets)
    found = []
    for k in range(int(size.max(initial=0))):
        at = np.flatnonzero(size > k)
        found.append((at, offsets[at] + k))
    return found
