"""Packages of others that must not be opened, and that none of them is ever half there."""

from __future__ import annotations

import io
import json
import struct
import tracemalloc
import zipfile
from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carbonmeter.errors import CarbonmeterError, ExchangeError, FactorTableError
from carbonmeter.factors.exchange import ilcd, openlca
from carbonmeter.factors.exchange.archive import packed, unpacked
from carbonmeter.factors.exchange.content import Content
from carbonmeter.factors.exchange.files import package_files
from carbonmeter.factors.exchange.formats import read_library
from carbonmeter.factors.exchange.inventory import uid
from carbonmeter.report.exchange import export, spreads, write_package
from tests.factors.exchanged import BASE, rich


def zipped(folder, files, name="x.zip"):
    path = folder / name
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for each, data in files.items():
            archive.writestr(each, data)
    return path


def link():
    entry = zipfile.ZipInfo("link.csv")
    entry.external_attr = 0o120777 << 16
    return entry


def drive():
    return zipfile.ZipInfo("C:/x.csv")


@pytest.mark.parametrize(
    ("entry", "sentence"),
    [
        ("../x.csv", "a path that leaves the package"),
        ("a/../../x.csv", "a path that leaves the package"),
        ("/etc/x.csv", "a path that leaves the package"),
        ("..\\x.csv", "a path that leaves the package"),
        (drive(), "a path that leaves the package"),
        ("a\\x.csv", "a path that cannot be used"),
        ("a\nb.csv", "a path that cannot be used"),
        (link(), "a link"),
    ],
    ids=str,
)
def test_a_path_that_leaves_the_package_is_refused(entry, sentence, tmp_path):
    path = zipped(tmp_path, {**package_files(rich()), entry: b"x"})
    with pytest.raises(ExchangeError, match=sentence) as caught:
        read_library(path)
    assert all(p.cure for p in caught.value.problems)
    assert [each.name for each in tmp_path.iterdir()] == ["x.zip"]


def test_every_bad_path_is_named_at_once(tmp_path):
    path = zipped(tmp_path, {"../a": b"", "/b": b"", "c\\d": b"", "e": b""})
    with pytest.raises(ExchangeError) as caught:
        read_library(path)
    assert [p.value for p in caught.value.problems] == ["../a", "/b", "c\\d"]


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_twice_is_refused(tmp_path):
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("datapackage.json", "{}")
        archive.writestr("datapackage.json", "{}")
    with pytest.raises(ExchangeError, match="a file of this name twice"):
        read_library(path)


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path):
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("datapackage.json", "{}")
        for at in range(4):
            archive.writestr(f"{at}.csv", b"0" * 60_000_000)
    tracemalloc.start()
    with pytest.raises(ExchangeError, match=r"MB once unpacked, .* times its size"):
        read_library(path)
    assert tracemalloc.get_traced_memory()[1] < 20_000_000
    tracemalloc.stop()


def test_a_part_that_lies_about_its_size_is_refused(tmp_path):
    data = bytearray(packed({"a.csv": b"0" * 100_000}))
    # The central directory and the header of the part say ten bytes.
    for signature, at in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
        struct.pack_into("<I", data, data.index(signature) + at, 10)
    path = tmp_path / "x.zip"
    path.write_bytes(data)
    with pytest.raises(ExchangeError, match=r"the part a\.csv is (damaged|not as large)"):
        unpacked(path)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "not a readable zip"),
        (b"PK\x03\x04 nothing", "not a readable zip"),
        (packed({"a": b"x" * 500})[:-30], "not a readable zip"),
        (packed({"a": b"x"}), "neither a data package nor a library of ours"),
        (packed({"carbonmeter.json": b"["}), "neither a data package nor a library of ours"),
    ],
)
def test_what_is_no_package_is_refused(data, sentence, tmp_path):
    path = tmp_path / "x.zip"
    path.write_bytes(data)
    with pytest.raises(ExchangeError, match=sentence):
        read_library(path)


def test_a_damaged_part_is_refused(tmp_path):
    data = bytearray(packed({"a.csv": bytes(range(256)) * 40}))
    data[60] ^= 0xFF
    path = tmp_path / "x.zip"
    path.write_bytes(data)
    with pytest.raises(ExchangeError, match=r"the part a\.csv is damaged"):
        unpacked(path)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("absent.csv", "there is no such file or folder"),
        ("x.doc", r"files '\.doc' are not read"),
        ("x.csv", r"x\.library\.csv, which names the library, is not beside it"),
        ("x.parquet", "not a readable Parquet file"),
        ("x.xlsx", "not an .xlsx file"),
    ],
)
def test_files_that_say_no_library(name, sentence, tmp_path):
    if name != "absent.csv":
        (tmp_path / name).write_bytes(b"a,b\n1,2\n")
    with pytest.raises(CarbonmeterError, match=sentence):
        read_library(tmp_path / name)


def test_a_folder_without_a_descriptor_is_refused(tmp_path):
    with pytest.raises(FactorTableError, match="not found in"):
        read_library(tmp_path)


def test_one_changed_byte_in_a_package_is_found(tmp_path):
    files = package_files(rich())
    files["records.csv"] = files["records.csv"].replace(b"26.7", b"26.8")
    with pytest.raises(FactorTableError, match="its SHA-256 is"):
        read_library(zipped(tmp_path, files))


def test_a_parquet_file_of_anybody_needs_a_mapping(tmp_path):
    import pyarrow as pa
    from pyarrow import parquet

    parquet.write_table(pa.table({"a": [1]}), tmp_path / "x.parquet")
    with pytest.raises(ExchangeError, match="name a mapping with --mapping"):
        read_library(tmp_path / "x.parquet")


def test_a_workbook_of_anybody_needs_a_mapping(tmp_path):
    import openpyxl

    book = openpyxl.Workbook()
    book.active.append(["a", "b"])
    book.active.append([1, 2])
    book.save(tmp_path / "x.xlsx")
    with pytest.raises(ExchangeError, match="name a mapping with --mapping"):
        read_library(tmp_path / "x.xlsx")


def broken(tmp_path, form, name, change):
    _, (path,) = export(rich(), form, tmp_path / "y.zip")
    with zipfile.ZipFile(path) as archive:
        files = {each: archive.read(each) for each in archive.namelist()}
    files[name] = change(files[name])
    return zipped(tmp_path, files)


def said(change):
    """A change of the JSON of a data set."""

    def changed(data):
        content = json.loads(data)
        change(content)
        return json.dumps(content).encode()

    return changed


PROCESS = f"processes/{uid('record', 'rich-2024', 'ncv')}.json".replace("processes", "parameters")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda data: data[:-5], "not JSON"),
        (lambda data: b"[1]", "not a JSON object"),
        (lambda data: b"[" * 100_000, "not JSON"),
        (said(lambda each: each.pop("otherProperties")), "its other properties hold no record"),
        (said(lambda each: each.update(value="much")), "not a number"),
        (said(lambda each: each.update(value=None)), "not a number"),
        (
            said(lambda each: each["otherProperties"]["carbonmeter"].update(unit="furlong")),
            "unknown unit",
        ),
        (
            said(lambda each: each["otherProperties"]["carbonmeter"].update(tier="best")),
            "tier",
        ),
        (
            said(lambda each: each["otherProperties"]["carbonmeter"].update(id="ef.normal")),
            "the same id",
        ),
    ],
)
def test_a_data_set_that_was_broken_is_named(change, sentence, tmp_path):
    with pytest.raises(ExchangeError, match=sentence):
        read_library(broken(tmp_path, "openlca", PROCESS, change))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (said(lambda each: each.update(tables=[])), "the library has no name"),
        (said(lambda each: each["tables"].pop("library")), "the library has no name"),
        (said(lambda each: each["tables"]["codes"][0].update(scheme="x")), "scheme"),
    ],
)
def test_tables_that_were_broken_are_named(change, sentence, tmp_path):
    with pytest.raises(ExchangeError, match=sentence):
        read_library(broken(tmp_path, "ilcd", "carbonmeter.json", change))


def test_a_library_whose_source_is_missing_is_never_there(tmp_path):
    other = {**rich().layer.sources[0], "source": "S-2"}
    orphan = Content(replace(rich().layer, sources=(other,)), rich().about)
    with pytest.raises(ExchangeError, match=r"not a source of sources\.csv") as caught:
        write_package(orphan, tmp_path / "out")
    assert len(caught.value.problems) > 5
    assert list(tmp_path.iterdir()) == []


def test_two_libraries_in_one_table_are_refused(tmp_path):
    _, paths = export(rich(), "csv", tmp_path / "x.csv")
    data = paths[0].read_text("utf-8-sig").replace("rich-2024,ncv,", "other,ncv,")
    paths[0].write_text(data, "utf-8-sig")
    with pytest.raises(ExchangeError, match="not a record of rich-2024"):
        read_library(paths[0])


def test_a_text_longer_than_a_cell_is_not_cut(tmp_path):
    long = rich({"id": "long", "subject": "peat", "note": "x" * 32_768})
    with pytest.raises(ExchangeError, match="32768 characters, a cell holds 32767"):
        export(long, "xlsx", tmp_path / "x.xlsx")
    assert list(tmp_path.iterdir()) == []


def test_a_zip_is_the_same_whenever_it_is_made():
    files = {"a": b"1", "b/c": b"2"}
    assert packed(files) == packed(files)
    with zipfile.ZipFile(io.BytesIO(packed(files))) as archive:
        assert archive.namelist() == ["a", "b/c"]
    assert BASE["source"] == "S-1"


def places(node, path=()):
    """Every place in a piece of JSON."""
    yield path
    if isinstance(node, dict | list):
        for key in node if isinstance(node, dict) else range(len(node)):
            yield from places(node[key], (*path, key))


JUNK = st.sampled_from(
    (
        *(None, True, 0, -1, 1e308, float("inf"), float("nan"), 10**400, "", "x", "\ud800", "=1"),
        *([], {}, [1], {"a": 1}, [None], [[]], "a" * 70, "2024-02-30", "\0"),
    )
)


@pytest.fixture(scope="module")
def exported():
    return {
        form: module.files(rich(), spreads(rich().layer))
        for form, module in (("openlca", openlca), ("ilcd", ilcd))
    }


@pytest.mark.parametrize("form", ["openlca", "ilcd"])
@given(data=st.data())
def test_no_junk_in_a_package_is_more_than_an_error(form, data, exported):
    files = dict(exported[form])
    kinds = ("processes/", "parameters/", "lcia", "carbonmeter.json")
    name = data.draw(st.sampled_from([each for each in files if each.startswith(kinds)]))
    said = json.loads(files[name])
    path = data.draw(st.sampled_from([p for p in places(said) if p]))
    node = said
    for key in path[:-1]:
        node = node[key]
    node[path[-1]] = data.draw(JUNK)
    files[name] = json.dumps(said).encode()
    module = {"openlca": openlca, "ilcd": ilcd}[form]
    with suppress(CarbonmeterError):
        if module.is_ours(files):
            module.read(files, "x.zip")


@pytest.mark.parametrize(("form", "name"), [("parquet", "x.parquet"), ("xlsx", "x.xlsx")])
@given(at=st.floats(0.0, 1.0, exclude_max=True), byte=st.integers(0, 255))
@settings(max_examples=60)
def test_a_damaged_file_is_no_more_than_an_error(form, name, at, byte, tmp_path_factory):
    path = tmp_path_factory.mktemp("damaged") / name
    export(rich(), form, path)
    data = bytearray(path.read_bytes())
    data[int(at * len(data))] = byte
    path.write_bytes(data)
    with suppress(CarbonmeterError):
        read = read_library(path)
        assert form == "xlsx" or read.layer.version == rich().layer.version
