"""Objects in a folder: ``objects/ab/cd/<sha256>``, written to a side file, synced, then linked into place."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from embers.errors import ObjectError
from embers.objects.destroy import destroy_files
from embers.objects.digest import Digests, chunks, digest_stream
from embers.objects.store import ObjectProblem, Stored
from embers.surroundings import Surroundings

_NAME = re.compile(r"[0-9a-f]{64}\Z")
INCOMING = ".incoming"


class LocalObjectStore:
    """A write-once store in one folder. Several processes may write at the same time."""

    def __init__(self, path: Path, surroundings: Surroundings) -> None:
        self.path = path
        self._surroundings = surroundings
        self._settled: set[Path] = set()  # folders whose own names are known to be on stable storage

    def place(self, sha256: str) -> Path:
        """Return where an object lies; refuse a name that is not a SHA-256."""
        if not _NAME.match(sha256):
            raise ObjectError(
                "name", f"{sha256!r} is not a SHA-256 digest.", "Use 64 lower-case hexadecimal digits."
            )
        return self.path / sha256[:2] / sha256[2:4] / sha256

    def put(
        self,
        stream: BinaryIO,
        *,
        sha256: str | None = None,
        size: int | None = None,
        also: Sequence[str] = (),
    ) -> Stored:
        """Store a stream. It is on stable storage when this returns; a failure leaves nothing behind."""
        disk = self._surroundings.disk
        incoming = self.path / INCOMING
        disk.make_folder(incoming)
        side = incoming / self._surroundings.randomness.bytes(16).hex()
        digests = Digests(("sha256", *also))
        try:
            with disk.create(side) as handle:
                self._write(stream, handle, digests)
                disk.sync(handle)
            self._expect(digests, sha256, size)
            fresh = self._into_place(side, digests.hex())
        finally:
            with suppress(OSError):
                disk.remove(side)
        return Stored(digests.hex(), digests.size, tuple(digests.all().items()), fresh)

    def _write(self, stream: BinaryIO, handle: BinaryIO, digests: Digests) -> None:
        for data in chunks(stream):
            digests.update(data)
            handle.write(data)

    def _expect(self, digests: Digests, sha256: str | None, size: int | None) -> None:
        if (sha256 and sha256 != digests.hex()) or (size is not None and size != digests.size):
            raise ObjectError(
                "mismatch",
                f"The bytes received ({digests.size} bytes, SHA-256 {digests.hex()}) are not the expected ones "
                f"({size if size is not None else 'any'} bytes, SHA-256 {sha256 or 'any'}).",
                "Nothing was stored. Fetch them again.",
            )

    def _into_place(self, side: Path, sha256: str) -> bool:
        disk = self._surroundings.disk
        target = self.place(sha256)
        disk.make_folder(target.parent)
        side.chmod(0o444)
        fresh = True
        try:
            disk.link(side, target)
        except FileExistsError:
            fresh = False
            # Same name means same digest. If the old bytes rotted, the good ones are not lost: they are refused
            # here and the rot is named, so that a person repairs it knowingly.
            problem = self.verify(sha256)
            if problem:
                raise ObjectError(
                    "altered", f"The stored object {sha256} {problem.what}.", "Run `embers verify`."
                ) from None
        # Also for an object that was there: whoever linked it may not have flushed its name yet.
        disk.sync_folder(target.parent)
        for folder in (target.parent, target.parent.parent):
            if folder not in self._settled:
                disk.sync_folder(folder.parent)
                self._settled.add(folder)
        return fresh

    def open(self, sha256: str) -> BinaryIO:
        """Open an object for reading."""
        try:
            return self._surroundings.disk.read(self.place(sha256))
        except FileNotFoundError:
            raise ObjectError(
                "missing",
                f"The object {sha256} is not in {self.path}.",
                "Restore it from another copy of the case.",
            ) from None

    def has(self, sha256: str) -> bool:
        """Tell whether an object is stored."""
        return self.place(sha256).is_file()

    def size(self, sha256: str) -> int:
        """Return the size of an object in bytes."""
        with self.open(sha256) as handle:
            return handle.seek(0, 2)

    def verify(self, sha256: str) -> ObjectProblem | None:
        """Re-read an object and compare it with its name."""
        try:
            with self.open(sha256) as handle:
                found = digest_stream(handle)
        except ObjectError as error:
            missing = error.code == "object.missing"
            return ObjectProblem(sha256, "is missing" if missing else "was altered or cut")
        except OSError as error:
            return ObjectProblem(sha256, f"cannot be read ({error.strerror})")
        if found.hex() != sha256:
            return ObjectProblem(
                sha256, f"was altered: its {found.size} bytes now have SHA-256 {found.hex()}"
            )
        return None

    def all(self) -> Iterator[str]:
        """Yield every stored object in sorted order; side files and strangers are not objects."""
        for path in self._files():
            if sha256 := self._digest_of(path):
                yield sha256

    def verify_all(self) -> Iterator[ObjectProblem]:
        """Re-read every object; yield what is wrong as it is found, strangers in the folder included."""
        for path in self._files():
            if sha256 := self._digest_of(path):
                if problem := self.verify(sha256):
                    yield problem
            else:
                name = path.relative_to(self.path).as_posix()
                yield ObjectProblem(name, "is not an object: its name or place is not that of one")

    def _files(self) -> Iterator[Path]:
        if self.path.exists():
            for path in self._surroundings.disk.walk(self.path):
                if path.parent.name != INCOMING:
                    yield path

    def _digest_of(self, path: Path) -> str | None:
        """Return the digest of the object a file holds by its name and place; nothing for a stranger."""
        return path.name if _NAME.match(path.name) and path == self.place(path.name) else None

    def destroy(self, sha256: str) -> bool:
        """Overwrite and remove an object, for an erasure; tell whether it was here. Repeating it is harmless."""
        return destroy_files([self.place(sha256)], self._surroundings) == 1

    def sweep(self) -> int:
        """Remove side files that a crash left behind; return how many. Call it only while nobody writes."""
        incoming = self.path / INCOMING
        left = list(incoming.iterdir()) if incoming.exists() else []
        for path in left:
            self._surroundings.disk.remove(path)
        return len(left)
