"""The receipt of a line as a page of text, in English or Chinese, and as data."""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import dataclass

from carbonmeter.tables.labels import label

WORDS = {
    "en": {
        "receipt": "Receipt",
        "row": "row",
        "line": "line",
        "given": "in the file",
        "guide": "guide",
        "method": "method",
        "formula": "formula",
        "numbers": "in numbers",
        "result": "result",
        "factors": "factors",
        "constants": "constants",
        "template": "by the guide's reporting template (rounded on the way)",
        "clause": "clauses",
        "evidence": "evidence",
        "valid": "valid",
        "bounds": "bounds",
        "no_bounds": "no uncertainty stated by the source",
        "lent": "bounds lent by",
        "sign": "sign",
    },
    "zh": {
        "receipt": "核算凭单",
        "row": "行",
        "line": "条目",
        "given": "原始数据",
        "guide": "指南",
        "method": "方法",
        "formula": "公式",
        "numbers": "代入数值",
        "result": "结果",
        "factors": "因子",
        "constants": "常数",
        "template": "按指南填报模板（中间值修约）",
        "clause": "条款",
        "evidence": "证据",
        "valid": "有效期",
        "bounds": "区间",
        "no_bounds": "来源未给出不确定度",
        "lent": "区间借自",
        "sign": "符号",
    },
}


@dataclass(frozen=True)
class Input:
    """One number of a receipt: its value in the formula's unit, and the record it came from."""

    name: str
    label: str
    value: float
    unit: str
    printed: str
    record: str
    library: str
    tier: str
    confidence: str
    title: str
    publisher: str
    published: str
    clause: str
    valid: str
    bounds: str


@dataclass(frozen=True)
class Receipt:
    """A line with the formula in numbers and the evidence of each number."""

    lang: str
    line: int
    file: str
    row: int
    labels: Mapping[str, str]
    given: str
    quantity: float
    quantity_unit: str
    method: str
    title: str
    guide: str
    clauses: tuple[tuple[str, str], ...]
    steps: tuple[tuple[str, str, str], ...]
    inputs: tuple[Input, ...]
    constants: tuple[tuple[str, str, str], ...]
    result: float
    result_unit: str
    sign: float
    gas: str
    tonnes: float
    gwp: Input
    co2e: float
    template_co2e: float | None
    evidence: str

    def __str__(self) -> str:
        return text(self)

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(str(self))}</pre>"


def text(receipt: Receipt) -> str:
    """The receipt as lines of text; every number in full precision."""
    w = WORDS[receipt.lang]
    where = " · ".join(
        label(v, receipt.lang) if k in ("activity", "subject") else v
        for k, v in receipt.labels.items()
        if v
    )
    out = [
        f"{w['receipt']}  {receipt.file}, {w['row']} {receipt.row} ({w['line']} {receipt.line})",
        f"  {where}",
        f"  {w['given']}: {receipt.given}   = {receipt.quantity:.12g} {receipt.quantity_unit}",
        f"  {w['guide']}: {receipt.guide}",
        f"  {w['method']}: {receipt.method} – {receipt.title}",
    ]
    out += [f"  {w['clause']}: {title}: {clause}" for title, clause in receipt.clauses]
    for name, expression, numbers in receipt.steps:
        out += [f"  {w['formula']}: {name} = {expression}", f"  {w['numbers']}: {name} = {numbers}"]
    out.append(f"  {w['result']}: {receipt.result:.12g} {receipt.result_unit}")
    if receipt.sign < 0:
        out.append(f"  {w['sign']}: −1 ({receipt.tonnes:.12g} t{receipt.gas})")
    out.append(
        f"  CO2e: {receipt.tonnes:.12g} t{receipt.gas} × {receipt.gwp.value:g}"
        f" = {receipt.co2e:.12g} tCO2e"
    )
    if receipt.template_co2e is not None:
        out.append(f"  {w['template']}: {receipt.template_co2e:.12g} tCO2e")
    out.append(f"  {w['factors']}:")
    for item in (*receipt.inputs, receipt.gwp):
        out += _input(item, w, receipt.lang)
    if receipt.constants:
        out.append(f"  {w['constants']}:")
        out += [f"    {name} = {value} ({source})" for name, value, source in receipt.constants]
    if receipt.evidence:
        out.append(f"  {w['evidence']}: {receipt.evidence}")
    return "\n".join(out)


def _input(item: Input, w: dict[str, str], lang: str) -> list[str]:
    source = ", ".join(part for part in (item.publisher, item.title, item.published) if part)
    return [
        f"    {item.label} ({item.name}) = {item.value:.12g} {item.unit}   [{item.printed}]",
        f"      {source}; {item.clause}",
        f"      {item.record} · {item.library} · {label(item.tier, lang)} ·"
        f" {label(item.confidence, lang)} · {w['valid']} {item.valid} ·"
        f" {w['bounds']} {item.bounds or w['no_bounds']}",
    ]
