"""Financed emissions of whole books: printed numbers, verdicts, coverage, uncertainty."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbonmeter.errors import AlignmentError, LoanError
from tests.finance.books import (
    WORKS,
    attributed,
    borrower,
    components,
    emissions,
    loan,
    project,
    scored,
)

SOLAR = emissions(("solar-farm", "1", 10.0, 1.0), ("solar-farm", "2-location", 30.0, 3.0))
SAVED = pd.DataFrame(
    [{"entity": "solar-farm", "scope": "", "kind": "avoided", "co2e": 82_690.0, "U": 800.0}]
)


def only(result) -> pd.Series:
    frame = result.frame()
    assert len(frame) == 1
    return frame.iloc[0]


# ---------------------------------------------------------------- worked examples


def test_worked_business_loan():
    row = only(attributed([loan()]))
    assert row["attribution"] == pytest.approx(0.15, rel=1e-15)
    assert round(row["financed_scope_1"] + row["financed_scope_2"]) == 7_500
    assert row["dq_score"] == 2.0
    assert (row["option"], row["score_record"]) == ("1b", "FP1")
    assert row["denominator"] == "equity_plus_debt"
    assert (row["verdict"], row["findings"]) == ("clean", "")
    assert np.isnan(row["avoided"])


def test_worked_negative_equity():
    row = only(attributed([loan()], [borrower(equity=-5e6)]))
    assert f"{row['attribution']:.4f}" == "0.2143"
    assert round(row["financed_scope_1"] + row["financed_scope_2"]) == 10_714
    assert row["verdict"] == "accepted with findings"
    assert row["findings"] == "negative equity counted as zero, all emissions go to debt"


def test_worked_listed_borrower_takes_its_enterprise_value():
    listed = borrower(listed="yes", equity=1e6, market_cap=50e6, debt=50e6, minorities=0.0)
    row = only(attributed([loan(outstanding=50e6)], [listed]))
    assert (row["denominator"], row["denominator_cny"]) == ("evic", 100e6)
    assert row["attribution"] == 0.5
    assert row["verdict"] == "clean"


def test_worked_photovoltaic_loan():
    pv = loan(
        asset_class="project_finance", borrower="solar-farm", project="solar", outstanding=150e6
    )
    row = only(attributed([pv], totals=SOLAR, reductions=SAVED))
    assert round(row["avoided"]) == 24_807
    assert row["U_avoided"] == pytest.approx(240.0)
    assert row["financed_scope_1"] == pytest.approx(3.0)
    assert row["financed_scope_2"] == pytest.approx(9.0)
    assert row["verdict"] == "clean"


def test_worked_weighted_score():
    book = [loan("A", outstanding=522_425.0), loan("B", borrower="mill", outstanding=187_449.0)]
    totals = pd.concat([WORKS, WORKS.assign(entity="mill")])
    scores = pd.concat([scored("works", score=3.0), scored("mill", score=5.0)])
    result = attributed(book, [borrower(), borrower("mill")], totals=totals, scores=scores)
    assert f"{result.weighted_score().value:.2f}" == "3.53"
    assert f"{result.by()['dq_score'].iat[0]:.2f}" == "3.53"


# ---------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("changes", "balance", "reason"),
    [
        ({"date": "2025-01-15"}, {}, "after_report"),
        ({"date": "2024-06-30"}, {"date": "2024-06-30"}, "old_loan"),
        ({}, {"date": "2024-06-30"}, "far_dates"),
        ({}, {"date": "2025-03-31"}, "after_report"),
        ({"outstanding": 41e6}, {}, "share_above_one"),
        ({}, {"equity": -1e6, "debt": 0.0}, "no_denominator"),
        ({}, {"equity": np.nan, "debt": 1e6}, "no_denominator"),
        ({}, {"listed": "yes", "market_cap": np.nan}, "no_denominator"),
        ({"borrower": "unknown"}, {}, "no_account"),
        ({"asset_class": "project_finance", "project": "tower"}, {}, "unknown_project"),
    ],
)
def test_wrong_arithmetic_is_refused_with_its_reason(changes, balance, reason):
    row = only(attributed([loan(**changes)], [borrower(**balance)]))
    assert (row["verdict"], row["reason"]) == ("refused", reason)
    assert np.isnan(row["attribution"])
    assert np.isnan(row["financed_scope_1"])
    assert row["findings"]


def test_a_refused_loan_says_what_is_wrong_and_where():
    result = attributed([loan(outstanding=41e6), loan("L2", outstanding=1e6)])
    with pytest.raises(LoanError, match="1 of 2 loans cannot be attributed") as caught:
        result.raise_refused()
    assert caught.value.problems[0].value == "L1"
    assert "41000000.00 of 40000000.00 CNY" in str(caught.value)
    attributed([loan()]).raise_refused()


def test_a_borrower_without_balance_sheet_is_refused():
    row = only(attributed([loan()], [borrower("mill")]))
    assert (row["verdict"], row["reason"]) == ("refused", "no_balance_sheet")
    assert row["findings"].endswith("(works)")


# ---------------------------------------------------------------- findings


@pytest.mark.parametrize(
    ("balance", "finding"),
    [
        ({"date": "2024-11-30"}, "balance sheet of 2024-11-30, loan of 2024-12-31"),
        ({"equity": np.nan, "total_assets": 80e6}, "equity or debt unknown: total assets used"),
        ({"listed": "yes", "market_cap": 50e6}, "minority interests unknown and left out"),
    ],
)
def test_a_weakness_is_a_finding_and_the_figure_stands(balance, finding):
    row = only(attributed([loan()], [borrower(**balance)]))
    assert row["verdict"] == "accepted with findings"
    assert finding in row["findings"]
    assert row["attribution"] > 0


def test_an_absent_scope_is_null_not_zero():
    totals = emissions(("works", "1", 40_000.0, 1.0))
    result = attributed([loan()], totals=totals)
    row = only(result)
    assert row["findings"] == "the account has no emissions of scope 2"
    assert np.isnan(row["financed_scope_2"])
    assert np.isnan(result.by("lender")["financed_scope_2"].iat[0])
    assert result.by("lender")["loans_financed_scope_2"].iat[0] == 0


def test_a_loan_without_score_is_accepted_with_a_finding():
    row = only(attributed([loan()], scores=scored("mill")))
    assert row["findings"] == "no data-quality score was given"


def test_loans_that_together_exceed_the_borrower_name_each_other():
    book = [loan("A", outstanding=25e6), loan("B", outstanding=16e6, lender="bank-b")]
    frame = attributed(book).frame()
    assert set(frame["verdict"]) == {"accepted with findings"}
    assert "all loans together hold 1.0250 of what finances works: A, B" in frame["findings"][0]
    within = attributed([loan("A", outstanding=24e6), loan("B", outstanding=16.02e6)]).frame()
    assert set(within["verdict"]) == {"clean"}


def test_a_repaid_loan_keeps_its_row():
    row = only(attributed([loan(outstanding=0.0)]))
    assert row["verdict"] == "clean"
    assert (row["attribution"], row["financed_scope_1"]) == (0.0, 0.0)


def test_the_latest_balance_sheet_up_to_the_report_is_taken():
    sheets = [borrower(debt=88e6), borrower(date="2024-11-30"), borrower(date="2025-06-30")]
    row = only(attributed([loan()], sheets))
    assert row["denominator_cny"] == 100e6
    assert row["verdict"] == "clean"


def test_amounts_of_several_units_meet_in_one():
    sheet = borrower(equity=1_200.0, debt=2_800.0, unit="万元")
    assert only(attributed([loan(outstanding=0.06, unit="亿元")], [sheet]))["attribution"] == 0.15


def test_reductions_of_an_entity_with_two_projects_are_not_guessed():
    pv = loan(asset_class="project_finance", borrower="solar-farm", project="solar")
    both = [project(), project("roof")]
    row = only(attributed([pv], projects=both, totals=SOLAR, reductions=SAVED))
    assert np.isnan(row["avoided"])
    assert "the entity has several projects" in row["findings"]


def test_lines_of_other_kinds_are_never_netted():
    sold = emissions(("works", "2-location", -9_000.0, 1.0)).assign(kind="deduction")
    stored = emissions(("works", "", -500.0, 1.0)).assign(kind="removal")
    row = only(attributed([loan()], totals=pd.concat([WORKS, sold, stored])))
    assert row["financed_scope_2"] == pytest.approx(1_500.0)
    assert row["financed_scope_1"] == pytest.approx(6_000.0)


def test_two_rows_of_one_entity_and_scope_are_refused():
    with pytest.raises(AlignmentError, match="more than one row an entity and scope, for works"):
        attributed([loan()], totals=pd.concat([WORKS, WORKS]))
    with pytest.raises(AlignmentError, match="no column U"):
        attributed([loan()], totals=WORKS.drop(columns="U"))
    with pytest.raises(AlignmentError, match="more than one score"):
        attributed([loan()], scores=pd.concat([scored("works"), scored("works")]))


# ---------------------------------------------------------------- totals


def test_errors_of_one_borrower_add_and_of_two_borrowers_square():
    book = [
        loan("A", outstanding=4e6),
        loan("B", outstanding=8e6),
        loan("C", outstanding=20e6, borrower="mill"),
        loan("D", outstanding=2e6, borrower="mill", lender="bank-b"),
    ]
    totals = emissions(("works", "1", 1000.0, 100.0), ("mill", "1", 500.0, 80.0))
    result = attributed(book, [borrower(), borrower("mill")], totals=totals)
    table = result.by("lender").set_index("lender")
    assert table.loc["bank-a", "financed_scope_1"] == pytest.approx(0.3 * 1000 + 0.5 * 500)
    assert table.loc["bank-a", "U_financed_scope_1"] == pytest.approx(np.hypot(30.0, 40.0))
    assert table.loc["bank-a", "U_at_most_financed_scope_1"] == pytest.approx(70.0)
    assert table.loc["bank-b", "U_financed_scope_1"] == pytest.approx(4.0)
    whole = result.by().iloc[0]
    assert whole["U_financed_scope_1"] == pytest.approx(np.hypot(30.0, 44.0))
    assert whole["t_per_million_cny"] == pytest.approx(575.0 / 34.0)


BOTH = emissions(("works", "1", 1000.0, 100.0), ("mill", "1", 500.0, 80.0))
TWO = [loan("A", outstanding=12e6), loan("B", outstanding=20e6, borrower="mill")]


@pytest.mark.parametrize(
    ("of_mill", "expanded"),
    [
        ([("coal", 40.0)], 30.0 + 40.0),  # all is shared: U adds
        ([("gas", 40.0)], 50.0),  # nothing is: 30 and 40 are squared
        ([("coal", -40.0)], 40.0 - 30.0),  # the mill falls when the works rises
        ([("coal", 24.0), ("gas", 32.0)], np.hypot(30.0 + 24.0, 32.0)),
    ],
)
def test_what_borrowers_share_adds_before_it_is_squared(of_mill, expanded):
    known = components(
        ("works", "1", "coal", 50.0), *(("mill", "1", name, size) for name, size in of_mill)
    )
    result = attributed(TWO, [borrower(), borrower("mill")], totals=BOTH, components=known)
    assert result.shared
    whole = result.by().iloc[0]
    assert whole["U_financed_scope_1"] == pytest.approx(expanded, rel=1e-14)
    assert whole["U_at_most_financed_scope_1"] == pytest.approx(70.0, rel=1e-14)
    each = result.by("borrower").set_index("borrower")["U_financed_scope_1"]
    assert each.to_dict() == pytest.approx({"mill": 40.0, "works": 30.0}, rel=1e-14)


def test_a_record_that_two_scopes_share_does_not_join_them():
    known = components(
        ("works", "1", "coal", 50.0), ("mill", "1", "coal", 40.0), ("mill", "2-location", "coal", 5)
    )
    totals = pd.concat([BOTH, emissions(("mill", "2-location", 60.0, 10.0))])
    result = attributed(TWO, [borrower(), borrower("mill")], totals=totals, components=known)
    assert result.by()["U_financed_scope_2"].tolist() == [pytest.approx(5.0)]


def test_reductions_of_two_projects_on_one_grid_add():
    pv = {"asset_class": "project_finance", "borrower": "solar-farm", "outstanding": 250e6}
    book = [
        loan("A", project="solar", **pv),
        loan("B", project="roof", **{**pv, "borrower": "roofs"}),
    ]
    roof = SAVED.assign(entity="roofs", co2e=1_000.0, U=60.0)
    margin = components(
        ("solar-farm", "", "margin", 400.0), ("roofs", "", "margin", 30.0), kind="avoided"
    )
    more = {
        "projects": [project(), project("roof", entity="roofs")],
        "totals": pd.concat([SOLAR, SOLAR.assign(entity="roofs")]),
        "reductions": pd.concat([SAVED, roof]),
    }
    apart = attributed(book, **more)
    assert not apart.shared
    assert apart.by()["U_avoided"].tolist() == [pytest.approx(np.hypot(400.0, 30.0))]
    together = attributed(book, **more, reduction_components=margin)
    assert together.by()["U_avoided"].tolist() == [pytest.approx(430.0)]


def test_components_of_other_totals_are_refused():
    known = components(("works", "1", "coal", 50.0), ("mill", "1", "coal", 40.0))
    sheets = [borrower(), borrower("mill")]
    for wrong in (known.assign(contribution=[50.0, 41.0]), known.iloc[:1], known.iloc[:0]):
        with pytest.raises(AlignmentError, match="components: do not add up to the U given, for m"):
            attributed(TWO, sheets, totals=BOTH.sort_values("co2e"), components=wrong)
    with pytest.raises(AlignmentError, match="more than one row an entity, scope and component"):
        attributed(TWO, sheets, totals=BOTH, components=pd.concat([known, known]))
    with pytest.raises(AlignmentError, match=r"no column contribution; .*components\(\)"):
        attributed(TWO, sheets, totals=BOTH, components=BOTH.assign(component=""))


def test_an_unknown_uncertainty_stays_unknown_in_the_total():
    totals = emissions(("works", "1", 1000.0, np.nan))
    table = attributed([loan()], totals=totals).by("lender")
    assert table["financed_scope_1"].iat[0] == pytest.approx(150.0)
    assert np.isnan(table["U_financed_scope_1"].iat[0])


def test_coverage_lists_every_exclusion_with_its_reason():
    book = [
        loan("A", outstanding=6e6),
        loan("B", outstanding=3e6, borrower="shop"),
        loan("C", outstanding=1e6, borrower="stall"),
    ]
    result = attributed(book)
    table = result.coverage()
    assert table["reason"].tolist() == ["", "no_account"]
    assert table["loans"].tolist() == [1, 2]
    assert table["share"].tolist() == pytest.approx([0.6, 0.4])
    assert table["meaning"].iat[1] == "no account holds the emissions of the borrower"
    assert result.covered() == pytest.approx(0.6)
    assert result.by()["assessed"].iat[0] == 1


def test_an_unknown_label_is_refused_with_those_near():
    with pytest.raises(AlignmentError, match="no label 'lenders'; there are: lender"):
        attributed([loan()]).by("lenders")


@given(st.permutations(range(8)), st.lists(st.floats(0.0, 1e6), min_size=8, max_size=8))
def test_the_order_of_the_loans_leaves_no_mark_on_totals(order, amounts):
    entities = ["works", "mill"]
    book = [
        loan(f"L{i}", outstanding=amounts[i], borrower=entities[i % 2], lender=f"bank-{i % 3}")
        for i in range(8)
    ]
    totals = pd.concat([WORKS, WORKS.assign(entity="mill")])
    sheets = [borrower(), borrower("mill")]
    known = components(
        *((e, "1", name, size) for e in entities for name, size in (("a", 1200.0), ("b", 1600.0))),
        *((e, "2-location", e, 250.0) for e in entities),
    )
    first = attributed(book, sheets, totals=totals, components=known).by("lender")
    second = attributed([book[i] for i in order], sheets, totals=totals, components=known[::-1]).by(
        "lender"
    )
    pd.testing.assert_frame_equal(first, second, check_exact=True)
    for line in ("financed_scope_1", "financed_scope_2"):
        most = first[f"U_at_most_{line}"]
        assert (first[f"U_{line}"] <= most * (1 + 1e-12)).all() or most.isna().any()


@pytest.mark.parametrize("day", [None, "yesterday", "2024-02-30", ""])
def test_a_report_without_a_date_ages_nothing_and_is_refused(day):
    with pytest.raises(AlignmentError, match="is not a date; write '2024-12-31'"):
        attributed([loan()], as_of=day)
