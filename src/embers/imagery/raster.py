"""Read the georeferencing of a plain raster. Loads rasterio: import it only when a raster is at hand."""

from __future__ import annotations

from pathlib import Path

import rasterio
from pyproj import Geod
from rasterio.crs import CRS
from rasterio.errors import RasterioError
from rasterio.io import DatasetReader
from rasterio.warp import transform
from shapely.geometry import Polygon

from embers.errors import ImageryError
from embers.imagery.scene import UNKNOWN_DATE, Grid, Ring, Scene

_GEOD = Geod(ellps="WGS84")
_EDGE_POINTS = 16


def open_raster(path: Path) -> DatasetReader:
    """Open a GeoTIFF; raises :class:`ImageryError` if unreadable or without position on the Earth.

    Only the GeoTIFF driver is allowed: other formats can name further files or addresses to be opened.
    """
    if not path.is_file():
        raise ImageryError("raster-missing", f"There is no raster at {path.name}.", "Check the path.")
    try:
        raster = rasterio.open(path, driver="GTiff")
    except (RasterioError, OSError) as error:
        raise ImageryError(
            "raster-unreadable", f"{path.name} cannot be read as a GeoTIFF.", "Ask for a fresh copy."
        ) from error
    if raster.crs is None or raster.transform.is_identity:
        raster.close()
        raise ImageryError(
            "raster-crs",
            f"{path.name} does not say where on the Earth it lies.",
            "Georeference it as a derivative and keep the original unchanged.",
        )
    return raster


def outline(raster: DatasetReader, crs: CRS) -> Polygon:
    """Return the raster's edge as a polygon in ``crs``, with points along each side."""
    steps = [step / _EDGE_POINTS for step in range(_EDGE_POINTS)]
    edge = [(s, 0.0) for s in steps] + [(1.0, s) for s in steps]
    edge += [(1 - s, 1.0) for s in steps] + [(0.0, 1 - s) for s in steps]
    points = [_native(raster, x * raster.width, y * raster.height) for x, y in edge]
    xs, ys = transform(raster.crs, crs, [p[0] for p in points], [p[1] for p in points])
    return Polygon(zip(xs, ys, strict=True))


def _native(raster: DatasetReader, column: float, row: float) -> tuple[float, float]:
    move = raster.transform
    return move.a * column + move.b * row + move.c, move.d * column + move.e * row + move.f


def _positions(raster: DatasetReader, pixels: list[tuple[float, float]]) -> list[tuple[float, float]]:
    points = [_native(raster, *pixel) for pixel in pixels]
    lons, lats = transform(raster.crs, "EPSG:4326", [p[0] for p in points], [p[1] for p in points])
    return list(zip(lats, lons, strict=True))


def _ground_pixel(raster: DatasetReader) -> tuple[int, int]:
    col, row = raster.width / 2, raster.height / 2
    here, right, down = _positions(raster, [(col, row), (col + 1, row), (col, row + 1)])
    sizes = [_GEOD.inv(here[1], here[0], to[1], to[0])[2] for to in (right, down)]
    return round(sizes[0] * 1000), round(sizes[1] * 1000)


def grid_of(raster: DatasetReader) -> Grid:
    """Return projection, size, type and true pixel size of an open raster."""
    move = raster.transform
    left, bottom, right, top = (f"{side:.12g}" for side in raster.bounds)
    return Grid(
        crs=raster.crs.to_string(),
        width=raster.width,
        height=raster.height,
        bands=raster.count,
        dtype=str(raster.dtypes[0]),
        nodata="" if raster.nodata is None else f"{raster.nodata:g}",
        pixel_native=(f"{move.a:.12g}", f"{-move.e:.12g}"),
        pixel_mm=_ground_pixel(raster),
        bounds=(left, bottom, right, top),
    )


def read_raster_scene(path: Path, *, product: str = "", notes: tuple[str, ...] = ()) -> Scene:
    """Describe a georeferenced raster. Its date is unknown unless the caller learns it elsewhere.

    ``notes`` are the caller's statements on origin and date, kept as they are.
    """
    with open_raster(path) as raster:
        grid = grid_of(raster)
        wide, high = raster.width, raster.height
        corners = _positions(raster, [(0, 0), (wide, 0), (wide, high), (0, high), (0, 0)])
        written = raster.tags().get("TIFFTAG_DATETIME", "")
    ring: Ring = tuple((round(lat * 1e6), round(lon * 1e6)) for lat, lon in corners)
    extra = (
        (f"The file was written {written} (its own tag); that is not when it was sensed.",) if written else ()
    )
    return Scene(
        product=product or path.stem,
        sensed_basis=UNKNOWN_DATE,
        footprint=ring,
        grid=grid,
        notes=(*notes, *extra),
    )
