"""The pieces of objects on their way into one copy, until all of an object's pieces are here.

A list of pieces is kept beside the pieces it names (``object/<sha256>``, ``chunk/<sha256>``), so that what is left of
an object that arrived another way, or was erased meanwhile, is found and removed. An object of one piece needs none:
the piece has the object's own name.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from embers.errors import EmbersError, SyncError
from embers.objects.store import ObjectStore
from embers.sync.blobs import Blobs
from embers.sync.chunks import ChunkStream, Manifest, read_manifest, require_chunk


class Incoming:
    """Pieces of objects that have arrived in part."""

    def __init__(self, blobs: Blobs, objects: ObjectStore) -> None:
        self._blobs = blobs
        self._objects = objects

    def missing(self, manifest: Manifest) -> list[int]:
        """Return the pieces of an object that are not here yet."""
        missing = [
            index for index, name in enumerate(manifest.chunks) if not self._blobs.has(f"chunk/{name}")
        ]
        if missing and manifest.chunks != (manifest.sha256,):
            self._blobs.put(f"object/{manifest.sha256}", manifest.data())
        return missing

    def put(self, name: str, data: bytes) -> None:
        """Keep a piece under its SHA-256; a damaged one is refused."""
        require_chunk(name, data)
        self._blobs.put(f"chunk/{name}", data)

    def assemble(self, manifest: Manifest) -> None:
        """Make the object of its pieces, durably; the pieces stay until :meth:`drop`."""
        stream = ChunkStream(manifest, self._piece)
        self._objects.put(stream, sha256=manifest.sha256, size=manifest.size)  # type: ignore[arg-type]

    def _piece(self, name: str) -> bytes | None:
        """Return a piece; one that rotted here is removed, so that it is sent again."""
        data = self._blobs.get(f"chunk/{name}")
        if data is not None and hashlib.sha256(data).hexdigest() != name:
            self._blobs.drop(f"chunk/{name}")
            raise SyncError("chunk", f"The piece {name[:16]} was damaged here.", "Exchange again.")
        return data

    def drop(self, manifest: Manifest) -> None:
        """Remove the pieces of an object, then their list."""
        for name in dict.fromkeys(manifest.chunks):
            self._blobs.drop(f"chunk/{name}")
        self._blobs.drop(f"object/{manifest.sha256}")

    def tidy(self, wanted: Callable[[str], bool]) -> int:
        """Remove what belongs to no object that is still wanted; return how many pieces and lists that were."""
        keep: set[str] = set()
        for name in list(self._blobs.names("object/")):
            sha256 = name.removeprefix("object/")
            manifest = self._list(name)
            if manifest is not None and wanted(sha256):
                keep |= {name, *(f"chunk/{piece}" for piece in manifest.chunks)}
        gone = [
            name for part in ("chunk/", "object/") for name in self._blobs.names(part) if name not in keep
        ]
        gone = [
            name for name in gone if name.startswith("object/") or not wanted(name.removeprefix("chunk/"))
        ]
        for name in gone:
            self._blobs.drop(name)
        return len(gone)

    def _list(self, name: str) -> Manifest | None:
        try:
            return read_manifest(self._blobs.get(name) or b"")
        except EmbersError:
            return None
