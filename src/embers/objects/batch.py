"""Many small objects at once: all bytes flushed, then all named, then all names flushed.

Storing one object takes four flushes of the disk, and a card of small files would take an hour. A batch gives the
same promise for the whole of it with two: when :meth:`Batch.commit` returns, every object is on stable storage under
its name. A crash before leaves side files, which nobody takes for objects.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Protocol

from embers.objects.digest import Digests, expect
from embers.objects.store import Stored
from embers.surroundings import Surroundings


class Shelf(Protocol):
    """The part of a folder of objects that a batch needs."""

    path: Path

    def place(self, sha256: str) -> Path:
        """Return where an object lies."""
        ...

    def has(self, sha256: str) -> bool:
        """Tell whether an object is stored."""
        ...

    def into_place(self, side: Path, sha256: str) -> bool:
        """Link a flushed side file to its name; tell whether it is new."""
        ...


@dataclass(slots=True)
class Batch:
    """Objects on their way in; made by :meth:`embers.objects.local.LocalObjectStore.batch`."""

    shelf: Shelf
    surroundings: Surroundings
    flush: Callable[[Sequence[Path]], None]
    write: Callable[[BinaryIO, BinaryIO, Digests], None]
    _sides: dict[str, Path] = field(default_factory=dict)
    _folders: set[str] = field(default_factory=set)

    def put(
        self,
        stream: BinaryIO,
        *,
        sha256: str | None = None,
        size: int | None = None,
        also: Sequence[str] = (),
    ) -> Stored:
        """Write a stream to a side file. Nothing is stored before :meth:`commit`."""
        disk = self.surroundings.disk
        side = Path(f"{self.shelf.path}/.incoming/{self.surroundings.randomness.bytes(16).hex()}")
        digests = Digests(("sha256", *also))
        try:
            with disk.create(side) as handle:
                self.write(stream, handle, digests)
            expect(digests, sha256, size)
        except BaseException:
            with suppress(OSError):
                disk.remove(side)
            raise
        found = digests.hex()
        fresh = found not in self._sides and not self.shelf.has(found)
        if found in self._sides:
            disk.remove(side)
        else:
            self._sides[found] = side
        return Stored(found, digests.size, tuple(digests.all().items()), fresh)

    def commit(self) -> None:
        """Store everything put so far; it is on stable storage when this returns."""
        if not self._sides:
            return
        self.flush(list(self._sides.values()))
        touched: dict[str, Path] = {}
        for sha256, side in self._sides.items():
            folder = self.shelf.place(sha256).parent
            name = str(folder)
            if name not in self._folders:
                folder.mkdir(parents=True, exist_ok=True)  # flushed below with all others, not one by one
                self._folders.add(name)
            touched[name] = folder
            self.shelf.into_place(side, sha256)
        leaves = touched.values()
        self.flush([*leaves, *dict.fromkeys(leaf.parent for leaf in leaves), self.shelf.path])
        self.drop()

    def drop(self) -> None:
        """Remove the side files of what was not committed."""
        for side in self._sides.values():
            with suppress(OSError):
                self.surroundings.disk.remove(side)
        self._sides.clear()
