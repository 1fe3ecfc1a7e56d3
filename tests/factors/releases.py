"""A small library on disk and its release, for the tests."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from carbonmeter.factors.releases.release import Release, release

COLUMNS = (
    "id,parameter,subject,region,site,valid_from,valid_to,value,unit,tier,recorded,source,clause,"
    "confidence,note\n"
)
RECORDS = f"""\
{COLUMNS}\
small.anthracite.ncv,net_calorific_value,anthracite,*,*,2020-01-01,2030-01-01,26.7,GJ/t,default,\
2026-01-02,DOC,Table 1,primary,
small.lignite.ncv,net_calorific_value,lignite,*,*,2020-01-01,2030-01-01,11.9,GJ/t,default,\
2026-01-02,DOC,Table 1,primary,as received
"""
OXIDATION = """\
id,parameter,subject,region,site,value,unit,tier,source,clause,confidence
small.anthracite.of,oxidation_factor,anthracite,*,*,94,percent,default,DOC,Table 2,primary
"""
SOURCES = "source,title,licence\nDOC,A document,public document\n"
LABELS = "identifier,zh,en\nsmall_thing,小物,small thing\n"


def package(folder: Path, name: str = "small", **changed: str) -> Path:
    """A package folder with four tables; the text of any can be given."""
    texts = {"fuels": RECORDS, "industry": OXIDATION, "sources": SOURCES, "labels": LABELS}
    folder.mkdir(parents=True, exist_ok=True)
    resources = []
    for table, text in (texts | changed).items():
        data = text.encode()
        (folder / f"{table}.csv").write_bytes(data)
        digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
        resources.append({"name": table, "path": f"{table}.csv", "hash": digest})
    descriptor = {
        "name": name,
        "title": "A small library",
        "version": "1",
        "licenses": [{"name": "facts"}],
        "sources": [{"title": "DOC"}],
        "resources": resources,
    }
    (folder / "datapackage.json").write_text(json.dumps(descriptor, indent=1), "utf-8")
    return folder


def small(folder: Path, **about: str) -> Release:
    """The release of that package."""
    return release([package(folder / "small")], **about)
