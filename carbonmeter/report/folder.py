"""Write a whole folder at once: a reader sees all of it, or that it is not there."""

from __future__ import annotations

import os
import secrets
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from carbonmeter.errors import WriteError
from carbonmeter.report.write import CURES, OTHERWISE, PART, TOKEN_BYTES

if sys.platform != "win32":
    import fcntl


def write_folder(
    path: Path, files: Mapping[str, bytes], check: Callable[[Path], object] | None = None
) -> Path:
    """Write the files into a folder that appears with all of them, or not at all.

    They are written into a hidden folder beside it, which then takes its name. What a killed run
    leaves behind is hidden, and the next run removes it.

    Parameters
    ----------
    path : Path               must not exist, or be empty
    files : mapping           bytes by their name inside the folder
    check : function          called with the hidden folder when it is whole; what it raises
                              is raised, and nothing is left

    Raises
    ------
    WriteError                why it could not be written; nothing is left
    """
    path = Path(path)
    with _told(path):
        if path.exists() and (not path.is_dir() or any(path.iterdir())):
            raise WriteError(f"E502: {path} is there already; choose another folder or remove it")
        path.parent.mkdir(parents=True, exist_ok=True)
        _sweep(path)
        hidden = path.with_name(f".{path.name}.{secrets.token_hex(TOKEN_BYTES)}{PART}")
        hidden.mkdir()
    with _held(hidden):
        try:
            with _told(path):
                for name, data in files.items():
                    _write(hidden / name, data)
                _sync(hidden)
            if check is not None:
                check(hidden)
            with _told(path):
                hidden.rename(path)
                _sync(path.parent)
        finally:
            if hidden.exists():
                shutil.rmtree(hidden, ignore_errors=True)
    return path


def _write(file: Path, data: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("wb") as out:
        out.write(data)
        out.flush()
        os.fsync(out.fileno())


@contextmanager
def _held(folder: Path) -> Iterator[None]:
    """Locks a folder while it is being written, so that no other run takes it for abandoned."""
    if sys.platform == "win32":
        yield
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):  # a file system without locks: nobody sweeps there either
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(descriptor)


def _sweep(path: Path) -> None:
    """Remove the hidden folders of runs that were killed; those being written are locked."""
    for left in path.parent.glob(f".{path.name}.*{PART}"):
        token = left.name.removesuffix(PART).rpartition(".")[2]
        if len(token) != 2 * TOKEN_BYTES or not left.is_dir() or sys.platform == "win32":
            continue
        descriptor = os.open(left, os.O_RDONLY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(left, ignore_errors=True)
        except OSError:
            continue  # another run's
        finally:
            os.close(descriptor)


def _sync(folder: Path) -> None:
    if sys.platform != "win32":
        descriptor = os.open(folder, os.O_RDONLY)
        with suppress(OSError):  # some network file systems refuse
            os.fsync(descriptor)
        os.close(descriptor)


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as wrong:
        cure = CURES.get(wrong.errno or 0, OTHERWISE)
        reason = wrong.strerror or str(wrong)
        raise WriteError(f"E502: {path} cannot be written: {reason}; {cure}.") from None
