"""What a journal needs from its database, as a protocol; SQLite and PostgreSQL implement it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class StoredLog:
    """A log as stored: origin, the device's verifier key, and the case it belongs to."""

    origin: str
    vkey: str
    case: str


@dataclass(frozen=True, slots=True)
class StoredEntry:
    """One entry as stored: order of arrival, place in its log, leaf hash, exact bytes."""

    position: int
    origin: str
    seq: int
    leaf: bytes
    raw: bytes


class JournalStore(Protocol):
    """Append-only storage. Nothing is ever updated or deleted."""

    def transaction(self) -> AbstractContextManager[None]:
        """Run a block as the only writer; everything or nothing, durable when it returns."""
        ...

    def flush(self) -> None:
        """Put on stable storage whatever can be read here: a killed writer may have left it in memory only."""
        ...

    def snapshot(self) -> AbstractContextManager[None]:
        """Run a block that reads one unchanging state, whatever others append meanwhile."""
        ...

    def registering(self, after: int = 0) -> Iterator[StoredEntry]:
        """Yield, in order of arrival, every entry that might register a key, and the first one."""
        ...

    def about_erasures(self) -> Iterator[StoredEntry]:
        """Yield, in order of arrival, every entry that might tell of an erasure."""
        ...

    def last_position(self) -> int:
        """Return the position of the newest entry, 0 if there is none."""
        ...

    def logs(self) -> Sequence[StoredLog]:
        """Return every log in order of arrival."""
        ...

    def add_log(self, log: StoredLog) -> None:
        """Store a new log."""
        ...

    def size(self, origin: str) -> int:
        """Return the number of entries of a log."""
        ...

    def add_entry(self, origin: str, seq: int, *, leaf: bytes, raw: bytes) -> None:
        """Store an entry at the end of a log."""
        ...

    def entries(self, after: int = 0) -> Iterator[StoredEntry]:
        """Yield entries in order of arrival, in constant memory."""
        ...

    def log_entries(self, origin: str, start: int, end: int) -> Sequence[StoredEntry]:
        """Return a range of one log."""
        ...

    def find(self, leaf: bytes) -> StoredEntry | None:
        """Return the entry with a leaf hash."""
        ...

    def hashes(self, origin: str, level: int, *, start: int, end: int) -> Sequence[bytes]:
        """Return stored hashes: leaves at level 0, roots of full tiles at levels 8, 16 and so on."""
        ...

    def add_node(self, origin: str, level: int, *, index: int, hash: bytes) -> None:
        """Store the root of a full tile."""
        ...

    def nodes(self, origin: str) -> Iterator[tuple[int, int, bytes]]:
        """Yield (level, index, hash) of every stored tile root of a log."""
        ...

    def add_checkpoint(self, origin: str, size: int, *, note: str) -> None:
        """Store a signed checkpoint."""
        ...

    def checkpoints(self, origin: str) -> Iterator[tuple[int, str]]:
        """Yield (size, note) of a log from the smallest to the largest."""
        ...

    def last_checkpoint(self, origin: str) -> tuple[int, str] | None:
        """Return the newest checkpoint of a log."""
        ...

    def close(self) -> None:
        """Release the database."""
        ...
