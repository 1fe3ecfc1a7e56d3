"""The tree of hashes against its definition, and proofs that one leaf is in it."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbonmeter.factors.releases.merkle import leaf_hash, path_to, root_by, root_of


def defined(leaves: list[bytes]) -> bytes:
    """The tree as RFC 6962, 2.1 defines it: parted at the largest power of two below n."""
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    at = 1
    while at * 2 < len(leaves):
        at *= 2
    return hashlib.sha256(b"\x01" + defined(leaves[:at]) + defined(leaves[at:])).digest()


@given(st.lists(st.binary(max_size=8), min_size=1, max_size=70))
def test_the_root_is_that_of_the_definition(leaves):
    assert root_of([leaf_hash(leaf) for leaf in leaves]) == defined(leaves)


@pytest.mark.parametrize(
    ("count", "root"),
    [
        (0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        (1, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
        (8, "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"),
    ],
)
def test_roots_that_others_compute(count, root):
    """The eight leaves that implementations of RFC 6962 test with."""
    leaves = [
        b"",
        b"\x00",
        b"\x10",
        b"\x20\x21",
        b"\x30\x31",
        b"\x40\x41\x42\x43",
        b"\x50\x51\x52\x53\x54\x55\x56\x57",
        b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
    ]
    assert root_of([leaf_hash(leaf) for leaf in leaves[:count]]).hex() == root


@given(st.integers(1, 60), st.data())
def test_a_path_leads_to_the_root_from_its_own_leaf_and_place_only(count, data):
    hashes = [leaf_hash(bytes([at])) for at in range(count)]
    place = data.draw(st.integers(0, count - 1))
    path, root = path_to(hashes, place), root_of(hashes)
    assert root_by(path, hashes[place], place, count) == root
    assert root_by(path, leaf_hash(b"other"), place, count) != root
    assert root_by([*path, hashes[0]], hashes[place], place, count) is None
    if count > 1:
        assert root_by(path[:-1], hashes[place], place, count) is None
        assert root_by(path, hashes[place], (place + 1) % count, count) != root
    assert root_by(path, hashes[place], count, count) is None


def test_a_place_outside_is_refused():
    with pytest.raises(IndexError, match="no leaf 3 of 3"):
        path_to([b""] * 3, 3)
