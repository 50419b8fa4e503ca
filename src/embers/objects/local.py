"""Objects in a folder: ``objects/ab/cd/<sha256>``, written to a side file, synced, then linked into place."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from embers.errors import ObjectError
from embers.objects.batch import Batch
from embers.objects.checking import verify_many
from embers.objects.destroy import destroy_files, settle
from embers.objects.digest import Digests, copy_stream, digest_stream, expect
from embers.objects.mapped import SMALLEST, can_map
from embers.objects.store import ObjectProblem, Stored
from embers.surroundings import LocalDisk, Surroundings, is_file, is_folder

_NAME = re.compile(r"[0-9a-f]{64}\Z")
INCOMING = ".incoming"
#: Damaged bytes that gave way to good ones are kept here, apart from the objects.
QUARANTINE = ".quarantine"


class LocalObjectStore:
    """A write-once store in one folder. Several processes may write at the same time."""

    def __init__(self, path: Path, surroundings: Surroundings) -> None:
        self.path = path
        self._prefix = f"{path}/"  # joining paths one by one costs more than hashing a small object
        self._surroundings = surroundings
        self._settled: set[Path] = set()  # folders whose own names are known to be on stable storage

    def place(self, sha256: str) -> Path:
        """Return where the file of an object lies; refuse a name that is not a SHA-256."""
        return Path(self._place(sha256))

    def _place(self, sha256: str) -> str:
        if not _NAME.match(sha256):
            raise ObjectError(
                "name", f"{sha256!r} is not a SHA-256 digest.", "Use 64 lower-case hexadecimal digits."
            )
        return f"{self._prefix}{sha256[:2]}/{sha256[2:4]}/{sha256}"

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
            expect(digests, sha256, size)
            fresh = self._into_place(side, digests.hex())
        finally:
            with suppress(OSError):
                disk.remove(side)
        return Stored(digests.hex(), digests.size, tuple(digests.all().items()), fresh)

    def _write(self, stream: BinaryIO, handle: BinaryIO, digests: Digests) -> None:
        copy_stream(stream, handle, digests, lambda: self._surroundings.disk.begin_flush(handle))

    @contextmanager
    def batch(self) -> Iterator[Batch]:
        """Give a batch: many small objects stored with a few flushes instead of several for each."""
        self._surroundings.disk.make_folder(self.path / INCOMING)
        with self._surroundings.disk.flushing(self.path) as flush:
            batch = Batch(self, self._surroundings, flush, self._write)
            try:
                yield batch
            finally:
                batch.drop()

    def into_place(self, side: Path, sha256: str) -> bool:
        """Link a flushed side file to its name, without flushing the name; tell whether it is new."""
        target = self.place(sha256)
        side.chmod(0o444)
        try:
            self._surroundings.disk.link(side, target)
        except FileExistsError:
            # Same name means same digest. If the old bytes rotted, the good ones are not lost: they are refused
            # here and the rot is named, so that a person repairs it knowingly.
            if problem := self.verify(sha256):
                raise ObjectError(
                    "altered", f"The stored object {sha256} {problem.what}.", "Run `embers audit repair`."
                ) from None
            return False
        return True

    def _into_place(self, side: Path, sha256: str) -> bool:
        disk = self._surroundings.disk
        target = self.place(sha256)
        disk.make_folder(target.parent)
        fresh = self.into_place(side, sha256)
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

    def plain_path(self, sha256: str) -> Path | None:
        """Return a file that holds an object's very bytes, for programs that read files; nothing if none does."""
        return self.place(sha256)

    def has(self, sha256: str) -> bool:
        """Tell whether an object is stored."""
        return is_file(self._place(sha256))

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

    def mappable(self, sha256: str) -> Path | None:
        """Return the file of a large object; nothing where another disk than the system's was handed in."""
        path = self.plain_path(sha256)
        if path is None or not can_map() or type(self._surroundings.disk) is not LocalDisk:
            return None
        with suppress(OSError):
            return path if path.stat().st_size >= SMALLEST else None
        return None

    def all(self) -> Iterator[str]:
        """Yield every stored object in sorted order; side files and strangers are not objects."""
        for path in self._files():
            if sha256 := self._digest_of(path):
                yield sha256

    def verify_all(self) -> Iterator[ObjectProblem]:
        """Re-read every object on every core; yield what is wrong as it is found, then strangers in the folder."""
        strangers: list[Path] = []

        def names() -> Iterator[str]:
            for path in self._files():
                if sha256 := self._digest_of(path):
                    yield sha256
                else:
                    strangers.append(path)

        yield from (problem for _, problem in verify_many(self, names()) if problem)
        for path in strangers:
            name = path.relative_to(self.path).as_posix()
            yield ObjectProblem(name, "is not an object: its name or place is not that of one")

    def _files(self) -> Iterator[Path]:
        if is_folder(self.path):
            for path in self._surroundings.disk.walk(self.path):
                if path.relative_to(self.path).parts[0] not in (INCOMING, QUARANTINE):
                    yield path

    def _digest_of(self, path: Path) -> str | None:
        """Return the digest of the object a file holds by its name and place; nothing for a stranger."""
        return path.name if _NAME.match(path.name) and path == self.place(path.name) else None

    def flush(self, digests: Sequence[str]) -> None:
        """Flush the names of stored objects; their bytes were flushed before they had a name."""
        if not digests:
            return
        folders = {self.place(sha256).parent for sha256 in digests}
        above = {folder.parent for folder in folders}
        with self._surroundings.disk.flushing(self.path) as flush:
            flush([*folders, *above, self.path])

    @property
    def keeps_versions(self) -> bool:
        """A folder keeps nothing it was told to destroy; what its medium or a snapshot may keep cannot be seen."""
        return False

    def destroy(self, sha256: str) -> bool:
        """Overwrite and remove an object, for an erasure; tell whether it was here. Repeating it is harmless.

        Damaged copies in quarantine and whole copies that a crash left on their way in are destroyed with it.
        """
        place = self.place(sha256)
        strays = [path for path in self._beside(INCOMING) if self._holds(path, sha256)]
        strays += [path for path in self._beside(QUARANTINE) if path.name.startswith(place.name)]
        gone = destroy_files([place, *strays], self._surroundings) > 0
        for folder in (self.path / INCOMING, self.path / QUARANTINE):
            settle(folder, self._surroundings)
        return gone

    def _beside(self, name: str) -> list[Path]:
        folder = self.path / name
        return sorted(folder.iterdir()) if is_folder(folder) else []

    def _holds(self, path: Path, sha256: str) -> bool:
        with self._surroundings.disk.read(path) as handle:
            return digest_stream(handle).hex() == sha256

    def replace_damaged(self, sha256: str, stream: BinaryIO) -> Path | None:
        """Put good bytes in the place of damaged or missing ones; return where the damaged ones are kept now.

        Refused unless the stream has the digest of the object, and unless what is stored is damaged. The good
        bytes are on stable storage before the damaged ones give way; nothing is deleted.
        """
        if self.verify(sha256) is None:
            raise ObjectError(
                "sound",
                f"The object {sha256} is not damaged.",
                "Nothing was replaced; nothing is to be done.",
            )
        disk = self._surroundings.disk
        side = self.path / INCOMING / self._surroundings.randomness.bytes(16).hex()
        disk.make_folder(side.parent)
        digests = Digests()
        try:
            with disk.create(side) as handle:
                self._write(stream, handle, digests)
                disk.sync(handle)
            expect(digests, sha256, None)
            side.chmod(0o444)
            kept = self._set_aside(sha256)
            target = self.place(sha256)
            disk.make_folder(target.parent)
            disk.replace(side, target)
            for folder in (target.parent, target.parent.parent, self.path):
                disk.sync_folder(folder)
        finally:
            with suppress(OSError):
                disk.remove(side)
        return kept

    def _set_aside(self, sha256: str) -> Path | None:
        """Give the damaged bytes of an object a second name in the quarantine."""
        disk = self._surroundings.disk
        kept = (
            self.path
            / QUARANTINE
            / f"{self.place(sha256).name}.{self._surroundings.randomness.bytes(4).hex()}"
        )
        disk.make_folder(kept.parent)
        try:
            disk.link(self.place(sha256), kept)
        except FileNotFoundError:
            return None
        disk.sync_folder(kept.parent)
        return kept

    def sweep(self) -> int:
        """Destroy side files that a crash left behind; return how many. Call it only while nobody writes."""
        gone = destroy_files(self._beside(INCOMING), self._surroundings)
        settle(self.path / INCOMING, self._surroundings)
        return gone
