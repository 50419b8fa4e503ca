"""Several digests in one streamed pass, in constant memory. SHA-256 is the only legal hash."""

from __future__ import annotations

import hashlib
import io
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import cycle
from typing import Any, BinaryIO

from embers.errors import ObjectError

#: Bytes read at a time.
CHUNK = 1024 * 1024
#: Bytes read first: most files are small, and a large piece of memory costs more than hashing them.
FIRST = 64 * 1024
#: Chunks that may wait to be hashed while others are written.
AHEAD = 4
#: Bytes after which the disk is asked to begin writing: it works while the rest is hashed.
WRITE_BACK = 16 * CHUNK
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

    def each(self) -> Iterator[Callable[[bytes | memoryview], None]]:
        """Yield what takes in the next bytes for one algorithm; whoever calls them counts the size."""
        for running in self._running.values():
            yield running.update

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


def filler(stream: BinaryIO) -> Callable[[memoryview], int] | None:
    """Return what reads from a stream into given memory; nothing for a stream that can only hand out bytes.

    A class that has its own ``read`` and inherits the other one may not be passed by: what it watches would go unseen.
    """
    for one in type(stream).__mro__:
        if one is io.RawIOBase or one is io.IOBase:
            return None
        if "readinto" in vars(one):
            return stream.readinto  # type: ignore[attr-defined,no-any-return]
        if "read" in vars(one):
            return None
    return None


_KEPT = threading.local()


def _buffer() -> memoryview:
    """Return a buffer that this thread uses again and again: making one costs more than hashing a small object."""
    found: memoryview | None = getattr(_KEPT, "buffer", None)
    if found is None:
        found = _KEPT.buffer = memoryview(bytearray(CHUNK))
    return found


def digest_stream(stream: BinaryIO, algorithms: Sequence[str] = ("sha256",)) -> Digests:
    """Read a stream to its end and return its digests and size."""
    digests = Digests(algorithms)
    fill = filler(stream)
    if fill is None:
        for data in chunks(stream):
            digests.update(data)
        return digests
    buffer = _buffer()
    while count := fill(buffer):
        digests.update(buffer[:count])
    return digests


def copy_stream(
    source: BinaryIO, target: BinaryIO, digests: Digests, begin_flush: Callable[[], None] = lambda: None
) -> None:
    """Copy a stream to its end and digest it. What is large is hashed, copied and written to disk at the same time.

    ``begin_flush`` is called now and then, and asks the disk to begin with what it was given.
    """
    size = FIRST
    # Threads cost more than hashing a small file, so only what is larger gets them.
    while digests.size < AHEAD * CHUNK:
        data = source.read(size)
        if not data:
            return
        digests.update(data)
        target.write(data)
        size = CHUNK
    waiting: deque[list[Future[None]]] = deque()
    flushed = 0
    with ExitStack() as stack:
        hashers = [(update, stack.enter_context(ThreadPoolExecutor(1))) for update in digests.each()]
        for part in _parts(source):
            waiting.append([pool.submit(update, part) for update, pool in hashers])
            digests.size += len(part)
            target.write(part)
            if digests.size - flushed >= WRITE_BACK:
                begin_flush()
                flushed = digests.size
            if len(waiting) == AHEAD:
                for done in waiting.popleft():
                    done.result()
        for left in waiting:
            for done in left:
                done.result()


def _parts(stream: BinaryIO) -> Iterator[bytes | memoryview]:
    """Yield the rest of a stream. The bytes of a part may change when ``AHEAD`` further ones were drawn."""
    fill = filler(stream)
    if fill is None:
        yield from chunks(stream)
        return
    buffers = [memoryview(bytearray(CHUNK)) for _ in range(AHEAD)]
    for buffer in cycle(buffers):
        count = fill(buffer)
        if not count:
            return
        yield buffer[:count]


def expect(digests: Digests, sha256: str | None, size: int | None) -> None:
    """Refuse bytes that are not the expected ones."""
    if (sha256 and sha256 != digests.hex()) or (size is not None and size != digests.size):
        raise ObjectError(
            "mismatch",
            f"The bytes received ({digests.size} bytes, SHA-256 {digests.hex()}) are not the expected ones "
            f"({size if size is not None else 'any'} bytes, SHA-256 {sha256 or 'any'}).",
            "Nothing was stored. Fetch them again.",
        )
