"""What must hold between rows, methods and a user's own values before anything is computed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from carbonmeter.accounts.recipes import Choice, Missing
from carbonmeter.errors import AccountError, FactorTableError, GuideError, Problem, near
from carbonmeter.factors import FactorLibrary
from carbonmeter.factors.resolving.sequences import sequences
from carbonmeter.methods import METHODS, Edition
from carbonmeter.tables import Checked
from carbonmeter.units import problem_of


def check_arguments(activity: object, guide: object, missing: object, as_of: object) -> None:
    """Refuse what a prompt hands over by mistake, with the word that was meant."""
    if not isinstance(activity, Checked):
        kind = type(activity).__name__
        raise TypeError(f"account() takes a checked table, not a {kind}: read_activity(…) gives it")
    if not isinstance(guide, str):
        raise GuideError(f"E302: guide={guide!r} is not a name; write guide='cets', for one")
    if missing not in ("raise", "exclude"):
        raise GuideError(f"E302: missing={missing!r}; write 'raise' or 'exclude'")
    if as_of is not None and type(as_of) is not date:
        raise GuideError(f"E302: as_of={as_of!r} is not a date; write date(2024, 12, 31)")


def check_names(library: FactorLibrary, editions: Iterable[Edition]) -> None:
    """A name that nothing asks for would leave a value of the user's unused without a word.

    Raises
    ------
    GuideError                       a series that no layer holds
    FactorTableError                 parameters of the user's own layers that no method takes
    """
    series = {name for e in editions for name in e.series.values()}
    held = {n for layer in library.stack for n in layer.columns["parameter"].tolist()}
    held |= {n for n, members in sequences().items() if any(m.parameter in held for m in members)}
    for name in sorted(series - held):
        hint = near(name, sorted(held)) or "see `carbonmeter factors find`"
        raise GuideError(f"E302: the library holds no series {name!r}; did you mean: {hint}?")
    shipped = {
        n for layer in library.stack if layer.shipped for n in layer.columns["parameter"].tolist()
    }
    known = sorted(shipped | series | {n for m in METHODS.values() for n in m.parameters})
    problems = []
    for layer in library.stack:
        for at, name in enumerate([] if layer.shipped else layer.columns["parameter"].tolist()):
            if name not in known:
                hint = near(name, known)
                cure = f"did you mean {hint}?" if hint else "see `carbonmeter methods`"
                problems.append(layer.problem(at, "parameter", "no method takes this", cure))
    if problems:
        raise FactorTableError("values that nothing would use", problems)


def check_units(activity: Checked, choices: Iterable[Choice]) -> None:
    """A row in a unit that its method cannot count.

    Raises
    ------
    AccountError                     each such unit, with the first row that has it
    """
    problems: dict[tuple[str, str], Problem] = {}
    for choice in choices:
        pair = (choice.key.unit, choice.method.quantity_unit)
        wrong = problem_of(*pair) if pair[0] != pair[1] and pair not in problems else None
        if wrong:
            rule = f"{wrong[0]}; {choice.method.name} counts {choice.method.quantity_meaning}"
            row = choice.key.row
            problems[pair] = Problem(activity.source.name, row, "unit", pair[0], rule, wrong[1])
    if problems:
        raise AccountError(f"{activity.source.name}: units do not fit", problems.values())


def each_row(
    activity: Checked, key_of_row: NDArray[np.int32], of_key: Mapping[int, Iterable[Problem]]
) -> Iterator[Problem]:
    """The problems of keys at every row that has the key, in the order of the file."""
    for at in np.flatnonzero(np.isin(key_of_row, list(of_key))).tolist():
        for problem in of_key[int(key_of_row[at])]:
            yield replace(problem, row=int(activity.row[at]))


def _country(region: str) -> str:
    return region.split("-")[0]


def not_found(
    activity: Checked,
    unanswered: Iterable[Missing],
    key_of_row: NDArray[np.int32],
    used: FactorLibrary,
    as_of: date | None,
) -> dict[int, list[Problem]]:
    """Of each key, a problem for each value missing, with the number of rows it holds up."""
    unanswered = list(unanswered)
    rows = np.bincount(key_of_row)
    later = set()
    if as_of is not None:
        asked = list({request: None for case in unanswered for request in case.requests})
        later = {r for r, a in zip(asked, used.resolve(asked), strict=True) if a.record >= 0}
    held_in = (region for layer in used.stack for region in layer.columns["region"].tolist())
    countries = {_country(region) for region in held_in}
    problems: dict[int, list[Problem]] = {}
    for case in unanswered:
        for request in case.requests:
            held = int(rows[case.key.index])
            rule = (
                f"no record of {request.parameter} for subject {request.subject!r}, region"
                f" {request.region}, site {request.site or '-'}, period {case.key.period},"
                f" tiers {'/'.join(request.tiers)}; {case.method.name} needs it for {held} row(s)"
            )
            if request in later:
                rule += f"; a record that answers was not yet public on {as_of}"
                cure = "choose a later as_of"
            else:
                hint = used.near(request)
                cure = f"the library holds it for {hint}; " if hint else ""
                cure += "add the value with its source to a measured table"
                if case.instead:
                    cure += f" (or measured {' or '.join(case.instead)} instead of it)"
            cure += ", or pass missing='exclude'"
            column = "subject" if _country(request.region) in countries else "region"
            value = request.subject if column == "subject" else request.region
            problem = Problem(activity.source.name, case.key.row, column, value, rule, cure)
            problems.setdefault(case.key.index, []).append(problem)
    return problems
