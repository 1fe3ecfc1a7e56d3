"""Keys and signatures: who released a library, by Ed25519."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import os
import stat
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from carbonmeter.errors import Problem, ReleaseError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (
        Ed25519PrivateKey,
        Ed25519PublicKey,
    )

ALGORITHM = "Ed25519"
PUBLIC = ".pub"
RAW_KEY, RAW_SIGNATURE = 32, 64


class Signature(NamedTuple):
    """One signature under a text: by which key, and whether it holds."""

    key: str
    public_key: bytes
    signature: bytes
    holds: bool


def make_keys(path: Path) -> str:
    """Write a new private key, readable by its owner alone, and beside it the public one.

    Parameters
    ----------
    path : Path                      of the private key; the public one gets `.pub` after it

    Returns
    -------
    str                              fingerprint of the pair: SHA-256 of the public key

    Raises
    ------
    ReleaseError                     if either file exists: a key is never overwritten
    """
    _needed()
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        NoEncryption,
        PrivateFormat,
        PublicFormat,
    )

    public = path.with_name(path.name + PUBLIC)
    for file in (path, public):
        if file.exists():
            rule, cure = "a file of this name exists", "choose another name, or move it away"
            raise _refused("no key is made", file, rule, cure)
    key = Ed25519PrivateKey.generate()
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    shown = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    for file, data, mode in ((path, secret, 0o600), (public, shown, 0o644)):
        # The mode is given at birth: there is no moment at which others could read it.
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
        with os.fdopen(os.open(file, flags, mode), "wb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
    return fingerprint(_raw(key.public_key()))


def sign(content: bytes, private_key: Path) -> Signature:
    """The signature of a text by the key in a file.

    Raises
    ------
    ReleaseError                     no key of this kind, or one that others can read
    """
    key = _private(private_key)
    public = _raw(key.public_key())
    return Signature(fingerprint(public), public, key.sign(content), True)


def written(signed: str, signatures: Iterable[Signature]) -> bytes:
    """Signatures as the file that goes into a release, one for each key."""
    each = {s.key: s for s in signatures}
    content = {
        "signed": signed,
        "signatures": [
            {
                "algorithm": ALGORITHM,
                "key": key,
                "public_key": base64.b64encode(each[key].public_key).decode(),
                "signature": base64.b64encode(each[key].signature).decode(),
            }
            for key in sorted(each)
        ],
    }
    return (json.dumps(content, indent=2) + "\n").encode()


def read(file: bytes, signed: str, content: bytes) -> list[Signature]:
    """The signatures in a file, each with whether it holds for the text.

    Raises
    ------
    ReleaseError                     a file that is not written as `written` writes it
    """
    try:
        entries = json.loads(file)["signatures"]
        found = [_entry(entry, content) for entry in entries]
    except (ValueError, KeyError, TypeError, binascii.Error, RecursionError):
        found = []
    if not found or written(signed, found) != file:
        rule, cure = "not a list of signatures as they are written", "sign the release again"
        raise ReleaseError("the signatures cannot be read", [Problem("", None, "", "", rule, cure)])
    return found


def public_key(path: Path) -> bytes:
    """The 32 bytes of the public key in a file; of a private one, those of its public half.

    Raises
    ------
    ReleaseError                     no Ed25519 key
    """
    _needed()
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    data = _data(path)
    if b"PRIVATE KEY" in data:
        return _raw(_private(path).public_key())
    try:
        key = load_pem_public_key(data)
    except (ValueError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PublicKey):
        rule, cure = "no Ed25519 public key in PEM form", f"name the {PUBLIC} file of the signer"
        raise _refused("the key cannot be read", path, rule, cure)
    return _raw(key)


def fingerprint(public: bytes) -> str:
    """SHA-256 of a public key: what a signer publishes so that others know the key."""
    return hashlib.sha256(public).hexdigest()


def _entry(entry: Mapping[str, Any], content: bytes) -> Signature:
    public = base64.b64decode(entry["public_key"], validate=True)
    signature = base64.b64decode(entry["signature"], validate=True)
    if len(public) != RAW_KEY or len(signature) != RAW_SIGNATURE:
        raise ValueError("not the lengths of a key and a signature")
    return Signature(fingerprint(public), public, signature, _holds(public, signature, content))


def _holds(public: bytes, signature: bytes, content: bytes) -> bool:
    _needed()
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, content)
    except InvalidSignature:
        return False
    return True


def _private(path: Path) -> Ed25519PrivateKey:
    _needed()
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    data = _data(path)
    if os.name == "posix" and stat.S_IMODE(path.stat().st_mode) & 0o077:
        cure = f"take the rights of others away: chmod 600 {path.name}"
        raise _refused("nothing is signed", path, "a private key that others can read", cure)
    try:
        key = load_pem_private_key(data, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        rule, cure = "no Ed25519 private key in PEM form", "make one: carbonmeter factors keys FILE"
        raise _refused("nothing is signed", path, rule, cure)
    return key


def _data(path: Path) -> bytes:
    if not path.is_file():
        cure = "check its name; a new pair: carbonmeter factors keys FILE"
        raise _refused("no key", path, "the file does not exist", cure)
    return path.read_bytes()[:10_000]


def _raw(key: Ed25519PublicKey) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return key.public_bytes(Encoding.Raw, PublicFormat.Raw)


def _needed() -> None:
    """Refuse, with the cure, where the package for signatures is not installed."""
    from importlib.util import find_spec

    if find_spec("cryptography") is None:
        rule, cure = "the package cryptography is missing", "pip install 'carbonmeter[sign]'"
        raise ReleaseError("no signatures here", [Problem("", None, "", "", rule, cure)])


def _refused(what: str, path: Path, rule: str, cure: str) -> ReleaseError:
    return ReleaseError(what, [Problem(path.name, None, "", "", rule, cure)])
