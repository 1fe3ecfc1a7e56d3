"""Imports only go down: the floors of the house, from the ground up, and their limits."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import NamedTuple

import pytest

import carbonmeter

HOUSE = Path(carbonmeter.__file__).parent

# A module may import its own floor and those before it; the last may import the whole house.
FLOORS = (
    "errors",
    "constants",
    "kernels",
    "engine",
    "units",
    "tables",
    "factors",
    "uncertainty",
    "methods",
    "accounts",
    "finance",
    "report",
    "examples",
    "cli",
)

# Floors that may import of ours only these, beside themselves.
ONLY = {
    "errors": set(),
    "constants": set(),
    "kernels": set(),
    "engine": {"errors"},
    "methods": {"errors", "constants", "units"},
    "examples": {"errors"},
}

# Floors that may not import these, although they stand below.
NEVER = {"finance": {"methods"}}

# Libraries with one home: a floor, or one file.
HOMES = {
    "pint": ("units",),
    "numba": ("kernels/jit.py",),
    "llvmlite": (),
    "dask": ("engine",),
    "distributed": ("engine",),
    "polars": (),
    "rich": ("report", "cli"),
    "jinja2": ("report",),
    "argparse": ("cli",),
    "cryptography": ("factors/releases/signing.py",),
}

# The top-level module loads nothing at start: its imports for the type checker and its table of
# homes name every floor, and it belongs to none.
ROOF = HOUSE / "__init__.py"
MODULES = sorted(path for path in HOUSE.rglob("*.py") if path != ROOF)


class Import(NamedTuple):
    """One name imported: as `a.b.c`, with its line."""

    name: str
    line: int


def floor_of(path: Path) -> str:
    """The floor a file stands on; `python -m carbonmeter` is the command line."""
    first = path.relative_to(HOUSE).parts[0].removesuffix(".py")
    return "cli" if first == "__main__" else first


def imports_of(tree: ast.AST) -> list[Import]:
    """Every import of a module, also in functions, in TYPE_CHECKING blocks and by name."""
    found: list[Import] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [Import(alias.name, node.lineno) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            start = "." * node.level + (node.module or "")
            found += [Import(f"{start}.{alias.name}", node.lineno) for alias in node.names]
        elif isinstance(node, ast.Call) and called(node) in {"import_module", "__import__"}:
            asked = node.args[0] if node.args else None
            name = asked.value if isinstance(asked, ast.Constant) else "carbonmeter.?"
            found.append(Import(str(name), node.lineno))
    return found


def called(node: ast.Call) -> str:
    """The last part of the name of what is called."""
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else ""


def home_of(name: str) -> str:
    """The floor an import of ours reaches; public names reach the floor they come from."""
    parts = name.split(".")
    if len(parts) == 1:
        return "carbonmeter"
    return carbonmeter._HOME.get(parts[1], parts[1]).split(".")[0]


def fault(path: Path, name: str) -> str:
    """Why one import of a module breaks the order of the house; empty if it does not."""
    here = floor_of(path)
    if name.startswith("."):
        return "relative import"
    top = name.split(".")[0]
    if top in HOMES:
        allowed = here in HOMES[top] or path.relative_to(HOUSE).as_posix() in HOMES[top]
        return "" if allowed else f"only {' and '.join(HOMES[top]) or 'nobody'} imports {top}"
    if top != "carbonmeter" or name == "carbonmeter.__version__":
        return ""
    there = home_of(name)
    if there == here or (here == FLOORS[-1] and there in {"carbonmeter", "?"}):
        return ""
    if there not in FLOORS:
        return "not a floor of the house; name the module you need"
    if FLOORS.index(there) > FLOORS.index(here):
        return f"{here} stands below {there}"
    if there not in ONLY.get(here, set(FLOORS)) or there in NEVER.get(here, set()):
        return f"{here} does not import {there}"
    return ""


@pytest.mark.parametrize("path", MODULES, ids=lambda p: p.relative_to(HOUSE).as_posix())
def test_imports_only_go_down(path):
    assert floor_of(path) in FLOORS, "a module on no floor: give it a place in FLOORS"
    tree = ast.parse(path.read_text(encoding="utf-8"))
    faults = [
        f"{path.name}:{found.line}: {found.name}: {why}"
        for found in imports_of(tree)
        if (why := fault(path, found.name))
    ]
    assert not faults, "\n".join(faults)


def test_the_roof_imports_nothing_at_start():
    tree = ast.parse(ROOF.read_text(encoding="utf-8"))
    at_start = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    names = {found.name for node in at_start for found in imports_of(node)}
    assert not [name for name in names if name.startswith(("carbonmeter", "."))]


@pytest.mark.parametrize(
    ("file", "source", "why"),
    [
        ("units/x.py", "import carbonmeter.tables", "units stands below tables"),
        ("units/x.py", "def f():\n    from carbonmeter import account", "units stands below"),
        ("units/x.py", "from carbonmeter import tables", "units stands below tables"),
        ("units/x.py", "from . import grammar", "relative import"),
        ("units/x.py", "from ..tables import schema", "relative import"),
        ("units/x.py", "import carbonmeter", "name the module you need"),
        ("units/x.py", "import_module('carbonmeter.tables')", "units stands below tables"),
        ("units/x.py", "import_module(f'carbonmeter.{x}')", "name the module you need"),
        ("tables/x.py", "import pint", "only units imports pint"),
        ("kernels/x.py", "from numba import njit", "only kernels/jit.py imports numba"),
        ("kernels/x.py", "import_module('numba')", "only kernels/jit.py imports numba"),
        ("kernels/x.py", "from carbonmeter.errors import near", "kernels does not import errors"),
        ("engine/x.py", "from carbonmeter.kernels import a", "engine does not import kernels"),
        ("accounts/x.py", "from distributed import Client", "only engine imports distributed"),
        ("methods/x.py", "from carbonmeter.factors import a", "methods does not import factors"),
        ("finance/x.py", "from carbonmeter import METHODS", "finance does not import methods"),
        (
            "tables/x.py",
            "if TYPE_CHECKING:\n    from carbonmeter.accounts.account import Account",
            "tables stands below accounts",
        ),
    ],
)
def test_each_way_to_break_the_order_is_found(file, source, why):
    faults = [fault(HOUSE / file, found.name) for found in imports_of(ast.parse(source))]
    assert any(why in found for found in faults)


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("kernels/jit.py", "from numba import njit"),
        ("units/x.py", "import pint"),
        ("accounts/x.py", "from carbonmeter import __version__"),
        ("accounts/x.py", "from carbonmeter.methods.guide import Guide"),
        ("finance/x.py", "from carbonmeter.accounts import Account"),
        ("__main__.py", "from carbonmeter.cli import main"),
        ("cli/x.py", "import carbonmeter"),
        ("cli/x.py", "import_module(f'carbonmeter.cli.{verb}')"),
    ],
)
def test_what_goes_down_is_allowed(file, source):
    assert [fault(HOUSE / file, found.name) for found in imports_of(ast.parse(source))] == [""]
