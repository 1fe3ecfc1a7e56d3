"""ILCD as JSON (as TIDAS writes it): process, flow and impact method data sets of a library."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from carbonmeter.factors.exchange import ilcd_blocks as blocks
from carbonmeter.factors.exchange.content import Content, number_text
from carbonmeter.factors.exchange.ilcd_blocks import RECORD, reference, said
from carbonmeter.factors.exchange.ilcd_process import Around, process, uncertain
from carbonmeter.factors.exchange.inventory import (
    OURS,
    Found,
    Kind,
    Record,
    Words,
    at,
    dicts,
    held,
    json_bytes,
    loaded,
    reading,
    rebuilt,
    records_of,
    stamp,
    uid,
)
from carbonmeter.factors.exchange.inventory import is_ours as _is_ours
from carbonmeter.factors.exchange.licences import licences_of

FORM = "ilcd"
FIRST = "1970-01-01T00:00:00Z"
# ILCD's own reference data: mass in kilograms.
MASS_GROUP = "93a60a57-a4c8-11da-a746-0800200c9a66"
MASS = "93a60a56-a3c8-11da-a746-0800200b9a66"
AIR = (("1", "Emissions"), ("1.3", "Emissions to air"), ("1.3.4", "Emissions to air, unspecified"))


def files(content: Content, u: Iterable[float]) -> dict[str, bytes]:
    """The files of an ILCD package as JSON, by name.

    Each emission factor becomes a process data set with the gas as an exchange in kilograms; each
    GWP a factor of an LCIA method data set; any other number a process data set whose variable it
    is. Whatever of a record has no place in the format stands in `common:other`, the other tables
    of the library in `carbonmeter.json`.
    """
    written = {OURS: held(content, FORM)}
    for folder, entities in _Package(content, u).made.items():
        for id_, entity in entities.items():
            written[f"{folder}/{id_}.json"] = json_bytes(entity)
    return written


def is_ours(files: Mapping[str, bytes]) -> bool:
    """Whether a zip is a library of ours in this format."""
    return _is_ours(files, FORM)


def read(files: Mapping[str, bytes], name: str) -> Content:
    """The library in the files of an ILCD package that was written here.

    Raises
    ------
    ExchangeError                    everything that is wrong with it
    """
    found: list[Found] = []
    for file, set_ in loaded(files, "processes", name):
        data = at(set_, "processDataSet")
        record = at(data, "common:other", RECORD)
        place = _place(data)
        found.append(Found(file, record, _number(place), _reshaped(place, data)))
    for file, set_ in loaded(files, "lciamethods", name):
        factors = at(set_, "LCIAMethodDataSet", "characterisationFactors").get("factor")
        for factor in dicts(factors):
            record = at(factor, "common:other", RECORD)
            found.append(Found(file, record, _number(factor), _reshaped(factor, factor)))
    return rebuilt(files, found, name, factor_of)


def factor_of(unit: str) -> float:
    """What the value of a record is multiplied with to stand in kilograms; 1 of a variable."""
    read = reading(unit)
    return 1.0 if read.kind is Kind.PARAMETER else read.kilograms


def _place(data: Any) -> Any:
    """Where the number of a process data set stands: its variable, or the exchange of the gas."""
    variable = at(data, "processInformation", "mathematicalRelations", "variableParameter")
    if variable:
        return variable
    exchanges = dicts(at(data, "exchanges").get("exchange"))
    emitted = [e for e in exchanges if e.get("@dataSetInternalID") == "1"]
    return emitted[0] if len(emitted) == 1 else {}


def _number(place: Any) -> float | None:
    text = place.get("meanAmount", place.get("meanValue", ""))
    try:
        return float(text)
    except (TypeError, ValueError):
        return None


def _reshaped(place: Any, data: Any) -> bool:
    """Whether what a place says of its distribution is not what was written there."""
    written = at(data, "common:other", blocks.SHAPE)
    return any(place.get(key) != written.get(key) for key in blocks.SHAPE_KEYS)


def _classes(word: str, name: str, gas: bool) -> dict[str, Any]:
    """Where a flow belongs: a gas among emissions to air, a product in a list of our own."""
    if not gas:
        one = blocks.one_class(word, name)
        return {"common:classification": [{"@name": "carbonmeter", "common:class": [one]}]}
    levels = [
        {"@level": str(at_), "@catId": id_, "#text": text} for at_, (id_, text) in enumerate(AIR)
    ]
    return {"common:elementaryFlowCategorization": {"common:category": levels}}


class _Package:
    """The data sets of a library while they are being made."""

    def __init__(self, content: Content, u: Iterable[float]) -> None:
        self.content, self.words = content, Words(content)
        self.name = content.layer.name
        self.made: dict[str, dict[str, Any]] = {}
        layer = content.layer
        self.signed = blocks.Signed(self.name, said(layer.title, layer.title_zh))
        self._contact()
        self._plain_source(self.signed.format_id, self.signed.format_name, "1", "Data set formats")
        self._plain_source(
            self.signed.system_id, self.signed.system_name, "3", "Compliance systems"
        )
        self.sources = {row["source"]: self._source(row) for row in content.rows("sources")}
        self.years = {row["source"]: row["published"][:4] for row in content.rows("sources")}
        self.licences = licences_of(content)
        gwps: dict[str, list[Record]] = {}
        for record in records_of(content, u):
            if record.reading.kind is Kind.CHARACTERISATION:
                gwps.setdefault(record.text("parameter"), []).append(record)
            else:
                self._process(record)
        for parameter, records in gwps.items():
            self._method(parameter, records)

    def _add(self, kind: str, id_: str, name: list[dict[str, str]], entity: Any) -> dict[str, Any]:
        self.made.setdefault(blocks.FOLDERS[kind], {}).setdefault(id_, entity)
        return reference(kind, id_, name)

    def _contact(self) -> None:
        id_, name = self.signed.contact_id, self.signed.contact_name
        information = {
            "common:UUID": id_,
            "common:shortName": name,
            "common:name": name,
            "classificationInformation": {
                "common:classification": {"common:class": [blocks.one_class("5", "Other")]}
            },
        }
        entity = {
            **blocks.head("Contact", "Contact"),
            "contactInformation": {"dataSetInformation": information},
            "administrativeInformation": self.signed.administration("contacts", id_, FIRST),
        }
        self._add("contact data set", id_, name, {"contactDataSet": entity})

    def _plain_source(
        self,
        id_: str,
        name: list[dict[str, str]],
        class_: str,
        text: str,
        **more: Any,
    ) -> dict[str, Any]:
        information = {
            "common:UUID": id_,
            "common:shortName": name,
            "classificationInformation": {
                "common:classification": {"common:class": blocks.one_class(class_, text)}
            },
            **more,
        }
        entity = {
            **blocks.head("Source", "Source"),
            "sourceInformation": {"dataSetInformation": information},
            "administrativeInformation": self.signed.administration("sources", id_, FIRST),
        }
        return self._add("source data set", id_, name, {"sourceDataSet": entity})

    def _source(self, row: Mapping[str, str]) -> dict[str, Any]:
        cited = (row["title"], row["publisher"], row["number"], row["published"])
        return self._plain_source(
            uid("ilcd source", self.name, row["source"]),
            said(row["title_en"] or row["title"], row["title"]),
            "5",
            "Publications and communications",
            sourceCitation=", ".join(text for text in cited if text),
            publicationType="Undefined",
        )

    def _quantity(self, unit: str) -> dict[str, Any]:
        """The flow property that is counted in a unit, with its unit group."""
        kilogram = unit == "kg"
        group = MASS_GROUP if kilogram else uid("ilcd unit group", unit)
        id_ = MASS if kilogram else uid("ilcd flow property", unit)
        name = said("Mass", "质量") if kilogram else said(f"Amount in {unit}", f"以 {unit} 计的量")
        units = said("Units of mass") if kilogram else said(f"Unit {unit}", f"单位 {unit}")
        self._add("unit group data set", group, units, self._unit_group(group, units, unit))
        information = {
            "common:UUID": id_,
            "common:name": name,
            "classificationInformation": {
                "common:classification": {
                    "common:class": blocks.one_class("4", "Other flow properties")
                }
            },
        }
        entity = {
            **blocks.head("FlowProperty", "FlowProperty"),
            "flowPropertiesInformation": {
                "dataSetInformation": information,
                "quantitativeReference": {
                    "referenceToReferenceUnitGroup": reference("unit group data set", group, units)
                },
            },
            "modellingAndValidation": {"complianceDeclarations": self.signed.compliance()},
            "administrativeInformation": self.signed.administration("flowproperties", id_, FIRST),
        }
        return self._add("flow property data set", id_, name, {"flowPropertyDataSet": entity})

    def _unit_group(self, id_: str, name: list[dict[str, str]], unit: str) -> dict[str, Any]:
        information = {
            "common:UUID": id_,
            "common:name": name,
            "classificationInformation": {
                "common:classification": {
                    "common:class": blocks.one_class("4", "Other unit groups")
                }
            },
        }
        entity = {
            **blocks.head("UnitGroup", "UnitGroup"),
            "unitGroupInformation": {
                "dataSetInformation": information,
                "quantitativeReference": {"referenceToReferenceUnit": "0"},
            },
            "modellingAndValidation": {"complianceDeclarations": self.signed.compliance()},
            "administrativeInformation": self.signed.administration("unitgroups", id_, FIRST),
            "units": {"unit": {"@dataSetInternalID": "0", "name": unit, "meanValue": "1"}},
        }
        return {"unitGroupDataSet": entity}

    def _flow(self, word: str, unit: str, *, gas: bool) -> dict[str, Any]:
        """An elementary flow of a gas, or the product that a record is about."""
        id_ = uid("ilcd flow", word) if gas else uid("ilcd product", word, unit)
        label = self.words.of(word)
        name = said(label.en, label.zh) if word != "*" else said("any", "任意")
        quantity = self._quantity(unit)
        none = said("not applicable", "不适用")
        information: dict[str, Any] = {
            "common:UUID": id_,
            "name": {
                "baseName": name,
                "treatmentStandardsRoutes": none,
                "mixAndLocationTypes": none,
            },
            "classificationInformation": _classes(word, label.en, gas),
        }
        for row in self.content.rows("codes"):
            # The format asks for leading zeros where the registry writes none.
            if gas and row["scheme"] == "cas" and row["identifier"] == word:
                information["CASNumber"] = row["code"]
        extension = "http://eplca.jrc.ec.europa.eu/ILCD/Extensions/2018/ECNumber"
        more = {"@xmlns:ecn": extension, "@locations": "../ILCDLocations.xml"}
        held_ = {
            "@dataSetInternalID": "0",
            "referenceToFlowPropertyDataSet": quantity,
            "meanValue": "1",
        }
        entity = {
            **blocks.head("Flow", "Flow", **more),
            "flowInformation": {
                "dataSetInformation": information,
                "quantitativeReference": {"referenceToReferenceFlowProperty": "0"},
            },
            "modellingAndValidation": {
                "LCIMethod": {"typeOfDataSet": "Elementary flow" if gas else "Product flow"},
                "complianceDeclarations": self.signed.compliance(),
            },
            "administrativeInformation": self.signed.administration("flows", id_, FIRST),
            "flowProperties": {"flowProperty": held_},
        }
        return self._add("flow data set", id_, name, {"flowDataSet": entity})

    def _process(self, record: Record) -> None:
        id_ = uid("ilcd record", self.name, record.text("id"))
        per = record.reading.per or "1"
        gas = None
        if record.reading.kind is Kind.EMISSION:
            # The species that the unit weighs: the methane part in CO2e is no mass of methane.
            gas = self._flow(record.reading.species, "kg", gas=True)
        around = Around(
            product=self._flow(record.text("subject"), per, gas=False),
            gas=gas,
            per=per,
            source=self.sources.get(record.text("source"), self.signed.system),
            year=self._year(record),
            factor=factor_of(record.text("unit")),
            licence=self.licences[record.at],
        )
        entity = process(record, id_, self.words, self.signed, around)
        self._add("process data set", id_, said("-"), entity)

    def _year(self, record: Record) -> int:
        """The year that a record speaks of: of its validity, its publication, its source."""
        days = (record.text("valid_from"), record.text("published"))
        for text in (*days, self.years.get(record.text("source"), ""), record.text("recorded")):
            if re.match(r"[12][0-9]{3}", text):
                return int(text[:4])
        return int(FIRST[:4])

    def _method(self, parameter: str, records: Sequence[Record]) -> None:
        id_ = uid("ilcd method", self.name, parameter)
        label, layer = self.words.of(parameter), self.content.layer
        name = said(f"{layer.title}; Climate change; {label.en}", f"{layer.title_zh}；{label.zh}")
        sources = dict.fromkeys(record.text("source") for record in records)
        factors = []
        for record in records:
            factor = factor_of(record.text("unit"))
            shape = uncertain(record, factor, "Value")
            factors.append(
                {
                    "referenceToFlowDataSet": self._flow(record.text("subject"), "kg", gas=True),
                    "exchangeDirection": "Output",
                    "meanValue": number_text(record.value * factor),
                    **shape,
                    "deviatingRecommendation": "Not recommended",
                    "common:other": blocks.own(record.fields, shape),
                }
            )
        entity = blocks.method(
            id_,
            name,
            self.signed,
            sources=[self.sources[s] for s in sources if s in self.sources],
            unit=self._quantity("kgCO2e"),
            year=min(self._year(record) for record in records),
            stamp=max(map(stamp, records)),
            factors=factors,
        )
        self._add("LCIA method data set", id_, name, entity)
