"""Data-quality scores come from records, and the record stays beside the score."""

from __future__ import annotations

from datetime import date

import pytest

from carbonmeter import FactorLibrary
from carbonmeter.errors import FactorNotFound
from carbonmeter.finance import scores_of

ON = date(2024, 12, 31)


@pytest.fixture(scope="module")
def library():
    return FactorLibrary.shipped("pcaf-2022")


def test_an_account_of_energy_and_process_emissions_scores_two(library):
    table = scores_of(["works"], library, on=ON)
    assert table["asset_class"].tolist() == ["business_loan", "project_finance"]
    assert table["option"].tolist() == ["2a", "2a"]
    assert table["dq_score"].tolist() == [2.0, 2.0]
    assert table["record"].tolist() == ["FP0010", "FP0017"]
    assert table["clause"].tolist() == ["Table 5-7 / 10.1-2", "Table 5-10 / 10.1-3"]


def test_reported_figures_are_named_as_such(library):
    table = scores_of(["mill", "works"], library, on=ON, options={"mill": "1a"})
    assert table.groupby("entity")["dq_score"].first().to_dict() == {"mill": 1.0, "works": 2.0}


def test_an_option_without_a_score_is_refused(library):
    with pytest.raises(FactorNotFound, match="2 data-quality options have no score") as caught:
        scores_of(["works"], library, on=ON, options={"works": "9z"})
    assert caught.value.problems[0].value == "business_loan_9z"
