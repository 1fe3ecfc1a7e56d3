"""Rows become lines: resolve once per distinct key, evaluate once per recipe, then gather."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from carbonmeter.accounts.answers import Account
from carbonmeter.accounts.fit import check_arguments, check_names, check_units, each_row, not_found
from carbonmeter.accounts.keys import Keys, keys_of
from carbonmeter.accounts.ledger import Asked
from carbonmeter.accounts.measured import check_measured
from carbonmeter.accounts.recipes import Choice, Missing, choose, evaluate
from carbonmeter.errors import AccountError, FactorNotFound, GuideError, Problem
from carbonmeter.factors import Answer, FactorLibrary
from carbonmeter.methods import PUBLISHED_YEARLY, Edition, editions_of
from carbonmeter.tables import Checked
from carbonmeter.tables.rows import counting

GWP_SETS = ("SAR", "AR4", "AR5", "AR6")


def account(
    activity: Checked,
    library: FactorLibrary | None = None,
    *,
    guide: str,
    missing: str = "raise",
    gwp: str | None = None,
    series: Mapping[str, str] | None = None,
    as_of: date | None = None,
) -> Account:
    """The account of an activity table by one guide: a ledger of lines with their receipts.

    Parameters
    ----------
    activity : Checked               from `read_activity`
    library : FactorLibrary          the user's measured tables stacked over the shipped libraries;
                                     the guide picks its own layers from the shipped ones
    guide : str                      a guide ('cets'), whose edition the period of each row picks,
                                     or one edition ('cets-2024')
    missing : 'raise' or 'exclude'   'exclude' leaves rows without a factor out and lists them
    gwp : str                        'SAR', 'AR4', 'AR5' or 'AR6' instead of the guide's own set
    series : parameter -> series     another published series than the guide's, by name, e.g.
                                     {"grid_emission_factor": "grid_provincial_average"}
    as_of : date                     answer as the library stood then; None: as it stands

    Raises
    ------
    GuideError                       unknown guide or GWP set
    AccountError                     rows that no edition or method of the guide accepts, or whose
                                     evidence is missing
    FactorNotFound                   values that the library does not hold, all of them
    """
    check_arguments(activity, guide, missing, as_of)
    editions = tuple(_pinned(edition, gwp, series) for edition in editions_of(guide))
    keys = keys_of(activity, library, editions, guide)
    stack = FactorLibrary.default() if library is None else library
    used = stack.select(tuple(dict.fromkeys(n for e in editions for n in _layers(e))))
    check_names(stack, editions)
    choices, unanswered = _resolved(keys, editions, used, as_of)
    left_out = {index: [problem] for index, problem in keys.outside.items()}
    if unanswered:
        found = not_found(activity, unanswered, keys.of_row, used, as_of)
        if missing == "raise":
            names, every = "+".join(used.layers), [p for each in found.values() for p in each]
            raise FactorNotFound(f"library {names} does not hold {len(every)} values asked", every)
        left_out |= found
    excluded = (*activity.excluded, *each_row(activity, keys.of_row, left_out))
    choices = [choice for choice in choices if choice.key.index not in left_out]
    if missing == "exclude" and excluded and not choices:
        raise AccountError(f"{activity.source.name}: no row is left to account", excluded)
    check_units(activity, choices)
    check_measured(activity, choices, used)
    _check_evidence(activity, choices, keys.of_row)
    recipes = evaluate(choices, used)
    line_row, line_recipe = _lines(keys.of_row, recipes.key, keys.n)
    asked = Asked(account, stack, missing, gwp, tuple((series or {}).items()), as_of)
    return Account(activity, used, guide, editions, recipes, line_row, line_recipe, excluded, asked)


def _resolved(
    keys: Keys, editions: tuple[Edition, ...], used: FactorLibrary, as_of: date | None
) -> tuple[list[Choice], list[Missing]]:
    """What each edition's own layers answer, in the order of the keys, and what they do not."""
    choices: list[Choice] = []
    unanswered: list[Missing] = []
    for edition in editions:
        own = [key for key in keys.inside if key.edition.name == edition.name]
        if own:
            pinned = used.select(_layers(edition))
            chosen, without = choose(own, pinned, as_of)
            choices += _rebased(chosen, pinned, used)
            unanswered += without
    return sorted(choices, key=lambda choice: choice.key.index), unanswered


def _pinned(edition: Edition, gwp: str | None, series: Mapping[str, str] | None) -> Edition:
    """The edition with what the caller chose by name in place of the guide's own choice."""
    if gwp is not None and gwp not in GWP_SETS:
        raise GuideError(f"E302: no GWP set {gwp!r}; write one of {', '.join(GWP_SETS)}")
    unknown = set(series or ()) - set(edition.series)
    if unknown:
        asked, known = ", ".join(sorted(unknown)), ", ".join(edition.series) or "none"
        raise GuideError(f"E302: {edition.name} binds no series to {asked}; it binds {known}")
    return replace(
        edition,
        gwp_set=gwp or edition.gwp_set,
        series={**edition.series, **(series or {})},
        earlier={n: s for n, s in edition.earlier.items() if n not in (series or {})},
        latest=edition.latest | (PUBLISHED_YEARLY & set((series or {}).values())),
    )


def _layers(edition: Edition) -> tuple[str, ...]:
    return (*edition.libraries, f"gwp-{edition.gwp_set.lower()}")


def _rebased(chosen: list[Choice], pinned: FactorLibrary, used: FactorLibrary) -> list[Choice]:
    """Record numbers of one edition's library as numbers of the library that holds them all."""
    if pinned.version == used.version:
        return chosen
    place = {key: i for i, key in enumerate(_identity(used))}
    to_used = [place[key] for key in _identity(pinned)]

    def moved(answer: Answer) -> Answer:
        return answer._replace(record=to_used[answer.record])

    return [
        replace(c, answers=tuple(moved(a) for a in c.answers), gwp=moved(c.gwp)) for c in chosen
    ]


def _identity(library: FactorLibrary) -> list[tuple[str, str]]:
    return [(layer.name, str(id_)) for layer in library.stack for id_ in layer.columns["id"]]


def _check_evidence(
    activity: Checked, choices: list[Choice], key_of_row: NDArray[np.int32]
) -> None:
    """Rows by a method that rests on a document must name it."""
    needing = {c.key.index: c.method for c in choices if c.method.needs_evidence}
    if not needing:
        return
    named = activity.text("evidence")
    blank = np.array([label == "" for label in named.labels], dtype=bool)
    without = np.isin(key_of_row, list(needing)) & blank[named.codes]
    problems = [
        Problem(
            activity.source.name,
            int(activity.row[i]),
            "evidence",
            "",
            f"{needing[int(key_of_row[i])].name} counts zero only with evidence",
            "name the contract and settlement, certificate or own meter, or use another activity",
        )
        for i in np.flatnonzero(without)
    ]
    if problems:
        raise AccountError(f"{activity.source.name}: evidence is missing", problems)


def _lines(
    key_of_row: NDArray[np.int32], recipe_key: NDArray[np.int32], n_keys: int
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Row and recipe of each line, in the order of rows; recipes are sorted by key."""
    count = np.bincount(recipe_key, minlength=n_keys)
    start = np.concatenate([[0], np.cumsum(count)[:-1]])
    if np.all(count == 1):
        # The recipes stand in the order of their keys: the number of one is that of the other.
        return counting(key_of_row.size), key_of_row
    per_row = count[key_of_row]
    rows = np.repeat(np.arange(key_of_row.size, dtype=np.int32), per_row)
    before = np.cumsum(per_row) - per_row
    within = np.arange(rows.size) - np.repeat(before, per_row)
    recipe = start[key_of_row][rows] + within
    return rows, recipe.astype(np.int32)
