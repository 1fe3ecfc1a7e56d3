"""Groups of the embedded prefecture by the three approaches, with weights worked out by hand."""

from __future__ import annotations

import math
from datetime import date
from fractions import Fraction

import pytest

from carbonmeter.examples import example
from carbonmeter.tables import read_entities
from tests.helpers import printed
from tests.regression.independent import consolidated
from tests.regression.prefecture import computed

WHOLE = Fraction(1)
CONTROL = {
    "dongchangfu-holding": {
        "dongchangfu-holding": WHOLE,
        "chiping-aluminium": WHOLE,
        "chiping-alumina": WHOLE,
    },
    "gaotang-machinery": {"gaotang-machinery": WHOLE, "gaotang-heat": WHOLE},
    "linqing-textile": {"linqing-textile": WHOLE, "linqing-pv": WHOLE},
}
EQUITY = {
    # alumina: 0.546 directly and 0.068 through the smelter; the paper mill was sold in mid-year
    "dongchangfu-holding": {
        "dongchangfu-holding": WHOLE,
        "chiping-aluminium": Fraction("0.75"),
        "chiping-alumina": Fraction("0.546") + Fraction("0.75") * Fraction("0.068"),
        "guanxian-pv": Fraction("0.75") * Fraction("0.35"),
    },
    "gaotang-machinery": {"gaotang-machinery": WHOLE, "gaotang-heat": Fraction("0.51")},
    "linqing-textile": {"linqing-textile": WHOLE, "linqing-pv": WHOLE},
}
APPROACHES = {
    "operational control": CONTROL,
    "financial control": CONTROL,  # every link states the same of both
    "equity share": EQUITY,
}


def made(approach: str):
    links = read_entities(example("liaocheng").entities)
    enterprises = computed().accounts[0].account
    return enterprises.consolidate(links, approach, as_of=date(2024, 12, 31))


@pytest.mark.parametrize("approach", list(APPROACHES))
def test_members_and_weights_are_those_of_the_hand(approach) -> None:
    members = made(approach).members
    for group, wanted in APPROACHES[approach].items():
        found = members[members["group"] == group].set_index("entity")["weight"]
        assert found.to_dict() == pytest.approx({e: float(w) for e, w in wanted.items()})
    size = members["group"].value_counts()
    assert set(size.index[size > 1]) == set(APPROACHES[approach])


@pytest.mark.parametrize("approach", list(APPROACHES))
def test_totals_of_groups_are_those_of_the_hand(approach) -> None:
    frame = made(approach).frame()
    for group, weights in APPROACHES[approach].items():
        wanted = consolidated(weights)
        rows = frame[frame["group"] == group]
        found = {(r.kind, r.scope): r.co2e for r in rows.itertuples()}
        assert found.keys() == wanted.keys()
        for key, co2e in wanted.items():
            assert math.isclose(found[key], float(co2e), rel_tol=1e-12), (group, key)


def test_heat_within_the_machinery_group_counts_once() -> None:
    """78 906 GJ from its own heating plant: 8 679.66 t of the buyer, 49 % of it by equity."""
    taken = made("operational control").eliminated.set_index(["group", "kind", "scope"])["co2e"]
    assert taken["gaotang-machinery", "emission", "2-location"] == printed("8679.66")
    assert taken["gaotang-machinery", "deduction", "2-location"] == printed("-8679.66")
    taken = made("equity share").eliminated.set_index(["group", "kind", "scope"])["co2e"]
    assert taken["gaotang-machinery", "emission", "2-location"] == printed("4426.63")
    assert set(made("equity share").eliminated["group"]) == {"gaotang-machinery"}
