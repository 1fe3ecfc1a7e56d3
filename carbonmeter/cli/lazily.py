"""What every verb's options share; a verb's module is imported when it runs."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from importlib import import_module

Verb = Callable[[argparse.Namespace], None]


def lazy(module: str, name: str) -> Verb:
    """The verb `name` of a module of this floor, imported at its first call."""

    def verb(options: argparse.Namespace) -> None:
        getattr(import_module(f"carbonmeter.cli.{module}"), name)(options)

    return verb


def language(to: argparse.ArgumentParser, default: str = "en") -> None:
    """The option that chooses the language of the output."""
    to.add_argument("--lang", choices=["en", "zh"], default=default, help="language of the output")
