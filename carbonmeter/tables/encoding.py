"""Which encoding the bytes of a text file are in: UTF-8, else GB18030, else refused."""

from __future__ import annotations

import codecs

from carbonmeter.tables.source import refused

SAVE_AS_UTF8 = "save the file again as CSV UTF-8"


def as_utf8(data: bytes, name: str) -> tuple[bytes, str]:
    """The same text as UTF-8 without a byte order mark, and the name of its encoding.

    Both encodings are tried strictly on the whole file; nothing is replaced or skipped.
    """
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise refused(name, "the file is UTF-16", SAVE_AS_UTF8)
    if b"\0" in data:
        _refuse_nul(data, name)
    if b"\r" in data and b"\n" not in data:
        raise refused(name, "lines that end as on an old Macintosh", SAVE_AS_UTF8)
    encoding = "UTF-8"
    if data.startswith(codecs.BOM_UTF8):
        data, encoding = data[len(codecs.BOM_UTF8) :], "UTF-8 with BOM"
    if data.isascii():
        return data, encoding
    try:
        data.decode("utf-8")
        return data, encoding
    except UnicodeDecodeError as utf8:
        row = data.count(b"\n", 0, utf8.start) + 1
    if encoding != "UTF-8":
        raise refused(name, "bytes that are not UTF-8 after a UTF-8 mark", SAVE_AS_UTF8, row=row)
    try:
        text = data.decode("gb18030")
    except UnicodeDecodeError as gb:
        row = data.count(b"\n", 0, gb.start) + 1
        raise refused(
            name, "bytes that are neither UTF-8 nor GB18030", SAVE_AS_UTF8, row=row
        ) from None
    _refuse_mixture(data, name)
    return text.encode("utf-8"), "GB18030"


def _refuse_nul(data: bytes, name: str) -> None:
    at = data.index(b"\0")
    start = data[:2000]
    if start[1::2].count(b"\0") > len(start) // 4 or start[::2].count(b"\0") > len(start) // 4:
        raise refused(name, "the file is UTF-16 without a mark", SAVE_AS_UTF8)
    row = data.count(b"\n", 0, at) + 1
    raise refused(name, "a NUL byte in the text", "export the file again; it is damaged", row=row)


def _refuse_mixture(data: bytes, name: str) -> None:
    """Refuse a file in which some rows are UTF-8 although it as a whole is not.

    Such rows pass as GB18030 too, but as characters nobody wrote; a row is counted as UTF-8 if it
    reads as Chinese in UTF-8 and does not read as everyday Chinese in GB 2312.
    """
    for number, line in enumerate(data.split(b"\n"), start=1):
        if line.isascii():
            continue
        try:
            text = line.decode("utf-8")
        except UnicodeDecodeError:
            continue
        if sum("\u4e00" <= letter <= "\u9fff" for letter in text) >= 2 and not _is_gb2312(line):
            raise refused(
                name,
                "this row is UTF-8 while others are GB18030",
                f"{SAVE_AS_UTF8} and check the row: two files may have been joined",
                row=number,
            )


def _is_gb2312(line: bytes) -> bool:
    try:
        line.decode("gb2312")
    except UnicodeDecodeError:
        return False
    return True
