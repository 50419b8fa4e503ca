"""Bytes of objects on their way: pieces of at most 8 MiB, each named by its own SHA-256, then a manifest.

A broken transfer repeats at most the piece that was under way. Nothing becomes an object before all of its bytes
are here and have the SHA-256 the entry names.
"""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

from embers.errors import SyncError
from embers.journal.assertion import shape
from embers.journal.canonical import decode, encode
from embers.objects.store import ObjectStore

#: Bytes of a piece, except the last one of an object.
CHUNK = 8 * 1024 * 1024
_DIGEST = re.compile(r"[0-9a-f]{64}\Z")


@dataclass(frozen=True, slots=True)
class Manifest:
    """An object and its pieces in order."""

    sha256: str
    size: int
    chunk: int
    chunks: tuple[str, ...]

    def length(self, index: int) -> int:
        """Return the bytes of one piece."""
        return min(self.chunk, self.size - index * self.chunk)

    def data(self) -> bytes:
        """Return the manifest as it travels."""
        return encode(
            {"sha256": self.sha256, "size": self.size, "chunk": self.chunk, "chunks": list(self.chunks)}
        )


def read_manifest(data: bytes) -> Manifest:
    """Read a manifest strictly."""
    fields = shape(decode(data), {"sha256": str, "size": int, "chunk": int, "chunks": list}, {}, "manifest")
    size, chunk, chunks = fields["size"], fields["chunk"], fields["chunks"]
    names = [fields["sha256"], *chunks]
    fits = chunk > 0 and size >= 0 and len(chunks) == -(-size // chunk)
    if not fits or not all(isinstance(name, str) and _DIGEST.match(name) for name in names):
        raise SyncError("manifest", "A list of pieces is malformed.", "Send it again.")
    return Manifest(fields["sha256"], size, chunk, tuple(chunks))


def manifest_of(objects: ObjectStore, sha256: str, chunk: int = CHUNK) -> Manifest:
    """Read an object once and return its manifest; refuse one whose stored bytes were altered."""
    whole, size, names = hashlib.sha256(), 0, []
    with objects.open(sha256) as handle:
        while data := _read_full(handle, chunk):
            whole.update(data)
            size += len(data)
            names.append(hashlib.sha256(data).hexdigest())
    if whole.hexdigest() != sha256:
        raise SyncError("altered", f"The stored object {sha256} was altered.", "Run `embers verify`.")
    return Manifest(sha256, size, chunk, tuple(names))


def read_chunk(objects: ObjectStore, manifest: Manifest, index: int) -> bytes:
    """Return one piece of a stored object."""
    with objects.open(manifest.sha256) as handle:
        handle.seek(index * manifest.chunk)
        return _read_full(handle, manifest.chunk)


def require_chunk(name: str, data: bytes) -> None:
    """Refuse a piece whose bytes are not those its name says."""
    if len(data) > CHUNK or hashlib.sha256(data).hexdigest() != name:
        raise SyncError("chunk", f"The piece {name[:16]} was damaged on the way.", "Send it again.")


def _read_full(handle: BinaryIO, count: int) -> bytes:
    parts = []
    while count and (data := handle.read(count)):
        parts.append(data)
        count -= len(data)
    return b"".join(parts)


class ChunkStream(io.RawIOBase):
    """An object's bytes, read piece by piece from wherever its pieces lie."""

    def __init__(self, manifest: Manifest, fetch: Callable[[str], bytes | None]) -> None:
        self._names = iter(manifest.chunks)
        self._fetch = fetch
        self._left = b""

    def readable(self) -> bool:
        """Tell that this can be read."""
        return True

    def readinto(self, buffer: object) -> int:
        """Fill a buffer with the next bytes."""
        view = memoryview(buffer)  # type: ignore[arg-type]
        if not self._left:
            name = next(self._names, None)
            self._left = b"" if name is None else self._piece(name)
        count = min(len(view), len(self._left))
        view[:count] = self._left[:count]
        self._left = self._left[count:]
        return count

    def _piece(self, name: str) -> bytes:
        data = self._fetch(name)
        if data is None:
            raise SyncError("chunk", f"The piece {name[:16]} is missing.", "Exchange again.")
        return data
