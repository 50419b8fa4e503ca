"""Put two images of the same ground side by side, so that a reader can compare them fairly.

Both are resampled to one UTM grid at the coarser of the two pixel sizes, cut to the ground both cover, and
drawn with one and the same stretch. Nothing is marked: a panel shows, it does not argue. The displacement
left between the two is estimated and written down, and never corrected by moving an image.

The :class:`PanelRecord` holds everything needed to make the panel again, for the journal. The same inputs
give the same bytes with the same library versions, which the record names. Loads rasterio.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from numpy.typing import NDArray
from pyproj import Proj
from rasterio.crs import CRS
from rasterio.enums import Resampling
from rasterio.io import DatasetReader
from rasterio.transform import from_origin
from rasterio.vrt import WarpedVRT
from rasterio.warp import transform

from embers.errors import ImageryError
from embers.imagery.panel_drawing import Caption, Drawing, draw
from embers.imagery.raster import grid_of, open_raster, outline
from embers.imagery.register import Shift, estimate_shift
from embers.imagery.scene import Ring, Scene
from embers.surroundings import Surroundings

MAX_SIDE_PX = 2000
MIN_SIDE_PX = 64
#: Joint percentiles of both images. Half a percent keeps shadows and roofs apart; two percent blackened
#: the darker image of the Joplin pair.
_LOW, _HIGH = 0.5, 99.5
_CHUNK = 1024 * 1024
_WGS84 = CRS.from_epsg(4326)

Bands = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class PanelSide:
    """One of the two images: the raster, what is known of it, where it comes from and how to credit it."""

    path: Path
    scene: Scene
    source: str
    attribution: str


@dataclass(frozen=True, slots=True)
class PanelRecord:
    """How a panel was made. Lengths in millimetres, positions in millionths of a degree, no floats.

    ``shift_mm`` is (east, north) of the second image against the first; it was not applied.
    """

    tool: str
    versions: Mapping[str, str]
    inputs: tuple[Mapping[str, str | int], ...]
    crs: str
    pixel_mm: int
    origin_mm: tuple[int, int]
    size_px: tuple[int, int]
    corners: Ring
    resampling: str
    stretch: tuple[str, str]
    shift_mm: tuple[int, int]
    shift_residual_mm: int
    shift_windows: tuple[int, int]
    shift_reliable: bool
    font: str
    png_sha256: str

    def shift_sentence(self) -> str:
        """Say what is known about the displacement between the two images."""
        agreeing, windows = self.shift_windows
        if not windows:
            return "The displacement between the two images could not be measured."
        east, north = (f"{mm / 1000:+.1f} m" for mm in self.shift_mm)
        counted = f"{agreeing} of {windows} windows agree, residual {self.shift_residual_mm / 1000:.1f} m"
        if not self.shift_reliable:
            return f"Displacement not reliably measured ({counted}); no statement is made."
        moved = f"{east} east, {north} north ({counted})"
        return f"Measured displacement of the second image, not corrected: {moved}."

    def to_json(self) -> dict[str, Any]:
        """Return the record as journal values: text, whole numbers, lists and maps."""
        return {
            "tool": self.tool,
            "versions": dict(self.versions),
            "inputs": [dict(entry) for entry in self.inputs],
            "crs": self.crs,
            "pixel_mm": self.pixel_mm,
            "origin_mm": list(self.origin_mm),
            "size_px": list(self.size_px),
            "corners_microdegrees": [list(point) for point in self.corners],
            "resampling": self.resampling,
            "stretch": list(self.stretch),
            "shift": {
                "east_mm": self.shift_mm[0],
                "north_mm": self.shift_mm[1],
                "residual_mm": self.shift_residual_mm,
                "agreeing_windows": self.shift_windows[0],
                "windows": self.shift_windows[1],
                "reliable": self.shift_reliable,
                "applied": False,
                "sentence": self.shift_sentence(),
            },
            "font": self.font,
            "png_sha256": self.png_sha256,
        }


@dataclass(frozen=True, slots=True)
class Panel:
    """A finished panel: PNG bytes and how they came about."""

    png: bytes
    record: PanelRecord


@dataclass(frozen=True, slots=True)
class _Window:
    """The common grid: north-up, square pixels, upper left corner in metres of ``crs``."""

    crs: CRS
    pixel: float
    left: float
    top: float
    width: int
    height: int

    def cut(self, rows: slice, columns: slice) -> _Window:
        return _Window(
            self.crs,
            self.pixel,
            self.left + columns.start * self.pixel,
            self.top - rows.start * self.pixel,
            columns.stop - columns.start,
            rows.stop - rows.start,
        )

    def corners(self) -> Ring:
        right, bottom = self.left + self.width * self.pixel, self.top - self.height * self.pixel
        xs, ys = [self.left, right, right, self.left], [self.top, self.top, bottom, bottom]
        lons, lats = transform(self.crs, _WGS84, xs, ys)
        ring = [(round(lat * 1e6), round(lon * 1e6)) for lat, lon in zip(lats, lons, strict=True)]
        return (*ring, ring[0])


def make_panel(
    before: PanelSide, after: PanelSide, surroundings: Surroundings, *, title: str, font: Path | None = None
) -> Panel:
    """Draw ``before`` and ``after`` side by side with captions, north arrow and scale bar.

    ``font`` is a TrueType file; without it Pillow's own face is used (Latin letters only). Raises
    :class:`ImageryError` if a raster cannot be read, has no position, the two share no ground, or their
    pixel types differ (one stretch would then be meaningless).
    """
    with open_raster(before.path) as first, open_raster(after.path) as second:
        if first.dtypes[0] != second.dtypes[0]:
            raise ImageryError(
                "panel-depth",
                f"The two images hold different values ({first.dtypes[0]} and {second.dtypes[0]}).",
                "Use two images of the same kind; one stretch cannot serve both.",
            )
        window = _common_window(first, second)
        images, window = _read_common(first, second, window)
        grids = (grid_of(first), grid_of(second))
    shift = estimate_shift(_grey(images[0]), _grey(images[1]))
    low, high = (float(np.percentile(np.concatenate([i.ravel() for i in images]), q)) for q in (_LOW, _HIGH))
    inputs = tuple(_input(role, side, surroundings) for role, side in (("before", before), ("after", after)))
    record = _record(window, shift, inputs=inputs, stretch=(low, high), font=_font_name(font, surroundings))
    factors = Proj(window.crs.to_wkt()).get_factors(*_centre(window))
    png = draw(
        Drawing(
            title=title,
            images=(_stretched(images[0], low, high), _stretched(images[1], low, high)),
            captions=(
                _caption("BEFORE", before, grids[0].pixel_mm, str(inputs[0]["sha256"])),
                _caption("AFTER", after, grids[1].pixel_mm, str(inputs[1]["sha256"])),
            ),
            # Grid metres are longer or shorter than metres on the ground by the scale factor.
            ground_pixel=window.pixel / float(factors.meridional_scale),
            true_north=-float(factors.meridian_convergence),
            notes=_notes(record, before, after),
        ),
        font=font,
    )
    return Panel(png, _with_digest(record, hashlib.sha256(png).hexdigest()))


def _common_window(first: DatasetReader, second: DatasetReader) -> _Window:
    shared = outline(first, _WGS84).intersection(outline(second, _WGS84))
    if shared.is_empty or not shared.area:
        raise ImageryError(
            "panel-overlap",
            "The two images share no ground.",
            "Choose images whose outlines overlap; outlines are listed with each scene.",
        )
    lon, lat = shared.centroid.x, shared.centroid.y
    zone = min(60, int((lon + 180) // 6) + 1)
    crs = CRS.from_epsg((32600 if lat >= 0 else 32700) + zone)
    left, bottom, right, top = outline(first, crs).intersection(outline(second, crs)).bounds
    coarse = max(*grid_of(first).pixel_mm, *grid_of(second).pixel_mm) / 1000
    coarse = max(coarse, (right - left) / MAX_SIDE_PX, (top - bottom) / MAX_SIDE_PX)
    pixel = math.ceil(coarse * 100) / 100
    # Corners on whole pixels of the grid, so that neighbouring panels line up.
    left, top = math.ceil(left / pixel) * pixel, math.floor(top / pixel) * pixel
    return _Window(crs, pixel, left, top, int((right - left) / pixel), int((top - bottom) / pixel))


def _read_common(
    first: DatasetReader, second: DatasetReader, window: _Window
) -> tuple[tuple[Bands, Bands], _Window]:
    if min(window.width, window.height) < MIN_SIDE_PX:
        raise _too_small()
    one, one_valid = _resample(first, window)
    two, two_valid = _resample(second, window)
    rows, columns = _full_rectangle(one_valid & two_valid)
    return (one[:, rows, columns], two[:, rows, columns]), window.cut(rows, columns)


def _too_small() -> ImageryError:
    return ImageryError(
        "panel-overlap",
        f"The ground both images cover fully is less than {MIN_SIDE_PX} pixels across.",
        "Choose images that share more ground.",
    )


def _resample(raster: DatasetReader, window: _Window) -> tuple[Bands, NDArray[np.bool_]]:
    """Read only the window, resampled by cubic convolution; returns three bands and where they are valid."""
    options = {
        "crs": window.crs,
        "transform": from_origin(window.left, window.top, window.pixel, window.pixel),
        "width": window.width,
        "height": window.height,
        "resampling": Resampling.cubic,
    }
    if raster.nodata is None:
        options["add_alpha"] = True
    bands = [1, 2, 3] if raster.count >= 3 else [1, 1, 1]
    with WarpedVRT(raster, **options) as warped:
        values = warped.read(bands).astype(np.float64)
        valid = (warped.dataset_mask() > 0) & np.isfinite(values).all(axis=0)
    return values, valid


def _full_rectangle(valid: NDArray[np.bool_]) -> tuple[slice, slice]:
    """Trim the emptiest edge again and again until no pixel is missing."""
    top, bottom, left, right = 0, valid.shape[0], 0, valid.shape[1]
    while min(bottom - top, right - left) >= MIN_SIDE_PX:
        inner = valid[top:bottom, left:right]
        edges = [inner[0].mean(), inner[-1].mean(), inner[:, 0].mean(), inner[:, -1].mean()]
        worst = int(np.argmin(edges))
        if edges[worst] == 1.0:
            if inner.all():
                return slice(top, bottom), slice(left, right)
            raise ImageryError(
                "panel-gaps", "An image has gaps inside the shared ground.", "Choose an image without gaps."
            )
        top, bottom = top + (worst == 0), bottom - (worst == 1)
        left, right = left + (worst == 2), right - (worst == 3)
    raise _too_small()


def _grey(bands: Bands) -> Bands:
    return np.asarray(bands.mean(axis=0), dtype=np.float64)


def _stretched(bands: Bands, low: float, high: float) -> NDArray[np.uint8]:
    scaled = (bands - low) / max(high - low, 1e-9)
    return np.asarray(np.clip(np.rint(scaled * 255), 0, 255).astype(np.uint8).transpose(1, 2, 0))


def _centre(window: _Window) -> tuple[float, float]:
    x = window.left + window.width * window.pixel / 2
    y = window.top - window.height * window.pixel / 2
    lons, lats = transform(window.crs, _WGS84, [x], [y])
    return float(lons[0]), float(lats[0])


def _input(role: str, side: PanelSide, surroundings: Surroundings) -> dict[str, str | int]:
    digest, size = hashlib.sha256(), 0
    with surroundings.disk.read(side.path) as handle:
        while chunk := handle.read(_CHUNK):
            digest.update(chunk)
            size += len(chunk)
    return {"role": role, "scene": side.scene.product, "sha256": digest.hexdigest(), "size": size}


def _font_name(font: Path | None, surroundings: Surroundings) -> str:
    if font is None:
        return f"Pillow {version('pillow')} default"
    with surroundings.disk.read(font) as handle:
        return f"{font.name} sha256:{hashlib.sha256(handle.read()).hexdigest()}"


def _versions() -> dict[str, str]:
    found = {"gdal": rasterio.__gdal_version__, "proj": rasterio.__proj_version__}
    for name in ("embers", "numpy", "pillow", "rasterio"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "run from source, not installed"
    return dict(sorted(found.items()))


def _record(
    window: _Window,
    shift: Shift,
    *,
    inputs: tuple[Mapping[str, str | int], ...],
    stretch: tuple[float, float],
    font: str,
) -> PanelRecord:
    def mm(pixels: float) -> int:
        return round(pixels * window.pixel * 1000)

    return PanelRecord(
        tool="embers.imagery.panel",
        versions=_versions(),
        inputs=inputs,
        crs=window.crs.to_string(),
        pixel_mm=round(window.pixel * 1000),
        origin_mm=(round(window.left * 1000), round(window.top * 1000)),
        size_px=(window.width, window.height),
        corners=window.corners(),
        resampling="cubic",
        stretch=(f"{stretch[0]:.6g}", f"{stretch[1]:.6g}"),
        shift_mm=(mm(shift.right), -mm(shift.down)),
        shift_residual_mm=mm(shift.residual),
        shift_windows=(shift.agreeing, shift.windows),
        shift_reliable=shift.reliable,
        font=font,
        png_sha256="",
    )


def _with_digest(record: PanelRecord, digest: str) -> PanelRecord:
    return replace(record, png_sha256=digest)


def _caption(word: str, side: PanelSide, pixel_mm: tuple[int, int], digest: str) -> Caption:
    wide, high = (f"{mm / 1000:.2f}" for mm in pixel_mm)
    size = f"{wide} m" if wide == high else f"{wide} m by {high} m"
    return Caption(
        word=word,
        scene=side.scene.product,
        lines=(
            ("Sensed", side.scene.sensed_text()),
            ("Original pixel", size),
            ("Source", side.source),
            ("SHA-256", f"{digest[:16]}…"),
        ),
    )


def _notes(record: PanelRecord, before: PanelSide, after: PanelSide) -> tuple[str, ...]:
    low, high = record.stretch
    width, height = (f"{px * record.pixel_mm / 1000:.0f} m" for px in record.size_px)
    lats, lons = [p[0] for p in record.corners], [p[1] for p in record.corners]
    centre = f"{(min(lats) + max(lats)) / 2e6:.5f}, {(min(lons) + max(lons)) / 2e6:.5f}"
    credits = dict.fromkeys(side.attribution for side in (before, after) if side.attribution)
    return (
        f"Centre {centre} (WGS 84). Both: {record.crs}, {record.pixel_mm / 1000:.2f} m pixels, "
        f"{width} by {height}, cubic resampling, one stretch for both ({low} to {high}).",
        record.shift_sentence(),
        "A difference between two images may come from season, light, viewing angle or construction as well "
        "as from damage. This panel marks nothing.",
        *credits,
    )
