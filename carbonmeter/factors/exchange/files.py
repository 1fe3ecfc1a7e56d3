"""A package as files: tidy CSV tables, sources and a Frictionless descriptor."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from carbonmeter.factors.exchange.content import (
    BESIDE,
    COPIED,
    LICENCE,
    Content,
    cells,
    guarded,
    used,
)
from carbonmeter.factors.package import DESCRIPTOR
from carbonmeter.tables.field import LARGEST, Field, Kind

# A table beyond this many rows is cut: each part is read back far below the limit of a file.
PART_ROWS = 200_000
TYPES = {Kind.NUMBER: "number", Kind.DATE: "date"}


def package_files(content: Content) -> dict[str, bytes]:
    """The files of a package folder by name: a Frictionless tabular data package.

    The tables are read back as they were; each is named in the descriptor with its SHA-256, bytes,
    rows and Table Schema.
    """
    layer = content.layer
    tables: dict[str, tuple[tuple[Field, ...], list[list[str]]]] = {}
    for name, schema in BESIDE.items():
        rows = content.rows(name)
        if rows or name == "sources":
            fields = tuple(f for f in schema.fields if f.required or any(r[f.name] for r in rows))
            tables[name] = fields, [[guarded(row[f.name]) for row in rows] for f in fields]
    if len(layer):
        fields = used(layer)
        columns = [cells(layer, field) for field in fields]
        n = len(layer)
        for part, start in enumerate(range(0, n, PART_ROWS), 1):
            name = "records" if n <= PART_ROWS else f"records-{part}"
            tables[name] = fields, [column[start : start + PART_ROWS] for column in columns]
    files: dict[str, bytes] = {}
    resources = []
    for name, (fields, columns) in tables.items():
        data = csv_bytes([field.name for field in fields], columns)
        files[f"{name}.csv"] = data
        rows_in = len(columns[0]) if columns else 0
        resources.append(_resource(name, fields, data, rows_in))
    said = json.dumps(_descriptor(content, resources), ensure_ascii=False, indent=2)
    return {DESCRIPTOR: f"{said}\n".encode(), **files}


def csv_bytes(
    headings: Sequence[str], columns: Sequence[Iterable[str]], *, people: bool = False
) -> bytes:
    """Cells as CSV. For people: UTF-8 with BOM and the line ends that spreadsheets write."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n" if people else "\n")
    writer.writerow(headings)
    writer.writerows(zip(*columns, strict=True))
    return out.getvalue().encode("utf-8-sig" if people else "utf-8")


def _descriptor(content: Content, resources: list[dict[str, Any]]) -> dict[str, Any]:
    layer, about = content.layer, dict(content.about)
    said: dict[str, Any] = {"profile": "tabular-data-package", "name": layer.name}
    said["title"] = layer.title
    said |= {key: about[key] for key in COPIED if key in about}
    if "version" not in said:
        said["version"] = layer.version[:12]
    said["licenses"] = [licence(text) for text in content.licences] or [licence("not stated")]
    said["sources"] = [{"title": row["title"]} for row in layer.sources] or [{"title": layer.title}]
    extra = {k: v for k, v in content.about if k not in (*COPIED, LICENCE)}
    return {**said, **extra, "resources": resources}


def licence(text: str) -> dict[str, str]:
    """A licence as a descriptor writes it: a name without blanks, and the text as its title."""
    name, colon, title = text.partition(": ")
    plain = re.sub(r"[^-A-Za-z0-9._]+", "-", name).strip("-") or "other"
    if colon and plain == name:
        return {"name": name, "title": title}
    return {"name": plain, "title": text} if plain != text else {"name": plain}


def _resource(name: str, fields: Sequence[Field], data: bytes, rows: int) -> dict[str, Any]:
    return {
        "profile": "tabular-data-resource",
        "name": name,
        "path": f"{name}.csv",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "rows": rows,
        "bytes": len(data),
        "hash": f"sha256:{hashlib.sha256(data).hexdigest()}",
        "schema": {"fields": [field_schema(f) for f in fields], "missingValues": [""]},
    }


def field_schema(field: Field) -> dict[str, Any]:
    """A field in the words of Table Schema."""
    said: dict[str, Any] = {"name": field.name, "type": TYPES.get(field.kind, "string")}
    said["title"] = field.zh
    if field.meaning:
        said["description"] = field.meaning
    limits: Mapping[str, Any] = {
        "required": field.required or None,
        "enum": list(field.allowed) if field.allowed else None,
        "minimum": field.least if field.least not in (None, -LARGEST) else None,
        "maximum": field.most if field.most not in (None, LARGEST) else None,
        "unique": field.name == "id" or None,
    }
    constraints = {key: value for key, value in limits.items() if value is not None}
    return said | ({"constraints": constraints} if constraints else {})
