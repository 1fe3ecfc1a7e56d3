"""The shipped libraries: whole, labelled, and true to what the documents print."""

from __future__ import annotations

import csv
import json
from collections import Counter
from importlib import resources
from pathlib import Path

import numpy as np
import pytest

from carbonmeter.factors import SHIPPED, FactorLibrary
from carbonmeter.factors.package import BESIDE, read_package
from carbonmeter.factors.record import PER_SUBJECT, RECORDS
from carbonmeter.factors.resolving.regions import chain, parents
from carbonmeter.methods import GUIDES, METHODS
from carbonmeter.tables.labels import shipped as labels
from carbonmeter.units import problem_of
from tests.helpers import printed

DATA = Path(str(resources.files("carbonmeter.data")))
ALL = FactorLibrary.default()
RECORD = ALL.records.set_index("id")


def test_every_folder_with_a_descriptor_is_shipped():
    folders = {path.parent.name for path in DATA.glob("*/datapackage.json")}
    assert folders == set(SHIPPED)


def test_the_readme_of_the_libraries_names_each_of_them():
    tables = (DATA / "README.md").read_text("utf-8").partition("## A record")[0]
    assert {name for name in SHIPPED if f"`{name}`" not in tables} == set()


@pytest.mark.parametrize("name", SHIPPED)
def test_a_package_is_whole(name):
    layer = read_package(DATA / name)
    descriptor = json.loads((DATA / name / "datapackage.json").read_text("utf-8"))
    assert (layer.name, descriptor["name"]) == (name, name)
    for resource in descriptor["resources"]:
        file = DATA / name / resource["path"]
        with file.open(encoding="utf-8", newline="") as lines:
            rows = list(csv.DictReader(lines))
        assert resource["bytes"] == file.stat().st_size
        assert resource["rows"] == len(rows)
        schema = BESIDE.get(resource["path"], RECORDS)
        fields = [field.name for field in schema.fields]
        # Columns stand in the order of the schema; those that no row fills may be left out.
        assert list(rows[0]) == [name for name in fields if name in rows[0]]
        assert {field.name for field in schema.fields if field.required} <= set(rows[0])
    named = {source["source"] for source in layer.sources}
    assert named >= set(layer.columns["source"].tolist())
    assert [s["title"] for s in descriptor["sources"]] == [s["source"] for s in layer.sources]


def test_every_record_says_where_it_is_printed_and_how_it_was_read():
    records = FactorLibrary.shipped().records
    assert (records["clause"] != "").all()
    assert (records["n_sources"] >= 1).all()
    assert records["recorded"].notna().all()
    unread = records[records["confidence"] != "primary"]
    assert (unread["note"] != "").all()


def test_a_record_from_memory_says_so():
    records = FactorLibrary.shipped().records
    recalled = records[records["confidence"] == "memory"]
    assert len(recalled) > 0
    assert recalled["note"].str.contains("memory").all()


def test_conflicting_records_carry_rivals_in_the_note_and_no_interval():
    conflicting = ALL.records[ALL.records["confidence"] == "conflicting"]
    assert {
        "fuel.cets.cog.ncv", "gwp.AR6.SF6", "chem.ndrc.co2_density", "fluoro.gb.hfc23_gen_app",
    } <= set(conflicting["id"])  # fmt: skip
    assert conflicting["low"].isna().all()
    assert "173.54" in RECORD.loc["fuel.cets.cog.ncv", "note"]
    assert "24300" in RECORD.loc["gwp.AR6.SF6", "note"]


def test_gwps_name_their_set_and_carry_an_interval_only_where_one_is_known():
    records = FactorLibrary.shipped().records
    gwp = records[records["parameter"] == "gwp"]
    assert set(gwp["gwp_set"]) == {"SAR", "TAR", "AR4", "AR5", "AR5-CCF", "AR6"}
    assert (gwp["layer"] == "gwp-" + gwp["gwp_set"].str.lower()).all()
    known = gwp[gwp["low"].notna()]
    assert set(known["id"]) == {
        f"gwp.AR6.{gas}"
        for gas in (
            "CH4", "CH4-fossil", "CH4-non-fossil", "N2O", "CF4", "CFC-11", "HFC-32", "HFC-134a",
        )
    }  # fmt: skip
    # Half-widths of 5 to 95 % that nobody has read again in the report itself.
    assert (known["coverage"] == 90.0).all()
    assert (known["bounds_confidence"] == "memory").all()
    assert known["note"].str.contains("half-width").all()
    middle = (known["low"] + known["high"]) / 2
    np.testing.assert_allclose(middle, known["value"], rtol=1e-12)


@pytest.mark.parametrize("name", SHIPPED)
def test_words_of_records_have_labels_in_both_languages(name):
    layer = read_package(DATA / name)
    known = set(labels()) | {row["identifier"] for row in layer.labels}
    words = {name}
    for column in ("parameter", "subject", "region", "gas", "tier", "confidence", "distribution"):
        words |= set(layer.columns[column].tolist())
    assert words - known - {"", "*"} == set()


def test_every_label_is_in_both_languages():
    assert all(label.zh and label.en for label in labels().values())


def test_words_of_methods_and_guides_have_labels_in_both_languages():
    words = {edition.name for editions in GUIDES.values() for edition in editions} | set(GUIDES)
    for method in METHODS.values():
        words |= {*method.activities, method.output.gas, method.output.kind.value, *method.scopes}
        words |= set(method.parameters)
    words.discard("")
    assert {word for word in words if word not in labels()} == set()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_two_identifiers_share_a_label(language):
    counts = Counter(getattr(label, language) for label in labels().values())
    assert [label for label, n in counts.items() if n > 1] == []


def test_every_default_that_a_method_asks_for_is_held_in_its_dimension():
    series = {s: t for e in GUIDES.values() for edition in e for s, t in edition.series.items()}
    units = ALL.records.groupby("parameter")["unit"].unique()
    for method in METHODS.values():
        for name, parameter in method.parameters.items():
            if parameter.measured_only:
                continue
            for unit in units[series.get(name, name)]:
                assert problem_of(unit, parameter.unit) is None, (method.name, name, unit)


def test_one_parameter_has_one_dimension_but_gwp_one_per_gas():
    assert {"gwp", "gwp_20", "gwp_500", "gtp_100"} == PER_SUBJECT
    records = FactorLibrary.shipped().records
    for _, rows in records[~records["parameter"].isin(PER_SUBJECT)].groupby("parameter"):
        assert all(problem_of(unit, rows["unit"].iloc[0]) is None for unit in rows["unit"])


def test_the_same_fuel_has_the_same_word_so_that_ipcc_can_lend_its_range():
    ipcc = set(ALL.records[ALL.records["layer"] == "ipcc-2006"]["subject"])
    assert {
        "anthracite", "bituminous", "lignite", "coke", "petcoke", "crude", "fuel_oil", "gasoline",
        "diesel", "kerosene", "lpg", "naphtha", "tar", "natural_gas", "cog", "bfg", "ldg",
        "refinery_gas", "coking_coal", "sub_bituminous",
    } <= ipcc  # fmt: skip


def test_shandong_lies_in_north_china():
    assert chain("CN-SD-LC") == ("CN-SD-LC", "CN-SD", "CN-north", "CN", "*")
    assert chain("CN-JL") == ("CN-JL", "CN", "*")
    assert chain("*") == ("*",)
    assert chain("") == ("*",)
    assert parents()["CN-north"] == "CN"


PRINTED = [
    ("fuel.ndrc.anthracite.ncv", "24.515", "GJ/t"),
    ("fuel.ndrc.diesel.ncv", "43.33", "GJ/t"),
    ("fuel.ndrc.bituminous.of", "93", "percent"),
    ("fuel.gbt34.anthracite.ncv", "26.7", "GJ/t"),
    ("fuel.gbt34.lng.cc", "0.0153", "tC/GJ"),
    ("fuel.gbt34.natural_gas.ncv", "389.31", "GJ/万Nm3"),
    ("fuel.cets.bituminous.cc", "0.02618", "tC/GJ"),
    ("fuel.cets.lng.cc", "0.0172", "tC/GJ"),
    ("fuel.cets.cog.ncv", "173.854", "GJ/万Nm3"),
    ("fuel.ndrc_steel.anthracite.ncv", "20.304", "GJ/t"),
    ("carbonate.ndrc.caco3", "0.4397", "tCO2/t"),
    ("carbonate.limestone.ndrc", "0.405", "tCO2/t"),
    ("carbonate.soda_ash.mee_al", "0.411", "tCO2/t"),
    ("carbonate.fgd.content_default", "90", "percent"),
    ("heat.default", "0.11", "tCO2/GJ"),
    ("heat.sat_steam.1.00MPa", "2777", "kJ/kg"),
    ("al.ndrc.nc", "0.42", "tC/t"),
    ("al.mee.nc", "0.411", "tC/t"),
    ("al.mee.c2f6", "0.0034", "kgC2F6/t"),
    ("al.mee.slope", "0.143", "kgCF4*d/t/min"),
    ("ipcc2006.v2.ncv.other_bituminous_coal", "25.8", "TJ/Gg"),
    ("ipcc2006.v2.ef.co2.natural_gas", "56100", "kgCO2/TJ"),
    ("ipcc2006.v3.metal.pfc.overvoltage.cwpb", "1.16", "kgCF4*percent/t/mV"),
    ("elec.national.2023", "0.5306", "tCO2/MWh"),
    ("elec.prov.SD.2023", "0.6191", "tCO2/MWh"),
    ("elec.region.north.2022", "0.6776", "tCO2/MWh"),
    ("elec.residual.2023", "0.6096", "tCO2/MWh"),
    ("elec.ets.0.5703", "0.5703", "tCO2/MWh"),
    ("elec.ndrc2012.north", "0.8843", "tCO2/MWh"),
    ("gwp.SAR.CF4", "6500", "tCO2e/tCF4"),
    ("gwp.AR5.C2F6", "11100", "tCO2e/tC2F6"),
    ("gwp.AR6.CH4", "27.9", "tCO2e/tCH4"),
    ("SP0110", "0.6251", "t/m3"),
    ("SP0111", "11.462", "t/ha"),
    ("FP0200", "0.9419", "tCO2/MWh"),
    ("FP0201", "0.4819", "tCO2/MWh"),
    ("FP0011", "3", "1"),
]


@pytest.mark.parametrize(("record", "value", "unit"), PRINTED)
def test_a_value_stands_as_its_document_prints_it(record, value, unit):
    assert RECORD.loc[record, "value"] == float(value)
    assert RECORD.loc[record, "unit"] == unit


def test_the_national_guides_of_2024_account_the_whole_data_year():
    cets = ALL.records[ALL.records["layer"] == "cets-2024"]
    assert (cets["valid_from"] == np.datetime64("2024-01-01")).all()
    assert (cets["published"] == np.datetime64("2024-09-13")).all()


def test_validity_is_half_open():
    year = RECORD.loc["elec.national.2023"]
    assert (str(year["valid_from"])[:10], str(year["valid_to"])[:10]) == (
        "2023-01-01",
        "2024-01-01",
    )
    assert str(RECORD.loc["al.ndrc.nc", "valid_to"])[:10] == "2026-08-01"


@pytest.mark.parametrize(
    ("record", "low", "high", "distribution"),
    [
        ("ipcc2006.v2.ncv.anthracite", "21.6", "32.2", "normal"),
        ("ipcc2006.v2.cc.anthracite", "25.8", "27.5", "triangular"),
        ("ipcc2006.v2.ef.ch4.manufacturing_construction.anthracite", "3", "30", "lognormal"),
        ("ipcc2006.v3.metal.cf4.aluminium.cwpb", "0.004", "1.92", "triangular"),
        ("ipcc2006.v3.metal.pfc.slope.cwpb", "0.13442", "0.15158", "normal"),
    ],
)
def test_ipcc_ranges_stand_as_printed_and_cover_95_percent(record, low, high, distribution):
    row = RECORD.loc[record]
    assert (row["low"], row["high"], row["coverage"]) == (float(low), float(high), 95.0)
    assert row["distribution"] == distribution
    assert "distribution" in row["note"]


def test_derived_numbers_of_the_guides_follow_from_the_records():
    def value(record):
        return RECORD.loc[record, "value"]

    kept = 1 - value("al.mee.s") / 100 - value("al.mee.ash") / 100
    assert value("al.mee.nc") * kept * 44 / 12 == printed("1.470832")
    pfc = value("al.mee.cf4") * value("gwp.AR5.CF4") + value("al.mee.c2f6") * value("gwp.AR5.C2F6")
    assert pfc / 1000 == printed("0.26316")
    margin = 0.75 * value("FP0200") + 0.25 * value("FP0201")
    assert margin == printed("0.8269")


def test_every_fuel_is_solid_liquid_or_gaseous():
    with (DATA / "fuels.csv").open(encoding="utf-8", newline="") as lines:
        states = {row["subject"] for row in csv.DictReader(lines)}
    heated = ALL.records["parameter"].isin(["net_calorific_value", "volumetric_calorific_value"])
    assert set(ALL.records.loc[heated, "subject"]) - {"*"} == states
