"""The package runs no text as code, opens no pickle, starts no shell and reaches no network."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import carbonmeter

HOUSE = Path(carbonmeter.__file__).parent

MODULES_NEVER = {
    "pickle",
    "cPickle",
    "dill",
    "joblib",
    "marshal",
    "shelve",
    "yaml",
    "subprocess",
    "socket",
    "ssl",
    "http",
    "urllib",
    "urllib3",
    "requests",
    "httpx",
    "aiohttp",
    "ftplib",
    "smtplib",
    "lxml",
    "ctypes",
}
BUILTINS_NEVER = {"eval", "exec", "compile", "__import__"}
CALLS_NEVER = {"eval", "read_pickle", "to_pickle", "unsafe_load"}
OS_NEVER = {"system", "popen", "execv", "execve", "spawnl", "spawnv", "startfile"}
ARGUMENTS_NEVER = {"shell": True, "allow_pickle": True, "resolve_entities": True}


def faults(source: str) -> list[str]:
    """What a module does that the package never does."""
    found: list[str] = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names = [alias.name.split(".")[0] for alias in node.names]
            found += [name for name in names if name in MODULES_NEVER]
        elif isinstance(node, ast.ImportFrom):
            module = (node.module or "").split(".")[0]
            found += [module] if module in MODULES_NEVER else []
            if module == "os":
                found += [f"os.{a.name}" for a in node.names if a.name in OS_NEVER]
        elif isinstance(node, ast.Call):
            found += faults_of_call(node)
    return found


def faults_of_call(node: ast.Call) -> list[str]:
    found: list[str] = []
    if isinstance(node.func, ast.Name) and node.func.id in BUILTINS_NEVER:
        found.append(node.func.id)
    if isinstance(node.func, ast.Attribute):
        if node.func.attr in CALLS_NEVER:
            found.append(node.func.attr)
        on_os = isinstance(node.func.value, ast.Name) and node.func.value.id == "os"
        if on_os and node.func.attr in OS_NEVER:
            found.append(f"os.{node.func.attr}")
    for keyword in node.keywords:
        value = keyword.value.value if isinstance(keyword.value, ast.Constant) else None
        if keyword.arg in ARGUMENTS_NEVER and value == ARGUMENTS_NEVER[keyword.arg]:
            found.append(f"{keyword.arg}={value}")
    return found


@pytest.mark.parametrize(
    "path", sorted(HOUSE.rglob("*.py")), ids=lambda p: p.relative_to(HOUSE).as_posix()
)
def test_the_package_does_nothing_unsafe(path):
    assert faults(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "source",
    [
        "eval('1')",
        "exec('x = 1')",
        "frame.eval('a + b')",
        "import pickle",
        "from pickle import loads",
        "import yaml",
        "import os; os.system('ls')",
        "from os import system",
        "run('ls', shell=True)",
        "np.load(path, allow_pickle=True)",
        "pd.read_pickle(path)",
        "import urllib.request",
        "import requests",
        "import socket",
    ],
)
def test_each_unsafe_act_is_found(source):
    assert faults(source)
