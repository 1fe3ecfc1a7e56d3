"""Accounts by hand calculation, and what an account refuses."""

from __future__ import annotations

from datetime import date

import pytest

from carbonmeter.accounts import compare
from carbonmeter.errors import AccountError, FactorNotFound, GuideError
from tests.accounts.ledgers import activity, aluminium, anthracite, co2e, made, measured
from tests.helpers import printed


@pytest.mark.parametrize(
    ("guide", "period", "expected"),
    [
        ("ndrc", "2024", "23228"),
        ("cets", "2024", "22588"),
        ("gbt-32151", "2026", "25215"),
        ("gbt-32151", "2024", "23228"),
    ],
)
def test_same_coal_under_each_guide(guide: str, period: str, expected: str) -> None:
    result = made(anthracite(period=period), guide=guide)
    assert co2e(result, kind="emission", scope="1") == printed(expected)


def test_aluminium_by_cets_defaults_to_the_printed_digits() -> None:
    """100 000 t: anodes 147 083.2 t, PFC 26 316 tCO2e."""
    result = made(aluminium())
    assert co2e(result, gas="CO2", scope="1") == printed("147083.2")
    pfc = co2e(result, gas="CF4", scope="1") + co2e(result, gas="C2F6", scope="1")
    assert pfc == printed("26316")


def test_the_template_rounds_the_anode_factor_and_both_results_are_shown() -> None:
    result = made(aluminium())
    lines = result.frame().set_index("gas")
    assert lines.loc["CO2", "co2e"] == printed("147083.2")
    assert lines.loc["CO2", "template_co2e"] == printed("147000")
    assert result.explain(0).template_co2e == printed("147000")


def test_the_template_keeps_two_decimals_of_amounts_however_the_rest_is_known() -> None:
    minutes = measured(
        {"parameter": "anode_effect_minutes", "site": "s", "value": 0.25, "unit": "min/d"}
    )
    lines = made(aluminium(site="s", quantity=1.005), library=minutes).frame().set_index("gas")
    per_tonne = 0.143 * 0.25 * 6.63
    assert lines.loc["CF4", "co2e"] == pytest.approx(1.005 * per_tonne)
    assert lines.loc["CF4", "template_co2e"] == pytest.approx(1.01 * per_tonne)


def test_aluminium_by_ndrc_uses_the_gwps_of_the_second_report() -> None:
    result = made(aluminium(), guide="ndrc")
    pfc = co2e(result, gas="CF4", scope="1") + co2e(result, gas="C2F6", scope="1")
    assert pfc == printed("25228")


def test_another_gwp_set_is_a_named_choice() -> None:
    result = made(aluminium(), guide="ndrc", gwp="AR5")
    pfc = co2e(result, gas="CF4", scope="1") + co2e(result, gas="C2F6", scope="1")
    assert pfc == printed("26316")
    assert result.attributes()["gwp_set"] == "AR5"


def test_measured_carbon_replaces_heat_value_and_carbon_as_a_pair() -> None:
    """10 000 t at 58.9 % carbon as received, oxidation 98 %: 21 164.73 t by hand."""
    library = measured(
        {
            "parameter": "carbon_content_as_received",
            "subject": "anthracite",
            "site": "boiler-1",
            "value": 0.589,
            "unit": "tC/t",
        }
    )
    rows = (anthracite(site="boiler-1"), anthracite(site="boiler-2"))
    result = made(*rows, library=library)
    lines = result.frame()
    assert lines["method"].tolist() == ["combustion.fuel_by_carbon", "combustion.fuel"]
    assert lines["co2e"].iloc[0] == printed("21164.73")
    assert lines["co2e"].iloc[1] == printed("22588")


def test_measured_anode_effect_minutes_replace_the_default() -> None:
    """CF4 = 0.143 x 0.25 min per cell-day = 0.03575 kg/t, C2F6 a tenth of it."""
    library = measured(
        {"parameter": "anode_effect_minutes", "value": 0.25, "unit": "min/d", "site": "potline-1"}
    )
    lines = made(aluminium(site="potline-1"), library=library).frame().set_index("gas")
    assert lines.loc["CF4", "method"] == "aluminium.slope_cf4"
    assert lines.loc["CF4", "emission"] == printed("3.575")
    assert lines.loc["C2F6", "emission"] == printed("0.3575")


def purchase(kind: str = "electricity_purchase", **more: object) -> dict[str, object]:
    return {"activity": kind, "quantity": 1000.0, "unit": "MWh", **more}


def test_electricity_series_are_chosen_never_mixed() -> None:
    latest = made(purchase())
    assert co2e(latest, scope="2-location") == printed("530.6")
    assert co2e(latest, scope="2-market") == printed("609.6")
    then = made(purchase(), as_of=date(2025, 6, 30))
    assert co2e(then, scope="2-location") == printed("536.6")
    provincial = made(purchase(), series={"grid_emission_factor": "grid_provincial_average"})
    assert co2e(provincial, scope="2-location") == printed("619.1")
    prescribed = made(
        purchase(period="2022"),
        guide="ndrc",
        series={"grid_emission_factor": "grid_ets_prescribed"},
    )
    assert co2e(prescribed, scope="2-location") == printed("570.3")
    with pytest.raises(FactorNotFound):  # prescribed for its years, it does not outlive them
        made(purchase(), series={"grid_emission_factor": "grid_ets_prescribed"})
    published = made(purchase(period="2022"), guide="ndrc")
    assert co2e(published, scope="2-location") == printed("536.6")


@pytest.mark.parametrize("guide", ["ndrc", "gbt-32151"])
def test_up_to_2020_the_first_guides_take_the_regional_average_of_2012(guide: str) -> None:
    """North China 0.8843; from data year 2021 on the national average of the year."""
    before = made(
        purchase(period="2020"), purchase("electricity_export", period="2020-12"), guide=guide
    )
    assert co2e(before, kind="emission", scope="2-location") == printed("884.3")
    assert co2e(before, kind="deduction", scope="2-location") == printed("-884.3")
    # no residual mix of 2020 is published: the market view says so by its method
    assert co2e(before, kind="emission", scope="2-market") == printed("884.3")
    methods = set(before.frame().query("scope == '2-market'")["method"])
    assert methods == {
        "electricity.purchased_without_residual",
        "electricity.exported_without_residual",
    }
    after = made(purchase(period="2021"), guide=guide)
    assert co2e(after, scope="2-location") == printed("556.8")
    assert co2e(after, scope="2-market") == printed("594.2")
    chosen = {"grid_emission_factor": "grid_ets_prescribed"}
    prescribed = made(purchase(period="2020"), guide=guide, series=chosen)
    assert co2e(prescribed, scope="2-location") == printed("610.1")


def test_non_fossil_power_counts_zero_only_with_evidence_and_only_in_the_market_view() -> None:
    kind = "non_fossil_electricity_purchase"
    with pytest.raises(AccountError, match=r"row 1  evidence  .*counts zero only with evidence"):
        made(purchase(kind))
    result = made(purchase(kind, evidence="contract.pdf"))
    assert co2e(result, scope="2-market") == 0.0
    assert co2e(result, scope="2-location") == printed("530.6")


def test_exports_are_deducted_on_a_line_of_their_own() -> None:
    result = made(purchase(), purchase("electricity_export"))
    assert co2e(result, kind="emission", scope="2-location") == printed("530.6")
    assert co2e(result, kind="deduction", scope="2-location") == printed("-530.6")


def test_units_of_the_country_convert_at_the_door() -> None:
    one = made(anthracite(10000.0, "t"))
    two = made(anthracite(1.0, "万吨"))
    assert co2e(one, scope="1") == pytest.approx(co2e(two, scope="1"), rel=1e-15)


def test_a_missing_factor_is_never_zero() -> None:
    row = anthracite(subject="anthracyte")
    with pytest.raises(FactorNotFound, match="anthracite") as caught:
        made(row)
    assert {p.row for p in caught.value.problems} == {1}
    result = made(row, anthracite(site="b"), missing="exclude")
    assert len(result) == 1
    assert not result.excluded.empty


def test_an_activity_the_guide_does_not_know_is_refused_by_name() -> None:
    with pytest.raises(AccountError, match="no method for this activity"):
        made(anthracite(), {"activity": "forest_stand", "quantity": 1.0, "unit": "ha"})


def test_a_period_before_the_guide_is_refused() -> None:
    with pytest.raises(AccountError, match="no edition of guide 'cets' is in force"):
        made(anthracite(period="2012"))


def test_the_period_picks_the_edition() -> None:
    result = made(anthracite(period="2024"), anthracite(period="2026"), guide="gbt-32151")
    assert set(result.frame()["guide"]) == {"gbt-32151-2015", "gbt-32151-34-2024"}


def test_aluminium_keeps_its_first_edition_until_the_second_is_in_force() -> None:
    """Part 34 does not count smelting, but part 4 of 2015 is in force until 2026-08-01."""
    rows = (aluminium(period="2025-06"), anthracite(period="2025-06"), aluminium(period="2026-08"))
    result = made(*rows, guide="gbt-32151")
    lines = result.frame().set_index("gas")
    assert lines.loc["CF4", "guide"] == "gbt-32151-4-2015"
    assert co2e(result, activity="aluminium_smelting", gas="CO2") == printed("150304")
    assert lines.loc["CF4", "co2e"] + lines.loc["C2F6", "co2e"] == printed("25228")
    assert co2e(result, activity="solid_fuel_combustion") == printed("25215")
    assert result.excluded["row"].tolist() == [3]


def test_a_unit_of_another_substance_is_refused() -> None:
    with pytest.raises(ValueError, match="tCO2"):
        made(anthracite(1.0, "tCO2"))


def test_guide_total_adds_what_the_guide_adds() -> None:
    rows = (anthracite(), purchase())
    assert made(*rows).guide_total().co2e.tolist() == [printed("22588")]
    both = made(*rows, guide="ndrc")
    assert both.guide_total().co2e.tolist() == [printed("23758")]


def test_a_guide_without_a_total_says_so() -> None:
    row = {
        "activity": "renewable_generation",
        "subject": "photovoltaic",
        "quantity": 100000.0,
        "unit": "MWh",
    }
    result = made(row, guide="green-credit")
    assert co2e(result, kind="avoided", scope="") == printed("82690")
    with pytest.raises(GuideError, match="defines no total"):
        result.guide_total()


def test_forest_removal_is_negative_and_outside_the_scopes() -> None:
    stock = [
        {"parameter": p, "subject": "poplar", "site": "f", "value": v, "unit": "m3/ha"}
        for p, v in (("stand_volume_start", 70.0), ("stand_volume_end", 78.0))
    ]
    row = {
        "activity": "forest_stand",
        "subject": "poplar",
        "site": "f",
        "quantity": 1500.0,
        "unit": "亩",
    }
    result = made(row, guide="ipcc-2006", library=measured(*stock))
    fraction = float(result.explain(0).inputs[-1].value)
    by_hand = 100.0 * 8.0 * 0.6251 * fraction * 44 / 12
    assert co2e(result, kind="removal", scope="") == pytest.approx(-by_hand, rel=1e-12)


def test_compare_leaves_what_one_guide_does_not_count_empty() -> None:
    rows = (anthracite(), aluminium())
    table = compare(made(*rows), made(*rows, guide="ndrc"), "gas")
    co2 = table[table["gas"] == "CO2"].iloc[0]
    assert co2["difference"] == pytest.approx(co2["co2e_b"] - co2["co2e_a"])
    assert set(table["gas"]) == {"CO2", "CF4", "C2F6"}


def test_share_of_evidence_adds_up_to_one_per_scope() -> None:
    library = measured(
        {
            "parameter": "carbon_content_as_received",
            "subject": "anthracite",
            "site": "b1",
            "value": 0.589,
            "unit": "tC/t",
        }
    )
    result = made(anthracite(site="b1"), anthracite(site="b2"), library=library)
    for label in ("tier", "confidence"):
        table = result.share(label)
        assert table.groupby("scope")["share"].sum().tolist() == [pytest.approx(1.0)]


def test_records_and_constants_from_memory_are_named() -> None:
    """The feed water's 83.74 kJ/kg was never read in a text: the account says so."""
    steam = {
        "activity": "steam_purchase",
        "subject": "x",
        "site": "s",
        "quantity": 1.0,
        "unit": "t",
    }
    library = measured(
        {"parameter": "steam_enthalpy", "site": "s", "value": 2777.0, "unit": "kJ/kg"}
    )
    result = made(steam, library=library)
    assert result.marked()["id"].tolist() == ["FEED_WATER_ENTHALPY"]
    assert made(anthracite()).marked().empty


def test_an_unknown_label_names_what_is_near() -> None:
    with pytest.raises(GuideError, match="did you mean: entity"):
        made(anthracite()).total("entty")


def test_activity_helper_keeps_rows_of_the_file() -> None:
    assert activity(anthracite(), anthracite(site="b")).row.tolist() == [1, 2]


def test_heat_counts_in_both_views_of_scope_2() -> None:
    """No contract parts heat from heat, so the market view must not lose it."""
    result = made({"activity": "heat_purchase", "quantity": 1000.0, "unit": "GJ"})
    assert co2e(result, scope="2-location") == printed("110")
    assert co2e(result, scope="2-market") == printed("110")


def test_the_power_guide_of_2022_prescribes_its_own_grid_factor() -> None:
    """0.5703 tCO2/MWh prescribed for 2022 and 2023; the same guide takes the average from 2024."""
    result = made(*(purchase(period=year) for year in ("2022", "2023", "2024")))
    years = {y: co2e(result, period=y, scope="2-location") for y in ("2022", "2023", "2024")}
    assert years == {"2022": printed("570.3"), "2023": printed("570.3"), "2024": printed("530.6")}


def unit_coal(**more: object) -> dict[str, object]:
    return {**anthracite(**more), "activity": "power_unit_combustion"}


def test_coal_of_a_power_unit_by_its_measured_carbon() -> None:
    """10 000 t at 58.9 % carbon, oxidation 99 %: 21 380.7 t, not by the fuel table."""
    carbon = {
        "parameter": "carbon_content_as_received",
        "subject": "anthracite",
        "site": "unit-1",
        "value": 0.589,
        "unit": "tC/t",
    }
    result = made(unit_coal(site="unit-1"), library=measured(carbon))
    assert co2e(result, scope="1") == printed("21380.7")


@pytest.mark.parametrize("period", ["2022", "2023", "2024"])
def test_unmeasured_coal_of_a_power_unit_takes_the_upper_limit(period: str) -> None:
    """10 000 t x 26.7 GJ/t x 0.03085 tC/GJ x 99 % x 44/12 = 29 900.1 t."""
    result = made(unit_coal(period=period))
    assert co2e(result, scope="1") == printed("29900.1")
    assert set(result.marked()["confidence"]) == {"memory"}


def test_coal_of_a_power_unit_under_a_guide_without_its_own_rule() -> None:
    assert co2e(made(unit_coal(), guide="ndrc"), scope="1") == printed("23228")


def test_a_missing_default_never_falls_to_an_upper_limit() -> None:
    with pytest.raises(FactorNotFound):
        made(anthracite(subject="peat"))


def test_the_power_guide_adds_purchased_electricity_only_in_2022() -> None:
    rows = [unit_coal(period="2022"), purchase(period="2022")]
    assert made(*rows).guide_total().co2e.tolist() == [printed("30470.4")]
    rows = [unit_coal(period="2023"), purchase(period="2023")]
    assert made(*rows).guide_total().co2e.tolist() == [printed("29900.1")]


def test_biogenic_and_recovered_carbon_are_memo_items_in_no_total() -> None:
    """1000 t of wood: 15.6 TJ/Gg x 112 t/TJ = 1747.2 t biogenic CO2, beside the coal."""
    wood = {"activity": "biomass_combustion", "subject": "wood", "quantity": 1000.0, "unit": "t"}
    sold = {"activity": "co2_recovery", "quantity": 50.0, "unit": "tCO2"}
    result = made(anthracite(), wood, sold)
    assert co2e(result, kind="memo", activity="biomass_combustion") == printed("1747.2")
    assert co2e(result, kind="memo", activity="co2_recovery") == printed("50.0")
    assert co2e(result, kind="emission", scope="1") == printed("22588")
    assert result.guide_total().co2e.tolist() == [printed("22588")]


def test_an_inventory_counts_methane_and_nitrous_oxide_of_biomass() -> None:
    """15.6 TJ x 30 kg x 28 + 15.6 TJ x 4 kg x 265, in t: 13.104 + 16.536."""
    wood = {"activity": "biomass_combustion", "subject": "wood", "quantity": 1000.0, "unit": "t"}
    result = made(wood, guide="ipcc-2006")
    assert co2e(result, kind="emission", scope="1") == printed("29.640")
    assert co2e(result, kind="memo", scope="") == printed("1747.2")


def test_oil_of_a_power_plant_has_defaults_in_2023() -> None:
    """1000 t of fuel oil: 41.816 x 0.0211 x 98 % x 44/12."""
    oil = {"activity": "liquid_fuel_combustion", "subject": "fuel_oil", "unit": "t"}
    result = made({**oil, "quantity": 1000.0, "period": "2023"})
    assert co2e(result, scope="1") == printed("3170.5")
