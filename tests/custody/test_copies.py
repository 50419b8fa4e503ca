"""Copies to look at: what they keep, what they leave out, and that each is made once."""

from __future__ import annotations

import io
import json
import zipfile

import numpy
import pytest
import rasterio
import typst
from PIL import Image, ImageCms
from rasterio.transform import from_origin

from embers.custody.copies.workshop import Workshop
from embers.errors import ObjectError
from embers.objects.local import LocalObjectStore
from embers.surroundings import Surroundings


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return LocalObjectStore(tmp_path_factory.mktemp("copies") / "objects", Surroundings())


@pytest.fixture(scope="module")
def workshop():
    return Workshop()


@pytest.fixture
def copy(store, workshop):
    def make(data: bytes, maker: str, **parameters):
        return workshop.copy(store, store.put(io.BytesIO(data)).sha256, maker, **parameters)

    return make


def picture(size=(900, 700), *, kind="JPEG", mode="RGB", **extra) -> bytes:
    out = io.BytesIO()
    image = Image.effect_mandelbrot(size, (-2, -1.5, 1, 1.5), 40).convert(mode)
    image.save(out, kind, **extra)
    return out.getvalue()


def photo(orientation: int) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = "Camera of a witness"
    exif.get_ifd(0x8825)[2] = (40.0, 40.0, 40.0)
    return picture(exif=exif)


def tile(made, name="0/0/0"):
    return Image.open(io.BytesIO(made.parts[name]))


def test_a_photo_is_turned_and_loses_its_metadata(copy):
    made = copy(photo(6), "picture")
    assert (made.facts["width"], made.facts["height"]) == (700, 900)
    assert made.facts["turned"] == 6
    assert b"witness" in photo(6)
    for part in made.parts.values():
        assert b"witness" not in part
        assert b"Exif" not in part
        assert not dict(Image.open(io.BytesIO(part)).getexif())


def test_turned_pixels_stand_where_the_metadata_says(copy):
    image = Image.new("RGB", (64, 32), "white")
    image.paste("black", (0, 0, 16, 16))
    out = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned a quarter clockwise: the upper left corner becomes the upper right one
    image.save(out, "PNG", exif=exif)
    seen = tile(copy(out.getvalue(), "picture")).convert("L")
    assert seen.size == (32, 64)
    assert seen.getpixel((28, 4)) < 40 < 215 < seen.getpixel((4, 4))


def test_tiles_of_every_level_make_the_whole(copy):
    made = copy(picture((1300, 600)), "picture")
    levels = made.facts["levels"]
    assert [(level["width"], level["height"]) for level in levels] == [(1300, 600), (650, 300), (325, 150)]
    for number, level in enumerate(levels):
        area = 0
        for column in range(level["columns"]):
            for row in range(level["rows"]):
                width, height = tile(made, f"{number}/{column}/{row}").size
                area += width * height
        assert area == level["width"] * level["height"]
    assert len(made.parts) == sum(level["columns"] * level["rows"] for level in levels)


@pytest.mark.parametrize(
    ("data", "step"),
    [
        (picture(kind="PNG", mode="RGBA"), "on-white"),
        (picture(kind="PNG", mode="I;16"), "stretched"),
        (picture(kind="TIFF", mode="F"), "stretched"),
        (picture(icc_profile=ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()), "srgb"),
        (picture(icc_profile=b"no profile at all"), "profile-unread"),
    ],
)
def test_what_was_done_to_a_picture_is_said(copy, data, step):
    made = copy(data, "picture")
    assert step in made.facts["steps"]
    assert made.facts["tool"].startswith("Pillow ")


def test_only_the_first_picture_of_several_is_shown_and_their_number_said(copy):
    out = io.BytesIO()
    frames = [Image.new("RGB", (20, 20), colour) for colour in ("red", "lime", "blue")]
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:])
    assert copy(out.getvalue(), "picture").facts["frames"] == 3


@pytest.fixture(scope="module")
def pages() -> bytes:
    text = "#set page(width: 200pt, height: 100pt)\nFirst page\n#pagebreak()\nՀայերեն and Gəncə"
    return typst.compile(text.encode())


def test_a_page_is_drawn_and_its_text_read(copy, pages):
    made = copy(pages, "document", page=2)
    assert (made.facts["pages"], made.facts["width"], made.facts["height"]) == (2, 200, 100)
    assert made.facts["levels"][0]["width"] == pytest.approx(200 * 150 / 72, abs=1)
    assert "Gəncə" in made.parts["text"].decode()
    assert copy(pages, "document", page=3).facts["unreadable"] == "no-such-page"


@pytest.mark.parametrize(
    ("data", "encoding", "how", "text"),
    [
        ("Гянджа\n\nвторой".encode(), "utf-8", "valid", "Гянджа"),
        ("Gəncə".encode("utf-8-sig"), "utf-8", "mark", "Gəncə"),
        ("Гянджа".encode("utf-16"), "utf-16", "mark", "Гянджа"),
        (
            "Ракетный удар по жилым домам города".encode("windows-1251"),
            "windows-1251",
            "guess",
            "Ракетный удар",
        ),
        ("Ракетный удар по жилым домам города".encode("koi8-r"), "koi8-r", "guess", "Ракетный удар"),
        ("Ракетный удар по жилым домам города".encode("cp866"), "cp866", "guess", "Ракетный удар"),
        ("Témoignage recueilli à Genève, été".encode("latin-1"), "windows-1252", "guess", "Témoignage"),
        ("قصف المدينة ليلا".encode("windows-1256"), "windows-1256", "guess", "قصف"),
    ],
)
def test_the_encoding_of_a_text_is_found_and_named(copy, data, encoding, how, text):
    made = copy(data, "passages", markup=False)
    assert (made.facts["encoding"], made.facts["how"]) == (encoding, how)
    assert json.loads(made.parts["0"])[0][0].startswith(text)


def test_a_reader_may_choose_the_encoding(copy):
    data = "Гянджа".encode("koi8-r")
    assert json.loads(copy(data, "passages", markup=False, encoding="koi8-r").parts["0"]) == [["Гянджа"]]
    assert copy(data, "passages", markup=False, encoding="rot13").facts["unreadable"] == "encoding"


def test_paragraphs_are_numbered_through_and_lines_counted(copy):
    text = "\r\n\r\n".join(f"Paragraph {n}\r\nsecond line" for n in range(1, 251))
    made = copy(text.encode(), "passages", markup=False)
    assert made.facts["paragraphs"] == 250
    assert made.facts["lines_before"] == [0, 200, 400]
    assert json.loads(made.parts["2"])[-1] == ["Paragraph 250", "second line"]


def test_a_web_page_is_read_without_what_runs_or_loads(copy):
    page = """<html><head><title>The title</title><script>steal()</script><style>p{}</style></head><body>
    <p>First <b>bold</b>&amp;more<br>next line</p><div>Second<iframe src=http://example.invalid>x</iframe></div>
    <img src=http://example.invalid/x onerror=alert(1)><p hidden>Third</p></body></html>"""
    made = copy(page.encode(), "passages", markup=True)
    assert json.loads(made.parts["0"]) == [
        ["The title"],
        ["First bold&more next line"],
        ["Second"],
        ["Third"],
    ]


def test_a_table_keeps_its_cells_as_they_stand(copy):
    made = copy('id;name;sum\nC1;"a;b";=1+1\nC2;Gəncə;007\n'.encode(), "table")
    assert json.loads(made.parts["0"]) == [
        ["id", "name", "sum"],
        ["C1", "a;b", "=1+1"],
        ["C2", "Gəncə", "007"],
    ]
    assert json.loads(made.parts["keys"]) == ["id", "C1", "C2"]
    assert (made.facts["rows"], made.facts["columns"], made.facts["separator"]) == (3, 3, ";")


def scene(path, *, kind="uint8", bands=3, crs="EPSG:32638") -> bytes:
    pixels = numpy.arange(bands * 60 * 80).reshape(bands, 60, 80) % (250 if kind == "uint8" else 4000)
    with rasterio.open(
        path, "w", driver="GTiff", width=80, height=60, count=bands, dtype=kind, crs=crs, nodata=0,
        transform=from_origin(620_000, 4_500_000, 10, 10),
    ) as made:  # fmt: skip
        made.write(pixels.astype(kind))
    return path.read_bytes()


def test_a_scene_lies_where_its_coordinates_say(copy, tmp_path):
    made = copy(scene(tmp_path / "a.tif", kind="uint16", bands=1), "overlay")
    west, south, east, north = made.facts["bounds"]
    assert 46.4 < west < east < 46.5
    assert 40.6 < south < north < 40.7
    assert made.facts["stretched"]
    image = Image.open(io.BytesIO(made.parts["overlay"]))
    assert image.mode == "RGBA"
    assert {0, 255} <= set(image.getchannel("A").tobytes())


def test_a_picture_without_position_is_no_overlay(copy, tmp_path):
    assert copy(picture(kind="TIFF"), "overlay").facts["unreadable"] == "no-position"


def test_a_capture_lists_its_pages_and_resources(copy):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as bundle:
        bundle.writestr("datapackage.json", json.dumps({"title": "Exercise", "software": "test"}))
        page = {
            "url": "https://example.invalid/",
            "title": "T",
            "ts": "2026-01-02T03:04:05Z",
            "text": "Words",
        }
        bundle.writestr("pages/pages.jsonl", '{"format":"json-pages-1.0"}\n' + json.dumps(page) + "\n")
        row = {"url": "https://example.invalid/", "mime": "text/html", "status": "404", "digest": "sha256:ab"}
        bundle.writestr("indexes/index.cdx", f"invalid,example)/ 20260102030405 {json.dumps(row)}\n")
    made = copy(out.getvalue(), "capture")
    assert made.facts["title"] == "Exercise"
    assert json.loads(made.parts["pages"])[0]["text"] == "Words"
    assert json.loads(made.parts["0"])[0]["status"] == "404"
    assert copy(b"PK\x03\x04 no archive", "capture").facts["unreadable"] == "damaged"


def test_a_copy_is_made_once_while_it_is_remembered(store, monkeypatch):
    from embers.custody.copies import workshop as module

    runs = []
    real = module._run
    monkeypatch.setattr(module, "_run", lambda *given: (runs.append(given[1]), real(*given))[1])
    shop = Workshop()
    sha256 = store.put(io.BytesIO(b"a\n\nb")).sha256
    for _ in range(3):
        assert shop.copy(store, sha256, "passages", markup=False).facts["paragraphs"] == 2
    assert runs == [sha256]


def test_altered_bytes_are_not_copied(tmp_path):
    store = LocalObjectStore(tmp_path / "objects", Surroundings())
    sha256 = store.put(io.BytesIO(picture())).sha256
    place = store.place(sha256)
    place.chmod(0o644)
    place.write_bytes(picture() + b"!")
    with pytest.raises(ObjectError, match="not the ones"):
        Workshop().copy(store, sha256, "picture")
