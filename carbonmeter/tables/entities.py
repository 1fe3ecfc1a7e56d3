"""Who owns whom, and what entities are called."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from carbonmeter.errors import EntityError, Problem
from carbonmeter.tables.ownership import contradictions
from carbonmeter.tables.reading import Readable
from carbonmeter.tables.schema import Checked, Field, Kind, Limits, Table


def _ends_after_its_start(table: Checked) -> Iterable[Problem]:
    start, end = table.dates("from"), table.dates("to")
    for at in np.flatnonzero(start >= end).tolist():
        yield Problem(
            table.source.name,
            int(table.row[at]),
            "to",
            str(end[at]),
            f"not after {start[at]}, the day it begins",
            "write the first day that no longer counts, or leave it empty",
        )


ENTITIES = Table(
    name="entities",
    zh="股权关系",
    fields=(
        Field("child", Kind.IDENTIFIER, "子公司", meaning="entity that is owned"),
        Field("parent", Kind.IDENTIFIER, "母公司", meaning="entity that owns a share of it"),
        Field(
            "share", Kind.NUMBER, "持股比例", above=0.0, most=1.0, meaning="fraction of the equity"
        ),
        Field("from", Kind.DATE, "起始日期", meaning="first day"),
        Field("to", Kind.DATE, "截止日期", required=False, meaning="first day no longer"),
        Field(
            "operational_control",
            Kind.FLAG,
            "运营控制",
            required=False,
            meaning="whether the parent runs the child",
        ),
        Field(
            "financial_control",
            Kind.FLAG,
            "财务控制",
            required=False,
            meaning="whether the parent directs its financial policy",
        ),
        Field("origin", Kind.TEXT, "数据来源", required=False),
    ),
    checks=(_ends_after_its_start,),
)

NAMES = Table(
    name="names",
    zh="名称",
    fields=(
        Field("entity", Kind.IDENTIFIER, "主体"),
        Field("name_zh", Kind.TEXT, "中文名称"),
        Field("name_en", Kind.TEXT, "英文名称", required=False),
        Field("credit_code", Kind.CREDIT_CODE, "统一社会信用代码", required=False),
        Field("sector", Kind.TEXT, "行业", required=False),
        Field("county", Kind.TEXT, "区县", required=False),
        Field("invented", Kind.FLAG, "是否虚构", required=False, meaning="not a real firm"),
        Field("origin", Kind.TEXT, "数据来源", required=False),
    ),
    keys=("entity",),
)


def read_entities(
    source: Readable,
    *,
    sheet: str | None = None,
    delimiter: str = ",",
    limits: Limits | None = None,
) -> Checked:
    """Who owns which share of whom, checked for contradictions at every date.

    Raises
    ------
    TableError         cells that cannot be used
    EntityError        a loop of ownership, shares of one child above one, the same share twice, two
                       operators at once
    """
    table = ENTITIES.read(source, sheet=sheet, delimiter=delimiter, limits=limits)
    problems = list(contradictions(table))
    if problems:
        raise EntityError(f"{table.source}: the shares contradict each other", problems)
    return table


def read_names(
    source: Readable,
    *,
    sheet: str | None = None,
    delimiter: str = ",",
    limits: Limits | None = None,
) -> Checked:
    """Names and credit codes of entities, checked."""
    return NAMES.read(source, sheet=sheet, delimiter=delimiter, limits=limits)
