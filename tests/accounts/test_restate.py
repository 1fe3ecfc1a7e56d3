"""Restating: what moved is attributed without remainder, by an order that can be followed."""

from __future__ import annotations

import hashlib
import json
import math
import shutil
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from carbonmeter.accounts.moves import REASONS, order_of
from carbonmeter.accounts.restate import Restatement
from carbonmeter.cli import main
from carbonmeter.constants import CO2_PER_C
from carbonmeter.errors import FactorNotFound, GuideError
from carbonmeter.factors import FactorLibrary
from carbonmeter.factors.releases.release import release
from carbonmeter.methods import GUIDES, METHODS, Edition, Method
from carbonmeter.methods.declare import Emission, Parameter
from tests.accounts.ledgers import activity, aluminium, anthracite, made, measured
from tests.factors.test_shipped import DATA
from tests.helpers import printed

PUBLISHED = date(2024, 12, 20)
EVE = date(2024, 12, 19)
AS_KNOWN = {"grid_emission_factor": "grid_national_as_known"}


def power(quantity: float = 1000.0, **more: Any) -> dict[str, Any]:
    return {"activity": "electricity_purchase", "quantity": quantity, "unit": "MWh"} | more


def parts(frame: pd.DataFrame) -> pd.Series:
    """The sum of the columns of reasons."""
    known = [name for name in frame.columns if set(name.split(" + ")) <= set(REASONS)]
    return frame[[n for n in known if n != "activity data" or "row" not in frame]].sum(axis=1)


def check(found: Restatement, *by: str) -> pd.DataFrame:
    """Totals are those of the two accounts, and the parts add up to the difference."""
    frame = found.frame(*by)
    labels = [*by, "kind", "scope"]
    for side, made_of in (("old", found.old), ("new", found.new)):
        own = made_of.total(*by).frame().set_index(labels)["co2e"]
        held = frame.set_index(labels)[f"co2e_{side}"].dropna()
        assert held.sort_index().equals(own.sort_index().rename(f"co2e_{side}"))
    size = frame[["co2e_old", "co2e_new"]].abs().max(axis=1)
    assert (abs(parts(frame) - frame["difference"]) <= 1e-12 * size).all()
    lines = found.lines()
    size = lines[["co2e_old", "co2e_new"]].abs().max(axis=1)
    assert (abs(parts(lines) - lines["difference"]) <= 1e-12 * size).all()
    return frame


def one(frame: pd.DataFrame, **labels: str) -> pd.Series:
    for name, label in labels.items():
        frame = frame[frame[name] == label]
    assert len(frame) == 1, frame
    return frame.iloc[0]


# ---- one thing changed


def test_nothing_moves_when_nothing_changes():
    found = made(anthracite(), power(), aluminium()).restate()
    frame = check(found, "entity")
    assert found.reasons == ()
    assert (frame["difference"] == 0.0).all()
    assert found.records().empty
    assert "nothing moved" in repr(found)


def test_the_national_factor_of_2022_before_and_after_its_publication():
    old = made(power(period="2022"), guide="cets", series=AS_KNOWN, as_of=EVE)
    found = old.restate()
    row = one(check(found), scope="2-location")
    assert row["co2e_old"] == printed("570.3")
    assert row["co2e_new"] == printed("536.6")
    assert row["new data year"] == pytest.approx(-33.7)
    record = one(found.records(), scope="2-location")
    assert (record["id_old"], record["id_new"]) == ("elec.ets.0.5703", "elec.national.2022")
    assert check(old.restate(as_of=EVE))["difference"].tolist() == [0.0, 0.0]


def test_a_new_data_year_of_the_average_that_answers_for_a_later_year():
    old = made(power(), guide="ndrc", as_of=EVE)
    row = one(check(old.restate(as_of=PUBLISHED)), scope="2-location")
    assert (row["co2e_old"], row["co2e_new"]) == (printed("556.8"), printed("536.6"))
    assert row["new data year"] == pytest.approx(row["difference"])


def test_another_gwp_set_moves_only_what_it_weighs():
    found = made(anthracite(), aluminium(), guide="ndrc").restate(gwp="AR6")
    frame = check(found, "gas")
    assert found.reasons == ("GWP set",)
    # 100 000 t x 0.034 kgCF4/t x (7380 - 6500)
    assert one(frame, gas="CF4")["GWP set"] == printed("2992")
    assert one(frame, gas="CO2")["difference"] == 0.0


def test_another_series_is_another_method():
    old = made(power(period="2023"))
    found = old.restate(series={"grid_emission_factor": "grid_provincial_average"})
    assert one(check(found), scope="2-location")["method"] == pytest.approx(619.1 - 570.3)


def test_another_guide_moves_by_library_gwp_set_and_boundary():
    old = made(anthracite(), aluminium(), power(), guide="ndrc")
    found = old.restate(guide="cets")
    frame = check(found, "activity", "gas")
    assert set(found.reasons) <= set(REASONS)
    anode = one(frame, activity="aluminium_smelting", gas="CO2")
    # 100 000 t x (0.411 - 0.42) tC/t x (1 - 0.02 - 0.004) x 44/12
    expected = 1e5 * (0.411 - 0.42) * (1 - 0.02 - 0.004) * float(CO2_PER_C)
    assert anode["other library"] == pytest.approx(expected, rel=1e-12)
    assert one(frame, gas="CF4")["GWP set"] == pytest.approx(3.4 * (6630 - 6500))


def test_what_a_guide_does_not_count_is_its_boundary():
    found = made(anthracite(), power(), guide="ndrc").restate(guide="ipcc-2006")
    row = one(check(found, "activity"), scope="2-location")
    assert math.isnan(row["co2e_new"])
    assert row["boundary"] == row["difference"] == -row["co2e_old"]
    back = made(anthracite(), power(), guide="ipcc-2006").restate(guide="ndrc")
    row = one(check(back, "activity"), scope="2-location")
    assert row["boundary"] == row["co2e_new"] > 0.0
    # IPCC counts methane and nitrous oxide of the fire, the other guide carbon dioxide alone.
    gases = check(back, "gas")
    assert one(gases, scope="1", gas="CO2")["boundary"] == 0.0
    for gas in ("CH4", "N2O"):
        left_out = one(gases, gas=gas)
        assert left_out["boundary"] == left_out["difference"] == -left_out["co2e_old"] < 0.0


def test_values_are_exchanged_in_the_documented_order():
    """NCV, carbon and oxidation in the order of the method, each at those reached before."""
    found = made(anthracite(), guide="ndrc").restate(guide="cets").records()
    ids = ["fuel.{}.anthracite." + part for part in ("ncv", "cc", "of")]
    ndrc, cets = (
        FactorLibrary.shipped(name).records.set_index("id")["value"]
        for name in ("ndrc-2013", "cets-2024")
    )
    old = [ndrc[i.format("ndrc")] for i in ids]
    new = [cets[i.format("cets")] for i in ids]
    factors = 1e4 * float(CO2_PER_C) / 100.0
    ncv = (new[0] - old[0]) * old[1] * old[2] * factors
    oxidation = new[0] * new[1] * (new[2] - old[2]) * factors
    assert one(found, parameter="net_calorific_value")["difference"] == pytest.approx(ncv)
    assert one(found, parameter="oxidation_factor")["difference"] == pytest.approx(oxidation)


def test_a_correction_of_a_measured_value():
    value = {
        "parameter": "net_calorific_value",
        "subject": "anthracite",
        "site": "boiler",
        "unit": "GJ/t",
    }
    first = value | {"id": "lab.1", "value": 25.0, "published": "2025-01-31"}
    second = {"id": "lab.2", "value": 24.0, "published": "2025-03-31", "supersedes": "lab.1"}
    library = measured(first, value | second | {"supersede_reason": "correction"})
    old = made(anthracite(site="boiler"), library=library, as_of=date(2025, 2, 1))
    found = old.restate()
    row = one(check(found), scope="1")
    assert row["correction"] == pytest.approx(row["co2e_old"] * -1.0 / 25.0)
    assert one(found.records(), parameter="net_calorific_value")["id_new"] == "lab.2"


def test_a_retracted_value_leaves_the_default():
    value = {
        "parameter": "net_calorific_value",
        "subject": "anthracite",
        "site": "boiler",
        "unit": "GJ/t",
        "value": 25.0,
    }
    first = value | {"id": "lab.1", "published": "2025-01-31"}
    gone = {"id": "lab.x", "published": "2025-03-31", "supersedes": "lab.1"}
    library = measured(first, value | gone | {"supersede_reason": "retraction"})
    old = made(anthracite(site="boiler"), library=library, as_of=date(2025, 2, 1))
    row = one(check(old.restate()), scope="1")
    assert row["retraction"] == row["difference"]
    assert row["co2e_new"] == pytest.approx(row["co2e_old"] * 22.867 / 25.0)
    assert old.unused.empty
    assert old.restate().new.unused.empty


def test_measured_values_that_come_in_are_another_library():
    value = {"parameter": "net_calorific_value", "subject": "anthracite", "unit": "GJ/t"}
    found = made(anthracite()).restate(measured(value | {"value": 25.0}))
    row = one(check(found), scope="1")
    assert (
        row["other library"]
        == row["difference"]
        == pytest.approx(row["co2e_old"] * (25.0 / 22.867 - 1.0))
    )


def test_a_row_that_the_new_library_cannot_answer_is_named_and_attributed():
    value = {"parameter": "net_calorific_value", "subject": "peat_x", "value": 9.0, "unit": "GJ/t"}
    carbon = value | {"parameter": "carbon_content", "value": 0.03, "unit": "tC/GJ"}
    burnt = value | {"parameter": "oxidation_factor", "value": 0.9, "unit": "1"}
    rows = (anthracite(), anthracite(10.0, subject="peat_x"))
    old = made(*rows, library=measured(value, carbon, burnt))
    with pytest.raises(FactorNotFound, match="peat_x"):
        old.restate(FactorLibrary.default())
    old = made(*rows, library=measured(value, carbon, burnt), missing="exclude")
    found = old.restate(FactorLibrary.default())
    row = one(check(found, "subject"), subject="peat_x")
    assert math.isnan(row["co2e_new"])
    assert row["other library"] == row["difference"] == -row["co2e_old"]
    assert len(found.new.excluded)


# ---- another table of activity


def test_activity_comes_first_then_the_library():
    old = made(anthracite(1000.0), aluminium(), guide="ndrc")
    rows = activity(anthracite(1200.0), aluminium(), anthracite(5.0, entity="new"))
    found = old.restate(activity=rows, gwp="AR6")
    frame = check(found, "entity", "gas")
    assert found.reasons == ("activity data", "GWP set")
    coal = one(frame, entity="plant", gas="CO2")
    per_tonne = made(anthracite(1.0), guide="ndrc").total().frame()["co2e"].iloc[0]
    assert coal["activity data"] == pytest.approx(200.0 * per_tonne)
    new = one(frame, entity="new")
    assert math.isnan(new["co2e_old"])
    assert new["activity data"] == new["co2e_new"] == pytest.approx(5.0 * per_tonne)


def test_rows_that_are_gone_are_activity():
    old = made(anthracite(), anthracite(entity="other"))
    row = one(check(old.restate(activity=activity(anthracite())), "entity"), entity="other")
    assert math.isnan(row["co2e_new"])
    assert row["activity data"] == -row["co2e_old"]


# ---- without remainder, whatever changes

ROWS = st.lists(
    st.one_of(
        st.builds(
            anthracite, st.floats(0.0, 1e9), subject=st.sampled_from(["anthracite", "lignite"])
        ),
        st.builds(aluminium, st.floats(1.0, 1e7)),
        st.builds(power, st.floats(0.0, 1e8), period=st.sampled_from(["2022", "2023", "2024"])),
    ),
    min_size=1,
    max_size=6,
)


@hypothesis_settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    ROWS,
    st.sampled_from([None, "ndrc", "cets"]),
    st.sampled_from([None, "SAR", "AR6"]),
    st.sampled_from([None, date(2025, 6, 30)]),
)
def test_the_parts_add_up_whatever_changes(rows, guide, gwp, as_of):
    numbered = [row | {"entity": f"e{at}"} for at, row in enumerate(rows)]
    old = made(*numbered, guide="ndrc", as_of=as_of)
    check(old.restate(guide=guide, gwp=gwp), "entity", "gas")


def test_lines_name_the_row_of_the_file_and_add_up_to_totals():
    old = made(power(period="2022"), anthracite(), aluminium(), guide="ndrc")
    found = old.restate(gwp="AR6")
    lines = found.lines()
    assert set(lines["row"]) == {1, 2, 3}
    assert len(lines) == len(old)
    totals = lines.groupby(["kind", "scope"], observed=True)["difference"].sum()
    frame = found.frame().set_index(["kind", "scope"])["difference"]
    assert np.allclose(totals, frame.loc[totals.index], rtol=1e-12)


def test_reasons_have_one_order_and_joint_ones_stand_behind():
    assert sorted(["GWP set", "correction", "activity data"], key=order_of) == [
        "activity data",
        "correction",
        "GWP set",
    ]
    assert order_of("new data year") < order_of("new data year + GWP set")
    assert order_of("GWP set") < order_of("new data year + GWP set")


def test_labels_that_change_with_the_guide_are_refused():
    found = made(anthracite()).restate(gwp="AR6")
    with pytest.raises(GuideError, match="not by method"):
        found.frame("method")


# ---- editions of real libraries, by a guide of the test's own


@pytest.fixture
def abroad(monkeypatch) -> str:
    """A guide that counts electricity of any country and purchases in US dollars, as CO2e."""
    life_cycle, spend = "grid_life_cycle_intensity", "co2e_per_usd_with_margins"
    counted = {
        "abroad.power": ("electricity_purchase", "MWh", life_cycle, "tCO2e/MWh"),
        "abroad.spend": ("purchase", "USD", spend, "tCO2e/USD"),
    }
    for name, (kind, unit, parameter, per) in counted.items():
        declared = Method(
            name,
            (kind,),
            ("3",),
            "bought",
            unit,
            "what was bought",
            {parameter: Parameter(per, "published intensity")},
            Emission("tCO2e", gas="CO2e"),
            {"DOC": "all"},
            False,
            lambda bought, **intensity: bought * next(iter(intensity.values())),
        )
        monkeypatch.setitem(METHODS, name, declared)
    edition = Edition(
        "abroad-1",
        "abroad",
        "Abroad",
        "境外",
        ("DOC",),
        date(2000, 1, 1),
        None,
        tuple(counted),
        ("ember", "useeio"),
        "AR5",
        ("3",),
        latest=frozenset({life_cycle}),
    )
    monkeypatch.setitem(GUIDES, "abroad", (edition,))
    return "abroad"


def editions(ember: str, useeio: str) -> FactorLibrary:
    """Libraries of two families, each in one edition, and the GWP of CO2e itself."""
    itself = {"parameter": "gwp", "subject": "CO2e", "value": 1.0, "unit": "tCO2e/tCO2e"}
    top = measured(
        itself | {"tier": "default", "valid_from": "2000-01-01", "valid_to": "2030-01-01"}
    )
    layers = [
        replace(FactorLibrary.shipped(name).stack[0], name=family)
        for name, family in ((ember, "ember"), (useeio, "useeio"))
    ]
    return FactorLibrary((top.stack[0], *layers, *FactorLibrary.shipped("gwp-ar5").stack))


def test_two_editions_of_two_families_at_once(abroad):
    rows = [
        power(1e6, region=country, period=str(year), entity=f"{country} {year}")
        for country in ("CHN", "DEU", "FLK", "USA", "WLD")
        for year in (2000, 2010, 2018, 2020)
    ]
    sectors = ["naics_111110", "naics_331313", "naics_541511"]
    rows += [
        {"activity": "purchase", "subject": sector, "region": "USA", "entity": sector}
        | {"quantity": 1e6, "unit": "USD"}
        for sector in sectors
    ]
    before, after = editions("ember-2025", "useeio-1.2"), editions("ember-2026", "useeio-1.3")
    old = made(*rows, guide=abroad, library=before)
    found = old.restate(after)
    frame = check(found, "entity", "activity")
    assert found.reasons == ("correction", "new data year + GWP set")
    values = [dict(zip(x.column("id"), x.column("value"), strict=True)) for x in (before, after)]
    for sector in sectors:
        code = sector.removeprefix("naics_")
        ids = (f"useeio.1.2.{code}.with_margins", f"useeio.1.3.0.{code}.with_margins")
        moved = 1e3 * (values[1][ids[1]] - values[0][ids[0]])
        row = one(frame, entity=sector)
        assert row["new data year + GWP set"] == pytest.approx(moved, rel=1e-9)
        assert row["correction"] == 0.0
    for row in rows[:20]:
        id_ = f"{row['region'].lower()}.{row['period']}"
        ids = (f"grid.ember.2025-07.{id_}", f"grid.ember.2026-04.{id_}")
        moved = 1e3 * (values[1][ids[1]] - values[0][ids[0]])
        assert one(frame, entity=row["entity"])["correction"] == pytest.approx(moved, abs=1e-6)
    islands = found.records().set_index("id_new").loc["grid.ember.2026-04.flk.2018"]
    assert (islands["value_old"], islands["value_new"]) == (500.0, 1000.0)


def test_a_later_year_of_a_later_edition_is_a_new_data_year(abroad):
    row = power(1e6, region="CHN", period="2025")
    old = made(row, guide=abroad, library=editions("ember-2025", "useeio-1.2"))
    found = old.restate(editions("ember-2026", "useeio-1.3"))
    row = one(check(found))
    assert row["new data year"] == pytest.approx(row["difference"])
    assert found.reasons == ("new data year",)
    (record,) = found.records().to_dict("records")
    assert record["id_old"].startswith("grid.ember.2025-07.chn.20")
    assert record["id_new"].startswith("grid.ember.2026-04.chn.20")


# ---- releases, files, the terminal


def test_an_account_by_a_release_restated_by_the_next_one_names_both(tmp_path):
    def pinned(name: str, factor: str) -> FactorLibrary:
        folder = tmp_path / name / "cn-grid"
        shutil.copytree(DATA / "cn-grid", folder)
        table = folder / "electricity.csv"
        data = table.read_bytes().replace(b",0.5306,", factor.encode())
        table.write_bytes(data)
        descriptor = folder / "datapackage.json"
        said = json.loads(descriptor.read_text("utf-8"))
        for entry in said["resources"]:
            raw = (folder / entry["path"]).read_bytes()
            entry["hash"] = f"sha256:{hashlib.sha256(raw).hexdigest()}"
        descriptor.write_text(json.dumps(said, ensure_ascii=False), "utf-8")
        path = tmp_path / f"{name}.zip"
        path.write_bytes(release([folder], name=name).data)
        return FactorLibrary.open(path).over(FactorLibrary.default())

    old = made(power(), guide="ndrc", library=pinned("first", ",0.5306,"))
    found = old.restate(pinned("second", ",0.5300,"))
    row = one(check(found), scope="2-location")
    assert row["correction"] == pytest.approx(-0.6)
    assert found.attributes()["old_release"].startswith("first@")
    assert found.attributes()["new_release"].startswith("second@")


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "activity.csv"
    rows = [power(period="2022"), aluminium(period="2022")]
    base = {"entity": "plant", "region": "CN-SD", "subject": ""}
    pd.DataFrame([base | row for row in rows]).to_csv(path, index=False)
    return str(path)


def test_in_the_terminal(file, tmp_path, capsys):
    asked = ["account", file, "--guide", "ndrc"]
    assert main([*asked, "--restate", "AR6"]) == 0
    said = capsys.readouterr().out
    assert "gwp.SAR.CF4 → gwp.AR6.CF4" in said
    assert "+2,992" in said
    known = ["--series", "grid_emission_factor=grid_national_as_known"]
    assert main([*asked, *known, "--as-of-was", "2024-12-19", "--lang", "zh"]) == 0
    said = capsys.readouterr().out
    assert "重述" in said
    assert "新数据年份" in said
    assert "−33.7" in said
    path = tmp_path / "grid.zip"
    path.write_bytes(release([DATA / "cn-grid"], name="grid").data)
    assert main([*asked, "--restate", str(path)]) == 0
    said = capsys.readouterr().out
    assert "grid@" in said
    assert "nothing moved" in said
    assert main([*asked, "--restate", "AR6", "--as-of-was", "2024-12-19"]) == 1
    assert "one change at a time" in capsys.readouterr().err
    assert main([*asked, "--restate", "ndrc-2031"]) == 1


def test_as_a_page_of_a_notebook():
    found = made(aluminium(), guide="ndrc").restate(gwp="AR6")
    page = found._repr_html_()
    assert "GWP set" in page
    assert "gwp.AR6.CF4" in page
    assert repr(found).startswith("<Restatement 1: ")
