"""What may leave the house: licences by a closed list, and facts without the words of a source."""

from __future__ import annotations

from dataclasses import replace
from importlib import resources
from pathlib import Path

import pytest

from carbonmeter.errors import LicenceError
from carbonmeter.factors import SHIPPED
from carbonmeter.factors.exchange.content import Content, content_of
from carbonmeter.factors.exchange.licences import Passing, licences_of, passed, rule_of
from tests.factors.exchanged import SOURCES, STATEMENT, rich


@pytest.mark.parametrize(
    ("licence", "passing"),
    [
        ("CC0-1.0", Passing.OPEN),
        ("CC-BY-4.0", Passing.OPEN),
        ("cc-by-sa-4.0 (EXIOBASE 3; confirm for v3.4)", Passing.OPEN),
        ("OGL-UK-3.0", Passing.OPEN),
        ("US public domain", Passing.OPEN),
        ("MIT", Passing.OPEN),
        ("MIT (code and data output)", Passing.OPEN),
        ("BSD-3-Clause", Passing.OPEN),
        ("facts", Passing.OPEN),
        ("public document; numbers are facts", Passing.OPEN),
        ("CC-BY-NC-4.0", Passing.CLOSED),
        ("CC-BY-ND-4.0", Passing.CLOSED),
        ("CC-BY-NC-SA-4.0", Passing.CLOSED),
        ("CC-BY-4.0, non-commercial use only", Passing.CLOSED),
        ("IPCC copyright; numeric facts only", Passing.CLOSED),
        (
            "IPCC copyright; non-commercial use, no redistribution of compilations;"
            " numeric facts only",
            Passing.CLOSED,
        ),
        ("UNFCCC/IFI publication, no explicit open licence; facts", Passing.CLOSED),
        ("All rights reserved", Passing.CLOSED),
        ("", Passing.UNKNOWN),
        ("ask the office", Passing.UNKNOWN),
        ("mitigation data, unknown terms", Passing.UNKNOWN),
        ("facts, perhaps", Passing.UNKNOWN),
        ("CC-BY", Passing.UNKNOWN),
    ],
)
def test_the_list_decides_and_nothing_else(licence, passing):
    assert rule_of(licence).passing is passing


def under(of_source: str, **record: str) -> Content:
    """The library of everything under a licence; its records follow their source."""
    content = rich({"id": "extra", "subject": "peat", "note": "words of the source", **record})
    source = {**SOURCES[0], "licence": of_source}
    return Content(replace(content.layer, sources=(source,)), content.about)


def test_a_record_has_its_own_licence_or_that_of_its_source_or_of_the_package():
    content = under("OGL-UK-3.0")
    ids = content.layer.columns["id"].tolist()
    found = dict(zip([*ids, STATEMENT["id"]], licences_of(content), strict=True))
    assert found["grid.2024.corrected"] == "CC0-1.0"
    assert found["ncv"] == found["said.1"] == "OGL-UK-3.0"
    assert set(licences_of(under(""))) == {"CC-BY-4.0", "CC0-1.0"}
    bare = Content(under("").layer, ())
    assert set(licences_of(bare)) == {"", "CC0-1.0"}


def test_what_a_licence_asks_for_is_said():
    let = passed(under("CC-BY-4.0"))
    assert let.asked == {"CC-BY-4.0": (13, "name the source")}
    assert let.withheld == {}
    assert let.content.layer.version == under("CC-BY-4.0").layer.version


def test_records_that_may_not_leave_are_refused_by_name_and_counted():
    with pytest.raises(LicenceError) as caught:
        passed(under("All rights reserved"))
    (problem,) = caught.value.problems
    assert problem.value == "All rights reserved"
    assert problem.rule == "may not be passed on; 13 records"
    assert "--facts-only" in problem.cure
    with pytest.raises(LicenceError, match="'ask the office'  is not in the list of licences"):
        passed(under("CC0-1.0", licence="ask the office"))
    with pytest.raises(LicenceError, match="'not stated'"):
        passed(Content(under("").layer, ()))


def test_facts_leave_without_the_words_of_the_source():
    content = under("CC0-1.0", licence="All rights reserved", conditions="words")
    let = passed(content, facts_only=True)
    assert let.withheld == {"All rights reserved": 1}
    old, new = content.layer, let.content.layer
    assert new.title.endswith("(facts only)")
    assert new.labels == ()
    assert new.statements == old.statements
    at = old.columns["id"].tolist().index("extra")
    for name in ("note", "conditions"):
        assert new.columns[name][at] == ""
        kept = [i for i in range(len(old)) if i != at]
        assert new.columns[name][kept].tolist() == old.columns[name][kept].tolist()
    for name in ("id", "parameter", "subject", "region", "unit", "source", "clause", "confidence"):
        assert new.columns[name].tolist() == old.columns[name].tolist()
    assert new.columns["value"].tolist() == old.columns["value"].tolist()
    assert ("facts_only", "yes") in let.content.about
    again = passed(let.content, facts_only=True).content
    assert again.layer.version == new.version
    assert again.about == let.content.about


def test_words_under_a_closed_licence_stay():
    assert passed(under("All rights reserved"), facts_only=True).content.layer.statements == ()


def test_a_shipped_library_of_ipcc_numbers_leaves_as_facts_alone():
    content = content_of(Path(str(resources.files("carbonmeter.data") / "gwp-ar5")))
    with pytest.raises(LicenceError, match="IPCC copyright"):
        passed(content)
    let = passed(content, facts_only=True)
    assert len(let.content.layer) == len(content.layer)
    assert set(let.content.layer.columns["note"]) <= {"", *content.layer.columns["note"]}


# What stays at home because nobody has read whether it may go.
UNREAD = {"numbers are facts; licence of the document not read"}


def test_every_licence_of_a_shipped_library_is_in_the_list():
    data = resources.files("carbonmeter.data")
    found = {
        text
        for name in SHIPPED
        for text in licences_of(content_of(Path(str(data / name)), shipped=True))
    }
    assert {text for text in found if rule_of(text).passing is Passing.UNKNOWN} <= UNREAD
