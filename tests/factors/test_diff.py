"""What changed between two libraries: found by series and validity, with the reason, exactly."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pandas as pd
import pytest

from carbonmeter.cli import main
from carbonmeter.errors import ReleaseError
from carbonmeter.factors import FactorLibrary
from carbonmeter.factors.changes.change import Rows, reason_for
from carbonmeter.factors.changes.diff import STATUSES, diff
from carbonmeter.factors.record import REASONS
from carbonmeter.factors.releases.release import release
from tests.factors.frames import measured
from tests.factors.releases import RECORDS, package
from tests.factors.test_shipped import DATA

FIRST = {"id": "a", "published": "2025-01-31"}


def changes(a: FactorLibrary, b: FactorLibrary) -> list[tuple[str, str, str, str]]:
    found = diff(a, b)
    assert len(found.changes) + found.kept >= len(b)
    return [(c.status, c.reason, c.id_a, c.id_b) for c in found.changes]


# ---- each kind of change


def test_a_library_does_not_differ_from_itself():
    library = FactorLibrary.default()
    found = diff(library, library)
    assert (found.changes, found.kept) == ((), len(library))
    assert repr(found).endswith(f"{len(library)} kept>")
    assert found.summary().empty


@pytest.mark.parametrize(
    ("later", "expected"),
    [
        ([{"value": 25.2}], ("overwritten", "correction", "a", "a")),
        ([{"note": "weighed again"}], ("edited", "correction", "a", "a")),
        ([{"id": "b", "value": 25.2}], ("moved", "correction", "a", "b")),
        (
            [{"id": "b", "valid_from": "2025-01-01", "valid_to": "2026-01-01", "value": 25.2}],
            ("moved", "new data year", "a", "b"),
        ),
        (
            [FIRST, {"id": "b", "value": 25.2, "supersedes": "a", "supersede_reason": "method"}],
            ("superseded", "method", "a", "b"),
        ),
        (
            [FIRST, {"id": "b", "supersedes": "a", "supersede_reason": "retraction"}],
            ("superseded", "retraction", "a", "b"),
        ),
        ([FIRST, {"id": "b", "subject": "lignite"}], ("added", "", "", "b")),
        (
            [FIRST, {"id": "b", "valid_from": "2025-01-01", "valid_to": "2026-01-01"}],
            ("added", "new data year", "", "b"),
        ),
    ],
)
def test_each_kind_of_change_has_its_status_and_reason(later, expected):
    assert changes(measured(FIRST), measured(*(FIRST | row for row in later))) == [expected]


def test_what_is_gone_is_removed():
    two = measured(FIRST, {"id": "b", "subject": "lignite"})
    assert changes(two, measured(FIRST)) == [("removed", "", "b", "")]


def test_a_move_is_in_percent_of_the_old_value_whatever_the_unit():
    (change,) = diff(
        measured(FIRST), measured({"id": "b", "value": 26355.0, "unit": "MJ/t"})
    ).changes
    assert change.percent == pytest.approx(5.0)
    assert (change.value_a, change.unit_a) == (25.1, "GJ/t")
    same = diff(measured(FIRST), measured({"id": "b", "value": 25100.0, "unit": "MJ/t"}))
    assert (same.kept, same.changes) == (1, ())


def test_a_source_edited_beside_the_records_is_found(tmp_path):
    before = FactorLibrary.open(package(tmp_path / "a"))
    after = FactorLibrary.open(package(tmp_path / "b", sources="source,title\nDOC,A paper\n"))
    found = {(c.status, c.kind, c.id_b): c.fields for c in diff(before, after).changes}
    assert found[("edited", "source", "DOC")].startswith("title: A document → A paper")


def test_layers_of_stacks_are_compared_with_their_like():
    old, new = FactorLibrary.default(), FactorLibrary.shipped("cn-grid", "ipcc-2006")
    found = diff(old, new)
    assert found.counts["added"] == 0
    assert found.counts["removed"] == len(old) - len(new)
    assert set(found.frame()["library"]) == set(old.layers) - set(new.layers)


def test_every_status_and_reason_is_of_a_closed_list():
    found = diff(FactorLibrary.shipped("ndrc-2013"), FactorLibrary.shipped("cets-2024"))
    assert {c.status for c in found.changes} <= set(STATUSES)
    known = {*REASONS, "other library", ""}
    assert {part for c in found.changes for part in c.reason.split(" + ")} <= known


def test_rows_without_ids_are_known_by_what_they_are_values_of():
    """Their ids are made of their rows: another row above must not change what they are."""
    lignite = {"subject": "lignite", "value": 11.9}
    before, after = measured({}, lignite), measured({"subject": "coking_coal"}, {}, lignite)
    assert changes(before, after) == [("added", "", "", "measured:1")]
    assert changes(before, measured({"value": 25.2}, lignite)) == [
        ("moved", "correction", "measured:1", "measured:1")
    ]


# ---- real editions


def test_gwp_of_two_reports():
    found = diff(FactorLibrary.shipped("gwp-ar5"), FactorLibrary.shipped("gwp-ar6")).frame()
    moved = found[found["parameter"].eq("gwp") & found["status"].eq("moved")].set_index("subject")
    assert set(moved["reason"]) == {"GWP set"}
    assert moved.loc["CF4", ["value_a", "value_b"]].tolist() == [6630.0, 7380.0]
    assert moved.loc["CF4", "percent"] == pytest.approx(100 * 750 / 6630)


def reference(name: str) -> dict[str, tuple[str, float]]:
    """Id and value of each record of a library by country and year, from the file itself."""
    with (DATA / name / "electricity.csv").open(encoding="utf-8", newline="") as lines:
        return {
            f"{row['region']} {row['valid_from']}": (row["id"], float(row["value"]))
            for row in csv.DictReader(lines)
        }


def test_two_editions_of_life_cycle_intensities_of_electricity():
    """Against a comparison of the two files by country and year, without the library."""
    old, new = reference("ember-2025"), reference("ember-2026")
    found = diff(FactorLibrary.shipped("ember-2025"), FactorLibrary.shipped("ember-2026"))
    frame = found.frame()
    assert set(frame.loc[frame["status"] == "added", "id_b"]) == {
        new[key][0] for key in new.keys() - old.keys()
    }
    assert set(frame.loc[frame["status"] == "removed", "id_a"]) == {
        old[key][0] for key in old.keys() - new.keys()
    }
    # The later edition prints two decimals, the earlier one three.
    moved = {
        new[key][0] for key in new.keys() & old.keys() if abs(new[key][1] - old[key][1]) > 0.005001
    }
    assert set(frame.loc[frame["status"] == "moved", "id_b"]) == moved
    assert set(frame.loc[frame["status"] == "moved", "reason"]) == {"correction"}
    assert found.kept == len(new.keys() & old.keys()) - len(moved)
    after = frame.loc[(frame["status"] == "added") & (frame["reason"] == "new data year")]
    assert (after["valid_from"].astype(str).str[:4].astype(int) >= 2000).all()


def test_two_editions_of_supply_chain_factors():
    old, new = FactorLibrary.shipped("useeio-1.2"), FactorLibrary.shipped("useeio-1.3")
    found = diff(old, new)
    assert found.counts["added"] == found.counts["removed"] == 0
    assert set(found.frame()["reason"]) == {"new data year + GWP set"}
    values = [dict(zip(x.column("id"), x.column("value"), strict=True)) for x in (old, new)]
    wheat = "111140.without_margins"
    (change,) = [c for c in found.changes if c.id_b == f"useeio.1.3.0.{wheat}"]
    assert (change.value_a, change.value_b) == (
        values[0][f"useeio.1.2.{wheat}"],
        values[1][f"useeio.1.3.0.{wheat}"],
    )
    same = sum(values[0][id_.replace("1.3.0", "1.2")] == value for id_, value in values[1].items())
    assert found.kept == same


def test_the_reason_of_two_series_that_answer_in_turn():
    layer = FactorLibrary.shipped("cn-grid").stack[0]
    rows = Rows(layer)
    a, b = (rows.place[id_] for id_ in ("elec.ets.0.5703", "elec.national.2022"))
    assert reason_for(rows, a, rows, b) == "new data year"
    assert reason_for(rows, b, rows, a) == "method"


# ---- a table exported, edited in one cell, and imported again


@pytest.mark.parametrize(("form", "ending"), [("csv", "csv"), ("xlsx", "xlsx")])
def test_an_edited_cell_is_found_after_export_and_import(tmp_path, capsys, form, ending):
    pinned = tmp_path / "grid.zip"
    pinned.write_bytes(release([DATA / "cn-grid"]).data)
    table, folder = tmp_path / f"grid.{ending}", tmp_path / "again"
    assert main(["factors", "export", "cn-grid", "--format", form, "-o", str(table)]) == 0
    _edit(table, "elec.national.2022", 0.5367)
    assert main(["factors", "import", str(table), "-o", str(folder)]) == 0
    capsys.readouterr()
    assert main(["factors", "diff", str(pinned), str(folder)]) == 0
    said = capsys.readouterr().out
    assert "elec.national.2022" in said
    assert "0.5366 tCO2/MWh" in said
    assert "0.5367 tCO2/MWh" in said
    assert "unchanged: 129" in said
    assert main(["factors", "verify", str(folder), "--against", str(pinned)]) == 1
    error = " ".join(capsys.readouterr().err.split())
    assert "'elec.national.2022' value: 0.5366 → 0.5367" in error
    assert "row " in error
    again = FactorLibrary.open(folder)
    assert diff(FactorLibrary.open(pinned), again).counts == {"overwritten": 1}


def _edit(table: Path, id_: str, value: float) -> None:
    if table.suffix == ".csv":
        text = table.read_text("utf-8-sig")
        old = next(line for line in text.splitlines() if f",{id_}," in line)
        table.write_text(text.replace(old, old.replace("0.5366", str(value))), "utf-8-sig")
        return
    import openpyxl

    book = openpyxl.load_workbook(table)
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            if any(cell.value == id_ for cell in row):
                for cell in row:
                    cell.value = value if cell.value == 0.5366 else cell.value
    book.save(table)


def test_an_unchanged_library_stands_against_its_release(tmp_path, capsys):
    pinned = tmp_path / "grid.zip"
    pinned.write_bytes(release([DATA / "cn-grid"]).data)
    assert main(["factors", "verify", "cn-grid", "--against", str(pinned)]) == 0
    assert "unchanged: 130" in capsys.readouterr().out


def test_problems_of_a_diff_say_where_and_what(tmp_path):
    before = FactorLibrary.open(package(tmp_path / "a"))
    after = FactorLibrary.open(package(tmp_path / "b", fuels=RECORDS.replace("26.7", "2.67")))
    (problem,) = diff(before, after).problems()
    assert (problem.file, problem.row, problem.value) == ("fuels.csv", 2, "small.anthracite.ncv")
    assert problem.rule == "value: 26.7 → 2.67"
    with pytest.raises(ReleaseError, match=r"2\.67"):
        raise ReleaseError("x", [problem])


# ---- the terminal and files


def test_in_the_terminal_in_both_languages_and_in_files(tmp_path, capsys):
    for lang, words in (("en", "GWP set"), ("zh", "GWP版本")):
        out = tmp_path / f"d-{lang}.xlsx"
        asked = ["factors", "diff", "gwp-ar5", "gwp-ar6", "--limit", "3", "--lang", lang]
        assert main([*asked, "--out", str(out)]) == 0
        said = capsys.readouterr().out
        assert words in said
        table = pd.read_excel(out, engine="calamine")
        found = diff(FactorLibrary.shipped("gwp-ar5"), FactorLibrary.shipped("gwp-ar6"))
        assert len(table) == len(found.changes)
        assert words in set(table["reason"])
        pd.testing.assert_series_equal(
            table["value_b"], found.frame()["value_b"].astype(float), rtol=1e-15
        )
    assert main(["factors", "diff", "ember-2025", "ember-2026", "--lang", "zh"]) == 0
    assert "电力全生命周期碳强度" in capsys.readouterr().out
    assert main(["factors", "diff", "gwp-ar5", "gwp-ar6", "--out", str(tmp_path / "d.csv")]) == 0
    assert main(["factors", "diff", "gwp-ar5", "gwp-ar7"]) == 1
    assert "did you mean gwp-" in capsys.readouterr().err


def test_a_text_that_a_spreadsheet_would_run_stays_text(tmp_path):
    from carbonmeter.report.differences import write_diff

    bad = measured(FIRST | {"note": "=1+1"})
    found = diff(measured(FIRST), bad)
    path = write_diff(found, tmp_path / "d.xlsx")
    import openpyxl

    cells = [c for row in openpyxl.load_workbook(path).active.iter_rows() for c in row]
    assert all(cell.data_type in ("s", "n") for cell in cells)


def test_html_shows_no_markup_of_a_users(tmp_path):
    a = measured(FIRST, name="<b>a</b>")
    assert "<b>a</b>" not in diff(a, measured(FIRST | {"value": 1.0}))._repr_html_()


def test_an_exported_file_is_compared_as_it_is(tmp_path, capsys):
    table = tmp_path / "grid.csv"
    assert main(["factors", "export", "cn-grid", "--format", "csv", "-o", str(table)]) == 0
    capsys.readouterr()
    assert main(["factors", "diff", "cn-grid", str(table)]) == 0
    assert "unchanged: 130" in capsys.readouterr().out
    manifest = json.loads((DATA / "cn-grid" / "datapackage.json").read_text("utf-8"))
    assert manifest["name"] == "cn-grid"
