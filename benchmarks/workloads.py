"""Seeded synthetic data of the benchmarks; adding a workload is one function.

Bytes per row of the kernels' columns: 8 (quantity) + 8 (segment) for a plain sum, and 4 (recipe)
more for a weighted one; the 20 to 1000 coefficients stay in cache.
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

SEED = 20240913
ENTITIES, MONTHS = 10_000, 12
SOLID = frozenset(("anthracite", "bituminous", "coke", "gangue", "lignite", "petcoke", "slime"))
CO2_PER_C = 44 / 12


@dataclass(frozen=True)
class Workload:
    """A data set of one kind, in several sizes."""

    name: str
    build: Callable[[int], object]
    sizes: tuple[int, ...]


class Rows(NamedTuple):
    """What a prepared pass over an account touches."""

    quantity: NDArray[np.float64]
    coefficient: NDArray[np.float64]
    recipe: NDArray[np.int32]
    segment: NDArray[np.int64]
    n_segments: int

    @property
    def bytes_per_row(self) -> int:
        return sum(c.itemsize for c in (self.quantity, self.recipe, self.segment))


class Fuel(NamedTuple):
    """One fuel of the shipped national-market library, with what its activity is called."""

    subject: str
    activity: str
    unit: str
    tonnes_per_unit: float


def rows(n: int, n_segments: int = 1000, n_recipes: int = 1000) -> Rows:
    """Quantities over six orders of magnitude, in no order."""
    rng = np.random.default_rng(SEED)
    return Rows(
        rng.lognormal(4.0, 1.5, n),
        rng.lognormal(-1.0, 1.0, n_recipes),
        rng.integers(0, n_recipes, n).astype(np.int32),
        rng.integers(0, n_segments, n),
        n_segments,
    )


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


def activity(n: int) -> pd.DataFrame:
    """An activity table: 10 000 entities, 12 months, nine of the fuels each, in no order."""
    rng = np.random.default_rng(SEED)
    known = fuels()
    per_month = -(-n // (ENTITIES * MONTHS))
    if per_month > len(known):
        raise ValueError(f"at most {ENTITIES * MONTHS * len(known)} different rows exist")
    every = ENTITIES * MONTHS * per_month
    place = rng.permutation(every)[:n]
    month, turn = place // per_month % MONTHS, place % per_month
    entity = place // (per_month * MONTHS)
    months = [f"2024-{m + 1:02d}" for m in range(MONTHS)]
    # Entities differ in their fuels: each starts at another place of the list.
    fuel = (entity * 7 + turn) % len(known)
    return pd.DataFrame(
        {
            "entity": pd.Categorical.from_codes(entity, [f"E{i:05d}" for i in range(ENTITIES)]),
            "region": pd.Categorical.from_codes(np.zeros(n, np.int8), ["CN-SD"]),
            "period": pd.Categorical.from_codes(month, months),
            "activity": np.array([f.activity for f in known], dtype=object)[fuel],
            "subject": np.array([f.subject for f in known], dtype=object)[fuel],
            "quantity": rng.lognormal(4.0, 1.5, n).round(3),
            "unit": np.array([f.unit for f in known], dtype=object)[fuel],
        }
    ).astype(dict.fromkeys(("activity", "subject", "unit"), "category"))


def activity_parquet(n: int, folder: Path) -> Path:
    """The activity table as a Parquet file, its texts dictionary-encoded."""
    path = folder / f"activity-{n}.parquet"
    activity(n).to_parquet(path, index=False)
    return path


WORKLOADS = {
    w.name: w
    for w in (
        Workload("rows", rows, (1_000, 100_000, 1_000_000)),
        Workload("activity", activity, (100_000, 1_000_000)),
    )
}
