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
    """A folder, release, export or table if there is one of this name, else installed libraries.

    Raises
    ------
    FactorTableError                 neither a file nor a library of this name
    """
    from carbonmeter.factors import FactorLibrary

    path = Path(text)
    if path.exists():
        if path.is_file() and _exported(path):
            from carbonmeter.factors.exchange.formats import read_library

            return FactorLibrary((read_library(path).layer,))
        return FactorLibrary.open(path)
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


def _exported(path: Path) -> bool:
    """Whether a file is a library in another format: it names the library, and is no release."""
    from carbonmeter.factors.exchange.formats import is_ours
    from carbonmeter.factors.releases.archive import MANIFEST, unpack

    return is_ours(path) and not (path.suffix.lower() == ".zip" and MANIFEST in unpack(path))


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
