"""Looking into the factor libraries: list, find, show, near."""

from __future__ import annotations

from argparse import Namespace

from carbonmeter.cli.output import say
from carbonmeter.errors import GuideError


def listed(options: Namespace) -> None:
    """The libraries installed with the package."""
    from carbonmeter.factors import FactorLibrary
    from carbonmeter.factors.finding.catalogue import catalogue
    from carbonmeter.report import libraries

    library = FactorLibrary.shipped()
    for line in libraries.shelf(catalogue(library.stack), library.version, options.lang):
        say(line)


def find(options: Namespace) -> None:
    """Records whose words match, best first; statements below them."""
    from carbonmeter.factors import FactorLibrary
    from carbonmeter.factors.finding.prescriptions import find_statements
    from carbonmeter.report import libraries

    library, text = FactorLibrary.shipped(), " ".join(options.words)
    for line in libraries.hits(library, library.found(text), max(options.limit, 0), options.lang):
        say(line)
    for line in libraries.in_words(find_statements(library.stack, text), options.lang):
        say(line)


def show(options: Namespace) -> None:
    """One record with its evidence, its history and its relatives."""
    from carbonmeter.factors import FactorLibrary
    from carbonmeter.factors.finding.history import history, place_of
    from carbonmeter.factors.finding.nearest import like
    from carbonmeter.factors.finding.prescriptions import statement_of
    from carbonmeter.report import libraries

    library = FactorLibrary.shipped()
    place = place_of(library.stack, options.record)
    if place is None and (said := statement_of(library.stack, options.record)):
        for line in libraries.statement(said, options.lang):
            say(line)
        return
    if place is None:
        hint = ", ".join(like(options.record, library.column("id").tolist(), whole=True))
        raise GuideError(
            f"E302: no record {options.record!r}; "
            + (f"did you mean: {hint}?" if hint else "look for it: carbonmeter factors find WORDS")
        )
    for line in libraries.record(history(library.stack, place), options.lang):
        say(line)


def near(options: Namespace) -> None:
    """The words that the libraries use, most like those given."""
    from carbonmeter.factors import FactorLibrary
    from carbonmeter.report import libraries

    library = FactorLibrary.shipped()
    for line in libraries.nearest({w: library.like(w) for w in options.words}, options.lang):
        say(line)
