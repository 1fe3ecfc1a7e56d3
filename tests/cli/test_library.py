"""`carbonmeter factors`: the shelf, finding, one record in full, near words."""

from __future__ import annotations

from datetime import date

import pytest

from carbonmeter.cli import main
from carbonmeter.factors import DEFAULT, SHIPPED, FactorLibrary
from carbonmeter.factors.finding.history import history, place_of
from carbonmeter.report import libraries
from carbonmeter.report.aligned import Column, cells, cut, lines
from carbonmeter.report.library_words import WORDS
from tests.factors.frames import measured


def said(capsys, *arguments: str, status: int = 0) -> str:
    assert main(["factors", *arguments]) == status
    captured = capsys.readouterr()
    return captured.err if status else captured.out


@pytest.mark.parametrize("act", [(), ("list",)])
def test_the_shelf_lists_every_library_with_counts_confidence_licence_and_hash(capsys, act):
    out = said(capsys, *act).splitlines()
    library = FactorLibrary.shipped()
    listed = {line.split()[0].removesuffix("*"): line for line in out[2 : 2 + len(SHIPPED)]}
    assert list(listed) == list(SHIPPED)
    for layer in library.stack:
        assert f"{len(layer):,}" in listed[layer.name]
        assert layer.version[:12] in listed[layer.name]
    marked = {name for name in SHIPPED if f"{name}*" in "\n".join(out)}
    assert marked == set(DEFAULT)
    assert f"{len(SHIPPED)} libraries, {len(library):,} records" in "\n".join(out)
    assert library.version[:12] in out[-4]


def test_the_shelf_speaks_chinese(capsys):
    for words in (("--lang", "zh"), ("list", "--lang", "zh"), ("--lang", "zh", "list")):
        assert "中国电力二氧化碳排放因子" in said(capsys, *words)


def test_finding_shows_value_unit_uncertainty_validity_source_and_confidence(capsys):
    out = said(capsys, "find", "ipcc2006.v2.ncv.anthracite").splitlines()
    assert out[0].split() == [
        *("record", "value", "U", "(k=2)", "unit", "valid", "confidence", "library"),
    ]
    told = out[2].split()
    assert told[:4] == ["ipcc2006.v2.ncv.anthracite", "26.7", "5.4", "TJ/Gg"]
    assert told[-2:] == ["primary", "ipcc-2006"]
    assert "net calorific value · anthracite · IPCC2006-V2" in out[3]
    assert "1 shown of 1 found among" in out[-1]


def test_finding_in_chinese_and_at_most_so_many(capsys):
    out = said(capsys, "--lang", "zh", "find", "grid shandong 2023")
    assert "省级电力平均排放因子 · 山东" in out
    assert "elec.prov.SD.2023" in out.splitlines()[2]
    table = said(capsys, "find", "co2", "--limit", "3").split("\n\n")[0]
    assert len(table.splitlines()) == 2 + 2 * 3


def test_what_is_not_found_is_said_with_what_was_taken_instead(capsys):
    assert "no record has 'anthracyte'; looked for anthracite" in said(capsys, "find", "anthracyte")
    out = said(capsys, "find", "qqqqqq")
    assert "no record has 'qqqqqq', and no word is like it" in out
    assert "0 shown of 0 found" in out
    assert "no record has all of the words (each by itself: poplar" in said(
        capsys, "find", "poplar", "refrigerant"
    )


def test_near_words_are_named_with_both_labels(capsys):
    out = said(capsys, "near", "anthracyte", "无烟媒", "qqqqqq")
    assert out.count("无烟煤 · anthracite") == 2
    assert "nothing is like 'qqqqqq'" in out


def test_showing_a_record_says_everything(capsys):
    out = said(capsys, "show", "elec.national.2022")
    for text in (
        "全国电力平均排放因子 · 中国",
        "0.5366 tCO2/MWh",
        "2024-12-20",
        "公告2024年第33号",
        "MEE_EF_2022 Table 1",
        "cn-grid:grid_national_average:*:CN:*:default:CO2",
        "elec.national.2022 ←",
        "elec.national.2023",
        "public document; numbers are facts",
    ):
        assert text in out
    derived = said(capsys, "show", "useeio.1.2.111110.with_margins", "--lang", "zh")
    assert "由下列记录算得" in derived
    assert "useeio.1.2.111110.margins" in derived
    assert "naics-2017" in derived
    assert "useeio.1.3.0.111110.with_margins" in derived
    parent = said(capsys, "show", "useeio.1.2.111110.margins")
    assert "Others are computed from it" in parent


def test_a_record_that_is_not_there_is_an_error_with_near_ids(capsys):
    told = said(capsys, "show", "elec.natonal.2022", status=1)
    assert "did you mean: elec.national.2022" in told
    assert "carbonmeter factors find" in said(capsys, "show", "qqqqqqq", status=1)


def test_who_replaced_whom_is_told_in_order():
    stack = measured(
        {"id": "first", "value": 25.1, "published": "2024-03-01"},
        {"id": "second", "value": 24.9, "published": "2024-06-01", "supersedes": "first"}
        | {"supersede_reason": "correction"},
        {"id": "third", "value": 24.9, "recorded": "2024-09-01", "supersedes": "second"}
        | {"supersede_reason": "retraction"},
    ).stack
    place = place_of(stack, "second")
    assert place is not None
    told = history(stack, place)
    assert [(r.id, r.reason) for r in told.older] == [("first", "correction")]
    assert [(r.id, r.reason) for r in told.newer] == [("third", "retraction")]
    shown = "\n".join(libraries.record(told, "en"))
    assert "It replaced" in shown
    assert "It was replaced by" in shown
    assert "retraction" in shown
    last = place_of(stack, "third")
    assert last is not None
    assert [r.id for r in history(stack, last).older] == ["second", "first"]
    assert place_of(stack, "none") is None


def test_bounds_whose_meaning_nobody_knows_are_shown_and_give_no_u():
    bounds = {"low": 24.0, "high": 26.0, "distribution": "not_stated"}
    stack = measured(bounds).stack
    shown = "\n".join(libraries.record(history(stack, (0, 0)), "en"))
    assert "24 – 26, meaning not stated" in shown
    assert "U (k=2)     –" in shown


@pytest.mark.parametrize(
    ("first", "end", "told"),
    [
        (date(2022, 1, 1), date(2023, 1, 1), "2022"),
        (date(2021, 1, 1), date(2023, 1, 1), "2021 – 2022"),
        (date(2024, 3, 1), date(2024, 3, 2), "2024-03-01"),
        (date(2024, 3, 1), date(2025, 1, 1), "2024-03-01 – 2024-12-31"),
        (None, date(2025, 1, 1), "→ 2024"),
        (date(2024, 1, 1), None, "2024 →"),
        (None, None, "any time"),
    ],
)
def test_validity_names_the_last_day_that_counts(first, end, told):
    assert libraries.validity(first, end, "en") == told


def test_columns_are_aligned_where_letters_are_wide():
    columns = [Column("name"), Column("n", number=True)]
    shown = list(lines(columns, [["无烟煤", "1"], ["coal", "22"]], ["below", ""]))
    assert shown == ["name     n", "──────────", "无烟煤   1", "  below", "coal    22"]
    assert (cells("无烟煤"), cut("无烟煤", 5), cut("coal", 0)) == (6, "无烟…", "coal")


def test_every_word_is_said_in_both_languages():
    for zh, en in WORDS.values():
        assert zh
        assert en
        assert zh.count("{") == en.count("{")


def test_prescriptions_in_words_are_found_and_shown(capsys):
    out = said(capsys, "find", "total investment project loan balance")
    assert "FP0193  loan balance / total investment of the project" in out
    assert "cbirc-green-credit · FS06 clause not stated" in out
    shown = said(capsys, "show", "FP0193")
    assert "loan balance / total investment of the project" in shown
    assert "secondary" in shown
    assert "In words" not in said(capsys, "find", "fuel.cets.anthracite.ncv")
