"""Material that is broken, hostile or half readable: each file is named in words, nothing is lost or half-written."""

from __future__ import annotations

import hashlib
import os
import socket
import struct
import unicodedata
import zipfile
import zlib
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from embers.actions import acquire as acquiring
from embers.actions.acquire import Looking, acquire
from embers.actions.case_folder import CaseFolder
from embers.actions.cases import open_case
from embers.actions.items import ItemOrigin, acquire_folder
from embers.actions.verification import verify_case
from embers.custody import containers
from embers.custody.names import distinct_names
from embers.custody.sheet import read_sheet
from embers.errors import EmbersError
from embers.projections.view import ProjectedCase
from embers.surroundings import LocalDisk, Surroundings

ORIGIN = ItemOrigin("Exercise", "exercise", "copy")


class FailingDisk(LocalDisk):
    """A disk on which some files cannot be read: at once, or after the first bytes."""

    def __init__(self) -> None:
        self.closed: set[str] = set()
        self.torn: set[str] = set()

    def read(self, path):
        if path.name in self.closed:
            raise PermissionError(13, "Permission denied", str(path))
        handle = super().read(path)
        return Torn(handle) if path.name in self.torn else handle


class Torn:
    """A file whose medium gives up behind its first bytes."""

    def __init__(self, handle) -> None:
        self.handle, self.given = handle, False

    def read(self, size=-1):
        if self.given:
            raise OSError(5, "Input/output error")
        self.given = True
        return self.handle.read(10)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.handle.close()


@pytest.fixture
def disk():
    return FailingDisk()


@pytest.fixture
def folder(tmp_path, disk):
    return CaseFolder(tmp_path / "case", tmp_path / "keys", replace(Surroundings(), disk=disk))


@pytest.fixture
def recorder(folder):
    return open_case(folder, staff="staff-01", role="investigator")


@pytest.fixture
def given(tmp_path):
    path = tmp_path / "given"
    path.mkdir()
    return path


def view(folder):
    return ProjectedCase(folder.projection())


def sheets(folder, item):
    heads, rows = [], {}
    for sheet in view(folder).subject(item).values("item-sheet"):
        with folder.objects().open(sheet["sha256"]) as handle:
            head, *more = read_sheet(handle)
            heads.append(head)
            rows |= {row["name"]: row for row in more}
    return heads, rows


def left_behind(folder):
    return [path for path in (folder.path / "objects" / ".incoming").glob("*") if path.is_file()]


def numbered(given, count):
    for number in range(count):
        (given / f"{number:02}.txt").write_bytes(f"file {number}, long enough to be a file; ".encode() * 3)


@pytest.mark.parametrize("how", ["closed", "torn"])
def test_files_that_cannot_be_read_cost_no_other_file_and_are_read_next_time(
    folder, recorder, disk, given, monkeypatch, how
):
    monkeypatch.setattr(acquiring, "CHUNK_FILES", 4)
    numbered(given, 10)
    getattr(disk, how).update({"03.txt", "08.txt"})
    with pytest.raises(EmbersError, match="2 files could not be read") as caught:
        acquire(recorder, given, ORIGIN, look=Looking.nothing())
    assert caught.value.code == "custody.unreadable"
    assert "03.txt" in caught.value.message
    assert left_behind(folder) == []
    (item,) = view(folder).kind("item").values()
    assert len(item.values("item-object")) == 8
    assert [value["state"] for value in item.values("item-acquisition")] == ["begun"]

    getattr(disk, how).clear()
    got = acquire(recorder, given, ORIGIN, look=Looking.nothing(), view=view(folder))
    assert (got.item, got.before, got.files) == (item.id, 8, 10)
    held = view(folder).subject(got.item).values("item-object")
    assert {value["name"]: value["sha256"] for value in held} == {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in given.iterdir()
    }
    assert verify_case(folder).sound


def test_what_is_left_out_knowingly_is_named_in_the_record(folder, recorder, disk, given):
    numbered(given, 4)
    disk.closed.add("01.txt")
    got = acquire(recorder, given, ORIGIN, look=Looking.nothing(), leave_out_unreadable=True)
    record = view(folder).subject(got.item)
    assert got.files == record.values("item-acquisition")[-1]["files"] == 3
    assert any(
        "01.txt could not be read (Permission denied)" in text for text in record.values("item-warning")
    )
    assert "1 files or folders in it could not be read" in record.values("custody-event")[0]["detail"]
    disk.closed.update(path.name for path in given.iterdir())
    with pytest.raises(EmbersError, match="4 files could not be read"):
        acquire(recorder, given, ORIGIN, look=Looking.nothing(), leave_out_unreadable=True)
    assert len(view(folder).kind("item")) == 1


def test_a_single_file_that_cannot_be_read_leaves_nothing(folder, recorder, disk, given):
    numbered(given, 1)
    disk.torn.add("00.txt")
    before = len(list(recorder.journal.entries()))
    with pytest.raises(EmbersError, match=r"00\.txt could not be read \(Input/output error\)"):
        acquire(recorder, given / "00.txt", ORIGIN)
    assert len(list(recorder.journal.entries())) == before
    assert list(folder.objects().all()) == []
    assert left_behind(folder) == []


def test_a_folder_that_cannot_be_entered_is_never_passed_over(folder, recorder, given, monkeypatch):
    """As root nothing is closed, so the system's refusal is played: the walk is told of it as by the system."""
    numbered(given, 2)
    (given / "closed").mkdir()
    really = os.scandir

    def scandir(path):
        if str(path).endswith("closed"):
            raise PermissionError(13, "Permission denied", str(path))
        return really(path)

    monkeypatch.setattr(os, "scandir", scandir)
    for take in (acquire, acquire_folder):
        with pytest.raises(EmbersError, match=r"1 folders .*closed \(Permission denied\)") as caught:
            take(recorder, given, ORIGIN)
        assert "Nothing was taken in" in str(caught.value)
    assert view(folder).kind("item") == {}
    got = acquire(recorder, given, ORIGIN, look=Looking.nothing(), leave_out_unreadable=True)
    warnings = view(folder).subject(got.item).values("item-warning")
    assert any("closed (Permission denied)" in text for text in warnings)


ALIKE = ["M\u00fcnze.txt", "Mu\u0308nze.txt", "a\nb.txt", "a\\u000ab.txt", "c\udcff.txt", "c\\xff.txt"]


def test_names_that_look_alike_stay_apart(folder, recorder, given, monkeypatch):
    """Composed and decomposed, a line break and its spelling: each file keeps a name of its own, also after a cut."""
    monkeypatch.setattr(acquiring, "CHUNK_FILES", 1)
    for number, name in enumerate(ALIKE):
        path = Path(os.fsdecode(os.fsencode(str(given / name))))
        path.write_bytes(f"content number {number}; ".encode() * 3)
        os.utime(path, ns=(10**18, 10**18))  # size and time of change are the same
    with pytest.raises(ZeroDivisionError):
        acquire(recorder, given, ORIGIN, progress=lambda done: 1 // (5 - done.files))
    got = acquire(recorder, given, ORIGIN, view=view(folder))
    assert got.before == 5
    held = view(folder).subject(got.item).values("item-object")
    assert len({value["name"] for value in held}) == len({value["sha256"] for value in held}) == len(ALIKE)
    assert view(folder).subject(got.item).value("item-opens")["opened"] == len(ALIKE)
    assert sum("looks the same" in text for text in got.warnings) >= 3


def test_distinct_names_are_distinct_whatever_they_are():
    names = [*ALIKE, "u", "\\u{fc}", "\u00fc", "u\u0308", "\\u{5c}u{fc}", "plain"]
    shown = [name for name, _ in distinct_names(names)]
    assert len(set(shown)) == len(names)
    assert shown[-1] == "plain"
    assert all(unicodedata.is_normalized("NFC", name) and name.isprintable() for name in shown)


def test_hidden_characters_are_written_out_and_said(folder, recorder, given):
    (given / "photo\u202egpj.exe").write_bytes(b"MZ" + b"exercise " * 20)
    (given / "red\x1b[31m.txt").write_bytes(b"exercise " * 20)
    got = acquire(recorder, given, ORIGIN, look=Looking.nothing())
    names = {value["name"] for value in view(folder).subject(got.item).values("item-object")}
    assert names == {"photo\\u202egpj.exe", "red\\u001b[31m.txt"}
    assert sum("control or direction characters" in text for text in got.warnings) == 2


def test_links_pipes_and_sockets_are_named_and_never_opened(folder, recorder, given):
    numbered(given, 1)
    (given / "outside").symlink_to("/etc/passwd")
    (given / "loop").symlink_to(".")
    (given / "one").symlink_to("two")
    (given / "two").symlink_to("one")
    os.mkfifo(given / "pipe")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(given / "socket"))
        got = acquire(recorder, given, ORIGIN)
    assert got.files == 1
    left = [text for text in got.warnings if text.startswith("Left out: ")]
    assert {text.split()[2] for text in left} == {"outside", "loop", "one", "two", "pipe", "socket"}
    for name in ("outside", "loop", "one", "pipe", "socket"):
        with pytest.raises(EmbersError, match=r"not a (plain file|folder)"):
            acquire(recorder, given / name, ORIGIN)
    with pytest.raises(EmbersError, match="not a plain file"):
        acquire(recorder, Path("/dev/zero"), ORIGIN)
    with pytest.raises(EmbersError, match="There is no file"):
        acquire(recorder, given / "missing", ORIGIN)


def test_what_was_left_out_is_said_however_many_warnings_there_are(folder, recorder, given):
    for number in range(80):
        (given / f"{number}").write_bytes(b"")
        (given / f"link-{number}").symlink_to("0")
    got = acquire(recorder, given, ORIGIN, look=Looking.nothing())
    heads, rows = sheets(folder, got.item)
    assert len(heads[0]["left_out"]) == 80
    assert all(row["warnings"] for row in rows.values())
    said = view(folder).subject(got.item).values("item-warning")
    assert len(said) == acquiring.MOST_WARNINGS + 1
    assert said[0].startswith("Left out: link-")


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width, height, rows=b""):
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


def test_broken_and_enormous_files_are_kept_and_told_in_words(folder, recorder, given, monkeypatch):
    monkeypatch.setattr(containers, "MOST_RATIO", 20)
    monkeypatch.setattr(containers, "ALWAYS_UNPACKED", 100_000)
    picture = Image.effect_noise((300, 300), 90).convert("RGB")
    picture.save(given / "cut.jpg")
    (given / "cut.jpg").write_bytes((given / "cut.jpg").read_bytes()[:3000])
    (given / "huge.png").write_bytes(png(2**31 - 1, 2**31 - 1))
    (given / "wide.png").write_bytes(png(12_000, 12_000))
    (given / "none.png").write_bytes(b"\x89PNG\r\n\x1a\n" + os.urandom(200))
    (given / "deep.json").write_text("[" * 100_000 + "]" * 100_000)
    (given / "empty.bin").write_bytes(b"")
    with zipfile.ZipFile(given / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros.bin", bytes(50_000_000))
    with zipfile.ZipFile(given / "outside.zip", "w") as archive:
        archive.writestr("../../etc/evil", "x" * 50)
    got = acquire(recorder, given, ORIGIN)
    _, rows = sheets(folder, got.item)
    assert {name: row["opens"]["opens"] for name, row in rows.items()} == {
        "bomb.zip": "yes",
        "cut.jpg": "no",
        "deep.json": "no",
        "empty.bin": "not tried",
        "huge.png": "not tried",
        "none.png": "no",
        "outside.zip": "yes",
        "wide.png": "not tried",
    }
    assert "truncated" in rows["cut.jpg"]["opens"]["why"]
    assert "too deeply" in rows["deep.json"]["opens"]["why"]
    assert "more pixels" in rows["huge.png"]["opens"]["why"]
    assert rows["wide.png"]["opens"]["why"] == "12000 by 12000 pixels are more than are decoded unasked"
    assert rows["bomb.zip"]["members"][0]["problem"] == "is not unpacked: too large"
    assert rows["outside.zip"]["members"][0]["member"] == "../../etc/evil"
    assert not any("Error" in text or "objects/" in text for text in got.warnings), got.warnings
    for path in given.iterdir():
        assert folder.objects().has(hashlib.sha256(path.read_bytes()).hexdigest())
    assert verify_case(folder).sound


def test_a_file_that_changes_while_it_is_read_is_said_to(folder, recorder, disk, given, monkeypatch):
    numbered(given, 1)
    path = given / "00.txt"
    really = disk.read

    def read(one):
        handle = really(one)
        if one == path:
            with path.open("ab") as more:
                more.write(b"written while it was read")
        return handle

    monkeypatch.setattr(disk, "read", read)
    got = acquire(recorder, path, ORIGIN)
    assert "The file changed while it was read." in got.warnings


def test_a_chat_under_a_password_is_kept_and_told(folder, recorder, given):
    path = given / "WhatsApp Chat - Exercise.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("_chat.txt", "[17/10/2020, 01:05:12] A: exercise\n")
    data = bytearray(path.read_bytes())
    data[6] |= 1  # the flag "encrypted", in the member's own header and in the list at the end
    data[data.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(data)
    got = acquire(recorder, path, ORIGIN)
    assert got.kind == "messenger-export"
    assert "It does not open: it is encrypted." in got.warnings
    _, rows = sheets(folder, got.item)
    assert rows[path.name]["members"] == [{"member": "_chat.txt", "size": 35, "problem": "is encrypted"}]
