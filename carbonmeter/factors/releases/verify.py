"""Whether a release is what it says, and if not, which record or file was changed."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from carbonmeter.errors import Problem, ProblemsError, ReleaseError
from carbonmeter.factors.layer import Layer, layer_of
from carbonmeter.factors.package import DESCRIPTOR, read_package
from carbonmeter.factors.record import RECORDS
from carbonmeter.factors.releases import signing
from carbonmeter.factors.releases.archive import MANIFEST, pack, unpack
from carbonmeter.factors.releases.citation import About
from carbonmeter.factors.releases.leaves import (
    BESIDE,
    LIBRARY,
    RECORD,
    Leaf,
    Leaves,
    hashes_in,
    library_leaf,
    record_leaves,
)
from carbonmeter.factors.releases.release import (
    FORMAT,
    LEAVES,
    SIGNATURES,
    Release,
    about_leaf,
    assembled,
    leaves_beside,
)
from carbonmeter.factors.shipped import SHIPPED
from carbonmeter.factors.stored import open_package

RESTORE = "restore it from the release that you cite"
ROOT = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, eq=False)
class Verified:
    """What was found in a release.

    Attributes
    ----------
    release : Release or None        what its files make; None if they do not make one
    layers : tuple of Layer          its libraries, if nothing is wrong with them
    problems : tuple of Problem      everything that is not as released; empty if it is whole
    signatures : tuple               each with its key and whether it holds
    trusted : str                    fingerprint of the public key that was given and has signed
    """

    release: Release | None
    layers: tuple[Layer, ...]
    problems: tuple[Problem, ...]
    signatures: tuple[signing.Signature, ...] = ()
    trusted: str = ""

    def __bool__(self) -> bool:
        return not self.problems


def verify(path: Path, *, public_key: Path | None = None, root: str = "") -> Verified:
    """Check a release, packed or unpacked, down to each record and each byte of its archive.

    Parameters
    ----------
    path : Path                      the archive, or the folder it was unpacked into
    public_key : Path, optional      of the one who must have signed it
    root : str                       the hash it is cited by, or its first 16 digits or more

    Raises
    ------
    ReleaseError                     not an archive that may be opened, or no release
    """
    files = unpack(path)
    if MANIFEST not in files:
        cure = "name a release, or compare two libraries: carbonmeter factors diff A B"
        problem = Problem(path.name, None, "", "", f"it holds no {MANIFEST}", cure)
        raise ReleaseError("not a release", [problem])
    found = opened(files)
    problems = list(found.problems)
    if not problems and path.is_file() and pack(files) != path.read_bytes():
        rule = "bytes of the archive outside its files are not those of a release"
        problems.append(Problem(path.name, None, "", "", rule, RESTORE))
    if root and found.release is not None and not _is_root(root, found.release):
        rule = f"its hash is {found.release.root}"
        problems.append(Problem(path.name, None, "root", root, rule, "find the release you cite"))
    signatures, trusted = _signatures(files, public_key, problems)
    return replace(found, problems=tuple(problems), signatures=signatures, trusted=trusted)


def refusal(path: Path, problems: Sequence[Problem]) -> ReleaseError:
    """The error that lists what was found, and names the file where it is only one."""
    files = {problem.file for problem in problems} - {""}
    where = f": {files.pop()}" if len(files) == 1 else ""
    return ReleaseError(f"{path.name} is not as released{where}", problems)


def read_release(path: Path) -> tuple[Layer, ...]:
    """The libraries of a release, each of which knows the release it is from.

    A library that guides choose by name takes the place of the installed one of that name.

    Raises
    ------
    ReleaseError                     every file and record that is not as released
    """
    found = opened(unpack(path), open_package)
    if found.problems or found.release is None:
        raise refusal(path, found.problems)
    identity = found.release.identity
    return tuple(
        replace(layer, release=identity, shipped=layer.name in SHIPPED) for layer in found.layers
    )


def opened(files: Mapping[str, bytes], package: Callable[[Path], Layer] = read_package) -> Verified:
    """What the files of a release hold, and everything that is not as its manifest says.

    Parameters
    ----------
    files : mapping                  bytes by name
    package : function               opens the library in a folder
    """
    stated, problems = _manifest(files)
    if problems:
        return Verified(None, (), tuple(problems))
    listed = stated["files"]
    tables = {n: data for n, data in files.items() if "/" in n}
    changed = [n for n in listed if n in files and not _as_listed(files[n], listed[n])]
    about = About(*(stated[name] for name in About._fields))
    order = _order(stated, tables)
    with TemporaryDirectory() as folder:
        layers, leaves, unread, closed = _libraries(order, tables, Path(folder), package)
    made = assembled(about, order, Leaves([about_leaf(about, order), *leaves]), tables)
    problems += _records(made, files, unread)
    problems += unread
    # A file of which a record is named already needs no second line.
    named = {problem.file for problem in problems}
    for name in changed:
        if name not in named:
            rule = "its bytes are not those released, though what it says is"
            if name in (LEAVES, *set(made.files) - set(tables)):
                rule = "its bytes are not those released"
            problems.append(Problem(name, None, "", "", rule, RESTORE))
    for name in sorted(set(listed) - set(files)):
        problems.append(Problem(name, None, "", "", "the file is missing", RESTORE))
    for name in sorted(set(files) - set(listed) - {MANIFEST, SIGNATURES}):
        rule = "not a file of the release"
        problems.append(Problem(name, None, "", "", rule, "take it away"))
    if not problems and made.files[MANIFEST] != files[MANIFEST]:
        problems.append(_about_manifest(made, stated))
    problems = problems or closed
    signed = {SIGNATURES: files[SIGNATURES]} if SIGNATURES in files else {}
    made = replace(made, files={**made.files, **signed})
    return Verified(made, () if problems else tuple(layers), tuple(problems))


def _manifest(files: Mapping[str, bytes]) -> tuple[dict[str, Any], list[Problem]]:
    rule = ""
    stated: Any = None
    try:
        stated = json.loads(files[MANIFEST].decode())
    except (KeyError, UnicodeDecodeError, ValueError, RecursionError):
        rule = "missing or not JSON"
    if not rule and (not isinstance(stated, dict) or stated.get("format") != FORMAT):
        rule = f"not of the format {FORMAT}"
    texts = {*About._fields, "root"}
    if not rule and not all(isinstance(stated.get(name), str) for name in texts):
        rule = f"one of {', '.join(sorted(texts))} is missing"
    if not rule and not _is_list(stated.get("files")):
        rule = "its list of files is damaged"
    return stated, [Problem(MANIFEST, None, "", "", rule, RESTORE)] if rule else []


def _is_list(files: Any) -> bool:
    return isinstance(files, dict) and all(
        isinstance(entry, dict) and isinstance(entry.get("sha256"), str) for entry in files.values()
    )


def _as_listed(data: bytes, entry: Mapping[str, Any]) -> bool:
    return bool(hashlib.sha256(data).hexdigest() == entry["sha256"])


def _order(stated: Mapping[str, Any], tables: Mapping[str, bytes]) -> list[str]:
    """The libraries in the order that the manifest states, those it does not know behind them."""
    held = {name.partition("/")[0] for name in tables}
    entries = stated.get("libraries")
    named = [
        entry["name"]
        for entry in (entries if isinstance(entries, list) else [])
        if isinstance(entry, dict) and isinstance(entry.get("name"), str) and entry["name"] in held
    ]
    return list(dict.fromkeys([*named, *sorted(held)]))


def _libraries(
    names: list[str],
    tables: Mapping[str, bytes],
    folder: Path,
    package: Callable[[Path], Layer],
) -> tuple[list[Layer], list[Leaf], list[Problem], list[Problem]]:
    """The libraries in the files, their leaves, cells that cannot be read, why one is closed."""
    layers: list[Layer] = []
    leaves: list[Leaf] = leaves_beside(tables)
    unread: list[Problem] = []
    closed: list[Problem] = []
    for name in names:
        (folder / name).mkdir()
    for name, data in tables.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    for name in names:
        try:
            layer = package(folder / name)
            if layer.name != name:
                rule, cure = f"it holds the library {layer.name!r}", "do not use the release"
                closed.append(Problem(f"{name}/{DESCRIPTOR}", None, "name", name, rule, cure))
            layers.append(layer)
            leaves += record_leaves(layer)
        except ProblemsError as wrong:
            leaves += _as_far_as_read(folder / name, unread)
            closed += [replace(p, file=f"{name}/{p.file}") for p in wrong.problems]
        leaves += _descriptor(tables.get(f"{name}/{DESCRIPTOR}", b""))
    in_package = [
        each._replace(file=f"{each.library}/{each.file}") if each.file else each for each in leaves
    ]
    return layers, in_package, unread, closed


def _as_far_as_read(folder: Path, unread: list[Problem]) -> list[Leaf]:
    """The records of a package that does not open, to find which of them was changed."""
    found: list[Leaf] = []
    for file in sorted(folder.rglob("*.csv")):
        if file.stem in BESIDE:
            continue
        try:
            layer = layer_of([RECORDS.read(file)], name=folder.name)
            found += record_leaves(layer)
        except ProblemsError as wrong:
            path = file.relative_to(folder.parent).as_posix()
            unread += [replace(p, file=path) for p in wrong.problems]
    return found


def _descriptor(data: bytes) -> Iterator[Leaf]:
    try:
        yield library_leaf(json.loads(data.decode("utf-8-sig")))
    except (UnicodeDecodeError, ValueError, KeyError, TypeError, RecursionError):
        return


def _records(made: Release, files: Mapping[str, bytes], unread: list[Problem]) -> Iterator[Problem]:
    """Each record, source, label, code, statement or descriptor that is not as released."""
    stated = hashes_in(files.get(LEAVES, b""))
    found = {leaf.name: leaf for leaf in made.leaves.all}
    lost = {problem.file for problem in unread}
    for name, leaf in found.items():
        if stated.get(name) == leaf.hash.hex():
            continue
        rule = f"this {leaf.kind} is not the one released"
        if name not in stated:
            rule = f"this {leaf.kind} is not in the release"
        file = leaf.file or MANIFEST
        yield Problem(file, leaf.row or None, leaf.kind, leaf.identifier, rule, RESTORE)
    for kind, library, identifier in sorted(set(stated) - set(found)):
        if kind not in (RECORD, LIBRARY) or not any(f.startswith(f"{library}/") for f in lost):
            rule = f"this {kind}{f' of {library}' if library else ''} is missing"
            yield Problem(LEAVES, None, kind, identifier, rule, RESTORE)


def _about_manifest(made: Release, stated: Mapping[str, Any]) -> Problem:
    if stated["root"] != made.root:
        rule = f"the hash of what it holds is {made.root}"
        return Problem(MANIFEST, None, "root", str(stated["root"]), rule, RESTORE)
    rule = "its bytes are not those of a release with this content"
    return Problem(MANIFEST, None, "", "", rule, RESTORE)


def _is_root(root: str, release: Release) -> bool:
    asked = root.rpartition("@")[2].lower()
    return len(asked) >= 16 and release.root.startswith(asked)


def _signatures(
    files: Mapping[str, bytes], public_key: Path | None, problems: list[Problem]
) -> tuple[tuple[signing.Signature, ...], str]:
    """The signatures, and the fingerprint of the key asked for if it has signed."""
    found: list[signing.Signature] = []
    if SIGNATURES in files:
        try:
            found = signing.read(files[SIGNATURES], MANIFEST, files[MANIFEST])
        except ReleaseError as wrong:
            problems += [replace(p, file=SIGNATURES) for p in wrong.problems]
    for signature in found:
        if not signature.holds:
            rule = "this key's signature does not hold for the manifest"
            cure = "do not trust it; ask the signer"
            problems.append(Problem(SIGNATURES, None, "key", signature.key, rule, cure))
    if public_key is None:
        return tuple(found), ""
    wanted = signing.public_key(public_key)
    for signature in found:
        if signature.public_key == wanted and signature.holds:
            return tuple(found), signature.key
    rule, cure = "this key has not signed the release", "ask its owner for the signed release"
    problem = Problem(SIGNATURES, None, "key", signing.fingerprint(wanted), rule, cure)
    problems.append(problem)
    return tuple(found), ""
