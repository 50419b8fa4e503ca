"""Turns a function that writes into a stream that can be read, in constant memory.

age encrypts from a reader into a writer; an object store reads from a stream. A thread stands between them,
a few chunks ahead at most.
"""

from __future__ import annotations

import io
import queue
import threading
from collections.abc import Callable
from typing import Protocol

#: Chunks the writing side may be ahead.
_AHEAD = 16


class Sink(Protocol):
    """Takes bytes."""

    def write(self, data: bytes, /) -> int:
        """Take some bytes."""
        ...

    def flush(self) -> None:
        """Nothing is held back."""
        ...


class _AbandonedError(OSError):
    """The reading side is gone; the writing side must stop."""


class WrittenStream(io.RawIOBase):
    """A readable stream of what ``write_all`` writes. Close it, or its thread waits for a reader for ever."""

    def __init__(self, write_all: Callable[[Sink], None]) -> None:
        super().__init__()
        self._chunks: queue.Queue[bytes | None] = queue.Queue(_AHEAD)
        self._left = b""
        self._ended = False
        self._stop = threading.Event()
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, args=(write_all,), daemon=True)
        self._thread.start()

    def _run(self, write_all: Callable[[Sink], None]) -> None:
        try:
            write_all(_QueueSink(self._chunks, self._stop))
        except BaseException as error:
            self._failure = error
        self._offer_end()

    def _offer_end(self) -> None:
        while not self._stop.is_set():
            try:
                self._chunks.put(None, timeout=0.2)
            except queue.Full:
                continue
            return

    def readable(self) -> bool:
        """It can be read."""
        return True

    def read(self, size: int = -1) -> bytes:
        """Return up to ``size`` bytes, all of them if negative; raise what the writing side raised."""
        parts: list[bytes] = []
        have = 0
        while size < 0 or have < size:
            if not self._left:
                self._left = self._next()
                if not self._left:
                    break
            take = self._left if size < 0 else self._left[: size - have]
            self._left = self._left[len(take) :]
            parts.append(take)
            have += len(take)
        return b"".join(parts)

    def _next(self) -> bytes:
        if self._ended:
            return b""
        chunk = self._chunks.get()
        if chunk is not None:
            return chunk
        self._ended = True
        if self._failure is not None:
            raise self._failure
        return b""

    def close(self) -> None:
        """Stop the writing side and wait for it."""
        if not self.closed:
            self._stop.set()
            self._thread.join()
        super().close()


class _QueueSink:
    def __init__(self, chunks: queue.Queue[bytes | None], stop: threading.Event) -> None:
        self._chunks, self._stop = chunks, stop

    def write(self, data: bytes, /) -> int:
        if data:
            kept = bytes(data)
            while True:
                if self._stop.is_set():
                    raise _AbandonedError
                try:
                    self._chunks.put(kept, timeout=0.2)
                except queue.Full:
                    continue
                break
        return len(data)

    def flush(self) -> None:
        pass
