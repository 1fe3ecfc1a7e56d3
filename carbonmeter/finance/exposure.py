"""The totals of accounts as columns that loans can be matched with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from carbonmeter.errors import AlignmentError
from carbonmeter.finance.book import Rows
from carbonmeter.tables.columns import Coded
from carbonmeter.units import Column

if TYPE_CHECKING:
    import pandas as pd

SCOPES = ("1", "2-location")


@dataclass(frozen=True, eq=False)
class Exposure:
    """Emissions or reductions by entity: one column a scope, NaN where the account has none.

    Attributes
    ----------
    entities : tuple of str
    co2e, U : float64[scopes, entities], tCO2e    U with k = 2
    """

    entities: tuple[str, ...]
    co2e: Column
    U: Column

    def place(self, entity: Coded) -> Rows:
        """Place of each row's entity here, -1 if no account holds it."""
        index = {name: i for i, name in enumerate(self.entities)}
        found = np.array([*(index.get(label, -1) for label in entity.labels), -1], dtype=np.int64)
        return found[entity.codes]

    def gathered(self, place: Rows) -> tuple[Column, Column]:
        """`co2e` and `U` gathered to loans, NaN where the place is -1."""
        blank = np.full((len(self.co2e), 1), np.nan)
        return (
            np.hstack([self.co2e, blank])[:, place],
            np.hstack([self.U, blank])[:, place],
        )


def emissions_by_entity(frame: pd.DataFrame) -> Exposure:
    """Scope 1 and scope 2 (location-based) of each entity, gross of what it sells.

    Where the frame tells kinds apart, only emissions are taken: removals, memo items and
    deductions for heat or power sold are other lines and are not netted.
    """
    kept = _of_kind(_checked(frame, ("entity", "scope", "co2e", "U"), "emissions"), "emission")
    return _exposure(kept[kept["scope"].isin(SCOPES)], SCOPES, "emissions")


def reductions_by_entity(frame: pd.DataFrame | None) -> Exposure:
    """Avoided emissions of each project's entity, with the sign that the account gave them."""
    if frame is None:
        return Exposure((), np.zeros((1, 0)), np.zeros((1, 0)))
    kept = _of_kind(_checked(frame, ("entity", "co2e", "U"), "reductions"), "avoided")
    return _exposure(kept.assign(scope=""), ("",), "reductions")


def _checked(frame: pd.DataFrame, names: tuple[str, ...], what: str) -> pd.DataFrame:
    missing = [name for name in names if name not in frame.columns]
    if missing:
        raise AlignmentError(
            f"{what}: no column {', '.join(missing)}; pass account.total('entity').frame()"
        )
    return frame


def _of_kind(frame: pd.DataFrame, kind: str) -> pd.DataFrame:
    return frame[frame["kind"] == kind] if "kind" in frame.columns else frame


def _exposure(frame: pd.DataFrame, scopes: tuple[str, ...], what: str) -> Exposure:
    import pandas as pd

    repeated = frame[frame.duplicated(["entity", "scope"])]
    if len(repeated):
        names = ", ".join(sorted(set(repeated["entity"].astype(str)))[:10])
        raise AlignmentError(
            f"{what}: more than one row an entity and scope, for {names}; their uncertainties"
            " cannot be added without the account, so pass account.total('entity').frame()"
        )
    columns, found = pd.factorize(frame["entity"].astype(object), sort=True)
    entities = tuple(str(name) for name in found)
    rows = pd.Index(scopes).get_indexer(pd.Index(frame["scope"].astype(object)))
    co2e = np.full((len(scopes), len(entities)), np.nan)
    expanded = co2e.copy()
    co2e[rows, columns] = frame["co2e"].to_numpy(np.float64)
    expanded[rows, columns] = frame["U"].to_numpy(np.float64)
    return Exposure(entities, co2e, expanded)
