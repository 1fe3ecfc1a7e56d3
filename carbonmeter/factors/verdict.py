"""Checking tables and libraries of anybody's: what is refused, and what is worth a look."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from carbonmeter.errors import FactorTableError, Problem, ProblemsError
from carbonmeter.factors.checks import (
    Said,
    derivation_across,
    layer_findings,
    outlier_findings,
    reused_ids,
    stack_problems,
)
from carbonmeter.factors.layer import Layer
from carbonmeter.factors.measured import judged_layer
from carbonmeter.factors.package import DESCRIPTOR, read_package
from carbonmeter.factors.releases.archive import unpack

if TYPE_CHECKING:
    import pandas as pd

TABLES = (".csv", ".xlsx", ".parquet")
HEADINGS = {
    "en": ("kind", "library", "file", "row", "id", "column", "value", "rule", "cure"),
    "zh": ("类别", "因子库", "文件", "行", "编号", "列", "值", "规则", "处理"),
}
KINDS = {"en": ("problem", "finding"), "zh": ("问题", "留意")}


@dataclass(frozen=True)
class Judged:
    """What the checks say of one library or table."""

    library: str
    records: int
    problems: tuple[Problem, ...]
    findings: tuple[Said, ...]


@dataclass(frozen=True)
class Verdict:
    """What the checks say of a file or folder, library by library."""

    name: str
    judged: tuple[Judged, ...]
    version: str = ""

    @property
    def records(self) -> int:
        return sum(each.records for each in self.judged)

    @property
    def problems(self) -> tuple[Problem, ...]:
        return tuple(problem for each in self.judged for problem in each.problems)

    @property
    def findings(self) -> tuple[Said, ...]:
        return tuple(finding for each in self.judged for finding in each.findings)

    def frame(self, lang: str = "en") -> pd.DataFrame:
        """One row per problem and finding: where, what is wrong, what to do."""
        import pandas as pd

        problem, finding = KINDS[lang]
        rows = [
            (kind, each.library, *_cells(said, lang))
            for each in self.judged
            for kind, several in ((problem, each.problems), (finding, each.findings))
            for said in several
        ]
        return pd.DataFrame(rows, columns=list(HEADINGS[lang]), dtype=object)


def spoken(said: Problem, lang: str) -> Problem:
    """The problem with its rule and cure in a language, where it has them in it."""
    if lang != "zh" or not isinstance(said, Said) or not said.rule_zh:
        return said
    return replace(said, rule=said.rule_zh, cure=said.cure_zh)


def verdict(path: Path, against: Sequence[Layer] = (), *, sheet: str | None = None) -> Verdict:
    """What the checks say of a table, a package, a folder of either, or a zip of those.

    Parameters
    ----------
    path : Path
    against : layers                 to compare values with; one that has the name of a library
                                     checked is that library itself, and left out
    sheet : str, optional            of a workbook

    Raises
    ------
    TableError, FactorTableError     the only table or package there is cannot be read
    ReleaseError                     an archive that is not opened: a path that leaves it, a link,
                                     more bytes than the limits allow
    """
    with _sources(path) as sources:
        opened: list[tuple[str, Layer | None, tuple[Problem, ...]]] = []
        for source in sources:
            try:
                layer, problems = _layer(source, sheet)
                opened.append((layer.name, layer, problems))
            except ProblemsError as error:
                if len(sources) == 1:
                    raise
                opened.append((source.name, None, error.problems))
    layers = [layer for _, layer, _ in opened if layer is not None]
    named = {layer.name for layer in layers}
    others = [layer for layer in against if layer.name not in named]
    far = dict(zip(map(id, layers), outlier_findings(layers, others), strict=True))
    judged = [
        Judged(name, 0, problems, ())
        if layer is None
        else _judged(
            (layer, problems), [one for one in layers if one is not layer], against, far[id(layer)]
        )
        for name, layer, problems in opened
    ]
    version = layers[0].version if len(opened) == len(layers) == 1 else ""
    return Verdict(path.name, tuple(judged), version)


def _judged(
    read: tuple[Layer, tuple[Problem, ...]],
    beside: Sequence[Layer],
    against: Sequence[Layer],
    far: Sequence[Said],
) -> Judged:
    """A layer by itself, beside those checked with it, and against the libraries compared."""
    layer, wrong_by_itself = read
    beside_names = {layer.name, *(other.name for other in beside)}
    others = [*beside, *(other for other in against if other.name not in beside_names)]
    problems = list(wrong_by_itself)
    findings: list[Said] = []
    if layer.sources:
        # A package may be a copy or an edition of an installed one: that is for who stacks them.
        clashes = [p for p in stack_problems([layer, *others]) if p.column != "id"]
        findings += [_as_finding(p) for p in clashes]
        for known in against:
            reused, edited = reused_ids(layer, known)
            problems += reused
            findings += edited
    else:
        problems += stack_problems([layer, *against])
    wrong, orphans = derivation_across(layer, others)
    problems += wrong
    findings += [*orphans, *layer_findings(layer), *far]
    return Judged(layer.name, len(layer), tuple(problems), tuple(findings))


def _as_finding(problem: Problem) -> Said:
    return Said(**vars(problem))


def _layer(source: Path, sheet: str | None) -> tuple[Layer, tuple[Problem, ...]]:
    if source.is_dir():
        return read_package(source), ()
    layer, wrong = judged_layer(source, sheet=sheet)
    return layer, wrong.problems if wrong else ()


@contextmanager
def _sources(path: Path) -> Iterator[list[Path]]:
    """The tables and packages at a path; those of an archive lie in a folder for the time."""
    if path.suffix.lower() == ".zip" and path.is_file():
        files = unpack(path)
        with tempfile.TemporaryDirectory(prefix="carbonmeter-") as place:
            for name, data in files.items():
                target = Path(place) / name
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(data)
            yield _within(Path(place), path.name)
    else:
        yield _within(path, path.name) if path.is_dir() else [path]


def _within(folder: Path, name: str) -> list[Path]:
    if (folder / DESCRIPTOR).is_file():
        return [folder]
    packages = sorted(each.parent for each in folder.rglob(DESCRIPTOR))
    if packages:
        return packages
    tables = sorted(each for each in folder.iterdir() if each.suffix.lower() in TABLES)
    if not tables:
        rule = f"neither {DESCRIPTOR} nor a table in it"
        cure = f"name a folder with {DESCRIPTOR}, or with tables ({', '.join(TABLES)})"
        problem = Problem(DESCRIPTOR, None, "", "", rule, cure)
        raise FactorTableError(f"{name}: nothing to check", [problem])
    return tables


def _cells(said: Problem, lang: str) -> tuple[object, ...]:
    spoke = spoken(said, lang)
    record = said.record if isinstance(said, Said) else ""
    row = "" if spoke.row is None else spoke.row
    return spoke.file, row, record, spoke.column, spoke.value, spoke.rule, spoke.cure
