"""What the words after a verb name: installed libraries, folders, releases, tables."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from carbonmeter.errors import FactorTableError, Problem, near

if TYPE_CHECKING:
    from carbonmeter.factors import FactorLibrary


def library_named(text: str) -> FactorLibrary:
    """A folder, release or table if there is one of this name, else installed libraries.

    Raises
    ------
    FactorTableError                 neither a file nor a library of this name
    """
    from carbonmeter.factors import FactorLibrary

    if Path(text).exists():
        return FactorLibrary.open(Path(text))
    names = [name.strip() for name in text.split(",") if name.strip()]
    return FactorLibrary.shipped(*_known(names))


def folders_named(texts: Sequence[str]) -> list[Path]:
    """The folders of packages: those that exist, and those of installed libraries; all if none.

    Raises
    ------
    FactorTableError                 neither a folder nor a library of this name
    """
    from carbonmeter.factors import SHIPPED

    installed = Path(str(resources.files("carbonmeter.data")))
    found = [Path(text) if Path(text).is_dir() else installed / _known([text])[0] for text in texts]
    return found or [installed / name for name in SHIPPED]


def _known(names: Sequence[str]) -> Sequence[str]:
    from carbonmeter.factors import SHIPPED

    problems = []
    for name in names:
        if name not in SHIPPED:
            hint = near(name, SHIPPED)
            cure = f"did you mean {hint}?" if hint else "`carbonmeter factors` lists them"
            rule = "no file or folder, and no library of this name is installed"
            problems.append(Problem("", None, "library", name, rule, cure))
    if problems:
        raise FactorTableError("no such library", problems)
    return names
