from __future__ import annotations

import hashlib
import io
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embers.custody.acquisition import examine, walk_folder
from embers.custody.event import ROLES, CustodyEvent, event_types
from embers.custody.media import media_types, recognise
from embers.custody.names import LONGEST, portable_name, recorded_name
from embers.errors import CustodyError
from embers.objects.local import LocalObjectStore
from embers.surroundings import Surroundings
from embers.vocabulary.loader import load_vocabulary

AROUND = Surroundings()
JPEG = b"\xff\xd8\xff\xe0" + b"picture" * 20


@pytest.fixture
def objects(tmp_path):
    return LocalObjectStore(tmp_path / "objects", AROUND)


def test_a_file_is_preserved_and_described(tmp_path, objects):
    path = tmp_path / "crater.jpg"
    path.write_bytes(JPEG)
    got = examine(path, AROUND, objects)
    assert (got.name, got.size, got.media) == ("crater.jpg", len(JPEG), "image/jpeg")
    assert got.sha256 == hashlib.sha256(JPEG).hexdigest()
    assert (got.warnings, got.fresh) == ((), True)
    with objects.open(got.sha256) as handle:
        assert handle.read() == JPEG
    again = examine(path, AROUND, objects)
    assert again.warnings == ("The same bytes were preserved before.",)


def test_digests_stated_by_others_are_compared_not_trusted(objects):
    given_digests = {"md5": hashlib.md5(JPEG).hexdigest().upper(), "sha1": "0" * 40}
    got = examine(io.BytesIO(JPEG), AROUND, objects, name="a.jpg", given=given_digests)
    assert [one.matches for one in got.given] == [True, False]
    assert any("sha1" in warning and "not the one stated" in warning for warning in got.warnings)
    with pytest.raises(CustodyError, match="crc32"):
        examine(io.BytesIO(JPEG), AROUND, objects, given={"crc32": "0"})


@pytest.mark.parametrize(
    ("data", "name", "words"),
    [
        (b"", "a.jpg", "is empty"),
        (b"\0" * 5000, "a.jpg", "Every byte of the file is 00"),
        (b"tiny", "a.txt", "only 4 bytes"),
        (JPEG, "a.pdf", "ends in .pdf (application/pdf), but the bytes are image/jpeg"),
        (b"\1\2\0" * 100, "a.png", "are of no known kind"),
    ],
)
def test_what_looks_odd_is_said(objects, data, name, words):
    assert words in " ".join(examine(io.BytesIO(data), AROUND, objects, name=name).warnings)


def test_links_and_special_files_are_refused(tmp_path, objects):
    (tmp_path / "link").symlink_to("/etc/passwd")
    os.mkfifo(tmp_path / "pipe")
    for name, words in (("link", "not a plain file"), ("pipe", "not a plain file"), ("nothing", "no file")):
        with pytest.raises(CustodyError, match=words):
            examine(tmp_path / name, AROUND, objects)


def test_a_walk_names_what_it_leaves_out(tmp_path):
    folder = tmp_path / "given"
    (folder / "sub").mkdir(parents=True)
    (folder / "sub" / "b.txt").write_text("b")
    (folder / "a.txt").write_text("a")
    (folder / "link").symlink_to("a.txt")
    (folder / "etc").symlink_to("/etc")
    walk = walk_folder(folder, AROUND)
    assert [found.name for found in walk.files] == ["a.txt", "sub/b.txt"]
    assert sorted(walk.left_out) == ["etc is a link to a folder.", "link is a link or a special file."]


@pytest.mark.parametrize(
    ("head", "name", "media"),
    [
        (
            b"PK\3\4 word",
            "statement.docx",
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ),
        (b"PK\3\4", "capture.wacz", "application/wacz"),
        (b"<?xml version='1.0'?>", "manifest.safe", "application/xml"),
        (b'{"a": 1}', "map.geojson", "application/geo+json"),
        ("Показания".encode("cp1251"), "old.txt", "text/plain"),
        ("Показания".encode(), "README", "text/plain"),
        (b"II*\0" + b"\0" * 8, "B04.TIF", "image/tiff"),
        (b"\0\0\0\x18ftypmp42", "film.mp4", "video/mp4"),
    ],
)
def test_kinds(head, name, media):
    assert recognise(head, name).media == media
    assert recognise(head, name).warning == ""


def test_every_extension_belongs_to_one_kind():
    endings = [ending for kind in media_types() for ending in kind.extensions]
    assert len(endings) == len(set(endings))
    assert all(kind.magic or kind.inside for kind in media_types())


@given(st.binary(max_size=60), st.text(max_size=20))
def test_anything_has_a_kind(head, name):
    assert "/" in recognise(head, name).media


@given(st.text(max_size=300) | st.binary(max_size=300).map(os.fsdecode))
def test_any_name_can_be_recorded_and_written(name):
    shown, _ = recorded_name(name)
    shown.encode()  # no lone surrogate is left
    safe = portable_name(name)
    assert 0 < len(safe.encode()) <= LONGEST
    assert not set(safe) & set('/\\:*?"<>|%\n\r\0')
    assert safe not in (".", "..")
    assert portable_name(safe) == safe


def test_hostile_names_are_written_out():
    assert recorded_name("photo\u202egpj.exe")[0] == "photo\\u202egpj.exe"
    assert recorded_name(os.fsdecode(b"caf\xe9.jpg"))[0] == "caf\\xe9.jpg"
    assert recorded_name("نمی\u200cدانم.txt") == ("نمی\u200cدانم.txt", [])
    assert portable_name("../../etc/passwd") == "passwd"
    assert portable_name("CON.txt") == "_CON.txt"
    assert portable_name("  ") == "unnamed"


def test_custody_steps_match_the_vocabulary():
    vocabulary = load_vocabulary()
    assert set(event_types()) == set(vocabulary.codes["custody-step"].terms)
    assert set(ROLES) == set(vocabulary.codes["material-role"].terms)


def test_a_custody_event():
    event = CustodyEvent("transfer", "custodian", "By hand.", giver="field office", receiver="archive")
    assert event.to_value() == {
        "step": "transfer",
        "premis": "transfer",
        "by": "custodian",
        "detail": "By hand.",
        "from": "field office",
        "to": "archive",
    }
    with pytest.raises(CustodyError, match="from and to whom"):
        CustodyEvent("transfer", "custodian", "By hand.").to_value()
    with pytest.raises(CustodyError, match="no custody step"):
        CustodyEvent("burn", "custodian", "By hand.").to_value()
    with pytest.raises(CustodyError, match="lacks who"):
        CustodyEvent("check", "", "").to_value()
