"""The journal in one SQLite file: WAL, synchronous=FULL, append only.

Triggers stop accidental updates and deletes. They are a guard rail: whoever owns the file can drop them, and
the signatures and roots are what finds the edit.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from embers.errors import JournalError
from embers.journal.sqlite_connection import DATABASE_ERRORS, connect, flush
from embers.journal.store import StoredEntry, StoredLog

_TABLES = ("log", "entry", "node", "checkpoint")
#: Entries that might tell of keys or of an erasure. SQLite searches the bytes; nothing is parsed, nothing believed.
_TELLS_OF_KEYS = "(instr(raw, CAST('signing-key' AS BLOB)) OR instr(raw, CAST('log-key' AS BLOB)))"
_TELLS_OF_ERASURE = "instr(raw, CAST('\"erasure-' AS BLOB))"
#: Opening a long journal reads the few entries about keys, not all. Verification reads every entry, and no index.
_INDEXES = (
    f"CREATE INDEX IF NOT EXISTS entry_of_keys ON entry(position) WHERE {_TELLS_OF_KEYS}",
    f"CREATE INDEX IF NOT EXISTS entry_of_erasure ON entry(position) WHERE {_TELLS_OF_ERASURE}",
)
_SCHEMA = """
CREATE TABLE log (
  origin TEXT PRIMARY KEY, vkey TEXT NOT NULL, case_id TEXT NOT NULL, started INTEGER NOT NULL UNIQUE
) STRICT;
CREATE TABLE entry (
  position INTEGER PRIMARY KEY, origin TEXT NOT NULL REFERENCES log(origin), seq INTEGER NOT NULL,
  leaf BLOB NOT NULL, raw BLOB NOT NULL, UNIQUE (origin, seq)
) STRICT;
CREATE INDEX entry_leaf ON entry(leaf);
CREATE TABLE node (
  origin TEXT NOT NULL, level INTEGER NOT NULL, idx INTEGER NOT NULL, hash BLOB NOT NULL,
  PRIMARY KEY (origin, level, idx)
) STRICT, WITHOUT ROWID;
CREATE TABLE checkpoint (
  origin TEXT NOT NULL, size INTEGER NOT NULL, note TEXT NOT NULL, PRIMARY KEY (origin, size)
) STRICT, WITHOUT ROWID;
"""


def _guards() -> str:
    return "".join(
        f"CREATE TRIGGER {table}_{verb.lower()} BEFORE {verb} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, 'the journal is append only'); END;"
        for table in _TABLES
        for verb in ("UPDATE", "DELETE")
    )


class SqliteJournalStore:
    """A journal file. Several processes may append; each append is one durable transaction."""

    def __init__(self, path: Path, *, read_only: bool = False, key: bytes = b"") -> None:
        self.path = path
        try:
            self._db = connect(path, mode="ro" if read_only else "rw", key=key)
            if not read_only:
                self._db.execute("PRAGMA journal_mode=WAL")
                self._db.execute("PRAGMA synchronous=FULL")
            self._db.execute("SELECT 1 FROM entry LIMIT 1")
            if not read_only:
                self._add_indexes()
        except DATABASE_ERRORS as error:
            raise JournalError(
                "open",
                f"{path} is not a readable journal: {error}.",
                "Give the folder of a case, or restore a copy.",
            ) from error

    @classmethod
    def create(cls, path: Path, *, key: bytes = b"") -> SqliteJournalStore:
        """Create an empty journal, encrypted if a key is given; an existing file is never touched."""
        if path.exists():
            raise JournalError("exists", f"There is already a journal in {path}.", "Choose another folder.")
        fresh = path.with_name(path.name + ".new")
        fresh.unlink(missing_ok=True)
        try:
            db = connect(fresh, mode="rwc", key=key)
            db.executescript(_SCHEMA + ";".join(_INDEXES) + ";" + _guards())
            # Before the file has its name: a cut in the middle would leave one that no reader can open.
            db.execute("PRAGMA journal_mode=WAL")
            db.close()
        except DATABASE_ERRORS as error:
            raise JournalError(
                "write",
                f"{path} could not be made: {error}.",
                "Check the disk's free space, then do it again.",
            ) from error
        fresh.replace(path)
        return cls(path, key=key)

    def _add_indexes(self) -> None:
        """Give a journal of an earlier version its indexes; the first time, that reads every entry once."""
        known = {row[0] for row in self._db.execute("SELECT name FROM sqlite_master WHERE type = 'index'")}
        for statement in _INDEXES:
            if statement.split()[5] not in known:
                self._db.execute(statement)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Run a block as the only writer."""
        try:
            self._db.execute("BEGIN IMMEDIATE")
        except DATABASE_ERRORS as error:
            raise JournalError(
                "busy", f"{self.path} cannot be written: {error}.", "Try again in a moment."
            ) from error
        try:
            yield
            self._db.execute("COMMIT")
        except DATABASE_ERRORS as error:
            self._roll_back()
            raise JournalError(
                "write",
                f"{self.path} could not be written: {error}.",
                "Nothing was added. Check the disk's free space.",
            ) from error
        except BaseException:
            self._roll_back()
            raise

    def flush(self) -> None:
        """Flush the write-ahead log: one that a killed process left is read, but was perhaps never flushed."""
        flush(self.path)

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Run a block that reads one unchanging state."""
        self._db.execute("BEGIN")
        try:
            yield
        finally:
            self._roll_back()

    def registering(self, after: int = 0) -> Iterator[StoredEntry]:
        """Yield every entry that might register a key, in order of arrival; the first entry always may."""
        if after < 1:
            yield from self._telling("position = 1", 0)
        yield from self._telling(_TELLS_OF_KEYS, max(after, 1))

    def about_erasures(self) -> Iterator[StoredEntry]:
        """Yield every entry that might tell of an erasure, in order of arrival."""
        yield from self._telling(_TELLS_OF_ERASURE, 0)

    def _telling(self, of: str, after: int) -> Iterator[StoredEntry]:
        rows = self._read(
            f"SELECT position, origin, seq, leaf, raw FROM entry WHERE position > ? AND {of} ORDER BY position",
            (after,),
        )
        for row in rows.fetchall():
            yield StoredEntry(*row)

    def last_position(self) -> int:
        """Return the position of the newest entry, 0 if there is none."""
        return int(self._read("SELECT coalesce(max(position), 0) FROM entry").fetchone()[0])

    def _read(self, sql: str, values: Sequence[object] = ()) -> sqlite3.Cursor:
        try:
            return self._db.execute(sql, values)
        except DATABASE_ERRORS as error:
            raise JournalError(
                "read", f"{self.path} cannot be read: {error}.", "Try again; if it stays so, restore a copy."
            ) from error

    def _roll_back(self) -> None:
        if self._db.in_transaction:
            self._db.execute("ROLLBACK")

    def logs(self) -> Sequence[StoredLog]:
        """Return every log in order of arrival."""
        rows = self._read("SELECT origin, vkey, case_id FROM log ORDER BY started")
        return [StoredLog(*row) for row in rows]

    def add_log(self, log: StoredLog) -> None:
        """Store a new log."""
        self._db.execute(
            "INSERT INTO log SELECT ?, ?, ?, coalesce(max(started), 0) + 1 FROM log",
            (log.origin, log.vkey, log.case),
        )

    def size(self, origin: str) -> int:
        """Return the number of entries of a log."""
        row = self._read("SELECT max(seq) FROM entry WHERE origin = ?", (origin,)).fetchone()
        return 0 if row[0] is None else int(row[0]) + 1

    def add_entry(self, origin: str, seq: int, *, leaf: bytes, raw: bytes) -> None:
        """Store an entry at the end of a log."""
        self._db.execute(
            "INSERT INTO entry(origin, seq, leaf, raw) VALUES (?, ?, ?, ?)", (origin, seq, leaf, raw)
        )

    def entries(self, after: int = 0) -> Iterator[StoredEntry]:
        """Yield entries in order of arrival. Reads in pages, so that a writer is never held up."""
        while True:
            rows = self._read(
                "SELECT position, origin, seq, leaf, raw FROM entry WHERE position > ? ORDER BY position LIMIT 1000",
                (after,),
            ).fetchall()
            if not rows:
                return
            for row in rows:
                yield StoredEntry(*row)
            after = rows[-1][0]

    def log_entries(self, origin: str, start: int, end: int) -> Sequence[StoredEntry]:
        """Return a range of one log."""
        rows = self._read(
            "SELECT position, origin, seq, leaf, raw FROM entry WHERE origin = ? AND seq >= ? AND seq < ? ORDER BY seq",
            (origin, start, end),
        )
        return [StoredEntry(*row) for row in rows]

    def find(self, leaf: bytes) -> StoredEntry | None:
        """Return the entry with a leaf hash."""
        row = self._read(
            "SELECT position, origin, seq, leaf, raw FROM entry WHERE leaf = ?", (leaf,)
        ).fetchone()
        return StoredEntry(*row) if row else None

    def hashes(self, origin: str, level: int, *, start: int, end: int) -> Sequence[bytes]:
        """Return stored hashes."""
        if level == 0:
            sql = "SELECT leaf FROM entry WHERE origin = ? AND seq >= ? AND seq < ? ORDER BY seq"
            rows = self._read(sql, (origin, start, end))
        else:
            sql = "SELECT hash FROM node WHERE origin = ? AND level = ? AND idx >= ? AND idx < ? ORDER BY idx"
            rows = self._read(sql, (origin, level, start, end))
        return [row[0] for row in rows]

    def add_node(self, origin: str, level: int, *, index: int, hash: bytes) -> None:
        """Store the root of a full tile."""
        self._db.execute("INSERT INTO node VALUES (?, ?, ?, ?)", (origin, level, index, hash))

    def nodes(self, origin: str) -> Iterator[tuple[int, int, bytes]]:
        """Yield every stored tile root of a log."""
        yield from self._read(
            "SELECT level, idx, hash FROM node WHERE origin = ? ORDER BY level, idx", (origin,)
        )

    def add_checkpoint(self, origin: str, size: int, *, note: str) -> None:
        """Store a signed checkpoint."""
        self._db.execute("INSERT INTO checkpoint VALUES (?, ?, ?)", (origin, size, note))

    def checkpoints(self, origin: str) -> Iterator[tuple[int, str]]:
        """Yield checkpoints from the smallest to the largest."""
        yield from self._read("SELECT size, note FROM checkpoint WHERE origin = ? ORDER BY size", (origin,))

    def last_checkpoint(self, origin: str) -> tuple[int, str] | None:
        """Return the newest checkpoint of a log."""
        row = self._read(
            "SELECT size, note FROM checkpoint WHERE origin = ? ORDER BY size DESC LIMIT 1", (origin,)
        ).fetchone()
        return (int(row[0]), str(row[1])) if row else None

    def close(self) -> None:
        """Release the database."""
        self._db.close()
