"""What a receipt says: the formula of a line in numbers, and the evidence of each number."""

from __future__ import annotations

import ast
from collections.abc import Mapping

import numpy as np

from carbonmeter import units
from carbonmeter.accounts.ledger import Ledger
from carbonmeter.accounts.receipt import WORDS, Input, Receipt
from carbonmeter.accounts.recipes import Choice
from carbonmeter.accounts.rounding import half_up
from carbonmeter.errors import GuideError
from carbonmeter.methods import Method
from carbonmeter.tables import ACTIVITY
from carbonmeter.tables.labels import label

EVIDENCE = (
    "evidence",
    "evidence_kind",
    "evidence_issuer",
    "evidence_sha256",
    "origin",
    "note",
)


def explain(account: Ledger, line: int | None, row: int | None, lang: str = "en") -> Receipt:
    """The receipt of a line (0-based), or of the first line of a row of the user's file.

    Raises
    ------
    GuideError                       no such line or row, or a language other than 'en', 'zh'
    """
    if lang not in ("en", "zh"):
        raise GuideError(f"E302: no language {lang!r}; write 'en' or 'zh'")
    number = _line(account, line, row)
    at = int(account.line_row[number])
    recipe = int(account.line_recipe[number])
    choice = account.recipes.choices[recipe]
    method, key = choice.method, choice.key
    activity = account.activity
    given = float(activity.number("quantity")[at])
    scale = float(account.recipes.scale[recipe])
    inputs = tuple(
        _input(account, name, parameter.unit, answer.record, answer.value, lang)
        for (name, parameter), answer in zip(method.parameters.items(), choice.answers, strict=True)
    )
    quantity = given * scale
    values = {method.quantity: quantity} | {i.name: i.value for i in inputs}
    names = ("entity", "site", "region", "period", "activity", "subject")
    labels = {n: activity.text(n).labels[activity.text(n).codes[at]] for n in names}
    tonnes = given * float(account.recipes.per_unit[recipe])
    gas = method.output.gas
    gwp = _input(account, "gwp", f"tCO2e/t{gas}", choice.gwp.record, choice.gwp.value, lang)
    per_tonne = units.scale(method.output.unit, f"t{gas}")
    return Receipt(
        lang=lang,
        line=number,
        file=activity.source.name,
        row=int(activity.row[at]),
        labels=labels,
        given=f"{_number(given)} {key.unit}",
        quantity=quantity,
        quantity_unit=method.quantity_unit,
        method=method.name,
        title=label(method.name, lang),
        guide=key.edition.title_zh if lang == "zh" else key.edition.title_en,
        clauses=_clauses(account, choice, lang),
        steps=tuple((n, e, _in_numbers(e, values, method)) for n, e in method.steps()),
        inputs=inputs,
        constants=tuple(
            (name, f"{c.text} {c.unit}", _marked(c.source, c.confidence, lang))
            for name, c in method.constants().items()
        ),
        result=tonnes * method.output.sign / per_tonne,
        result_unit=method.output.unit,
        sign=method.output.sign,
        gas=gas,
        tonnes=tonnes,
        gwp=gwp,
        co2e=tonnes * choice.gwp.value,
        template_co2e=template_co2e(account, number),
        evidence=_evidence(account, at, lang),
    )


def template_co2e(account: Ledger, line: int) -> float | None:
    """tCO2e of a line with the guide's intermediate rounding; None where the guide has none."""
    recipe = int(account.line_recipe[line])
    choice = account.recipes.choices[recipe]
    rounding = choice.key.edition.rounding.get(choice.method.name)
    if rounding is None:
        return None
    given = float(account.activity.number("quantity")[account.line_row[line]])
    quantity = given * float(account.recipes.scale[recipe])
    if rounding.quantity is not None:
        quantity = half_up(quantity, rounding.quantity)
    coefficient = float(account.recipes.template[recipe])
    return float(quantity * coefficient * choice.gwp.value)


def _line(account: Ledger, line: int | None, row: int | None) -> int:
    if (line is None) == (row is None):
        raise GuideError("E302: name either a line or a row")
    if row is not None:
        return account.lines_of(row)[0]
    assert line is not None
    if not 0 <= line < len(account):
        raise GuideError(f"E302: no line {line}; the account has lines 0 to {len(account) - 1}")
    return line


def _input(account: Ledger, name: str, unit: str, record: int, value: float, lang: str) -> Input:
    r = account.library.records.iloc[record]
    source = account.sources.get(str(r["source"]), {})
    low, high = float(r["low"]), float(r["high"])
    bounds = ""
    if np.isfinite(low) and np.isfinite(high):
        bounds = f"{_number(low)} … {_number(high)} ({r['coverage']:g} %, {r['distribution']})"
        lender = str(r["bounds_from"])
        bounds += f", {WORDS[lang]['lent']} {lender}" if lender else ""
    until = _date(r["valid_to"])
    return Input(
        name=name,
        label=label(name, lang),
        value=value,
        unit=unit,
        printed=f"{_number(float(r['value']))} {r['unit']}",
        record=str(r["id"]),
        library=_library(account, str(r["layer"])),
        tier=str(r["tier"]),
        confidence=str(r["confidence"]),
        title=_title(account, str(r["source"]), lang),
        publisher=source.get("publisher", ""),
        published=_date(r["published"]) or source.get("published", ""),
        clause=str(r["clause"]),
        valid=f"{_date(r['valid_from'])} – {until or '…'}",
        bounds=bounds,
    )


def _library(account: Ledger, name: str) -> str:
    """The name of a layer, with the release it was opened from, if it was."""
    release = next((x.release for x in account.library.stack if x.name == name), "")
    return f"{name} ({release[: release.find('@') + 17]})" if release else name


def _title(account: Ledger, source: str, lang: str) -> str:
    """Title of a source in the language asked where the table has it; else its identifier."""
    found = account.sources.get(source, {})
    return (found.get("title_en", "") if lang == "en" else "") or found.get("title", "") or source


def _clauses(account: Ledger, choice: Choice, lang: str) -> tuple[tuple[str, str], ...]:
    """Where the guide of the account prints the equation; if it does not, who else does."""
    clauses = choice.method.clauses
    own = [s for s in choice.key.edition.sources if s in clauses]
    return tuple((_title(account, s, lang), clauses[s]) for s in own or clauses)


def _date(value: object) -> str:
    text = "" if value is None else str(value)
    return "" if text in ("NaT", "nan", "None") else text[:10]


def _number(value: float) -> str:
    """A number with 15 digits: what a decimal of the file or of a source keeps, and no more."""
    return f"{value:.15g}"


def _in_numbers(expression: str, values: Mapping[str, float], method: Method) -> str:
    """The expression with each name replaced by its number, in the order the clause prints it."""

    constants = method.constants()

    class Numbers(ast.NodeTransformer):
        def visit_Name(self, node: ast.Name) -> ast.AST:
            constant = constants.get(node.id)
            if constant is not None:
                return ast.Name(constant.text if "/" not in constant.text else f"({constant.text})")
            return ast.Name(_number(values[node.id])) if node.id in values else node

    tree = Numbers().visit(ast.parse(expression, mode="eval"))
    return ast.unparse(tree).replace("*", "×").replace(" - ", " − ")


def _marked(source: str, confidence: str, lang: str) -> str:
    return source if confidence == "primary" else f"{source}; {label(confidence, lang)}"


def _evidence(account: Ledger, at: int, lang: str) -> str:
    parts = []
    for field in ACTIVITY.fields:
        if field.name in EVIDENCE:
            column = account.activity.text(field.name)
            text = column.labels[column.codes[at]]
            heading = field.zh if lang == "zh" else field.name
            parts += [f"{heading}: {text}"] if text else []
    return "; ".join(parts)
