"""The factor record: one declaration for shipped libraries and for a user's measured tables."""

from __future__ import annotations

from dataclasses import replace

from carbonmeter.errors import FactorTableError
from carbonmeter.tables.field import LARGEST, Field, Kind
from carbonmeter.tables.schema import Table

ANY = "*"

TIERS = ("measured", "supplier", "default", "punitive")
CONFIDENCES = ("primary", "secondary", "memory", "conflicting")
# `not_stated`: the source prints bounds and not what they mean; they are shown and give no u.
NOT_STATED = "not_stated"
DISTRIBUTIONS = ("normal", "uniform", "triangular", "lognormal", NOT_STATED)
PRICES = ("basic", "purchaser")
# AR5-CCF: with the feedback of the carbon cycle on the climate, a table of its own in that report.
GWP_SETS = ("SAR", "TAR", "AR4", "AR5", "AR5-CCF", "AR6")
SCHEMES = ("gbt-4754-2017", "ipcc-2006", "isic-4", "naics-2017", "ashrae-34", "cas", "efdb")
RETRACTION = "retraction"
REASONS = ("new data year", "method", "GWP set", "correction", "boundary", RETRACTION)

# Parameters whose unit names their subject; every other parameter has one dimension everywhere.
PER_SUBJECT = frozenset({"gwp", "gwp_20", "gwp_500", "gtp_100"})


def _number(name: str, zh: str, meaning: str, *, required: bool = True) -> Field:
    return Field(
        name,
        Kind.NUMBER,
        zh,
        required=required,
        signed=True,
        least=-LARGEST,
        most=LARGEST,
        meaning=meaning,
    )


FIELDS = (
    Field("id", Kind.IDENTIFIER, "编号", meaning="unique in a stack of libraries"),
    Field("parameter", Kind.IDENTIFIER, "参数", translated=True, meaning="argument of a method"),
    Field("subject", Kind.IDENTIFIER, "对象", translated=True, meaning="the thing; * for any"),
    Field("region", Kind.IDENTIFIER, "地区", translated=True, meaning="such as CN-SD; * for any"),
    Field("site", Kind.IDENTIFIER, "场所", meaning="the one site it was measured at; * for any"),
    Field("valid_from", Kind.DATE, "有效期起", required=False, meaning="first day; empty: open"),
    Field(
        "valid_to",
        Kind.DATE,
        "有效期止",
        required=False,
        meaning="the day after the last one; empty: open",
    ),
    _number("value", "数值", "as the source prints it"),
    Field("unit", Kind.UNIT, "单位", meaning="as the source prints it, in the unit grammar"),
    _number("low", "下限", "as printed", required=False),
    _number("high", "上限", "as printed", required=False),
    Field(
        "coverage",
        Kind.NUMBER,
        "包含概率",
        required=False,
        above=0.0,
        most=100.0,
        meaning="percent of the cases between low and high",
    ),
    Field("distribution", Kind.CHOICE, "分布", required=False, allowed=DISTRIBUTIONS),
    Field(
        "degrees_of_freedom",
        Kind.NUMBER,
        "自由度",
        required=False,
        above=0.0,
        meaning="how well low and high are known: readings less one; empty: not stated",
    ),
    Field(
        "bounds_confidence",
        Kind.CHOICE,
        "界限可信度",
        required=False,
        allowed=CONFIDENCES,
        meaning="of low and high, where it is not that of the value",
    ),
    Field("tier", Kind.CHOICE, "层级", allowed=TIERS, meaning="kind of evidence"),
    Field("gas", Kind.IDENTIFIER, "气体", required=False),
    Field("energy_basis", Kind.CHOICE, "热值基准", required=False, allowed=("NCV", "GCV")),
    Field("volume_basis", Kind.CHOICE, "体积基准", required=False, allowed=("0C", "20C")),
    Field(
        "moisture_basis",
        Kind.CHOICE,
        "水分基准",
        required=False,
        allowed=("as_received", "air_dried", "dry"),
    ),
    Field("purity_basis", Kind.CHOICE, "纯度基准", required=False, allowed=("pure", "commodity")),
    Field("gwp_set", Kind.CHOICE, "GWP版本", required=False, allowed=GWP_SETS),
    Field("price_year", Kind.NUMBER, "价格年份", required=False, least=1900.0, most=2100.0),
    Field("price_basis", Kind.CHOICE, "价格基准", required=False, allowed=PRICES),
    Field(
        "conditions", Kind.TEXT, "适用条件", required=False, meaning="what the source holds it for"
    ),
    Field(
        "derived_from",
        Kind.TEXT,
        "推导",
        required=False,
        meaning="formula over ids in brackets: [a.ncv] * [a.cc] * 44/12",
    ),
    Field(
        "common",
        Kind.TEXT,
        "共同误差",
        required=False,
        meaning="causes shared with other records and their part of the variance: name=0.5; …",
    ),
    Field("edition", Kind.TEXT, "版本", required=False, meaning="edition of the source"),
    Field("published", Kind.DATE, "发布日期", required=False, meaning="when it became public"),
    Field("recorded", Kind.DATE, "录入日期", required=False, meaning="when it was written here"),
    Field(
        "supersedes",
        Kind.IDENTIFIER,
        "取代",
        required=False,
        meaning="id of the record of the same table that this one replaces",
    ),
    Field("supersede_reason", Kind.CHOICE, "取代原因", required=False, allowed=REASONS),
    Field("source", Kind.TEXT, "来源"),
    Field("clause", Kind.TEXT, "条款", required=False),
    Field(
        "source_record", Kind.TEXT, "来源记录号", required=False, meaning="its number at the source"
    ),
    Field(
        "licence",
        Kind.TEXT,
        "许可",
        required=False,
        meaning="of this record; empty: that of its source",
    ),
    Field("confidence", Kind.CHOICE, "可信度", allowed=CONFIDENCES),
    Field("n_sources", Kind.NUMBER, "来源数", required=False, least=1.0),
    Field("note", Kind.TEXT, "备注", required=False),
)

# What a user's table may leave out, and what stands there then.
DEFAULTS = {"region": ANY, "tier": "measured", "confidence": "primary"}
# A measured value without an end would silently answer for every later period.
MEASURED_NEEDS = frozenset(
    {"parameter", "subject", "site", "valid_from", "valid_to", "value", "unit", "source"}
)

RECORDS = Table("factors", "因子", FIELDS, error=FactorTableError)
MEASURED = Table(
    "measured",
    "实测值",
    tuple(replace(field, required=field.name in MEASURED_NEEDS) for field in FIELDS),
    error=FactorTableError,
)
SOURCES = Table(
    "sources",
    "来源",
    (
        Field("source", Kind.TEXT, "编号"),
        Field("title", Kind.TEXT, "名称"),
        Field("title_en", Kind.TEXT, "英文名称", required=False),
        Field("publisher", Kind.TEXT, "发布单位", required=False),
        Field("number", Kind.TEXT, "文号", required=False),
        Field("published", Kind.TEXT, "发布时间", required=False, meaning="as precise as known"),
        Field("language", Kind.TEXT, "语言", required=False),
        Field("licence", Kind.TEXT, "许可", required=False),
        Field("note", Kind.TEXT, "备注", required=False),
    ),
    keys=("source",),
    error=FactorTableError,
)
LABELS = Table(
    "labels",
    "名称",
    (
        Field("identifier", Kind.IDENTIFIER, "标识"),
        Field("zh", Kind.TEXT, "中文"),
        Field("en", Kind.TEXT, "英文"),
        Field("note", Kind.TEXT, "备注", required=False),
    ),
    keys=("identifier",),
    error=FactorTableError,
)
CODES = Table(
    "codes",
    "分类代码",
    (
        Field("identifier", Kind.IDENTIFIER, "标识", meaning="a subject or parameter"),
        Field("scheme", Kind.CHOICE, "分类", allowed=SCHEMES),
        Field("code", Kind.TEXT, "代码"),
        Field("source", Kind.TEXT, "来源", required=False),
        Field("note", Kind.TEXT, "备注", required=False),
    ),
    keys=("identifier", "scheme", "code"),
    error=FactorTableError,
)
# What a source prescribes in words: a denominator, a list of areas, a date.
STATEMENTS = Table(
    "statements",
    "文字规定",
    tuple(
        Field("text", Kind.TEXT, "内容", meaning="as the source says it, in short")
        if field.name == "value"
        else replace(field, required=False)
        if field.name == "unit"
        else field
        for field in FIELDS
        if field.name
        in {
            "id",
            "parameter",
            "subject",
            "region",
            "valid_from",
            "valid_to",
            "value",
            "unit",
            "edition",
            "published",
            "recorded",
            "supersedes",
            "supersede_reason",
            "source",
            "clause",
            "licence",
            "confidence",
            "note",
        }
    ),
    keys=("id",),
    error=FactorTableError,
)
