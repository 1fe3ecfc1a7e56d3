"""Archives of files: written to the same bytes on any machine, read with every size counted."""

from __future__ import annotations

import errno
import io
import stat
import struct
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from carbonmeter.errors import Problem, ReleaseError
from carbonmeter.tables.source import Limits

MANIFEST = "RELEASE.json"
# The earliest time that a zip file can state; no clock is read.
NO_TIME = (1980, 1, 1, 0, 0, 0)
UNIX = 3
PLAIN_FILE = (stat.S_IFREG | 0o644) << 16
BLOCK = 1 << 20
MOST_FILES = 10_000
LONGEST = 200
# What a damaged archive makes of its reader.
DAMAGE = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    NotImplementedError,
    EOFError,
    UnicodeDecodeError,
    OverflowError,
    struct.error,
    zlib.error,
)
LOCAL_HEADER = struct.Struct("<4s22xHH")
LOCAL_MARK = b"PK\x03\x04"


def is_release(path: Path) -> bool:
    """Whether a path looks like a release, packed or unpacked; what is in it is not judged."""
    if path.is_dir():
        return (path / MANIFEST).is_file()
    return path.suffix.lower() == ".zip" and path.is_file()


def pack(files: Mapping[str, bytes]) -> bytes:
    """A zip file of files in the order of their names: the same files give the same bytes.

    They are stored as they are: what a packer makes of them depends on its version.
    """
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(files):
            info = zipfile.ZipInfo(name, NO_TIME)
            info.create_system = UNIX
            info.external_attr = PLAIN_FILE
            archive.writestr(info, files[name])
    return out.getvalue()


def unpack(path: Path, limits: Limits | None = None) -> dict[str, bytes]:
    """The files of a zip file or of a folder, by their names.

    Nothing is written. Sizes are counted while reading, whatever the archive says of them.

    Raises
    ------
    ReleaseError                     not an archive; a path that leaves it, a link, a name that
                                     occurs twice; more files or bytes than the limits allow
    """
    limits = limits or Limits()
    if path.is_dir():
        return _of_folder(path, limits)
    try:
        if path.stat().st_size > limits.unpacked_bytes:
            raise _refused(path, "", _too_large(limits), "release fewer libraries at once")
        with zipfile.ZipFile(path) as archive:
            problems = _problems(archive, path, limits)
            if problems:
                raise ReleaseError(f"{path.name} is not opened", problems)
            return _of_archive(archive, path, limits)
    except FileNotFoundError:
        raise _refused(path, "", "the file does not exist", "check its name") from None
    except (*DAMAGE, OSError) as wrong:
        # A place before the beginning of the file is one more thing a damaged archive asks for.
        if isinstance(wrong, OSError) and wrong.errno != errno.EINVAL:
            raise
        cure = "copy or download it again"
        raise _refused(path, "", f"not a whole zip archive ({wrong})", cure) from None


def inside(name: str) -> bool:
    """Whether a name of an archive is a relative path that stays where it is unpacked."""
    plain = 0 < len(name) <= LONGEST and not name.startswith("/") and name.isprintable()
    return plain and not {".", ".."} & set(name.split("/")) and not set("\\:") & set(name)


def _problems(archive: zipfile.ZipFile, path: Path, limits: Limits) -> list[Problem]:
    """What is wrong with the list of files alone, before any of them is read."""
    found: list[Problem] = []
    seen: set[str] = set()
    entries = archive.infolist()
    folders = {str(above) for e in entries for above in PurePosixPath(e.filename).parents}
    if len(entries) > MOST_FILES:
        rule, cure = f"more than {MOST_FILES:,} files", "release fewer libraries at once"
        return [Problem(path.name, None, "", "", rule, cure)]
    for entry in entries:
        rule = ""
        if not inside(entry.filename):
            rule = "a path that leaves the archive"
        elif entry.filename.casefold() in seen:
            rule = "this name occurs twice"
        elif entry.filename in folders:
            rule = "a file and a folder of one name"
        elif stat.S_ISLNK(entry.external_attr >> 16):
            rule = "a link, not a file"
        elif entry.flag_bits & 0x1:
            rule = "encrypted"
        if rule:
            cure = "do not use the archive; ask its author for another"
            found.append(Problem(path.name, None, "", entry.filename, rule, cure))
        seen.add(entry.filename.casefold())
    size = sum(entry.file_size for entry in entries)
    packed = max(sum(entry.compress_size for entry in entries), 1)
    if size > limits.unpacked_bytes or size > limits.unpacked_ratio * packed:
        rule = f"{size:,} bytes unpacked from {packed:,}, {_too_large(limits)}"
        found.append(Problem(path.name, None, "", "", rule, "do not open it; ask its author"))
    return found


def _of_archive(archive: zipfile.ZipFile, path: Path, limits: Limits) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    room = limits.unpacked_bytes
    with path.open("rb") as raw:
        for entry in archive.infolist():
            if entry.is_dir():
                continue
            # A size that the archive states may be a lie: what comes out is counted.
            if entry.compress_type == zipfile.ZIP_STORED:
                found[entry.filename] = _stored(raw, entry)
            else:
                found[entry.filename] = _unpacked(archive, entry, room)
            room -= len(found[entry.filename])
            if room < 0:
                raise _refused(path, entry.filename, _too_large(limits), "do not open it")
    return found


def _stored(raw: BinaryIO, entry: zipfile.ZipInfo) -> bytes:
    """The bytes of a file as they lie there, also where its checksum differs.

    The checksum would say only that something is wrong; from the bytes it can be said what.
    """
    raw.seek(entry.header_offset)
    mark, name, extra = LOCAL_HEADER.unpack(raw.read(LOCAL_HEADER.size))
    if mark != LOCAL_MARK:
        raise zipfile.BadZipFile(f"no file where {entry.filename!r} should begin")
    raw.seek(entry.header_offset + LOCAL_HEADER.size + name + extra)
    return raw.read(entry.file_size)


def _unpacked(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, room: int) -> bytes:
    """The bytes of a packed file; one block more than there is room for, if it is too large."""
    parts = []
    with archive.open(entry) as file:
        while room >= 0 and (block := file.read(BLOCK)):
            room -= len(block)
            parts.append(block)
    return b"".join(parts)


def _of_folder(folder: Path, limits: Limits) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    room = limits.unpacked_bytes
    for at, file in enumerate(sorted(folder.rglob("*"))):
        name = file.relative_to(folder).as_posix()
        if file.is_symlink():
            raise _refused(folder, name, "a link, not a file", "put the file itself there")
        if not file.is_file():
            continue
        room -= file.stat().st_size
        if room < 0 or at > MOST_FILES:
            raise _refused(folder, name, _too_large(limits), "name the folder of the release")
        found[name] = file.read_bytes()
    return found


def _too_large(limits: Limits) -> str:
    return (
        f"more than {limits.unpacked_bytes:,} bytes or {limits.unpacked_ratio} times its own size"
    )


def _refused(path: Path, name: str, rule: str, cure: str) -> ReleaseError:
    return ReleaseError(f"{path.name} is not opened", [Problem(name, None, "", "", rule, cure)])
