"""Has copies made in processes of their own, a few at a time, and remembers them in memory for a while.

Nothing is ever written to a disk: in a field case the plaintext of an object is in the server's memory alone, and
when the case is locked the server ends and the memory with it.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from typing import IO, Any

from embers.custody.copies.made import LARGEST_INPUT, LARGEST_OUTPUT, WAITING_S, Made
from embers.custody.copies.worker import LENGTH
from embers.errors import CustodyError
from embers.objects.pieces import altered
from embers.objects.remembered import Remembered
from embers.objects.store import ObjectStore

#: Bytes of copies remembered.
REMEMBERED = 256 * 1024 * 1024
#: Makers at work at once, and seconds a reader waits for one to be free.
AT_ONCE, QUEUE_S = 2, 30
_CHUNK = 1024 * 1024
_LONGEST_HEAD = 16 * 1024 * 1024
#: What a maker may know of where it runs: where Python and its libraries are, and nothing else.
_KEPT_ENVIRONMENT = ("PATH", "PYTHONPATH", "SYSTEMROOT", "LD_LIBRARY_PATH", "VIRTUAL_ENV", "LANG")
_QUIET = {
    "GDAL_PAM_ENABLED": "NO",
    "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR",
    "GDAL_HTTP_TIMEOUT": "1",
    "GDAL_CACHEMAX": "128",
    "PYTHONDONTWRITEBYTECODE": "1",
    "OPENBLAS_NUM_THREADS": "1",
}


def environment(given: Mapping[str, str]) -> dict[str, str]:
    """Return what a process that decodes a stranger's file may know of where it runs."""
    return {name: given[name] for name in _KEPT_ENVIRONMENT if name in given} | _QUIET


class Workshop:
    """Copies of objects by digest, maker and parameters; each is made once while it is remembered."""

    def __init__(self, *, remembered: int = REMEMBERED, waiting_s: float = WAITING_S) -> None:
        self._copies: Remembered[Made] = Remembered(remembered, _weight)
        self._free = threading.BoundedSemaphore(AT_ONCE)
        self._waiting_s = waiting_s

    def copy(self, store: ObjectStore, sha256: str, maker: str, **parameters: object) -> Made:
        """Return a copy. One that cannot be made says why in ``facts["unreadable"]``, and is not tried again and again.

        Raises ``object.altered`` where the stored bytes are not the preserved ones and ``custody.copies-busy`` when
        too many copies are being made.
        """
        job = json.dumps({"maker": maker, "parameters": parameters}, sort_keys=True)
        if store.size(sha256) > LARGEST_INPUT:
            return Made({"unreadable": "too-large", "detail": str(LARGEST_INPUT)})
        return self._copies.of((sha256, job), lambda: self._make(store, sha256, job))

    def _make(self, store: ObjectStore, sha256: str, job: str) -> Made:
        if not self._free.acquire(timeout=QUEUE_S):
            raise CustodyError(
                "copies-busy", "Too many copies are being made at once.", "Open the page again in a minute."
            )
        try:
            return _run(store, sha256, job, self._waiting_s)
        finally:
            self._free.release()


def _weight(made: Made) -> int:
    return 4096 + sum(len(part) for part in made.parts.values())


def _run(store: ObjectStore, sha256: str, job: str, waiting_s: float) -> Made:
    process = subprocess.Popen(  # noqa: S603 - our own module
        [sys.executable, "-m", "embers.custody.copies.worker", job],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment(os.environ),
        close_fds=True,
    )
    late = threading.Event()

    def end() -> None:
        late.set()
        process.kill()

    timer = threading.Timer(waiting_s, end)
    timer.daemon = True
    feeder = _Feeder(store, sha256, process.stdin)
    timer.start()
    feeder.start()
    try:
        made = _read(process.stdout)
    finally:
        timer.cancel()
        process.kill()
        process.wait()
        feeder.join()
    if feeder.error:
        raise feeder.error
    if made is None:
        return Made({"unreadable": "too-slow" if late.is_set() else "failed", "detail": ""})
    return made


class _Feeder(threading.Thread):
    """Hands an object to a maker, comparing it with its digest; the last piece is held back until it agrees."""

    def __init__(self, store: ObjectStore, sha256: str, into: Any) -> None:  # noqa: ANN401 - a pipe
        super().__init__(daemon=True)
        self._store, self._sha256, self._into = store, sha256, into
        self.error: Exception | None = None

    def run(self) -> None:
        """Feed; a maker that ended early takes no more, which is its own affair."""
        try:
            digest, held_back = hashlib.sha256(), b""
            with self._store.open(self._sha256) as handle:
                while data := handle.read(_CHUNK):
                    digest.update(data)
                    self._give(held_back)
                    held_back = data
            if digest.hexdigest() != self._sha256:
                raise altered(self._sha256)
            self._give(held_back)
        except Exception as error:
            self.error = error
        finally:
            with suppress(OSError):
                self._into.close()

    def _give(self, data: bytes) -> None:
        with suppress(BrokenPipeError):
            self._into.write(data)


def _read(stream: IO[bytes] | None) -> Made | None:
    """Return what a maker wrote, or nothing if it ended without an answer; it is not trusted to count right."""
    if stream is None:
        return None
    with stream:
        start = stream.read(LENGTH.size)
        if len(start) < LENGTH.size or LENGTH.unpack(start)[0] > _LONGEST_HEAD:
            return None
        try:
            head = json.loads(stream.read(LENGTH.unpack(start)[0]))
            facts: Mapping[str, Any] = head["facts"]
            sizes = [(str(name), int(size)) for name, size in head["parts"]]
        except (ValueError, KeyError, TypeError):
            return None
        if any(size < 0 for _, size in sizes) or sum(size for _, size in sizes) > LARGEST_OUTPUT:
            return None
        parts = {name: stream.read(size) for name, size in sizes}
    complete = all(len(parts[name]) == size for name, size in sizes)
    return Made(facts, parts) if complete else None
