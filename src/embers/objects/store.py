"""What an object store promises: bytes go in once, under the name of their SHA-256, and never change."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol


@dataclass(frozen=True, slots=True)
class Stored:
    """What was stored: SHA-256, size in bytes, and any other digests asked for. ``fresh`` if it was new."""

    sha256: str
    size: int
    digests: tuple[tuple[str, str], ...] = ()
    fresh: bool = True


@dataclass(frozen=True, slots=True)
class ObjectProblem:
    """Something wrong with a stored object: which one, and what."""

    sha256: str
    what: str


class ObjectStore(Protocol):
    """Write-once storage of bytes."""

    def put(
        self,
        stream: BinaryIO,
        *,
        sha256: str | None = None,
        size: int | None = None,
        also: Sequence[str] = (),
    ) -> Stored:
        """Store a stream durably; refuse it, leaving nothing behind, if an expected digest or size differs."""
        ...

    def open(self, sha256: str) -> BinaryIO:
        """Open an object for reading; the bytes are not checked here."""
        ...

    def has(self, sha256: str) -> bool:
        """Tell whether an object is stored."""
        ...

    def size(self, sha256: str) -> int:
        """Return the size of an object in bytes."""
        ...

    def verify(self, sha256: str) -> ObjectProblem | None:
        """Re-read an object; return what is wrong with it, or nothing."""
        ...

    def all(self) -> Iterator[str]:
        """Yield the digest of every stored object in sorted order."""
        ...

    def verify_all(self) -> Iterator[ObjectProblem]:
        """Re-read every object; yield what is wrong as it is found, and what is there but is no object."""
        ...

    def sweep(self) -> int:
        """Destroy what a crash left half-stored; return how many. What is being stored meanwhile fails."""
        ...

    def flush(self, digests: Sequence[str]) -> None:
        """Put stored objects on stable storage, whoever stored them: he may have been killed before he did so."""
        ...

    def mappable(self, sha256: str) -> Path | None:
        """Return the file of an object that is better mapped than read, if it is one; see ``embers.objects.mapped``."""
        ...

    @property
    def keeps_versions(self) -> bool:
        """Tell whether a destroyed object stays readable to the owner of the place, as far as has been seen."""
        ...

    def destroy(self, sha256: str) -> bool:
        """Take an object away for an erasure; tell whether it was here. Repeating it is harmless."""
        ...
