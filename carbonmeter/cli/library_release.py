"""Releases of libraries: make, sign, verify, prove; and keys to sign with."""

from __future__ import annotations

from argparse import Namespace
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from carbonmeter.cli.output import say
from carbonmeter.errors import Problem, ReleaseError


def release(options: Namespace) -> None:
    """Pin libraries in one file; with --key, signed."""
    from carbonmeter.cli.library_named import folders_named
    from carbonmeter.factors.releases.release import release as made_of
    from carbonmeter.report import releases, write

    about = {name: getattr(options, name) for name in ("name", "version", "date", "title", "by")}
    if not about["name"] and len(options.libraries) != 1:
        about["name"] = options.out.stem.lower()
    folders = folders_named(options.libraries)
    made = made_of(folders, **about)
    if options.key:
        made = made.signed(options.key)
    write.write_bytes(options.out, made.data)
    releases.show_release(made, options.out, options.lang)
    releases.show_reserved(_reserved(folders), options.lang)


def _reserved(folders: Sequence[Path]) -> dict[str, int]:
    """How many records and statements stand under each licence that keeps their texts."""
    from carbonmeter.factors.exchange.content import content_of
    from carbonmeter.factors.exchange.licences import FACTS_ONLY, Passing, licences_of, rule_of

    contents = [content_of(folder) for folder in folders]
    counts = Counter(
        text for one in contents if FACTS_ONLY not in one.about for text in licences_of(one)
    )
    return {t: n for t, n in counts.items() if rule_of(t).passing is not Passing.OPEN}


def sign(options: Namespace) -> None:
    """Add a signature to a release; its hash stays what it was."""
    from carbonmeter.factors.releases.verify import refusal
    from carbonmeter.factors.releases.verify import verify as checked
    from carbonmeter.report import releases, write

    found = checked(options.file)
    if found.release is None or not found:
        raise refusal(options.file, found.problems)
    signed = found.release.signed(options.key)
    write.write_bytes(options.out or options.file, signed.data)
    releases.show_release(signed, options.out or options.file, options.lang)


def verify(options: Namespace) -> None:
    """Whether a release is whole; or a proof of one record; or a library against a release."""
    from carbonmeter.factors.releases.proof import proven
    from carbonmeter.factors.releases.verify import refusal
    from carbonmeter.factors.releases.verify import verify as checked
    from carbonmeter.report import releases, terminal

    if options.path.suffix == ".json" and options.path.is_file():
        if not options.root:
            raise _incomplete("--root", "a proof is checked against the hash of the release")
        terminal.show_fields(proven(options.path.read_text("utf-8"), options.root), options.lang)
        return
    if options.against:
        _against(options)
        return
    found = checked(options.path, public_key=options.public_key, root=options.root)
    releases.show_verified(found, options.path, options.lang)
    if not found:
        raise refusal(options.path, found.problems)


def _against(options: Namespace) -> None:
    """A library, folder or table, record by record, against a release that is whole."""
    from carbonmeter.cli.library_named import library_named
    from carbonmeter.factors.changes.diff import diff as compared
    from carbonmeter.factors.releases.verify import refusal
    from carbonmeter.report import differences

    found = compared(library_named(options.against), library_named(str(options.path)))
    differences.show_diff(found, options.lang, limit=0)
    if found.changes:
        raise refusal(options.path, found.problems())


def keys(options: Namespace) -> None:
    """Make a pair of keys, or show the fingerprint of one."""
    from carbonmeter.factors.releases.signing import PUBLIC, fingerprint, make_keys, public_key
    from carbonmeter.report.bilingual import word

    if options.show:
        say(f"{word('fingerprint', options.lang)}: {fingerprint(public_key(options.file))}")
        return
    print_of = make_keys(options.file)
    say(f"→ {options.file} ({word('keep_secret', options.lang)})")
    say(f"→ {options.file}{PUBLIC} ({word('give_away', options.lang)})")
    say(f"{word('fingerprint', options.lang)}: {print_of}")


def proof(options: Namespace) -> None:
    """What proves to anyone that one record is in a release."""
    from carbonmeter.factors.releases.proof import proof as of
    from carbonmeter.factors.releases.verify import refusal
    from carbonmeter.factors.releases.verify import verify as checked
    from carbonmeter.report import write

    found = checked(options.file)
    if found.release is None or not found:
        raise refusal(options.file, found.problems)
    text = of(found.release, options.record)
    if options.out is None:
        say(text.rstrip("\n"))
        return
    write.write_text(options.out, text)
    say(f"→ {options.out}  {found.release.identity}")


def _incomplete(option: str, why: str) -> ReleaseError:
    return ReleaseError("nothing was verified", [Problem("", None, "", option, why, "give it")])
