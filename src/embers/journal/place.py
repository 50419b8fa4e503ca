"""Where a journal lies: a file on this computer, or a database on a PostgreSQL server."""

from __future__ import annotations

from pathlib import Path

from embers.journal.sqlite_store import SqliteJournalStore
from embers.journal.store import JournalStore

#: A path is an SQLite file; text is the address of a PostgreSQL database.
Place = Path | str


def open_store(place: Place, *, read_only: bool = False, key: bytes = b"") -> JournalStore:
    """Open the journal store at a place; refuse one that holds no journal. A file may be encrypted with ``key``."""
    if isinstance(place, Path):
        return SqliteJournalStore(place, read_only=read_only, key=key)
    from embers.journal.postgres_store import PostgresJournalStore  # noqa: PLC0415 - an extra

    return PostgresJournalStore(place, read_only=read_only)


def create_store(place: Place, *, key: bytes = b"") -> JournalStore:
    """Create an empty journal store at a place; an existing one is never touched. ``key`` encrypts a file."""
    if isinstance(place, Path):
        return SqliteJournalStore.create(place, key=key)
    from embers.journal.postgres_store import PostgresJournalStore  # noqa: PLC0415 - an extra

    return PostgresJournalStore.create(place)
