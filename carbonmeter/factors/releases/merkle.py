"""A tree of hashes: one number that stands for all leaves, and short proofs that one is in it.

A leaf is hashed with a zero byte before it and a pair with a one, so that no pair passes for a
leaf. The tree parts n leaves at the largest power of two below n.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

LEAF, PAIR = b"\x00", b"\x01"


def leaf_hash(content: bytes) -> bytes:
    """SHA-256 of one leaf."""
    return hashlib.sha256(LEAF + content).digest()


def root_of(hashes: Sequence[bytes]) -> bytes:
    """The hash of the tree over the hashes of its leaves, in their order.

    Source
    ------
    RFC 6962: 2.1 (Merkle hash trees)

    Examples
    --------
    >>> root_of([leaf_hash(b"")]).hex()[:16], root_of([]).hex()[:16]
    ('6e340b9cffb37a98', 'e3b0c44298fc1c14')
    """
    level = list(hashes)
    if not level:
        return hashlib.sha256(b"").digest()
    # Pairing neighbours level by level, an odd one moving up, parts at the same powers of two.
    while len(level) > 1:
        paired = [_pair(level[at], level[at + 1]) for at in range(0, len(level) - 1, 2)]
        level = paired + level[len(level) - len(level) % 2 :]
    return level[0]


def path_to(hashes: Sequence[bytes], place: int) -> list[bytes]:
    """The hashes that, with that of the leaf at a place, give the root: from the leaf upwards.

    Source
    ------
    RFC 6962: 2.1.1 (audit paths)
    """
    if not 0 <= place < len(hashes):
        raise IndexError(f"no leaf {place} of {len(hashes)}")
    found: list[bytes] = []
    level = list(hashes)
    while len(level) > 1:
        other = place ^ 1
        if other < len(level):
            found.append(level[other])
        paired = [_pair(level[at], level[at + 1]) for at in range(0, len(level) - 1, 2)]
        level = paired + level[len(level) - len(level) % 2 :]
        place //= 2
    return found


def root_by(path: Sequence[bytes], leaf: bytes, place: int, count: int) -> bytes | None:
    """The root that a leaf at a place among `count` and its path lead to; None if none fits."""
    if not 0 <= place < count:
        return None
    found, rest = leaf, list(path)
    while count > 1:
        other = place ^ 1
        if other < count:
            if not rest:
                return None
            beside = rest.pop(0)
            found = _pair(found, beside) if other > place else _pair(beside, found)
        place, count = place // 2, (count + 1) // 2
    return None if rest else found


def _pair(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(PAIR + left + right).digest()
