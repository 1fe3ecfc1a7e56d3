"""Checks of factor tables: what known databases got wrong is refused, or found and named."""

from __future__ import annotations

import json
import shutil
import zipfile
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import pytest

from carbonmeter.cli import main
from carbonmeter.errors import FactorTableError, ReleaseError
from carbonmeter.factors import FactorLibrary
from carbonmeter.factors.causes import causes
from carbonmeter.factors.checks import layer_findings, outlier_findings
from carbonmeter.factors.checks.slips import slips_of
from carbonmeter.factors.derivation import derivation, half_digits
from carbonmeter.factors.layer import Layer
from carbonmeter.factors.verdict import Verdict, verdict

DATA = Path(str(resources.files("carbonmeter.data")))
ROW: dict[str, Any] = {
    "region": "*",
    "site": "*",
    "valid_from": "2006-01-01",
    "valid_to": "2030-01-01",
    "tier": "default",
    "source": "a book",
}


def table(*rows: dict[str, Any]) -> pd.DataFrame:
    return pd.DataFrame([{**ROW, **row} for row in rows], dtype=object).fillna("")


def layer(*rows: dict[str, Any], name: str = "mine") -> Layer:
    return FactorLibrary.open(table(*rows), name=name).stack[0]


def refused(*rows: dict[str, Any]) -> list[tuple[int | None, str, str]]:
    with pytest.raises(FactorTableError) as caught:
        layer(*rows)
    assert all(problem.cure for problem in caught.value.problems)
    return [(p.row, p.column, p.rule) for p in caught.value.problems]


def of(
    id_: str, parameter: str, subject: str, value: float, unit: str, **more: Any
) -> dict[str, Any]:
    return {
        "id": id_,
        "parameter": parameter,
        "subject": subject,
        "value": value,
        "unit": unit,
        **more,
    }


# --- the known errors of well-known tables

AMMONIA = {  # route: GJ/t, tCO2/t
    "excess_air": (29.7, 1.666),
    "autothermal": (30.2, 1.694),
    "partial_oxidation": (36.0, 2.772),
    "average_natural_gas": (37.5, 2.104),
    "average_partial_oxidation": (42.5, 3.273),
}


def ammonia(**co2: Any) -> list[dict[str, Any]]:
    """Requirement and carbon dioxide of each route; `co2` changes the latter."""
    rows = []
    for route, (energy, tonnes) in AMMONIA.items():
        subject = f"ammonia_{route}"
        rows.append(of(f"{route}.energy", "fuel_requirement", subject, energy, "GJ/t"))
        rows.append(of(f"{route}.co2", "co2_per_mass", subject, tonnes, "tCO2/t") | co2)
    return rows


def test_the_ammonia_records_with_energy_in_the_field_of_carbon_dioxide_are_all_found() -> None:
    right = layer(*ammonia(), name="book")
    assert layer_findings(right) == []
    rows = ammonia()
    for at, (energy, _) in enumerate(AMMONIA.values()):
        rows[2 * at + 1]["value"] = energy
    wrong = layer(*[row | {"id": f"x.{row['id']}"} for row in rows])
    same = {f.record: f for f in layer_findings(wrong)}
    assert set(same) >= {"x.excess_air.co2", "x.autothermal.co2", "x.average_natural_gas.co2"}
    assert "the digits of fuel_requirement (29.7 GJ/t, row 1)" in same["x.excess_air.co2"].rule
    far = {f.record: f for f in outlier_findings([wrong], [right])[0]}
    assert set(far) == {f"x.{route}.co2" for route in AMMONIA}
    assert "17.83 times 1.666 tCO2/t (excess_air.co2 of book)" in far["x.excess_air.co2"].rule


def test_the_ammonia_records_are_refused_where_the_unit_or_the_derivation_gives_them_away() -> None:
    rows = ammonia(unit="GJ/t")
    for at, (energy, _) in enumerate(AMMONIA.values()):
        rows[2 * at + 1]["value"] = energy
    found = refused(*rows)
    assert [row for row, column, _ in found if column == "unit"] == [2, 4, 6, 8, 10]
    assert found[0][2] == "co2_per_mass counts CO2, its unit counts energy"
    gas = of("gas.cc", "carbon_content", "natural_gas", 15.3, "kgC/GJ")
    energy = of("e", "fuel_requirement", "ammonia", 37.5, "GJ/t")
    formula = "[e] * [gas.cc] * 44/12"
    right = of("c", "co2_per_mass", "ammonia", 2.104, "tCO2/t", derived_from=formula)
    layer(gas, energy, right)
    ((row, column, rule),) = refused(gas, energy, right | {"value": 37.5})
    assert (row, column) == (3, "value")
    assert rule == "its formula gives 2.10375, not 37.5; the ratio is 17.83"


def test_magnesium_whose_sulphur_hexafluoride_is_off_by_a_thousand_is_found_and_named() -> None:
    right = layer(of("mg", "sf6_per_mass", "magnesium_casting", 1.0, "kgSF6/t"), name="book")
    wrong = layer(of("x", "sf6_per_mass", "magnesium_casting", 1.0, "tSF6/t"))
    ((found,),) = outlier_findings([wrong], [right])
    assert found.rule.startswith("1000 times 1 kgSF6/t (mg of book)")
    assert "looks like a thousand: kg for t" in found.rule
    assert "相差一千倍：kg 与 t" in found.rule_zh


LIMESTONE = (
    of(
        "pure", "stoichiometric_emission_factor", "limestone", 0.4397, "tCO2/t", purity_basis="pure"
    ),
    of("sold", "commodity_emission_factor", "limestone", 0.405, "tCO2/t", purity_basis="commodity"),
)


def test_a_commodity_factor_multiplied_by_purity_is_found_or_refused() -> None:
    book = layer(*LIMESTONE, name="book")
    twice = of("x", "commodity_emission_factor", "limestone", 0.373, "tCO2/t")
    ((found,),) = outlier_findings([layer(twice)], [book])
    assert (
        "0.405 tCO2/t (sold of book) times its purity 0.921: the purity is in it twice"
        in found.rule
    )
    taken = of("x", "stoichiometric_emission_factor", "limestone", 0.405, "tCO2/t")
    ((found,),) = outlier_findings([layer(taken)], [book])
    assert "in place of that of the pure substance" in found.rule
    purity = of("p", "purity", "limestone", 92.0, "percent")
    again = of("y", "co2_per_mass", "limestone", 0.3726, "tCO2/t", derived_from="[sold] * [p]")
    ((_, column, rule),) = refused(*LIMESTONE, purity, again)
    assert column == "derived_from"
    assert "multiplies the commodity factor sold, which has the purity in it, by purity" in rule
    more = LIMESTONE[1] | {"value": 0.45}
    ((_, column, rule),) = refused(LIMESTONE[0], more)
    assert column == "value"
    assert "above the factor of the pure substance in row 1, 0.4397 tCO2/t" in rule
    ((_, column, rule),) = refused(LIMESTONE[0], LIMESTONE[1] | {"purity_basis": "pure"})
    assert (column, rule) == (
        "purity_basis", "pure beside commodity_emission_factor: the one excludes the other"
    )  # fmt: skip


# --- what no table can say

NCV = of("n", "net_calorific_value", "coal", 25.8, "TJ/Gg", energy_basis="NCV")
CC = of("c", "carbon_content", "coal", 25.9, "kgC/GJ")
EF = of("e", "co2_emission_factor", "coal", 95000.0, "kgCO2/TJ")

IMPOSSIBLE: dict[str, tuple[list[dict[str, Any]], str, str]] = {
    "another gas": (
        [of("x", "ch4_emission_factor", "coal", 1.0, "kgCO2/TJ")],
        "unit", "ch4_emission_factor counts CH4, its unit counts CO2",
    ),
    "no gas": (
        [of("x", "anode_emission_factor", "cwpb", 1.6, "t/t")],
        "unit", "an emission factor counts a gas, its unit counts no gas",
    ),
    "unit of another gas": (
        [of("x", "leakage", "switchgear", 1.0, "kgCO2/kg", gas="SF6")],
        "unit", "a record of SF6 whose unit counts CO2",
    ),
    "carbon for carbon dioxide": (
        [of("x", "heat_emission_factor", "*", 0.11, "tC/GJ")],
        "unit", "an emission factor counts a gas, its unit counts C",
    ),
    "calorific value in tonnes": (
        [of("x", "net_calorific_value", "coal", 25.8, "t/t")],
        "unit", "a calorific value is energy per amount of fuel",
    ),
    "oxidation with a dimension": (
        [of("x", "oxidation_factor", "coal", 0.98, "tC/t")],
        "unit", "oxidation_factor is a part of a whole",
    ),
    "oxidation above one": (
        [of("x", "oxidation_factor", "coal", 98.0, "1")], "value", "more than the whole",
    ),
    "purity above one": (
        [of("x", "purity", "lime", 101.0, "percent")], "value", "more than the whole",
    ),
    "negative heat": (
        [of("x", "net_calorific_value", "coal", -25.8, "GJ/t")], "value", "cannot be negative",
    ),
    "net above gross": (
        [NCV, of("g", "gross_calorific_value", "coal", 24.5, "GJ/t", energy_basis="GCV")],
        "value", "the net value is above the gross calorific value in row 2, 24.5 GJ/t",
    ),
    "gross basis of a net value": (
        [NCV | {"energy_basis": "GCV"}], "energy_basis", "GCV beside net_calorific_value",
    ),
    "more carbon dioxide than carbon": (
        [CC, EF | {"value": 105000.0}], "value", "more carbon dioxide than the carbon in row 1",
    ),
    "more carbon dioxide than the carbon fraction": (
        [of("c", "carbon_fraction", "caco3", 0.12, "tC/t"),
         of("x", "stoichiometric_emission_factor", "caco3", 0.9, "tCO2/t")],
        "value", "44/12 of it is 0.44 tCO2/t",
    ),
    "unknown species": (
        [of("x", "co2_emission_factor", "coal", 1.0, "kgCO3/TJ")], "unit", "unknown unit",
    ),
    "formula that is none": (
        [NCV, of("x", "heat", "coal", 25.8, "GJ/t", derived_from="[n] ** 2")],
        "derived_from", "a value is missing before `*`",
    ),
    "formula with code": (
        [of("x", "heat", "coal", 25.8, "GJ/t", derived_from="__import__('os')")],
        "derived_from", "cannot be read",
    ),
    "formula of another unit": (
        [NCV, CC, of("x", "co2_per_mass", "coal", 0.67, "tCO2/t", derived_from="[n] * [c]")],
        "unit", "its formula gives mass of C/mass, the unit is mass of CO2/mass",
    ),
    "formula that adds unlike": (
        [NCV, CC, of("x", "heat", "coal", 51.8, "GJ/t", derived_from="[n] + [c]")],
        "unit", "adds ",
    ),
    "value that does not follow": (
        [NCV, CC,
         of("x", "co2_per_mass", "coal", 0.668, "tCO2/t", derived_from="[n] * [c] * 44/12")],
        "value", "looks like 44/12: carbon and carbon dioxide",
    ),
    "conversion in a formula": (
        [NCV, CC,
         of("x", "carbon_per_mass", "coal", 0.668, "tC/t", derived_from="[n] * [c] / 1000")],
        "value", "looks like a thousand",
    ),
    "derived from itself": (
        [NCV | {"derived_from": "[n]"}], "derived_from", "derived from itself",
    ),
    "derived in a circle": (
        [NCV | {"derived_from": "[m]"}, NCV | {"id": "m", "region": "CN", "derived_from": "[n]"}],
        "derived_from", "derived from itself, through others",
    ),
    "cause without a part": ([NCV | {"common": "laboratory"}], "common", "is not a cause"),
    "parts above one": ([NCV | {"common": "a=0.7; b=0.7"}], "common", "add up to 1.4"),
    "part above one": ([NCV | {"common": "a=1.5"}], "common", "not between 0 and 1"),
    "cause named twice": ([NCV | {"common": "a=0.5; a=0.2"}], "common", "named twice"),
    "two active records": ([NCV, NCV | {"id": "m"}], "valid_from", "overlaps row 1"),
}  # fmt: skip


@pytest.mark.parametrize("name", IMPOSSIBLE)
def test_what_cannot_be_is_refused_with_its_cell(name: str) -> None:
    rows, column, rule = IMPOSSIBLE[name]
    found = [(c, r) for _, c, r in refused(*rows) if c == column]
    assert found, refused(*rows)
    assert rule in found[0][1]


POSSIBLE: dict[str, list[dict[str, Any]]] = {
    "rounded products": [
        NCV, CC,
        of("x", "co2_per_mass", "coal", 2.45, "tCO2/t", derived_from="[n] * [c] * 44/12"),
    ],
    "percentages": [
        NCV, CC, of("o", "oxidation_factor", "coal", 98.0, "percent"),
        of("x", "carbon_per_mass", "coal", 0.655, "tC/t", derived_from="[n] * [c] * [o]"),
        of("y", "lost", "coal", 2.0, "percent", derived_from="1 - [o]"),
    ],
    "sums": [
        of("a", "direct", "power", 0.5, "kgCO2e/kWh"),
        of("b", "upstream", "power", 100.0, "gCO2e/kWh"),
        of("x", "whole", "power", 600.0, "kgCO2e/MWh", derived_from="[a] + [b]"),
    ],
    "nitrogen": [
        of("a", "n2o_n_per_nitrogen", "soil", 0.01, "kg/kg"),
        of("x", "ratio", "soil", 0.0157, "kg/kg", derived_from="[a] * 44/28"),
        of("b", "n2o_n_per_area", "soil", 8.0, "kgN2O_N/ha"),
        of("y", "n2o_per_area", "soil", 12.57, "kgN2O/ha", derived_from="[b] * 44/28"),
        of("c", "ch4_c_per_area", "soil", 3.0, "kgCH4_C/ha"),
        of("z", "ch4_per_area", "soil", 4.0, "kgCH4/ha", derived_from="[c] * 16/12"),
    ],
    "parents in another library": [
        of("x", "heat", "coal", 25.8, "GJ/t", derived_from="[elsewhere.ncv] * 2"),
    ],
    "factor of the carbon": [CC, EF],
}  # fmt: skip


@pytest.mark.parametrize("name", POSSIBLE)
def test_what_can_be_is_accepted(name: str) -> None:
    assert len(layer(*POSSIBLE[name])) == len(POSSIBLE[name])


# --- what is worth a look


def found_of(*rows: dict[str, Any]) -> list[str]:
    return [finding.rule for finding in layer_findings(layer(*rows))]


def test_balances_that_are_off_by_more_than_rounding_are_found() -> None:
    assert found_of(CC, EF) == []
    (off,) = found_of(CC, EF | {"value": 94600.0})
    assert off == "44/12 of the carbon content in row 1 is 94966.7: -0.39 %"
    product = of("p", "combustion_emission_factor", "coal", 2.45, "tCO2/t")
    assert found_of(NCV, CC, product) == []
    (slip,) = found_of(NCV, CC, product | {"value": 0.668})
    assert "calorific value × carbon content × oxidation × 44/12 is 2.45014 tCO2/t" in slip
    assert "44/12: carbon and carbon dioxide" in slip


def test_a_carbon_content_that_is_the_calorific_value_over_a_thousand_is_found() -> None:
    heat = of("n", "net_calorific_value", "bituminous", 23.076, "GJ/t")
    (found,) = found_of(heat, of("c", "carbon_content", "bituminous", 0.02308, "tC/GJ"))
    assert found == "the digits of the calorific value in row 1, 23.076 GJ/t"
    assert found_of(heat, of("c", "carbon_content", "bituminous", 0.02618, "tC/GJ")) == []


RATIOS = {
    1000.0: "a thousand", 0.001: "a thousand", 100.0: "a hundred", 1e4: "10^4", 1e6: "a million",
    3.6: "3.6", 1 / 3.6: "3.6", 44 / 12: "44/12", 4.1868: "4.1868", 29.3076: "29.3076",
    41.868: "41.868",
}  # fmt: skip


@pytest.mark.parametrize("ratio", RATIOS)
def test_a_known_slip_is_named_by_its_ratio(ratio: float) -> None:
    book = [
        layer(of(f"{k}", "heat_emission_factor", "steam", v, "tCO2/GJ"), name=f"book {k}")
        for k, v in enumerate((0.110, 0.112, 0.109))
    ]
    wrong = layer(of("x", "heat_emission_factor", "steam", 0.11 * ratio, "tCO2/GJ"))
    ((found,),) = outlier_findings([wrong], book)
    assert RATIOS[ratio] in found.rule.partition("looks like")[2]
    right = layer(of("x", "heat_emission_factor", "steam", 0.15, "tCO2/GJ"))
    assert outlier_findings([right], book) == [[]]


def test_gross_for_net_calorific_value_is_found_where_others_agree() -> None:
    book = [
        layer(of(f"{k}", "net_calorific_value", "gas", 48.0 + k / 100, "GJ/t"), name=f"b{k}")
        for k in range(3)
    ]
    ((found,),) = outlier_findings(
        [layer(of("x", "net_calorific_value", "gas", 48.01 / 0.9, "GJ/t"))], book
    )
    assert "looks like 0.9: net for gross" in found.rule
    assert slips_of(1.0) == slips_of(-1.0) == slips_of(float("nan")) == []


def test_regions_editions_and_gwp_sets_may_differ_by_more() -> None:
    grid = [
        of(f"g{k}", "grid_average", "electricity", v, "kgCO2/MWh", region=f"R{k}")
        for k, v in enumerate((20.0, 100.0, 700.0, 900.0))
    ]
    assert outlier_findings([layer(*grid)]) == [[]]
    sets = [
        layer(of(f"w{k}", "gwp", "HFE263fb2", v, "tCO2e/tHFE263fb2"), name=f"s{k}")
        for k, v in enumerate((11.0, 4.8))
    ]
    assert outlier_findings(sets) == [[], []]


# --- anybody's file


def test_a_table_is_checked_against_the_libraries(tmp_path: Path, capsys: Any) -> None:
    rows = [
        of("", "net_calorific_value", "anthracite", 23100.0, "GJ/t"),
        of("", "oxidation_factor", "anthracite", 94.0, "percent"),
    ]
    path = tmp_path / "mine.csv"
    table(*rows).to_csv(path, index=False)
    out = tmp_path / "findings.csv"
    assert main(["factors", "check", str(path), "--out", str(out)]) == 0
    said = capsys.readouterr().out
    assert "FINDING mine.csv row 2: mine:2 value 23100: 9" in said
    assert "looks like a thousand" in said
    assert "2 records, no problem, 1 finding worth a look" in said
    assert pd.read_csv(out)["kind"].tolist() == ["finding"]
    assert main(["factors", "check", str(path), "--strict"]) == 1
    assert main(["factors", "check", str(path), "--against", "none", "--strict"]) == 0
    capsys.readouterr()
    assert main(["factors", "check", str(path), "--lang", "zh"]) == 0
    assert "留意 mine.csv 第2行" in (said := capsys.readouterr().out)
    assert "疑为相差一千倍" in said
    assert main(["factors", "check", str(path), "--against", "cets-2042"]) == 1
    assert "near: cets-2024" in capsys.readouterr().err


def test_problems_end_in_status_one_and_are_written_with_the_findings(
    tmp_path: Path, capsys: Any
) -> None:
    path, out = tmp_path / "mine.xlsx", tmp_path / "all.xlsx"
    rows = [
        of("", "net_calorific_value", "anthracite", 23100.0, "GJ/t"),
        of("x", "sf6_per_mass", "casting", 1.0, "kgCO2/t"),
    ]
    table(*rows).to_excel(path, index=False)
    assert main(["factors", "check", str(path), "--lang", "zh", "--out", str(out)]) == 1
    said = capsys.readouterr()
    assert "sf6_per_mass 计量的是 SF6" in said.err
    assert "个问题，1 处值得留意" in said.out
    sheet = openpyxl.load_workbook(out).active
    assert [cell.value for cell in sheet[1]][:4] == ["类别", "因子库", "文件", "行"]
    assert {sheet.cell(r, 1).value for r in range(2, sheet.max_row + 1)} == {"问题", "留意"}
    assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)


@pytest.mark.parametrize(
    ("encoding", "status", "said"),
    [("utf-8-sig", 0, "1 records, no problem"), ("gbk", 0, "1 records"), ("utf-16", 1, "UTF-16")],
)
def test_a_table_in_another_encoding_is_read_or_refused_by_name(
    encoding: str, status: int, said: str, tmp_path: Path, capsys: Any
) -> None:
    path = tmp_path / "因子.csv"
    row = of("x", "net_calorific_value", "无烟煤", 23.1, "GJ/t", note="化验单")
    table(row).to_csv(path, index=False, encoding=encoding)
    assert main(["factors", "check", str(path), "--against", "none"]) == status
    printed = capsys.readouterr()
    assert said in printed.out + printed.err


def test_a_formula_without_a_value_is_refused_with_its_cell(tmp_path: Path, capsys: Any) -> None:
    path = tmp_path / "mine.xlsx"
    table(NCV).to_excel(path, index=False)
    book = openpyxl.load_workbook(path)
    headings = [cell.value for cell in book.active[1]]
    book.active.cell(2, headings.index("value") + 1).value = "=20+3.1"
    book.save(path)
    assert main(["factors", "check", str(path), "--against", "none"]) == 1
    assert "row 2  value  '=20+3.1'  a formula without a stored value" in capsys.readouterr().err


def copied(tmp_path: Path, name: str = "cets-2024") -> Path:
    shutil.copytree(DATA / name, tmp_path / name)
    return tmp_path / name


def zipped(folder: Path, path: Path) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                archive.write(file, f"{folder.name}/{file.relative_to(folder)}")
    return path


def test_a_package_a_folder_of_them_and_a_zip_are_checked_alike(tmp_path: Path) -> None:
    package = copied(tmp_path)
    against = FactorLibrary.default().stack
    one = verdict(package, against)
    assert (one.problems, one.judged[0].library) == ((), "cets-2024")
    assert one.version == FactorLibrary.shipped("cets-2024").stack[0].version
    assert verdict(zipped(package, tmp_path / "x.zip"), against).judged == one.judged
    copied(tmp_path, "cn-grid")
    both = verdict(tmp_path, against)
    assert {each.library for each in both.judged} == {"cets-2024", "cn-grid"}
    assert both.records == len(FactorLibrary.shipped("cets-2024", "cn-grid"))


def test_what_is_wrong_with_cells_and_between_records_is_one_error(tmp_path: Path) -> None:
    rows = [
        NCV | {"id": "a"},
        NCV | {"id": "a", "value": -3.0, "subject": "lignite"},
        NCV | {"id": "c", "unit": "GJ/ton"},
        NCV | {"id": "d"},
    ]
    table(*rows).to_csv(path := tmp_path / "mine.csv", index=False)
    with pytest.raises(FactorTableError) as wrong:
        FactorLibrary.open(path)
    columns = [(problem.row, problem.column) for problem in wrong.value.problems]
    assert columns == [(3, "id"), (3, "value"), (4, "unit"), (5, "valid_from")]
    assert [(p.row, p.column) for p in verdict(path).problems] == columns


def test_a_folder_of_tables_lists_what_is_wrong_with_each(tmp_path: Path) -> None:
    table(NCV).to_csv(tmp_path / "good.csv", index=False)
    table(NCV | {"unit": "GJ/ton"}).to_csv(tmp_path / "bad.csv", index=False, encoding="gbk")
    found = verdict(tmp_path)
    assert [(each.library, len(each.problems)) for each in found.judged] == [
        ("bad", 1),
        ("good", 0),
    ]
    (empty := tmp_path / "empty").mkdir()
    with pytest.raises(FactorTableError, match="nothing to check"):
        verdict(empty)


def rewritten(package: Path, old: str, new: str) -> None:
    """A changed table of a package, with its new hash."""
    import hashlib

    table_path = package / "fuels.csv"
    text = table_path.read_text("utf-8")
    assert old in text
    data = text.replace(old, new).encode()
    table_path.write_bytes(data)
    descriptor = json.loads((package / "datapackage.json").read_text("utf-8"))
    for resource in descriptor["resources"]:
        if resource["path"] == "fuels.csv":
            resource["hash"] = f"sha256:{hashlib.sha256(data).hexdigest()}"
    (package / "datapackage.json").write_text(json.dumps(descriptor), "utf-8")


def of_copy(package: Path) -> Verdict:
    return verdict(package, FactorLibrary.shipped().stack)


def test_an_id_that_is_used_for_another_thing_is_refused_and_an_edited_value_found(
    tmp_path: Path,
) -> None:
    package = copied(tmp_path)
    assert of_copy(package).findings == of_copy(package).problems == ()
    row = "fuel.cets.anthracite.ncv,net_calorific_value,anthracite"
    rewritten(package, row, row.replace(",anthracite", ",lignite_of_ours"))
    (problem,) = of_copy(package).problems
    assert problem.rule.startswith("in cets-2024 this id names net_calorific_value anthracite")
    shutil.rmtree(package)
    rewritten(copied(tmp_path), "22.867", "22.876")
    (finding,) = of_copy(package).findings
    assert finding.rule == "the same id is 22.867 GJ/t in cets-2024"


def test_parents_in_other_libraries_are_asked_too(tmp_path: Path) -> None:
    against = FactorLibrary.shipped("cets-2024").stack
    formula = "[fuel.cets.anthracite.ncv] * 1"
    rows = [
        of("a", "gross_heat", "coal", 22.867, "GJ/t", derived_from=formula),
        of("b", "gross_heat", "coke", 22867.0, "GJ/t", derived_from=formula),
        of("c", "gross_heat", "gas", 1.0, "GJ/t", derived_from="[nobody.knows] * 1"),
    ]
    table(*rows).to_csv(tmp_path / "mine.csv", index=False)
    found = verdict(tmp_path / "mine.csv", against)
    ((row, rule),) = [(p.row, p.rule) for p in found.problems]
    assert (row, rule.partition(";")[0]) == (3, "its formula gives 22.867, not 22867")
    assert "looks like a thousand" in rule
    (orphan,) = [f.rule for f in found.findings if f.column == "derived_from"]
    assert orphan == "no record nobody.knows here nor in the libraries compared"


def test_an_archive_that_is_not_what_it_seems_is_refused(tmp_path: Path) -> None:
    for name, entry, data in (
        ("up", "../evil.csv", b"x"),
        ("root", "/evil.csv", b"x"),
        ("bomb", "x.csv", b"0" * 300_000_000),
    ):
        path = tmp_path / f"{name}.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(entry, data)
        before = set(tmp_path.parent.rglob("evil.csv"))
        with pytest.raises(ReleaseError):
            verdict(path)
        assert set(tmp_path.parent.rglob("evil.csv")) == before
    (tmp_path / "no.zip").write_bytes(b"no zip at all")
    with pytest.raises(ReleaseError):
        verdict(tmp_path / "no.zip")


# --- the grammar


def test_a_formula_gives_value_slopes_and_the_parents_it_names() -> None:
    found = derivation("([a] + 2*[b]) / [a] - -1")
    assert found.parents == ("a", "b")
    a, b = np.array([2.0, 4.0]), np.array([3.0, 0.0])
    np.testing.assert_array_equal(found.form.value([a, b]), (a + 2 * b) / a + 1)
    slopes = found.form.slopes([a, b])
    np.testing.assert_allclose(slopes[0], -2 * b / a**2, rtol=1e-15)
    np.testing.assert_allclose(slopes[1], 2 / a, rtol=1e-15)
    # A ratio of molar masses stands for itself only where it is not divided by.
    assert float(derivation("[a] * 44/12").form.value([np.array(3.0)])) == 11.0
    assert float(derivation("[a] / 44/12").form.value([np.array(528.0)])) == 1.0


@pytest.mark.parametrize(
    "text",
    ["", "1", "[]", "[a", "a", "[a] [b]", "[a] +", "* [a]", "([a]", "[a])", "[a]^2", "[a] ** 2",
     "[a] * 1e400", "[a]; [b]", "[a] if 1", "(" * 40 + "[a]" + ")" * 40, "-" * 40 + "[a]",
     "[a] + " * 300 + "[a]", "[a].real", "[a] / /[b]", "1,5 * [a]", "[a] × [b]"],
)  # fmt: skip
def test_what_is_no_formula_is_refused_with_a_cure(text: str) -> None:
    found = derivation(text)
    assert not hasattr(found, "form")
    assert found.rule
    assert found.cure


def test_half_a_unit_of_the_last_digit() -> None:
    values = np.array([0.4397, 1e-5, 98300.0, 0.0, 1.5e300, 2.0])
    assert half_digits(values).tolist() == [5e-5, 5e-6, 0.5, 0.5, 0.5, 0.5]
    assert causes("a=1") == (("a", 1.0),)


def test_no_shipped_library_has_a_problem_beside_the_others() -> None:
    found = verdict(DATA, FactorLibrary.shipped().stack)
    assert [(p.file, p.row, p.rule) for p in found.problems] == []
    assert found.records == len(FactorLibrary.shipped())
