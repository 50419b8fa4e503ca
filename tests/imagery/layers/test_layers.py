"""Maps and pictures of strangers: read as their own library writes them, and refused in words where they are broken."""

from __future__ import annotations

import gzip
import io
import random
import struct
from pathlib import Path

import numpy
import pytest
import rasterio
from PIL import Image
from pmtiles.reader import MmapSource, Reader
from pmtiles.tile import Compression, zxy_to_tileid
from sample_layers import archive, picture

from embers.imagery.layers.picture_tiles import PictureTiles
from embers.imagery.layers.shelf import Shelf
from embers.imagery.layers.tile_archive import HEAD, TileArchive, UnreadableLayer, tile_number
from embers.surroundings import LocalDisk


def opened(path: Path) -> TileArchive:
    return TileArchive(path.open("rb"), path.stat().st_size)


def shelf(case: Path) -> Shelf:
    return Shelf(case, LocalDisk())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "layers"
    made.mkdir()
    return made


@pytest.mark.oracle
def test_every_tile_is_what_the_formats_own_library_reads(tmp_path):
    path = archive(tmp_path / "a.pmtiles")
    ours = opened(path)
    with path.open("rb") as handle:
        theirs = Reader(MmapSource(handle))
        for zoom in range(6):
            for column in range(0, 1 << zoom, 3):
                for row in range(1 << zoom):
                    told = theirs.get(zoom, column, row)
                    assert ours.tile(zoom, column, row) == (gzip.decompress(told) if told else None)


@pytest.mark.oracle
def test_tiles_are_numbered_as_the_formats_own_library_numbers_them():
    draw = random.Random(4)
    for zoom in range(20):
        column, row = draw.randrange(1 << zoom), draw.randrange(1 << zoom)
        assert tile_number(zoom, column, row) == zxy_to_tileid(zoom, column, row)


def test_an_archive_with_directories_below_the_first_is_read(tmp_path):
    path = archive(tmp_path / "deep.pmtiles", zooms=7, varied=True)
    assert opened(path).head.leaves[1] > 0, "the sample has one directory only"
    assert b"100-17" in (opened(path).tile(7, 100, 17) or b"")


@pytest.mark.parametrize("packed", [Compression.BROTLI, Compression.ZSTD])
def test_what_is_packed_otherwise_is_refused(tmp_path, packed):
    path = archive(tmp_path / "a.pmtiles", zooms=0, packed=packed)
    with pytest.raises(UnreadableLayer, match="packed"):
        opened(path).tile(0, 0, 0)


def test_no_change_of_a_byte_does_more_than_refuse(tmp_path):
    whole = archive(tmp_path / "a.pmtiles", zooms=3).read_bytes()
    draw = random.Random(7)
    for _ in range(400):
        data = bytearray(whole)
        for _ in range(draw.randrange(1, 5)):
            data[draw.randrange(HEAD if draw.random() < 0.7 else len(data))] = draw.randrange(256)
        cut = data[: draw.randrange(HEAD, len(data))] if draw.random() < 0.3 else data
        try:
            read = TileArchive(io.BytesIO(bytes(cut)), len(cut))
            read.metadata()
            read.tile(3, 1, 1)
        except UnreadableLayer as error:
            assert error.why in {"damaged", "packed", "kind", "not-pmtiles", "version", "too-heavy"}


def test_a_tile_that_unpacks_beyond_reason_is_refused(tmp_path):
    path = archive(tmp_path / "a.pmtiles", zooms=0)
    data = bytearray(path.read_bytes())
    bomb = gzip.compress(bytes(64 * 1024 * 1024))
    at = len(data)
    data += bomb
    directory = b"\x01\x00\x01" + _number(len(bomb)) + b"\x01"
    struct.pack_into("<QQ", data, 8, len(data), len(directory))
    data += directory
    struct.pack_into("<QQ", data, 56, at, len(bomb))
    data[97] = 1  # directories are stored as they are
    struct.pack_into("<QQ", data, 24, 0, 0)
    read = TileArchive(io.BytesIO(bytes(data)), len(data))
    with pytest.raises(UnreadableLayer, match="too-heavy"):
        read.tile(0, 0, 0)


def _number(value: int) -> bytes:
    out = b""
    while value > 0x7F:
        out, value = out + bytes([value & 0x7F | 0x80]), value >> 7
    return out + bytes([value])


def test_a_picture_is_drawn_where_it_lies(tmp_path):
    tiles = PictureTiles(picture(tmp_path / "scene.tif"))
    facts = tiles.facts()
    assert facts["bounds"][0] == pytest.approx(46.3, abs=0.01)
    assert facts["attribution"] == "© the imagers"
    zoom = 12
    column = int((46.335 + 180) / 360 * (1 << zoom))
    latitude = numpy.radians(40.725)
    row = int((1 - numpy.arcsinh(numpy.tan(latitude)) / numpy.pi) / 2 * (1 << zoom))
    image = numpy.asarray(Image.open(io.BytesIO(tiles.tile(zoom, column, row))).convert("RGBA"))
    tiles.close()
    assert image.shape == (256, 256, 4)
    seen = image[..., 3] > 0
    assert {int(round(value, -1)) for value in image[seen][:, 0]} >= {40, 200}
    nowhere = PictureTiles(picture(tmp_path / "other.tif"))
    assert not numpy.asarray(Image.open(io.BytesIO(nowhere.tile(12, 0, 0))).convert("RGBA"))[..., 3].any()
    nowhere.close()


def test_values_of_16_bits_are_stretched_alike_in_every_tile(tmp_path):
    tiles = PictureTiles(picture(tmp_path / "scene.tif", dtype="uint16"))
    facts = tiles.facts()
    assert facts["max_zoom"] >= 13
    west, south, east, north = facts["bounds"]
    zoom = 12
    middle = numpy.radians((south + north) / 2)
    row = int((1 - numpy.arcsinh(numpy.tan(middle)) / numpy.pi) / 2 * (1 << zoom))
    brightest = []
    for longitude in (west + 0.01, east - 0.01):
        column = int((longitude + 180) / 360 * (1 << zoom))
        image = numpy.asarray(Image.open(io.BytesIO(tiles.tile(zoom, column, row))).convert("RGBA"))
        brightest.append(int(numpy.median(image[image[..., 3] > 0][:, 0])))
    tiles.close()
    assert brightest[0] < 20 < 235 < brightest[1]


def test_a_process_that_was_ended_is_followed_by_another(tmp_path):
    tiles = PictureTiles(picture(tmp_path / "scene.tif"))
    first = tiles.tile(10, 643, 385)
    tiles._process.kill()
    tiles._process.wait()
    assert tiles.tile(10, 643, 385) == first
    tiles.close()


def test_a_picture_that_takes_too_long_is_ended(tmp_path):
    tiles = PictureTiles(picture(tmp_path / "scene.tif"), waiting_s=0.01)
    with pytest.raises(UnreadableLayer, match="too-slow"):
        tiles.facts()


def test_the_folder_is_listed_with_titles_and_what_is_owed(folder):
    archive(
        folder / "plan.pmtiles", attribution='<a href="https://x">© Makers</a> <script>x</script>', zooms=1
    )
    picture(folder / "scene.tif")
    (folder / "notes.txt").write_text("no layer")
    titles = '["scene.tif"]\ntitle = "August"\nattribution = "Contains modified Copernicus data"\n'
    (folder / "layers.toml").write_text(titles)
    plan, scene = shelf(folder.parent).layers()
    assert (plan.title, plan.kind, plan.attribution) == ("Town plan", "vector", "© Makers x")
    assert plan.parts == ("water", "roads")
    assert (scene.title, scene.kind) == ("August", "picture")
    assert scene.attribution == "Contains modified Copernicus data"
    assert "plan" not in plan.id and "scene" not in scene.id


@pytest.mark.parametrize(
    ("name", "data", "why"),
    [
        ("empty.pmtiles", b"", "damaged"),
        ("text.pmtiles", b"no archive at all" * 20, "not-pmtiles"),
        ("old.pmtiles", b"PMTiles\x02" + bytes(200), "version"),
        ("text.tif", b"no picture at all", "damaged"),
        ("cut.tif", b"II*\x00\x08\x00\x00\x00\xff\xff", "damaged"),
        ("vrt.tif", b"<VRTDataset rasterXSize='1' rasterYSize='1'></VRTDataset>", "damaged"),
    ],
)
def test_what_is_no_layer_is_listed_with_the_reason(folder, name, data, why):
    (folder / name).write_bytes(data)
    archive(folder / "sound.pmtiles", zooms=0)
    found = {one.title: one for one in shelf(folder.parent).layers()}
    assert found[Path(name).stem].problem == why
    assert not found["Town plan"].problem
    with pytest.raises(UnreadableLayer, match=why):
        shelf(folder.parent).tile(found[Path(name).stem].id, 0, 0, 0)


def test_a_picture_without_a_position_is_refused(folder):
    with rasterio.open(folder / "bare.tif", "w", driver="GTiff", width=4, height=4, count=1, dtype="uint8"):
        pass
    (one,) = shelf(folder.parent).layers()
    assert one.problem == "no-position"


def test_no_link_leads_out_of_the_folder(folder, tmp_path):
    archive(tmp_path / "outside.pmtiles", zooms=0)
    (folder / "link.pmtiles").symlink_to(tmp_path / "outside.pmtiles")
    assert shelf(folder.parent).layers() == []


def test_tiles_outside_a_layer_and_unknown_layers_are_refused(folder):
    archive(folder / "plan.pmtiles", zooms=1)
    one = shelf(folder.parent)
    (plan,) = one.layers()
    assert one.tile(plan.id, 1, 1, 1).media == "application/vnd.mapbox-vector-tile"
    for zoom, column, row in ((2, 0, 0), (1, 2, 0), (1, 0, 10**30)):
        with pytest.raises(UnreadableLayer, match="no-such-tile"):
            one.tile(plan.id, zoom, column, row)
    with pytest.raises(UnreadableLayer, match="unknown"):
        one.tile("../../journal", 0, 0, 0)


def test_a_changed_file_is_another_layer(folder):
    archive(folder / "plan.pmtiles", zooms=0)
    one = shelf(folder.parent)
    (before,) = one.layers()
    archive(folder / "plan.pmtiles", zooms=1, name="New plan")
    (after,) = one.layers()
    assert before.id != after.id
    assert after.title == "New plan"
