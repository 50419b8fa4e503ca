"""Clock, randomness and disk, handed in so that core packages are deterministic under test.

Core packages (``journal``, ``objects``, ``custody``, ``actions`` ...) never call ``time.time``,
``os.urandom`` or ``open`` themselves; a lint test says so. They take a :class:`Surroundings`. Crash and
sync simulations hand in their own.
"""

from __future__ import annotations

import ctypes
import os
import secrets
import stat
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Protocol

#: From this many files on, one flush of the whole system costs less than one of each file.
_MANY = 16


class Clock(Protocol):
    """Tells the time this device believes in. Time is a claim, never a proof."""

    def now(self) -> datetime:
        """Return an aware UTC time."""
        ...


class Randomness(Protocol):
    """Source of unpredictable bytes."""

    def bytes(self, count: int) -> bytes:
        """Return ``count`` random bytes."""
        ...


class Disk(Protocol):
    """The few file operations Embers needs; each one may fail or be cut by a crash."""

    def read(self, path: Path) -> BinaryIO:
        """Open an existing file for reading."""
        ...

    def create(self, path: Path) -> BinaryIO:
        """Create a file that must not exist yet, for writing."""
        ...

    def overwrite(self, path: Path) -> BinaryIO:
        """Open an existing file for writing over its bytes in place, without cutting it."""
        ...

    def sync(self, handle: BinaryIO) -> None:
        """Flush a file to stable storage."""
        ...

    def begin_flush(self, handle: BinaryIO) -> None:
        """Ask the system to begin writing what a file was given, and go on; promises nothing."""
        ...

    def sync_files(self, paths: Sequence[Path]) -> None:
        """Flush closed files to stable storage, many of them faster than one by one."""
        ...

    def sync_folder(self, path: Path) -> None:
        """Flush a folder's directory entries to stable storage."""
        ...

    def flushing(self, folder: Path) -> AbstractContextManager[Callable[[Iterable[Path]], None]]:
        """Give a call that flushes many files and folders below ``folder`` at once.

        Everything written below ``folder`` inside the block is covered; a write the disk lost is an ``OSError``. The
        paths are only gone through where they have to be flushed one by one.
        """
        ...

    def link(self, source: Path, target: Path) -> None:
        """Give a file a second name; raises ``FileExistsError`` if the name is taken."""
        ...

    def replace(self, source: Path, target: Path) -> None:
        """Rename atomically, replacing the target."""
        ...

    def remove(self, path: Path) -> None:
        """Remove a file; no error if it is already gone."""
        ...

    def make_folder(self, path: Path) -> None:
        """Create a folder and its parents; the names of those created are on stable storage."""
        ...

    def walk(self, path: Path, failed: Callable[[OSError], object] | None = None) -> Iterator[Path]:
        """Yield every regular file below ``path`` in sorted order.

        A folder that cannot be read is an ``OSError``, unless ``failed`` takes it: then the walk goes on without it.
        """
        ...


class SystemClock:
    """The computer's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class SystemRandomness:
    """The operating system's random source."""

    def bytes(self, count: int) -> bytes:
        return secrets.token_bytes(count)


def _flushes_file_systems() -> bool:
    """Tell whether ``syncfs`` flushes a whole file system and reports what it lost: Linux 5.8 and later."""
    if not sys.platform.startswith("linux"):
        return False
    major, minor = (
        int("".join(filter(str.isdigit, part)) or 0) for part in os.uname().release.split(".")[:2]
    )
    return (major, minor) >= (5, 8)


_C = ctypes.CDLL(None, use_errno=True) if sys.platform.startswith("linux") else None
#: SYNC_FILE_RANGE_WRITE of the C library.
_WRITE = 2


def _flush_file_system(handle: int) -> None:
    if _C is not None and _C.syncfs(handle):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def _flush_each(paths: Iterable[Path]) -> None:
    """Flush every file and folder by itself, several at a time: file systems join such flushes."""
    with ThreadPoolExecutor(16) as pool:
        for _ in pool.map(_flush_one, paths):
            pass


def _flush_one(path: Path) -> None:
    folder = path.is_dir()
    try:
        handle = os.open(path, os.O_RDONLY if folder else os.O_RDWR)
    except PermissionError:
        if folder:  # Windows cannot open a folder; its names are durable without it
            return
        raise
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class LocalDisk:
    """The real file system."""

    def read(self, path: Path) -> BinaryIO:
        return path.open("rb")

    def create(self, path: Path) -> BinaryIO:
        return path.open("xb")

    def overwrite(self, path: Path) -> BinaryIO:
        return path.open("r+b")

    def begin_flush(self, handle: BinaryIO) -> None:
        if _C is not None:
            # Without it Linux waits until a tenth of the memory is unwritten, and the flush at the end takes it all.
            # Nothing is waited for, and an error is reported by the flush that follows.
            _C.sync_file_range(handle.fileno(), ctypes.c_int64(0), ctypes.c_int64(0), _WRITE)

    def sync_files(self, paths: Sequence[Path]) -> None:
        if len(paths) >= _MANY and hasattr(os, "sync"):
            os.sync()  # on Linux it returns when everything is written
            return
        for path in paths:
            with path.open("r+b") as handle:
                os.fsync(handle.fileno())

    def sync(self, handle: BinaryIO) -> None:
        handle.flush()
        os.fsync(handle.fileno())

    def sync_folder(self, path: Path) -> None:
        # Windows cannot open a folder; its rename is durable without it.
        with suppress(PermissionError):
            handle = os.open(path, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)

    @contextmanager
    def flushing(self, folder: Path) -> Iterator[Callable[[Iterable[Path]], None]]:
        if not _flushes_file_systems():
            yield _flush_each
            return
        # Opened first: the system reports only the errors that come after a handle was opened.
        handle = os.open(folder, os.O_RDONLY)
        try:
            yield lambda _: _flush_file_system(handle)
        finally:
            os.close(handle)

    def link(self, source: Path, target: Path) -> None:
        os.link(source, target)

    def replace(self, source: Path, target: Path) -> None:
        source.replace(target)

    def remove(self, path: Path) -> None:
        path.unlink(missing_ok=True)

    def make_folder(self, path: Path) -> None:
        if not path.is_dir():
            self.make_folder(path.parent)
            path.mkdir(exist_ok=True)
            self.sync_folder(path.parent)

    def walk(self, path: Path, failed: Callable[[OSError], object] | None = None) -> Iterator[Path]:
        for folder, folders, names in os.walk(path, onerror=failed or _unless_gone):
            folders.sort()
            for name in sorted(names):
                yield Path(folder, name)


def _unless_gone(error: OSError) -> None:
    """Raise what a walk met: by default it goes on as if a folder that cannot be read were empty."""
    if not isinstance(error, FileNotFoundError):
        raise error


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Everything outside the program that a core package may touch."""

    clock: Clock = field(default_factory=SystemClock)
    randomness: Randomness = field(default_factory=SystemRandomness)
    disk: Disk = field(default_factory=LocalDisk)


def is_file(path: str | Path) -> bool:
    """Tell whether a path leads to a regular file; a disk that cannot say is an ``OSError``, never a no.

    ``os.path.isfile``, and ``Path.is_file`` from Python 3.14 on, answer no to a disk that fails: bytes would be taken
    for absent, and left out of a copy that is then called whole, or out of what is to be destroyed.
    """
    mode = _mode(path)
    return mode is not None and stat.S_ISREG(mode)


def is_folder(path: str | Path) -> bool:
    """Tell whether a path leads to a folder; a disk that cannot say is an ``OSError``, never a no."""
    mode = _mode(path)
    return mode is not None and stat.S_ISDIR(mode)


def _mode(path: str | Path) -> int | None:
    try:
        return os.stat(path).st_mode  # noqa: PTH116 - asked for every object of an entry
    except (FileNotFoundError, NotADirectoryError):
        return None


def write_new(disk: Disk, path: Path, data: bytes, *, mode: int = 0o644) -> None:
    """Create a small file that is whole or not there, whenever the power fails; durable when this returns.

    Raises ``FileExistsError`` if the name is taken; that file is not touched.
    """
    side = path.with_name(f".{path.name}.new")
    disk.remove(side)  # left by a crash
    try:
        with disk.create(side) as handle:
            side.chmod(mode)
            handle.write(data)
            disk.sync(handle)
        disk.link(side, path)
    finally:
        disk.remove(side)
    disk.sync_folder(path.parent)


def utc_text(moment: datetime) -> str:
    """Write an aware time as ``2020-10-17T08:00:05Z`` (whole seconds, UTC)."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
