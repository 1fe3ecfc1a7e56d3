"""Lines sorted once: totals, scenarios and coarser groups with the bits of the unsorted account."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import pytest

from carbonmeter.accounts import Account
from carbonmeter.errors import AlignmentError, GuideError
from carbonmeter.kernels import ordered, reduce, weighted_segment_sum
from tests.accounts.ledgers import aluminium, anthracite, made


@pytest.fixture(params=["numpy", "numba"])
def path(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(reduce, "COMPILED_FROM", 0 if request.param == "numba" else 10**12)
    return str(request.param)


@pytest.fixture(scope="module")
def plants() -> Account:
    """Rows of several gases, scopes, sites and sizes, in no order."""
    rng = np.random.default_rng(4)
    rows = []
    for i in range(120):
        place = {
            "entity": f"plant {i % 7}",
            "site": f"s{i % 3}",
            "period": f"2024-{1 + i % 12:02d}",
        }
        quantity = float(rng.lognormal(3.0, 4.0))
        kind = i % 4
        if kind == 0:
            rows.append(aluminium(quantity, note=str(i), **place))
        elif kind == 1:
            electricity = {"activity": "electricity_purchase", "unit": "MWh", "quantity": quantity}
            rows.append({**electricity, "note": str(i), **place})
        else:
            rows.append(anthracite(quantity, note=str(i), **place))
    order = rng.permutation(len(rows))
    return made(*(rows[i] for i in order), guide="ndrc")


@pytest.mark.parametrize(
    "by", [(), ("entity",), ("entity", "period"), ("gas", "site"), ("scope", "entity", "gas")]
)
def test_a_total_has_the_bits_of_the_account(plants, by, path):
    one, other = plants.prepared(*by).total(), plants.total(*by)
    assert one.co2e.tobytes() == other.co2e.tobytes()
    pd.testing.assert_frame_equal(one.frame(), other.frame(), check_exact=True)
    pd.testing.assert_frame_equal(one.components(), other.components(), check_exact=True)
    drawn = [t.sample(1000, rows="explicit").frame() for t in (one, other)]
    pd.testing.assert_frame_equal(*drawn, check_exact=True)


def test_a_scenario_is_the_sum_with_its_coefficients(plants, path):
    recipes = plants.recipes
    gwp = np.where(recipes.gwp > 1.0, 1.25 * recipes.gwp, recipes.gwp)
    groups = plants.grouped("entity", "period")
    coefficient = recipes.per_unit * gwp
    expected = weighted_segment_sum(
        plants.line_quantity, coefficient, plants.line_recipe, groups.of_line, groups.count
    )
    prepared = plants.prepared("entity", "period")
    assert prepared.values(coefficient).tobytes() == expected.tobytes()
    assert prepared.values(recipes.co2e).tobytes() == prepared.total().co2e.tobytes()
    assert (prepared.values(coefficient) != prepared.values(recipes.co2e)).any()


@pytest.mark.parametrize("fewer", [("entity",), ("entity", "period"), ("period",), ("gas",), ()])
def test_fewer_labels_have_the_bits_of_the_account(plants, fewer, path):
    prepared = plants.prepared("entity", "period", "gas").by(*fewer)
    total, expected = prepared.total(), plants.total(*fewer)
    assert prepared.groups.names == expected.groups.names
    pd.testing.assert_frame_equal(total.frame(), expected.frame(), check_exact=True)


def test_neighbours_are_put_together_without_a_copy():
    coal = made(
        *(anthracite(1.0 + i, entity=f"e{i % 3}", period="2024", note=str(i)) for i in range(9))
    )
    prepared = coal.prepared("entity", "period")
    coarse = prepared.by("entity")
    assert coarse.runs.quantity is prepared.runs.quantity
    assert coarse.total().co2e.tobytes() == coal.total("entity").co2e.tobytes()


def test_it_says_what_it_holds(plants):
    prepared = plants.prepared("entity")
    lines = len(plants)
    assert len(prepared) == lines
    assert prepared.nbytes == 9 * lines + 8 * (prepared.groups.count + 1)
    assert repr(prepared).startswith(f"Prepared: {lines} lines in {prepared.groups.count} groups")


def test_threads_leave_no_mark(plants, path, monkeypatch):
    monkeypatch.setattr(ordered, "TASK", 10)
    prepared = plants.prepared("entity", "gas")
    with ThreadPoolExecutor(3) as pool:
        assert prepared.total(pool).co2e.tobytes() == plants.total("entity", "gas").co2e.tobytes()


def test_wrong_labels_and_coefficients_are_refused(plants):
    prepared = plants.prepared("entity")
    with pytest.raises(GuideError, match="these lines have no label 'entitty'; they have: entity"):
        prepared.by("entitty")
    with pytest.raises(GuideError, match="lines have no label 'sit'; did you mean: site"):
        plants.prepared("sit")
    n = len(plants.recipes.choices)
    with pytest.raises(AlignmentError, match=rf"each of the {n} recipes .* found \(3,\)"):
        prepared.values(np.ones(3))
    with pytest.raises(AlignmentError, match="found one that is not finite"):
        prepared.values(np.full(n, np.nan))
