"""Small maps and pictures as teams lay them under their own; the archives are written by the format's own library."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy
import rasterio
from pmtiles.tile import Compression, TileType, zxy_to_tileid
from pmtiles.writer import Writer
from rasterio.enums import Resampling
from rasterio.transform import from_origin
from rasterio.warp import transform


def square_tile(layer: str) -> bytes:
    """Return a vector tile whose one layer holds one square over its middle, 1024 to 3072 of 4096."""

    def number(value: int) -> bytes:
        out = b""
        while value > 0x7F:
            out += bytes([value & 0x7F | 0x80])
            value >>= 7
        return out + bytes([value])

    def zigzag(value: int) -> int:
        return value << 1 if value >= 0 else (-value << 1) - 1

    moves = [9, zigzag(1024), zigzag(1024), (3 << 3) | 2]
    moves += [zigzag(step) for pair in ((2048, 0), (0, 2048), (-2048, 0)) for step in pair]
    geometry = b"".join(number(value) for value in [*moves, 15])
    feature = b"\x18\x03\x22" + number(len(geometry)) + geometry
    name = layer.encode()
    body = (
        b"\x78\x02\x0a"
        + number(len(name))
        + name
        + b"\x12"
        + number(len(feature))
        + feature
        + b"\x28\x80\x20"
    )
    return b"\x1a" + number(len(body)) + body


def archive(
    path: Path,
    *,
    zooms: int = 5,
    attribution: str = "© the makers",
    packed: Compression = Compression.GZIP,
    name: str = "Town plan",
    varied: bool = False,
) -> Path:
    """Write an archive of vector tiles of the whole Earth; ``varied`` tiles are all different, so rows are many."""
    with path.open("wb") as handle:
        writer = Writer(handle)
        for zoom in range(zooms + 1):
            for column in range(1 << zoom):
                for row in range(1 << zoom):
                    own = f"{column}-{row}" if varied else ""
                    data = square_tile(own or ("water" if (column + row) % 3 else "roads"))
                    tile = gzip.compress(data) if packed is Compression.GZIP else data
                    writer.write_tile(zxy_to_tileid(zoom, column, row), tile)
        head = {
            "tile_type": TileType.MVT,
            "tile_compression": packed,
            "min_lon_e7": -1800000000,
            "min_lat_e7": -850000000,
            "max_lon_e7": 1800000000,
            "max_lat_e7": 850000000,
            "center_zoom": 0,
            "center_lon_e7": 0,
            "center_lat_e7": 0,
        }
        layers = [{"id": "water", "fields": {}}, {"id": "roads", "fields": {}}]
        writer.finalize(head, {"name": name, "attribution": attribution, "vector_layers": layers})
    return path


def picture(
    path: Path, *, west: float = 46.3, north: float = 40.75, dtype: str = "uint8", side: int = 600
) -> Path:
    """Write a tiled GeoTIFF with overviews in its zone of UTM: its left half is dark, its right half bright."""
    step, system = 10.0, f"EPSG:{32601 + int((west + 180) // 6)}"
    (east_m,), (north_m,) = transform("EPSG:4326", system, [west], [north])
    values = numpy.zeros((3, side, side), dtype=dtype)
    values[:, :, side // 2 :] = 200 if dtype == "uint8" else 9000
    values[:, :, : side // 2] = 40 if dtype == "uint8" else 300
    profile = {"driver": "GTiff", "width": side, "height": side, "count": 3, "dtype": dtype, "tiled": True}
    profile |= {"blockxsize": 128, "blockysize": 128, "crs": system, "photometric": "RGB"}
    with rasterio.open(path, "w", transform=from_origin(east_m, north_m, step, step), **profile) as made:
        made.write(values)
        made.update_tags(TIFFTAG_COPYRIGHT="© the imagers")
        made.build_overviews([2, 4], Resampling.average)
    return path
