"""The loan book of a bank and the balance sheets beside it."""

from __future__ import annotations

from collections.abc import Iterable

from carbonmeter.errors import Problem
from carbonmeter.tables.field import LARGEST
from carbonmeter.tables.labels import identifiers
from carbonmeter.tables.reading import Readable
from carbonmeter.tables.schema import Checked, Field, Kind, Limits, Table

BUSINESS_LOAN, PROJECT_FINANCE = "business_loan", "project_finance"


def _money(name: str, zh: str, meaning: str, *, signed: bool = False) -> Field:
    least = -LARGEST if signed else None
    return Field(
        name,
        Kind.NUMBER,
        zh,
        required=False,
        signed=signed,
        least=least,
        most=LARGEST,
        meaning=meaning,
    )


_UNIT = Field("unit", Kind.UNIT, "单位", unit="CNY", meaning="CNY, 元, 万元 or 亿元")
_ORIGIN = Field("origin", Kind.TEXT, "数据来源", required=False, meaning="where the row comes from")
_DATE = Field("date", Kind.DATE, "日期", meaning="day of the balance sheet")


def _project_is_named(table: Checked) -> Iterable[Problem]:
    wrong = table.text("asset_class").where((PROJECT_FINANCE,)) & table.text("project").where(("",))
    for row in table.row[wrong].tolist():
        yield Problem(
            table.source.name,
            row,
            "project",
            "",
            "a project_finance loan without a project",
            "name the project, or write business_loan",
        )


LOANS = Table(
    name="loans",
    zh="贷款",
    fields=(
        Field("loan", Kind.IDENTIFIER, "贷款编号", meaning="contract number"),
        Field("lender", Kind.IDENTIFIER, "贷款人", meaning="bank that lends"),
        Field("borrower", Kind.IDENTIFIER, "借款人", meaning="entity that borrows"),
        Field(
            "asset_class",
            Kind.CHOICE,
            "资产类别",
            allowed=(BUSINESS_LOAN, PROJECT_FINANCE),
            translated=True,
            meaning="what the money may be used for",
        ),
        Field(
            "project",
            Kind.IDENTIFIER,
            "项目",
            required=False,
            meaning="what project finance is bound to",
        ),
        Field("date", Kind.DATE, "日期", meaning="day on which the balance stands"),
        Field(
            "outstanding",
            Kind.NUMBER,
            "贷款余额",
            most=LARGEST,
            meaning="drawn and not yet repaid",
        ),
        _UNIT,
        _ORIGIN,
        Field("note", Kind.TEXT, "备注", required=False, meaning="anything else"),
    ),
    keys=("loan",),
    checks=(_project_is_named,),
)

BORROWERS = Table(
    name="borrowers",
    zh="借款人",
    fields=(
        Field("entity", Kind.IDENTIFIER, "主体", aliases=("借款人",), meaning="who borrows"),
        _DATE,
        Field("listed", Kind.FLAG, "是否上市", meaning="whether its shares are traded"),
        _money("equity", "所有者权益", "equity as booked", signed=True),
        _money("debt", "有息负债", "interest-bearing debt as booked"),
        _money("market_cap", "市值", "market value of ordinary and preferred shares"),
        _money("minorities", "少数股东权益", "minority interests as booked"),
        _money("total_assets", "资产总计", "total assets"),
        _money("revenue", "营业收入", "revenue of the year that ends on the date"),
        _UNIT,
        _ORIGIN,
    ),
    keys=("entity", "date"),
    may_be_empty=True,
)

PROJECTS = Table(
    name="projects",
    zh="项目",
    fields=(
        Field("project", Kind.IDENTIFIER, "项目", meaning="what is financed"),
        Field("entity", Kind.IDENTIFIER, "主体", meaning="whose account holds its emissions"),
        Field("name_zh", Kind.TEXT, "中文名称", required=False),
        Field("name_en", Kind.TEXT, "英文名称", required=False),
        _DATE,
        _money("equity", "所有者权益", "equity of the project", signed=True),
        _money("debt", "有息负债", "debt of the project"),
        _money("total_investment", "总投资", "cost of the project as approved"),
        _UNIT,
        Field("commissioned", Kind.DATE, "投产日期", required=False, meaning="day it began to run"),
        _ORIGIN,
    ),
    keys=("project", "date"),
    may_be_empty=True,
)


def read_loans(
    source: Readable,
    *,
    sheet: str | None = None,
    delimiter: str = ",",
    limits: Limits | None = None,
) -> Checked:
    """The loan book in a file or DataFrame, checked. Parameters as in `Table.read`."""
    return LOANS.read(source, sheet=sheet, labels=identifiers(), delimiter=delimiter, limits=limits)


def read_borrowers(
    source: Readable,
    *,
    sheet: str | None = None,
    delimiter: str = ",",
    limits: Limits | None = None,
) -> Checked:
    """The borrowers' balance sheets in a file or DataFrame, checked."""
    return BORROWERS.read(source, sheet=sheet, delimiter=delimiter, limits=limits)


def read_projects(
    source: Readable,
    *,
    sheet: str | None = None,
    delimiter: str = ",",
    limits: Limits | None = None,
) -> Checked:
    """The financed projects in a file or DataFrame, checked."""
    return PROJECTS.read(source, sheet=sheet, delimiter=delimiter, limits=limits)
