"""openLCA JSON-LD: unit processes, an impact method, parameters."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from carbonmeter.factors.exchange.content import Content
from carbonmeter.factors.exchange.inventory import (
    HAIR,
    OURS,
    PROPERTY,
    Found,
    Kind,
    Record,
    Words,
    amount_unit,
    at,
    dicts,
    held,
    json_bytes,
    kilograms,
    loaded,
    plain,
    rebuilt,
    records_of,
    stamp,
    uid,
)
from carbonmeter.factors.exchange.inventory import is_ours as _is_ours
from carbonmeter.factors.exchange.licences import is_protected, licences_of
from carbonmeter.factors.exchange.openlca_units import KNOWN
from carbonmeter.factors.exchange.shapes import Shape, shape_of
from carbonmeter.units import scale
from carbonmeter.units.definitions import Refusal
from carbonmeter.units.exact import measure

FORM = "openlca"
SHAPE = "carbonmeter_uncertainty"
NAMES = {
    "normal": "NORMAL",
    "lognormal": "LOG_NORMAL",
    "triangular": "TRIANGLE",
    "uniform": "UNIFORM",
}
VERSION = "01.00.000"
FIRST = "1970-01-01T00:00:00Z"


def files(content: Content, u: Iterable[float]) -> dict[str, bytes]:
    """The files of an openLCA package (schema 2), by name.

    Each emission factor becomes a unit process: one unit of its subject goes out with so much of
    the gas. Each GWP becomes a factor of an impact category, all of them one impact method. Any
    other number becomes a global parameter. Whatever of a record has no place in the schema stands
    in `otherProperties` of its data set, the other tables of the library in `carbonmeter.json`.
    """
    made = _Package(content, u)
    written: dict[str, bytes] = {
        "openlca.json": json_bytes({"schemaVersion": 2}),
        "olca-schema.json": json_bytes({"version": 2}),
        OURS: held(content, FORM),
    }
    for folder, entities in made.folders().items():
        for id_, entity in entities.items():
            written[f"{folder}/{id_}.json"] = json_bytes(entity)
    return written


def is_ours(files: Mapping[str, bytes]) -> bool:
    """Whether a zip is a library of ours in this format."""
    return _is_ours(files, FORM)


def read(files: Mapping[str, bytes], name: str) -> Content:
    """The library in the files of an openLCA package that was written here.

    Raises
    ------
    ExchangeError                    everything that is wrong with it
    """
    found: list[Found] = []
    for file, said in loaded(files, "processes", name):
        exchanges = dicts(said.get("exchanges"))
        outputs = [e for e in exchanges if not e.get("isQuantitativeReference")]
        place = outputs[0] if len(outputs) == 1 else {}
        found.append(Found(file, _ours(said), place.get("amount"), _reshaped(said, place)))
    for file, said in loaded(files, "parameters", name):
        found.append(Found(file, _ours(said), said.get("value"), _reshaped(said, said)))
    for file, said in loaded(files, "lcia_categories", name):
        fields = _ours(said)
        factors = {str(at(f, "flow").get("@id")): f for f in dicts(said.get("impactFactors"))}
        for flow, record in (fields if isinstance(fields, dict) else {}).items():
            found.append(Found(file, record, factors.get(flow, {}).get("value"), False))
    return rebuilt(files, found, name, kilograms)


def _ours(said: Mapping[str, Any]) -> Any:
    return at(said, "otherProperties").get(PROPERTY)


def _reshaped(said: Mapping[str, Any], place: Mapping[str, Any]) -> bool:
    """Whether a distribution is not the one that was written: low and high would not be its."""
    written, stands = at(said, "otherProperties", SHAPE), at(place, "uncertainty")
    return written.keys() != stands.keys() or not all(
        _alike(written[key], stands[key]) for key in written
    )


def _alike(a: Any, b: Any) -> bool:
    numbers = all(isinstance(x, int | float) for x in (a, b))
    return math.isclose(a, b, rel_tol=HAIR) if numbers else bool(a == b)


def _properties(record: Record, uncertain: Mapping[str, Any]) -> dict[str, Any]:
    shape = {SHAPE: uncertain["uncertainty"]} if uncertain else {}
    return {PROPERTY: record.fields, **shape}


class _Package:
    """The data sets of a library while they are being made."""

    def __init__(self, content: Content, u: Iterable[float]) -> None:
        self.content, self.words = content, Words(content)
        self.name = content.layer.name
        self.made: dict[str, dict[str, Any]] = {}
        self.titles = {row["source"]: row for row in content.rows("sources")}
        for row in content.rows("sources"):
            self._source(row)
        self.licences = licences_of(content)
        gwps: dict[tuple[str, str], Record] = {}
        others: list[Record] = []
        for record in records_of(content, u):
            if record.reading.kind is Kind.EMISSION:
                self._process(record)
            elif record.reading.kind is Kind.CHARACTERISATION:
                key = (record.text("parameter"), record.text("subject"))
                # One factor for one flow: of two vintages the second stands as a parameter.
                others += [record] if key in gwps else []
                gwps.setdefault(key, record)
            else:
                others.append(record)
        self._method(gwps)
        taken: set[str] = set()
        for record in others:
            self._parameter(record, taken)

    def folders(self) -> dict[str, dict[str, Any]]:
        return self.made

    def _add(self, folder: str, kind: str, id_: str, name: str, **said: Any) -> dict[str, Any]:
        """A data set, added once; the reference to it."""
        known = self.made.setdefault(folder, {})
        if id_ not in known:
            head = {"@type": kind, "@id": id_, "name": name, "version": VERSION}
            known[id_] = {**head, "lastChange": FIRST, **said}
        return {"@type": kind, "@id": id_, "name": known[id_]["name"]}

    def _source(self, row: Mapping[str, str]) -> dict[str, Any]:
        year = row["published"][:4]
        described = [row["publisher"], row["number"], row["published"]]
        said: dict[str, Any] = {
            "category": self.name,
            "textReference": ", ".join(text for text in (row["title"], *described) if text),
            "description": "\n".join(t for t in (row["title_en"], row["licence"]) if t),
        }
        said |= {"year": int(year)} if year.isdecimal() else {}
        id_ = uid("source", self.name, row["source"])
        return self._add("sources", "Source", id_, row["title"], **said)

    def _unit(self, text: str) -> tuple[dict[str, Any], dict[str, Any]]:
        """References to a unit and to its quantity; the group is added with both."""
        if text in KNOWN:
            name, quantity, reference, (group, property_, ids) = KNOWN[text]
        else:
            worth = measure(text)
            assert not isinstance(worth, Refusal)
            key = repr(worth.dimension)
            name, quantity, reference = f"Units like {text}", f"Amount in units like {text}", text
            group, property_ = uid("unit group", key, text), uid("flow property", key, text)
            ids = {text: uid("unit", key, text)}
        units = [
            {
                "@type": "Unit",
                "@id": id_,
                "name": unit,
                "conversionFactor": scale(unit, reference),
                "isRefUnit": unit == reference,
            }
            for unit, id_ in ids.items()
        ]
        default = {"@type": "FlowProperty", "@id": property_, "name": quantity}
        ref = self._add(
            "unit_groups", "UnitGroup", group, name, units=units, defaultFlowProperty=default
        )
        kind = {"flowPropertyType": "PHYSICAL_QUANTITY"}
        of = self._add(
            "flow_properties", "FlowProperty", property_, quantity, unitGroup=ref, **kind
        )
        return {"@type": "Unit", "@id": ids[text], "name": text}, of

    def _flow(self, id_: str, name: str, quantity: dict[str, Any], **said: Any) -> dict[str, Any]:
        held = {"conversionFactor": 1.0, "flowProperty": quantity, "isRefFlowProperty": True}
        return self._add("flows", "Flow", id_, name, flowProperties=[held], **said)

    def _gas(self, species: str) -> tuple[dict[str, Any], dict[str, Any]]:
        _, mass = self._unit("kg")
        said: dict[str, Any] = {
            "flowType": "ELEMENTARY_FLOW",
            "category": "Elementary flows/Emission to air/unspecified",
        }
        for row in self.content.rows("codes"):
            if row["scheme"] == "cas" and row["identifier"] == species:
                said["cas"] = row["code"]
        name = self.words.of(species).en
        return self._flow(uid("elementary flow", species), name, mass, **said), mass

    def _location(self, region: str) -> dict[str, Any] | None:
        if region == "*":
            return None
        name = self.words.of(region).en
        return self._add("locations", "Location", uid("location", region), name, code=region)

    def _process(self, record: Record) -> None:
        read = record.reading
        subject = self.words.of(record.text("subject")).en
        unit, quantity = self._unit(read.per)
        id_ = uid("product flow", record.text("subject"), quantity["@id"])
        said = {"flowType": "PRODUCT_FLOW", "category": "carbonmeter"}
        product = self._flow(id_, f"{subject}, {read.per}", quantity, **said)
        gas, mass = self._gas(_gas_of(record))
        amounts, _ = self._unit(amount_unit(read))
        factor = kilograms(record.text("unit"))
        uncertain = shape(record, factor)
        emitted = {
            "internalId": 2,
            "amount": record.value * factor,
            "flow": gas,
            "flowProperty": mass,
            "unit": amounts,
            "isInput": False,
            "isQuantitativeReference": False,
            "description": f"{record.text('value')} {record.text('unit')}",
            **uncertain,
        }
        reference = {
            "internalId": 1,
            "amount": 1.0,
            "flow": product,
            "flowProperty": quantity,
            "unit": unit,
            "isInput": False,
            "isQuantitativeReference": True,
        }
        place = self._location(record.text("region"))
        self._add(
            "processes",
            "Process",
            uid("record", self.name, record.text("id")),
            self.words.name(record).en,
            lastChange=stamp(record),
            category=f"{self.name}/{record.text('parameter')}",
            description=_described(record),
            processType="UNIT_PROCESS",
            defaultAllocationMethod="NO_ALLOCATION",
            isInfrastructureProcess=False,
            lastInternalId=2,
            exchanges=[reference, emitted],
            processDocumentation=self._documented(record),
            otherProperties=_properties(record, uncertain),
            **({"location": place} if place else {}),
        )

    def _documented(self, record: Record) -> dict[str, Any]:
        licence = self.licences[record.at]
        said: dict[str, Any] = {"isCopyrightProtected": is_protected(licence)}
        said |= {"restrictionsDescription": licence} if licence else {}
        if row := self.titles.get(record.text("source")):
            said["sources"] = [self._source(row)]
        if start := record.text("valid_from"):
            said["validFrom"] = start
        if end := record.text("valid_to"):
            # Ours is the day after the last one, theirs the last one.
            said["validUntil"] = (date.fromisoformat(end) - timedelta(days=1)).isoformat()
        if record.text("recorded"):
            said["creationDate"] = stamp(record)
        for name, place in (
            ("conditions", "technologyDescription"),
            ("derived_from", "dataTreatmentDescription"),
            ("clause", "dataSelectionDescription"),
        ):
            said |= {place: record.text(name)} if record.text(name) else {}
        return said

    def _parameter(self, record: Record, taken: set[str]) -> None:
        id_ = uid("record", self.name, record.text("id"))
        name = plain(record.text("id"))
        name = f"{name}_{id_[:8]}" if name in taken or not name[0].isalpha() else name
        taken.add(name)
        uncertain = shape(record, 1.0)
        self._add(
            "parameters",
            "Parameter",
            id_,
            name if name[0].isalpha() else f"p_{name}",
            lastChange=stamp(record),
            category=f"{self.name}/{record.text('parameter')}",
            description=_described(record),
            parameterScope="GLOBAL_SCOPE",
            isInputParameter=True,
            value=record.value,
            otherProperties=_properties(record, uncertain),
            **uncertain,
        )

    def _method(self, gwps: Mapping[tuple[str, str], Record]) -> None:
        categories: dict[str, list[Record]] = {}
        for (parameter, _), record in gwps.items():
            categories.setdefault(parameter, []).append(record)
        refs = [self._category(name, records) for name, records in categories.items()]
        if refs:
            title = self.content.layer.title
            id_ = uid("impact method", self.name)
            self._add("lcia_methods", "ImpactMethod", id_, title, impactCategories=refs)

    def _category(self, parameter: str, records: Sequence[Record]) -> dict[str, Any]:
        factors, kept = [], {}
        kilogram, _ = self._unit("kg")
        for record in records:
            flow, mass = self._gas(record.text("subject"))
            factor = kilograms(record.text("unit"))
            kept[flow["@id"]] = record.fields
            factors.append(
                {
                    "@type": "ImpactFactor",
                    "flow": flow,
                    "flowProperty": mass,
                    "unit": kilogram,
                    "value": record.value * factor,
                    **shape(record, factor),
                }
            )
        return self._add(
            "lcia_categories",
            "ImpactCategory",
            uid("impact category", self.name, parameter),
            f"{self.words.of(parameter).en}, {self.content.layer.title}",
            lastChange=max(map(stamp, records)),
            refUnit="kg CO2e",
            direction="OUTPUT",
            category=self.name,
            impactFactors=factors,
            otherProperties={PROPERTY: kept},
        )


def _gas_of(record: Record) -> str:
    """What a process gives off: the species that its unit weighs.

    Not the record's own word: the methane part of a factor in CO2e is no mass of methane.
    """
    return record.reading.species


def _described(record: Record) -> str:
    shown = (
        *("id", "value", "unit", "low", "high", "coverage", "distribution", "tier"),
        *("source", "clause", "source_record", "confidence", "note"),
    )
    return "\n".join(f"{name}: {record.text(name)}" for name in shown if record.text(name))


def shape(record: Record, factor: float) -> dict[str, Any]:
    """The distribution of an amount in the words of openLCA; nothing where none is stated."""
    found = shape_of(record, factor)
    if found is None:
        return {}
    said = {"distributionType": f"{NAMES[found.name]}_DISTRIBUTION", **_numbers(found)}
    return {"uncertainty": said}


def _numbers(found: Shape) -> dict[str, float]:
    if found.name == "normal":
        return {"mean": found.middle, "sd": found.sd}
    if found.name == "lognormal":
        return {"geomMean": found.middle, "geomSd": found.sd}
    limits = {"minimum": found.low, "maximum": found.high}
    return limits | ({"mode": found.middle} if found.name == "triangular" else {})
