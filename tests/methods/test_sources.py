"""Every rule book that a method or an edition names stands in the libraries' tables of sources."""

from __future__ import annotations

import pytest

from carbonmeter.factors import FactorLibrary
from carbonmeter.methods import GUIDES, METHODS, Edition, Method
from carbonmeter.tables.labels import shipped

SOURCES = set(FactorLibrary.default().sources["source"].astype(str))
EDITIONS = [edition for editions in GUIDES.values() for edition in editions]


@pytest.mark.parametrize("method", METHODS.values(), ids=lambda m: m.name)
def test_sources_of_a_method_are_known(method: Method) -> None:
    assert set(method.clauses) <= SOURCES


@pytest.mark.parametrize("edition", EDITIONS, ids=lambda e: e.name)
def test_sources_and_layers_of_an_edition_are_known(edition: Edition) -> None:
    assert set(edition.sources) <= SOURCES
    layers = set(FactorLibrary.default().layers)
    assert set(edition.libraries) <= layers
    assert f"gwp-{edition.gwp_set.lower()}" in layers


def test_no_source_is_listed_that_nothing_rests_on() -> None:
    records = set(FactorLibrary.default().records["source"].astype(str))
    formulas = {s for method in METHODS.values() for s in method.clauses}
    assert records | formulas | {s for e in EDITIONS for s in e.sources} >= SOURCES


def test_every_identifier_has_both_labels() -> None:
    parameters = {name for method in METHODS.values() for name in method.parameters}
    activities = {a for method in METHODS.values() for a in method.activities}
    missing = sorted((parameters | activities) - set(shipped()))
    assert not missing
    assert all(label.zh and label.en for label in shipped().values())
