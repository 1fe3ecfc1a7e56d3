"""Checking factor tables and libraries of anybody's."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from carbonmeter.cli.output import say
from carbonmeter.errors import FactorTableError, near

if TYPE_CHECKING:
    from carbonmeter.factors.layer import Layer
    from carbonmeter.factors.verdict import Verdict

MOST_SHOWN = 100
WORDS = {
    "en": (
        "{path}: {records:,} records, {problems}, {findings}{version}",
        ("no problem", "1 problem", "{n:,} problems"),
        ("nothing to look at", "1 finding worth a look", "{n:,} findings worth a look"),
        "row {row}",
        "FINDING",
        "… and {n:,} more; --out writes all of them",
    ),
    "zh": (
        "{path}：{records:,} 条记录，{problems}，{findings}{version}",
        ("无问题", "1 个问题", "{n:,} 个问题"),
        ("无须留意", "1 处值得留意", "{n:,} 处值得留意"),
        "第{row}行",
        "留意",
        "…… 另有 {n:,} 处；--out 可全部写出",
    ),
}


def check(options: Namespace) -> None:
    """Check a table, a library folder or an archive: problems are refused, findings shown."""
    from carbonmeter.factors.verdict import spoken, verdict

    found = verdict(options.path, _against(options.against), sheet=options.sheet)
    if options.out is not None:
        write(found, options.out, options.lang)
    _show(found, options.path, options.lang)
    problems = [spoken(problem, options.lang) for problem in found.problems]
    if problems:
        raise FactorTableError(f"{options.path}: factors that cannot be used", problems)
    if options.strict and found.findings:
        findings = [spoken(finding, options.lang) for finding in found.findings]
        raise FactorTableError(f"{options.path}: findings, and --strict was asked for", findings)


def write(found: Verdict, path: Path, lang: str) -> Path:
    """Every problem and finding as a table, as the name says: .csv, .parquet or .xlsx."""
    from carbonmeter.report import write as to

    return to.table(found.frame(lang), path)


def _against(name: str) -> tuple[Layer, ...]:
    from carbonmeter.factors import SHIPPED, FactorLibrary

    if name == "none":
        return ()
    if name == "shipped":
        return FactorLibrary.shipped().stack
    names = [each.strip() for each in name.split(",") if each.strip()]
    unknown = [each for each in names if each not in SHIPPED]
    if unknown:
        hint = near(unknown[0], SHIPPED) or "shipped, none, or names of libraries"
        raise FactorTableError(f"no library {unknown[0]!r} to compare with; near: {hint}", [])
    return FactorLibrary.shipped(*names).stack


def _show(found: Verdict, path: Path, lang: str) -> None:
    from carbonmeter.factors.verdict import spoken

    line, problems, findings, row, mark, more = WORDS[lang]
    for finding in found.findings[:MOST_SHOWN]:
        said = spoken(finding, lang)
        where = " ".join([said.file, row.format(row=said.row)] if said.row else [said.file])
        what = f"{finding.record} {said.column} {said.value}".strip()
        stop = "；" if lang == "zh" else "; "
        say(f"{mark} {where}: {what}: {said.rule}{stop}{said.cure}")
    hidden = len(found.findings) - MOST_SHOWN
    if hidden > 0:
        say(more.format(n=hidden))
    if not found.problems or found.findings:
        counts = [_counted(len(found.problems), problems), _counted(len(found.findings), findings)]
        version = f"; {found.version[:12]}" if found.version else ""
        say(
            line.format(
                path=path,
                records=found.records,
                problems=counts[0],
                findings=counts[1],
                version=version,
            )
        )


def _counted(n: int, words: tuple[str, str, str]) -> str:
    return words[min(n, 2)].format(n=n)
