"""The embedded prefecture: every figure says where it comes from, and the tables fit each other."""

from __future__ import annotations

import csv
import hashlib
import tomllib
from pathlib import Path

import pytest

from carbonmeter.errors import RunError
from carbonmeter.examples import example

LIAOCHENG = example("liaocheng")
TABLES = sorted(path.name for path in LIAOCHENG.folder.glob("*.csv"))


def rows(name: str) -> list[dict[str, str]]:
    with (LIAOCHENG.folder / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def total(name: str, **where: str) -> float:
    chosen = [r for r in rows(name) if all(r[k] == v for k, v in where.items())]
    assert chosen
    return sum(float(r["quantity"]) for r in chosen)


def test_an_unknown_example_is_refused_with_those_there_are():
    with pytest.raises(RunError, match="there are: liaocheng \\(did you mean liaocheng\\?\\)"):
        example("liaochen")


@pytest.mark.parametrize("name", TABLES)
def test_every_row_says_where_its_figures_come_from(name):
    column = "source" if name == "measured.csv" else "origin"
    table = rows(name)
    assert table
    assert [i for i, row in enumerate(table, start=2) if len(row[column]) < 15] == []
    for row in table:
        if row[column].startswith("illustrative"):
            assert row[column].startswith("illustrative; ")


def test_only_the_real_firm_is_not_marked_as_an_example():
    names = rows("names.csv")
    real = [row["entity"] for row in names if row["invented"] == "no"]
    assert real == ["luxi-chemical"]
    for row in names:
        if row["invented"] == "yes":
            assert "示例" in row["name_zh"]
            assert "Example" in row["name_en"]
    assert not any(row["entity"] == "luxi-chemical" for row in rows("activity.csv"))


def test_every_entity_has_a_name():
    known = {row["entity"] for row in rows("names.csv")}
    used = {r["entity"] for n in ("activity.csv", "sinks.csv", "reductions.csv") for r in rows(n)}
    used |= {r["counterparty"] for r in rows("activity.csv")} - {""}
    used |= {r[c] for r in rows("entities.csv") for c in ("child", "parent")}
    used |= {r[c] for r in rows("loans.csv") for c in ("lender", "borrower")}
    used |= {r["entity"] for n in ("borrowers.csv", "projects.csv") for r in rows(n)}
    assert used <= known


def test_the_run_names_files_that_exist():
    run = tomllib.loads(LIAOCHENG.run.read_text(encoding="utf-8"))
    files = [run["names"], run["entities"], *run["measured"]]
    files += [account["activity"] for account in run["account"]]
    files += [run["finance"][name] for name in ("loans", "borrowers", "projects")]
    assert [name for name in files if not (LIAOCHENG.folder / name).is_file()] == []
    assert [check["published"] for check in run["check"]] == [10.33, 10.5]
    entities = {row["entity"] for row in rows("activity.csv")}
    assert {check["entity"] for check in run["check"]} <= entities


def test_evidence_is_there_and_unchanged():
    named = {(r["evidence"], r["evidence_sha256"]) for r in rows("activity.csv") if r["evidence"]}
    assert len(named) == 2
    for name, sha256 in named:
        assert hashlib.sha256((LIAOCHENG.folder / name).read_bytes()).hexdigest() == sha256
    green = [r for r in rows("activity.csv") if r["activity"] == "non_fossil_electricity_purchase"]
    assert len(green) == 12
    assert all(row["evidence"] for row in green)


def test_the_smelter_is_a_quarter_of_the_place_and_its_power_adds_up():
    smelter = {"entity": "chiping-aluminium"}
    metal = total("activity.csv", **smelter, site="potline-1")
    metal += 1e4 * total("activity.csv", **smelter, site="potline-2")
    assert metal == pytest.approx(350_000, abs=10)
    grid = 10 * total("activity.csv", **smelter, activity="electricity_purchase")
    green = total("activity.csv", **smelter, activity="non_fossil_electricity_purchase")
    coal = 1e4 * total("activity.csv", **smelter, activity="power_unit_combustion")
    own = 660 * 8760 * 0.53
    assert own + grid + green == pytest.approx(13.5 * 350_000, abs=10)
    assert coal == pytest.approx(own * 8272 * 1.05505585262e-3 / 23.076, rel=1e-4)


def test_a_site_belongs_to_one_entity():
    # a measured value answers for its site, whoever runs it
    owners: dict[str, set[str]] = {}
    for name in ("activity.csv", "sinks.csv", "reductions.csv"):
        for row in rows(name):
            owners.setdefault(row["site"], set()).add(row["entity"])
    assert {site: names for site, names in owners.items() if len(names) > 1} == {}
    assert {row["site"] for row in rows("measured.csv")} <= set(owners)


def test_what_one_entity_sells_as_heat_the_other_buys():
    sold = total("activity.csv", entity="gaotang-heat", counterparty="gaotang-machinery")
    bought = total("activity.csv", entity="gaotang-machinery", activity="heat_purchase")
    assert sold == pytest.approx(bought, abs=1)
    steam = total("activity.csv", entity="linqing-textile", activity="steam_purchase")
    sold = total("activity.csv", entity="linqing-power", activity="heat_export")
    assert steam * (2777 - 83.74) / 1000 == pytest.approx(sold, rel=1e-4)


def test_measured_coal_lies_within_its_bounds_and_covers_the_year():
    coal = [r for r in rows("measured.csv") if r["parameter"] == "carbon_content_as_received"]
    for site in ("unit-1", "captive-power"):
        months = [r for r in coal if r["site"] == site]
        starts, ends = [r["valid_from"] for r in months], [r["valid_to"] for r in months]
        assert len(months) == 12
        assert starts[1:] == ends[:-1]
    bounded = [row for row in rows("measured.csv") if row["low"]]
    assert len(bounded) == 47
    for row in bounded:
        assert float(row["low"]) < float(row["value"]) < float(row["high"])
    assert all(0.55 < float(r["value"]) < 0.70 for r in coal)


def test_loans_stay_below_what_finances_their_borrower():
    lent: dict[str, float] = {}
    for row in rows("loans.csv"):
        key = row["project"] or row["borrower"]
        lent[key] = lent.get(key, 0.0) + float(row["outstanding"])
    balance = {
        r["entity"]: max(float(r["equity"]), 0.0) + float(r["debt"]) for r in rows("borrowers.csv")
    }
    for row in rows("projects.csv"):
        parts = float(row["equity"]) + float(row["debt"])
        assert parts == pytest.approx(float(row["total_investment"]), abs=0.01)
        balance[row["project"]] = float(row["total_investment"])
    covered = {key: money for key, money in lent.items() if not key.startswith("sme-")}
    assert set(covered) <= set(balance)
    assert [key for key, money in covered.items() if money > balance[key]] == []
    assert {row["unit"] for row in rows("loans.csv")} == {"万元"}
    assert len(rows("loans.csv")) == 350
    assert 0.2 < 1.0 - sum(covered.values()) / sum(lent.values()) < 0.3


def test_the_readme_counts_its_tables():
    text = (LIAOCHENG.folder / "README.md").read_text(encoding="utf-8")
    for name in ("activity.csv", "reductions.csv", "sinks.csv", "measured.csv", "names.csv"):
        assert f"| `{name}` | {len(rows(name))} |" in text


def test_paths_of_an_example_are_the_files_of_its_folder():
    for name in ("run", "activity", "sinks", "reductions", "measured", "names", "entities"):
        assert isinstance(getattr(LIAOCHENG, name), Path)
        assert getattr(LIAOCHENG, name).is_file()
    for path in (LIAOCHENG.loans, LIAOCHENG.borrowers, LIAOCHENG.projects):
        assert path.is_file()
