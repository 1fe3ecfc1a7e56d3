"""A small library that uses every field and every odd text, for tests of exchange."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from carbonmeter.factors.exchange.content import Content, read_table, whole
from carbonmeter.factors.layer import NUMBERS
from carbonmeter.factors.record import FIELDS, RECORDS

BASE: dict[str, Any] = {
    "parameter": "net_calorific_value",
    "subject": "anthracite",
    "region": "CN",
    "site": "*",
    "value": 26.7,
    "unit": "GJ/t",
    "tier": "default",
    "source": "S-1",
    "confidence": "secondary",
}
FUEL = {"parameter": "ch4_emission_factor", "unit": "kgCH4/TJ", "gas": "CH4"}
BOUNDS = {"low": 0.5, "high": 2.0, "coverage": 95.0}
RECORDS_OF = (
    {"id": "ncv", "valid_from": "2015-01-01", "note": '=HYPERLINK("http://x","y")'},
    {"id": "ncv.limits", "subject": "lignite", "value": 10.0, "low": 8.0, "high": 13.0,
     "coverage": 100.0, "distribution": "triangular", "clause": "+1"},
    {"id": "ef.normal", **FUEL, "value": 1.0, "low": 0.3, "high": 1.7, "coverage": 95.0,
     "distribution": "normal", "valid_from": "2020-01-01", "valid_to": "2021-01-01",
     "conditions": "firing\nof lump coal", "degrees_of_freedom": 9.0},
    {"id": "ef.lognormal", **FUEL, **BOUNDS, "subject": "lignite", "value": 1.1,
     "distribution": "lognormal", "bounds_confidence": "memory"},
    {"id": "ef.uniform", **FUEL, **BOUNDS, "subject": "coke", "value": 1.25, "coverage": 80.0,
     "distribution": "uniform", "common": "laboratory=0.5"},
    {"id": "ef.unknown", **FUEL, "subject": "diesel", "value": 3.0, "low": 1.0, "high": 10.0,
     "distribution": "not_stated", "note": "'=kept"},
    {"id": "grid.2024", "parameter": "grid_national_average", "subject": "*", "unit": "tCO2/MWh",
     "value": 0.1 + 0.2, "gas": "CO2", "edition": "一", "published": "2024-12-20",
     "recorded": "2025-01-02", "n_sources": 2.0, "valid_from": "2024-01-01"},
    {"id": "grid.2024.corrected", "parameter": "grid_national_average", "subject": "*",
     "unit": "tCO2/MWh", "value": 1e-7, "gas": "CO2", "supersedes": "grid.2024",
     "supersede_reason": "correction", "valid_from": "2024-01-01", "source_record": "007",
     "licence": "CC0-1.0"},
    {"id": "pound", "parameter": "grid_subregion_average", "subject": "*", "unit": "lbCO2/MWh",
     "value": 852.3, "gas": "CO2", "region": "US"},
    {"id": "zero", **FUEL, "subject": "coke_oven_gas", "value": 0.0, "low": -1.0, "high": 1.0,
     "coverage": 95.0, "distribution": "normal"},
    {"id": "gwp.CH4", "parameter": "gwp", "subject": "CH4", "unit": "tCO2e/tCH4", "value": 27.9,
     "region": "*", "gwp_set": "AR6", "low": 17.0, "high": 38.0, "coverage": 90.0,
     "distribution": "normal"},
    {"id": "gwp.SF6", "parameter": "gwp", "subject": "SF6", "unit": "tCO2e/tSF6",
     "value": 24300.0, "region": "*", "gwp_set": "AR6"},
)  # fmt: skip
SOURCES = (
    {"source": "S-1", "title": "煤炭手册", "title_en": "Handbook", "publisher": "@publisher",
     "number": "1", "published": "2014-05", "language": "zh", "licence": "CC-BY-4.0",
     "note": "<script>"},
)  # fmt: skip
LABELS = ({"identifier": "anthracite", "zh": "无烟煤", "en": "Anthracite", "note": ""},)
CODES = ({"identifier": "CH4", "scheme": "cas", "code": "74-82-8", "source": "S-1", "note": "-"},)
STATEMENT = {
    "id": "said.1", "parameter": "denominator", "subject": "*", "region": "CN", "valid_from": "",
    "valid_to": "", "text": "per tonne, as received", "unit": "", "edition": "",
    "published": "2020-06-30", "recorded": "", "supersedes": "", "supersede_reason": "",
    "source": "S-1", "clause": "3", "licence": "", "confidence": "primary", "note": "",
}  # fmt: skip
ABOUT = (
    ("name", "rich-2024"),
    ("title", "A library of everything"),
    ("title_zh", "样样都有"),
    ("version", "2024.1"),
    ("description", "for tests; =1+1"),
    ("licence", "CC-BY-4.0: Creative Commons Attribution 4.0"),
)


def rich(*changes: dict[str, Any], **said: str) -> Content:
    """The library; `changes` are further records, `said` replaces what it says of itself."""
    rows = [BASE | row for row in (*RECORDS_OF, *changes)]
    about = [{"key": k, "value": said.get(k, v)} for k, v in ABOUT]
    beside = {"sources": SOURCES, "labels": LABELS, "codes": CODES, "statements": (STATEMENT,)}
    return whole(read_table(RECORDS, table(rows), "rich"), about, beside, "rich")


def table(rows: list[dict[str, Any]]) -> pa.Table:
    """Records as an Arrow table."""
    return pa.table(
        {
            field.name: pa.array([row.get(field.name) for row in rows], type=pa.float64())
            if field.name in NUMBERS
            else pa.array([row.get(field.name, "") for row in rows], type=pa.string())
            for field in FIELDS
        }
    )
