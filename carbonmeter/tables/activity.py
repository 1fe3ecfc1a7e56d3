"""The activity table: what was done, by whom, when, and with which evidence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from carbonmeter.errors import Problem
from carbonmeter.tables.field import LARGEST
from carbonmeter.tables.keys import overlapping_periods
from carbonmeter.tables.labels import identifiers
from carbonmeter.tables.reading import Readable
from carbonmeter.tables.schema import Checked, Field, Kind, Limits, Missing, Table

_KEY = ("entity", "site", "activity", "subject", "counterparty", "meter", "note")


def _no_overlap(table: Checked) -> Iterable[Problem]:
    return overlapping_periods(table, "period", _KEY)


ACTIVITY = Table(
    name="activity",
    zh="活动数据",
    fields=(
        Field("entity", Kind.IDENTIFIER, "主体", meaning="who did it"),
        Field("site", Kind.IDENTIFIER, "场所", required=False, meaning="where, within the entity"),
        Field(
            "region",
            Kind.IDENTIFIER,
            "地区",
            translated=True,
            meaning="region code, such as CN-SD",
        ),
        Field("period", Kind.PERIOD, "期间", meaning="2024, 2024-H1, 2024-Q1 or 2024-03"),
        Field("activity", Kind.IDENTIFIER, "活动", translated=True, meaning="kind of thing done"),
        Field(
            "subject",
            Kind.IDENTIFIER,
            "对象",
            required=False,
            translated=True,
            meaning="the thing it was done with",
        ),
        Field(
            "quantity",
            Kind.NUMBER,
            "数量",
            most=LARGEST,
            meaning="how much, in `unit`; not negative",
        ),
        Field("unit", Kind.UNIT, "单位", meaning="unit of the quantity"),
        Field(
            "u_rel",
            Kind.NUMBER,
            "相对标准不确定度",
            required=False,
            least=0.0,
            most=10.0,
            meaning="relative standard uncertainty of the quantity, as a fraction",
        ),
        Field(
            "meter",
            Kind.IDENTIFIER,
            "计量器具",
            required=False,
            meaning="measuring instrument; rows of one meter share its error",
        ),
        Field(
            "counterparty",
            Kind.IDENTIFIER,
            "对方",
            required=False,
            meaning="entity that it was bought from or sold to",
        ),
        Field("evidence", Kind.TEXT, "证据文件", required=False, meaning="file name"),
        Field(
            "evidence_sha256",
            Kind.TEXT,
            "证据哈希",
            required=False,
            meaning="SHA-256 of that file, 64 hexadecimal digits",
        ),
        Field("evidence_kind", Kind.TEXT, "证据类型", required=False, meaning="invoice, record …"),
        Field("evidence_issuer", Kind.TEXT, "出具单位", required=False, meaning="who issued it"),
        Field("evidence_date", Kind.DATE, "证据日期", required=False, meaning="day of issue"),
        Field("origin", Kind.TEXT, "数据来源", required=False, meaning="where the row comes from"),
        Field("note", Kind.TEXT, "备注", required=False, meaning="anything else"),
    ),
    keys=("entity", "site", "period", "activity", "subject", "counterparty", "meter", "note"),
    checks=(_no_overlap,),
)


def read_activity(
    source: Readable,
    *,
    sheet: str | None = None,
    missing: Missing = "raise",
    labels: Mapping[str, str] | None = None,
    delimiter: str = ",",
    limits: Limits | None = None,
) -> Checked:
    """The activity table in a file or DataFrame, checked.

    Chinese labels in `activity` and `subject` become identifiers. Parameters as in `Table.read`;
    `labels` replaces the shipped list.

    Raises
    ------
    TableError        with every problem of the table
    """
    return ACTIVITY.read(
        source,
        sheet=sheet,
        missing=missing,
        labels=identifiers() if labels is None else labels,
        delimiter=delimiter,
        limits=limits,
    )
