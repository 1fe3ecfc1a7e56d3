"""Shares and denominators give the numbers that the sources' worked examples print."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbonmeter.errors import LoanError
from carbonmeter.finance import enterprise_value, equity_plus_debt, share, weighted

NONE = np.array([np.nan])


def one(x: float) -> np.ndarray:
    return np.array([x])


def test_six_of_forty_million_answers_for_7500_t():
    part = share(one(9e6 - 3e6), equity_plus_debt(one(12e6), one(28e6)))
    assert part[0] == pytest.approx(0.15, rel=1e-15)
    assert round(part[0] * 50_000) == 7_500


def test_negative_equity_is_counted_as_zero():
    part = share(one(6e6), equity_plus_debt(one(-5e6), one(28e6)))
    assert f"{part[0]:.4f}" == "0.2143"
    assert round(part[0] * 50_000) == 10_714


def test_enterprise_value_never_deducts_cash():
    value = enterprise_value(one(50.0), one(50.0), one(0.0))
    assert value[0] == 100.0
    assert share(np.array([50.0, 50.0]), np.repeat(value, 2)).tolist() == [0.5, 0.5]


def test_missing_equity_is_not_zero_equity():
    assert np.isnan(equity_plus_debt(NONE, one(1.0))[0])
    assert np.isnan(equity_plus_debt(one(1.0), NONE)[0])
    assert enterprise_value(one(1.0), one(2.0), NONE)[0] == 3.0


def test_project_and_revenue_shares_of_the_central_banks_guide():
    assert share(one(40e6), one(500e6))[0] * 30_000 == pytest.approx(2_400, abs=0.5)
    assert share(one(40e6), one(1_000e6))[0] * 200_000 == pytest.approx(8_000, abs=0.5)
    assert share(one(40e6), one(640e6))[0] * 200_000 == pytest.approx(12_500, abs=0.5)


def test_weighted_score_of_two_lines():
    result = weighted(np.array([522_425.0, 187_449.0]), np.array([3.0, 5.0]))
    assert f"{result.value:.2f}" == "3.53"
    assert result.outstanding_cny == 709_874.0


def test_a_loan_without_score_is_left_out_and_counted():
    result = weighted(np.array([100.0, 900.0]), np.array([2.0, np.nan]))
    assert (result.value, result.outstanding_cny, result.loans_without) == (2.0, 100.0, 1)
    assert np.isnan(weighted(one(1.0), NONE).value)


def test_every_wrong_share_is_named():
    money = np.array([1.0, -1.0, 5.0, 1.0, np.nan, 1.0])
    value = np.array([2.0, 2.0, 4.0, 0.0, 4.0, np.nan])
    with pytest.raises(LoanError, match="5 of 6 shares cannot be attributed") as caught:
        share(money, value)
    assert [problem.row for problem in caught.value.problems] == [1, 2, 3, 4, 5]
    assert "more than the denominator 4: the share would exceed one" in str(caught.value)


@given(st.lists(st.floats(1.0, 1e12), min_size=1, max_size=20), st.floats(0.0, 1.0))
def test_shares_of_one_borrower_answer_for_all_its_debt(parts, equity):
    debt = np.array([sum(parts)])
    value = np.repeat(equity_plus_debt(debt * equity, debt), len(parts))
    total = share(np.array(parts), value).sum()
    assert total == pytest.approx(1.0 / (1.0 + equity), rel=1e-12)
