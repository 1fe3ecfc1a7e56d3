"""Seeded synthetic data: an activity table of many enterprises, and the book of a bank."""

from __future__ import annotations

import csv
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pyarrow as pa

SEED = 20240913
ENTITIES, SITES, MONTHS = 10_000, 5, 12
SOLID = frozenset(("anthracite", "bituminous", "coke", "gangue", "lignite", "petcoke", "slime"))
CO2_PER_C = 44 / 12
ROW_GROUP = 1 << 20

Column = NDArray[np.float64]


class Fuel(NamedTuple):
    """One fuel of the shipped national-market library, with what its activity is called."""

    subject: str
    activity: str
    unit: str
    tonnes_per_unit: float


class Activity(NamedTuple):
    """An activity table as codes: what a row says of each thing is a small integer."""

    entity: NDArray[np.int32]
    site: NDArray[np.int8]
    month: NDArray[np.int8]
    fuel: NDArray[np.int16]
    quantity: Column
    u_rel: Column | None
    fuels: list[Fuel]
    entities: int

    def __len__(self) -> int:
        return self.quantity.size

    @property
    def factor(self) -> Column:
        """tCO2 per unit of each fuel."""
        return np.array([fuel.tonnes_per_unit for fuel in self.fuels])

    def kinds(self) -> list[str]:
        """The activities: solid, liquid and gaseous fuels burnt."""
        return sorted({fuel.activity for fuel in self.fuels})

    @property
    def cell(self) -> NDArray[np.int32]:
        """Entity, month and activity as one number: 36 cells an entity."""
        kinds = self.kinds()
        kind = np.array([kinds.index(fuel.activity) for fuel in self.fuels], dtype=np.int32)
        return (self.entity * MONTHS + self.month) * np.int32(len(kinds)) + kind[self.fuel]

    @property
    def cells(self) -> int:
        return self.entities * MONTHS * len(self.kinds())

    def names(self) -> list[str]:
        return [f"E{i:05d}" for i in range(self.entities)]


def fuels() -> list[Fuel]:
    """Every fuel of the library `cets-2024`, with its t of CO2 per unit by the guide's formula."""
    table = files("carbonmeter.data").joinpath("cets-2024", "fuels.csv").read_text("utf-8")
    value: dict[tuple[str, str], float] = {
        (r["subject"], r["parameter"]): float(r["value"])
        for r in csv.DictReader(table.splitlines())
    }
    made = []
    for subject in sorted({subject for subject, _ in value}):
        heat = value.get((subject, "net_calorific_value"))
        activity, unit = ("solid" if subject in SOLID else "liquid"), "t"
        if heat is None:
            heat = value[subject, "volumetric_calorific_value"]
            activity, unit = "gaseous", "万Nm3"
        carbon = heat * value[subject, "carbon_content"]
        oxidised = carbon * value[subject, "oxidation_factor"] / 100.0
        made.append(Fuel(subject, f"{activity}_fuel_combustion", unit, oxidised * CO2_PER_C))
    return made


def activity(n: int, entities: int = ENTITIES, *, noise: bool = False) -> Activity:
    """Rows of entities, their five sites, twelve months and the fuels burnt there, in no order.

    Parameters
    ----------
    noise : bool    whether each row states the relative standard uncertainty of its quantity
    """
    rng = np.random.default_rng(SEED)
    known = fuels()
    places = entities * SITES * MONTHS
    turns = -(-n // places)
    if turns > len(known):
        raise ValueError(f"at most {places * len(known)} different rows exist")
    place = rng.permutation(places * turns)[:n]
    entity, place = np.divmod(place, SITES * MONTHS * turns)
    site, place = np.divmod(place, MONTHS * turns)
    month, turn = np.divmod(place, turns)
    return Activity(
        entity.astype(np.int32),
        site.astype(np.int8),
        month.astype(np.int8),
        # Sites differ in their fuels: each starts at another place of the list.
        ((entity * 7 + site * 3 + turn) % len(known)).astype(np.int16),
        rng.lognormal(4.0, 1.5, n).round(3),
        rng.uniform(0.01, 0.10, n).round(4) if noise else None,
        known,
        entities,
    )


def table(rows: Activity) -> pa.Table:
    """The activity table with its texts dictionary-encoded, as a company's export has it."""
    import pyarrow as pa

    def coded(codes: NDArray[np.integer], labels: list[str]) -> pa.DictionaryArray:
        return pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int32)), pa.array(labels))

    fuel, n = rows.fuels, len(rows)
    columns = {
        "entity": coded(rows.entity, rows.names()),
        "site": coded(rows.site, [f"S{i}" for i in range(SITES)]),
        "region": coded(np.zeros(n, np.int32), ["CN-SD"]),
        "period": coded(rows.month, [f"2024-{m + 1:02d}" for m in range(MONTHS)]),
        "activity": coded(rows.fuel, [f.activity for f in fuel]),
        "subject": coded(rows.fuel, [f.subject for f in fuel]),
        "quantity": pa.array(rows.quantity),
        "unit": coded(rows.fuel, [f.unit for f in fuel]),
    }
    if rows.u_rel is not None:
        columns["u_rel"] = pa.array(rows.u_rel)
    # A label stands once in a dictionary, though several fuels share an activity and a unit.
    made = pa.table({name: pa.chunked_array([column]) for name, column in columns.items()})
    for name in ("activity", "unit"):
        at = made.column_names.index(name)
        made = made.set_column(at, name, made[name].cast(pa.string()).dictionary_encode())
    return made


def parquet(rows: Activity, folder: Path) -> Path:
    """The activity table as a Parquet file in row groups of a million rows; written once."""
    import pyarrow.parquet as pq

    noise = "" if rows.u_rel is None else "-noise"
    path = folder / f"activity-{len(rows)}-{rows.entities}{noise}.parquet"
    if not path.exists():
        pq.write_table(table(rows), path, row_group_size=ROW_GROUP)
    return path


class LoanBook(NamedTuple):
    """Loans to borrowers, whose emissions and balance sheets are known."""

    borrower: NDArray[np.int32]
    lender: NDArray[np.int32]
    outstanding: Column
    value: Column
    emission: Column
    lenders: int

    def __len__(self) -> int:
        return self.outstanding.size


def loans(n: int, borrowers: int = 100_000, lenders: int = 200) -> LoanBook:
    """A book in which no borrower owes more than what finances it."""
    rng = np.random.default_rng(SEED)
    borrowers = min(borrowers, max(10, n // 10))
    borrower = rng.integers(0, borrowers, n).astype(np.int32)
    outstanding = rng.lognormal(14.0, 1.0, n).round(2)
    owed = np.bincount(borrower, outstanding, borrowers)
    value = (owed * rng.uniform(1.5, 4.0, borrowers) + 1e6).round(2)
    return LoanBook(
        borrower,
        rng.integers(0, lenders, n).astype(np.int32),
        outstanding,
        value,
        rng.lognormal(9.0, 2.0, borrowers).round(3),
        lenders,
    )
