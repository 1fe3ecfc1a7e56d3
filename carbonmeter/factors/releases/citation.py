"""How to cite a release: as a line of text and as CITATION.cff."""

from __future__ import annotations

import json
from typing import NamedTuple

CITATION = "CITATION.cff"


class About(NamedTuple):
    """What a release says of itself."""

    name: str
    version: str
    date: str
    title: str
    by: str


def citation_text(about: About, root: str) -> str:
    """How to cite a release, in one line.

    Examples
    --------
    >>> print(citation_text(About("x", "1", "2026-11-24", "Grid factors", "A lab"), "ab12"))
    A lab: Grid factors, version 1, 2026-11-24. x@ab12
    """
    author = f"{about.by}: " if about.by else ""
    return f"{author}{about.title}, version {about.version}, {about.date}. {about.name}@{root}"


def citation_file(about: About, root: str) -> str:
    """The same in the Citation File Format 1.2.0; texts are quoted as in JSON, which YAML reads."""

    def quoted(text: str) -> str:
        return json.dumps(text, ensure_ascii=False)

    message = "If you use these factors, cite the release with its hash."
    return "\n".join(
        [
            "cff-version: 1.2.0",
            f"message: {quoted(message)}",
            "type: dataset",
            f"title: {quoted(about.title)}",
            "authors:",
            f"  - name: {quoted(about.by or about.name)}",
            f"version: {quoted(about.version)}",
            f"date-released: {quoted(about.date)}",
            "identifiers:",
            "  - type: other",
            f"    value: {quoted(f'{about.name}@{root}')}",
            '    description: "name@hash; SHA-256 of the Merkle tree over every record"',
            "",
        ]
    )
