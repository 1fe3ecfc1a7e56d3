"""The same file accounted anew: by another library, another GWP set, or as on another day."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING

from carbonmeter.errors import GuideError

if TYPE_CHECKING:
    from carbonmeter.accounts import Account
    from carbonmeter.accounts.restate import Restatement
    from carbonmeter.factors import FactorLibrary


def restatement(options: Namespace, result: Account) -> Restatement:
    """What --restate or --as-of-was ask for; `result` is the account of the other options.

    With a library the account printed is the old one; with a day it is the new one.
    """
    from carbonmeter.accounts.build import GWP_SETS
    from carbonmeter.cli.asked import account_of

    if options.restate and options.as_of_was:
        raise GuideError("E302: give --restate or --as-of-was: one change at a time")
    if options.as_of_was:
        earlier = Namespace(**{**vars(options), "as_of": options.as_of_was})
        old = account_of(earlier, options.file[0], options.guide)
        return old.restate(as_of=options.as_of)
    if options.restate in GWP_SETS:
        return result.restate(gwp=options.restate, as_of=options.as_of)
    assert result.asked.library is not None
    library = _in_place(options.restate, result.asked.library)
    return result.restate(library, as_of=options.as_of)


def _in_place(text: str, base: FactorLibrary) -> FactorLibrary:
    """The library of an account with other layers: each in place of its namesake, else on top."""
    from dataclasses import replace

    from carbonmeter.cli.library_named import library_named
    from carbonmeter.factors import FactorLibrary

    held = {layer.name: layer.shipped for layer in base.stack}
    layers = [
        replace(layer, shipped=held.get(layer.name, False)) for layer in library_named(text).stack
    ]
    named = {layer.name for layer in layers}
    rest = tuple(layer for layer in base.stack if layer.name not in named)
    return FactorLibrary(tuple(layers)).over(FactorLibrary(rest))
