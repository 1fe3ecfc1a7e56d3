"""The promised hand calculations, through the command line as a person types it."""

from __future__ import annotations

import re
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from carbonmeter.cli import main
from tests.helpers import printed

COLUMNS = "entity,site,region,period,activity,subject,quantity,unit\n"


def accounted(path: Path, *options: str) -> pd.DataFrame:
    """The lines that `carbonmeter account` writes."""
    out = path.with_name("lines.csv")
    assert main(["account", str(path), "--out", str(out), *options]) == 0
    return pd.read_csv(out)


def filled(folder: Path, guide: str, sheets: dict[str, list[dict[str, object]]]) -> Path:
    """The Chinese template of a guide with rows typed into its sheets, by their headings."""
    path = folder / "template.xlsx"
    assert main(["template", "--guide", guide, "--out", str(path), "--lang", "zh"]) == 0
    book = openpyxl.load_workbook(path)
    for name, rows in sheets.items():
        place = {cell.value: cell.column for cell in book[name][1]}
        for number, row in enumerate(rows, start=2):
            for heading, value in row.items():
                book[name].cell(number, place[heading], value)
    book.save(path)
    return path


def row(site: str, activity: str, subject: str, quantity: float) -> dict[str, object]:
    return {
        "主体": "某厂",
        "场所": site,
        "地区": "CN-SD-LC",
        "期间": "2024",
        "活动": activity,
        "对象": subject,
        "数量": quantity,
        "单位": "吨",
    }


def test_aluminium_of_100_000_t_by_the_defaults_of_cets(tmp_path, capsys) -> None:
    """Anodes 1.470832 t/t, perfluorocarbons 0.26316 t/t; the template takes 1.47 for the anodes."""
    path = filled(tmp_path, "cets", {"活动数据": [row("", "铝电解", "", 100_000)]})
    lines = accounted(path, "--guide", "cets").set_index("gas")
    assert lines.loc["CO2", "co2e"] == printed("147083.2")
    assert lines.loc["CO2", "template_co2e"] == printed("147000")
    assert lines.loc[["CF4", "C2F6"], "co2e"].sum() == printed("26316")
    assert re.search(r"173,\d{3}", capsys.readouterr().out)  # 173 399.2 t altogether


@pytest.mark.parametrize(
    ("guide", "period", "expected"),
    [
        ("ndrc", "2024", "23228"),
        ("cets", "2024", "22588"),
        ("gbt-32151", "2026", "25215"),
    ],
)
def test_anthracite_of_10_000_t_by_three_fuel_tables(tmp_path, guide, period, expected) -> None:
    path = tmp_path / "coal.csv"
    cells = f"plant,boiler,CN-SD-LC,{period},solid_fuel_combustion,anthracite,10000,t\n"
    path.write_text(COLUMNS + cells, encoding="utf-8")
    lines = accounted(path, "--guide", guide)
    assert lines["co2e"].tolist() == [printed(expected)]
    assert lines["scope"].astype(str).tolist() == ["1"]


def test_one_site_with_measured_carbon_beside_one_by_default(tmp_path) -> None:
    """10 000 t at 58.9 % carbon as received and 98 % oxidation: 21 164.73 t; the other 22 588 t."""
    measured = {
        "参数": "收到基元素碳含量",
        "对象": "无烟煤",
        "场所": "1号锅炉",
        "有效期起": "2024-01-01",
        "有效期止": "2025-01-01",
        "数值": 0.589,
        "单位": "tC/t",
        "来源": "化验报告",
    }
    rows = [row(site, "固体燃料燃烧", "无烟煤", 10_000) for site in ("1号锅炉", "2号锅炉")]
    path = filled(tmp_path, "cets", {"活动数据": rows, "实测值": [measured]})
    lines = accounted(path, "--guide", "cets").set_index("site")
    assert lines.loc["1号锅炉", "co2e"] == printed("21164.73")
    assert lines.loc["2号锅炉", "co2e"] == printed("22588")
