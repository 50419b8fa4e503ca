"""Panels: the Joplin pair, synthetic shifts, and pairs that cannot be compared."""

import hashlib
import io
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import rasterio
from PIL import Image
from rasterio.transform import from_origin

from embers.errors import ImageryError
from embers.imagery.panel import PanelSide, make_panel
from embers.imagery.panel_drawing import scale_length
from embers.imagery.raster import read_raster_scene
from embers.imagery.register import estimate_shift
from embers.surroundings import Surroundings

JOPLIN = Path(__file__).parents[2] / "demo" / "imagery" / "vhr_joplin"
HERE = Surroundings()


def side(path: Path) -> PanelSide:
    return PanelSide(path, read_raster_scene(path), source="somewhere", attribution="by somebody")


@pytest.fixture(scope="module")
def pair():
    return side(JOPLIN / "pre_tile_337-9136.tif"), side(JOPLIN / "post_tile_31500-5137.tif")


@pytest.fixture(scope="module")
def panel(pair):
    return make_panel(*pair, HERE, title="Joplin")


def texture(seed: int, side_px: int = 320) -> np.ndarray:
    """Smooth random ground with detail down to about four pixels, periodic."""
    waves = np.fft.fftfreq(side_px)
    keep = np.exp(-(waves[:, None] ** 2 + waves[None, :] ** 2) / (2 * 0.08**2))
    noise = np.random.default_rng(seed).normal(size=(side_px, side_px))
    ground = np.fft.ifft2(np.fft.fft2(noise) * keep).real
    return 128 + 40 * ground / ground.std()


def moved(image: np.ndarray, *, right: float, down: float) -> np.ndarray:
    rows, columns = (np.fft.fftfreq(n) for n in image.shape)
    phase = np.exp(-2j * np.pi * (rows[:, None] * down + columns[None, :] * right))
    return np.fft.ifft2(np.fft.fft2(image) * phase).real


def write(path: Path, values: np.ndarray, *, left: float = 500_000, crs="EPSG:32638", dtype="uint8", **more):
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        width=values.shape[1],
        height=values.shape[0],
        count=1,
        dtype=dtype,
        crs=crs,
        transform=from_origin(left, 4_400_000, 1, 1),
        **more,
    ) as raster:
        raster.write(np.clip(values, 0, 255).astype(dtype), 1)
    return path


def test_joplin_panel_records_its_lineage(pair, panel):
    record = panel.record
    assert [entry["sha256"] for entry in record.inputs] == [
        hashlib.sha256(one.path.read_bytes()).hexdigest() for one in pair
    ]
    assert (record.crs, record.pixel_mm, record.size_px) == ("EPSG:32615", 670, (807, 524))
    assert record.png_sha256 == hashlib.sha256(panel.png).hexdigest()
    image = Image.open(io.BytesIO(panel.png))
    assert image.size[0] == 2 * 807 + 24 + 80
    assert {"gdal", "proj", "rasterio", "numpy", "pillow", "embers"} <= set(record.versions)


def test_joplin_pair_lies_within_two_pixels_and_says_so(panel):
    record = panel.record
    assert record.shift_reliable
    assert np.hypot(*record.shift_mm) < 2 * record.pixel_mm
    assert "not corrected" in record.shift_sentence()


def test_record_holds_no_floats(panel):
    def walk(value):
        assert not isinstance(value, float)
        for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
            walk(inner)

    data = panel.record.to_json()
    walk(data)
    assert json.loads(json.dumps(data)) == data
    assert data["shift"]["applied"] is False


def test_same_inputs_same_bytes(pair, panel):
    again = make_panel(*pair, HERE, title="Joplin")
    assert again == panel
    assert make_panel(*pair, HERE, title="Joplin!").png != panel.png


def test_both_images_get_the_same_stretch(tmp_path):
    ground = texture(1)
    one = write(tmp_path / "one.tif", ground)
    two = write(tmp_path / "two.tif", ground / 2)
    panel = make_panel(side(one), side(two), HERE, title="t")
    page = np.asarray(Image.open(io.BytesIO(panel.png)).convert("L"), dtype=float)
    width = (page.shape[1] - 80 - 24) // 2
    middle = slice(page.shape[0] // 2 - 50, page.shape[0] // 2 + 50)
    first, second = page[middle, 40 : 40 + width], page[middle, 64 + width : 64 + 2 * width]
    # Half the values must stay visibly darker: a stretch of its own would make both alike.
    assert first.mean() > second.mean() + 60


@pytest.mark.parametrize(("right", "down"), [(0, 0), (3.25, -1.5), (-0.4, 0.7), (12.0, 20.5)])
def test_synthetic_shifts_are_recovered(right, down):
    ground = texture(7)
    shift = estimate_shift(ground, moved(ground, right=right, down=down))
    assert shift.reliable
    assert abs(shift.right - right) <= 0.06
    assert abs(shift.down - down) <= 0.06


def test_shift_in_metres_points_east_and_north(tmp_path):
    ground = texture(3)
    one = write(tmp_path / "one.tif", ground)
    two = write(tmp_path / "two.tif", moved(ground, right=4, down=-3))
    record = make_panel(side(one), side(two), HERE, title="t").record
    east, north = record.shift_mm
    assert abs(east - 4000) < 150
    assert abs(north - 3000) < 150


def test_unrelated_images_make_no_statement(tmp_path):
    one, two = write(tmp_path / "one.tif", texture(1, 512)), write(tmp_path / "two.tif", texture(2, 512))
    record = make_panel(side(one), side(two), HERE, title="t").record
    assert not record.shift_reliable
    assert "no statement" in record.shift_sentence()


def test_blank_image_cannot_be_measured(tmp_path):
    one, two = write(tmp_path / "one.tif", texture(1)), write(tmp_path / "two.tif", np.full((320, 320), 9))
    record = make_panel(side(one), side(two), HERE, title="t").record
    assert record.shift_sentence() == "The displacement between the two images could not be measured."


def test_edges_without_data_are_cut_off(tmp_path):
    ground = texture(5)
    holed = np.clip(ground, 1, 255)
    holed[:, :50] = 0
    one, two = write(tmp_path / "one.tif", ground), write(tmp_path / "two.tif", holed, nodata=0)
    width, height = make_panel(side(one), side(two), HERE, title="t").record.size_px
    assert width <= 270
    assert height >= 310


def test_pairs_that_cannot_be_compared_are_refused(tmp_path, pair):
    ground = texture(5)
    one = side(write(tmp_path / "one.tif", ground))
    far = side(write(tmp_path / "far.tif", ground, left=600_000))
    sliver = side(write(tmp_path / "sliver.tif", ground, left=500_300))
    deep = side(write(tmp_path / "deep.tif", ground, dtype="uint16"))
    for other, code in (
        (far, "imagery.panel-overlap"),
        (pair[0], "imagery.panel-overlap"),
        (sliver, "imagery.panel-overlap"),
        (deep, "imagery.panel-depth"),
    ):
        with pytest.raises(ImageryError) as caught:
            make_panel(one, other, HERE, title="t")
        assert caught.value.code == code
        assert caught.value.hint


def test_hole_inside_the_shared_ground_is_refused(tmp_path):
    holed = np.clip(texture(5), 1, 255)
    holed[150:170, 150:170] = 0
    one, two = write(tmp_path / "one.tif", texture(5)), write(tmp_path / "two.tif", holed, nodata=0)
    with pytest.raises(ImageryError) as caught:
        make_panel(side(one), side(two), HERE, title="t")
    assert caught.value.code == "imagery.panel-gaps"


def test_font_that_is_none_is_refused_and_long_words_fit(tmp_path, pair):
    fake = tmp_path / "face.ttf"
    fake.write_bytes(b"not a font")
    with pytest.raises(ImageryError) as caught:
        make_panel(*pair, HERE, title="t", font=fake)
    assert caught.value.code == "imagery.panel-font"
    one = side(write(tmp_path / "one.tif", texture(5)))
    long = replace(one, source="x" * 400, attribution="y" * 900)
    width = Image.open(io.BytesIO(make_panel(long, one, HERE, title="z" * 300).png)).size[0]
    assert width == Image.open(io.BytesIO(make_panel(one, one, HERE, title="z").png)).size[0]


def test_scale_bar_is_a_round_length():
    assert scale_length(0.67, 807) == 100
    assert scale_length(10, 1000) == 2000
    assert scale_length(0.1, 64) == 1
