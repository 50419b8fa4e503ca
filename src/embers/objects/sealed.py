"""Sealed content: an age file under a data key of its own, padded, with a commitment to the plaintext.

The age file (https://c2sp.org/age) has one recipient, the data key, and holds::

    "embers-sealed-v1\\n"  salt (32 bytes)  label (JSON, "\\n")
    frames: length (4 bytes, big-endian, not 0) and that many bytes of content
    0 (4 bytes)  zero bytes up to a padded length

The commitment is HMAC-SHA-256 with the salt as key over the label, its newline, and the content. Ciphers do not
bind a ciphertext to one key, so without it somebody could make one object that opens as two different texts; and
because the salt lies inside, the commitment of a short name cannot be guessed once the key is gone.
"""

from __future__ import annotations

import hashlib
import hmac
import io
import json
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, BinaryIO, cast

import pyrage

from embers.errors import ObjectError
from embers.objects.age_key import AgeIdentity, read_recipient
from embers.objects.padding import padded_length
from embers.objects.pipe import Sink, WrittenStream
from embers.objects.store import ObjectStore
from embers.surroundings import Randomness

MAGIC = b"embers-sealed-v1\n"
SALT = 32
FRAME = 65_532
#: A label holds a name and a media type; anything longer is not a label.
LABEL_LIMIT = 4096
_LENGTH = struct.Struct(">I")
_END = _LENGTH.pack(0)


@dataclass(frozen=True, slots=True)
class Label:
    """What is known of the content and must stay secret with it."""

    media: str
    name: str

    def to_bytes(self) -> bytes:
        """Return the label as it stands inside the sealed content."""
        return json.dumps({"media": self.media, "name": self.name}, ensure_ascii=True).encode() + b"\n"


@dataclass(frozen=True, slots=True)
class Sealed:
    """Sealed content as stored: SHA-256 and size of the ciphertext, and the commitment to the plaintext."""

    sha256: str
    size: int
    commitment: str


@dataclass(frozen=True, slots=True)
class Opened:
    """What came out of sealed content: its label, size in bytes and SHA-256."""

    label: Label
    size: int
    sha256: str


class _Plain(io.RawIOBase):
    """The bytes that are encrypted, made as they are read."""

    def __init__(self, content: BinaryIO, label: Label, salt: bytes) -> None:
        super().__init__()
        self._content = content
        self._commitment = hmac.new(salt, label.to_bytes(), hashlib.sha256)
        self._buffer = bytearray(MAGIC + salt + label.to_bytes())
        self._made = len(self._buffer)
        self._padding: int | None = None
        self.failure: Exception | None = None

    @property
    def commitment(self) -> str:
        return self._commitment.hexdigest()

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        wanted = size if size >= 0 else FRAME
        while len(self._buffer) < wanted and self._more():
            pass
        data = bytes(self._buffer[:wanted])
        del self._buffer[:wanted]
        return data

    def _more(self) -> bool:
        if self._padding is None:
            try:
                data = self._content.read(FRAME)
            except Exception as error:
                self.failure = error  # age would turn it into words; it is raised again as itself
                raise
            self._commitment.update(data)
            self._add(_LENGTH.pack(len(data)) + data)
            if not data:
                self._padding = padded_length(self._made) - self._made
            return True
        zeros = min(self._padding, FRAME)
        self._padding -= zeros
        self._add(bytes(zeros))
        return zeros > 0

    def _add(self, data: bytes) -> None:
        self._buffer += data
        self._made += len(data)


def seal_into(
    objects: ObjectStore, content: BinaryIO, label: Label, *, data_key: AgeIdentity, randomness: Randomness
) -> Sealed:
    """Encrypt a stream to ``data_key`` and store the ciphertext, in constant memory; no plaintext is written."""
    if len(label.to_bytes()) > LABEL_LIMIT:
        raise ObjectError("label", "The name of the content is too long to be sealed.", "Shorten it.")
    plain = _Plain(content, label, randomness.bytes(SALT))
    recipient = read_recipient(data_key.recipient)

    def encrypt(sink: Sink) -> None:
        try:
            pyrage.encrypt_io(plain, sink, [recipient])
        except pyrage.EncryptError:
            if plain.failure is not None:
                raise plain.failure from None
            raise

    with WrittenStream(encrypt) as stream:
        stored = objects.put(cast(BinaryIO, stream))
    return Sealed(stored.sha256, stored.size, plain.commitment)


class _Unpacker:
    """Takes decrypted bytes as they come, passes the content on, checks everything around it."""

    def __init__(self, write: Callable[[bytes], Any]) -> None:
        self._write = write
        self._buffer = bytearray()
        self._left: int | None = None
        self._running: Any = None
        self._digest = hashlib.sha256()
        self._ended = False
        self.label: Label | None = None
        self.size = 0

    def write(self, data: bytes, /) -> int:
        if self._ended:
            if any(data):
                raise _malformed("holds something after its end")
            return len(data)
        self._buffer += data
        if self.label is None and not self._head():
            return len(data)
        while self._frame():
            pass
        return len(data)

    def flush(self) -> None:
        """Nothing is held back."""

    def _head(self) -> bool:
        start = len(MAGIC) + SALT
        end = self._buffer.find(b"\n", start)
        if end < 0:
            if len(self._buffer) > start + LABEL_LIMIT:
                raise _malformed("has no label")
            return False
        if not self._buffer.startswith(MAGIC):
            raise _malformed("does not begin as sealed content does")
        line = bytes(self._buffer[start : end + 1])
        try:
            said = json.loads(line)
        except ValueError:
            said = None
        if not isinstance(said, dict) or {*map(type, said.values())} != {str} or {*said} != {"media", "name"}:
            raise _malformed("has a label of another form")
        self.label = Label(said["media"], said["name"])
        self._running = hmac.new(bytes(self._buffer[len(MAGIC) : start]), line, hashlib.sha256)
        del self._buffer[: end + 1]
        return True

    def _frame(self) -> bool:
        if self._left is None:
            if len(self._buffer) < _LENGTH.size:
                return False
            (self._left,) = _LENGTH.unpack_from(self._buffer)
            del self._buffer[: _LENGTH.size]
            if self._left == 0:
                return self._end()
        part = bytes(self._buffer[: self._left])
        if not part:
            return False
        del self._buffer[: len(part)]
        self._running.update(part)
        self._digest.update(part)
        self._write(part)
        self.size += len(part)
        self._left = self._left - len(part) or None
        return True

    def _end(self) -> bool:
        self._ended = True
        if any(self._buffer):
            raise _malformed("holds something after its end")
        return False

    def finish(self, commitment: str) -> Opened:
        if not self._ended or self.label is None:
            raise _malformed("ends too early")
        if not hmac.compare_digest(self._running.hexdigest(), commitment):
            raise ObjectError(
                "commitment",
                "The sealed content opens, but it is not what the signed entry committed to.",
                "Do not use it. Somebody replaced the content or its key; compare with another copy.",
            )
        return Opened(self.label, self.size, self._digest.hexdigest())


def unseal(
    stream: BinaryIO, commitment: str, *, data_key: AgeIdentity, write: Callable[[bytes], Any]
) -> Opened:
    """Decrypt sealed content into ``write``, in constant memory, and compare it with its commitment.

    Bytes are authentic when they reach ``write``, but only a return without an error says that they are complete
    and what the entry committed to.
    """
    unpacker = _Unpacker(write)
    data_key.decrypt(stream, unpacker)
    return unpacker.finish(commitment)


def _malformed(what: str) -> ObjectError:
    return ObjectError("sealed-form", f"Sealed content {what}.", "It was not written by Embers.")
