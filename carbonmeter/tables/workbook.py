"""What is inside an .xlsx file, looked at before anything is parsed."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple
from xml.etree import ElementTree

from carbonmeter.tables.source import MEGABYTE, Limits, refused

_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
_CHUNK = 1 << 20
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_CELL = re.compile(rb"<(?:\w+:)?c\b([^>]*?)(?:/>|>(.*?)</(?:\w+:)?c>)", re.DOTALL)
_FORMULA = re.compile(rb"<(?:\w+:)?f\b[^>]*?(?:/>|>(.*?)</(?:\w+:)?f>)", re.DOTALL)
_VALUE = re.compile(rb"<(?:\w+:)?v\b[^>]*>([^<]+)<|<(?:\w+:)?is\b")
_PLACE = re.compile(rb'\br="([A-Z]+)([0-9]+)"')
_STYLE = re.compile(rb'\bs="([0-9]+)"')


class Bad(NamedTuple):
    """A cell of a sheet that cannot be read as a value; row and column from 0."""

    row: int
    column: int
    value: str
    rule: str
    cure: str


@dataclass(frozen=True)
class Workbook:
    """A workbook that has passed the checks of size and structure."""

    name: str
    parts: zipfile.ZipFile

    def bad_cells(self, sheet: str) -> Iterator[Bad]:
        """Cells with an error, formulas without a stored value, percentages shown as such."""
        xml = _part(self.parts, self._part_of(sheet), self.name)
        percent = self._percent_styles()
        formulas = re.search(rb"<(?:\w+:)?f\b", xml) is not None
        used = any(b's="%d"' % style in xml for style in percent)
        if not formulas and b't="e"' not in xml and not used:
            return
        for cell in _CELL.finditer(xml):
            attributes, content = cell[1], cell[2] or b""
            place = _PLACE.search(attributes)
            verdict = _judge(attributes, content, percent)
            if place and verdict:
                yield Bad(int(place[2]) - 1, _column(place[1]), *verdict)

    def _part_of(self, sheet: str) -> str:
        book = _tree(self.parts, "xl/workbook.xml", self.name)
        ids = {node.get("name"): node.get(_RELATION) for node in book.iter() if _tag(node, "sheet")}
        links = _tree(self.parts, "xl/_rels/workbook.xml.rels", self.name)
        for link in links.iter():
            if link.get("Id") == ids.get(sheet):
                target = link.get("Target", "")
                return target[1:] if target.startswith("/") else f"xl/{target}"
        raise refused(self.name, f"the sheet {sheet!r} has no content", "save the workbook again")

    def _percent_styles(self) -> frozenset[int]:
        """The cell styles that show a number as a percentage."""
        if "xl/styles.xml" not in self.parts.namelist():
            return frozenset()
        styles = _tree(self.parts, "xl/styles.xml", self.name)
        formats = {"9", "10"} | {
            node.get("numFmtId", "")
            for node in styles.iter()
            if _tag(node, "numFmt") and "%" in node.get("formatCode", "")
        }
        cells = next((node for node in styles.iter() if _tag(node, "cellXfs")), None)
        if cells is None:
            return frozenset()
        return frozenset(at for at, xf in enumerate(cells) if xf.get("numFmtId") in formats)


def _judge(
    attributes: bytes, content: bytes, percent: frozenset[int]
) -> tuple[str, str, str] | None:
    formula, value = _FORMULA.search(content), _VALUE.search(content)
    shown = (value[1] or b"").decode("utf-8", "replace") if value else ""
    if b't="e"' in attributes:
        return shown, "an error of the spreadsheet", "repair the formula, or enter the value"
    if formula:
        text = "=" + (formula[1] or b"").decode("utf-8", "replace")
        if value is None and b't="str"' not in attributes:
            return (
                text,
                "a formula without a stored value",
                "open the workbook, let it calculate and save it, or enter the value",
            )
        if re.search(rb"\[[0-9]+\]", formula[1] or b""):
            return text, "a formula that refers to another workbook", "paste the value in its place"
    style = _STYLE.search(attributes)
    if style and int(style[1]) in percent and value and b't="s"' not in attributes:
        return (
            f"{float(shown) * 100:.10g}%" if re.fullmatch(r"[-0-9.eE+]+", shown) else shown,
            "a number shown as a percentage",
            f"format the cell as a number; it then shows {shown}",
        )
    return None


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = 26 * number + letter - 64
    return number - 1


def _tag(node: ElementTree.Element, name: str) -> bool:
    return node.tag.rpartition("}")[2] == name


def _tree(parts: zipfile.ZipFile, part: str, name: str) -> ElementTree.Element:
    try:
        return ElementTree.fromstring(_part(parts, part, name))
    except (ElementTree.ParseError, LookupError, ValueError):
        raise refused(name, f"the part {part} is damaged", "save the file again") from None


def _part(parts: zipfile.ZipFile, part: str, name: str) -> bytes:
    try:
        return parts.read(part)
    except (KeyError, zipfile.BadZipFile, NotImplementedError, EOFError, zlib.error):
        rule = f"the part {part} is absent or damaged"
        raise refused(name, rule, "copy or save the file again") from None


def open_workbook(data: bytes, name: str, limits: Limits) -> Workbook:
    """The workbook in `data`, after checks that cost little however large it claims to be."""
    if data.startswith(_OLE):
        raise refused(
            name,
            "the file has a password or is an old .xls",
            "remove the password, or save it as .xlsx",
        )
    try:
        parts = zipfile.ZipFile(io.BytesIO(data))
        infos = parts.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError):
        raise refused(
            name, "not an .xlsx file, or cut off", "copy the file again, or save it as .xlsx"
        ) from None
    total = sum(info.file_size for info in infos)
    if total > min(limits.unpacked_bytes, limits.unpacked_ratio * len(data)):
        raise refused(
            name,
            f"{total / MEGABYTE:.0f} MB once unpacked, {total / len(data):.0f} times its size",
            "remove what is not needed, or pass limits=Limits(unpacked_bytes=…, unpacked_ratio=…)",
        )
    for info in infos:
        if info.filename.startswith(("/", "\\")) or ".." in re.split(r"[/\\]", info.filename):
            raise refused(name, f"a part named {info.filename!r}", "save the file again as .xlsx")
        if "vbaproject" in info.filename.lower():
            raise refused(name, "the file has macros", "save it as .xlsx, without its macros")
        _verify(data, info, name)
    return Workbook(name, parts)


def _verify(data: bytes, info: zipfile.ZipInfo, name: str) -> None:
    """Refuse a part whose real size is not the declared one, or that declares entities."""
    damaged = refused(name, f"the part {info.filename} is damaged", "copy or save the file again")
    if info.flag_bits & 1 or info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise refused(name, "the file is encrypted or packed unusually", "save it as .xlsx")
    header = data[info.header_offset : info.header_offset + 30]
    if len(header) < 30:
        raise damaged
    names = int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little")
    begin = info.header_offset + 30 + names
    packed = data[begin : begin + info.compress_size]
    size, start, whole = 0, b"", True
    if info.compress_type == zipfile.ZIP_STORED:
        size, start = len(packed), packed[:_CHUNK]
    else:
        inflate = zlib.decompressobj(-15)
        try:
            while not inflate.eof and size <= info.file_size:
                piece = inflate.decompress(packed, _CHUNK)
                if not piece and not inflate.unconsumed_tail:
                    break
                start, size, packed = start or piece, size + len(piece), inflate.unconsumed_tail
        except zlib.error:
            raise damaged from None
        whole = inflate.eof
    if size != info.file_size or not whole:
        raise damaged
    if b"<!DOCTYPE" in start or b"<!ENTITY" in start:
        raise refused(
            name, f"the part {info.filename} declares entities", "save the file again as .xlsx"
        )
