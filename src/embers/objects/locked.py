"""Objects at rest on a field laptop: every file encrypted, padded, and named by a keyed digest.

A file is::

    "embers-locked-v1\\n"  salt (32 bytes)  chunks

The chunks are AES-256-GCM over 64 KiB of plaintext each (the last may be shorter), in the STREAM construction
(Hoang, Reyhanitabar, Rogaway, Vizar, CRYPTO 2015): nonce = number of the chunk (11 bytes), then 1 for the last one
and 0 for the others; so chunks cannot be swapped, dropped or added. The key is HKDF-SHA-256 of the store's key with
the salt, so nonces never repeat under one key. The plaintext is the object, zero bytes up to a padded length, the
object's size (8 bytes) and its SHA-256 (32 bytes).

A file's name is an HMAC of the object's SHA-256: who finds the disk cannot look for a known picture.
"""

from __future__ import annotations

import hashlib
import hmac
import io
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from embers.errors import ObjectError
from embers.objects.digest import Digests, chunks
from embers.objects.local import LocalObjectStore
from embers.objects.padding import padded_length
from embers.surroundings import Surroundings

MAGIC = b"embers-locked-v1\n"
SALT = 32
CHUNK = 65_536
_TAG = 16
_HEAD = len(MAGIC) + SALT
_TRAILER = struct.Struct(">Q32s")


class LockedObjectStore(LocalObjectStore):
    """A write-once store whose files say nothing without its key of 32 bytes."""

    def __init__(self, path: Path, surroundings: Surroundings, *, key: bytes) -> None:
        super().__init__(path, surroundings)
        self._file_key = _derived(key, b"", b"embers objects: files")
        self._name_key = _derived(key, b"", b"embers objects: names")

    def _place(self, sha256: str) -> str:
        """Return where an object lies: by a keyed digest, not by its own."""
        super()._place(sha256)  # refuses what is no digest
        name = hmac.new(self._name_key, sha256.encode(), hashlib.sha256).hexdigest()
        return super()._place(name)

    def plain_path(self, sha256: str) -> Path | None:  # noqa: ARG002 - the protocol's form
        """Return nothing: no file holds an object in the clear."""
        return None

    def open(self, sha256: str) -> BinaryIO:
        """Open an object for reading; what is altered is refused while it is read."""
        raw = super().open(sha256)
        try:
            return cast(BinaryIO, io.BufferedReader(LockedReader(raw, self._file_key), CHUNK))
        except BaseException:
            raw.close()
            raise

    def all(self) -> Iterator[str]:
        """Yield the digest of every stored object in sorted order."""
        yield from sorted(super().all())

    def _write(self, stream: BinaryIO, handle: BinaryIO, digests: Digests) -> None:
        salt = self._surroundings.randomness.bytes(SALT)
        handle.write(MAGIC + salt)
        writer = _Writer(handle, _derived(self._file_key, salt, b"embers object"))
        for data in chunks(stream):
            digests.update(data)
            writer.write(data)
        trailer = _TRAILER.pack(digests.size, bytes.fromhex(digests.hex()))
        left = padded_length(digests.size + len(trailer)) - digests.size - len(trailer)
        while left:
            zeros = min(left, CHUNK)
            writer.write(bytes(zeros))
            left -= zeros
        writer.write(trailer)
        writer.finish()

    def _digest_of(self, path: Path) -> str | None:
        digest = self._stated(path)
        return digest if digest and path == self.place(digest) else None

    def _holds(self, path: Path, sha256: str) -> bool:
        return self._stated(path) == sha256

    def _stated(self, path: Path) -> str:
        """Return the digest a file says it holds, or nothing if it is cut or no encrypted object."""
        try:
            with self._surroundings.disk.read(path) as raw:
                return LockedReader(raw, self._file_key).sha256
        except ObjectError:
            return ""


class _Writer:
    def __init__(self, handle: BinaryIO, key: bytes) -> None:
        self._handle, self._cipher = handle, AESGCM(key)
        self._buffer = bytearray()
        self._number = 0

    def write(self, data: bytes) -> None:
        self._buffer += data
        while len(self._buffer) > CHUNK:  # the last chunk is written by finish, even if it is full
            self._put(bytes(self._buffer[:CHUNK]), last=False)
            del self._buffer[:CHUNK]

    def finish(self) -> None:
        self._put(bytes(self._buffer), last=True)

    def _put(self, data: bytes, *, last: bool) -> None:
        self._handle.write(self._cipher.encrypt(_nonce(self._number, last=last), data, None))
        self._number += 1


class LockedReader(io.RawIOBase):
    """The plaintext of one file, readable from any place, in constant memory."""

    def __init__(self, raw: BinaryIO, store_key: bytes) -> None:
        super().__init__()
        self._raw = raw
        head = raw.read(_HEAD)
        if len(head) != _HEAD or not head.startswith(MAGIC):
            raise _damaged("does not begin as an encrypted object does")
        self._cipher = AESGCM(_derived(store_key, head[len(MAGIC) :], b"embers object"))
        cipher_bytes = raw.seek(0, io.SEEK_END) - _HEAD
        self._count = max(1, -(-cipher_bytes // (CHUNK + _TAG)))
        self._total = cipher_bytes - self._count * _TAG
        self._cached: tuple[int, bytes] = (-1, b"")
        self._place = 0
        if self._total < _TRAILER.size:
            raise _damaged("is cut")
        size, digest = _TRAILER.unpack(self._between(self._total - _TRAILER.size, self._total))
        if size > self._total - _TRAILER.size:
            raise _damaged("is cut")
        self.size: int = size
        self.sha256: str = digest.hex()

    def readable(self) -> bool:
        """It can be read."""
        return True

    def seekable(self) -> bool:
        """It can be read from any place."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move to a place and return it."""
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self.size}[whence]
        self._place = max(0, start + offset)
        return self._place

    def readinto(self, buffer: bytearray | memoryview, /) -> int:  # type: ignore[override]
        """Read into a buffer."""
        end = min(self._place + min(len(buffer), CHUNK), self.size)
        data = self._between(self._place, end) if end > self._place else b""
        buffer[: len(data)] = data
        self._place += len(data)
        return len(data)

    def close(self) -> None:
        """Close the file below."""
        if not self.closed:
            self._raw.close()
        super().close()

    def _between(self, start: int, end: int) -> bytes:
        first, last = start // CHUNK, (end - 1) // CHUNK
        data = b"".join(self._chunk(number) for number in range(first, last + 1))
        return data[start - first * CHUNK : end - first * CHUNK]

    def _chunk(self, number: int) -> bytes:
        if self._cached[0] != number:
            self._raw.seek(_HEAD + number * (CHUNK + _TAG))
            sealed = self._raw.read(CHUNK + _TAG)
            try:
                data = self._cipher.decrypt(_nonce(number, last=number == self._count - 1), sealed, None)
            except (InvalidTag, ValueError) as error:
                raise _damaged("was altered, or is encrypted under another key") from error
            self._cached = (number, data)
        return self._cached[1]


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])


def _derived(key: bytes, salt: bytes, info: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=salt or None, info=info).derive(key)


def _damaged(what: str) -> ObjectError:
    return ObjectError(
        "altered",
        f"An encrypted object {what}.",
        "Run `embers verify`; fetch it from another copy of the case.",
    )
