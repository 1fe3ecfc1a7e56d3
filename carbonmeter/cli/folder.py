"""A run folder: what its `carbonmeter.toml` asks for, checked before anything is computed."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from carbonmeter.errors import Problem, RunError, near

FILE = "carbonmeter.toml"
TEXT = ("title_zh", "title_en", "region", "period", "names", "entities")
TABLES = {
    "account": ("name", "title_zh", "title_en", "activity", "guide"),
    "finance": ("loans", "borrowers", "projects", "date"),
    "check": ("name_zh", "name_en", "entity", "product", "published", "unit", "source"),
}
OPTIONAL = {"account": ("bounds_from", "gwp", "series"), "finance": (), "check": ()}
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


@dataclass(frozen=True)
class FinancePlan:
    """The loan book, its denominators, and the date of the book."""

    loans: Path
    borrowers: Path
    projects: Path
    date: date


@dataclass(frozen=True)
class CheckPlan:
    """A published intensity that one entity's account is compared with."""

    name_zh: str
    name_en: str
    entity: str
    product: str
    published: float
    unit: str
    source: str


@dataclass(frozen=True)
class Plan:
    """All that a run folder asks for; paths are absolute and exist."""

    folder: Path
    title_zh: str
    title_en: str
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

    def path(self, table: Mapping[str, object], name: str, where: str = "") -> Path:
        text = self.text(table, name, where)
        path = (self.folder / text).resolve()
        if Path(text).is_absolute() or not path.is_relative_to(self.folder.resolve()):
            self.problem(where + name, text, "a path out of the folder", "copy the file into it")
        elif not path.is_file():
            self.problem(where + name, text, "no such file in the folder", "check its name")
        return path

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
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as wrong:
        problem = Problem(FILE, None, "", "", f"not TOML in UTF-8: {wrong}", "mend that line")
        raise RunError(f"{FILE} cannot be read", [problem]) from None
    reader = _Reader(folder)
    reader.keys(found, ("title_zh", "title_en", "account"), TOP)
    accounts = tuple(_accounts(found, reader))
    checks = tuple(_checks(found, reader))
    finance = _finance(found, reader)
    measured = found.get("measured", [])
    plan = Plan(
        folder=folder,
        title_zh=reader.text(found, "title_zh"),
        title_en=reader.text(found, "title_en"),
        as_of=reader.day(found, "as_of"),
        names=reader.path(found, "names") if "names" in found else None,
        entities=reader.path(found, "entities") if "entities" in found else None,
        measured=tuple(reader.path({"measured": name}, "measured") for name in measured),
        accounts=accounts,
        finance=finance,
        checks=checks,
    )
    if reader.problems:
        raise RunError(f"{FILE} cannot be used", reader.problems)
    return plan


def _tables(found: Mapping[str, object], name: str, reader: _Reader) -> list[Mapping[str, object]]:
    tables = found.get(name, [])
    if not isinstance(tables, list) or not all(isinstance(t, dict) for t in tables):
        reader.problem(name, tables, "not a list of tables", f"write [[{name}]] before each")
        return []
    return tables


def _accounts(found: Mapping[str, object], reader: _Reader) -> list[AccountPlan]:
    plans: list[AccountPlan] = []
    for number, table in enumerate(_tables(found, "account", reader), 1):
        where = f"account {number}: "
        if not reader.keys(table, TABLES["account"], OPTIONAL["account"], where):
            continue
        series = table.get("series")
        plans.append(
            AccountPlan(
                name=reader.text(table, "name", where),
                title_zh=reader.text(table, "title_zh", where),
                title_en=reader.text(table, "title_en", where),
                activity=reader.path(table, "activity", where),
                guide=reader.text(table, "guide", where),
                bounds_from=reader.text(table, "bounds_from", where) or None,
                gwp=reader.text(table, "gwp", where) or None,
                series=series if isinstance(series, dict) else None,
            )
        )
    names = [plan.name for plan in plans]
    for name in sorted({n for n in names if names.count(n) > 1}):
        reader.problem("account", name, "two accounts of one name", "rename one")
    return plans


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
    loans, borrowers, projects = (
        reader.path(table, name, "finance: ") for name in ("loans", "borrowers", "projects")
    )
    return FinancePlan(loans, borrowers, projects, day) if day is not None else None


def _checks(found: Mapping[str, object], reader: _Reader) -> list[CheckPlan]:
    plans: list[CheckPlan] = []
    for number, table in enumerate(_tables(found, "check", reader), 1):
        where = f"check {number}: "
        if not reader.keys(table, TABLES["check"], OPTIONAL["check"], where):
            continue
        published = table["published"]
        if isinstance(published, bool) or not isinstance(published, int | float) or published <= 0:
            reader.problem(where + "published", published, "not a number above 0", "write 10.33")
            continue
        texts = {n: reader.text(table, n, where) for n in TABLES["check"] if n != "published"}
        plans.append(CheckPlan(published=float(published), **texts))
    return plans
