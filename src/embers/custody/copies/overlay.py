"""Georeferenced pictures (GeoTIFF), warped to the map's projection, with the corners they cover."""

from __future__ import annotations

import io
from typing import Any

import numpy
import rasterio
from PIL import Image
from rasterio.enums import ColorInterp, Resampling
from rasterio.errors import RasterioError
from rasterio.io import MemoryFile
from rasterio.vrt import WarpedVRT
from rasterio.warp import transform_bounds

from embers.custody.copies.brightness import eight_bits
from embers.custody.copies.made import MOST_PIXELS, Made, Unreadable

#: Longest side of the drawn picture, in pixels.
_LONGEST = 2048
_MERCATOR, _DEGREES = "EPSG:3857", "EPSG:4326"
#: Web Mercator ends here.
_POLAR = 85.06


def make(data: bytes) -> Made:
    """Return ``overlay`` (PNG with transparency where nothing was seen) and its bounds in degrees."""
    try:
        # The driver is named, so that a text that points elsewhere is never taken for a picture.
        with MemoryFile(data) as file, file.open(driver="GTiff") as scene:
            return _drawn(scene)
    except (RasterioError, ValueError, OSError) as error:
        raise Unreadable("damaged", type(error).__name__) from error


def _drawn(scene: Any) -> Made:  # noqa: ANN401 - rasterio has no types
    if scene.crs is None:
        raise Unreadable("no-position")
    if scene.width * scene.height > MOST_PIXELS:
        raise Unreadable("too-many-pixels", f"{scene.width} x {scene.height}")
    west, south, east, north = transform_bounds(scene.crs, _DEGREES, *scene.bounds, densify_pts=21)
    if not (-180 <= west < east <= 180 and -_POLAR <= south < north <= _POLAR):
        raise Unreadable("no-position")
    with WarpedVRT(scene, crs=_MERCATOR, resampling=Resampling.bilinear, add_alpha=True) as warped:
        scale = min(1.0, _LONGEST / max(warped.width, warped.height))
        shape = (max(1, round(warped.height * scale)), max(1, round(warped.width * scale)))
        bands = colour_bands(scene)
        pixels = warped.read(bands, out_shape=(len(bands), *shape), resampling=Resampling.average)
        seen = warped.dataset_mask(out_shape=shape)
        left, bottom, right, top = transform_bounds(_MERCATOR, _DEGREES, *warped.bounds)
    image = Image.fromarray(numpy.dstack([*_three(pixels, seen), seen]), "RGBA")
    out = io.BytesIO()
    image.save(out, "PNG", compress_level=6)
    facts = {
        "bounds": [left, bottom, right, top],
        "width": scene.width,
        "height": scene.height,
        "bands": bands,
        "of_bands": scene.count,
        "kind": scene.dtypes[0],
        "system": scene.crs.to_string()[:60],
        "stretched": scene.dtypes[0] != "uint8",
        "tool": f"rasterio {rasterio.__version__}, GDAL {rasterio.__gdal_version__}",
        "parameters": f"warped to {_MERCATOR}, {shape[1]} x {shape[0]} pixels, PNG",
    }
    return Made(facts, {"overlay": out.getvalue()})


def colour_bands(scene: Any) -> list[int]:  # noqa: ANN401
    """Return the bands that are red, green and blue, or the first three, or the one there is."""
    meant = {what: number for number, what in enumerate(scene.colorinterp, 1)}
    colours = [
        meant[what] for what in (ColorInterp.red, ColorInterp.green, ColorInterp.blue) if what in meant
    ]
    if len(colours) == 3:
        return colours
    return [1, 2, 3] if scene.count >= 3 else [1]


def _three(pixels: Any, seen: Any) -> list[Any]:  # noqa: ANN401
    """Return three bands of 8 bits; one band alone is shown as grey."""
    bands = [band if band.dtype == numpy.uint8 else eight_bits(band, seen) for band in pixels]
    return bands * 3 if len(bands) == 1 else bands
