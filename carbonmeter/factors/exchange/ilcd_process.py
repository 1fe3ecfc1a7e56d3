"""One record as an ILCD process data set in JSON."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from carbonmeter.factors.exchange import ilcd_blocks as blocks
from carbonmeter.factors.exchange.content import number_text
from carbonmeter.factors.exchange.ilcd_blocks import said
from carbonmeter.factors.exchange.inventory import Record, Words, plain, stamp
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


def process(
    record: Record,
    id_: str,
    words: Words,
    signed: blocks.Signed,
    *,
    product: Mapping[str, Any],
    gas: Mapping[str, Any] | None,
    per: str,
    source: Mapping[str, Any],
    year: int,
    amount: float,
) -> dict[str, Any]:
    """The data set of one record.

    Parameters
    ----------
    record : Record
    id_ : str                        its UUID
    product : reference              the flow that it is about, of which one `per` goes out
    gas : reference, optional        what is given off; without one the number is a variable
    source : reference
    year : int                       the year it speaks of
    amount : float                   kilograms of the gas, or the number itself
    """
    shape = uncertain(record, amount / record.value if record.value else 1.0, "Amount")
    exchanges = [_exchange("0", product, "1", {}, "Unknown derivation", per)]
    relations: dict[str, Any] = {}
    shown = f"{record.text('value')} {record.text('unit')}"
    if gas is not None:
        text = number_text(amount)
        exchanges.append(_exchange("1", gas, text, shape, _derivation(record), shown))
    else:
        shape = uncertain(record, 1.0, "Value")
        variable = {"@name": plain(record.text("id")), "meanValue": number_text(amount)}
        relations = {
            "mathematicalRelations": {
                "variableParameter": {**variable, **shape, "comment": said(shown)}
            }
        }
    entity = {
        **blocks.head("Process", "Process", **{"@locations": "../ILCDLocations.xml"}),
        "processInformation": {
            "dataSetInformation": _information(record, id_, words),
            "quantitativeReference": {
                "@type": "Reference flow(s)",
                "referenceToReferenceFlow": "0",
            },
            "time": _time(record, year),
            "geography": _geography(record, words),
            "technology": {
                "technologyDescriptionAndIncludedProcesses": said(
                    record.text("conditions") or "As the source states", longest=10_000
                )
            },
            **relations,
        },
        "modellingAndValidation": _modelling(signed, source, per),
        "administrativeInformation": _administration(record, id_, signed),
        "exchanges": {"exchange": exchanges},
        "common:other": blocks.own(record.fields, shape),
    }
    return {"processDataSet": entity}


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


def _administration(record: Record, id_: str, signed: blocks.Signed) -> dict[str, Any]:
    licence = record.text("licence")
    owned: dict[str, Any] = {
        "common:copyright": "false",
        "common:licenseType": "Other" if licence else FREE,
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
    wide = found.sd**2 if found.name == "lognormal" else abs(200.0 * found.sd / found.middle)
    text = f"{wide:.5g}"
    fits = re.fullmatch(r"[0-9]{1,5}(\.[0-9]+)?", text)
    return said_ | ({"relativeStandardDeviation95In": _short(text)} if fits else {})


def _short(text: str) -> str:
    """At most five digits, three of them behind the point."""
    whole, _, rest = text.partition(".")
    return f"{whole}.{rest[: min(3, 5 - len(whole))]}" if rest and len(whole) < 5 else whole
