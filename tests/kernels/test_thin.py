"""Squares through a diagonal and a thin factor: the product written out, in the same bits twice."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_array, random_array

from carbonmeter.kernels import thin
from carbonmeter.kernels.thin import Sparse, thin_squares


def parts(table: csr_array) -> Sparse:
    return Sparse(table.indptr.astype(np.int32), table.indices.astype(np.int32), table.data)


def tables(seed: int, rows: int, n: int, axes: int) -> tuple[csr_array, np.ndarray, csr_array]:
    rng = np.random.default_rng(seed)
    change = csr_array(random_array((rows, n), density=0.5, rng=rng))
    factor = csr_array(random_array((n, axes), density=0.4, rng=rng))
    change.data, factor.data = rng.normal(size=change.nnz), rng.normal(size=factor.nnz)
    for table in (change, factor):
        table.sort_indices()
    return change, rng.uniform(size=n), factor


@pytest.mark.parametrize("shape", [(7, 5, 3), (1, 1, 1), (4, 6, 0), (0, 3, 2), (3, 0, 2)])
def test_both_ways_are_the_product_written_out(shape, monkeypatch):
    change, own, factor = tables(3, *shape)
    expected = (
        ((change.toarray() * own) ** 2).sum(axis=1),
        ((change.toarray() @ factor.toarray()) ** 2).sum(axis=1),
    )
    plain = thin_squares(parts(change), own, parts(factor), shape[2])
    monkeypatch.setattr(thin, "COMPILED_FROM", 0)
    compiled = thin_squares(parts(change), own, parts(factor), shape[2])
    for one, other, truth in zip(plain, compiled, expected, strict=True):
        np.testing.assert_array_equal(one, other)
        np.testing.assert_allclose(one, truth, rtol=1e-13, atol=1e-300)


def test_many_rows_leave_the_same_bits(monkeypatch):
    change, own, factor = tables(5, 400, 60, 12)
    plain = thin_squares(parts(change), own, parts(factor), 12)
    monkeypatch.setattr(thin, "COMPILED_FROM", 0)
    for one, other in zip(plain, thin_squares(parts(change), own, parts(factor), 12), strict=True):
        np.testing.assert_array_equal(one, other)
