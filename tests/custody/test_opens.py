from __future__ import annotations

import io
import json
import zipfile

import pytest
from PIL import Image

from embers.custody.opens import Opening, summary, try_to_open
from embers.custody.preserved import Preserved


def seen(path, media="image/jpeg"):
    return Preserved(lambda: path.open("rb"), path, media)


def jpeg() -> bytes:
    out = io.BytesIO()
    Image.effect_noise((256, 256), 90).save(out, "JPEG")
    return out.getvalue()


def archive() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        made.writestr("a.txt", "seen on the spot " * 50)
    return out.getvalue()


PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\nxref\n0 1\ntrailer\n<<>>\nstartxref\n29\n%%EOF\n"


@pytest.mark.parametrize(
    ("media", "data"),
    [
        ("image/jpeg", jpeg()),
        ("application/zip", archive()),
        ("application/pdf", PDF),
        ("application/json", json.dumps({"a": "Գյանջա"}).encode()),
        ("text/plain", "Gəncə".encode()),
    ],
)
def test_whole_opens_and_broken_does_not(tmp_path, media, data):
    path = tmp_path / "object"
    path.write_bytes(data)
    whole = try_to_open(seen(path, media))
    assert whole.opens == "yes", whole
    assert whole.viewer
    path.write_bytes(data[: len(data) * 3 // 5])
    if media == "text/plain":
        path.write_bytes(data + b"\xff")
    broken = try_to_open(seen(path, media))
    assert (broken.opens, bool(broken.why)) == ("no", True)


def test_one_damaged_byte_in_an_archive_is_named(tmp_path):
    data = bytearray(archive())
    data[60] ^= 1
    path = tmp_path / "object"
    path.write_bytes(data)
    assert "a.txt" in try_to_open(seen(path, "application/zip")).why


def test_a_picture_bomb_is_not_decoded(tmp_path):
    path = tmp_path / "object"
    image = Image.new("1", (30_000, 20_000))
    image.save(path, "PNG")
    assert "pixels" in try_to_open(seen(path, "image/png")).why


def test_an_unknown_kind_is_not_tried(tmp_path):
    assert try_to_open(seen(tmp_path / "x", "application/x-unknown")).opens == "not tried"


def test_a_summary_counts_each_outcome():
    found = {"a": Opening("yes", "V 1"), "b": Opening("no", "V 1", "cut"), "c": Opening("not tried")}
    assert summary(found) == {"opened": 1, "failed": 1, "not_tried": 1, "viewers": "V 1"}
