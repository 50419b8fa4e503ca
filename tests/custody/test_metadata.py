from __future__ import annotations

import os
import shutil
import stat
from pathlib import Path

import pytest
from PIL import Image

from embers.custody.exiftool import Exiftool, ExiftoolFault
from embers.custody.metadata import LONGEST, PillowReader, metadata_reader
from embers.custody.preserved import Preserved

ASKED = 'while read -r line; do [ "$line" = -execute ]'


def seen(path, media="image/jpeg"):
    return Preserved(lambda: path.open("rb"), path, media)


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    image = Image.new("RGB", (64, 48), "red")
    exif = image.getexif()
    exif[0x010F] = "Exercise"
    exif[0x010E] = "long " * LONGEST
    exif.get_ifd(0x8825)[1] = "N"
    path = tmp_path / "photo.jpg"
    image.save(path, exif=exif)
    return path


def program(folder: Path, body: str) -> str:
    """Write a program that answers like ExifTool as far as the test needs."""
    path = folder / "exiftool"
    path.write_text(f'#!/bin/sh\nif [ "$3" = -ver ]; then echo 99; exit; fi\n{body}\n')
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


def test_pillow_reads_exif_and_cuts_long_values(photo):
    (found,) = PillowReader().read([seen(photo)])
    assert (found.tags["IFD0:Make"], found.tags["GPS:GPSLatitudeRef"]) == ("Exercise", "N")
    assert found.tags["File:ImageWidth"] == 64
    assert len(found.tags["IFD0:ImageDescription"]) < LONGEST + 60


def test_pillow_says_why_it_reads_nothing(tmp_path):
    path = tmp_path / "noise"
    path.write_bytes(os.urandom(500))
    (found,) = PillowReader().read([seen(path)])
    assert found.tags == {}
    assert "not a picture" in found.problem


def test_the_fallback_is_taken_without_exiftool(photo, monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with metadata_reader() as reader:
        assert reader.tool.startswith("Pillow")


def test_both_readers_agree_on_a_photo(photo):
    with metadata_reader() as reader:
        (found,) = reader.read([seen(photo)])
    (fallback,) = PillowReader().read([seen(photo)])
    for tag in ("IFD0:Make", "File:ImageWidth", "File:ImageHeight"):
        assert found.tags[tag] == fallback.tags[tag]
    assert "System:Directory" not in found.tags


def test_a_file_that_hangs_the_program_costs_only_its_own_answer(tmp_path, photo):
    answer = 'while read -r line; do case "$line" in */hang) hung=1;; -execute)'
    answer += ' if [ -n "$hung" ]; then sleep 60; fi; echo \'[{"A:B":1}]\'; echo "{ready}";; esac; done'
    hang = tmp_path / "hang"
    hang.write_bytes(b"x")
    with Exiftool(program(tmp_path, answer), patience=0.5) as tool:
        assert tool.tags(photo) == {"A:B": 1}
        with pytest.raises(ExiftoolFault, match="no answer within"):
            tool.tags(hang)
        assert tool.tags(photo) == {"A:B": 1}


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("exit 3", "ended"),
        (f"{ASKED} && yes | head -c 9000000; done", "more than is kept"),
        (f"{ASKED} && echo nonsense && echo '{{ready}}'; done", "nothing it can read"),
    ],
)
def test_a_program_that_dies_floods_or_babbles_is_a_result(tmp_path, photo, body, words):
    with Exiftool(program(tmp_path, body), patience=20) as tool, pytest.raises(ExiftoolFault, match=words):
        tool.tags(photo)


def test_a_path_with_a_line_break_is_refused(tmp_path):
    with metadata_reader() as reader:
        (found,) = reader.read([seen(tmp_path / "a\n-delete_original\nb")])
    assert found.problem
