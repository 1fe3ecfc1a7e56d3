"""Files under the user's cache folder: found by a key, whole or not at all, for their owner."""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

MAGIC = b"carbonmeter stored 1\n"
DIGEST = 32
NEWEST = 4  # that are kept of one name
KEPT = re.compile(r"[a-z0-9][a-z0-9._-]{0,80}")
ODD_MODES = stat.S_IWGRP | stat.S_IWOTH


class Content(NamedTuple):
    """What a file holds: words, and named pieces of bytes."""

    words: Mapping[str, Any]
    pieces: Mapping[str, bytes | memoryview]


def folder() -> Path | None:
    """Where files are kept: $XDG_CACHE_HOME/carbonmeter or ~/.cache/carbonmeter."""
    named = os.environ.get("XDG_CACHE_HOME", "")
    if named and Path(named).is_absolute():
        return Path(named) / "carbonmeter"
    try:
        return Path.home() / ".cache" / "carbonmeter"
    except RuntimeError:  # a user without a home
        return None


def read(kind: str, name: str, key: str) -> Content | None:
    """What was written under a key; None if nothing was, or nothing that can be relied upon."""
    path = _path(kind, name, key)
    if path is None:
        return None
    try:
        data = _own_bytes(path)
        start = len(MAGIC) + DIGEST
        whole = data[: len(MAGIC)] == MAGIC
        if (
            not whole
            or hashlib.sha256(memoryview(data)[start:]).digest() != data[len(MAGIC) : start]
        ):
            return None
        size = int.from_bytes(data[start : start + 8], "little")
        body = start + 8 + size
        words, places = json.loads(data[start + 8 : body])
        if words.pop("key") != key:
            return None
        held = memoryview(data)[body:]
        return Content(words, {name: held[start:end] for name, (start, end) in places.items()})
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def write(kind: str, name: str, key: str, content: Content) -> None:
    """Keep something under a key; nothing happens where that is not possible."""
    path = _path(kind, name, key)
    if path is None:
        return
    places, at = {}, 0
    for piece, data in content.pieces.items():
        places[piece] = (at, at + len(data))
        at += len(data)
    heading = json.dumps([{**content.words, "key": key}, places]).encode()
    body = len(heading).to_bytes(8, "little") + heading + b"".join(content.pieces.values())
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _put(path, MAGIC + hashlib.sha256(body).digest() + body)
        _keep_newest(path, kind, name)


def _path(kind: str, name: str, key: str) -> Path | None:
    kept = folder()
    if kept is None or not KEPT.fullmatch(name):
        return None
    return kept / f"{kind}-{name}-{key[:32]}.bin"


def _own_bytes(path: Path) -> bytes:
    """The bytes of a plain file that only its owner, this user, may write; OSError if it is not."""
    at = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0))
    with open(at, "rb") as file:
        found = os.fstat(file.fileno())
        user = os.getuid() if hasattr(os, "getuid") else found.st_uid
        if not stat.S_ISREG(found.st_mode) or found.st_uid != user:
            raise PermissionError("not a file of this user")
        if hasattr(os, "getuid") and found.st_mode & ODD_MODES:
            raise PermissionError("a file that others may write")
        return file.read()


def _put(path: Path, data: bytes) -> None:
    """Write beside the place and move there: a reader finds the whole of it or nothing."""
    beside = path.with_name(f".{path.name}.{os.urandom(4).hex()}")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    try:
        with open(os.open(beside, flags, 0o600), "wb") as file:
            file.write(data)
        os.replace(beside, path)
    except BaseException:
        with suppress(OSError):
            beside.unlink()
        raise


def _keep_newest(path: Path, kind: str, name: str) -> None:
    """Remove what was kept of a name long ago, and what a killed process left."""
    alike = re.compile(rf"\.?{re.escape(f'{kind}-{name}-')}[0-9a-f]{{32}}\.bin(\.[0-9a-f]+)?")
    found = [file for file in path.parent.iterdir() if alike.fullmatch(file.name)]
    found.sort(key=lambda file: file.stat().st_mtime_ns, reverse=True)
    for file in found[NEWEST:]:
        file.unlink(missing_ok=True)
