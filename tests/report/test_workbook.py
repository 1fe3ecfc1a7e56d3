"""The workbook: read back as it is filled in, in both languages; blank rows do not count."""

from __future__ import annotations

import zipfile
from datetime import date

import openpyxl
import pytest

from carbonmeter.accounts import account
from carbonmeter.errors import GuideError, TableError
from carbonmeter.factors import FactorLibrary
from carbonmeter.methods import GUIDES, METHODS
from carbonmeter.report.choices import choices, written
from carbonmeter.report.workbook import template
from carbonmeter.tables import read_activity

SHEETS = {
    "zh": ("活动数据", "实测值", "缺省值", "说明", "lists"),
    "en": ("activity", "measured", "defaults", "notes", "lists"),
}
ACTIVITY = {
    "zh": {"主体": "a", "场所": "s1", "地区": "CN-SD", "期间": "2024", "活动": "固体燃料燃烧"}
    | {"对象": "烟煤", "数量": 1000, "单位": "吨"},
    "en": {"entity": "a", "site": "s1", "region": "CN-SD", "period": "2024"}
    | {"activity": "solid_fuel_combustion", "subject": "bituminous", "quantity": 1, "unit": "t"}
    | {"quantity": 1000},
}
MEASURED = {
    "zh": {"参数": "低位发热量", "对象": "烟煤", "地区": "*", "场所": "s1"}
    | {"有效期起": date(2024, 1, 1), "有效期止": date(2025, 1, 1), "数值": 21.5}
    | {"单位": "GJ/t", "来源": "报告 1"},
    "en": {"parameter": "net_calorific_value", "subject": "bituminous", "region": "*"}
    | {"site": "s1", "valid_from": date(2024, 1, 1), "valid_to": date(2025, 1, 1)}
    | {"value": 21.5, "unit": "GJ/t", "source": "report 1"},
}


def fill(sheet, row, cells):
    place = {cell.value: cell.column for cell in sheet[1]}
    for heading, value in cells.items():
        sheet.cell(row, place[heading]).value = value


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_filled_workbook_is_accounted(tmp_path, lang):
    path = template(tmp_path / "t.xlsx", "cets", lang=lang)
    book = openpyxl.load_workbook(path)
    assert tuple(book.sheetnames) == SHEETS[lang]
    assert book["lists"].sheet_state == "hidden"
    fill(book[SHEETS[lang][0]], 2, ACTIVITY[lang])
    entity, site = list(ACTIVITY[lang])[:2]
    fill(book[SHEETS[lang][0]], 7, {**ACTIVITY[lang], entity: "b", site: "s2"})
    fill(book[SHEETS[lang][1]], 2, MEASURED[lang])
    book.save(path)
    rows = read_activity(path)
    assert rows.row.tolist() == [2, 7]
    own = FactorLibrary.open(path, sheet=SHEETS[lang][1])
    made = account(rows, own.over(FactorLibrary.default()), guide="cets")
    frame = made.frame()
    # 1000 t x 21.5 GJ/t measured at s1, the guide's 23.076 elsewhere, x 0.02618 tC/GJ x 0.98
    expected = [1000 * heat * 0.02618 * 0.98 * 44 / 12 for heat in (21.5, 23.076)]
    assert frame["co2e"].tolist() == pytest.approx(expected, rel=1e-12)
    receipt = str(made.explain(row=2, lang=lang))
    assert MEASURED[lang]["source" if lang == "en" else "来源"] in receipt


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_an_unfilled_workbook_says_that_nothing_is_in_it(tmp_path, lang):
    path = template(tmp_path / "t.xlsx", "ipcc-2006", lang=lang)
    with pytest.raises(TableError, match="no rows below the heading"):
        read_activity(path)


@pytest.mark.parametrize("guide", list(GUIDES))
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_entry_of_a_list_reads_back(tmp_path, guide, lang):
    """What a drop-down offers is what the tables accept."""
    from carbonmeter.tables.labels import identifiers

    offered = choices(guide)
    names = [*offered.activities, *offered.measurable()]
    names += [s for a in offered.activities for s in offered.subjects(a)]
    for name in names:
        text = written(name, lang)
        assert identifiers().get(text, text) == name
    book = openpyxl.load_workbook(template(tmp_path / "t.xlsx", guide, lang=lang))
    lists = {
        column[0].value: [c.value for c in column[1:] if c.value]
        for column in book["lists"].columns
    }
    assert lists["activities"] == [written(a, lang) for a in offered.activities]
    for name in offered.activities:
        assert lists.get(f"u {written(name, lang)}") == offered.units(name)


def test_every_offered_row_can_be_accounted():
    """An activity with a subject that its list offers finds its factors without a measurement."""
    import pandas as pd

    offered = choices("cets")
    rows = [
        (activity, subject)
        for activity in ("solid_fuel_combustion", "gaseous_fuel_combustion", "carbonate_use")
        for subject in offered.subjects(activity)
        if subject in {"bituminous", "natural_gas", "limestone", "coke", "bfg"}
    ]
    assert len(rows) == 5
    frame = pd.DataFrame(
        {
            "entity": "a",
            "region": "CN-SD",
            "period": "2024",
            "activity": [activity for activity, _ in rows],
            "subject": [subject for _, subject in rows],
            "quantity": 1.0,
            "unit": [offered.units(activity)[0] for activity, _ in rows],
        }
    )
    assert len(account(read_activity(frame), guide="cets")) == 5


def test_gases_are_not_offered_as_solids():
    assert "natural_gas" not in choices("cets").subjects("solid_fuel_combustion")
    assert choices("cets").subjects("gaseous_fuel_combustion")[0] == "natural_gas"


def test_drop_downs_and_notes_are_there(tmp_path):
    book = openpyxl.load_workbook(template(tmp_path / "t.xlsx", "cets"))
    sheet = book["活动数据"]
    ranges = {str(v.sqref).split(":")[0]: v for v in sheet.data_validations.dataValidation}
    columns = {cell.value: cell.column_letter for cell in sheet[1]}
    for heading in ("活动", "对象", "单位"):
        assert ranges[f"{columns[heading]}2"].type == "list"
    assert ranges[f"{columns['数量']}2"].type == "decimal"
    assert ranges[f"{columns['期间']}2"].prompt == "2024, 2024-H1, 2024-Q1 or 2024-03"
    assert sheet.freeze_panes == "A2"
    assert sheet.column_dimensions[columns["期间"]].width > 0
    assert all(cell.comment is not None for cell in sheet[1])
    assert all(len(v.formula1 or "") < 256 for v in sheet.data_validations.dataValidation)


def test_notes_say_what_the_guide_counts_and_its_formulas(tmp_path):
    book = openpyxl.load_workbook(template(tmp_path / "t.xlsx", "cets", lang="en"))
    said = "\n".join(str(c.value) for row in book["notes"].iter_rows() for c in row if c.value)
    edition = GUIDES["cets"][-1]
    assert edition.counts[0][0] in said
    assert edition.leaves_out[0][0] in said
    method = METHODS["aluminium.anode_consumption"]
    assert method.steps()[0][1] in said
    defaults = book["defaults"]
    assert any(cell.value == 0.411 for row in defaults.iter_rows() for cell in row)


def test_only_the_activities_asked_for(tmp_path):
    path = template(tmp_path / "t.xlsx", "cets", ["aluminium_smelting", "购入电力"])
    lists = openpyxl.load_workbook(path)["lists"]
    assert [c.value for c in lists["A"] if c.value] == ["activities", "铝电解", "购入电力"]
    with pytest.raises(GuideError, match="did you mean: aluminium_smelting"):
        template(tmp_path / "t.xlsx", "cets", ["aluminum_smelting"])
    with pytest.raises(GuideError, match="no guide"):
        template(tmp_path / "t.xlsx", "nonesuch")


def test_the_file_holds_no_formula_and_is_the_same_each_time(tmp_path):
    first = template(tmp_path / "a.xlsx", "cets").read_bytes()
    assert template(tmp_path / "b.xlsx", "cets").read_bytes() == first
    with zipfile.ZipFile(tmp_path / "a.xlsx") as archive:
        for name in archive.namelist():
            if name.startswith("xl/worksheets/sheet"):
                assert b"<f>" not in archive.read(name)
