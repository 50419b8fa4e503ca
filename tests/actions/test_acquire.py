from __future__ import annotations

import hashlib
import io
import json
import os
import zipfile
from pathlib import Path

import pytest
from PIL import Image

from embers.actions import acquire as acquiring
from embers.actions.acquire import Looking, SourceDetails, acquire, known_of
from embers.actions.case_folder import CaseFolder
from embers.actions.cases import open_case
from embers.actions.items import ItemOrigin
from embers.actions.recorder import Recorder
from embers.actions.verification import verify_case
from embers.custody.sheet import read_sheet
from embers.journal.entry import MAX_BYTES
from embers.projections.view import ProjectedCase
from embers.surroundings import Surroundings

ORIGIN = ItemOrigin("Card of exercise camera 3", "exercise", "card reader with write block")


@pytest.fixture
def folder(tmp_path: Path) -> CaseFolder:
    return CaseFolder(tmp_path / "case", tmp_path / "keys", Surroundings())


@pytest.fixture
def recorder(folder: CaseFolder) -> Recorder:
    return open_case(folder, staff="staff-01", role="investigator")


def view(folder: CaseFolder) -> ProjectedCase:
    return ProjectedCase(folder.projection())


def picture(path: Path, *, size: int = 64, camera: str = "Exercise 3000") -> None:
    image = Image.effect_noise((size, size), 90).convert("RGB")
    exif = image.getexif()
    exif[0x010F] = camera
    image.save(path, exif=exif)


def card(folder: Path, files: int) -> Path:
    place = folder / "card" / "DCIM" / "100EXER"
    place.mkdir(parents=True)
    for number in range(files):
        (place / f"IMG_{number:04d}.bin").write_bytes(os.urandom(200))
    return folder / "card"


def rows_of(folder: CaseFolder, item: str) -> dict[str, dict]:
    found = {}
    for sheet in view(folder).subject(item).values("item-sheet"):
        with folder.objects().open(sheet["sha256"]) as handle:
            head, *rows = read_sheet(handle)
            assert head["item"] == item
            found |= {row["name"]: row for row in rows}
    return found


def test_a_card_is_one_item_kept_whole(folder, recorder, tmp_path):
    source = card(tmp_path, 300)
    seen = []
    got = acquire(recorder, source, ORIGIN, look=Looking.nothing(), progress=seen.append)
    assert (got.kind, got.files, got.before) == ("camera-card", 300, 0)
    assert (seen[-1].files, seen[-1].bytes) == (300, 300 * 200)
    record = view(folder).subject(got.item)
    stored = {value["name"]: value["sha256"] for value in record.values("item-object")}
    assert stored == {
        path.relative_to(source).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in source.rglob("*.bin")
    }
    assert record.text("item-title") == ORIGIN.title
    assert [event["step"] for event in record.values("custody-event")] == ["receive"]
    sizes = [len(entry.raw) for _, entry in folder.journal(read_only=True).entries()]
    assert max(sizes) <= MAX_BYTES
    assert len(sizes) < 8  # many files share an entry
    assert verify_case(folder).sound


@pytest.mark.parametrize("cut", [0, 1, 2])
def test_an_interrupted_card_continues_without_reading_again(folder, recorder, tmp_path, monkeypatch, cut):
    source = card(tmp_path, 30)
    monkeypatch.setattr(acquiring, "CHUNK_FILES", 10)

    class PulledError(Exception):
        pass

    def pull(done):
        if done.files == (cut + 1) * 10:
            raise PulledError

    with pytest.raises(PulledError):
        acquire(recorder, source, ORIGIN, look=Looking.nothing(), progress=pull)
    read = []
    really = acquiring.examine
    monkeypatch.setattr(
        acquiring, "examine", lambda path, *a, **k: read.append(path) or really(path, *a, **k)
    )
    got = acquire(recorder, source, ORIGIN, look=Looking.nothing(), view=view(folder))
    finished = cut == 2  # the last chunk had closed the acquisition: the same card again is a new one
    assert got.before == (0 if finished else (cut + 1) * 10)
    assert len(read) == 30 - got.before
    record = view(folder).subject(got.item)
    assert len({value["name"] for value in record.values("item-object")}) == 30
    assert len(record.values("item-object")) == 30
    assert [value["state"] for value in record.values("item-acquisition")] == ["begun", "finished"]
    detail = record.values("custody-event")[0]["detail"]
    assert ("not read again" in detail) != finished
    assert verify_case(folder).sound


def test_a_file_changed_between_is_read_again_and_both_are_kept(folder, recorder, tmp_path, monkeypatch):
    source = card(tmp_path, 20)
    monkeypatch.setattr(acquiring, "CHUNK_FILES", 10)
    with pytest.raises(ZeroDivisionError):
        acquire(recorder, source, ORIGIN, look=Looking.nothing(), progress=lambda _: 1 // 0)
    first = sorted(source.rglob("*.bin"))[0]
    first.write_bytes(os.urandom(200))
    os.utime(first, ns=(1, 1))
    got = acquire(recorder, source, ORIGIN, look=Looking.nothing(), view=view(folder))
    assert got.before == 9
    name = first.relative_to(source).as_posix()
    held = [v for v in view(folder).subject(got.item).values("item-object") if v["name"] == name]
    assert len({value["sha256"] for value in held}) == 2


def test_device_account_and_metadata_stand_in_the_sheet_and_nowhere_else(folder, recorder, tmp_path):
    path = tmp_path / "crater.jpg"
    picture(path, camera="Camera of SECRETNAME")
    details = SourceDetails(
        device="phone of SECRETNAME", account="@SECRETNAME", first_holder="SECRETNAME", clock_offset_s=-95
    )
    got = acquire(recorder, path, ORIGIN, details=details)
    raw = b"".join(entry.raw for _, entry in folder.journal(read_only=True).entries())
    assert b"SECRETNAME" not in raw
    (row,) = rows_of(folder, got.item).values()
    assert row["metadata"]["IFD0:Make"] == "Camera of SECRETNAME"
    record = view(folder).subject(got.item)
    assert record.values("item-acquisition")[0]["clock_offset_s"] == -95
    with folder.objects().open(record.values("item-sheet")[0]["sha256"]) as handle:
        head = next(read_sheet(handle))
    assert (head["device"], head["account"]) == ("phone of SECRETNAME", "@SECRETNAME")
    assert record.value("item-opens")["opened"] == 1


def test_a_cut_picture_does_not_open_and_is_kept(folder, recorder, tmp_path):
    path = tmp_path / "cut.jpg"
    picture(path, size=256)
    path.write_bytes(path.read_bytes()[:3000])
    got = acquire(recorder, path, ORIGIN)
    assert any("does not open" in text for text in got.warnings)
    assert view(folder).subject(got.item).value("item-opens")["failed"] == 1
    assert folder.objects().has(hashlib.sha256(path.read_bytes()).hexdigest())


def chat(target: Path | io.BytesIO, *, media: bool) -> None:
    said = "\u200e[17/10/2020, 01:05:12] Exercise A: shelling\n[17/10/2020, 01:06:00] Exercise B: \u200eimage omitted\n"
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("_chat.txt", said)
        if media:
            archive.writestr("IMG-20201017-WA0001.jpg", b"\xff\xd8\xff\xe0" + b"x" * 500)


def test_a_messenger_export_is_kept_whole_and_its_members_listed(folder, recorder, tmp_path):
    path = tmp_path / "WhatsApp Chat - Exercise.zip"
    chat(path, media=True)
    got = acquire(recorder, path, ORIGIN)
    assert got.kind == "messenger-export"
    record = view(folder).subject(got.item)
    assert len(record.values("item-object")) == 1
    with zipfile.ZipFile(path) as archive:
        size = sum(info.file_size for info in archive.infolist())
    assert record.value("item-members") == {
        "form": "WhatsApp chat export",
        "members": 2,
        "bytes": size,
        "not_listed": 0,
    }
    members = {row["member"]: row["sha256"] for row in rows_of(folder, got.item)[path.name]["members"]}
    assert members["IMG-20201017-WA0001.jpg"] == hashlib.sha256(b"\xff\xd8\xff\xe0" + b"x" * 500).hexdigest()
    assert "The chat holds 2 messages." in got.warnings
    assert any("left out 1 media" in text for text in got.warnings)


def test_a_telegram_folder_says_what_it_left_out(folder, recorder, tmp_path):
    source = tmp_path / "telegram"
    source.mkdir()
    messages = [
        {"id": 1, "photo": "photos/a.jpg"},
        {"id": 2, "file": "(File exceeds maximum size. Change data exporting settings to download.)"},
    ]
    (source / "result.json").write_text(json.dumps({"messages": messages}))
    got = acquire(recorder, source, ORIGIN)
    assert got.kind == "messenger-export"
    assert any("left out 1 media" in text for text in got.warnings)


def test_stated_digests_are_compared_and_a_made_up_one_is_said(folder, recorder, tmp_path):
    source = tmp_path / "given"
    source.mkdir()
    (source / "a.txt").write_bytes(b"a" * 100)
    (source / "b.txt").write_bytes(b"b" * 100)
    md5 = hashlib.md5(b"a" * 100).hexdigest()
    (source / "MD5SUMS").write_text(f"{md5}  a.txt\n{'0' * 32} *b.txt\n{'1' * 32}  gone.txt\n")
    got = acquire(recorder, source, ORIGIN)
    (check,) = view(folder).subject(got.item).values("item-check")
    assert check["outcome"] == "differs"
    assert "1 files have the digest" in check["detail"]
    assert "b.txt" in check["detail"]
    assert "gone.txt" in check["detail"]
    # The made-up digest is recorded as theirs; the name of the object is the digest found here.
    row = rows_of(folder, got.item)["b.txt"]
    assert row["given"] == [
        {"algorithm": "md5", "stated": "0" * 32, "found": hashlib.md5(b"b" * 100).hexdigest()}
    ]
    assert row["sha256"] == hashlib.sha256(b"b" * 100).hexdigest()


def test_a_digest_beside_a_single_file_is_found(folder, recorder, tmp_path):
    path = tmp_path / "film.dd"
    path.write_bytes(os.urandom(4096))
    (tmp_path / "film.dd.sha256").write_text(hashlib.sha256(path.read_bytes()).hexdigest())
    got = acquire(recorder, path, ORIGIN)
    assert got.kind == "disk-image"
    assert view(folder).subject(got.item).values("item-check")[0]["outcome"] == "matches"


def test_same_name_uploads_in_one_second_are_both_kept(folder, recorder, tmp_path):
    items, digests = [], []
    for number in range(2):
        path = tmp_path / str(number) / "IMG_0001.jpg"
        path.parent.mkdir()
        path.write_bytes(b"\xff\xd8\xff\xe0" + bytes([number]) * 400 + b"end")
        got = acquire(recorder, path, ORIGIN, look=Looking.nothing(), known=known_of(view(folder)))
        items.append(got)
        digests.append(hashlib.sha256(path.read_bytes()).hexdigest())
    assert items[0].item != items[1].item
    assert [got.sha256 for got in items] == digests
    assert any("other bytes under the same name" in text for text in items[1].warnings)
    for number, digest in enumerate(digests):
        with folder.objects().open(digest) as handle:
            assert handle.read()[4] == number


def test_the_same_bytes_again_are_said_to_be_held(folder, recorder, tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(b"seen before" * 20)
    first = acquire(recorder, path, ORIGIN)
    again = acquire(recorder, path, ORIGIN, known=known_of(view(folder)))
    assert f"The same bytes are held as {first.item}." in again.warnings


HOSTILE = [
    "-ver",
    "-config",
    "$(touch owned)",
    "a\nb.jpg",
    "`id`.jpg",
    "-execute\n-delete.jpg",
    "%0a.jpg",
    "...",
]


def test_hostile_names_reach_no_program(folder, recorder, tmp_path):
    source = tmp_path / "given"
    source.mkdir()
    for number, name in enumerate(HOSTILE):
        picture(source / f"{number}.jpg", size=16 + number)
        (source / f"{number}.jpg").rename(source / name)
    got = acquire(recorder, source, ORIGIN)
    rows = rows_of(folder, got.item)
    assert len(rows) == len(HOSTILE)
    assert all(row["metadata"]["IFD0:Make"] == "Exercise 3000" for row in rows.values())
    assert sorted(path.name for path in source.iterdir()) == sorted(HOSTILE)
    assert not (Path.cwd() / "owned").exists()
    assert "a\\u000ab.jpg" in rows
