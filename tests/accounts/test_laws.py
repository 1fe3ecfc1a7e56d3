"""What may not change a total: order, splitting, units, names, an unused record."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carbonmeter.accounts import account
from carbonmeter.factors import FactorLibrary
from carbonmeter.tables import read_activity
from tests.accounts.ledgers import BASE, aluminium, anthracite, made, measured

amount = st.floats(1e-3, 1e9)
row = st.tuples(
    st.sampled_from(["a", "b", "c"]),
    st.sampled_from(["2024-01", "2024-02", "2024-03"]),
    st.sampled_from(["anthracite", "bituminous", "lignite"]),
    st.integers(0, 10**6),
    amount,
)
ledgers = st.lists(row, min_size=1, max_size=60, unique_by=lambda r: r[:4])


def table(rows: list[tuple[str, str, str, int, float]]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                **BASE,
                "entity": e,
                "period": p,
                "activity": "solid_fuel_combustion",
                "subject": s,
                "note": f"stock {n}",
                "quantity": q,
                "unit": "t",
            }
            for e, p, s, n, q in rows
        ]
    )


def totals(frame: pd.DataFrame, library: FactorLibrary | None = None) -> pd.DataFrame:
    result = account(read_activity(frame), library, guide="cets").total("entity", "subject")
    return result.frame()


@settings(max_examples=25)
@given(rows=ledgers, random=st.randoms(use_true_random=False))
def test_order_of_rows_leaves_the_same_bits(rows, random) -> None:
    shuffled = random.sample(rows, k=len(rows))
    one, two = totals(table(rows)), totals(table(shuffled))
    assert one["co2e"].tolist() == two["co2e"].tolist()
    assert one["U"].to_numpy().tobytes() == two["U"].to_numpy().tobytes()  # NaN where not stated


@settings(max_examples=15)
@given(rows=ledgers)
def test_splitting_a_file_adds_up(rows) -> None:
    whole = totals(table(rows)).set_index(["entity", "subject"])["co2e"]
    halves = [totals(table(part)) for part in (rows[::2], rows[1::2]) if part]
    added = pd.concat(halves).groupby(["entity", "subject"])["co2e"].sum()
    pd.testing.assert_series_equal(whole.sort_index(), added.sort_index(), rtol=1e-15)


@settings(max_examples=15)
@given(rows=ledgers)
def test_another_unit_of_the_file_gives_the_same_account(rows) -> None:
    frame = table(rows)
    tonnes = totals(frame)["co2e"].to_numpy()
    kilograms = totals(frame.assign(quantity=frame["quantity"] * 1000, unit="kg"))["co2e"]
    np.testing.assert_allclose(kilograms, tonnes, rtol=1e-12)


@settings(max_examples=10)
@given(rows=ledgers, k=st.integers(-12, 12))
def test_scaling_the_activity_scales_the_total(rows, k) -> None:
    frame = table(rows)
    scaled = totals(frame.assign(quantity=frame["quantity"] * 10.0**k))["co2e"].to_numpy()
    np.testing.assert_allclose(scaled, totals(frame)["co2e"].to_numpy() * 10.0**k, rtol=1e-12)


@settings(max_examples=10)
@given(rows=ledgers)
def test_a_zero_row_changes_nothing_and_names_carry_no_number(rows) -> None:
    frame = table(rows)
    zero = frame.iloc[:1].assign(quantity=0.0, note="nothing")
    assert totals(pd.concat([frame, zero]))["co2e"].tolist() == totals(frame)["co2e"].tolist()
    renamed = frame.assign(entity="zz-" + frame["entity"])
    assert totals(renamed)["co2e"].tolist() == totals(frame)["co2e"].tolist()


def test_an_unused_record_changes_nothing() -> None:
    frame = table([("a", "2024-01", "anthracite", 1, 5.0)])
    library = measured({"parameter": "anode_effect_minutes", "value": 0.2, "unit": "min/d"})
    assert totals(frame, library)["co2e"].tolist() == totals(frame)["co2e"].tolist()


def test_removals_never_reduce_gross_emissions() -> None:
    stock = [
        {"parameter": p, "subject": "poplar", "site": "f", "value": v, "unit": "m3/ha"}
        for p, v in (("stand_volume_start", 70.0), ("stand_volume_end", 78.0))
    ]
    forest = {"activity": "forest_stand", "subject": "poplar", "site": "f", "quantity": 5.0}
    coal = anthracite(subject="anthracite")
    both = made(coal, {**forest, "unit": "ha"}, guide="ipcc-2006", library=measured(*stock))
    alone = made(coal, guide="ipcc-2006")
    gross = both.total().where(kind="emission")["co2e"].sum()
    assert gross == alone.total().where(kind="emission")["co2e"].sum()


@pytest.mark.parametrize("line", range(3))
def test_a_receipt_recomputes_its_line(line: int) -> None:
    """The expression in numbers, worked by an independent reader of arithmetic, is the line."""
    import ast
    import operator

    operators = {
        ast.Add: operator.add,
        ast.Sub: operator.sub,
        ast.Mult: operator.mul,
        ast.Div: operator.truediv,
    }

    def worked(node: ast.AST) -> float:
        if isinstance(node, ast.BinOp):
            return operators[type(node.op)](worked(node.left), worked(node.right))
        assert isinstance(node, ast.Constant)
        return float(node.value)

    receipt = made(aluminium()).explain(line)
    numbers = receipt.steps[-1][2].replace("×", "*").replace("−", "-")
    got = worked(ast.parse(numbers, mode="eval").body)
    assert got == pytest.approx(receipt.result, rel=1e-12)
    assert receipt.tonnes * receipt.gwp.value == pytest.approx(receipt.co2e, rel=1e-15)
