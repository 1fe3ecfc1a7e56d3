"""Zip files of other software: many small files, packed; opened after a look at their claims."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from carbonmeter.errors import ExchangeError, Problem
from carbonmeter.factors.exchange.content import refusal
from carbonmeter.factors.releases.archive import DAMAGE, NO_TIME
from carbonmeter.tables.source import MEGABYTE, Limits

MOST_FILES = 1_000_000
_KINDS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_LINK = 0o120000
_TYPE = 0o170000


def packed(files: Mapping[str, bytes]) -> bytes:
    """A zip of the files: the same files give the same bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name, data in files.items():
            entry = zipfile.ZipInfo(name, NO_TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, data)
    return out.getvalue()


def unpacked(path: Path, limits: Limits | None = None) -> dict[str, bytes]:
    """The files in a zip, or one error with everything that is wrong with it.

    Nothing is written anywhere; sizes are held against the limits before and while unpacking.

    Raises
    ------
    ExchangeError                    not a zip, too large once unpacked, a path that leaves the
                                     package, a link, an encrypted or damaged part, a name twice
    """
    limits = limits or Limits()
    size = path.stat().st_size
    if size > limits.parquet_bytes:
        raise _refused(path, f"{size / MEGABYTE:.0f} MB", "split the library")
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            _look(path, entries, size, limits)
            return {
                each.filename: _part(archive, each, path) for each in entries if not each.is_dir()
            }
    except (*DAMAGE, OSError) as wrong:
        raise _refused(path, f"not a readable zip ({wrong})", "copy the file again") from None


def _look(path: Path, entries: list[zipfile.ZipInfo], size: int, limits: Limits) -> None:
    problems: list[Problem] = []
    total = sum(each.file_size for each in entries)
    if total > min(limits.unpacked_bytes, limits.unpacked_ratio * size):
        rule = f"{total / MEGABYTE:.0f} MB once unpacked, {total / max(size, 1):.0f} times its size"
        cure = "unpack it yourself if you trust it, and name the folder"
        problems.append(Problem(path.name, None, "", "", rule, cure))
    if len(entries) > MOST_FILES:
        rule = f"{len(entries)} files, at most {MOST_FILES}"
        problems.append(Problem(path.name, None, "", "", rule, "split the library"))
    seen: set[str] = set()
    for each in entries[:MOST_FILES]:
        rule, cure = _fault(each, seen)
        if rule:
            problems.append(Problem(path.name, None, "", each.filename, rule, cure))
        seen.add(each.filename)
    if problems:
        raise refusal(path.name, problems)


def _fault(entry: zipfile.ZipInfo, seen: set[str]) -> tuple[str, str]:
    name = entry.orig_filename
    parts = re.split(r"[/\\]", name)
    if name.startswith(("/", "\\")) or ".." in parts or ":" in parts[0]:
        return "a path that leaves the package", "pack it again with relative paths"
    if not name.isprintable() or "\\" in name or not PurePosixPath(name).parts:
        return "a path that cannot be used", "pack it again with plain names"
    if (entry.external_attr >> 16) & _TYPE == _LINK:
        return "a link", "pack the file itself"
    if name in seen:
        return "a file of this name twice", "keep one of the two"
    if entry.flag_bits & 1 or entry.compress_type not in _KINDS:
        return "encrypted, or packed unusually", "pack it again as a plain zip"
    return "", ""


def _part(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, path: Path) -> bytes:
    try:
        with archive.open(entry) as file:
            data = file.read(entry.file_size + 1)
    except DAMAGE:
        rule = f"the part {entry.filename} is damaged"
        raise _refused(path, rule, "copy the file again") from None
    if len(data) != entry.file_size:
        rule = f"the part {entry.filename} is not as large as it says"
        raise _refused(path, rule, "pack it again")
    return data


def _refused(path: Path, rule: str, cure: str) -> ExchangeError:
    return refusal(path.name, [Problem(path.name, None, "", "", rule, cure)])
