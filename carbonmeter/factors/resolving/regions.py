"""Which regions a region lies in, nearest first."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache, lru_cache
from importlib import resources
from types import MappingProxyType

from carbonmeter.factors.record import ANY


@cache
def parents() -> Mapping[str, str]:
    """The region above a region where its code does not say it: the grid above a province."""
    text = resources.files("carbonmeter.data").joinpath("regions.csv").read_text("utf-8-sig")
    rows = csv.DictReader(text.splitlines())
    return MappingProxyType({row["region"]: row["parent"] for row in rows})


@lru_cache(maxsize=10_000)
def chain(region: str) -> tuple[str, ...]:
    """A region and those it lies in, nearest first, then any.

    Examples
    --------
    >>> chain("CN-SD-LC")
    ('CN-SD-LC', 'CN-SD', 'CN-north', 'CN', '*')
    """
    found: list[str] = []
    while region and region != ANY and region not in found:
        found.append(region)
        region = parents().get(region) or region.rpartition("-")[0]
    return (*found, ANY)
