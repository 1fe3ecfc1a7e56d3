"""The totals of accounts as columns that loans can be matched with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from carbonmeter.errors import AlignmentError
from carbonmeter.finance.book import Rows
from carbonmeter.kernels import segment_sum
from carbonmeter.tables.columns import Coded
from carbonmeter.units import Column

if TYPE_CHECKING:
    import pandas as pd

SCOPES = ("1", "2-location")
OF_COMPONENTS = ("entity", "component", "contribution")
COVERAGE_FACTOR = 2.0  # of U in the totals of accounts
SIX_DIGITS = 1e-5  # by which components may miss a U that was written with so many


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


def emission_components(
    frame: pd.DataFrame | None, held: Exposure, entity: Coded
) -> list[pd.DataFrame | None]:
    """What the U of `held` is made of, one table a scope: entity, component, expanded.

    `entity` and `component` are codes, the former of the labels of `entity`; `expanded` is what a
    component brings to the entity in tCO2e, with its sign and k = 2.
    """
    what = "components"
    if frame is None:
        return [None] * len(SCOPES)
    kept = _of_kind(_checked(frame, ("scope", *OF_COMPONENTS), what, "components"), "emission")
    return _components(kept[kept["scope"].isin(SCOPES)], SCOPES, held, entity, what)


def avoided_components(
    frame: pd.DataFrame | None, saved: Exposure, entity: Coded
) -> list[pd.DataFrame | None]:
    """The same for avoided emissions, in one table."""
    what = "reduction_components"
    if frame is None:
        return [None]
    kept = _of_kind(_checked(frame, OF_COMPONENTS, what, "components"), "avoided")
    return _components(kept.assign(scope=""), ("",), saved, entity, what)


def _components(
    frame: pd.DataFrame, scopes: tuple[str, ...], of: Exposure, entity: Coded, what: str
) -> list[pd.DataFrame | None]:
    import pandas as pd

    if frame.duplicated(["entity", "scope", "component"]).any():
        raise AlignmentError(
            f"{what}: more than one row an entity, scope and component; pass"
            " account.total('entity').components()"
        )
    expanded = COVERAGE_FACTOR * frame["contribution"].to_numpy(np.float64)
    place = pd.Index(of.entities).get_indexer(pd.Index(frame["entity"].astype(object)))
    rows = pd.Index(scopes).get_indexer(pd.Index(frame["scope"].astype(object)))
    _check_sum(expanded, rows, place, of, what)
    table = pd.DataFrame(
        {
            "entity": pd.Index(entity.labels).get_indexer(pd.Index(frame["entity"].astype(object))),
            "component": pd.factorize(frame["component"].astype(object), sort=True)[0],
            "expanded": expanded,
        }
    )
    return [table[(rows == k) & (table["entity"] >= 0)] for k in range(len(scopes))]


def _check_sum(expanded: Column, rows: Rows, place: Rows, of: Exposure, what: str) -> None:
    """Components of other totals than those given would make a U that belongs to neither."""
    scopes, n = of.U.shape
    held = place >= 0
    cell = rows[held] * n + place[held]
    squares = segment_sum(expanded[held] ** 2, cell.astype(np.int64), scopes * n)
    known = np.isfinite(of.U)
    same = np.isclose(np.sqrt(squares.reshape(scopes, n)), of.U, rtol=SIX_DIGITS, atol=0.0)
    wrong = np.unique(np.flatnonzero(known & ~same) % max(n, 1))
    if wrong.size:
        names = ", ".join(of.entities[i] for i in wrong[:10])
        raise AlignmentError(
            f"{what}: do not add up to the U given, for {names}; pass both of one account:"
            " account.total('entity').frame() and account.total('entity').components()"
        )


def _checked(
    frame: pd.DataFrame, names: tuple[str, ...], what: str, view: str = "frame"
) -> pd.DataFrame:
    missing = [name for name in names if name not in frame.columns]
    if missing:
        raise AlignmentError(
            f"{what}: no column {', '.join(missing)}; pass account.total('entity').{view}()"
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
