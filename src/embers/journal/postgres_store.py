"""The journal in a PostgreSQL database of its own: one case, one database, append only.

Triggers refuse every update, delete and truncation, to the owner of the tables as well. They are a guard rail:
an administrator can take them away, and the signatures and roots are what finds the edit.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, LiteralString
from urllib.parse import urlsplit

from embers.errors import JournalError
from embers.journal.store import StoredEntry, StoredLog

try:
    import psycopg
except ImportError as error:  # an extra: one laptop needs no server
    raise JournalError(
        "no-postgres",
        "This installation cannot speak to PostgreSQL.",
        'Install it with: pip install "embers[postgres]"',
    ) from error

#: Seconds to wait for another writer, as with the SQLite journal.
PATIENCE = 30
#: Rows fetched at a time, so that memory does not grow with the journal.
PAGE = 1000
#: "embers" in ASCII: the advisory lock that makes a writer the only one. One database holds one journal.
_WRITER = 0x656D62657273
_SCHEMA: LiteralString = """
CREATE SCHEMA embers;
CREATE TABLE embers.log (
  origin text PRIMARY KEY, vkey text NOT NULL, case_id text NOT NULL, started bigint NOT NULL UNIQUE
);
CREATE TABLE embers.entry (
  position bigint PRIMARY KEY, origin text NOT NULL, seq bigint NOT NULL,
  leaf bytea NOT NULL, raw bytea NOT NULL, UNIQUE (origin, seq)
);
CREATE INDEX entry_leaf ON embers.entry USING hash (leaf);
CREATE TABLE embers.node (
  origin text NOT NULL, level integer NOT NULL, idx bigint NOT NULL, hash bytea NOT NULL,
  PRIMARY KEY (origin, level, idx)
);
CREATE TABLE embers.checkpoint (
  origin text NOT NULL, size bigint NOT NULL, note text NOT NULL, PRIMARY KEY (origin, size)
);
CREATE INDEX entry_of_keys ON embers.entry (position)
  WHERE position('signing-key'::bytea IN raw) > 0 OR position('log-key'::bytea IN raw) > 0;
CREATE INDEX entry_of_erasure ON embers.entry (position) WHERE position('"erasure-'::bytea IN raw) > 0;
CREATE FUNCTION embers.refuse() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN RAISE EXCEPTION 'the journal is append only'; END $$;
"""
_GUARD: LiteralString = """
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
  FOR EACH STATEMENT EXECUTE FUNCTION embers.refuse();
REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM CURRENT_USER;
"""
_TABLES: tuple[LiteralString, ...] = ("embers.log", "embers.entry", "embers.node", "embers.checkpoint")
#: Entries that might tell of keys or of an erasure, in the words of the partial indexes above.
_TELLS_OF_KEYS: LiteralString = (
    "(position('signing-key'::bytea IN raw) > 0 OR position('log-key'::bytea IN raw) > 0)"
)
_TELLS_OF_ERASURE: LiteralString = "position('\"erasure-'::bytea IN raw) > 0"
_COLUMNS: LiteralString = "SELECT position, origin, seq, leaf, raw FROM embers.entry"


def shown(address: str) -> str:
    """Return an address without its password and options, for messages."""
    parts = urlsplit(address)
    host = parts.netloc.rpartition("@")[2]
    return f"postgresql://{host}{parts.path}"


class PostgresJournalStore:
    """A journal on a server. Several processes on several machines may append, one at a time."""

    def __init__(self, address: str, *, read_only: bool = False) -> None:
        self.name = shown(address)
        self._address = address
        self._read_only = read_only
        self._inside = False
        self._db = self._connect()
        try:
            self._db.execute("SELECT 1 FROM embers.entry LIMIT 1")
        except psycopg.Error as error:
            self._db.close()
            raise JournalError(
                "open",
                f"{self.name} holds no journal that can be read: {_reason(error)}.",
                "Check the address and the rights of your role, or make a case with `embers init`.",
            ) from error

    @classmethod
    def create(cls, address: str) -> PostgresJournalStore:
        """Create an empty journal in an existing database. One that is there already is never touched.

        One without any log is taken as it is: an opening that was cut short left it.
        """
        name = shown(address)
        try:
            with psycopg.connect(address) as db:
                db.execute(_SCHEMA)
                for table in _TABLES:
                    db.execute(_GUARD.format(table=table))
        except psycopg.errors.DuplicateSchema as error:
            left = cls(address)
            if not left.logs():
                return left
            left.close()
            raise JournalError(
                "exists",
                f"There is already a journal in {name}.",
                "Choose another database: one for each case.",
            ) from error
        except psycopg.Error as error:
            raise JournalError(
                "open",
                f"No journal can be made in {name}: {_reason(error)}.",
                "The database must exist and your role must be allowed to create a schema in it.",
            ) from error
        return cls(address)

    def _connect(self) -> psycopg.Connection[Any]:
        try:
            db = psycopg.connect(self._address, autocommit=True, connect_timeout=PATIENCE)
        except psycopg.Error as error:
            raise JournalError(
                "open",
                f"{self.name} cannot be reached: {_reason(error)}.",
                "Check the address, the network and the password (PGPASSWORD or a password file).",
            ) from error
        db.execute("SELECT set_config('lock_timeout', %s, false)", (f"{PATIENCE}s",))
        if self._read_only:
            db.execute("SET default_transaction_read_only = on")
        else:
            self._require_durable(db)
        return db

    def _require_durable(self, db: psycopg.Connection[Any]) -> None:
        """Make commits wait for the disk; refuse a server that is set up not to."""
        row = db.execute(
            "SELECT current_setting('fsync'), current_setting('synchronous_commit')"
        ).fetchone() or ("off", "off")
        if row[0] != "on":
            db.close()
            raise JournalError(
                "unsafe-server",
                f"{self.name} runs with fsync = {row[0]}: a power cut would lose entries that were reported saved.",
                "Ask its administrator to set fsync = on.",
            )
        if row[1] in ("off", "local"):  # anything stronger, such as remote_apply, is left as it is
            db.execute("SET synchronous_commit = on")

    def _run(self, sql: LiteralString, values: Sequence[object] = ()) -> psycopg.Cursor[Any]:
        """Run a statement. A connection that broke while nothing was under way is made anew, once."""
        try:
            return self._db.execute(sql, values)
        except psycopg.OperationalError:
            if self._inside or not self._db.closed:
                raise
            self._db = self._connect()
            return self._db.execute(sql, values)

    def _rows(self, sql: LiteralString, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        try:
            return self._run(sql, values).fetchall()
        except psycopg.Error as error:
            raise JournalError(
                "read",
                f"{self.name} could not be read: {_reason(error)}.",
                "Try again when the server answers.",
            ) from error

    def _pages(self, sql: LiteralString, values: Sequence[object], after: int) -> Iterator[tuple[Any, ...]]:
        """Yield rows whose first column is the key to go on from; no cursor stays open in between."""
        while rows := self._rows(sql, (*values, after, PAGE)):
            yield from rows
            after = rows[-1][0]

    def _add(self, sql: LiteralString, values: Sequence[object]) -> None:
        self._db.execute(sql, values)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Run a block as the only writer."""
        committing = False
        try:
            # Each statement after the lock sees everything committed before it.
            self._run("BEGIN ISOLATION LEVEL READ COMMITTED")
            self._inside = True
            self._db.execute("SELECT pg_advisory_xact_lock(%s)", (_WRITER,))
            yield
            committing = True
            self._db.execute("COMMIT")
        except psycopg.errors.LockNotAvailable as error:
            raise JournalError(
                "busy", f"{self.name} is being written by somebody else.", "Try again in a moment."
            ) from error
        except psycopg.Error as error:
            raise self._failed(error, committing=committing) from error
        finally:
            self._leave()

    def _failed(self, error: psycopg.Error, *, committing: bool) -> JournalError:
        if committing and self._db.closed:
            return JournalError(
                "commit-unknown",
                f"The connection to {self.name} broke while an entry was being committed.",
                "The entry is there in full or not at all. Look for it before you repeat the act.",
            )
        return JournalError(
            "write",
            f"{self.name} could not be written: {_reason(error)}.",
            "Nothing was added. Try again when the server answers.",
        )

    def _leave(self) -> None:
        self._inside = False
        with suppress(psycopg.Error):  # a connection that is gone has rolled back already
            if not self._db.closed and self._db.info.transaction_status != psycopg.pq.TransactionStatus.IDLE:
                self._db.execute("ROLLBACK")

    def flush(self) -> None:
        """Do nothing: what another session can read was committed, and what was committed is durable."""

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Run a block that reads one unchanging state."""
        self._run("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        self._inside = True
        try:
            yield
        finally:
            self._leave()

    def registering(self, after: int = 0) -> Iterator[StoredEntry]:
        """Yield every entry that might register a key, in order of arrival; the first entry always may."""
        if after < 1:
            yield from self._telling("position = 1", 0)
        yield from self._telling(_TELLS_OF_KEYS, max(after, 1))

    def about_erasures(self) -> Iterator[StoredEntry]:
        """Yield every entry that might tell of an erasure, in order of arrival."""
        yield from self._telling(_TELLS_OF_ERASURE, 0)

    def _telling(self, of: LiteralString, after: int) -> Iterator[StoredEntry]:
        sql = _COLUMNS + " WHERE " + of + " AND position > %s ORDER BY position LIMIT %s"
        for row in self._pages(sql, (), after):
            yield StoredEntry(*row)

    def last_position(self) -> int:
        """Return the position of the newest entry, 0 if there is none."""
        return int(self._rows("SELECT coalesce(max(position), 0) FROM embers.entry")[0][0])

    def logs(self) -> Sequence[StoredLog]:
        """Return every log in order of arrival."""
        return [
            StoredLog(*row)
            for row in self._rows("SELECT origin, vkey, case_id FROM embers.log ORDER BY started")
        ]

    def add_log(self, log: StoredLog) -> None:
        """Store a new log."""
        self._add(
            "INSERT INTO embers.log SELECT %s, %s, %s, coalesce(max(started), 0) + 1 FROM embers.log",
            (log.origin, log.vkey, log.case),
        )

    def size(self, origin: str) -> int:
        """Return the number of entries of a log."""
        return int(
            self._rows("SELECT coalesce(max(seq), -1) + 1 FROM embers.entry WHERE origin = %s", (origin,))[0][
                0
            ]
        )

    def add_entry(self, origin: str, seq: int, *, leaf: bytes, raw: bytes) -> None:
        """Store an entry at the end of a log."""
        # Not a sequence: a transaction rolled back would leave a hole, and a hole looks like a lost entry.
        self._add(
            "INSERT INTO embers.entry SELECT coalesce(max(position), 0) + 1, %s, %s, %s, %s FROM embers.entry",
            (origin, seq, leaf, raw),
        )

    def entries(self, after: int = 0) -> Iterator[StoredEntry]:
        """Yield entries in order of arrival."""
        for row in self._pages(_COLUMNS + " WHERE position > %s ORDER BY position LIMIT %s", (), after):
            yield StoredEntry(*row)

    def log_entries(self, origin: str, start: int, end: int) -> Sequence[StoredEntry]:
        """Return a range of one log."""
        rows = self._rows(
            _COLUMNS + " WHERE origin = %s AND seq >= %s AND seq < %s ORDER BY seq", (origin, start, end)
        )
        return [StoredEntry(*row) for row in rows]

    def find(self, leaf: bytes) -> StoredEntry | None:
        """Return the entry with a leaf hash."""
        rows = self._rows(_COLUMNS + " WHERE leaf = %s LIMIT 1", (leaf,))
        return StoredEntry(*rows[0]) if rows else None

    def hashes(self, origin: str, level: int, *, start: int, end: int) -> Sequence[bytes]:
        """Return stored hashes."""
        if level == 0:
            rows = self._rows(
                "SELECT leaf FROM embers.entry WHERE origin = %s AND seq >= %s AND seq < %s ORDER BY seq",
                (origin, start, end),
            )
        else:
            rows = self._rows(
                "SELECT hash FROM embers.node WHERE origin = %s AND level = %s AND idx >= %s AND idx < %s "
                "ORDER BY idx",
                (origin, level, start, end),
            )
        return [row[0] for row in rows]

    def add_node(self, origin: str, level: int, *, index: int, hash: bytes) -> None:
        """Store the root of a full tile."""
        self._add("INSERT INTO embers.node VALUES (%s, %s, %s, %s)", (origin, level, index, hash))

    def nodes(self, origin: str) -> Iterator[tuple[int, int, bytes]]:
        """Yield every stored tile root of a log."""
        for (level,) in self._rows(
            "SELECT DISTINCT level FROM embers.node WHERE origin = %s ORDER BY level", (origin,)
        ):
            rows = self._pages(
                "SELECT idx, hash FROM embers.node WHERE origin = %s AND level = %s AND idx > %s "
                "ORDER BY idx LIMIT %s",
                (origin, level),
                -1,
            )
            for index, hash in rows:
                yield level, index, hash

    def add_checkpoint(self, origin: str, size: int, *, note: str) -> None:
        """Store a signed checkpoint."""
        self._add("INSERT INTO embers.checkpoint VALUES (%s, %s, %s)", (origin, size, note))

    def checkpoints(self, origin: str) -> Iterator[tuple[int, str]]:
        """Yield checkpoints from the smallest to the largest."""
        for row in self._pages(
            "SELECT size, note FROM embers.checkpoint WHERE origin = %s AND size > %s ORDER BY size LIMIT %s",
            (origin,),
            -1,
        ):
            yield int(row[0]), str(row[1])

    def last_checkpoint(self, origin: str) -> tuple[int, str] | None:
        """Return the newest checkpoint of a log."""
        rows = self._rows(
            "SELECT size, note FROM embers.checkpoint WHERE origin = %s ORDER BY size DESC LIMIT 1", (origin,)
        )
        return (int(rows[0][0]), str(rows[0][1])) if rows else None

    def close(self) -> None:
        """Release the connection."""
        self._db.close()


def _reason(error: psycopg.Error) -> str:
    """Return the server's reason on one line; PostgreSQL never repeats a password in it."""
    return " ".join(str(error).split()).rstrip(".")[:300] or type(error).__name__
