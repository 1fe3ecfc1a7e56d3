"""Common causes and correlations, judged by `uncertainties` and GTC on random sums."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_array

from carbonmeter.uncertainty import Common, Linear, Structure, combine, welch_satterthwaite

IDS = tuple("abcdef")
COMMON = (
    Common("laboratory", ("a", "b", "c"), 0.4),
    Common("method", ("b", "c", "d"), (0.1, 0.6, 0.5), opposite=("d",)),
)


@pytest.mark.parametrize("seed", range(20))
def test_u_through_common_causes(seed: int) -> None:
    uncertainties = pytest.importorskip("uncertainties")
    rng = np.random.default_rng(seed)
    structure = Structure.of(IDS, rng.uniform(0.1, 3.0, 6), COMMON, {("e", "f"): 0.7})
    change = rng.normal(size=6)
    values = uncertainties.correlated_values(rng.normal(size=6), structure.dense())
    expected = sum(c * value for c, value in zip(change, values, strict=True)).std_dev
    found = Linear(csr_array(change[np.newaxis]), structure, np.zeros(1)).u[0]
    assert found == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize("seed", range(20))
def test_degrees_of_freedom_of_sums(seed: int) -> None:
    gtc = pytest.importorskip("GTC")
    rng = np.random.default_rng(seed)
    change, u = rng.normal(size=6), rng.uniform(0.1, 3.0, 6)
    dof = rng.integers(2, 40, 6).astype(np.float64)
    dof[0] = np.inf
    values = [gtc.ureal(1.0, u[i], dof[i]) for i in range(6)]
    total = sum(c * value for c, value in zip(change.tolist(), values, strict=True))
    budget = combine(change[np.newaxis], u)
    found = welch_satterthwaite(budget, dof, IDS)
    assert budget.u[0] == pytest.approx(gtc.uncertainty(total), rel=1e-10)
    assert found.dof[0] == pytest.approx(gtc.dof(total), rel=1e-8)
