"""What a copy of a case remembers about exchange: entries still arriving, histories kept apart, receipts, bytes.

One SQLite file beside the journal, ``sync.sqlite3``. It is not disposable: it holds the only copy of entries that
are kept apart (forks, entries beyond a limit) and the receipts that allow a device to give up its bytes.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from embers.errors import SyncError
from embers.journal.sqlite_connection import DATABASE_ERRORS, connect, connect_nowhere, flush
from embers.sync.wire import LogHead

_SCHEMA = """
CREATE TABLE IF NOT EXISTS arriving (
  origin TEXT NOT NULL, root TEXT NOT NULL, seq INTEGER NOT NULL, leaf BLOB NOT NULL, raw BLOB NOT NULL,
  PRIMARY KEY (origin, root, seq)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS arriving_head (
  origin TEXT NOT NULL, root TEXT NOT NULL, size INTEGER NOT NULL, vkey TEXT NOT NULL, note TEXT NOT NULL,
  scratch INTEGER NOT NULL, complete INTEGER NOT NULL, PRIMARY KEY (origin, root)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS apart (
  origin TEXT NOT NULL, root TEXT NOT NULL, size INTEGER NOT NULL, vkey TEXT NOT NULL, note TEXT NOT NULL,
  start INTEGER NOT NULL, why TEXT NOT NULL, PRIMARY KEY (origin, root)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS apart_leaf (
  origin TEXT NOT NULL, root TEXT NOT NULL, seq INTEGER NOT NULL, leaf BLOB NOT NULL,
  PRIMARY KEY (origin, root, seq)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS apart_entry (leaf BLOB PRIMARY KEY, raw BLOB NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS receipt (
  origin TEXT NOT NULL, size INTEGER NOT NULL, cosigner TEXT NOT NULL, root TEXT NOT NULL, note TEXT NOT NULL,
  PRIMARY KEY (origin, cosigner, size)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS bytes (
  sha256 TEXT PRIMARY KEY, what TEXT NOT NULL CHECK (what IN ('received', 'released'))
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS witnessed (
  origin TEXT PRIMARY KEY, vkey TEXT NOT NULL, size INTEGER NOT NULL, root TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS asked (
  cosigner TEXT NOT NULL, origin TEXT NOT NULL, stands INTEGER NOT NULL, at TEXT NOT NULL, answered TEXT NOT NULL,
  refused TEXT NOT NULL, PRIMARY KEY (cosigner, origin)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS named (
  sha256 TEXT NOT NULL, origin TEXT NOT NULL, seq INTEGER NOT NULL, size INTEGER NOT NULL,
  PRIMARY KEY (origin, seq, sha256)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS meeting (
  place TEXT PRIMARY KEY, carrier TEXT NOT NULL, at TEXT NOT NULL, received INTEGER NOT NULL,
  sent INTEGER NOT NULL, refused INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS mark (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
"""

FORK, BEYOND = "fork", "beyond"


@dataclass(frozen=True, slots=True)
class Apart:
    """A signed history that is kept apart: from entry ``start`` on it is a fork, or beyond the log's limit."""

    head: LogHead
    start: int
    why: str


@dataclass(frozen=True, slots=True)
class Arriving:
    """A history of which entries have arrived. ``scratch`` when it is rebuilt from the log's first entry."""

    head: LogHead
    scratch: bool
    complete: bool


@dataclass(frozen=True, slots=True)
class Receipt:
    """A cosigned checkpoint that was checked."""

    origin: str
    size: int
    cosigner: str
    root: str
    note: str


@dataclass(frozen=True, slots=True)
class Meeting:
    """The last complete exchange with one place: over which carrier, when (UTC), and the entries it moved.

    ``place`` is what was typed, without a password. ``refused`` counts what was not taken.
    """

    place: str
    carrier: str
    at: str
    received: int
    sent: int
    refused: int


@dataclass(frozen=True, slots=True)
class Asked:
    """When a witness was last asked about one log (UTC), and its last answer.

    ``stands`` is how many entries it says that it signed. ``answered`` is the time it signed last, by its own clock;
    empty if it never did. ``refused`` says why its last answer was no signature; empty if it was one.
    """

    cosigner: str
    origin: str
    stands: int = 0
    at: str = ""
    answered: str = ""
    refused: str = ""


@dataclass(frozen=True, slots=True)
class Named:
    """An object, and the entry that introduces it."""

    sha256: str
    origin: str
    seq: int
    size: int


@dataclass(frozen=True, slots=True)
class Witnessed:
    """The key of a log and the newest size and root a witness vouched for."""

    vkey: str
    size: int
    root: str


class SyncState:
    """The exchange memory of one copy. Every method that changes it runs inside ``transaction``.

    Opened ``read_only`` it makes and changes no file; a copy that never exchanged then remembers nothing.
    """

    def __init__(self, path: Path, *, key: bytes = b"", read_only: bool = False) -> None:
        self._path = path
        try:
            if read_only and path.exists():
                self._db = connect(path, mode="ro", key=key)
                self._db.execute("SELECT count(*) FROM mark").fetchone()
                return
            self._db = connect_nowhere() if read_only else self._connect(path, key)
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=FULL")
            self._db.executescript(_SCHEMA)
        except DATABASE_ERRORS as error:
            raise SyncError(
                "state", f"{path} cannot be used: {error}.", "Keep the file; restore it from another copy."
            ) from error

    def _connect(self, path: Path, key: bytes) -> sqlite3.Connection:
        return connect(path, mode="rwc", key=key)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Run a block as the only writer; everything or nothing, durable when it returns."""
        if self._db.in_transaction:
            yield
            return
        try:
            self._db.execute("BEGIN IMMEDIATE")
        except DATABASE_ERRORS as error:
            raise SyncError("busy", f"Another exchange is writing: {error}.", "Try again.") from error
        try:
            yield
            self._db.execute("COMMIT")
        except BaseException:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise

    def flush(self) -> None:
        """Put on stable storage what can be read here: a killed process may have left it in memory only."""
        flush(self._path)

    # --- arriving -----------------------------------------------------------------------------------

    def arrival(self, origin: str, root: str) -> Arriving | None:
        """Return a history that is arriving."""
        row = self._db.execute(
            "SELECT vkey, size, note, scratch, complete FROM arriving_head WHERE origin = ? AND root = ?",
            (origin, root),
        ).fetchone()
        return _arriving(origin, root, row) if row else None

    def arrivals(self) -> list[Arriving]:
        """Return every history that is arriving."""
        rows = self._db.execute(
            "SELECT origin, root, vkey, size, note, scratch, complete FROM arriving_head ORDER BY origin, size"
        )
        return [_arriving(row[0], row[1], row[2:]) for row in rows.fetchall()]

    def expect(self, head: LogHead, *, scratch: bool) -> None:
        """Begin to take a history; ``scratch`` begins it at the log's first entry."""
        self.forget(head.origin, head.root)
        self._db.execute(
            "INSERT INTO arriving_head VALUES (?, ?, ?, ?, ?, ?, 0)",
            (head.origin, head.root, head.size, head.vkey, head.note, int(scratch)),
        )

    def complete(self, head: LogHead) -> None:
        """Note that every entry of a history has arrived and waits for a key to become known."""
        self._db.execute(
            "UPDATE arriving_head SET complete = 1 WHERE origin = ? AND root = ?", (head.origin, head.root)
        )

    def stage(self, head: LogHead, rows: Iterable[tuple[int, bytes, bytes]]) -> None:
        """Keep proven entries (seq, leaf, raw) until their history is complete."""
        self._db.executemany(
            "INSERT INTO arriving VALUES (?, ?, ?, ?, ?)",
            [(head.origin, head.root, *row) for row in rows],
        )

    def inherit(self, head: LogHead, start: int) -> None:
        """Take over the entries of the fullest shorter arrival of the same log; the next proof covers them."""
        row = self._db.execute(
            "SELECT h.root FROM arriving_head h JOIN arriving a USING (origin, root) "
            "WHERE h.origin = ? AND h.scratch = 0 AND h.complete = 0 AND h.root != ? GROUP BY h.root "
            "HAVING min(a.seq) = ? AND max(a.seq) < ? ORDER BY count(*) DESC LIMIT 1",
            (head.origin, head.root, start, head.size - 1),
        ).fetchone()
        if row:
            self._db.execute(
                "INSERT INTO arriving SELECT origin, ?, seq, leaf, raw FROM arriving WHERE origin = ? AND root = ?",
                (head.root, head.origin, row[0]),
            )
            self.forget(head.origin, row[0])

    def trim(self, head: LogHead, start: int) -> None:
        """Drop staged entries before ``start``, and all of them if ``start`` is not among them."""
        place = (head.origin, head.root)
        self._db.execute("DELETE FROM arriving WHERE origin = ? AND root = ? AND seq < ?", (*place, start))
        first = self._db.execute(
            "SELECT min(seq) FROM arriving WHERE origin = ? AND root = ?", place
        ).fetchone()[0]
        if first is not None and first != start:
            self._db.execute("DELETE FROM arriving WHERE origin = ? AND root = ?", place)

    def staged(self, head: LogHead) -> list[tuple[int, bytes, bytes]]:
        """Return the entries of an arriving history in order."""
        rows = self._db.execute(
            "SELECT seq, leaf, raw FROM arriving WHERE origin = ? AND root = ? ORDER BY seq",
            (head.origin, head.root),
        )
        return rows.fetchall()

    def staged_leaves(self, head: LogHead) -> list[bytes]:
        """Return the leaf hashes of an arriving history in order."""
        rows = self._db.execute(
            "SELECT leaf FROM arriving WHERE origin = ? AND root = ? ORDER BY seq", (head.origin, head.root)
        )
        return [row[0] for row in rows.fetchall()]

    def forget(self, origin: str, root: str) -> None:
        """Drop an arriving history: it is stored, kept apart, or was wrong."""
        self._db.execute("DELETE FROM arriving WHERE origin = ? AND root = ?", (origin, root))
        self._db.execute("DELETE FROM arriving_head WHERE origin = ? AND root = ?", (origin, root))

    # --- kept apart ---------------------------------------------------------------------------------

    def keep_apart(self, apart: Apart, entries: Sequence[tuple[int, bytes, bytes]]) -> None:
        """Keep a history apart, with its entries from ``start`` on."""
        head = apart.head
        self._db.execute(
            "INSERT OR IGNORE INTO apart VALUES (?, ?, ?, ?, ?, ?, ?)",
            (head.origin, head.root, head.size, head.vkey, head.note, apart.start, apart.why),
        )
        self._db.executemany(
            "INSERT OR IGNORE INTO apart_leaf VALUES (?, ?, ?, ?)",
            [(head.origin, head.root, seq, leaf) for seq, leaf, _ in entries],
        )
        self._db.executemany(
            "INSERT OR IGNORE INTO apart_entry VALUES (?, ?)", [(leaf, raw) for _, leaf, raw in entries]
        )

    def apart(self, origin: str | None = None) -> list[Apart]:
        """Return every history kept apart, of one log or of all."""
        rows = self._db.execute(
            "SELECT origin, vkey, size, root, note, start, why FROM apart WHERE ? IS NULL OR origin = ? "
            "ORDER BY origin, size, root",
            (origin, origin),
        )
        return [Apart(LogHead(*row[:5]), row[5], row[6]) for row in rows.fetchall()]

    def apart_entries(self, head: LogHead, start: int, end: int) -> list[bytes]:
        """Return entries of a history kept apart."""
        rows = self._db.execute(
            "SELECT e.raw FROM apart_leaf l JOIN apart_entry e USING (leaf) "
            "WHERE l.origin = ? AND l.root = ? AND l.seq >= ? AND l.seq < ? ORDER BY l.seq",
            (head.origin, head.root, start, end),
        )
        return [row[0] for row in rows.fetchall()]

    def release_apart(self, head: LogHead) -> None:
        """Stop keeping a history apart: its entries are in the journal now. The bytes stay."""
        self._db.execute("DELETE FROM apart WHERE origin = ? AND root = ?", (head.origin, head.root))

    def apart_leaves(self, head: LogHead) -> list[bytes]:
        """Return the leaf hashes of a history kept apart, from its ``start`` on."""
        rows = self._db.execute(
            "SELECT leaf FROM apart_leaf WHERE origin = ? AND root = ? ORDER BY seq", (head.origin, head.root)
        )
        return [row[0] for row in rows.fetchall()]

    # --- receipts, bytes, witness -------------------------------------------------------------------

    def add_receipt(self, receipt: Receipt) -> bool:
        """Keep a receipt; tell whether it is new."""
        done = self._db.execute(
            "INSERT OR IGNORE INTO receipt VALUES (?, ?, ?, ?, ?)",
            (receipt.origin, receipt.size, receipt.cosigner, receipt.root, receipt.note),
        )
        return done.rowcount > 0

    def receipts(self) -> list[Receipt]:
        """Return the newest receipt of each cosigner for each log."""
        rows = self._db.execute(
            "SELECT origin, max(size), cosigner, root, note FROM receipt GROUP BY origin, cosigner "
            "ORDER BY origin, cosigner"
        )
        return [Receipt(*row) for row in rows.fetchall()]

    def receipt_keys(self) -> set[tuple[str, int, str]]:
        """Return (origin, size, cosigner) of every receipt held."""
        return set(self._db.execute("SELECT origin, size, cosigner FROM receipt").fetchall())

    def note_bytes(self, sha256: str, what: str) -> None:
        """Remember that an object's bytes were received here, or given up here on purpose."""
        self._db.execute(
            "INSERT INTO bytes VALUES (?, ?) ON CONFLICT (sha256) DO UPDATE SET what = excluded.what",
            (sha256, what),
        )

    def known_bytes(self, what: str) -> set[str]:
        """Return the objects that were received here, or released here."""
        return {row[0] for row in self._db.execute("SELECT sha256 FROM bytes WHERE what = ?", (what,))}

    def name_objects(self, rows: Iterable[tuple[str, str, int, int]]) -> None:
        """Index which entries introduce which objects: (sha256, origin, seq, size)."""
        self._db.executemany("INSERT OR IGNORE INTO named VALUES (?, ?, ?, ?)", list(rows))

    def named(self, origin: str | None = None, start: int = 0) -> list[Named]:
        """Return the objects that entries introduce, of one log from an entry on, or of all."""
        rows = self._db.execute(
            "SELECT sha256, origin, seq, size FROM named WHERE (? IS NULL OR origin = ?) AND seq >= ? "
            "ORDER BY origin, seq",
            (origin, origin, start),
        )
        return [Named(*row) for row in rows.fetchall()]

    def witnessed(self, origin: str) -> Witnessed | None:
        """Return what a witness last vouched for."""
        row = self._db.execute(
            "SELECT vkey, size, root FROM witnessed WHERE origin = ?", (origin,)
        ).fetchone()
        return Witnessed(*row) if row else None

    def swap_witnessed(self, head: LogHead, old: int) -> bool:
        """Advance a witness from exactly ``old`` to a head; tell whether it stood there (compare and set)."""
        if old == 0:
            done = self._db.execute(
                "INSERT OR IGNORE INTO witnessed VALUES (?, ?, ?, ?)",
                (head.origin, head.vkey, head.size, head.root),
            )
        else:
            done = self._db.execute(
                "UPDATE witnessed SET size = ?, root = ? WHERE origin = ? AND size = ? AND vkey = ?",
                (head.size, head.root, head.origin, old, head.vkey),
            )
        return done.rowcount > 0

    def witnessed_logs(self) -> list[tuple[str, Witnessed]]:
        """Return every log a witness vouched for, with where it stands."""
        rows = self._db.execute("SELECT origin, vkey, size, root FROM witnessed ORDER BY origin")
        return [(row[0], Witnessed(*row[1:])) for row in rows.fetchall()]

    def note_asked(self, asked: Asked) -> None:
        """Remember what came of asking a witness."""
        self._db.execute(
            "INSERT OR REPLACE INTO asked VALUES (?, ?, ?, ?, ?, ?)",
            (asked.cosigner, asked.origin, asked.stands, asked.at, asked.answered, asked.refused),
        )

    def asked(self) -> list[Asked]:
        """Return what every witness was last asked about every log; nothing in a file older than this table."""
        if not self._has_table("asked"):
            return []
        rows = self._db.execute(
            "SELECT cosigner, origin, stands, at, answered, refused FROM asked ORDER BY cosigner, origin"
        )
        return [Asked(*row) for row in rows.fetchall()]

    def _has_table(self, name: str) -> bool:
        query = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?"
        return self._db.execute(query, (name,)).fetchone() is not None

    def note_meeting(self, meeting: Meeting) -> None:
        """Remember the newest exchange with a place."""
        self._db.execute(
            "INSERT OR REPLACE INTO meeting VALUES (?, ?, ?, ?, ?, ?)",
            (
                meeting.place,
                meeting.carrier,
                meeting.at,
                meeting.received,
                meeting.sent,
                meeting.refused,
            ),
        )

    def meetings(self) -> list[Meeting]:
        """Return the last exchange with every place, the newest first; none in a file older than this table."""
        if not self._has_table("meeting"):
            return []
        rows = self._db.execute(
            "SELECT place, carrier, at, received, sent, refused FROM meeting ORDER BY at DESC, place"
        )
        return [Meeting(*row) for row in rows.fetchall()]

    def mark(self, name: str) -> str:
        """Return a remembered value, or nothing."""
        row = self._db.execute("SELECT value FROM mark WHERE name = ?", (name,)).fetchone()
        return str(row[0]) if row else ""

    def marks(self, prefix: str) -> dict[str, str]:
        """Return every remembered value whose name begins with ``prefix``, by the rest of its name."""
        rows = self._db.execute(
            "SELECT substr(name, ?), value FROM mark WHERE substr(name, 1, ?) = ? ORDER BY name",
            (len(prefix) + 1, len(prefix), prefix),
        )
        return dict(rows.fetchall())

    def set_mark(self, name: str, value: str) -> None:
        """Remember a value."""
        self._db.execute(
            "INSERT INTO mark VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            (name, value),
        )

    def close(self) -> None:
        """Release the database."""
        self._db.close()


def _arriving(origin: str, root: str, row: Sequence[object]) -> Arriving:
    vkey, size, note, scratch, complete = row
    head = LogHead(origin, str(vkey), int(str(size)), root, str(note))
    return Arriving(head, bool(scratch), bool(complete))
