"""What every ILCD data set says of itself, as JSON: languages, references, entry, ownership."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from carbonmeter.factors.exchange.inventory import uid

VERSION = "01.00.000"
ILCD = "http://lca.jrc.it/ILCD"
# Where the fields of a record stand that the format has no place for.
NAMESPACE = "urn:carbonmeter"
RECORD = "carbonmeter:record"
LONGEST = 500
FOLDERS = {
    "process data set": "processes",
    "flow data set": "flows",
    "flow property data set": "flowproperties",
    "unit group data set": "unitgroups",
    "source data set": "sources",
    "contact data set": "contacts",
    "LCIA method data set": "lciamethods",
}
UNDEFINED = "Not defined"
CLIMATE = (("2", "Midpoint level LCIA methods"), ("2.2", "Climate change"))
SHAPE = "carbonmeter:shape"
SHAPE_KEYS = (
    "uncertaintyDistributionType",
    "relativeStandardDeviation95In",
    *("minimumAmount", "maximumAmount", "minimumValue", "maximumValue"),
)


def said(en: str, zh: str = "", longest: int = LONGEST) -> list[dict[str, str]]:
    """A text in its languages: a Chinese one holds Chinese characters, an English one none."""
    found = []
    if en and not has_chinese(en):
        found.append({"@xml:lang": "en", "#text": en[:longest]})
    zh = zh or en
    if has_chinese(zh):
        found.append({"@xml:lang": "zh", "#text": zh[:longest]})
    return found or [{"@xml:lang": "en", "#text": "-"}]


def has_chinese(text: str) -> bool:
    """Whether a text has a Chinese character."""
    return any("\u3400" <= letter <= "\u9fff" for letter in text)


def reference(kind: str, id_: str, name: list[dict[str, str]]) -> dict[str, Any]:
    """A reference to another data set of the package."""
    return {
        "@type": kind,
        "@refObjectId": id_,
        "@version": VERSION,
        "@uri": f"../{FOLDERS[kind]}/{id_}.json",
        "common:shortDescription": name,
    }


def head(name: str, root: str, **more: str) -> dict[str, str]:
    """The attributes of a data set's root."""
    schema = f"{ILCD}/{name} ../../schemas/ILCD_{root}DataSet.xsd"
    return {
        "@xmlns": f"{ILCD}/{name}",
        "@xmlns:common": f"{ILCD}/Common",
        "@xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance",
        "@version": "1.1",
        **more,
        "@xsi:schemaLocation": schema,
    }


def own(record: Mapping[str, Any], shape: Mapping[str, str]) -> dict[str, Any]:
    """The fields of a record in the place for extensions, and the distribution as written."""
    held = {"@xmlns:carbonmeter": NAMESPACE, RECORD: dict(record)}
    return held | ({SHAPE: dict(shape)} if shape else {})


def one_class(id_: str, text: str, level: str = "0") -> dict[str, str]:
    """A class of one of the lists of the format."""
    return {"@level": level, "@classId": id_, "#text": text}


class Signed:
    """References that all data sets of one library share, and what they say of their entry."""

    def __init__(self, library: str, title: list[dict[str, str]]) -> None:
        compilers = said(f"Compilers of the library {library}", f"因子库 {library} 编制者")
        self.contact_id = uid("ilcd contact", library)
        self.contact_name = compilers
        self.contact = reference("contact data set", self.contact_id, compilers)
        self.format_id = uid("ilcd source", "format")
        self.format_name = said("ILCD format 1.1, as JSON", "ILCD 1.1 格式（JSON）")
        self.format = reference("source data set", self.format_id, self.format_name)
        self.system_id = uid("ilcd source", "no compliance system")
        self.system_name = said("No compliance is declared", "未声明符合性")
        self.system = reference("source data set", self.system_id, self.system_name)
        self.title = title

    def compliance(self) -> dict[str, Any]:
        """That compliance with nothing is declared."""
        parts = ("nomenclature", "methodological", "review", "documentation", "quality")
        return {
            "compliance": {
                "common:referenceToComplianceSystem": self.system,
                "common:approvalOfOverallCompliance": UNDEFINED,
                **{f"common:{part}Compliance": UNDEFINED for part in parts},
            }
        }

    def entry(self, stamp: str) -> dict[str, Any]:
        return {
            "common:timeStamp": stamp,
            "common:referenceToDataSetFormat": self.format,
            "common:referenceToPersonOrEntityEnteringTheData": self.contact,
        }

    def owned(self, folder: str, id_: str, **more: Any) -> dict[str, Any]:
        return {
            "common:dataSetVersion": VERSION,
            "common:permanentDataSetURI": f"urn:carbonmeter:{folder}:{id_}",
            "common:referenceToOwnershipOfDataSet": self.contact,
            **more,
        }

    def administration(self, folder: str, id_: str, stamp: str) -> dict[str, Any]:
        """The administrative part of the smaller data sets."""
        return {
            "dataEntryBy": self.entry(stamp),
            "publicationAndOwnership": self.owned(folder, id_),
        }


def method(
    id_: str,
    name: list[dict[str, str]],
    signed: Signed,
    *,
    sources: Sequence[Mapping[str, Any]],
    unit: Mapping[str, Any],
    year: int,
    stamp: str,
    factors: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    """An LCIA method data set with its characterisation factors."""
    classes = [one_class(c, text, str(at)) for at, (c, text) in enumerate(CLIMATE)]
    information = {
        "common:UUID": id_,
        "common:name": name,
        "classificationInformation": {"common:classification": {"common:class": classes}},
        "impactCategory": "Climate change",
        "impactIndicator": "CO2 equivalent",
    }
    text = said("As the sources state; see each factor", "见来源；各因子另有说明")
    entity = {
        **head("LCIAMethod", "LCIAMethod"),
        "LCIAMethodInformation": {
            "dataSetInformation": information,
            "quantitativeReference": {"referenceQuantity": unit},
            "time": {
                "referenceYear": said(str(year)),
                "duration": text,
                "timeRepresentativenessDescription": text,
            },
            "impactModel": {"modelName": "As the sources state", "modelDescription": text},
        },
        "modellingAndValidation": {
            "LCIAMethodNormalisationAndWeighting": {
                "typeOfDataSet": "Mid-point indicator",
                "LCIAMethodPrinciple": "other",
            },
            "dataSources": {"referenceToDataSource": list(sources) or signed.system},
            "validation": {"review": {"@type": "Not reviewed"}},
            "complianceDeclarations": signed.compliance(),
        },
        "administrativeInformation": _recommended(id_, signed, stamp),
        "characterisationFactors": {"factor": list(factors)},
    }
    return {"LCIAMethodDataSet": entity}


def _recommended(id_: str, signed: Signed, stamp: str) -> dict[str, Any]:
    """The administrative part of a method: compiled here, recommended by nobody."""
    recommended = {
        "referenceToEntity": signed.contact,
        "level": "Not recommended",
        "meaning": said("Nobody recommends it here", "此处无推荐"),
    }
    revised = {"common:dateOfLastRevision": stamp}
    return {
        "dataGenerator": {"common:referenceToPersonOrEntityGeneratingTheDataSet": signed.contact},
        "dataEntryBy": {**signed.entry(stamp), "recommendationBy": recommended},
        "publicationAndOwnership": signed.owned("lciamethods", id_, **revised),
    }
