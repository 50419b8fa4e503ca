"""Parts of large objects, checked: the digest of every piece of an object that was once read in full and found whole.

A reader who seeks in a film asks for a few bytes at a time, and hashing the whole object for each of them would be
slow. So the first reading compares the whole with its SHA-256 and keeps a digest for each piece of 1 MiB (32 KiB for
each GiB). Afterwards every piece is compared with its digest before a byte of it is handed out: altered bytes are
never sent, whichever store holds them and whenever they were altered.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from embers.errors import ObjectError
from embers.objects.remembered import Remembered
from embers.objects.store import ObjectStore

PIECE = 1024 * 1024
_DIGEST = 32
#: Bytes of digests kept in memory: enough for half a tebibyte of objects.
KEPT = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Pieces:
    """A whole object's size, and the SHA-256 of its pieces one after the other."""

    sha256: str
    size: int
    digests: bytes

    def read(self, store: ObjectStore, start: int, end: int) -> Iterator[bytes]:
        """Yield the bytes from ``start`` up to ``end``, a checked piece at a time; refuse an altered piece."""
        if start >= end:
            return
        with store.open(self.sha256) as handle:
            first = start // PIECE
            handle.seek(first * PIECE)
            for number in range(first, (end - 1) // PIECE + 1):
                begins = number * PIECE
                data = handle.read(min(PIECE, self.size - begins))
                if hashlib.sha256(data).digest() != self.digests[number * _DIGEST : (number + 1) * _DIGEST]:
                    raise altered(self.sha256)
                yield data[max(0, start - begins) : end - begins]


class PieceTables:
    """The pieces of the objects looked at lately; several threads may ask at once."""

    def __init__(self, kept: int = KEPT) -> None:
        self._tables: Remembered[Pieces] = Remembered(kept, lambda pieces: len(pieces.digests))

    def of(self, store: ObjectStore, sha256: str) -> Pieces:
        """Return the pieces of an object; read all of it first if it was not looked at lately."""
        return self._tables.of(sha256, lambda: _survey(store, sha256))


def _survey(store: ObjectStore, sha256: str) -> Pieces:
    whole, size, digests = hashlib.sha256(), 0, bytearray()
    with store.open(sha256) as handle:
        while data := handle.read(PIECE):
            whole.update(data)
            size += len(data)
            digests += hashlib.sha256(data).digest()
    if whole.hexdigest() != sha256:
        raise altered(sha256)
    return Pieces(sha256, size, bytes(digests))


def altered(sha256: str) -> ObjectError:
    """Return the error for stored bytes that are not the ones that were preserved."""
    return ObjectError(
        "altered",
        f"The stored bytes of {sha256} are not the ones that were preserved. They are not shown.",
        "Run `embers verify`, keep this copy as it is, and restore the object from another copy.",
    )
