"""One record as an ILCD process data set in JSON."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from carbonmeter.factors.exchange import ilcd_blocks as blocks
from carbonmeter.factors.exchange.content import number_text
from carbonmeter.factors.exchange.ilcd_blocks import said
from carbonmeter.factors.exchange.inventory import Record, Words, plain, stamp
from carbonmeter.factors.exchange.licences import is_open, is_protected
from carbonmeter.factors.exchange.shapes import shape_of

SHAPES = {
    "normal": "normal",
    "lognormal": "log-normal",
    "triangular": "triangular",
    "uniform": "uniform",
}
FREE = "Free of charge for all users and uses"
# Countries and provinces of China: what the format's list of places knows by these codes.
PLACE = re.compile(r"[A-Z]{2}|CN-[A-Z]{2}")
NOWHERE, WORLD = "NULL", "GLO"


class Around(NamedTuple):
    """What a process data set refers to, and what is known of it beside the record.

    Attributes
    ----------
    product : reference              the flow that it is about, of which one `per` goes out
    gas : reference or None          what is given off; without one the number is a variable
    per : str                        the unit of the product
    source : reference
    year : int                       the year it speaks of
    factor : float                   from the unit of the record to the unit of the format
    licence : str
    """

    product: Mapping[str, Any]
    gas: Mapping[str, Any] | None
    per: str
    source: Mapping[str, Any]
    year: int
    factor: float
    licence: str


def process(
    record: Record, id_: str, words: Words, signed: blocks.Signed, around: Around
) -> dict[str, Any]:
    """The process data set of one record, by its UUID and what stands around it."""
    what = "Value" if around.gas is None else "Amount"
    shape = uncertain(record, around.factor, what)
    exchanges, relations = _numbers(record, around, shape)
    entity = {
        **blocks.head("Process", "Process", **{"@locations": "../ILCDLocations.xml"}),
        "processInformation": {
            "dataSetInformation": _information(record, id_, words),
            "quantitativeReference": {
                "@type": "Reference flow(s)",
                "referenceToReferenceFlow": "0",
            },
            "time": _time(record, around.year),
            "geography": _geography(record, words),
            "technology": {
                "technologyDescriptionAndIncludedProcesses": said(
                    record.text("conditions") or "As the source states", longest=10_000
                )
            },
            **relations,
        },
        "modellingAndValidation": _modelling(signed, around.source, around.per),
        "administrativeInformation": _administration(record, id_, signed, around.licence),
        "exchanges": {"exchange": exchanges},
        "common:other": blocks.own(record.fields, shape),
    }
    return {"processDataSet": entity}


def _numbers(
    record: Record, around: Around, shape: Mapping[str, str]
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The exchanges, and the variable of a number that is no emission."""
    amount = number_text(record.value * around.factor)
    shown = f"{record.text('value')} {record.text('unit')}"
    first = _exchange("0", around.product, "1", {}, "Unknown derivation", around.per)
    if around.gas is not None:
        gas = _exchange("1", around.gas, amount, shape, _derivation(record), shown)
        return [first, gas], {}
    variable = {"@name": plain(record.text("id")), "meanValue": amount, **shape}
    relations = {"variableParameter": {**variable, "comment": said(shown)}}
    return [first], {"mathematicalRelations": relations}


def _information(record: Record, id_: str, words: Words) -> dict[str, Any]:
    label, parameter = words.name(record), words.of(record.text("parameter"))
    none = said("not applicable", "不适用")
    kept = ("id", "value", "unit", "low", "high", "coverage", "distribution", "clause", "note")
    comment = "; ".join(f"{name}: {record.text(name)}" for name in kept if record.text(name))
    one = blocks.one_class(record.text("parameter"), parameter.en)
    return {
        "common:UUID": id_,
        "name": {
            "baseName": said(label.en, label.zh),
            "treatmentStandardsRoutes": none,
            "mixAndLocationTypes": none,
        },
        "classificationInformation": {
            "common:classification": [{"@name": "carbonmeter", "common:class": [one]}]
        },
        "common:generalComment": said(comment, longest=10_000),
    }


def _time(record: Record, year: int) -> dict[str, Any]:
    found: dict[str, Any] = {"common:referenceYear": year}
    start, end = record.text("valid_from"), record.text("valid_to")
    if end:
        found["common:dataSetValidUntil"] = int(end[:4]) - (end[4:] == "-01-01")
    if start or end:
        span = f"valid from {start or '…'} until before {end or '…'}"
        found["common:timeRepresentativenessDescription"] = said(span)
    return found


def _geography(record: Record, words: Words) -> dict[str, Any]:
    region = record.text("region")
    known = PLACE.fullmatch(region) is not None
    place: dict[str, Any] = {"@location": WORLD if region == "*" else region if known else NOWHERE}
    if region != "*":
        label = words.of(region)
        place["descriptionOfRestrictions"] = said(f"{label.en} ({region})", label.zh)
    return {"locationOfOperationSupplyOrProduction": place}


def _modelling(signed: blocks.Signed, source: Mapping[str, Any], per: str) -> dict[str, Any]:
    text = said("As the source states", "见来源")
    return {
        "LCIMethodAndAllocation": {"typeOfDataSet": "Unit process, black box"},
        "dataSourcesTreatmentAndRepresentativeness": {
            "dataCutOffAndCompletenessPrinciples": text,
            "referenceToDataSource": source,
            "annualSupplyOrProductionVolume": said(f"1 {per}; no volume is stated"),
        },
        "validation": {"review": {"@type": "Not reviewed"}},
        "complianceDeclarations": signed.compliance(),
    }


def _administration(
    record: Record, id_: str, signed: blocks.Signed, licence: str
) -> dict[str, Any]:
    owned: dict[str, Any] = {
        "common:copyright": "true" if is_protected(licence) else "false",
        "common:licenseType": FREE if is_open(licence) else "Other",
    }
    owned |= {"common:accessRestrictions": said(licence)} if licence else {}
    return {
        "common:commissionerAndGoal": {
            "common:referenceToCommissioner": signed.contact,
            "common:intendedApplications": said("Carbon accounting", "碳核算"),
        },
        "dataEntryBy": signed.entry(stamp(record)),
        "publicationAndOwnership": signed.owned("processes", id_, **owned),
    }


def _exchange(
    number: str,
    flow: Mapping[str, Any],
    amount: str,
    shape: Mapping[str, str],
    derivation: str,
    comment: str,
) -> dict[str, Any]:
    return {
        "@dataSetInternalID": number,
        "referenceToFlowDataSet": flow,
        "exchangeDirection": "Output",
        "meanAmount": amount,
        "resultingAmount": amount,
        **shape,
        "dataDerivationTypeStatus": derivation,
        "generalComment": said(comment),
    }


def _derivation(record: Record) -> str:
    if record.text("tier") == "measured":
        return "Measured"
    return "Calculated" if record.text("derived_from") else "Unknown derivation"


def uncertain(record: Record, factor: float, what: str) -> dict[str, str]:
    """The distribution of a number in the words of ILCD; nothing where none is stated.

    Of a normal shape twice the relative standard deviation in percent, of a log-normal one the
    square of the geometric standard deviation, of the others the limits; `what` is how the format
    calls the number there, Amount or Value.
    """
    found = shape_of(record, factor)
    if found is None:
        return {}
    said_ = {"uncertaintyDistributionType": SHAPES[found.name]}
    if found.name in ("triangular", "uniform"):
        limits = {f"minimum{what}": found.low, f"maximum{what}": found.high}
        return said_ | {key: number_text(number) for key, number in limits.items()}
    if found.name == "normal" and found.middle == 0.0:
        return said_  # nothing is relative to zero
    wide = found.sd**2 if found.name == "lognormal" else abs(200.0 * found.sd / found.middle)
    text = f"{wide:.5g}"
    fits = re.fullmatch(r"[0-9]{1,5}(\.[0-9]+)?", text)
    return said_ | ({"relativeStandardDeviation95In": _short(text)} if fits else {})


def _short(text: str) -> str:
    """At most five digits, three of them behind the point."""
    whole, _, rest = text.partition(".")
    return f"{whole}.{rest[: min(3, 5 - len(whole))]}" if rest and len(whole) < 5 else whole
