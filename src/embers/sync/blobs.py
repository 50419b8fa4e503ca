"""Named bytes in a folder or a bucket: the plain form of an exchange that needs no program at the other end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol

from embers.errors import SyncError
from embers.objects.destroy import destroy_files
from embers.surroundings import Surroundings, is_file, is_folder


class Blobs(Protocol):
    """Named bytes. A name is given to one content only, so putting twice changes nothing."""

    @property
    def keeps_versions(self) -> bool:
        """Tell whether what is dropped stays readable to the owner of the place, as far as has been seen."""
        ...

    def put(self, name: str, data: bytes) -> None:
        """Keep bytes under a name, durably, all or nothing."""
        ...

    def get(self, name: str) -> bytes | None:
        """Return the bytes of a name, or nothing."""
        ...

    def has(self, name: str) -> bool:
        """Tell whether a name is taken."""
        ...

    def names(self, prefix: str) -> Iterator[str]:
        """Yield the names that begin with a folder prefix such as ``log/``, in sorted order."""
        ...

    def settle(self) -> None:
        """Make everything that is here durable: whoever put it here may have been killed before doing so."""
        ...

    def drop(self, name: str) -> None:
        """Remove a name that is not needed any more."""
        ...


class FolderBlobs:
    """A folder, on a stick or anywhere. It needs no links and no locks, so any file system will do.

    What is dropped from a ``secret`` folder is written over: it may be part of something that was erased.
    """

    def __init__(self, path: Path, surroundings: Surroundings, *, secret: bool = False) -> None:
        self.path = path
        self._surroundings = surroundings
        self._secret = secret
        self._settled: set[Path] = set()

    @property
    def keeps_versions(self) -> bool:
        """A folder keeps nothing it was told to drop; what its medium or a snapshot may keep cannot be seen."""
        return False

    def put(self, name: str, data: bytes) -> None:
        """Write to a side file, flush it, rename it; the same bytes under the same name are left alone."""
        disk, target = self._surroundings.disk, self._place(name)
        if self.get(name) == data:
            self._settle(target.parent)
            return
        side = target.parent / f".{self._surroundings.randomness.bytes(8).hex()}.part"
        with self._named("written"):
            try:
                disk.make_folder(target.parent)
                with disk.create(side) as handle:
                    handle.write(data)
                    disk.sync(handle)
                disk.replace(side, target)  # a damaged piece of this name is replaced by the good one
            finally:
                with suppress(OSError):
                    disk.remove(side)
            disk.sync_folder(target.parent)
        self._settle(target.parent)

    def _settle(self, folder: Path) -> None:
        """Flush once the names in a folder and its own: whoever made them may have been killed before doing so."""
        while folder not in self._settled and folder.is_relative_to(self.path.parent):
            with self._named("written"):
                self._surroundings.disk.sync_folder(folder)
            self._settled.add(folder)
            folder = folder.parent

    @contextmanager
    def _named(self, what: str) -> Iterator[None]:
        """Say which folder the disk refused: it may be a stick, not the computer's own disk."""
        try:
            yield
        except OSError as error:
            raise SyncError(
                "link", f"{self.path} cannot be {what}: {error.strerror}.", "Check the disk and try again."
            ) from error

    def get(self, name: str) -> bytes | None:
        """Read the bytes of a name."""
        with self._named("read"):
            try:
                with self._surroundings.disk.read(self._place(name)) as handle:
                    return handle.read()
            except FileNotFoundError:
                return None

    def has(self, name: str) -> bool:
        """Tell whether a name is taken, durably."""
        place = self._place(name)
        with self._named("read"):
            found = is_file(place)
        if not found:
            return False
        self._settle(place.parent)
        return True

    def settle(self) -> None:
        """Flush every name below the folder, on Linux with one flush of its file system."""
        if is_folder(self.path):
            with self._named("written"), self._surroundings.disk.flushing(self.path) as flush:
                flush(self._folders())

    def _folders(self) -> Iterator[Path]:
        """Yield this folder and every one below it that holds a file."""
        found = {folder for path in self._surroundings.disk.walk(self.path) for folder in path.parents}
        yield from sorted(folder for folder in found if folder.is_relative_to(self.path))

    def names(self, prefix: str) -> Iterator[str]:
        """Yield names in sorted order; side files of an interrupted exchange are no names."""
        folder = self._place(prefix)
        if is_folder(folder):
            for path in self._surroundings.disk.walk(folder):
                if not path.name.startswith("."):
                    yield path.relative_to(self.path).as_posix()

    def drop(self, name: str) -> None:
        """Remove a file; a secret one is written over first."""
        place = self._place(name)
        with self._named("written"):
            if self._secret:
                destroy_files([place], self._surroundings)
            else:
                self._surroundings.disk.remove(place)

    def _place(self, name: str) -> Path:
        parts = name.strip("/").split("/")
        if not all(part and part.strip(".") for part in parts):
            raise SyncError("name", f"{name!r} is no name in an exchange folder.", "Use the folder as it is.")
        return self.path.joinpath(*parts)
