"""Libraries in every format come back as they were, and the judges of each format read them."""

from __future__ import annotations

import json
import math
import zipfile
from dataclasses import replace
from importlib import resources
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carbonmeter.errors import ExchangeError
from carbonmeter.factors import SHIPPED
from carbonmeter.factors.exchange import ilcd, openlca
from carbonmeter.factors.exchange.content import Content, content_of
from carbonmeter.factors.exchange.formats import FORMATS, read_library
from carbonmeter.factors.exchange.inventory import Kind, reading, uid
from carbonmeter.factors.exchange.licences import passed
from carbonmeter.report.exchange import export, spreads, write_package
from tests.factors.exchanged import rich

PATHS = {
    "csv": "x.csv",
    "xlsx": "x.xlsx",
    "parquet": "x.parquet",
    "datapackage": "x.zip",
    "openlca": "x.zip",
    "ilcd": "x.zip",
}
SOME = ("cn-grid", "ndrc-steel-2013", "gwp-ar5", "green-credit", "pcaf-2022", "cn-forest")


def shipped(name: str) -> Content:
    """A shipped library as it may leave: facts only where its licences ask for it."""
    folder = Path(str(resources.files("carbonmeter.data") / name))
    return passed(content_of(folder), facts_only=True).content


def back(content: Content, form: str, folder: Path, lang: str = "en") -> Content:
    path = folder / PATHS[form]
    export(content, form, path, facts_only=True, lang=lang)
    return read_library(path)


def same(a: Content, b: Content) -> None:
    assert a.layer.version == b.layer.version
    assert a.about == b.about
    assert (a.layer.title, a.layer.title_zh) == (b.layer.title, b.layer.title_zh)


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_library_of_everything_comes_back_as_it_was(form, lang, tmp_path):
    same(rich(), back(rich(), form, tmp_path, lang))


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("name", SOME)
def test_shipped_libraries_come_back_as_they_were(form, name, tmp_path):
    content = shipped(name)
    same(content, back(content, form, tmp_path))


@pytest.mark.parametrize("name", SHIPPED)
def test_every_shipped_library_comes_back_from_tables(name, tmp_path):
    content = shipped(name)
    for form in ("csv", "parquet"):
        same(content, back(content, form, tmp_path))


@pytest.mark.parametrize("form", FORMATS)
def test_the_same_library_is_the_same_bytes(form, tmp_path):
    written = []
    for at in ("a", "b"):
        path = tmp_path / at / PATHS[form]
        _, paths = export(rich(), form, path)
        written.append([each.read_bytes() for each in paths])
    assert written[0] == written[1]


def test_a_package_folder_is_opened_and_nothing_is_beside_it(tmp_path):
    layer = write_package(rich(), tmp_path / "rich")
    assert layer.version == rich().layer.version
    assert [each.name for each in tmp_path.iterdir()] == ["rich"]


texts = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), include_characters="\n\t'=+-@"), max_size=12
)


@pytest.mark.parametrize("form", ["csv", "xlsx", "parquet", "datapackage"])
@settings(max_examples=25)
@given(note=texts, value=st.floats(1e-12, 1e12))
def test_any_text_and_any_number_come_back(form, note, value, tmp_path_factory):
    content = rich({"id": "odd", "subject": "peat", "note": note, "value": value})
    same(content, back(content, form, tmp_path_factory.mktemp("odd")))


def test_frictionless_finds_a_package_valid(tmp_path):
    from frictionless import validate

    for name in ("cn-grid", "rich"):
        content = rich() if name == "rich" else shipped(name)
        export(content, "datapackage", tmp_path / name)
        report = validate(str(tmp_path / name / "datapackage.json"))
        assert report.valid, report.flatten(["rowNumber", "fieldName", "note"])


def test_a_workbook_has_headings_sources_and_not_one_formula(tmp_path):
    import openpyxl

    export(rich(), "xlsx", tmp_path / "x.xlsx", lang="zh")
    book = openpyxl.load_workbook(tmp_path / "x.xlsx")
    assert book.sheetnames == ["因子", "因子库", "来源", "名称", "分类代码", "文字规定"]
    for sheet in book:
        assert sheet.freeze_panes == "B2"
        assert not [c.value for row in sheet.iter_rows() for c in row if c.data_type == "f"]
    first = [cell.value for cell in book["因子"][1]]
    assert first[:4] == ["编号", "参数", "对象", "地区"]
    notes = [row[first.index("备注")].value for row in book["因子"].iter_rows(min_row=2)]
    assert notes[0] == '=HYPERLINK("http://x","y")'


def test_a_table_for_people_is_safe_in_a_spreadsheet(tmp_path):
    export(rich(), "csv", tmp_path / "x.csv", lang="zh")
    data = (tmp_path / "x.csv").read_bytes()
    assert data.startswith("\ufeff因子库,编号,".encode())
    assert b"'=HYPERLINK" in data
    assert b"0.30000000000000004" in data


def test_parquet_says_what_its_columns_are(tmp_path):
    from pyarrow import parquet

    export(rich(), "parquet", tmp_path / "x.parquet")
    schema = parquet.read_schema(tmp_path / "x.parquet")
    said = schema.field("value").metadata
    assert said[b"unit"] == b"of the row: column unit"
    assert json.loads(said[b"schema"])["type"] == "number"
    assert schema.field("valid_from").metadata[b"title_zh"].decode() == "有效期起"


@pytest.mark.parametrize(
    ("unit", "kind", "species", "kilograms", "per"),
    [
        ("kgCO2/TJ", Kind.EMISSION, "CO2", 1.0, "TJ"),
        ("lbCO2/MWh", Kind.EMISSION, "CO2", 0.45359237, "MWh"),
        ("tCO2/万Nm3", Kind.EMISSION, "CO2", 1000.0, "万Nm3"),
        ("kgCO2e/t/km", Kind.EMISSION, "CO2e", 1.0, "t*km"),
        ("tCO2e/tSF6", Kind.CHARACTERISATION, "SF6", 1.0, ""),
        ("tC/GJ", Kind.PARAMETER, "", 1.0, ""),
        ("GJ/t", Kind.PARAMETER, "", 1.0, ""),
        ("kgC2F6/kgCF4", Kind.PARAMETER, "", 1.0, ""),
        ("kgCF4*d/t/min", Kind.PARAMETER, "", 1.0, ""),
        ("percent", Kind.PARAMETER, "", 1.0, ""),
        ("1", Kind.PARAMETER, "", 1.0, ""),
    ],
)
def test_a_unit_says_what_a_record_is(unit, kind, species, kilograms, per):
    assert reading(unit) == (kind, species, kilograms, per)


class TestOpenLCA:
    def opened(self, content, tmp_path):
        import olca_schema
        from olca_schema.zipio import ZipReader

        export(content, "openlca", tmp_path / "x.zip", facts_only=True)
        return olca_schema, ZipReader(tmp_path / "x.zip")

    def test_every_emission_factor_is_a_unit_process(self, tmp_path):
        content = shipped("cn-grid")
        schema, package = self.opened(content, tmp_path)
        columns = content.layer.columns
        for at, id_ in enumerate(columns["id"].tolist()):
            process = package.read_process(uid("record", "cn-grid", id_))
            assert process.process_type is schema.ProcessType.UNIT_PROCESS
            product, gas = process.exchanges
            assert product.is_quantitative_reference
            assert product.amount == 1.0
            assert gas.amount == columns["value"][at]
            assert (gas.unit.name, gas.flow.name) == ("t", "carbon dioxide")
            assert product.unit.name == "MWh"
            for exchange in process.exchanges:
                flow = package.read_flow(exchange.flow.id)
                factor = flow.flow_properties[0]
                quantity = package.read_flow_property(factor.flow_property.id)
                group = package.read_unit_group(quantity.unit_group.id)
                assert exchange.unit.id in {unit.id for unit in group.units}
                assert sum(bool(unit.is_ref_unit) for unit in group.units) == 1

    def test_units_are_worth_what_they_are(self, tmp_path):
        _, package = self.opened(rich(), tmp_path)
        group = package.read_unit_group("93a60a57-a3c8-11da-a746-0800200c9a66")
        assert {u.name: u.conversion_factor for u in group.units} == {
            "MJ": 1.0,
            "kJ": 0.001,
            "GJ": 1000.0,
            "TJ": 1e6,
            "kWh": 3.6,
            "MWh": 3600.0,
        }

    def test_gwps_are_one_impact_category(self, tmp_path):
        content = shipped("gwp-ar5")
        schema, package = self.opened(content, tmp_path)
        methods = list(package.read_each(schema.ImpactMethod))
        found = [package.read_impact_category(ref.id) for ref in methods[0].impact_categories]
        factors = {f.flow.id: f.value for category in found for f in category.impact_factors}
        columns = content.layer.columns
        assert factors == {
            uid("elementary flow", subject): value
            for subject, value in zip(columns["subject"], columns["value"], strict=True)
        }
        assert {f.unit.name for category in found for f in category.impact_factors} == {"kg"}

    def test_distributions_are_those_of_the_records(self, tmp_path):
        schema, package = self.opened(rich(), tmp_path)
        said = {}
        for kind in (schema.Process, schema.Parameter):
            for each in package.read_each(kind):
                place = each.exchanges[1] if kind is schema.Process else each
                said[each.id] = place.uncertainty
        found = {name: said[uid("record", "rich-2024", name)] for name in self.NAMES}
        assert found["ef.unknown"] is None
        assert found["ncv"] is None
        normal, log, uniform, triangle = (found[name] for name in self.NAMES[:4])
        assert normal.mean == 1.0
        assert normal.sd == pytest.approx(0.7 / 1.96)
        assert log.geom_sd == pytest.approx(math.exp(math.log(4.0) / 2.0 / 1.96))
        mean = log.geom_mean * math.exp(math.log(log.geom_sd) ** 2 / 2.0)
        assert mean == pytest.approx(1.1)
        assert (uniform.minimum, uniform.maximum) == pytest.approx((0.3125, 2.1875))
        assert (triangle.minimum, triangle.mode, triangle.maximum) == (8.0, 10.0, 13.0)

    NAMES = ("ef.normal", "ef.lognormal", "ef.uniform", "ncv.limits", "ef.unknown", "ncv")

    def test_pounds_are_given_in_kilograms(self, tmp_path):
        _, package = self.opened(rich(), tmp_path)
        gas = package.read_process(uid("record", "rich-2024", "pound")).exchanges[1]
        assert (gas.amount, gas.unit.name) == (852.3 * 0.45359237, "kg")

    def test_a_value_changed_there_is_a_changed_value_here(self, tmp_path):
        name = f"processes/{uid('record', 'rich-2024', 'grid.2024')}.json"
        changed = edited(rich(), "openlca", tmp_path, name, amount)
        assert moved(rich(), changed) == {"grid.2024": (0.1 + 0.2, 0.5)}

    def test_a_distribution_changed_there_is_refused(self, tmp_path):
        def wider(said):
            said["exchanges"][1]["uncertainty"]["sd"] = 9.0

        name = f"processes/{uid('record', 'rich-2024', 'ef.normal')}.json"
        with pytest.raises(ExchangeError, match="distribution was changed, and low and high do"):
            edited(rich(), "openlca", tmp_path, name, wider)


@pytest.mark.parametrize(
    ("library", "record", "flow"),
    [
        ("uk-desnz-2024", "desnz2024.1_100_1000_15_3", "carbon dioxide equivalent"),
        (
            "ipcc-2013-wetlands",
            "ipcc2013ws.afolu.wetland.ws2013.efdb522878",
            "carbon of carbon dioxide (CO2-C)",
        ),
        (
            "ipcc-2013-wetlands",
            "ipcc2013ws.afolu.wetland.ws2013.efdb622833",
            "nitrogen of nitrous oxide (N2O-N)",
        ),
    ],
)
def test_a_process_gives_off_what_its_unit_weighs(library, record, flow, tmp_path):
    # The record's gas says of what; the methane part of a factor in CO2e is no mass of methane.
    path = tmp_path / "x.zip"
    export(shipped(library), "openlca", path, facts_only=True)
    with zipfile.ZipFile(path) as packed:
        process = json.loads(packed.read(f"processes/{uid('record', library, record)}.json"))
    assert process["exchanges"][1]["flow"]["name"] == flow
    path = tmp_path / "y.zip"
    export(shipped(library), "ilcd", path, facts_only=True)
    with zipfile.ZipFile(path) as packed:
        (name,) = (n for n in packed.namelist() if uid("ilcd record", library, record) in n)
        assert flow in packed.read(name).decode()


def amount(said):
    said["exchanges"][1]["amount"] = 0.5


def edited(content, form, folder, name, change):
    """A library whose file of one data set was changed outside."""
    _, (path,) = export(content, form, folder / "x.zip")
    with zipfile.ZipFile(path) as archive:
        files = {each: archive.read(each) for each in archive.namelist()}
    said = json.loads(files[name])
    change(said)
    files[name] = json.dumps(said).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for each, data in files.items():
            archive.writestr(each, data)
    return read_library(path)


def moved(before, after):
    """The records whose value differs."""
    old, new = (
        dict(zip(c.layer.columns["id"].tolist(), c.layer.columns["value"].tolist(), strict=True))
        for c in (before, after)
    )
    assert old.keys() == new.keys()
    return {id_: (old[id_], new[id_]) for id_ in old if old[id_] != new[id_]}


class TestILCD:
    def made(self, content):
        files = ilcd.files(content, spreads(content.layer))
        return {n: json.loads(data) for n, data in files.items() if n.endswith(".json")}

    def test_every_reference_leads_to_a_data_set(self):
        made = self.made(rich())

        def references(node):
            if isinstance(node, dict):
                if "@refObjectId" in node:
                    yield node["@uri"]
                for value in node.values():
                    yield from references(value)
            elif isinstance(node, list):
                for value in node:
                    yield from references(value)

        found = {uri for name, said in made.items() if "/" in name for uri in references(said)}
        assert found
        assert not {uri for uri in found if uri.removeprefix("../") not in made}

    def test_gases_are_in_kilograms(self):
        made = self.made(rich())
        data = made[f"processes/{uid('ilcd record', 'rich-2024', 'grid.2024')}.json"]
        gas = data["processDataSet"]["exchanges"]["exchange"][1]
        assert gas["meanAmount"] == repr((0.1 + 0.2) * 1000.0)
        method = made[f"lciamethods/{uid('ilcd method', 'rich-2024', 'gwp')}.json"]
        factors = method["LCIAMethodDataSet"]["characterisationFactors"]["factor"]
        assert [f["meanValue"] for f in factors] == ["27.9", "24300"]

    def test_spreads_are_said_as_the_format_says_them(self):
        made = self.made(rich())

        def exchange(id_):
            data = made[f"processes/{uid('ilcd record', 'rich-2024', id_)}.json"]
            return data["processDataSet"]["exchanges"]["exchange"][1]

        # Twice u over the value in percent; the square of the geometric standard deviation.
        assert exchange("ef.normal")["relativeStandardDeviation95In"] == "71.429"
        assert exchange("ef.lognormal")["relativeStandardDeviation95In"] == "2.028"
        assert exchange("ef.uniform")["minimumAmount"] == "0.3125"
        assert "uncertaintyDistributionType" not in exchange("ef.unknown")

    def test_a_value_changed_there_is_a_changed_value_here(self, tmp_path):
        def change(said):
            said["processDataSet"]["exchanges"]["exchange"][1]["meanAmount"] = "500"

        name = f"processes/{uid('ilcd record', 'rich-2024', 'grid.2024')}.json"
        changed = edited(rich(), "ilcd", tmp_path, name, change)
        assert moved(rich(), changed) == {"grid.2024": (0.1 + 0.2, 0.5)}

    def test_the_schemas_of_the_format_find_it_valid(self, tmp_path):
        validate = pytest.importorskip("tidas_tools.validate")
        for name in ("cn-grid", "gwp-ar5", "rich"):
            content = rich() if name == "rich" else shipped(name)
            _, (path,) = export(content, "ilcd", tmp_path / f"{name}.zip", facts_only=True)
            with zipfile.ZipFile(path) as archive:
                archive.extractall(tmp_path / name)
            report = validate.validate_package_dir(str(tmp_path / name), emit_logs=False)
            assert report["summary"]["issue_count"] == 0


def test_a_cell_edited_in_a_workbook_is_one_record_that_moved(tmp_path):
    import openpyxl

    path = tmp_path / "x.xlsx"
    export(rich(), "xlsx", path)
    book = openpyxl.load_workbook(path)
    sheet = book["factors"]
    column = [cell.value for cell in sheet[1]].index("value")
    sheet.cell(2, column + 1).value = 26.8
    book.save(path)
    changed = read_library(path)
    assert moved(rich(), changed) == {"ncv": (26.7, 26.8)}
    assert write_package(changed, tmp_path / "out").version != rich().layer.version


def test_a_library_of_words_alone_comes_back(tmp_path):
    content = shipped("pbc-gfe-2018")
    assert not len(content.layer)
    for form in FORMATS:
        same(content, back(content, form, tmp_path / form))


def test_lent_bounds_stay_where_they_are():
    layer = replace(rich().layer)
    assert np.isnan(spreads(layer)[layer.columns["id"].tolist().index("ef.unknown")])
    assert openlca.files(Content(layer), spreads(layer))
