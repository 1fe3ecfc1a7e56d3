"""Finding records: in both languages, by words for the same, by year, the best first."""

from __future__ import annotations

import numpy as np
import pytest

from carbonmeter.factors import FactorLibrary
from carbonmeter.factors.finding.catalogue import catalogue
from carbonmeter.factors.finding.nearest import like
from carbonmeter.factors.finding.words import alike, groups, parts, plain, terms
from carbonmeter.tables.labels import shipped as labels
from tests.factors.frames import measured

ALL = FactorLibrary.shipped()
IDS = ALL.column("id")


def best(text: str, count: int = 1, library: FactorLibrary = ALL) -> list[str]:
    ids = library.column("id")
    return [str(id_) for id_ in ids[library.found(text).records[:count]]]


@pytest.mark.parametrize(
    ("text", "record"),
    [
        ("grid shandong 2023", "elec.prov.SD.2023"),
        ("electricity shandong 2023", "elec.prov.SD.2023"),
        ("山东 电网 2023", "elec.prov.SD.2023"),
        ("电力 山东 2023年", "elec.prov.SD.2023"),
        ("山东电网2023", "elec.prov.SD.2023"),
        ("山东2022年电力", "elec.prov.SD.2022"),
        ("Ｇｒｉｄ ＳＨＡＮＤＯＮＧ ２０２３", "elec.prov.SD.2023"),
        ("fuel.cets.anthracite.ncv", "fuel.cets.anthracite.ncv"),
        ("无烟煤 ncv", "fuel.cets.anthracite.ncv"),
        ("无烟煤 低位热值", "fuel.cets.anthracite.ncv"),
        ("anthracite lower heating value", "fuel.cets.anthracite.ncv"),
        ("ipcc 2006 anthracite ncv", "ipcc2006.v2.ncv.anthracite"),
        ("methane gwp ar5", "gwp.AR5.CH4"),
        ("甲烷 全球增温潜势 ar6", "gwp.AR6.CH4"),
        ("ember china 2022", "grid.ember.2025-07.chn.2022"),
        ("ember 中国 2022", "grid.ember.2025-07.chn.2022"),
        ("111110 with margins", "useeio.1.2.111110.with_margins"),
        ("soybean farming", "useeio.1.2.111110.without_margins"),
    ],
)
def test_the_first_is_what_was_meant(text, record):
    assert best(text) == [record]


def test_the_subject_comes_before_what_only_mentions_it():
    found = ALL.found("无烟煤")
    subjects = ALL.column("subject")[found.records]
    exact = subjects == "anthracite"
    assert exact[: exact.sum()].all()
    assert (np.diff(found.score) <= 0).all()
    assert {"fuel.cets.anthracite.ncv", "fuel.ndrc.anthracite.ncv"} <= set(IDS[found.records])


def test_words_for_the_same_find_alike_but_count_less():
    itself, other = ALL.found("anthracite"), ALL.found("无烟煤")
    assert set(itself.records[:20]) == set(other.records[:20])
    grid = set(ALL.found("grid").records.tolist())
    assert set(ALL.found("电力").records.tolist()) >= set(
        np.flatnonzero(ALL.column("parameter") == "grid_provincial_average").tolist()
    )
    assert set(np.flatnonzero(ALL.column("parameter") == "grid_residual_mix").tolist()) <= grid


def test_a_year_finds_what_is_of_it_before_what_is_valid_in_it():
    found = ALL.found("grid_national_average 2022")
    assert str(IDS[found.records[0]]) == "elec.national.2022"
    starts = ALL.column("valid_from").astype("M8[Y]").astype(int) + 1970
    assert starts[ALL.found("ember 2007").records[:50]].tolist() == [2007] * 50


def test_every_word_must_be_there():
    found = ALL.found("anthracite zanzibarium")
    assert found.records.size == 0
    assert [(looked.text, looked.hits > 0) for looked in found.looked] == [
        ("anthracite", True),
        ("zanzibarium", False),
    ]
    assert ALL.found("").records.size == 0


def test_a_misspelt_word_is_taken_for_the_nearest_and_said_so():
    found = ALL.found("anthracyte")
    assert found.looked[0].instead == ("anthracite",)
    assert "fuel.cets.anthracite.ncv" in set(IDS[found.records[:5]])
    assert ALL.like("无烟媒")[0].identifier == "anthracite"
    assert ALL.like("anthracyte")[0][:3] == ("anthracite", "无烟煤", "anthracite")
    assert ALL.like("qqqqqq") == []
    assert like("abc", ["xyz"]) == ()


def test_a_short_word_is_no_part_of_others():
    """`om` is the operating margin, not a part of biomass."""
    parameters = set(ALL.column("parameter")[ALL.found("om 2019").records].tolist())
    assert "operating_margin" in parameters
    assert not any("biomass" in name for name in parameters)


def test_a_replaced_record_comes_after_its_successor():
    library = measured(
        {"id": "old", "value": 25.1, "published": "2024-03-01"},
        {"id": "new", "published": "2024-06-01", "supersedes": "old"}
        | {"supersede_reason": "correction"},
    )
    assert best("anthracite", 2, library) == ["new", "old"]


def test_a_users_own_records_are_found_too():
    library = measured({"note": "drawn at the belt"}).over(ALL)
    assert best("belt anthracite", 1, library) == ["measured:1"]
    assert best("boiler-1", 1, library) == ["measured:1"]
    assert library.find("drawn at the belt")["value"].tolist() == [25.1]


def test_any_text_can_be_looked_for():
    for text in ("%", "\\", "[", "(", "*", "\0", "\n", "a\0b", "'; drop", "ß", "𠮷", "\ud800"):
        ALL.found(text)
    assert ALL.found("e").records.size < len(ALL)


# ---- words


def test_words_are_compared_in_their_plain_form():
    assert plain("ＣＯ₂ Grid") == "co2 grid"
    assert [term.text for term in terms("natural gas 2023")] == ["natural gas", "2023"]
    assert parts("山东电网2023年", {"山东", "电网", "电"}) == ["山东", "电网", "2023年"]
    assert parts("2023", set()) == ["2023"]
    assert "electricity" in alike("电网")
    assert alike("grids")[0] == "grid"


def test_words_for_the_same_are_said_once_and_lead_somewhere():
    """A group none of whose words is in any library would be a slip of the pen."""
    for word, others in groups().items():
        assert word == plain(word)
        assert word not in others
        assert len(set(others)) == len(others)
    missing = {w for w in groups() if not ALL.found(w).records.size}
    # Words that the libraries hold under none of their names yet.
    assert missing <= {"prc"}, missing


# ---- identity


def test_the_series_of_a_record_stays_from_year_to_year_and_edition_to_edition():
    series = dict(zip(IDS.tolist(), ALL.series.tolist(), strict=True))
    assert series["elec.national.2022"] == series["elec.national.2023"]
    assert series["elec.national.2022"] != series["elec.ets.0.5703"]
    assert series["grid.ember.2025-07.chn.2010"] == series["grid.ember.2026-04.chn.2011"]
    assert (
        series["useeio.1.2.111110.with_margins"]
        == series["useeio.1.3.0.111110.with_margins"]
        == "useeio:co2e_per_usd_with_margins:naics_111110:USA:*:default:CO2e:::::purchaser"
    )
    assert series["gwp.AR5.CH4"] != series["gwp.AR5.N2O"]


def test_a_series_depends_on_neither_value_nor_year_and_no_text_breaks_it():
    one = measured({"site": "a:b", "subject": "x%3A"})
    other = measured({"site": "a:b", "subject": "x%3A", "value": 1.0, "valid_to": "2026-01-01"})
    assert one.series.tolist() == other.series.tolist()
    assert (
        measured({"site": "b", "subject": "x:a"}).series[0]
        != (measured({"site": "a:b", "subject": "x"}).series[0])
    )


def test_nodes_name_parents_and_common_causes():
    library = measured(
        {"id": "a.ncv"},
        {"id": "a.cc", "parameter": "carbon_content", "unit": "tC/GJ", "value": 0.027}
        | {"common": "reference gas=0.5; laboratory=0.2"},
        {"id": "a.ef", "parameter": "co2_emission_factor", "unit": "tCO2/t", "value": 2.4849}
        | {"derived_from": "[a.ncv] * [a.cc] * 44/12"},
    )
    nodes = library.nodes(np.array([2, 1]))
    assert nodes.id.tolist() == ["a.ef", "a.cc"]
    assert nodes.series[0].startswith("measured:co2_emission_factor:anthracite:")
    assert list(zip(nodes.child, nodes.parent, strict=True)) == [(0, "a.ncv"), (0, "a.cc")]
    shared = list(zip(nodes.member, nodes.cause, nodes.part, strict=True))
    assert shared == [(1, "reference gas", 0.5), (1, "laboratory", 0.2)]
    with pytest.raises(IndexError, match="from 0 to 2"):
        library.nodes(np.array([3]))


def test_ids_are_unique_over_all_libraries():
    assert len(set(IDS.tolist())) == len(ALL)


# ---- the shelf


def test_the_shelf_counts_each_record_once():
    entries = catalogue(ALL.stack)
    assert [entry.name for entry in entries] == list(ALL.layers)
    assert sum(entry.records for entry in entries) == len(ALL)
    assert all(sum(entry.confidence.values()) == entry.records for entry in entries)
    assert all(entry.title_zh and entry.title_en and entry.licences for entry in entries)
    assert all(len(entry.version) == 64 for entry in entries)
    assert {entry.family for entry in entries if entry.name.startswith("ember")} == {"ember"}
    assert labels()["cn-grid"].en


def test_the_view_names_the_libraries_with_confidence_licence_and_hash():
    view = FactorLibrary.shipped("cn-grid", "pcaf-2022")._repr_html_()
    assert "<th>secondary</th>" in view
    for layer in FactorLibrary.shipped("cn-grid", "pcaf-2022").stack:
        assert f"<td>{layer.name}</td><td>{layer.title}</td><td>{len(layer)}</td>" in view
        assert f"<td>facts</td><td>{layer.version[:12]}</td>" in view


def test_finding_is_quick_over_all_libraries():
    import time

    for text in ("无烟煤", "grid shandong 2023", "anthracyte"):
        ALL.found(text)
        begun = time.process_time()
        ALL.found(text)
        assert time.process_time() - begun < 0.3
