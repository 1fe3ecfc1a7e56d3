"""Lines collapsed into exact sums: any cut into blocks and any order of merging, the same bits."""

from __future__ import annotations

import pickle

import numpy as np
import pandas as pd
import pytest

from carbonmeter.accounts import Account, account
from carbonmeter.accounts.collapse import Collapsed, collapse
from carbonmeter.accounts.group_labels import GroupLabels
from carbonmeter.accounts.totals import Totals
from carbonmeter.errors import CarbonmeterError, GuideError
from tests.accounts.ledgers import activity, aluminium, anthracite, measured
from tests.accounts.test_sample import CARBON, HEAT, PER_HEAT, mixed

BY = ("entity", "site", "gas")


def rows() -> list[dict[str, object]]:
    """Over the rows of the draws: small and large plants, so that blocks differ in their grids."""
    return [
        *mixed(),
        *(anthracite(10.0**k, site=f"s{k}", entity="ladder", u_rel=0.01) for k in range(-12, 13)),
        aluminium(7.0, site="w", entity="dwarf", u_rel=0.5, meter="belt"),
        anthracite(3.0, site="z", entity="unread"),
    ]


def account_of(table: list[dict[str, object]]) -> Account:
    library = measured(CARBON, HEAT, PER_HEAT)
    return account(activity(*table), library, guide="ndrc")


def state(table: list[dict[str, object]], by: tuple[str, ...] = BY) -> Collapsed:
    made = account_of(table)
    return collapse(made, made.grouped(*by))


def merged(states: list[Collapsed]) -> Collapsed:
    total = states[0]
    for more in states[1:]:
        total = total.merge(more)
    return total


def same(one: Totals, other: Totals) -> None:
    pd.testing.assert_frame_equal(one.frame(), other.frame(), check_exact=True)
    pd.testing.assert_frame_equal(one.components(), other.components(), check_exact=True)
    left, right = one.sample(2000).frame(), other.sample(2000).frame()
    pd.testing.assert_frame_equal(left, right, check_exact=True)


@pytest.mark.parametrize("n_blocks", [1, 2, 3, 7, 43])
@pytest.mark.parametrize("seed", [0, 1])
def test_blocks_in_any_order_give_the_bits_of_the_whole(n_blocks, seed) -> None:
    table, order = rows(), np.random.default_rng(seed)
    whole = account_of(table).total(*BY)
    blocks = np.array_split(order.permutation(len(table)), n_blocks)
    states = [state([table[i] for i in block]) for block in blocks]
    order.shuffle(states)
    same(whole, Totals.of(merged(states), whole.evidence))


def test_merging_is_commutative_and_associative() -> None:
    table = rows()
    a, b, c = (state(table[at::3]) for at in range(3))
    evidence = account_of(table).evidence
    left, right = Totals.of(a.merge(b).merge(c), evidence), Totals.of(c.merge(b.merge(a)), evidence)
    same(left, right)


def test_a_state_survives_pickling() -> None:
    made = account_of(rows())
    found = pickle.loads(pickle.dumps(collapse(made, made.grouped(*BY))))
    same(made.total(*BY), Totals.of(found, made.evidence))


@pytest.mark.parametrize("by", [(), ("entity",), ("gas",), ("site", "entity"), BY])
def test_fewer_labels_give_the_total_asked_for_at_once(by) -> None:
    made = account_of(rows())
    fewer, asked = made.total(*BY).by(*by), made.total(*by)
    names = list(asked.groups.names)
    for name in names:
        assert fewer.groups.labels[name] == asked.groups.labels[name]
    assert fewer.co2e.tolist() == asked.co2e.tolist()
    np.testing.assert_allclose(fewer.spread.combined.u, asked.spread.combined.u, rtol=1e-14)
    assert fewer.spread.covered.tolist() == pytest.approx(asked.spread.covered.tolist(), rel=1e-14)


def test_labels_that_are_not_there_are_refused() -> None:
    with pytest.raises(GuideError, match=r"no label 'sight'; they have: site"):
        account_of(rows()).total("site").by("sight")


def test_groups_of_other_labels_do_not_merge() -> None:
    with pytest.raises(ValueError, match="cannot be merged"):
        state(rows()).merge(state(rows(), ("entity",)))


def test_rows_that_were_given_up_cannot_be_drawn_one_by_one() -> None:
    made = account_of(rows())
    total = Totals.of(collapse(made, made.grouped("entity")), made.evidence)
    with pytest.raises(CarbonmeterError, match="have given their rows up"):
        total.sample(2000, rows="explicit").frame()


def test_the_effective_number_of_rows_is_that_of_equal_ones() -> None:
    equal = [anthracite(100.0, site=f"e{i}", u_rel=0.1) for i in range(9)]
    assert state(equal, ("entity",)).effective_rows.tolist() == pytest.approx([9.0])
    one_leads = [*equal, anthracite(1e6, site="giant", u_rel=0.1)]
    assert state(one_leads, ("entity",)).effective_rows.tolist() == pytest.approx([1.0], rel=1e-6)


def test_labels_of_groups_merge_in_the_order_of_their_texts() -> None:
    one = GroupLabels.of(["kind", "entity"], {"kind": ["b", "a"], "entity": ["x", "y"]})
    two = GroupLabels.of(["kind", "entity"], {"kind": ["a"], "entity": ["x"]})
    both, place, other = one.merge(two)
    assert both.labels == {"kind": ["a", "b", "a"], "entity": ["x", "x", "y"]}
    assert (place.tolist(), other.tolist()) == ([1, 2], [0])
