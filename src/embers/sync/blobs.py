"""Named bytes in a folder or a bucket: the plain form of an exchange that needs no program at the other end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from embers.errors import SyncError
from embers.surroundings import Surroundings


class Blobs(Protocol):
    """Named bytes. A name is given to one content only, so putting twice changes nothing."""

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

    def drop(self, name: str) -> None:
        """Remove a name that is not needed any more."""
        ...


class FolderBlobs:
    """A folder, on a stick or anywhere. It needs no links and no locks, so any file system will do."""

    def __init__(self, path: Path, surroundings: Surroundings) -> None:
        self.path = path
        self._surroundings = surroundings

    def put(self, name: str, data: bytes) -> None:
        """Write to a side file, flush it, rename it; the same bytes under the same name are left alone."""
        disk, target = self._surroundings.disk, self._place(name)
        if self.get(name) == data:
            return
        disk.make_folder(target.parent)
        side = target.parent / f".{self._surroundings.randomness.bytes(8).hex()}.part"
        try:
            with disk.create(side) as handle:
                handle.write(data)
                disk.sync(handle)
            disk.replace(side, target)  # a damaged piece of this name is replaced by the good one
        except OSError as error:
            raise SyncError(
                "link", f"{self.path} cannot be written: {error.strerror}.", "Check the disk and try again."
            ) from error
        finally:
            with suppress(OSError):
                disk.remove(side)
        disk.sync_folder(target.parent)

    def get(self, name: str) -> bytes | None:
        """Read the bytes of a name."""
        try:
            with self._surroundings.disk.read(self._place(name)) as handle:
                return handle.read()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise SyncError(
                "link", f"{self.path} cannot be read: {error.strerror}.", "Check the disk and try again."
            ) from error

    def has(self, name: str) -> bool:
        """Tell whether a name is taken."""
        return self._place(name).is_file()

    def names(self, prefix: str) -> Iterator[str]:
        """Yield names in sorted order; side files of an interrupted exchange are no names."""
        folder = self._place(prefix)
        if folder.is_dir():
            for path in self._surroundings.disk.walk(folder):
                if not path.name.startswith("."):
                    yield path.relative_to(self.path).as_posix()

    def drop(self, name: str) -> None:
        """Remove a file."""
        self._surroundings.disk.remove(self._place(name))

    def _place(self, name: str) -> Path:
        parts = name.strip("/").split("/")
        if not all(part and part.strip(".") for part in parts):
            raise SyncError("name", f"{name!r} is no name in an exchange folder.", "Use the folder as it is.")
        return self.path.joinpath(*parts)
