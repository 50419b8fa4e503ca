"""Hashes large files where the system holds them, without copying them first, in a process that may die of it.

Copying out of the system's cache costs a tenth of what hashing costs. A file that is mapped instead is not copied; but
whoever reads a mapped file that is cut meanwhile, or that the disk cannot give, is ended by the system (SIGBUS). So
another process does it. It only ever says "yes, these are the bytes": whatever else happens, its death included, the
file is read again in the ordinary way, which finds out what is wrong and says it.
"""

from __future__ import annotations

import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from types import TracebackType

#: Below so many bytes asking another process costs more than the copy.
SMALLEST = 4 * 1024 * 1024
#: Needs nothing but the standard library. A file is mapped piece by piece, so memory stays constant.
_PROGRAM = """
import hashlib, mmap, os, sys
WINDOW = 64 * 1024 * 1024
def digest(path):
    handle = os.open(path, os.O_RDONLY)
    try:
        size, running = os.fstat(handle).st_size, hashlib.sha256()
        for start in range(0, size, WINDOW):
            length = min(WINDOW, size - start)
            os.posix_fadvise(handle, start + length, WINDOW, os.POSIX_FADV_WILLNEED)
            flags = mmap.MAP_SHARED | mmap.MAP_POPULATE
            with mmap.mmap(handle, length, flags, mmap.PROT_READ, offset=start) as part:
                running.update(part)
        return running.hexdigest()
    finally:
        os.close(handle)
for line in sys.stdin:
    try:
        said = digest(bytes.fromhex(line))
    except (OSError, ValueError):
        said = "-"
    print(said, flush=True)
"""


def can_map() -> bool:
    """Tell whether this system maps files the way that is needed here."""
    return sys.platform.startswith("linux")


class MappedFiles:
    """Says of large files whether they hold the expected bytes; one process for each thread that asks."""

    def __init__(self) -> None:
        self._mine = threading.local()
        self._all: list[subprocess.Popen[str]] = []

    def holds(self, path: Path, sha256: str) -> bool:
        """Tell whether a file's bytes have this digest; also no if that could not be found out."""
        process: subprocess.Popen[str] | None = getattr(self._mine, "process", None)
        if process is None or process.poll() is not None:
            process = self._start()
        if process.stdin is None or process.stdout is None:
            return False
        with suppress(OSError):  # it died: it answers nothing
            process.stdin.write(str(path).encode("utf-8", "surrogateescape").hex() + "\n")
            process.stdin.flush()
            return process.stdout.readline().strip() == sha256
        return False

    def _start(self) -> subprocess.Popen[str]:
        process = subprocess.Popen(  # noqa: S603 - our own program, no shell
            [sys.executable, "-I", "-S", "-c", _PROGRAM],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self._mine.process = process
        self._all.append(process)
        return process

    def __enter__(self) -> MappedFiles:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End every process; nobody asks any more."""
        for process in self._all:
            process.kill()
            with suppress(OSError):
                process.communicate()
