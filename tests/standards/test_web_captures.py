"""Web captures made by other tools: recognised, checked, reported; exported so that py-wacz still accepts them."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from other_environment import other_environment
from web_captures import PAGES, WHEN, listing, parts_of_bundle, write_bundle, write_warc

from embers.actions.acquire import acquire
from embers.actions.case_folder import CaseFolder
from embers.actions.cases import CaseProfile, case_subject, describe_case, open_case
from embers.actions.dossiers import export_dossier
from embers.actions.items import ItemOrigin
from embers.actions.reports import build_and_record
from embers.actions.verification import verify_case
from embers.custody import containers, web_capture
from embers.custody.containers import members_of
from embers.custody.preserved import Preserved
from embers.custody.sheet import read_sheet
from embers.custody.web_capture import looks_like_one, read_capture
from embers.projections.view import ProjectedCase
from embers.surroundings import Surroundings

#: Apache-2.0. It needs surt, which is under the AGPL: so it runs as a program of its own and is shipped nowhere.
PACKAGE = "wacz==0.6.0"
ORIGIN = ItemOrigin("Exercise news page", "public web page", "capture by another tool")
PROFILE = CaseProfile("Exercise", "Invented.", "2020", "both names", "prof.rgb", exercise=True)


@pytest.fixture(scope="session")
def wacz() -> Path:
    """The reference implementation, in an environment of its own."""
    return other_environment(".wacz-venv", PACKAGE, sys.executable).with_name("wacz")


@pytest.fixture(scope="module")
def parts():
    return parts_of_bundle()


def seen(path: Path, media: str = web_capture.MEDIA) -> Preserved:
    return Preserved(lambda: path.open("rb"), path, media)


def look(path: Path) -> web_capture.WebCapture:
    thing = seen(path)
    return read_capture(thing, list(members_of(thing)))


def validates(program: Path, path: Path) -> bool:
    done = subprocess.run(
        [str(program), "validate", "-f", str(path)], capture_output=True, text=True, timeout=100, check=False
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode == 0 and "the passed WACZ is valid" in done.stdout


@pytest.mark.oracle
def test_we_and_the_reference_implementation_accept_each_others_bundles(wacz, parts, tmp_path):
    ours = write_bundle(tmp_path / "ours.wacz", parts)
    assert validates(wacz, ours)
    assert look(ours).state == "whole"
    warc = tmp_path / "data.warc.gz"
    warc.write_bytes(parts["archive/data.warc.gz"])
    pages = tmp_path / "pages.jsonl"
    pages.write_bytes(parts["pages/pages.jsonl"])
    theirs = tmp_path / "theirs.wacz"
    command = [str(wacz), "create", "-p", str(pages), "-o", str(theirs), str(warc)]
    subprocess.run(command, check=True, capture_output=True, timeout=100)
    found = look(theirs)
    assert (found.state, found.problems) == ("whole", ())
    assert (found.version, found.captures, found.signature) == ("1.1.1", len(PAGES), "")
    assert found.pages == 2  # the two that are HTML
    assert "py-wacz" in found.software


@pytest.mark.oracle
def test_an_exhibit_that_leaves_the_building_still_passes_the_validator(wacz, parts, tmp_path):
    folder = CaseFolder(tmp_path / "case", tmp_path / "keys", Surroundings())
    recorder = open_case(folder, staff="staff-01", role="investigator")
    recorder.record(describe_case(recorder, case_subject(recorder.journal), PROFILE))
    path = write_bundle(tmp_path / "news.wacz", parts)
    got = acquire(recorder, path, ORIGIN)
    assert (got.kind, got.warnings) == ("web-capture", ())
    build_and_record(folder, recorder)
    folder.projection()
    export_dossier(folder, tmp_path / "dossier")
    (exhibit,) = (tmp_path / "dossier" / "data" / "exhibits").rglob("*.wacz")
    assert exhibit.read_bytes() == path.read_bytes()
    assert validates(wacz, exhibit)
    data = bytearray(exhibit.read_bytes())
    place = data.index(b"WARC/1.1") if b"WARC/1.1" in data else data.index(b"\x1f\x8b") + 40
    data[place] ^= 1
    broken = tmp_path / "broken.wacz"
    broken.write_bytes(data)
    assert subprocess.run(
        [str(wacz), "validate", "-f", str(broken)], capture_output=True, check=False
    ).returncode


def test_the_sheet_and_the_record_say_what_was_found(parts, tmp_path):
    folder = CaseFolder(tmp_path / "case", tmp_path / "keys", Surroundings())
    recorder = open_case(folder, staff="staff-01", role="investigator")
    given = tmp_path / "given"
    given.mkdir()
    signed = {
        "signedData": {
            "hash": json.loads(_digest(parts))["hash"],
            "created": WHEN,
            "signature": "MEUCIQ==",
            "domain": "capture.example",
            "timeSignature": "MII=",
        }
    }
    write_bundle(given / "signed.wacz", parts, digest=signed)
    write_bundle(given / "changed.wacz", parts, change=lambda all: all.update({"pages/pages.jsonl": b"{}\n"}))
    write_bundle(given / "renamed.zip", parts)
    (given / "cut.wacz").write_bytes((given / "signed.wacz").read_bytes()[:2000])
    got = acquire(recorder, given, ORIGIN)
    record = ProjectedCase(folder.projection()).subject(got.item)
    assert record.value("item-web-captures") == {"whole": 2, "not_whole": 1, "unreadable": 1, "signed": 1}
    with folder.objects().open(record.values("item-sheet")[0]["sha256"]) as handle:
        rows = {row["name"]: row.get("web_capture") for row in list(read_sheet(handle))[1:]}
    assert rows["signed.wacz"]["signature"] == (
        "found, for the domain capture.example, with a time-stamp; not checked and not trusted"
    )
    assert (rows["renamed.zip"]["state"], rows["renamed.zip"]["captures"]) == ("whole", 3)
    assert rows["renamed.zip"]["created"] == WHEN
    assert rows["cut.wacz"]["state"] == "unreadable"
    warnings = [text for text in got.warnings if "web capture" in text]
    assert (
        "changed.wacz: In the web capture: pages/pages.jsonl has another SHA-256 than the list of contents states."
        in (warnings)
    )
    assert verify_case(folder).sound
    # Addresses and titles can lead to a person: they stand in the sheet only.
    raw = b"".join(entry.raw for _, entry in folder.journal(read_only=True).entries())
    assert b"127.0.0.1" not in raw
    assert b"capture.example" not in raw


def _digest(parts) -> bytes:
    import hashlib

    return json.dumps({"hash": "sha256:" + hashlib.sha256(listing(parts)).hexdigest()}).encode()


def without(name):
    return lambda parts: {one: data for one, data in parts.items() if one != name}


def with_member(name, data):
    return lambda parts: {**parts, name: data}


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (without("archive/data.warc.gz"), "holds no WARC file"),
        (without("archive/data.warc.gz"), "data.warc.gz is named in the index and not there"),
        (without("indexes/index.cdx.gz"), "holds no index"),
        (without("pages/pages.jsonl"), "pages/pages.jsonl is missing"),
        (with_member("pages/pages.jsonl", b"[[[" * 50_000), "holds a line that cannot be read"),
        (with_member("archive/data.warc.gz", b"no warc at all"), "does not begin like a WARC file"),
        (with_member("archive/data.warc.gz", b"\x1f\x8b broken"), "does not begin like a WARC file"),
        (with_member("indexes/index.cdx.gz", b"\x1f\x8b broken"), "indexes/index.cdx.gz is damaged"),
        (with_member("../../outside.txt", b"x"), "leads out of the bundle"),
        (with_member("/abs.txt", b"x"), "leads out of the bundle"),
        (with_member("a\\..\\..\\b.txt", b"x"), "leads out of the bundle"),
        (with_member("C:/b.txt", b"x"), "leads out of the bundle"),
    ],
)
def test_a_bundle_with_a_part_missing_or_wrong_names_it(parts, tmp_path, make, words):
    found = look(write_bundle(tmp_path / "x.wacz", make(parts)))
    assert found.state == "not whole"
    assert any(words in problem for problem in found.problems), found.problems


@pytest.mark.parametrize(
    ("contents", "state", "words"),
    [
        (b"{", "unreadable", "cannot be read as a list"),
        (b"[]", "unreadable", "cannot be read as a list"),
        (b"[" * 200_000, "unreadable", "cannot be read as a list"),
        (b"{}", "not whole", "lists no contents"),
        (b'{"wacz_version": "1.1.1", "resources": [7, {"path": 5}]}', "not whole", "names no file"),
        (b'{"resources": []}', "not whole", "archive/data.warc.gz is in the bundle and not in its list"),
        (b" " * (web_capture.MOST_LIST + 1), "unreadable", "too long"),
    ],
)
def test_a_list_of_contents_that_lies_or_breaks_is_told(parts, tmp_path, contents, state, words):
    found = look(write_bundle(tmp_path / "x.wacz", parts, contents=contents))
    assert found.state == state
    assert any(words in problem for problem in found.problems), found.problems


def test_every_kind_of_disagreement_is_named(parts, tmp_path):
    rows = json.loads(listing(parts))
    warc, index, pages = rows["resources"]
    warc["hash"] = "sha256:" + "0" * 64
    index["hash"] = "md5:" + "0" * 32
    pages["bytes"] += 1
    rows["resources"] += [pages, {"path": "logs/gone.log", "hash": "sha256:" + "0" * 64, "bytes": 1}]
    found = look(
        write_bundle(
            tmp_path / "x.wacz",
            parts,
            contents=json.dumps(rows).encode(),
            digest={"hash": "sha256:" + "1" * 64},
        )
    )
    said = " ".join(found.problems)
    for words in (
        "archive/data.warc.gz has another SHA-256",
        "indexes/index.cdx.gz is listed without a SHA-256",
        "and not the number the list of contents states",
        "pages/pages.jsonl is listed twice",
        "logs/gone.log is listed and not there",
        "datapackage.json has another SHA-256 than datapackage-digest.json states",
    ):
        assert words in said
    assert found.state == "not whole"


def test_a_signature_that_speaks_of_something_else_is_named(parts, tmp_path):
    signed = {
        "hash": "sha256:" + "2" * 64,
        "created": "1999-01-01T00:00:00Z",
        "signature": "x",
        "publicKey": "k",
    }
    found = look(write_bundle(tmp_path / "x.wacz", parts, digest={"signedData": signed}))
    assert found.signature == "found, by a key without a name; not checked and not trusted"
    assert [text for text in found.problems if "over another digest" in text]
    assert [text for text in found.problems if "made at another time" in text]
    for bad in ("text", {"hash": 1}, [1]):
        found = look(write_bundle(tmp_path / "y.wacz", parts, digest={"signedData": bad}))
        assert found.signature == "found, unreadable; not checked"


def test_two_members_of_one_name_are_named(parts, tmp_path):
    path = write_bundle(tmp_path / "x.wacz", parts)
    with zipfile.ZipFile(path, "a") as archive, pytest.warns(UserWarning, match="Duplicate name"):
        archive.writestr("pages/pages.jsonl", b'{"url": "http://other.example/"}\n')
    found = look(path)
    assert found.state == "not whole"
    assert any("is in the bundle 2 times" in text for text in found.problems)


def test_a_bomb_is_named_and_not_unpacked(parts, tmp_path, monkeypatch):
    monkeypatch.setattr(containers, "ALWAYS_UNPACKED", 1_000_000)
    monkeypatch.setattr(containers, "MOST_RATIO", 10)
    path = write_bundle(tmp_path / "x.wacz", parts)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/bomb.warc", bytes(30_000_000))
    found = look(path)
    assert found.state == "not whole"
    assert "archive/bomb.warc is not unpacked: too large." in found.problems
    # An index that grows is read up to a bound, in pieces.
    monkeypatch.setattr(web_capture, "MOST_INDEX", 2_000_000)
    many = gzip.compress(b"{}\n" * 3_000_000)
    found = look(write_bundle(tmp_path / "y.wacz", {**parts, "indexes/index.cdx.gz": many}))
    assert "indexes/index.cdx.gz is too long to be read to its end." in found.problems
    line = gzip.compress(bytes(40_000_000))
    monkeypatch.setattr(web_capture, "MOST_INDEX", 10**9)
    found = look(write_bundle(tmp_path / "z.wacz", {**parts, "indexes/index.cdx.gz": line}))
    assert "indexes/index.cdx.gz is too long to be read to its end." in found.problems


def test_a_cut_bundle_at_any_place_is_a_result_and_never_an_error(parts, tmp_path):
    whole = write_bundle(tmp_path / "x.wacz", parts).read_bytes()
    states = set()
    for cut in range(0, len(whole), 97):
        path = tmp_path / "cut.wacz"
        path.write_bytes(whole[:cut])
        states.add(look(path).state)
    assert states == {"unreadable"}


def test_no_changed_byte_of_what_was_captured_passes(parts, tmp_path):
    whole = write_bundle(tmp_path / "x.wacz", parts).read_bytes()
    start = whole.index(parts["archive/data.warc.gz"][:40])
    for place in range(start, start + len(parts["archive/data.warc.gz"]), 211):
        path = tmp_path / "changed.wacz"
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        assert look(path).state == "not whole", place


def test_only_bundles_are_taken_for_bundles(parts, tmp_path):
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("datapackage.json", "{}")
        archive.writestr("data/table.csv", "a,b\n")
    thing = seen(path, "application/zip")
    assert not looks_like_one(thing, list(members_of(thing)))
    assert write_warc({})[0] == b""
