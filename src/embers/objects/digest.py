"""Several digests in one streamed pass, in constant memory. SHA-256 is the only legal hash."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from embers.errors import ObjectError

#: Bytes read at a time.
CHUNK = 1024 * 1024
#: Bytes hashed at a time when nothing else is done with them: they stay in the processor's cache.
BUFFER = 256 * 1024
#: Chunks that may wait to be hashed while others are written.
AHEAD = 4
#: Algorithms that may be asked for. MD5 and SHA-1 only to compare with digests supplied by others.
ALGORITHMS = ("sha256", "sha512", "sha1", "md5")


@dataclass(slots=True)
class Digests:
    """Running digests of a stream."""

    algorithms: Sequence[str] = ("sha256",)
    size: int = 0
    _running: dict[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        self._running = {name: hashlib.new(name, usedforsecurity=False) for name in self.algorithms}

    def update(self, data: bytes | memoryview) -> None:
        """Take in the next bytes."""
        self.size += len(data)
        for running in self._running.values():
            running.update(data)

    def hex(self, algorithm: str = "sha256") -> str:
        """Return one digest in lower-case hexadecimal."""
        return str(self._running[algorithm].hexdigest())

    def all(self) -> dict[str, str]:
        """Return every digest by algorithm."""
        return {name: running.hexdigest() for name, running in self._running.items()}


def chunks(stream: BinaryIO) -> Iterator[bytes]:
    """Yield a stream in chunks."""
    while data := stream.read(CHUNK):
        yield data


def digest_stream(stream: BinaryIO, algorithms: Sequence[str] = ("sha256",)) -> Digests:
    """Read a stream to its end and return its digests and size."""
    digests = Digests(algorithms)
    fill = getattr(stream, "readinto", None)
    if fill is None:
        for data in chunks(stream):
            digests.update(data)
        return digests
    buffer = memoryview(bytearray(BUFFER))
    while count := fill(buffer):
        digests.update(buffer[:count])
    return digests


def copy_stream(source: BinaryIO, target: BinaryIO, digests: Digests) -> None:
    """Copy a stream to its end and digest it. What is large is hashed while it is written."""
    parts = chunks(source)
    for _, data in zip(range(AHEAD), parts, strict=False):
        digests.update(data)
        target.write(data)
    if digests.size < CHUNK:  # what follows needs a thread, which costs more than hashing a small file
        for data in parts:
            digests.update(data)
            target.write(data)
        return
    waiting: deque[Future[None]] = deque()
    with ThreadPoolExecutor(1) as hashing:
        for data in parts:
            waiting.append(hashing.submit(digests.update, data))
            target.write(data)
            if len(waiting) == AHEAD:
                waiting.popleft().result()
        for last in waiting:
            last.result()


def expect(digests: Digests, sha256: str | None, size: int | None) -> None:
    """Refuse bytes that are not the expected ones."""
    if (sha256 and sha256 != digests.hex()) or (size is not None and size != digests.size):
        raise ObjectError(
            "mismatch",
            f"The bytes received ({digests.size} bytes, SHA-256 {digests.hex()}) are not the expected ones "
            f"({size if size is not None else 'any'} bytes, SHA-256 {sha256 or 'any'}).",
            "Nothing was stored. Fetch them again.",
        )
