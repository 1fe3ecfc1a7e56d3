"""A run folder: what its `carbonmeter.toml` asks for, checked before anything is computed."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

from carbonmeter.errors import GuideError, Problem, RunError, near

FILE = "carbonmeter.toml"
TEXT = ("title_zh", "title_en", "region", "period", "names", "entities")
TABLES = {
    "account": ("name", "title_zh", "title_en", "activity", "guide"),
    "finance": ("loans", "borrowers", "date"),
    "check": ("name_zh", "name_en", "entity", "product", "published", "unit", "source"),
}
OPTIONAL = {
    "account": ("bounds_from", "gwp", "series", "missing"),
    "finance": ("projects",),
    "check": (),
}
MISSING: tuple[Literal["raise", "exclude"], ...] = ("raise", "exclude")
TOP = (*TEXT, "as_of", "measured", *TABLES)


@dataclass(frozen=True)
class AccountPlan:
    """One account of the run: a file of activity data and the guide that counts it."""

    name: str
    title_zh: str
    title_en: str
    activity: Path
    guide: str
    bounds_from: str | None = None
    gwp: str | None = None
    series: Mapping[str, str] | None = None
    missing: Literal["raise", "exclude"] = "raise"


@dataclass(frozen=True)
class FinancePlan:
    """The loan book, its denominators, and the date of the book; a book may have no projects."""

    loans: Path
    borrowers: Path
    projects: Path | None
    date: date


@dataclass(frozen=True)
class CheckPlan:
    """A published intensity that one entity's account is compared with; `number` counts from 1."""

    number: int
    name_zh: str
    name_en: str
    entity: str
    product: str
    published: float
    unit: str
    source: str


@dataclass(frozen=True)
class Plan:
    """All that a run folder asks for; paths are absolute and exist.

    `region` and `period` are what the run is about: rows elsewhere or at another time are refused.
    """

    folder: Path
    title_zh: str
    title_en: str
    region: str | None
    period: str | None
    as_of: date | None
    names: Path | None
    entities: Path | None
    measured: tuple[Path, ...]
    accounts: tuple[AccountPlan, ...]
    finance: FinancePlan | None
    checks: tuple[CheckPlan, ...]

    @property
    def inputs(self) -> tuple[Path, ...]:
        """Every file the run reads, the plan itself first."""
        found = [self.folder / FILE, self.names, self.entities, *self.measured]
        found += [a.activity for a in self.accounts]
        if self.finance:
            found += [self.finance.loans, self.finance.borrowers, self.finance.projects]
        return tuple(dict.fromkeys(path for path in found if path is not None))

    def problem(self, column: str, value: str, rule: str, cure: str) -> Problem:
        """Something in the plan that does not fit what its files hold."""
        return Problem(FILE, None, column, value, rule, cure)


class _Reader:
    """Reads values of the plan and collects every problem."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.problems: list[Problem] = []

    def problem(self, column: str, value: object, rule: str, cure: str) -> None:
        self.problems.append(Problem(FILE, None, column, str(value), rule, cure))

    def text(self, table: Mapping[str, object], name: str, where: str = "") -> str:
        value = table.get(name, "")
        if not isinstance(value, str):
            self.problem(where + name, value, "not a text", "put it in quotes")
            return ""
        return value

    def word(
        self, table: Mapping[str, object], name: str, known: Iterable[str], where: str = ""
    ) -> str | None:
        """One of the words known; None if the name is not there."""
        if name not in table:
            return None
        word, known = self.text(table, name, where), list(known)
        if word not in known:
            hint = near(word, known)
            cure = f"did you mean {hint}?" if hint else f"write one of {', '.join(known)}"
            self.problem(where + name, word, "not known", cure)
        return word

    def path(self, table: Mapping[str, object], name: str, where: str = "") -> Path:
        text = self.text(table, name, where)
        try:
            path = (self.folder / text).resolve()
            inside = path.is_relative_to(self.folder.resolve()) and not Path(text).is_absolute()
            found = path.is_file()
        except (OSError, ValueError):  # a name too long, or with a NUL in it
            path, inside, found = self.folder, True, False
        if not inside:
            self.problem(where + name, text, "a path out of the folder", "copy the file into it")
        elif not found:
            cure = f"did you mean {hint}?" if (hint := self._files_like(text)) else "check its name"
            self.problem(where + name, text, "no such file in the folder", cure)
        return path

    def paths(self, table: Mapping[str, object], name: str) -> tuple[Path, ...]:
        """A list of files, each named once."""
        names = table.get(name, [])
        if not isinstance(names, list) or not all(isinstance(each, str) for each in names):
            self.problem(name, names, "not a list of texts", f'write {name} = ["a.csv", "b.csv"]')
            return ()
        for each in sorted({each for each in names if names.count(each) > 1}):
            self.problem(name, each, "the same file twice", "name it once")
        return tuple(self.path({name: each}, name) for each in names)

    def _files_like(self, text: str) -> str:
        files = [each.name for each in self.folder.iterdir() if each.is_file()]
        return near(text, [name for name in files if name != FILE])

    def day(self, table: Mapping[str, object], name: str, where: str = "") -> date | None:
        value = table.get(name)
        if value is not None and type(value) is not date:
            self.problem(where + name, value, "not a date", "write it bare: 2024-12-31")
            return None
        return value

    def keys(
        self,
        table: Mapping[str, object],
        required: tuple[str, ...],
        optional: tuple[str, ...],
        where: str = "",
    ) -> bool:
        for name in required:
            if name not in table:
                self.problem(where + name, "", "missing", f"add {name} = …")
        for name in table:
            if name not in (*required, *optional):
                hint = near(name, (*required, *optional))
                cure = f"did you mean {hint}?" if hint else "remove it"
                self.problem(where + name, "", "unknown name", cure)
        return all(name in table for name in required)


def read_plan(folder: Path) -> Plan:
    """The plan of a run folder.

    Raises
    ------
    RunError                         everything wrong with `carbonmeter.toml`, at once
    """
    file = folder / FILE
    if not file.is_file():
        problem = Problem(
            FILE,
            None,
            "",
            str(folder),
            "no carbonmeter.toml in this folder",
            "name a folder that has one; `carbonmeter run` alone shows an example",
        )
        raise RunError(f"{folder} is not a run folder", [problem])
    try:
        found = tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError as wrong:
        cure = "save the file again in UTF-8"
        problem = Problem(FILE, None, "", "", f"not UTF-8: {wrong}", cure)
        raise RunError(f"{FILE} cannot be read", [problem]) from None
    except (tomllib.TOMLDecodeError, RecursionError) as wrong:
        problem = Problem(FILE, None, "", "", f"not TOML: {wrong}", "mend that line")
        raise RunError(f"{FILE} cannot be read", [problem]) from None
    reader = _Reader(folder)
    reader.keys(found, ("title_zh", "title_en", "account"), TOP)
    accounts = tuple(_accounts(found, reader))
    checks = tuple(_checks(found, reader))
    finance = _finance(found, reader)
    plan = Plan(
        folder=folder,
        title_zh=reader.text(found, "title_zh"),
        title_en=reader.text(found, "title_en"),
        region=reader.text(found, "region") or None,
        period=_period(found, reader),
        as_of=reader.day(found, "as_of"),
        names=reader.path(found, "names") if "names" in found else None,
        entities=reader.path(found, "entities") if "entities" in found else None,
        measured=reader.paths(found, "measured"),
        accounts=accounts,
        finance=finance,
        checks=checks,
    )
    if "entities" in found and "as_of" not in found and "finance" not in found:
        rule, cure = "shares are of a day, and no day is named", "add as_of = 2024-12-31, for one"
        reader.problem("entities", found["entities"], rule, cure)
    if reader.problems:
        raise RunError(f"{FILE} cannot be used", reader.problems)
    return plan


def _tables(found: Mapping[str, object], name: str, reader: _Reader) -> list[Mapping[str, object]]:
    tables = found.get(name, [])
    if not isinstance(tables, list) or not all(isinstance(t, dict) for t in tables):
        reader.problem(name, tables, "not a list of tables", f"write [[{name}]] before each")
        return []
    return tables


def _period(found: Mapping[str, object], reader: _Reader) -> str | None:
    from carbonmeter.tables.cells import Wrong
    from carbonmeter.tables.period import period_of

    text = reader.text(found, "period")
    wrong = period_of(text) if text else text
    if isinstance(wrong, Wrong):
        reader.problem("period", text, *wrong)
        return None
    return text or None


def _accounts(found: Mapping[str, object], reader: _Reader) -> list[AccountPlan]:
    from carbonmeter.accounts.build import GWP_SETS
    from carbonmeter.factors.shipped import SHIPPED

    plans: list[AccountPlan] = []
    if found.get("account") == []:
        reader.problem("account", "", "no account is asked for", "add [[account]] and its names")
    for number, table in enumerate(_tables(found, "account", reader), 1):
        where = f"account {number}: "
        if not reader.keys(table, TABLES["account"], OPTIONAL["account"], where):
            continue
        missing = reader.word(table, "missing", MISSING, where)
        plans.append(
            AccountPlan(
                name=reader.text(table, "name", where),
                title_zh=reader.text(table, "title_zh", where),
                title_en=reader.text(table, "title_en", where),
                activity=reader.path(table, "activity", where),
                guide=_guide(table, reader, where),
                bounds_from=reader.word(table, "bounds_from", SHIPPED, where),
                gwp=reader.word(table, "gwp", GWP_SETS, where),
                series=_series(table, reader, where),
                missing="exclude" if missing == "exclude" else "raise",
            )
        )
    names = [plan.name for plan in plans]
    if "" in names:
        reader.problem("account", "", "an account without a name", "name it in a word")
    for name in sorted({n for n in names if names.count(n) > 1}):
        reader.problem("account", name, "two accounts of one name", "rename one")
    return plans


def _guide(table: Mapping[str, object], reader: _Reader, where: str) -> str:
    from carbonmeter.methods import editions_of

    guide = reader.text(table, "guide", where)
    try:
        editions_of(guide)
    except GuideError as wrong:
        rule, _, cure = str(wrong).removeprefix("E302: ").partition("; ")
        reader.problem(where + "guide", guide, rule, cure)
    return guide


def _series(table: Mapping[str, object], reader: _Reader, where: str) -> Mapping[str, str] | None:
    series = table.get("series", {})
    if not isinstance(series, dict) or not all(isinstance(v, str) for v in series.values()):
        cure = 'write series = { grid_emission_factor = "grid_provincial_average" }, for one'
        reader.problem(where + "series", series, "not names of series", cure)
        return None
    return series or None


def _finance(found: Mapping[str, object], reader: _Reader) -> FinancePlan | None:
    table = found.get("finance")
    if table is None:
        return None
    if not isinstance(table, dict):
        reader.problem("finance", table, "not a table", "write [finance] before its names")
        return None
    if not reader.keys(table, TABLES["finance"], OPTIONAL["finance"], "finance: "):
        return None
    day = reader.day(table, "date", "finance: ")
    loans, borrowers = (reader.path(table, name, "finance: ") for name in ("loans", "borrowers"))
    projects = reader.path(table, "projects", "finance: ") if "projects" in table else None
    return FinancePlan(loans, borrowers, projects, day) if day is not None else None


def _checks(found: Mapping[str, object], reader: _Reader) -> list[CheckPlan]:
    plans: list[CheckPlan] = []
    for number, table in enumerate(_tables(found, "check", reader), 1):
        where = f"check {number}: "
        if not reader.keys(table, TABLES["check"], OPTIONAL["check"], where):
            continue
        published = _above_zero(table["published"])
        if published is None:
            value = table["published"]
            reader.problem(where + "published", value, "not a number above 0", "write 10.33")
            continue
        texts = {n: reader.text(table, n, where) for n in TABLES["check"] if n != "published"}
        plans.append(CheckPlan(number=number, published=published, **texts))
    return plans


def _above_zero(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) and number > 0.0 else None
