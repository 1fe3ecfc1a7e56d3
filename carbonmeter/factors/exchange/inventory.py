"""Records as life-cycle databases see them: emission per product, characterisation, parameter."""

from __future__ import annotations

import json
import math
import re
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cache
from typing import Any, NamedTuple

from carbonmeter.errors import Problem
from carbonmeter.factors.exchange.content import (
    ABOUT,
    Content,
    read_table,
    refusal,
    texts,
    whole,
)
from carbonmeter.factors.exchange.tables import beside_of, tables_beside, text_array
from carbonmeter.factors.layer import NUMBERS
from carbonmeter.factors.record import FIELDS, RECORDS
from carbonmeter.tables.labels import Label, shipped
from carbonmeter.units.definitions import Refusal
from carbonmeter.units.exact import Measure, measure
from carbonmeter.units.grammar import Term, terms_of

# Every identifier that is not a record's own comes from here: the same thing, the same UUID.
NAMESPACE = uuid.uuid5(uuid.NAMESPACE_OID, "carbonmeter")
OURS = "carbonmeter.json"
PROPERTY = "carbonmeter"
SPECIES = "mass_of_"
EQUIVALENT = "mass_of_CO2e"
CARBON = frozenset({"mass_of_C"})
# How far a number may lie from the one that was written and still be the same.
HAIR = 1e-12


class Kind(Enum):
    """What a record is to a life-cycle database."""

    EMISSION = "a gas per unit of a product"
    CHARACTERISATION = "carbon dioxide equivalent per mass of a gas"
    PARAMETER = "any other number"


class Reading(NamedTuple):
    """A unit text as such a database needs it."""

    kind: Kind
    species: str  # of the gas above or, of a characterisation, below the line; '' of a parameter
    kilograms: float  # of the gas in one unit of it; of a characterisation kg/kg
    per: str  # the unit of the product; '' of anything else


def uid(*parts: str) -> str:
    """The UUID of a thing that these parts name, the same on every machine.

    Examples
    --------
    >>> uid("flow", "CO2") == uid("flow", "CO2")
    True
    """
    return str(uuid.uuid5(NAMESPACE, "\x1f".join(parts)))


@cache
def reading(unit: str) -> Reading:
    """What a unit says of a record.

    Examples
    --------
    >>> reading("kgCH4/TJ")
    Reading(kind=<Kind.EMISSION: ...>, species='CH4', kilograms=1.0, per='TJ')
    >>> reading("tC/GJ").kind, reading("tCO2e/tSF6").kind
    (<Kind.PARAMETER: 'any other number'>, <Kind.CHARACTERISATION: ...>)
    """
    terms = terms_of(unit)
    other = Reading(Kind.PARAMETER, "", 1.0, "")
    if isinstance(terms, Refusal):
        return other
    above = [term for term in terms if term.power > 0]
    below = [term for term in terms if term.power < 0]
    if len(above) != 1 or above[0].power != 1 or not below:
        return other
    mass = _measure(_spelled(above))
    species = [_species(_measure(_spelled([term], inverted=True))) for term in below]
    of = _species(mass)
    if not of or of in CARBON:
        return other
    if of == EQUIVALENT and len(below) == 1 and species[0] not in ("", EQUIVALENT):
        ratio = measure(unit)
        worth = 1.0 if isinstance(ratio, Refusal) else float(ratio.factor)
        return Reading(Kind.CHARACTERISATION, species[0].removeprefix(SPECIES), worth, "")
    if any(species):
        return other
    name = of.removeprefix(SPECIES)
    return Reading(Kind.EMISSION, name, float(mass.factor), _spelled(below, inverted=True))


def _measure(text: str) -> Measure:
    found = measure(text)
    assert not isinstance(found, Refusal)
    return found


def _species(mass: Measure) -> str:
    """The base unit of a mass of one species; '' of anything else."""
    if len(mass.dimension) == 1 and mass.dimension[0][1] == 1:
        base = mass.dimension[0][0]
        return base if base.startswith(SPECIES) else ""
    return ""


def _spelled(terms: Iterable[Term], *, inverted: bool = False) -> str:
    sign = -1 if inverted else 1
    return "*".join(
        f"{t.myriad}{t.name}" + (f"^{power}" if (power := sign * t.power) != 1 else "")
        for t in terms
    )


@dataclass(frozen=True)
class Record:
    """One record as a database takes it over."""

    at: int
    fields: Mapping[str, Any]  # those that are filled: texts, numbers, days as texts
    reading: Reading
    u: float

    @property
    def value(self) -> float:
        return float(self.fields["value"])

    def text(self, name: str) -> str:
        return str(self.fields.get(name, ""))


def records_of(content: Content, u: Iterable[float]) -> list[Record]:
    """The records, each with what it is and its standard uncertainty."""
    layer = content.layer
    columns: dict[str, list[Any]] = {}
    for field in FIELDS:
        if field.name in NUMBERS:
            columns[field.name] = [
                None if math.isnan(v) else v for v in layer.columns[field.name].tolist()
            ]
        else:
            columns[field.name] = [text or None for text in texts(layer, field)]
    names = [name for name, column in columns.items() if any(v is not None for v in column)]
    rows = zip(*(columns[name] for name in names), strict=True)
    found = []
    for at, (row, spread) in enumerate(zip(rows, u, strict=True)):
        fields = {name: value for name, value in zip(names, row, strict=True) if value is not None}
        found.append(Record(at, fields, reading(fields["unit"]), spread))
    return found


class Words:
    """Labels of a library's words in both languages."""

    def __init__(self, content: Content) -> None:
        self._own = {r["identifier"]: Label(r["zh"], r["en"]) for r in content.rows("labels")}

    def of(self, word: str) -> Label:
        return self._own.get(word) or shipped().get(word) or Label(word, word)

    def name(self, record: Record) -> Label:
        """What a record is called: parameter, subject, place."""
        parts = [record.text(name) for name in ("parameter", "subject", "region", "site")]
        labels = [self.of(part) for part in parts if part not in ("", "*")]
        return Label("，".join(x.zh for x in labels), ", ".join(x.en for x in labels))


def held(content: Content, form: str) -> bytes:
    """The file of ours in a package of another format: what it has no place for."""
    tables = {name: list(rows) for name, rows in tables_beside(content).items()}
    said = {"format": form, "about": "what this format has no place for", "tables": tables}
    return json_bytes(said)


def is_ours(files: Mapping[str, bytes], form: str) -> bool:
    """Whether a zip is a library of ours in a format."""
    if OURS not in files:
        return False
    try:
        said = json.loads(files[OURS])
    except (ValueError, RecursionError):
        return False
    return isinstance(said, dict) and said.get("format") == form


def json_bytes(said: object) -> bytes:
    """JSON as these packages hold it: UTF-8, the same bytes each time."""
    return json.dumps(said, ensure_ascii=False, allow_nan=False).encode()


def loaded(files: Mapping[str, bytes], folder: str, file: str) -> list[tuple[str, dict[str, Any]]]:
    """The data sets in one folder of a package, by the name of their file.

    Raises
    ------
    ExchangeError                    naming every file that is no JSON object
    """
    found, problems = [], []
    for name, data in files.items():
        if not (name.startswith(f"{folder}/") and name.endswith(".json")):
            continue
        try:
            # A whole number of any length becomes a double, if need be an infinite one.
            said = json.loads(data, parse_int=float)
        except (ValueError, RecursionError) as wrong:
            cure = "export the library again"
            problems.append(Problem(name, None, "", "", f"not JSON ({wrong})", cure))
            continue
        if isinstance(said, dict):
            found.append((name, said))
        else:
            problems.append(Problem(name, None, "", "", "not a JSON object", "export it again"))
    if problems:
        raise refusal(file, problems)
    return found


class Found(NamedTuple):
    """A record as it was read: its fields, and the amount that stands in the format's own place."""

    file: str
    fields: Any
    amount: Any
    reshaped: bool  # whether its distribution is not the one that was written


def rebuilt(
    files: Mapping[str, bytes],
    found: Sequence[Found],
    file: str,
    factor: Callable[[str], float],
) -> Content:
    """The content of a package: fields as they were written, values as the format holds them.

    A value that was changed in the format's own place counts; the fields beside it do not undo it.
    `factor` says what the value in a unit was multiplied with to stand there.

    Raises
    ------
    ExchangeError                    everything that is wrong with the records or the tables
    """
    rows, problems = [], []
    for each in found:
        if not isinstance(each.fields, dict) or "unit" not in each.fields:
            rule = f"its other properties hold no record under {PROPERTY!r}"
            cure = "export the library again; a data set of another's needs a table and a mapping"
            problems.append(Problem(each.file, None, "", "", rule, cure))
            continue
        rows.append(dict(each.fields))
        if each.reshaped:
            rule = "its distribution was changed, and low and high do not follow"
            cure = "change low and high among the other properties, and export again"
            problems.append(Problem(each.file, None, "distribution", "", rule, cure))
        verdict = _value(each, factor)
        if isinstance(verdict, Problem):
            problems.append(verdict)
        else:
            rows[-1]["value"] = verdict
    if problems:
        raise refusal(file, problems)
    tables = json.loads(files[OURS]).get("tables")
    beside = beside_of(tables if isinstance(tables, dict) else {}, file)
    records = None
    if rows:
        records = read_table(RECORDS, _arrow(rows, file), file)
    return whole(records, beside.pop(ABOUT.name), beside, file)


def _value(found: Found, factor: Callable[[str], float]) -> float | Problem:
    """The value in the unit of the record, from the amount in the unit of the format."""
    numbers = [
        x
        for x in (found.fields.get("value"), found.amount)
        if isinstance(x, int | float) and not isinstance(x, bool) and math.isfinite(x)
    ]
    if len(numbers) != 2:
        cure = "write the number"
        return Problem(found.file, None, "value", str(found.amount), "not a number", cure)
    value, amount = float(numbers[0]), float(numbers[1])
    times = factor(str(found.fields["unit"]))
    return value if math.isclose(value * times, amount, rel_tol=HAIR) else amount / times


def kilograms(unit: str) -> float:
    """What the value of a record is multiplied with to stand in kg, or kg/kg; 1 of parameters.

    Masses in kg, g or t keep their number: `amount_unit` names the unit.
    """
    read = reading(unit)
    return 1.0 if amount_unit(read) != "kg" else read.kilograms


def amount_unit(read: Reading) -> str:
    """The unit in which a format holds the amount of a gas."""
    if read.kind is Kind.EMISSION:
        return {1e3: "t", 1e-3: "g"}.get(read.kilograms, "kg")
    return "kg" if read.kind is Kind.CHARACTERISATION else ""


def _arrow(rows: Sequence[Mapping[str, Any]], file: str) -> Any:
    import pyarrow as pa

    columns: dict[str, Any] = {}
    for field in FIELDS:
        cells = [row.get(field.name) for row in rows]
        if not field.required and all(cell is None for cell in cells):
            continue
        if field.name in NUMBERS and all(cell is None or type(cell) is float for cell in cells):
            columns[field.name] = pa.array(cells, type=pa.float64())
        else:
            columns[field.name] = text_array(cells, field.name, file)
    return pa.table(columns)


def dicts(value: Any) -> list[dict[str, Any]]:
    """The objects in a list of JSON, or the one that stands instead of a list."""
    found = value if isinstance(value, list) else [value]
    return [each for each in found if isinstance(each, dict)]


def at(said: Any, *keys: str) -> dict[str, Any]:
    """The object that keys lead to, empty where they lead nowhere."""
    for key in keys:
        said = said.get(key) if isinstance(said, dict) else None
    return said if isinstance(said, dict) else {}


def stamp(record: Record) -> str:
    """When a data set was last changed: the day it was recorded here, as these formats write it."""
    return f"{record.text('recorded') or '1970-01-01'}T00:00:00Z"


def plain(text: str) -> str:
    """A text as the name of a parameter: letters, digits and underscores."""
    return re.sub(r"\W+", "_", text, flags=re.ASCII).strip("_") or "p"
