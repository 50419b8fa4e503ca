"""Reads PMTiles archives, version 3 (github.com/protomaps/PMTiles, spec/v3): one file that holds a pyramid of tiles.

The file was made by a stranger. Every length and offset in it is compared with the file and with a limit before
anything is read or unpacked, so that reading takes bounded memory; what does not fit is refused with a word.
Read: tiles that are stored as they are or packed with gzip. Refused: brotli and zstd, older versions of the format.
"""

from __future__ import annotations

import json
import struct
import zlib
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO

#: Size of the head, in bytes.
HEAD = 127
#: Bytes of a directory, of the metadata, and of a tile, packed or not. The tiles of known base maps stay below 1 MiB.
LARGEST_DIRECTORY, LARGEST_METADATA, LARGEST_TILE = 4 * 1024**2, 2 * 1024**2, 4 * 1024**2
#: Directories walked to a tile: the format's own bound. And directories of one archive that are remembered.
_DEEPEST, _KNOWN = 4, 64
#: Deepest zoom of a web map that is read.
DEEPEST_ZOOM = 24
_LAYOUT = struct.Struct("<7sB11Q?BBBBBiiiiBii")
_NONE, _GZIP = 1, 2
#: Kinds of tiles by the number in the head, with what each is sent as.
MEDIA: Mapping[int, str] = {
    1: "application/vnd.mapbox-vector-tile",
    2: "image/png",
    3: "image/jpeg",
    4: "image/webp",
    5: "image/avif",
}
VECTOR = 1


class UnreadableLayer(Exception):  # noqa: N818 - it is an answer, not a fault
    """A file cannot be drawn. ``why`` is one of the words the pages have a sentence for."""

    def __init__(self, why: str, detail: str = "") -> None:
        super().__init__(why)
        self.why, self.detail = why, detail


@dataclass(frozen=True, slots=True)
class Head:
    """The fixed first bytes of an archive. Offsets and lengths in bytes, edges in degrees."""

    root: tuple[int, int]
    metadata: tuple[int, int]
    leaves: tuple[int, int]
    tiles: tuple[int, int]
    packed: int
    tiles_packed: int
    kind: int
    min_zoom: int
    max_zoom: int
    bounds: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class _Row:
    """A run of equal tiles, or with a run of none a further directory."""

    tile: int
    offset: int
    length: int
    run: int


@dataclass(slots=True)
class TileArchive:
    """An open archive. Not for several threads at once: it moves the place in one file."""

    file: BinaryIO
    size: int
    head: Head = field(init=False)
    _known: dict[int, list[_Row]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.head = _head(self._read(0, HEAD), self.size)

    def metadata(self) -> Mapping[str, Any]:
        """Return what the archive says about itself; ``vector_layers`` and ``attribution`` are customary."""
        offset, length = self.head.metadata
        data = unpacked(self._read(offset, length, LARGEST_METADATA), self.head.packed, LARGEST_METADATA)
        try:
            told = json.loads(data or b"{}")
        except (ValueError, RecursionError) as error:
            raise UnreadableLayer("damaged", "metadata") from error
        return told if isinstance(told, dict) else {}

    def tile(self, zoom: int, column: int, row: int) -> bytes | None:
        """Return a tile as it is sent, or nothing where the archive has none."""
        wanted = tile_number(zoom, column, row)
        offset, length = self.head.root
        for _ in range(_DEEPEST):
            found = _found(self._directory(offset, length), wanted)
            if found is None:
                return None
            start, most = self.head.tiles if found.run else self.head.leaves
            if found.offset + found.length > most:
                raise UnreadableLayer("damaged", "a row of a directory points outside the file")
            if found.run:
                data = self._read(start + found.offset, found.length, LARGEST_TILE)
                return unpacked(data, self.head.tiles_packed, LARGEST_TILE)
            offset, length = start + found.offset, found.length
        raise UnreadableLayer("damaged", "directories without end")

    def _directory(self, offset: int, length: int) -> list[_Row]:
        if offset not in self._known:
            packed = self._read(offset, length, LARGEST_DIRECTORY)
            rows = list(_rows(unpacked(packed, self.head.packed, LARGEST_DIRECTORY)))
            while len(self._known) >= _KNOWN:
                self._known.pop(next(iter(self._known)))
            self._known[offset] = rows
        return self._known[offset]

    def _read(self, offset: int, length: int, most: int = HEAD) -> bytes:
        if length > most or offset + length > self.size:
            raise UnreadableLayer("damaged", f"{length} bytes from {offset}")
        self.file.seek(offset)
        data = self.file.read(length)
        if len(data) != length:
            raise UnreadableLayer("damaged", "the file ends early")
        return data


def tile_number(zoom: int, column: int, row: int) -> int:
    """Return a tile's place along the Hilbert curves of all zooms. Refused: a tile outside the zoom's square."""
    side = 1 << zoom
    if not (0 <= zoom <= DEEPEST_ZOOM and 0 <= column < side and 0 <= row < side):
        raise UnreadableLayer("no-such-tile", f"{zoom}/{column}/{row}")
    number: int = 0
    half = side >> 1
    while half:
        right, lower = int(column & half > 0), int(row & half > 0)
        number += half * half * ((3 * right) ^ lower)
        if not lower:
            if right:
                column, row = half - 1 - column, half - 1 - row
            column, row = row, column
        half >>= 1
    before: int = (4**zoom - 1) // 3
    return before + number


def unpacked(data: bytes, how: int, most: int) -> bytes:
    """Return bytes as they were before they were packed. Refused: what would become longer than ``most``."""
    if how == _NONE:
        return data
    if how != _GZIP:
        raise UnreadableLayer("packed", str(how))
    unpacking = zlib.decompressobj(16 + zlib.MAX_WBITS)
    try:
        plain = unpacking.decompress(data, most + 1)
    except zlib.error as error:
        raise UnreadableLayer("damaged", "gzip") from error
    if len(plain) > most:
        raise UnreadableLayer("too-heavy", "packed bytes grow beyond the limit")
    return plain


def _head(data: bytes, size: int) -> Head:
    magic, version, *told = _LAYOUT.unpack(data)
    if magic != b"PMTiles":
        raise UnreadableLayer("not-pmtiles")
    if version != 3:
        raise UnreadableLayer("version", str(version))
    sections = [(told[place], told[place + 1]) for place in (0, 2, 4, 6)]
    if any(offset + length > size for offset, length in sections):
        raise UnreadableLayer("damaged", "a section lies outside the file")
    _, packed, tiles_packed, kind, low, high, west, south, east, north = told[11:21]
    if kind not in MEDIA:
        raise UnreadableLayer("kind", str(kind))
    bounds = (west / 1e7, south / 1e7, east / 1e7, north / 1e7)
    if not (low <= high <= DEEPEST_ZOOM and _on_earth(bounds)):
        raise UnreadableLayer("damaged", "zooms or edges")
    root, metadata, leaves, tiles = sections
    return Head(root, metadata, leaves, tiles, packed, tiles_packed, kind, low, high, bounds)


def _on_earth(bounds: tuple[float, float, float, float]) -> bool:
    west, south, east, north = bounds
    return -180 <= west < east <= 180 and -90 <= south < north <= 90


def _found(rows: list[_Row], wanted: int) -> _Row | None:
    """Return the row of a directory that holds a tile or leads to it."""
    place = bisect_right(rows, wanted, key=lambda row: row.tile)
    best = rows[place - 1] if place else None
    if best is None or (best.run and wanted >= best.tile + best.run):
        return None
    return best


def _rows(directory: bytes) -> Iterator[_Row]:
    """Yield the rows: four columns of variable-length numbers, one after the other."""
    place = 0

    def number() -> int:
        nonlocal place
        value = shift = 0
        while shift < 64:
            if place >= len(directory):
                raise UnreadableLayer("damaged", "a directory ends early")
            byte = directory[place]
            place += 1
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7
        raise UnreadableLayer("damaged", "a number without end")

    count = number()
    if 4 * count > len(directory):
        raise UnreadableLayer("damaged", "a directory tells of more rows than it holds")
    steps, runs, lengths, offsets = ([number() for _ in range(count)] for _ in range(4))
    tile = end = 0
    for step, run, length, offset in zip(steps, runs, lengths, offsets, strict=True):
        tile += step
        at = end if offset == 0 else offset - 1
        yield _Row(tile, at, length, run)
        end = at + length
