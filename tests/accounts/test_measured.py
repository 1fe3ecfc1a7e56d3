"""Measured values answer for the rows they were meant for, and for no others."""

from __future__ import annotations

import pytest

from carbonmeter.errors import AccountError
from tests.accounts.ledgers import anthracite, made, measured

CARBON = {
    "parameter": "carbon_content_as_received",
    "subject": "anthracite",
    "site": "boiler-1",
    "value": 0.589,
    "unit": "tC/t",
}


def test_a_site_name_that_two_entities_share_is_refused() -> None:
    """The laboratory of one plant must not answer for the boiler of another."""
    rows = (anthracite(site="boiler-1"), anthracite(site="boiler-1", entity="other"))
    with pytest.raises(AccountError, match=r"2 entities have one of that name: other, plant|plant"):
        made(*rows, library=measured(CARBON))


def test_a_value_for_a_part_of_the_period_is_not_passed_over() -> None:
    """Three measured months cannot answer for a year, and the default may not in silence."""
    month = {**CARBON, "valid_from": "2024-01-01", "valid_to": "2024-04-01"}
    with pytest.raises(AccountError, match="covers a part of it only") as caught:
        made(anthracite(site="boiler-1"), library=measured(month))
    assert {p.column for p in caught.value.problems} == {"period"}
    split = [anthracite(site="boiler-1", period=p) for p in ("2024-Q1", "2024-Q2")]
    result = made(*split, library=measured(month))
    assert result.frame()["method"].tolist() == ["combustion.fuel_by_carbon", "combustion.fuel"]


def test_values_of_other_sites_and_subjects_do_not_matter() -> None:
    library = measured({**CARBON, "subject": "bituminous", "valid_to": "2024-04-01"})
    assert len(made(anthracite(site="boiler-1"), library=library)) == 1
    library = measured({**CARBON, "site": "boiler-2", "valid_to": "2024-04-01"})
    assert len(made(anthracite(site="boiler-1"), library=library)) == 1


def test_values_that_no_line_used_are_listed() -> None:
    """A value for another subject or another year is not lost without a word."""
    other = {**CARBON, "subject": "bituminous"}
    late = {**CARBON, "valid_from": "2026-01-01", "valid_to": "2027-01-01"}
    result = made(anthracite(site="boiler-1"), library=measured(CARBON, other, late))
    assert result.unused[["subject", "valid_from"]].astype(str).values.tolist() == [
        ["bituminous", "2024-01-01"],
        ["anthracite", "2026-01-01"],
    ]
