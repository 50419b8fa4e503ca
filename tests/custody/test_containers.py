from __future__ import annotations

import hashlib
import io
import zipfile

import pytest

from embers.custody import containers
from embers.custody.containers import chat_name, form_of_file, form_of_names, members_of, notes_of_chat
from embers.custody.preserved import Preserved


def seen(path, media="image/jpeg"):
    return Preserved(lambda: path.open("rb"), path, media)


@pytest.mark.parametrize(
    ("names", "kind"),
    [
        (["DCIM/100EXER/IMG_0001.JPG"], "camera-card"),
        (["CARD/DCIM/100EXER/IMG_0001.JPG"], "camera-card"),
        (["a/b/DCIM/x.jpg"], "folder"),
        (["WhatsApp Chat with Exercise.txt", "IMG.jpg"], "messenger-export"),
        (["_chat.txt"], "messenger-export"),
        (["ChatExport/result.json"], "messenger-export"),
        (["your_activity/messages/inbox/exercise_1/message_1.json"], "messenger-export"),
        (["backup/Manifest.db", "backup/0a/0a12"], "phone-export"),
        (["result.txt", "notes.json"], "folder"),
        ([], "folder"),
    ],
)
def test_exports_are_known_by_their_names(names, kind):
    assert form_of_names(names).kind == kind


def test_disk_images_stay_files_and_segments_are_said():
    assert form_of_file("card.DD").kind == "disk-image"
    assert "segments" in form_of_file("card.E01").notes[0]
    assert form_of_file("card.jpg").kind == "file"


def made(folder, names):
    path = folder / "given.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in names.items():
            archive.writestr(name, data)
    return path


def test_members_are_listed_with_digests(tmp_path):
    path = made(
        tmp_path, {"a.txt": b"a" * 1000, "../../etc/evil": b"e", "sub/": b"", "n\u202ename.txt": b"n"}
    )
    found = {member.name: member for member in members_of(seen(path, "application/zip"))}
    assert found["a.txt"].sha256 == hashlib.sha256(b"a" * 1000).hexdigest()
    assert set(found) == {"a.txt", "../../etc/evil", "n\\u202ename.txt"}
    assert not (tmp_path.parent / "etc").exists()


def test_a_bomb_is_listed_without_being_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr(containers, "MOST_UNPACKED", 500_000)
    path = made(tmp_path, {"small.txt": b"s" * 100, "bomb.bin": bytes(1_000_000)})
    found = {member.name: member for member in members_of(seen(path, "application/zip"))}
    assert found["small.txt"].sha256
    assert (found["bomb.bin"].sha256, found["bomb.bin"].problem) == ("", "is not unpacked: too large")


def test_many_members_are_counted_not_listed(tmp_path, monkeypatch):
    monkeypatch.setattr(containers, "MOST_MEMBERS", 2)
    path = made(tmp_path, {str(number): b"x" for number in range(5)})
    *_, last = members_of(seen(path, "application/zip"))
    assert "3 further members" in last.problem


def test_damage_is_said_of_the_member_it_is_in(tmp_path):
    path = made(tmp_path, {"a.txt": b"first " * 99, "b.txt": b"second " * 99})
    data = bytearray(path.read_bytes())
    data[45] ^= 0xFF
    path.write_bytes(data)
    found = {member.name: member for member in members_of(seen(path, "application/zip"))}
    assert "damaged" in found["a.txt"].problem
    assert found["b.txt"].sha256
    path.write_bytes(b"PK\x03\x04 nothing")
    (whole,) = members_of(seen(path, "application/zip"))
    assert "cannot be listed" in whole.problem


def test_a_broken_chat_is_said_to_be_unreadable():
    form = form_of_names(["result.json"])
    assert chat_name(form, ["photos/a.jpg", "result.json"]) == "result.json"
    assert "cannot be read" in notes_of_chat(form, io.BytesIO(b"[1, {"))[0]
    assert "cannot be read" in notes_of_chat(form, io.BytesIO(b"[" * 100_000))[0]
