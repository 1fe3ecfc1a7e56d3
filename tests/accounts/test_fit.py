"""What a user hands over that would be computed wrongly, or passed over in silence."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from carbonmeter.accounts import account
from carbonmeter.errors import AccountError, FactorNotFound, FactorTableError, GuideError
from tests.accounts.ledgers import activity, anthracite, made, measured


def test_a_unit_that_the_method_cannot_count_is_named_with_its_row() -> None:
    with pytest.raises(AccountError, match="E303: DataFrame: units do not fit") as found:
        made(anthracite(entity="a"), anthracite(entity="b", unit="MWh"))
    (problem,) = found.value.problems
    assert (problem.row, problem.column, problem.value) == (2, "unit", "MWh")
    assert problem.cure


def test_every_row_left_out_is_listed_not_one_for_all() -> None:
    rows = [anthracite(entity=name, subject="unobtainium") for name in "abc"]
    left = made(anthracite(), *rows, missing="exclude").excluded
    assert sorted(set(left["row"])) == [2, 3, 4]
    with pytest.raises(FactorNotFound, match=r"needs it for 3 row\(s\)"):
        made(anthracite(), *rows)


def test_nothing_left_is_no_account() -> None:
    with pytest.raises(AccountError, match="no row is left to account"):
        made(anthracite(subject="unobtainium"), missing="exclude")


def test_a_day_before_the_records_were_public_is_said_to_be_the_reason() -> None:
    with pytest.raises(FactorNotFound, match="not yet public on 2001-01-01; choose a later as_of"):
        made(anthracite(), as_of=date(2001, 1, 1))


def test_a_parameter_that_no_method_takes_is_not_passed_over() -> None:
    table = measured({"parameter": "net_calorific_valu", "value": 25.0, "unit": "GJ/t"})
    with pytest.raises(FactorTableError, match="did you mean net_calorific_value") as found:
        account(activity(anthracite()), table, guide="cets")
    assert (found.value.problems[0].row, found.value.problems[0].column) == (1, "parameter")


def test_a_series_that_no_layer_holds_is_no_missing_factor() -> None:
    with pytest.raises(GuideError, match="did you mean: grid_provincial_average"):
        made(anthracite(), series={"grid_emission_factor": "grid_provincal_average"})


@pytest.mark.parametrize(
    ("change", "error", "says"),
    [
        ({"activity": pd.DataFrame()}, TypeError, "not a DataFrame: read_activity"),
        ({"activity": "plant.csv"}, TypeError, "not a str: read_activity"),
        ({"guide": None}, GuideError, "write guide='cets'"),
        ({"missing": "skip"}, GuideError, "write 'raise' or 'exclude'"),
        ({"as_of": "2024-12-31"}, GuideError, r"write date\(2024, 12, 31\)"),
        ({"as_of": pd.Timestamp("2024-12-31")}, GuideError, "is not a date"),
    ],
)
def test_arguments_of_another_kind_are_told_apart(change, error, says) -> None:
    arguments = {"activity": activity(anthracite()), "guide": "cets", **change}
    with pytest.raises(error, match=says):
        account(arguments.pop("activity"), **arguments)


def test_an_uncertainty_that_nothing_states_is_absent_not_zero() -> None:
    bare = made(anthracite()).total("entity").frame()
    assert np.isnan(bare["U"].iloc[0])
    stated = made(anthracite(u_rel=0.01)).total("entity").frame()
    assert stated["U"].iloc[0] == pytest.approx(0.02 * stated["co2e"].iloc[0])
