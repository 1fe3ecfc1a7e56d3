"""The verb selftest: published results recomputed; PASS, NOTE (the source slips) or DIFF."""

from __future__ import annotations

import tomllib
from argparse import Namespace
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from importlib.resources import files
from itertools import groupby
from typing import NamedTuple

from carbonmeter.cli.output import say
from carbonmeter.errors import CarbonmeterError

VERDICTS = ("PASS", "NOTE", "DIFF")
NAME, NUMBER = 50, 20  # widths of the columns
WORDS = {
    "en": {
        "guides": "Worked numbers of the guides",
        "uncertainty": "Evaluation of uncertainty",
        "heading": ("printed", "here"),
        "cases": "cases",
        "meaning": "PASS: to half a unit of the last printed digit, drawn numbers to 4 standard"
        " errors more. NOTE: the source slips or contradicts itself, as said. DIFF: does not come"
        " out.",
    },
    "zh": {
        "guides": "各指南的算例",
        "uncertainty": "不确定度评定算例",
        "heading": ("印出值", "本机计算"),
        "cases": "组",
        "meaning": "PASS：与印出值相差不超过末位半个单位，抽样结果另加 4 倍标准误；"
        "NOTE：出处有误或自相矛盾，原因已写明；DIFF：不符。",
    },
}


class SelftestError(CarbonmeterError):
    """A published result does not come out."""

    code = "E601"


class Line(NamedTuple):
    """One number as it is shown."""

    group: str
    verdict: str
    name: str
    expected: str
    got: float
    error: float
    note: str


def selftest(options: Namespace) -> None:
    """Recompute every published number that ships with the package.

    Raises
    ------
    SelftestError                    when one differs by more than its source's last digit
    """
    words = WORDS[options.lang]
    parts = {"guides": guide_lines(), "uncertainty": uncertainty_lines(options.lang)}
    for name, lines in parts.items():
        printed, here = words["heading"]
        say(f"{words[name]}\n")
        for group, members in groupby(lines, key=lambda line: line.group):
            say("\n".join((group, *_shown(members, f"{printed:>{NUMBER}}  {here}"), "")))
    for name, lines in parts.items():
        cases = len({line.group for line in lines})
        say(f"{words[name]}, {cases} {words['cases']}: {_counted(lines)}")
    every = [line for lines in parts.values() for line in lines]
    say(f"{words['meaning']}\n\n{_counted(every)}")
    wrong = [line for line in every if line.verdict == "DIFF"]
    if wrong:
        shown = "; ".join(f"{line.group.split()[0]} {line.name}" for line in wrong[:10])
        raise SelftestError(
            f"E601: {len(wrong)} published results do not come out: {shown}. Reinstall the package"
            " with the versions it names; if they stay, do not use its results and report them"
        )


def _counted(lines: Sequence[Line]) -> str:
    return ", ".join(f"{sum(line.verdict == v for line in lines)} {v}" for v in VERDICTS)


def _shown(lines: Iterable[Line], heading: str) -> Iterator[str]:
    yield f"  {'':4}  {'':{NAME}}{heading}"
    for line in lines:
        error = f" ({line.error:.1g})" if line.error else ""
        numbers = f"{line.expected:>{NUMBER}}  {line.got:.10g}{error}"
        if len(line.name) < NAME:
            yield f"  {line.verdict}  {line.name:<{NAME}}{numbers}"
        else:
            yield f"  {line.verdict}  {line.name}"
            yield f"  {'':4}  {'':{NAME}}{numbers}"
        if line.note:
            yield f"  {'':4}    {line.note}"


def uncertainty_lines(lang: str) -> list[Line]:
    """The examples of the evaluation of uncertainty."""
    from carbonmeter.uncertainty.published import uncertainty_outcomes

    zh = lang == "zh"
    return [
        Line(
            f"{o.case}  {o.title_zh if zh else o.title}  ({o.source})",
            o.verdict,
            o.quantity,
            o.expected,
            o.got,
            o.error,
            o.note_zh if zh else o.note,
        )
        for o in uncertainty_outcomes()
    ]


def guide_lines() -> list[Line]:
    """The worked numbers of the guides, true to half a unit of the last digit printed."""
    from carbonmeter import units
    from carbonmeter.methods import METHODS

    text = (files("carbonmeter.examples") / "golden" / "enterprise.toml").read_text("utf-8")
    lines = []
    for example in sorted(tomllib.loads(text)["example"], key=lambda e: str(e["method"])):
        method = METHODS[example["method"]]
        printed, unit = example["expect"].split()
        result = method(example["quantity"], **example["inputs"])
        got = float(result.m) * units.scale(method.output.unit, unit)
        exponent = Decimal(printed).as_tuple().exponent
        within = abs(got - float(printed)) <= 0.5 * 10.0 ** int(exponent)
        name = f"{example['clause']} [{example['confidence']}]"
        verdict = "PASS" if within else "DIFF"
        lines.append(Line(method.name, verdict, name, example["expect"], got, 0.0, ""))
    return lines
