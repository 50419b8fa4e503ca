"""Opens SQLite files: plain ones with Python's SQLite, encrypted ones with SQLCipher and a raw key.

SQLCipher 4 encrypts every page, the write-ahead log and the rollback journal; temporary tables stay in memory.
"""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import cast

from sqlcipher3 import dbapi2 as sqlcipher

from embers.errors import JournalError
from embers.surroundings import LocalDisk

#: The first release in which a write-ahead log that is reset under load cannot damage the file (sqlite.org/changes).
FIXED = (3, 51, 3)
#: What either library raises; they do not share their classes.
DATABASE_ERRORS: tuple[type[Exception], ...] = (sqlite3.DatabaseError, sqlcipher.DatabaseError)
KEY_BYTES = 32
#: SQLite writes to the computer's own disk, whatever disk other parts were handed.
_DISK = LocalDisk()


def connect(path: Path, *, mode: str, key: bytes = b"") -> sqlite3.Connection:
    """Open a file (``mode``: ro, rw, rwc), encrypted if a key is given. The key is not tried here."""
    library = sqlcipher if key else sqlite3
    db = cast(
        sqlite3.Connection,
        library.connect(
            f"{path.resolve().as_uri()}?mode={mode}",
            uri=True,
            isolation_level=None,
            timeout=30,
            check_same_thread=False,
        ),
    )
    if key:
        db.execute(key_pragma(key))
        db.execute("PRAGMA temp_store=MEMORY")
    return db


def flush(path: Path) -> None:
    """Put on stable storage what can be read in a database: a killed process may have committed and not flushed it.

    What can be read stands in the write-ahead log until a checkpoint, which flushes by itself. Where the log may not
    be written, as on a read-only medium, nothing can be waiting.
    """
    log = path.with_name(path.name + "-wal")
    if log.exists() and os.access(log, os.W_OK):
        _DISK.sync_files([log])
        _DISK.sync_folder(log.parent)


def connect_nowhere() -> sqlite3.Connection:
    """Open an empty database in memory, for a reader of a file that was never made."""
    return sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)


def key_pragma(key: bytes) -> str:
    """Return the statement that gives a connection its raw key, before anything else."""
    if len(key) != KEY_BYTES:
        raise ValueError("a database key has 32 bytes")
    return f"PRAGMA key = \"x'{key.hex()}'\""


def old_sqlite_warning() -> str:
    """Return a warning if Python's SQLite has the known write-ahead log fault, else nothing."""
    if sqlite3.sqlite_version_info >= FIXED:
        return ""
    return (
        f"Python's SQLite {sqlite3.sqlite_version} has a known fault that can damage a database while two programs "
        f"use it ({'.'.join(map(str, FIXED))} is free of it). Keep back-ups and verify them, or install a newer "
        "Python. Cases in field mode use a newer SQLite of their own."
    )


def require_fixed_sqlcipher() -> None:
    """Refuse encrypted databases if SQLCipher was built on a SQLite with the fault."""
    if sqlcipher.sqlite_version_info < FIXED:
        raise JournalError(
            "sqlite",
            f"SQLCipher here is built on SQLite {sqlcipher.sqlite_version}, which can damage a database.",
            "Install sqlcipher3 0.6.4 or newer.",
        )
