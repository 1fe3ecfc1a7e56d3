"""The verbs that show what the house knows: methods, guides, and the template."""

from __future__ import annotations

import shlex
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from carbonmeter.cli.output import say
from carbonmeter.errors import GuideError, near

if TYPE_CHECKING:
    from carbonmeter.methods import Edition, Method


def methods(options: Namespace) -> None:
    """The methods, or one of them in full."""
    from carbonmeter.methods import METHODS, editions_of
    from carbonmeter.report import terminal

    if options.name:
        if options.name not in METHODS:
            hint = near(options.name, list(METHODS)) or "see `carbonmeter methods`"
            raise GuideError(f"E302: no method {options.name!r}; did you mean: {hint}?")
        say(described(METHODS[options.name], options.lang))
        return
    names = list(METHODS)
    if options.guide:
        allowed = {n for e in editions_of(options.guide) for n in e.methods}
        names = [n for n in names if n in allowed]
    terminal.show_methods([METHODS[n] for n in names], options.lang)


def described(method: Method, lang: str) -> str:
    """A method as its declaration says it: formula, inputs, clauses, and who uses it."""
    from carbonmeter.methods import GUIDES
    from carbonmeter.tables.labels import label

    used = [e.name for es in GUIDES.values() for e in es if method.name in e.methods]
    kinds = ", ".join(label(activity, lang) for activity in method.activities)
    lines = [f"{method.name}   {kinds} → {method.output.gas}"]
    lines += ["", *(text.strip() for text in (method.formula.__doc__ or "").strip().splitlines())]
    lines += ["", *(f"  {name} = {expression}" for name, expression in method.steps()), ""]
    lines.append(f"  {method.quantity} [{method.quantity_unit}]  {method.quantity_meaning}")
    for name, parameter in method.parameters.items():
        tiers = "/".join(label(tier, lang) for tier in parameter.tiers)
        lines.append(f"  {name} [{parameter.unit}]  {parameter.meaning} ({tiers})")
    lines.append(
        f"  → {method.output.kind.value} [{method.output.unit}], scope {method.scope or '-'}"
    )
    lines += ["", *(f"  {source}: {clause}" for source, clause in method.clauses.items())]
    lines.append(f"  editions: {', '.join(used) or '-'}")
    return "\n".join(lines)


def guides(options: Namespace) -> None:
    """The guides with their editions, dates, layers and boundaries; --gaps: what was not read."""
    from carbonmeter.methods import GUIDES

    for name, editions in GUIDES.items():
        say(f"{name}")
        for edition in editions:
            say("\n".join(_gaps(edition) if options.gaps else _boundary(edition, options.lang)))


def _gaps(edition: Edition) -> list[str]:
    return [f"  {edition.name}", *(f"    not read: {text}" for text in edition.not_read)]


def _boundary(edition: Edition, lang: str) -> list[str]:
    at = 1 if lang == "zh" else 0
    words = {
        "en": ("periods", "factor layers", "GWP set", "its total adds", "counts", "leaves out"),
        "zh": ("适用期间", "因子库", "GWP", "总量包含范围", "计入", "不计入"),
    }[lang]
    separator = "、" if lang == "zh" else "; "
    return [
        f"  {edition.name}  {edition.title_zh if lang == 'zh' else edition.title_en}",
        f"    {words[0]}: {edition.valid_from} – {edition.valid_to or '…'}",
        f"    {words[1]}: {', '.join(edition.libraries)}",
        f"    {words[2]}: {edition.gwp_set}",
        f"    {words[3]}: {', '.join(edition.total) or '-'}",
        f"    {words[4]}: {separator.join(text[at] for text in edition.counts)}",
        f"    {words[5]}: {separator.join(text[at] for text in edition.leaves_out) or '-'}",
    ]


def template(options: Namespace) -> None:
    """Write the workbook to fill in."""
    from carbonmeter.report import workbook

    path: Path = options.out
    workbook.template(path, options.guide, tuple(options.activity), options.lang)
    say(f"→ {path}")
    say(f"carbonmeter account {shlex.quote(str(path))} --guide {options.guide}")
