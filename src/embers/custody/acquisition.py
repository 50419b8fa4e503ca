"""Taking in material: bytes are preserved first, then described. Nothing is signed here.

The source is only read. What looks wrong (an empty file, a name that lies about its kind, a digest that is
not the one the giver stated) is recorded as a warning and never a reason to refuse evidence.
"""

from __future__ import annotations

import io
import os
import stat
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol, cast

from embers.custody.media import HEAD, recognise
from embers.custody.names import distinct_names, recorded_name
from embers.errors import CustodyError
from embers.objects.digest import ALGORITHMS, filler
from embers.objects.store import Stored
from embers.surroundings import Surroundings

#: Smaller files are pointed out: whole photographs, videos and documents are larger.
SMALL = 32


@dataclass(frozen=True, slots=True)
class GivenDigest:
    """A digest somebody else stated for the material, and the one found here. Only SHA-256 is our own."""

    algorithm: str
    given: str
    found: str

    @property
    def matches(self) -> bool:
        """Tell whether the material is what the giver described."""
        return self.given == self.found


@dataclass(frozen=True, slots=True)
class Acquired:
    """Preserved material: its name as it came, size in bytes, SHA-256, media type, and what looked odd."""

    name: str
    size: int
    sha256: str
    media: str
    given: tuple[GivenDigest, ...] = ()
    warnings: tuple[str, ...] = ()
    fresh: bool = True


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file met on a walk: its recorded path below the folder, size, time of last change, oddities of its name."""

    path: Path
    name: str
    size: int = 0
    modified_ns: int = 0
    odd: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FolderWalk:
    """The files of a folder in sorted order, what was left out with the reason, and folders that cannot be read."""

    files: tuple[FoundFile, ...]
    left_out: tuple[str, ...]
    unreadable: tuple[str, ...] = ()


class Taking(Protocol):
    """Where bytes go: an object store, or a batch of one."""

    def put(self, stream: BinaryIO, *, also: Sequence[str] = ()) -> Stored:
        """Take in a stream and return its digests."""
        ...


class _Unread(Exception):  # noqa: N818 - tells a failing source from a failing store on the way up
    def __init__(self, error: OSError) -> None:
        super().__init__(error)
        self.why = error.strerror or type(error).__name__


class _Watched(io.RawIOBase):
    """Passes a stream through and remembers its first bytes, and whether it ever varies."""

    def __init__(self, stream: BinaryIO) -> None:
        super().__init__()
        self._stream = stream
        self._fill = filler(stream)
        self.head = b""
        self.constant = True

    def read(self, size: int = -1) -> bytes:
        try:
            data = self._stream.read(size)
        except OSError as error:
            raise _Unread(error) from error
        self._look(data)
        return data

    def readinto(self, buffer: memoryview, /) -> int:  # type: ignore[override]
        try:
            if self._fill is None:
                data = self._stream.read(len(buffer))
                count = len(data)
                buffer[:count] = data
            else:
                count = self._fill(buffer)
        except OSError as error:
            raise _Unread(error) from error
        if self.constant or len(self.head) < HEAD:
            self._look(bytes(buffer[:count]))
        return count

    def _look(self, data: bytes) -> None:
        if len(self.head) < HEAD:
            self.head += data[: HEAD - len(self.head)]
        if self.constant and data:
            self.constant = data.count(self.head[:1]) == len(data)


def examine(
    source: Path | BinaryIO,
    surroundings: Surroundings,
    objects: Taking,
    *,
    name: str | None = None,
    given: Mapping[str, str] | None = None,
) -> Acquired:
    """Preserve a file or stream in one pass, in constant memory, and describe it.

    ``given`` holds digests stated by others (``{"md5": ...}``); their digests are found in the same pass
    and compared. Links and special files are refused, because what they lead to can change. Bytes that cannot be
    read are refused as ``custody.unreadable``, and nothing of the file is stored.
    """
    stated = {
        algorithm: recorded_name(digest.strip().lower())[0] for algorithm, digest in (given or {}).items()
    }
    if unknown := stated.keys() - set(ALGORITHMS):
        raise CustodyError(
            "algorithm",
            f"Digests of the kind {', '.join(sorted(unknown))} are not known.",
            f"Known: {', '.join(ALGORITHMS)}.",
        )
    also = sorted(stated.keys() - {"sha256"})
    if not isinstance(source, Path):
        with _naming(name or "The stream"):
            watched = _Watched(source)
            stored = objects.put(cast(BinaryIO, watched), also=also)
        return _describe(watched, stored, name or "unnamed", stated, [])
    before = _require_file(source)
    with _naming(str(source)), _opened(source, surroundings) as stream:
        watched = _Watched(stream)
        stored = objects.put(cast(BinaryIO, watched), also=also)
    after = source.stat()
    changed = (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns)
    odd = ["The file changed while it was read."] if changed or stored.size != after.st_size else []
    return _describe(watched, stored, name or source.name, stated, odd)


@contextmanager
def _naming(source: str) -> Iterator[None]:
    """Say of bytes that cannot be read what they are."""
    try:
        yield
    except _Unread as fault:
        raise CustodyError(
            "unreadable",
            f"{recorded_name(source)[0]} could not be read ({fault.why}).",
            "Nothing of it was stored. Check the medium and the permissions, then do it again.",
        ) from fault


def _opened(source: Path, surroundings: Surroundings) -> BinaryIO:
    try:
        return surroundings.disk.read(source)
    except OSError as error:
        raise _Unread(error) from error


def _require_file(source: Path) -> os.stat_result:
    with suppress(OSError):
        found = source.lstat()
        if stat.S_ISREG(found.st_mode):
            return found
    if not os.path.lexists(source):
        raise CustodyError(
            "not-there",
            f"There is no file {recorded_name(str(source))[0]}.",
            "Check the path and the medium.",
        )
    raise CustodyError(
        "not-a-file",
        f"{recorded_name(str(source))[0]} is not a plain file.",
        "Give the file itself, not a link, folder or device.",
    )


def _describe(
    watched: _Watched, stored: Stored, name: str, stated: Mapping[str, str], odd: list[str]
) -> Acquired:
    shown, warnings = recorded_name(name)
    kind = recognise(watched.head, name)
    found = {"sha256": stored.sha256, **dict(stored.digests)}
    given = tuple(GivenDigest(algorithm, digest, found[algorithm]) for algorithm, digest in stated.items())
    warnings += odd
    if stored.size == 0:
        warnings.append("The file is empty.")
    elif watched.constant and stored.size > 1:
        warnings.append(
            f"Every byte of the file is {watched.head[0]:02x}: a copy or a carrier may have failed."
        )
    elif stored.size < SMALL:
        warnings.append(f"The file has only {stored.size} bytes.")
    if kind.warning:
        warnings.append(recorded_name(kind.warning)[0])
    warnings += [
        f"The {one.algorithm} found, {one.found}, is not the one stated by others, {one.given}."
        for one in given
        if not one.matches
    ]
    if not stored.fresh:
        warnings.append("The same bytes were preserved before.")
    return Acquired(shown, stored.size, stored.sha256, kind.media, given, tuple(warnings), stored.fresh)


def walk_folder(folder: Path, surroundings: Surroundings) -> FolderWalk:
    """List the plain files of a folder and below it; links and special files are named, not followed.

    No two files have one recorded name, however alike they are written; folders that cannot be read are named.
    """
    if folder.is_symlink() or not folder.is_dir():
        raise CustodyError(
            "not-a-folder",
            f"{recorded_name(str(folder))[0]} is not a folder.",
            "Give a folder that exists, not a link to one.",
        )
    paths, left_out = [], []
    failed: list[OSError] = []
    start = 0 if folder == Path() else len(str(folder).rstrip(os.sep)) + 1
    for path in surroundings.disk.walk(folder, failed.append):
        name = str(path)[start:].replace(os.sep, "/")
        found = path.lstat()
        if stat.S_ISREG(found.st_mode):
            paths.append((path, name, found))
        else:
            left_out.append(f"{recorded_name(name)[0]} is a link or a special file.")
    names = distinct_names([name for _, name, _ in paths])
    files = [
        FoundFile(path, name, found.st_size, found.st_mtime_ns, tuple(odd))
        for (path, _, found), (name, odd) in zip(paths, names, strict=True)
    ]
    unreadable = [f"{recorded_name(str(error.filename))[0]} ({error.strerror})" for error in failed]
    return FolderWalk(tuple(files), (*left_out, *_linked_folders(folder)), tuple(sorted(unreadable)))


def _linked_folders(folder: Path) -> Iterator[str]:
    """Name the links to folders: a walk passes them over."""
    for above, folders, _ in os.walk(folder):
        for name in sorted(folders):
            if (path := Path(above, name)).is_symlink():
                yield f"{recorded_name(path.relative_to(folder).as_posix())[0]} is a link to a folder."
