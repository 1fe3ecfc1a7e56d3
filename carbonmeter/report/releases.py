"""Releases in a terminal: what was pinned, and whether it is whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from carbonmeter.report.bilingual import word
from carbonmeter.report.tables import Heading, console, shown, table

if TYPE_CHECKING:
    from carbonmeter.factors.releases.release import Release
    from carbonmeter.factors.releases.verify import Verified


def show_release(release: Release, path: Path, lang: str = "en") -> None:
    """What is in a release, its hash, and how to cite it."""
    out = console()
    out.print(_contents(release, lang))
    for name, text in (
        (word("release_hash", lang), release.root),
        (word("cite", lang), release.citation),
    ):
        out.print(shown(f"{name}: {text}"), soft_wrap=True)
    out.print(shown(f"→ {path}  {len(release.data) / 1000:,.0f} kB"), soft_wrap=True)


def show_reserved(licences: Mapping[str, int], lang: str = "en") -> None:
    """The licences under which a release may be kept and cited, but not given to others."""
    out = console()
    if licences:
        out.print(shown(word("reserved", lang), "bold"), soft_wrap=True)
    for licence, count in licences.items():
        out.print(shown(f"  {count:,}  {licence or word('no_licence', lang)}"), soft_wrap=True)


def show_verified(found: Verified, path: Path, lang: str = "en") -> None:
    """What was found in a release; the problems are told by the error that follows."""
    out = console()
    release = found.release
    if release is not None and found:
        out.print(_contents(release, lang))
        out.print(shown(f"{word('release_hash', lang)}: {release.root}"), soft_wrap=True)
        out.print(shown(f"{path.name}: {word('whole', lang)}", "bold"), soft_wrap=True)
    for signature in found.signatures:
        state = "signed_by" if signature.holds else "not_signed_by"
        if signature.key == found.trusted:
            state = "signed_by_trusted"
        out.print(shown(f"{word(state, lang)}: {signature.key}"), soft_wrap=True)
    if not found.signatures:
        out.print(shown(word("unsigned", lang), "dim"))


def _contents(release: Release, lang: str) -> object:
    about = release.about
    counts = Counter((leaf.library, leaf.kind) for leaf in release.leaves.all if leaf.library)
    kinds = ("record", "source", "label", "code", "statement")
    names = release.libraries
    rows = [[name, *(f"{counts[name, kind]:,}" for kind in kinds)] for name in names]
    if len(rows) > 1:
        sums = [sum(counts[name, kind] for name in names) for kind in kinds]
        rows.append([word("together", lang), *(f"{each:,}" for each in sums)])
    headings = [
        Heading(word("library", lang)),
        *(Heading(word(f"{kind}s_held", lang), True) for kind in kinds),
    ]
    return table(headings, rows, f"{about.title} · {about.version} · {about.date}")
