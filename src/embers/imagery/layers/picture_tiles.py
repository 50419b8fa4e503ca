"""Tiles of a GeoTIFF, drawn by a process of its own that reads this one file and may be ended at any time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from embers.custody.copies.worker import LENGTH
from embers.custody.copies.workshop import environment
from embers.imagery.layers.tile_archive import UnreadableLayer

#: Seconds one answer may take, and bytes it may have.
WAITING_S, LARGEST_ANSWER = 20.0, 4 * 1024**2


class PictureTiles:
    """One picture. Its process is started when first asked, and again after it was ended."""

    def __init__(self, path: Path, *, waiting_s: float = WAITING_S) -> None:
        self._path, self._waiting_s = path, waiting_s
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()

    def facts(self) -> Mapping[str, Any]:
        """Return edges in degrees, zooms, whether there are overviews, and to whom it is owed; refuse what is none."""
        with self._lock:
            self._end()
            return self._begin()

    def tile(self, zoom: int, column: int, row: int) -> bytes:
        """Return one tile as WebP. A process that came to its limit of processor time is followed by another one."""
        with self._lock:
            for _ in range(2):
                if self._process is None or self._process.poll() is not None:
                    self._begin()
                data = self._asked(f"{zoom} {column} {row}\n".encode())
                if data is not None:
                    return data
                self._end()
        raise UnreadableLayer("failed")

    def close(self) -> None:
        """End the process."""
        with self._lock:
            self._end()

    def _begin(self) -> Mapping[str, Any]:
        self._process = subprocess.Popen(  # noqa: S603 - our own module
            [sys.executable, "-m", "embers.imagery.layers.picture_worker", str(self._path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment(os.environ),
            close_fds=True,
        )
        data = self._asked(b"")
        if data is None:
            self._end()
            raise UnreadableLayer("failed")
        facts: Mapping[str, Any] = json.loads(data)
        return facts

    def _asked(self, line: bytes) -> bytes | None:
        """Return the answer, or nothing if the process ended without one; it is not trusted to count right."""
        process = self._process
        if process is None or process.stdin is None or process.stdout is None:
            return None
        late = threading.Event()

        def end() -> None:
            late.set()
            process.kill()

        timer = threading.Timer(self._waiting_s, end)
        timer.daemon = True
        timer.start()
        try:
            process.stdin.write(line)
            process.stdin.flush()
            start = process.stdout.read(LENGTH.size)
            length = LENGTH.unpack(start)[0] if len(start) == LENGTH.size else LARGEST_ANSWER + 1
            data = process.stdout.read(length) if length <= LARGEST_ANSWER else b""
        except OSError:
            data, length = b"", 1
        finally:
            timer.cancel()
        if late.is_set():
            self._end()
            raise UnreadableLayer("too-slow")
        if not data or len(data) != length:
            return None
        if data.startswith(b'{"why"'):
            raise UnreadableLayer(str(json.loads(data)["why"]))
        return data

    def _end(self) -> None:
        if self._process is not None:
            self._process.kill()
            for pipe in (self._process.stdin, self._process.stdout):
                if pipe is not None:
                    with suppress(OSError):
                        pipe.close()
            self._process.wait()
            self._process = None
