"""A proof that one record is in a release: checked by whoever knows the release's hash alone."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from carbonmeter.errors import Problem, ReleaseError, near
from carbonmeter.factors.releases.leaves import RECORD
from carbonmeter.factors.releases.merkle import leaf_hash, path_to, root_by
from carbonmeter.factors.releases.release import Release

FORMAT = "carbonmeter-proof/1"


def proof(release: Release, record: str) -> str:
    """What proves that a record is in a release, as JSON text.

    Raises
    ------
    ReleaseError                     no record of this id
    """
    leaves = release.leaves.all
    held = {leaf.identifier: at for at, leaf in enumerate(leaves) if leaf.kind == RECORD}
    if record not in held:
        hint = near(record, list(held))
        cure = f"did you mean {hint}?" if hint else "see the ids in LEAVES.csv"
        problem = Problem("", None, "id", record, "no record of the release", cure)
        raise ReleaseError("nothing to prove", [problem])
    place = held[record]
    content = {
        "format": FORMAT,
        "release": release.identity,
        "leaf": leaves[place].content,
        "place": place,
        "leaves": len(leaves),
        "path": [step.hex() for step in path_to(release.leaves.hashes, place)],
    }
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"


def proven(text: str, root: str) -> Mapping[str, Any]:
    """The record that a proof proves to be in the release of a root.

    Raises
    ------
    ReleaseError                     a proof that does not lead to the root, or is none
    """
    try:
        said = json.loads(text)
        leaf, path = said["leaf"], [bytes.fromhex(step) for step in said["path"]]
        found = root_by(path, leaf_hash(leaf.encode()), int(said["place"]), int(said["leaves"]))
        record = json.loads(leaf)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        found, record = None, None
    asked = root.rpartition("@")[2].lower()
    whole = found is not None and found.hex() == asked
    if not whole or not isinstance(record, dict):
        rule = "it does not lead to this hash" if found is not None else "not a whole proof"
        cure = "ask for the proof again, and take the hash from where the release is cited"
        raise ReleaseError("nothing is proven", [Problem("", None, "root", asked, rule, cure)])
    return record
