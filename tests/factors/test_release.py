"""Releases: the same bytes anywhere, opened again, any change found and named, signatures."""

from __future__ import annotations

import io
import json
import os
import stat
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pandas as pd
import pytest

from carbonmeter.cli import main
from carbonmeter.errors import ReleaseError
from carbonmeter.factors import DEFAULT, SHIPPED, FactorLibrary
from carbonmeter.factors.releases.archive import MANIFEST, pack, unpack
from carbonmeter.factors.releases.proof import proof, proven
from carbonmeter.factors.releases.release import LEAVES, SIGNATURES, release
from carbonmeter.factors.releases.signing import fingerprint, make_keys, public_key
from carbonmeter.factors.releases.verify import verify
from carbonmeter.tables.source import Limits
from tests.accounts.ledgers import anthracite, made
from tests.factors.frames import answer, request
from tests.factors.releases import RECORDS, SOURCES, package, small
from tests.factors.test_shipped import DATA

TABLE = "small/fuels.csv"


@pytest.fixture
def whole(tmp_path):
    """The release of the small library, and its file."""
    made_of = small(tmp_path, by="A laboratory")
    path = tmp_path / "small.zip"
    path.write_bytes(made_of.data)
    return made_of, path


def changed(path: Path, name: str, before: str, after: str) -> Path:
    """The same archive with one text of one file replaced."""
    files = unpack(path)
    assert before.encode() in files[name]
    files[name] = files[name].replace(before.encode(), after.encode(), 1)
    path.write_bytes(pack(files))
    return path


def found(path: Path) -> list[tuple[str, int | None, str, str]]:
    return [(p.file, p.row, p.column, p.value) for p in verify(path).problems]


# ---- what a release is


def test_the_same_libraries_give_the_same_bytes_and_a_hash_of_what_they_say(tmp_path):
    one, two = small(tmp_path / "a"), small(tmp_path / "b")
    assert one.data == two.data
    rows = RECORDS.splitlines(keepends=True)
    turned = "".join([rows[0], rows[2], rows[1]]).replace(",26.7,", ",26.70,")
    other = release([package(tmp_path / "c", fuels=turned)])
    assert other.root == one.root
    assert other.data != one.data


@pytest.mark.parametrize(
    ("table", "before", "after"),
    [
        ("fuels", "26.7", "26.8"),
        ("fuels", "as received", "as fired"),
        ("industry", "Table 2", "Table 3"),
        ("sources", "A document", "Another document"),
        ("labels", "小物", "小件"),
    ],
)
def test_any_word_of_any_table_changes_the_hash(tmp_path, table, before, after):
    from tests.factors import releases

    texts = {"fuels": "RECORDS", "industry": "OXIDATION", "sources": "SOURCES", "labels": "LABELS"}
    text = getattr(releases, texts[table])
    assert before in text
    other = release([package(tmp_path / "x", **{table: text.replace(before, after)})])
    assert other.root != small(tmp_path).root


@pytest.mark.parametrize("about", ["name", "version", "date", "title", "by"])
def test_the_hash_covers_what_the_release_says_of_itself(tmp_path, about):
    other = small(tmp_path, **{about: "2027-01-01"})
    assert other.root != small(tmp_path).root
    assert "2027-01-01" in other.citation


def test_a_release_says_how_to_cite_it(whole):
    made_of, _ = whole
    assert made_of.citation == (
        f"A laboratory: A small library, version 1, 2026-01-02. small@{made_of.root}"
    )
    citation = made_of.files["CITATION.cff"].decode()
    assert 'date-released: "2026-01-02"' in citation
    assert made_of.identity in citation


def test_a_leaf_is_text_that_anyone_can_hash_again(whole):
    import hashlib

    made_of, _ = whole
    (leaf,) = [x for x in made_of.leaves.all if x.identifier == "small.anthracite.of"]
    assert leaf.content == (
        '{"clause":"Table 2","confidence":"primary","id":"small.anthracite.of","kind":"record",'
        '"library":"small","parameter":"oxidation_factor","region":"*","site":"*","source":"DOC",'
        '"subject":"anthracite","tier":"default","unit":"percent","value":"94"}'
    )
    digest = hashlib.sha256(b"\x00" + leaf.content.encode()).hexdigest()
    assert f"record,small,small.anthracite.of,{digest}\n" in made_of.files[LEAVES].decode()


def test_the_archive_has_no_clock_and_no_order_of_a_disk_in_it(whole):
    made_of, path = whole
    with zipfile.ZipFile(path) as archive:
        entries = archive.infolist()
    assert [e.filename for e in entries] == sorted(made_of.files)
    assert {e.date_time for e in entries} == {(1980, 1, 1, 0, 0, 0)}
    assert {e.compress_type for e in entries} == {zipfile.ZIP_STORED}


# ---- opened again


def test_a_release_opens_packed_and_unpacked_and_is_named(whole, tmp_path):
    made_of, path = whole
    with zipfile.ZipFile(path) as archive:
        archive.extractall(tmp_path / "unpacked")
    for place in (path, tmp_path / "unpacked"):
        library = FactorLibrary.open(place)
        assert library.releases == (made_of.identity,)
        assert answer(library, request())[1] == 26.7
    assert FactorLibrary.open(path).version == FactorLibrary.open(tmp_path / "small").version


def test_a_released_library_takes_the_place_of_the_installed_one(tmp_path):
    made_of = release([DATA / name for name in DEFAULT], name="guides")
    path = tmp_path / "guides.zip"
    path.write_bytes(made_of.data)
    pinned = FactorLibrary.open(path)
    assert pinned.layers == DEFAULT
    installed = made(anthracite())
    for library in (pinned, pinned.over(FactorLibrary.default())):
        account = made(anthracite(), library=library)
        assert account.total().frame()["co2e"].equals(installed.total().frame()["co2e"])
        assert account.attributes()["release"] == made_of.identity
        assert account.lines.attrs["release"] == made_of.identity
        assert f"cets-2024 (guides@{made_of.root[:16]})" in str(account.explain(0))
    assert "release" not in installed.attributes()


def test_totals_of_blocks_and_the_manifest_of_a_run_name_the_release(tmp_path):
    from carbonmeter.accounts.streamed import stream_totals
    from carbonmeter.report.manifest import manifest
    from carbonmeter.report.results import NamedAccount, Results

    made_of = release([DATA / "cn-grid"], name="grid")
    path = tmp_path / "grid.zip"
    path.write_bytes(made_of.data)
    library = FactorLibrary.open(path).over(FactorLibrary.default())
    table = tmp_path / "activity.parquet"
    row = {"entity": "plant", "site": "", "region": "CN", "period": "2024"}
    row |= {"activity": "electricity_purchase", "subject": "", "quantity": 1.0, "unit": "MWh"}
    pd.DataFrame([row]).to_parquet(table)
    totals = stream_totals(table, library, guide="ndrc")
    assert totals.evidence.attributes["release"] == made_of.identity
    assert totals.dataset().attrs["release"] == made_of.identity
    named = NamedAccount("a", "甲", "A", made(row, guide="ndrc", library=library))
    results = Results("报告", "Report", tmp_path, (named,))
    (said,) = manifest(results)["accounts"]
    assert said["releases"] == [made_of.identity]


def test_all_installed_libraries_in_one_release(tmp_path):
    made_of = release([DATA / name for name in SHIPPED], name="all")
    path = tmp_path / "all.zip"
    path.write_bytes(made_of.data)
    assert verify(path)
    assert made_of.records == len(FactorLibrary.shipped())


# ---- one changed byte


@pytest.mark.parametrize(
    ("name", "before", "after", "expected"),
    [
        (TABLE, ",26.7,", ",26.8,", [(TABLE, 2, "record", "small.anthracite.ncv")]),
        (TABLE, "as received", "as recieved", [(TABLE, 3, "record", "small.lignite.ncv")]),
        (TABLE, ",26.7,", ",26.70,", [(TABLE, None, "", "")]),
        ("small/sources.csv", "A doc", "B doc", [("small/sources.csv", 2, "source", "DOC")]),
        ("small/labels.csv", "小", "大", [("small/labels.csv", 2, "label", "small_thing")]),
        (
            "small/datapackage.json",
            "A small",
            "A large",
            [("small/datapackage.json", None, "library", "small")],
        ),
        ("CITATION.cff", "A laboratory", "B laboratory", [("CITATION.cff", None, "", "")]),
        (MANIFEST, "A laboratory", "B laboratory", [(MANIFEST, None, "release", "small")]),
        (MANIFEST, '"leaves": 7', '"leaves": 8', [(MANIFEST, None, "", "")]),
    ],
)
def test_what_was_changed_is_named(whole, name, before, after, expected):
    _, path = whole
    assert verify(path)
    assert found(changed(path, name, before, after)) == expected
    with pytest.raises(ReleaseError):
        FactorLibrary.open(path)


def test_records_taken_away_added_and_unreadable_are_named(whole):
    made_of, path = whole
    row = RECORDS.splitlines(keepends=True)[2]
    assert (LEAVES, None, "record", "small.lignite.ncv") in found(changed(path, TABLE, row, ""))
    path.write_bytes(made_of.data)
    more = row + row.replace("small.lignite.ncv", "small.peat.ncv").replace("lignite", "peat")
    assert found(changed(path, TABLE, row, more)) == [(TABLE, 4, "record", "small.peat.ncv")]
    path.write_bytes(made_of.data)
    assert (TABLE, 2, "value", "2x.7") in found(changed(path, TABLE, ",26.7,", ",2x.7,"))


def test_a_file_missing_or_put_in_is_named(whole):
    _, path = whole
    files = unpack(path)
    path.write_bytes(pack({n: d for n, d in files.items() if n != TABLE}))
    assert (TABLE, None, "", "") in found(path)
    path.write_bytes(pack({**files, "small/more.txt": b"more"}))
    assert found(path) == [("small/more.txt", None, "", "")]


def test_a_change_with_all_hashes_made_to_fit_shows_in_the_hash_that_is_cited(tmp_path, whole):
    made_of, path = whole
    forged = release([package(tmp_path / "f", fuels=RECORDS.replace("26.7", "26.8"))], by="x")
    path.write_bytes(forged.data)
    assert verify(path)
    assert not verify(path, root=made_of.identity)
    assert verify(path, root=forged.root[:16])
    assert not verify(path, root=forged.root[:15])


def test_every_changed_byte_of_an_archive_is_found(whole):
    made_of, path = whole
    missed = []
    for at in range(0, len(made_of.data), 17):
        data = bytearray(made_of.data)
        data[at] ^= 1 << at % 8
        path.write_bytes(data)
        try:
            if verify(path):
                missed.append(at)
        except ReleaseError:
            continue
    assert missed == []


def test_an_archive_cut_short_or_lengthened_is_refused(whole):
    made_of, path = whole
    for data in (made_of.data[:-1], made_of.data[: len(made_of.data) // 2], b"", b"PK"):
        path.write_bytes(data)
        with pytest.raises(ReleaseError, match="not a whole zip archive"):
            verify(path)
    path.write_bytes(made_of.data + b"\0")
    assert not verify(path)


# ---- archives that are not opened


def written(path: Path, *entries: tuple[str | zipfile.ZipInfo, bytes], **more) -> Path:
    with zipfile.ZipFile(path, "w", **more) as archive:
        for name, data in entries:
            archive.writestr(name, data)
    return path


def test_a_folder_that_holds_the_library_of_another_name_is_refused(tmp_path):
    """A release that fits itself in every hash, made to bring two libraries of one name."""
    from carbonmeter.factors.package import read_package
    from carbonmeter.factors.releases.leaves import Leaves, library_leaf, record_leaves
    from carbonmeter.factors.releases.release import about_leaf, assembled, leaves_beside

    folder = package(tmp_path / "small")
    honest = release([folder])
    tables = {f"other/{p.name}": p.read_bytes() for p in sorted(folder.iterdir())}
    leaves = [about_leaf(honest.about, ["other"]), *record_leaves(read_package(folder))]
    leaves.append(library_leaf(json.loads(tables["other/datapackage.json"])))
    forged = assembled(honest.about, ["other"], Leaves(leaves + leaves_beside(tables)), tables)
    path = tmp_path / "x.zip"
    path.write_bytes(forged.data)
    assert [p.rule for p in verify(path).problems] == ["it holds the library 'small'"]


@pytest.mark.parametrize(
    "name",
    ["../evil.csv", "/etc/evil", "a/../../evil", "C:/evil", "a\\evil", "./evil", "a\nb", "x" * 201],
)
def test_a_name_that_leaves_the_archive_is_refused(tmp_path, name):
    path = written(tmp_path / "x.zip", (MANIFEST, b"{}"), (name, b"x"))
    with pytest.raises(ReleaseError, match="a path that leaves the archive"):
        FactorLibrary.open(path)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["x.zip"]


def test_a_link_and_a_name_twice_are_refused(tmp_path):
    link = zipfile.ZipInfo("a/link")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    path = written(tmp_path / "x.zip", (MANIFEST, b"{}"), (link, b"/etc/passwd"))
    with pytest.raises(ReleaseError, match="a link, not a file"):
        verify(path)
    with pytest.warns(UserWarning, match="Duplicate"):
        path = written(tmp_path / "y.zip", ("a.csv", b""), ("a.csv", b""), (MANIFEST, b"{}"))
    with pytest.raises(ReleaseError, match="this name occurs twice"):
        verify(path)
    path = written(tmp_path / "z.zip", ("a/b", b""), ("a/b/c", b""), (MANIFEST, b"{}"))
    with pytest.raises(ReleaseError, match="a file and a folder of one name"):
        verify(path)


def test_a_link_in_a_folder_is_refused(tmp_path, whole):
    _, path = whole
    with zipfile.ZipFile(path) as archive:
        archive.extractall(tmp_path / "out")
    (tmp_path / "out" / "small" / "more.csv").symlink_to("/etc/hostname")
    with pytest.raises(ReleaseError, match="a link, not a file"):
        verify(tmp_path / "out")


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path):
    bomb = (("a/b.csv", b"0" * 40_000_000), (MANIFEST, b"{}"))
    path = written(tmp_path / "bomb.zip", *bomb, compression=zipfile.ZIP_DEFLATED)
    start = time.perf_counter()
    with pytest.raises(ReleaseError, match="times its own size"):
        FactorLibrary.open(path)
    assert time.perf_counter() - start < 1.0


def test_sizes_are_counted_whatever_the_archive_says_of_them(tmp_path):
    text = b"".join(b"%d," % n for n in range(20_000))
    path = written(tmp_path / "x.zip", ("a.csv", text), compression=zipfile.ZIP_DEFLATED)
    with pytest.raises(ReleaseError, match="more than 50,000 bytes"):
        unpack(path, Limits(unpacked_bytes=50_000))
    data = bytearray(path.read_bytes())
    at = data.rindex(b"PK\x01\x02")
    data[at + 24 : at + 28] = (10).to_bytes(4, "little")  # the size that the list of files states
    path.write_bytes(data)
    with pytest.raises(ReleaseError):
        unpack(path, Limits(unpacked_bytes=50_000))


@pytest.mark.parametrize("manifest", [b"", b"[]", b"{}", b"\xff", b'{"format": "x"}', b"[" * 10**5])
def test_a_manifest_that_is_none_is_refused(tmp_path, manifest):
    path = written(tmp_path / "x.zip", (MANIFEST, manifest))
    with pytest.raises(ReleaseError, match=MANIFEST):
        FactorLibrary.open(path)


def test_what_is_no_release_is_told_apart(tmp_path):
    with pytest.raises(ReleaseError, match="does not exist"):
        verify(tmp_path / "none.zip")
    with pytest.raises(ReleaseError, match="it holds no RELEASE"):
        verify(package(tmp_path / "small"))


@pytest.mark.parametrize(
    ("about", "wrong"),
    [
        ({"name": "My Library"}, "not a name of a release"),
        ({"date": "24.11.2026"}, "not a day"),
        ({"by": "a\nb"}, "not one line of text"),
        ({"title": "x" * 501}, "not one line of text"),
    ],
)
def test_what_cannot_be_released_is_refused(tmp_path, about, wrong):
    with pytest.raises(ReleaseError, match=wrong):
        small(tmp_path, **about)
    with pytest.raises(ReleaseError, match="two libraries of one name"):
        release([tmp_path / "small", tmp_path / "small"], name="x")
    with pytest.raises(ReleaseError, match="no library is named"):
        release([])


# ---- signatures


@pytest.fixture
def key(tmp_path):
    make_keys(tmp_path / "lab.key")
    return tmp_path / "lab.key"


def test_a_release_is_signed_at_once_or_later_and_keeps_its_hash(whole, key):
    made_of, path = whole
    signed = made_of.signed(key)
    assert (signed.root, signed.identity) == (made_of.root, made_of.identity)
    path.write_bytes(signed.data)
    (signature,) = verify(path).signatures
    assert signature.holds
    assert signature.key == fingerprint(public_key(key.with_name("lab.key.pub")))
    checked = verify(path, public_key=key.with_name("lab.key.pub"))
    assert checked
    assert checked.trusted == signature.key
    assert FactorLibrary.open(path).releases == (made_of.identity,)
    assert signed.signed(key).data == signed.data


def test_two_can_sign_and_an_unsigned_or_foreign_release_is_told(whole, key, tmp_path):
    made_of, path = whole
    make_keys(tmp_path / "other.key")
    other = tmp_path / "other.key.pub"
    problem = (SIGNATURES, None, "key", fingerprint(public_key(other)))
    assert [tuple(p)[:4] for p in map(_fields, verify(path, public_key=other).problems)] == [
        problem
    ]
    path.write_bytes(made_of.signed(key).data)
    assert not verify(path, public_key=other)
    path.write_bytes(made_of.signed(key).signed(tmp_path / "other.key").data)
    assert verify(path, public_key=other)
    assert len(verify(path).signatures) == 2


def _fields(problem):
    return (problem.file, problem.row, problem.column, problem.value)


def test_a_signature_taken_from_another_release_does_not_hold(whole, key, tmp_path):
    made_of, path = whole
    other = small(tmp_path, title="Another")
    files = dict(other.files) | {SIGNATURES: made_of.signed(key).files[SIGNATURES]}
    path.write_bytes(pack(files))
    assert "does not hold" in verify(path).problems[0].rule
    assert not verify(path, public_key=key.with_name("lab.key.pub"))


def test_every_changed_byte_of_the_signatures_is_found(whole, key):
    made_of, path = whole
    signed = made_of.signed(key)
    text = signed.files[SIGNATURES]
    for at in range(0, len(text), 5):
        other = bytearray(text)
        other[at] ^= 1
        path.write_bytes(pack(dict(signed.files) | {SIGNATURES: bytes(other)}))
        assert not verify(path), text[at - 5 : at + 5]


def test_keys_are_for_their_owner_alone_and_never_overwritten(key, tmp_path):
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert b"PRIVATE" not in key.with_name("lab.key.pub").read_bytes()
    with pytest.raises(ReleaseError, match="a file of this name exists"):
        make_keys(key)
    (tmp_path / "half.key.pub").write_text("x")
    with pytest.raises(ReleaseError, match="a file of this name exists"):
        make_keys(tmp_path / "half.key")
    assert not (tmp_path / "half.key").exists()


@pytest.mark.skipif(os.name != "posix", reason="rights of files")
def test_a_private_key_that_others_can_read_signs_nothing(whole, key):
    made_of, _ = whole
    key.chmod(0o644)
    with pytest.raises(ReleaseError, match="chmod 600"):
        made_of.signed(key)


@pytest.mark.parametrize("text", ["", "no key", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END"])
def test_what_is_no_key_is_refused(whole, tmp_path, text):
    made_of, path = whole
    bad = tmp_path / "bad.key"
    bad.write_text(text)
    bad.chmod(0o600)
    with pytest.raises(ReleaseError, match="no Ed25519"):
        made_of.signed(bad)
    with pytest.raises(ReleaseError, match="no Ed25519"):
        verify(path, public_key=bad)
    with pytest.raises(ReleaseError, match="the file does not exist"):
        verify(path, public_key=tmp_path / "none.pub")


def test_a_key_of_another_kind_is_refused(whole, tmp_path):
    from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    made_of, _ = whole
    other = generate_private_key(SECP256R1())
    path = tmp_path / "ec.key"
    path.write_bytes(other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    path.chmod(0o600)
    with pytest.raises(ReleaseError, match="no Ed25519 private key"):
        made_of.signed(path)


# ---- proofs


def test_a_record_is_proven_by_the_hash_of_the_release_alone(whole):
    made_of, _ = whole
    text = proof(made_of, "small.lignite.ncv")
    assert proven(text, made_of.identity)["value"] == "11.9"
    assert len(json.loads(text)["path"]) <= 4
    with pytest.raises(ReleaseError, match="does not lead to this hash"):
        proven(text.replace("11.9", "12.9"), made_of.root)
    with pytest.raises(ReleaseError, match="does not lead to this hash"):
        proven(text, "0" * 64)
    for bad in ("", "{}", "[]", text.replace('"path"', '"way"')):
        with pytest.raises(ReleaseError, match="not a whole proof"):
            proven(bad, made_of.root)
    with pytest.raises(ReleaseError, match="did you mean small"):
        proof(made_of, "small.lignite.ncw")


# ---- the terminal


def call(capsys, *arguments: str, status: int = 0) -> str:
    assert main(arguments) == status
    printed = capsys.readouterr()
    return " ".join((printed.out + printed.err).split())


def test_from_the_terminal(tmp_path, capsys):
    out, key = str(tmp_path / "grid.zip"), str(tmp_path / "my.key")
    assert "fingerprint" in call(capsys, "factors", "keys", key)
    said = call(capsys, "factors", "release", "cn-grid", "-o", out, "--by", "A lab")
    assert "cite as: A lab: Electricity factors of China" in said
    call(capsys, "factors", "sign", out, "--key", key)
    said = call(capsys, "factors", "verify", out, "--public-key", f"{key}.pub", "--lang", "zh")
    assert "由所给公钥签名，有效" in said
    proven_by = str(tmp_path / "p.json")
    call(capsys, "factors", "proof", out, "elec.national.2022", "-o", proven_by)
    root = json.loads(Path(proven_by).read_text())["release"]
    assert "0.5366" in call(capsys, "factors", "verify", proven_by, "--root", root)
    changed(Path(out), "cn-grid/electricity.csv", "0.5366", "0.5367")
    said = call(capsys, "factors", "verify", out, status=1)
    assert "row 5 record 'elec.national.2022' this record is not the one released" in said
    assert "grid.zip is not as released: cn-grid/electricity.csv" in said
    assert "not as released" in call(capsys, "factors", "sign", out, "--key", key, status=1)


def test_licences_that_keep_their_texts_are_told(tmp_path, capsys):
    out = str(tmp_path / "x.zip")
    said = call(capsys, "factors", "release", "ipcc-2006-biomass", "-o", out)
    assert "do not pass this file on" in said
    assert "IPCC copyright" in said
    assert "pass" not in call(capsys, "factors", "release", "cn-grid", "-o", out)
    folder = str(tmp_path / "facts")
    asked = ["export", "ipcc-2006-biomass", "--format", "datapackage", "--facts-only"]
    call(capsys, "factors", *asked, "-o", folder)
    assert "pass" not in call(capsys, "factors", "release", folder, "-o", out)
    assert verify(Path(out))


def test_nothing_of_signatures_is_imported_before_it_is_needed():
    code = (
        "import sys; import carbonmeter.factors.releases.verify; "
        "print([m for m in sys.modules if m.startswith('cryptography')])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_a_source_table_of_people_is_read_as_it_stands(tmp_path):
    """A byte-order mark and line ends of another system are spelling, not content."""
    plain = small(tmp_path)
    other = release(
        [package(tmp_path / "w", sources="\ufeff" + SOURCES.replace("\n", "\r\n"))],
    )
    assert other.root == plain.root
    assert io.BytesIO(other.data).getvalue() != plain.data
