"""Scenes: what the makers' metadata says, and that nothing is added to it."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import rasterio
from rasterio.transform import from_origin

from embers.errors import ImageryError
from embers.imagery.raster import read_raster_scene
from embers.imagery.scene import read_safe_scene
from embers.surroundings import Surroundings

DEMO = Path(__file__).parents[2] / "demo" / "imagery"
JOPLIN = DEMO / "vhr_joplin"
S1A = next((DEMO / "safe").glob("S1A*.zip"))
S1B = next((DEMO / "safe").glob("S1B*.SAFE"))
HERE = Surroundings()


def test_sentinel_scene_from_zip():
    scene = read_safe_scene(S1A, HERE)
    assert (scene.platform, scene.mode, scene.product_type) == ("Sentinel-1A", "IW", "GRD")
    assert (scene.sensed_start, scene.sensed_stop) == ("2021-01-19T03:16:53Z", "2021-01-19T03:17:19Z")
    assert (scene.absolute_orbit, scene.relative_orbit, scene.direction) == (36201, 79, "descending")
    assert scene.polarisation == ("VV", "VH")
    assert scene.processing == "Sentinel-1 IPF 003.31"
    assert scene.sensed_text() == "2021-01-19 03:16:53 UTC"


def test_sentinel_footprint_is_a_closed_ring_of_latitude_and_longitude():
    ring = read_safe_scene(S1B, HERE).footprint
    assert ring[0] == ring[-1] == (40_876_698, 14_925_448)
    assert len(ring) == 5


def test_manifest_without_a_time_gives_no_date(tmp_path):
    text = (S1B / "manifest.safe").read_text(encoding="utf-8")
    start = text.index("<safe:startTime>")
    end = text.index("<safe:extension>", start)
    (tmp_path / "manifest.safe").write_text(text[:start] + text[end:], encoding="utf-8")
    scene = read_safe_scene(tmp_path, HERE)
    assert (scene.sensed_start, scene.sensed_edtf, scene.sensed_text()) == (
        None,
        None,
        "date not in the file",
    )


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("2021-12-23T05:11:22.594441</safe:start", "yesterday</safe:start", "imagery.scene-date"),
        ("40.876698,14.925448", "91.0,14.9", "imagery.scene-footprint"),
        ("40.876698,14.925448", "inf,14.9", "imagery.scene-footprint"),
        ("40.876698,14.925448", "40.8", "imagery.scene-footprint"),
    ],
)
def test_impossible_values_are_refused(tmp_path, old, new, code):
    text = (S1B / "manifest.safe").read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "manifest.safe").write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(ImageryError) as caught:
        read_safe_scene(tmp_path, HERE)
    assert caught.value.code == code


def test_plain_raster_has_a_grid_and_no_date():
    scene = read_raster_scene(JOPLIN / "post_tile_31500-5137.tif", notes=("kept",))
    assert (scene.product, scene.sensed_start, scene.notes) == ("post_tile_31500-5137", None, ("kept",))
    assert "no date" in scene.sensed_basis
    grid = scene.grid
    assert grid is not None
    assert (grid.crs, grid.bands, grid.dtype, grid.nodata) == ("EPSG:4326", 3, "uint8", "")
    # 6e-6 degrees at 37.07 N: 0.534 m along the parallel, 0.666 m along the meridian.
    assert grid.pixel_mm == (534, 666)
    assert scene.footprint[0] == (37_075_114, -94_499_605)


def test_projected_raster_keeps_its_pixel_size():
    grid = read_raster_scene(JOPLIN / "pre_tile_337-9136.tif").grid
    assert grid is not None
    assert (grid.crs, grid.pixel_mm) == ("EPSG:26915", (600, 600))
    assert grid.sentence() == "EPSG:26915, 1024 by 1024 pixels of 0.60 m"


def test_time_of_writing_is_a_note_and_not_a_date(tmp_path):
    path = tmp_path / "tagged.tif"
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        width=8,
        height=8,
        count=1,
        dtype="uint8",
        crs="EPSG:32638",
        transform=from_origin(500_000, 4_400_000, 10, 10),
    ) as raster:
        raster.write(np.zeros((1, 8, 8), np.uint8))
        raster.update_tags(TIFFTAG_DATETIME="2020:10:17 08:00:05")
    scene = read_raster_scene(path)
    assert scene.sensed_start is None
    assert "not when it was sensed" in scene.notes[0]


@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
def test_raster_without_position_or_not_a_raster(tmp_path):
    path = tmp_path / "plain.tif"
    with rasterio.open(path, "w", driver="GTiff", width=8, height=8, count=1, dtype="uint8") as raster:
        raster.write(np.zeros((1, 8, 8), np.uint8))
    vrt = tmp_path / "sly.tif"
    vrt.write_text('<VRTDataset rasterXSize="1" rasterYSize="1"></VRTDataset>', encoding="utf-8")
    for bad, code in (
        (path, "imagery.raster-crs"),
        (vrt, "imagery.raster-unreadable"),
        (tmp_path / "absent.tif", "imagery.raster-missing"),
    ):
        with pytest.raises(ImageryError) as caught:
            read_raster_scene(bad)
        assert caught.value.code == code


def test_manifests_and_scenes_load_without_rasterio():
    code = (
        "import sys, embers.imagery.manifest, embers.imagery.scene\n"
        "sys.exit(any(name in sys.modules for name in ('rasterio', 'numpy', 'shapely')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
