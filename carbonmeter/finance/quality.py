"""How good the data behind a financed emission is: a score and the record that gave it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING

from carbonmeter.errors import FactorNotFound, Problem
from carbonmeter.factors import Request
from carbonmeter.tables.loans import BUSINESS_LOAN, PROJECT_FINANCE

if TYPE_CHECKING:
    import pandas as pd

    from carbonmeter.factors import FactorLibrary

ASSET_CLASSES = (BUSINESS_LOAN, PROJECT_FINANCE)
# An account computes emissions from what was burnt, bought and made, with factors and process
# emissions: that is option 2a. Reported figures (1a verified, 1b not) have to be named as such.
OF_AN_ACCOUNT = "2a"


def scores_of(
    entities: Iterable[str],
    library: FactorLibrary,
    *,
    on: date,
    options: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """Data-quality score of each entity's emissions, for each asset class.

    Parameters
    ----------
    entities : names whose emissions are known
    library : FactorLibrary    with the layer pcaf-2022
    on : date                  the date of the report, which picks the edition
    options : mapping, optional
        option of single entities ('1a' verified, '1b' reported, '2b' output times factor …); the
        others have an account of energy and process emissions, option 2a

    Returns
    -------
    DataFrame                  entity, asset_class, option, dq_score, record, source, clause

    Raises
    ------
    FactorNotFound             naming each option that the library does not score

    Source
    ------
    pcaf-2022: tables 5-7 and 5-10
    """
    import pandas as pd

    chosen = {entity: (options or {}).get(entity, OF_AN_ACCOUNT) for entity in entities}
    known = _scored(sorted(set(chosen.values())), library, on)
    rows = [
        {
            "entity": entity,
            "asset_class": asset_class,
            "option": option,
            **known[asset_class, option],
        }
        for entity, option in sorted(chosen.items())
        for asset_class in ASSET_CLASSES
    ]
    columns = ["entity", "asset_class", "option", "dq_score", "record", "source", "clause"]
    return pd.DataFrame(rows, columns=columns)


def _scored(
    options: list[str], library: FactorLibrary, on: date
) -> dict[tuple[str, str], dict[str, object]]:
    """Score and record of each asset class and option."""
    keys = [(asset_class, option) for asset_class in ASSET_CLASSES for option in options]
    requests = [
        Request("dq_score", f"{a}_{o}", "*", "*", on, on + timedelta(days=1), "1", ("default",))
        for a, o in keys
    ]
    answers = library.resolve(requests)
    lost = [key for key, answer in zip(keys, answers, strict=True) if answer.record < 0]
    if lost:
        raise FactorNotFound(
            f"{len(lost)} data-quality options have no score",
            [
                Problem(
                    "",
                    None,
                    "option",
                    f"{a}_{o}",
                    "no record dq_score",
                    "add the layer pcaf-2022, or name an option it has",
                )
                for a, o in lost
            ],
        )
    records = library.records
    return {
        key: {
            "dq_score": answer.value,
            **{
                name: str(records[column].iat[answer.record])
                for name, column in (("record", "id"), ("source", "source"), ("clause", "clause"))
            },
        }
        for key, answer in zip(keys, answers, strict=True)
    }
