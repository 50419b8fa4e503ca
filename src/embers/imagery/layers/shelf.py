"""The folder in which a team puts maps and pictures to lie under its own: ``layers/`` in the case folder.

Whoever may see the map may see them. They are no evidence: nothing records them, and a report does not rest on them.
``layers.toml`` beside them may give a title and the words to whom a file is owed::

    ["town.pmtiles"]
    title = "Town plan"
    attribution = "© OpenStreetMap contributors"
"""

from __future__ import annotations

import hashlib
import html
import re
import threading
import tomllib
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from embers.imagery.layers.picture_tiles import PictureTiles
from embers.imagery.layers.tile_archive import MEDIA, VECTOR, TileArchive, UnreadableLayer
from embers.objects.remembered import Remembered
from embers.surroundings import Disk

FOLDER, TITLES = "layers", "layers.toml"
#: Files listed, bytes of ``layers.toml``, and characters of a title or of an attribution.
_MOST_FILES, _LARGEST_TITLES, _LONGEST = 60, 256 * 1024, 300
#: Parts of a vector map that are drawn, and bytes of tiles of pictures remembered.
_MOST_PARTS, _REMEMBERED = 60, 48 * 1024**2
#: Pictures whose process is kept at once, and files of which it is remembered what they are.
_OPEN_PICTURES, _DESCRIBED = 2, 500
_ARCHIVE, _PICTURES = ".pmtiles", (".tif", ".tiff")
_TAG = re.compile(r"<[^>]{0,500}>")
DRAWN_VECTOR, DRAWN_PICTURE = "vector", "picture"


@dataclass(frozen=True, slots=True)
class MapLayer:
    """One file of the folder. ``id`` tells nothing of its name; ``problem`` is a word, or nothing if it can be drawn.

    ``bounds`` are west, south, east, north in degrees; ``parts`` the names of the layers within a vector map.
    """

    id: str
    title: str
    kind: str = ""
    attribution: str = ""
    bounds: tuple[float, ...] = ()
    min_zoom: int = 0
    max_zoom: int = 0
    parts: tuple[str, ...] = ()
    coarse: bool = False
    problem: str = ""


@dataclass(frozen=True, slots=True)
class LayerTile:
    """The bytes of a tile and what they are."""

    data: bytes
    media: str


class _Archive:
    """An archive, read by one thread at a time."""

    def __init__(self, disk: Disk, path: Path) -> None:
        self._lock = threading.Lock()
        self._archive = TileArchive(disk.read(path), path.stat().st_size)

    def described(self, id: str, path: Path) -> MapLayer:
        with self._lock:
            head, told = self._archive.head, self._archive.metadata()
        named = told.get("vector_layers")
        rows = named if isinstance(named, list) else []
        parts = [str(row["id"]) for row in rows if isinstance(row, dict) and isinstance(row.get("id"), str)]
        if head.kind == VECTOR and not parts:
            raise UnreadableLayer("no-parts")
        return MapLayer(
            id,
            _plain(told.get("name")) or path.stem,
            DRAWN_VECTOR if head.kind == VECTOR else DRAWN_PICTURE,
            _plain(told.get("attribution")),
            head.bounds,
            head.min_zoom,
            head.max_zoom,
            tuple(parts[:_MOST_PARTS]),
        )

    def tile(self, zoom: int, column: int, row: int) -> LayerTile | None:
        with self._lock:
            data = self._archive.tile(zoom, column, row)
        return None if data is None else LayerTile(data, MEDIA[self._archive.head.kind])

    def close(self) -> None:
        self._archive.file.close()


class _Picture:
    """A GeoTIFF."""

    def __init__(self, path: Path) -> None:
        self._tiles = PictureTiles(path.resolve())

    def described(self, id: str, path: Path) -> MapLayer:
        try:
            told = self._tiles.facts()
        finally:
            self._tiles.close()
        return MapLayer(
            id,
            path.stem,
            DRAWN_PICTURE,
            _plain(told["attribution"]),
            tuple(float(edge) for edge in told["bounds"]),
            int(told["min_zoom"]),
            int(told["max_zoom"]),
            coarse=bool(told["min_zoom"]),
        )

    def tile(self, zoom: int, column: int, row: int) -> LayerTile | None:
        return LayerTile(self._tiles.tile(zoom, column, row), "image/webp")

    def close(self) -> None:
        self._tiles.close()


class Shelf:
    """The layers of one case, described once for each state of a file, with the tiles that are costly to draw."""

    def __init__(self, case: Path, disk: Disk) -> None:
        self._folder, self._disk = case / FOLDER, disk
        self._described: Remembered[MapLayer] = Remembered(_DESCRIBED, lambda _: 1)
        self._open: OrderedDict[str, _Archive | _Picture] = OrderedDict()
        self._tiles: Remembered[LayerTile] = Remembered(_REMEMBERED, lambda tile: 4096 + len(tile.data))
        self._lock = threading.Lock()

    def layers(self) -> list[MapLayer]:
        """Return every file of the folder that could be a layer, by name; what cannot be drawn says why."""
        told = self._titles()
        found = []
        for id, path in self._files().items():
            one = self._describe(id, path)
            words = told.get(path.name, {})
            title, owed = _plain(words.get("title")), _plain(words.get("attribution"))
            found.append(_worded(one, title, owed))
        return found

    def tile(self, id: str, zoom: int, column: int, row: int) -> LayerTile | None:
        """Return a tile of a layer, or nothing where it has none. Refused: what is unknown or is no layer."""
        path = self._files().get(id)
        if path is None:
            raise UnreadableLayer("unknown")
        one = self._describe(id, path)
        if one.problem:
            raise UnreadableLayer(one.problem)
        if (
            not one.min_zoom <= zoom <= one.max_zoom
            or not 0 <= column < 1 << zoom
            or not 0 <= row < 1 << zoom
        ):
            raise UnreadableLayer("no-such-tile")
        if path.suffix.lower() == _ARCHIVE:
            return self._opened(id, path).tile(zoom, column, row)

        def draw() -> LayerTile:
            return self._opened(id, path).tile(zoom, column, row) or LayerTile(b"", "image/webp")

        return self._tiles.of((id, zoom, column, row), draw)

    def _files(self) -> dict[str, Path]:
        """Return the files by an id that changes with their state. Links could lead out: none is followed."""
        found: dict[str, Path] = {}
        if self._folder.is_symlink() or not self._folder.is_dir():
            return found
        for path in sorted(self._folder.iterdir(), key=lambda one: one.name):
            if path.suffix.lower() not in (_ARCHIVE, *_PICTURES) or path.is_symlink() or not path.is_file():
                continue
            state = path.stat()
            named = f"{path.resolve()}\0{state.st_size}\0{state.st_mtime_ns}".encode(
                "utf-8", "surrogateescape"
            )
            found[hashlib.sha256(named).hexdigest()[:16]] = path
            if len(found) == _MOST_FILES:
                break
        return found

    def _describe(self, id: str, path: Path) -> MapLayer:
        def describe() -> MapLayer:
            try:
                reader = self._reader(path)
                try:
                    return reader.described(id, path)
                finally:
                    reader.close()
            except UnreadableLayer as error:
                return MapLayer(id, path.stem, problem=error.why)
            except OSError:
                return MapLayer(id, path.stem, problem="unread")

        return self._described.of(id, describe)

    def _reader(self, path: Path) -> _Archive | _Picture:
        return _Archive(self._disk, path) if path.suffix.lower() == _ARCHIVE else _Picture(path)

    def _opened(self, id: str, path: Path) -> _Archive | _Picture:
        with self._lock:
            if id not in self._open:
                self._open[id] = self._reader(path)
            self._open.move_to_end(id)
            pictures = [other for other, reader in self._open.items() if isinstance(reader, _Picture)]
            for other in pictures[:-_OPEN_PICTURES]:
                self._open.pop(other).close()
            return self._open[id]

    def _titles(self) -> Mapping[str, Mapping[str, Any]]:
        path = self._folder / TITLES
        if path.is_symlink() or not path.is_file() or path.stat().st_size > _LARGEST_TITLES:
            return {}
        try:
            with self._disk.read(path) as handle:
                told = tomllib.loads(handle.read().decode())
        except (OSError, ValueError):
            return {}
        return {name: words for name, words in told.items() if isinstance(words, dict)}


def _worded(one: MapLayer, title: str, owed: str) -> MapLayer:
    return replace(one, title=_plain(title or one.title), attribution=owed or one.attribution)


def _plain(text: object) -> str:
    """Return a stranger's words as plain text: without markup, without signs that steer, and not long."""
    if not isinstance(text, str):
        return ""
    bare = html.unescape(_TAG.sub("", text[: 4 * _LONGEST]))
    return " ".join("".join(sign for sign in bare if sign.isprintable() or sign.isspace()).split())[:_LONGEST]
