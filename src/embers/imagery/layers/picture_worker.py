"""The process that reads one GeoTIFF of unknown make and draws tiles of it, until its pipe is closed.

``argv[1]`` is the file. It answers each line ``zoom column row`` on standard input, and first of all without being
asked, with the length of an answer (8 bytes) and the answer: JSON that begins with ``{``, or the bytes of a WebP tile.
It sees one file only, so what a hostile one does to it never meets another.
"""

from __future__ import annotations

import io
import json
import math
import sys
from typing import Any

import numpy
import rasterio
from PIL import Image
from rasterio.enums import Resampling
from rasterio.errors import RasterioError
from rasterio.transform import from_bounds
from rasterio.vrt import WarpedVRT
from rasterio.warp import transform_bounds

from embers.custody.copies.brightness import BRIGHTEST, DARKEST
from embers.custody.copies.overlay import colour_bands
from embers.custody.copies.worker import LENGTH, limit

TILE = 256
#: Half the side of the web's square Mercator map, in metres.
_HALF = 20037508.342789244
_MERCATOR, _DEGREES = "EPSG:3857", "EPSG:4326"
#: Web Mercator ends here, in degrees.
_POLAR = 85.06
#: Points of a picture at most, and levels by which one without overviews is made coarser on the way.
_MOST_POINTS, _COARSER = 40_000_000_000, 4
#: Side of the sample the brightness is taken from, in points.
_SAMPLE = 512
#: Tags in which a picture may name whom it is owed to; text of a stranger, shown as text.
_OWED = ("TIFFTAG_COPYRIGHT", "TIFFTAG_ARTIST")


class Refused(Exception):  # noqa: N818 - it is an answer, not a fault
    """The picture cannot be drawn; the word says why."""


class Picture:
    """One open picture: what it is, and its tiles."""

    def __init__(self, path: str) -> None:
        # The driver is named, so that a text that points elsewhere is never taken for a picture.
        self._scene: Any = rasterio.open(path, driver="GTiff")
        if self._scene.crs is None:
            raise Refused("no-position")
        if self._scene.width * self._scene.height > _MOST_POINTS:
            raise Refused("too-many-pixels")
        self._bands = colour_bands(self._scene)
        self.facts = self._described()
        self._low, self._high = self._brightness()

    def _described(self) -> dict[str, Any]:
        scene = self._scene
        west, south, east, north = transform_bounds(scene.crs, _DEGREES, *scene.bounds, densify_pts=21)
        south, north = max(south, -_POLAR), min(north, _POLAR)
        if not (-180 <= west < east <= 180 and south < north):
            raise Refused("no-position")
        left, bottom, right, top = transform_bounds(_DEGREES, _MERCATOR, west, south, east, north)
        points = math.hypot(scene.width, scene.height)
        step = math.hypot(right - left, top - bottom) / points
        deepest = min(22, max(0, math.ceil(math.log2(2 * _HALF / TILE / step))))
        overviews = bool(scene.overviews(1))
        coarse = 0 if overviews or points < TILE << _COARSER else max(0, deepest - _COARSER)
        tags = scene.tags()
        return {
            "bounds": [west, south, east, north],
            "min_zoom": coarse,
            "max_zoom": deepest,
            "overviews": overviews,
            "attribution": " ".join(str(tags.get(name, "")) for name in _OWED).strip()[:300],
        }

    def _brightness(self) -> tuple[float, float]:
        """Return what becomes black and white, the same for every tile; bytes stay as they are."""
        if self._scene.dtypes[0] == "uint8":
            return 0.0, 255.0
        scale = min(1.0, _SAMPLE / max(self._scene.width, self._scene.height))
        shape = (max(1, round(self._scene.height * scale)), max(1, round(self._scene.width * scale)))
        sample = self._scene.read(self._bands, out_shape=(len(self._bands), *shape), masked=True)
        known = sample.compressed().astype(numpy.float64)
        known = known[numpy.isfinite(known)]
        low, high = numpy.percentile(known, (DARKEST, BRIGHTEST)) if known.size else (0.0, 1.0)
        return float(low), float(high)

    def tile(self, zoom: int, column: int, row: int) -> bytes:
        """Return a tile as WebP, transparent where nothing was seen."""
        side = 2 * _HALF / (1 << zoom)
        west, north = column * side - _HALF, _HALF - row * side
        place = from_bounds(west, north - side, west + side, north, TILE, TILE)
        with WarpedVRT(
            self._scene,
            crs=_MERCATOR,
            transform=place,
            width=TILE,
            height=TILE,
            resampling=Resampling.bilinear,
            add_alpha=True,
        ) as warped:
            pixels, seen = warped.read(self._bands), warped.dataset_mask()
        if pixels.dtype != numpy.uint8:
            scaled = (numpy.nan_to_num(pixels.astype(numpy.float64)) - self._low) / (
                self._high - self._low or 1.0
            )
            pixels = (numpy.clip(scaled, 0, 1) * 255).astype(numpy.uint8)
        bands = [*pixels] * (3 if len(pixels) == 1 else 1)
        out = io.BytesIO()
        Image.fromarray(numpy.dstack([*bands, seen]), "RGBA").save(out, "WEBP", quality=88, method=2)
        return out.getvalue()


def answer(data: bytes) -> None:
    """Send one answer with its length before it."""
    sys.stdout.buffer.write(LENGTH.pack(len(data)) + data)
    sys.stdout.buffer.flush()


def main() -> int:
    """Describe the picture, then draw tiles until nobody asks any more."""
    limit()
    try:
        picture = Picture(sys.argv[1])
    except Refused as error:
        answer(json.dumps({"why": str(error)}).encode())
        return 1
    except (RasterioError, ValueError, OSError, OverflowError, ZeroDivisionError):
        answer(json.dumps({"why": "damaged"}).encode())
        return 1
    except MemoryError:
        answer(json.dumps({"why": "too-heavy"}).encode())
        return 1
    answer(json.dumps(picture.facts).encode())
    for line in sys.stdin:
        zoom, column, row = (int(part) for part in line.split())
        try:
            answer(picture.tile(zoom, column, row))
        except (RasterioError, ValueError, OSError):
            answer(json.dumps({"why": "damaged"}).encode())
        except MemoryError:
            answer(json.dumps({"why": "too-heavy"}).encode())
    return 0


if __name__ == "__main__":
    sys.exit(main())
