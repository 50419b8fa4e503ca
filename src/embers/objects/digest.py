"""Several digests in one streamed pass, in constant memory. SHA-256 is the only legal hash."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, BinaryIO

#: Bytes read at a time.
CHUNK = 1024 * 1024
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

    def update(self, data: bytes) -> None:
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
    for data in chunks(stream):
        digests.update(data)
    return digests
