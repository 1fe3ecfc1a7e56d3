"""Stacking, choosing layers, lending bounds, finding records, versions."""

from __future__ import annotations

import subprocess
import sys
from datetime import date

import numpy as np
import pandas as pd
import pytest

from carbonmeter.errors import FactorTableError
from carbonmeter.factors import DEFAULT, SHIPPED, FactorLibrary
from tests.factors.frames import ROW, answer, frame, measured, request


def test_the_upper_layer_answers_and_a_guide_chooses_layers_by_name():
    both = FactorLibrary.shipped("ndrc-2013", "cets-2024")
    assert both.layers == ("ndrc-2013", "cets-2024")
    assert answer(both, request())[1] == 24.515
    assert answer(both.select(["cets-2024", "ndrc-2013"]), request())[1] == 22.867
    assert answer(both.select(["cets-2024"]), request())[1] == 22.867


def test_select_keeps_a_users_layers_on_top_and_numbers_records_anew():
    library = measured().over(FactorLibrary.default()).select(("cets-2024", "gwp-ar5"))
    assert library.layers == ("measured", "cets-2024", "gwp-ar5")
    found = library.resolve([request(), request(site="boiler-9")])
    assert [library.records["id"].iloc[a.record] for a in found] == [
        "measured:1",
        "fuel.cets.anthracite.ncv",
    ]
    assert library.sites == {"boiler-1"}


def test_a_layer_that_is_not_there_is_an_error_with_a_near_name():
    with pytest.raises(FactorTableError, match="did you mean cets-2024") as caught:
        FactorLibrary.shipped("cets_2024", "nothing")
    assert [p.value for p in caught.value.problems] == ["cets_2024", "nothing"]
    with pytest.raises(FactorTableError, match="stack it over one"):
        measured().select(["cets-2024"])


def test_stacking_changes_neither_library():
    upper, lower = measured(), FactorLibrary.shipped("cets-2024")
    before = upper.version, lower.version
    stacked = upper.over(lower)
    assert (upper.version, lower.version) == before
    assert len(stacked) == len(upper) + len(lower)
    assert list(stacked.records["layer"][:2]) == ["measured", "cets-2024"]


def test_a_table_stacked_on_itself_is_refused():
    with pytest.raises(FactorTableError, match="is used in the layer 'measured' below"):
        measured().over(measured())
    two = measured(name="lab-a").over(measured({"site": "boiler-2"}, name="lab-b"))
    assert list(two.records["id"]) == ["lab-a:1", "lab-b:1"]


def test_one_parameter_in_two_dimensions_is_refused_when_stacked():
    wrong = measured({"parameter": "carbon_content", "unit": "tC/t", "value": 0.7})
    with pytest.raises(FactorTableError) as caught:
        wrong.over(FactorLibrary.default())
    (problem,) = caught.value.problems
    assert (problem.file, problem.row, problem.column, problem.value) == (
        "DataFrame",
        1,
        "unit",
        "tC/t",
    )
    assert "carbon_content is in" in problem.rule


# ---- bounds


def test_bounds_are_lent_relative_to_the_value():
    ipcc = FactorLibrary.shipped("ipcc-2006")
    lent = FactorLibrary.shipped("cets-2024").with_bounds_from(ipcc)
    row = lent.records.set_index("id").loc["fuel.cets.anthracite.ncv"]
    assert row["value"] == 22.867
    assert row["low"] == pytest.approx(22.867 * 21.6 / 26.7, rel=1e-14)
    assert row["high"] == pytest.approx(22.867 * 32.2 / 26.7, rel=1e-14)
    assert (row["coverage"], row["distribution"]) == (95.0, "normal")
    assert row["bounds_from"] == "ipcc2006.v2.ncv.anthracite"


def test_records_without_a_lender_or_with_own_bounds_stay_as_they_are():
    ipcc = FactorLibrary.shipped("ipcc-2006")
    stack = measured(
        {"site": "a"},
        {"site": "b", "low": 24.0, "high": 26.0, "coverage": 95, "distribution": "normal"},
        {"site": "c", "tier": "supplier"},
    ).over(FactorLibrary.shipped("gbt-32151-34-2024", "cn-grid"))
    lent = stack.with_bounds_from(ipcc).records.set_index("id")
    assert list(lent.loc[["measured:1", "measured:2", "measured:3"], "bounds_from"]) == ["", "", ""]
    assert lent.loc["measured:2", "low"] == 24.0
    assert np.isnan(lent.loc["measured:1", "low"])
    assert np.isnan(lent.loc["fuel.gbt34.benzol.ncv", "low"])
    assert np.isnan(lent.loc["elec.nonfossil_direct", "low"])
    assert stack.with_bounds_from(ipcc).version != stack.version
    assert stack.with_bounds_from(measured()).version == stack.version


def test_of_several_lenders_the_latest_lends_and_equals_lend_nothing():
    bounds = {"low": 20.0, "high": 30.0, "coverage": 95, "distribution": "normal", "value": 25.0}
    older = bounds | {"valid_from": "2020-01-01", "valid_to": "2021-01-01", "low": 24.0}
    borrower = measured({"tier": "default", "site": "*", "value": 50.0}, name="own")
    latest = measured(older | {"site": "a"}, bounds | {"site": "b"}, name="lender")
    assert borrower.with_bounds_from(latest).records["low"].tolist() == [40.0]
    equal = measured(bounds | {"site": "a"}, bounds | {"site": "b"}, name="lender")
    assert borrower.with_bounds_from(equal).records["low"].isna().all()


# ---- finding


def test_records_are_found_by_words_in_either_language():
    library = FactorLibrary.default()
    zh, en = library.find("无烟煤 低位发热量"), library.find("anthracite Net Calorific")
    assert list(zh["id"]) == list(en["id"])
    assert {"fuel.cets.anthracite.ncv", "ipcc2006.v2.ncv.anthracite"} <= set(zh["id"])
    assert list(library.find("山东 2023年电力")["id"]) == ["elec.prov.SD.2023"]
    assert library.find("no such thing").empty


def test_near_names_what_is_held_instead():
    library = FactorLibrary.shipped("cets-2024", "green-credit")
    assert library.near(request(subject="anthracyte")) == "anthracite"
    assert library.near(request(subject="无烟煤")) == "anthracite"
    held = library.near(request(start=date(2020, 1, 1), end=date(2021, 1, 1)))
    assert held == "anthracite in region CN, valid 2024-01-01 to …, tier default (cets-2024)"
    weight = library.near(request("build_margin_weight", subject="hydropower"))
    assert weight == "photovoltaic, wind, other"
    assert library.near(request("no_such_parameter")) == ""


# ---- reading a user's table


def test_a_measured_table_may_leave_out_all_that_a_lab_need_not_say():
    library = measured()
    row = library.records.iloc[0]
    assert (row["region"], row["tier"], row["confidence"]) == ("*", "measured", "primary")
    assert (row["id"], row["layer"], row["row"]) == ("measured:1", "measured", 1)


def test_the_same_table_as_csv_excel_parquet_or_frame_answers_alike(tmp_path):
    table = frame({}, {"site": "boiler-2", "value": 26.25})
    table.to_csv(tmp_path / "lab.csv", index=False)
    table.to_excel(tmp_path / "lab.xlsx", index=False)
    table.to_parquet(tmp_path / "lab.parquet")
    for suffix in ("csv", "xlsx", "parquet"):
        library = FactorLibrary.open(tmp_path / f"lab.{suffix}")
        assert library.layers == ("lab",)
        assert answer(library, request(site="boiler-2"))[1] == 26.25
    assert FactorLibrary.open(str(tmp_path / "lab.csv")).records["id"].iloc[0] == "lab:2"
    assert FactorLibrary.open(table, name="lab").layers == ("lab",)


def test_chinese_headings_and_labels_are_understood():
    table = pd.DataFrame(
        [
            [
                "低位发热量",
                "无烟煤",
                "山东",
                "1号锅炉",
                "2024-01-01",
                "2025-01-01",
                25.1,
                "吉焦/吨",
                "证书17",
            ]
        ],
        columns=["参数", "对象", "地区", "场所", "有效期起", "有效期止", "数值", "单位", "来源"],
    )
    assert answer(FactorLibrary.open(table), request(site="1号锅炉"))[1] == 25.1


# ---- versions and views


def test_the_version_is_that_of_the_content():
    rows = ({"id": "a"}, {"id": "b", "site": "boiler-2"})
    assert measured(*rows).version == measured(*reversed(rows)).version
    assert measured(*rows).version != measured(rows[0]).version
    changed = measured({"id": "a", "value": 25.2}, rows[1])
    assert measured(*rows).version != changed.version
    a, b = FactorLibrary.shipped("gwp-ar5"), FactorLibrary.shipped("gwp-ar6")
    assert a.over(b).version != b.over(a).version
    assert len(a.version) == 64


def test_the_version_is_the_same_in_another_process():
    code = "from carbonmeter.factors import FactorLibrary; print(FactorLibrary.default().version)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == FactorLibrary.default().version


def test_records_and_sources_are_tables_whose_change_changes_no_answer():
    library = FactorLibrary.shipped("cets-2024")
    found = library.find("anthracite")
    found["value"] = 0.0
    assert answer(library, request())[1] == 22.867
    assert list(library.records.columns[:3]) == ["layer", "id", "parameter"]
    assert list(library.sources["source"][:2]) == ["CETS_AG_04_01_2024", "CETS_AG_01_01"]
    with pytest.raises(ValueError, match="read-only"):
        library.stack[0].columns["value"][0] = 0.0


def test_the_default_is_the_documented_stack_and_stands_above_what_is_asked_for_by_name():
    library = FactorLibrary.default()
    assert library.layers == DEFAULT
    assert SHIPPED[: len(DEFAULT)] == DEFAULT
    assert len(set(SHIPPED)) == len(SHIPPED)
    assert library.sites == frozenset()


def test_the_view_is_short_and_escaped():
    library = measured(ROW, name="<b>lab</b>").over(FactorLibrary.default())
    view = library._repr_html_()
    assert "&lt;b&gt;lab&lt;/b&gt;" in view
    assert "<b>lab" not in view
    assert len(view) < 5000
    assert repr(measured()).startswith("<FactorLibrary measured (1); 1 records, version ")


def test_near_says_when_a_value_is_not_yet_valid():
    wanted = request("non_fossil_emission_factor", subject="", unit="tCO2/MWh")
    held = FactorLibrary.shipped("cn-grid").near(wanted)
    assert held == "any subject in region CN, valid 2025-03-01 to …, tier default (cn-grid)"


def test_tables_beside_each_other_may_not_give_one_value_twice():
    """Stacked, the upper one would answer in silence."""
    row = {
        "parameter": "net_calorific_value",
        "subject": "anthracite",
        "site": "boiler-1",
        "valid_from": "2024-01-01",
        "valid_to": "2025-01-01",
        "value": 23.1,
        "unit": "GJ/t",
        "source": "laboratory",
    }
    one = FactorLibrary.open(pd.DataFrame([row]), name="one")
    later = {"valid_from": "2025-01-01", "valid_to": "2026-01-01"}
    next_year = FactorLibrary.open(pd.DataFrame([{**row, **later}]), name="next year")
    again = FactorLibrary.open(pd.DataFrame([{**row, "value": 24.0}]), name="again")
    assert one.beside(next_year).layers == ("one", "next year")
    with pytest.raises(FactorTableError, match="neither is above") as found:
        one.beside(next_year, again)
    (problem,) = found.value.problems
    assert problem.column == "valid_from"
    assert "overlaps row 1" in problem.rule
