"""What an import has to remember of every row, on disk and not in memory: keys, and what earlier imports recorded.

It is a temporary database without a name that is gone when it is closed. It holds digests and ids only, so
nothing that stands in a table is written outside the case.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from itertools import islice

from embers.journal.canonical import Json

_write = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode
_TABLES = """
CREATE TABLE keys (key BLOB PRIMARY KEY, row INTEGER) WITHOUT ROWID;
CREATE TABLE made (subject TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE needed (subject TEXT PRIMARY KEY, row INTEGER) WITHOUT ROWID;
CREATE TABLE once (content BLOB PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE earlier (row BLOB, content BLOB, id TEXT, subject BLOB, predicate TEXT, live INTEGER);
"""


def written(value: Json) -> bytes:
    """Return the one form a value is compared in. What must not stand in a journal is found when it is signed."""
    return _write(value).encode("utf-8", "surrogatepass")


def bytes_digest(data: bytes) -> bytes:
    """Return a short digest of bytes."""
    return blake2b(data, digest_size=16).digest()


@lru_cache(maxsize=1024)
def text_digest(text: str) -> bytes:
    """Return a short digest of a text."""
    return bytes_digest(text.encode())


#: Subjects looked up in the case together.
_ASKED = 500


@dataclass(frozen=True, slots=True)
class Earlier:
    """An assertion an earlier import recorded for a row, by digests."""

    content: bytes
    id: str
    subject: bytes
    predicate: str
    live: int


class Register:
    """Answers in constant memory what a table has said so far."""

    def __init__(self) -> None:
        self._db = sqlite3.connect("", isolation_level=None)
        self._db.execute("PRAGMA journal_mode=OFF")
        self._db.execute("PRAGMA synchronous=OFF")
        self._db.executescript(_TABLES)
        self._db.execute("BEGIN")
        self.any_earlier = False

    def close(self) -> None:
        """Throw everything away."""
        self._db.close()

    def forget_keys(self) -> None:
        """Begin again with the first row."""
        for table in ("keys", "made", "needed", "once"):
            self._db.execute(f"DELETE FROM {table}")

    def first_row(self, key: str, row: int) -> int | None:
        """Remember a row's key; return the row that had it before, or nothing."""
        stored = text_digest(key)
        done = self._db.execute("INSERT OR IGNORE INTO keys VALUES (?, ?)", (stored, row))
        if done.rowcount:
            return None
        found = self._db.execute("SELECT row FROM keys WHERE key = ?", (stored,)).fetchone()
        return int(found[0])

    def make(self, subject: str) -> None:
        """Remember that the table speaks of a subject."""
        self._db.execute("INSERT OR IGNORE INTO made VALUES (?)", (subject,))

    def need(self, subject: str, row: int) -> None:
        """Remember that a row names a subject that must be there."""
        self._db.execute("INSERT OR IGNORE INTO needed VALUES (?, ?)", (subject, row))

    def missing(self, known: Callable[[Sequence[str]], set[str]]) -> list[int]:
        """Return the rows, a thousand at most, that name a subject neither the table nor ``known`` has."""
        return list(islice(self._unknown(known), 1000))

    def _unknown(self, known: Callable[[Sequence[str]], set[str]]) -> Iterator[int]:
        sql = "SELECT row, subject FROM needed WHERE subject NOT IN (SELECT subject FROM made) ORDER BY row"
        found = self._db.execute(sql)
        while some := found.fetchmany(_ASKED):
            there = known([subject for _, subject in some])
            yield from (int(row) for row, subject in some if subject not in there)

    def first_time(self, content: bytes) -> bool:
        """Tell whether something that is said once is said for the first time."""
        return bool(self._db.execute("INSERT OR IGNORE INTO once VALUES (?)", (content,)).rowcount)

    def remember_earlier(self, found: Iterable[tuple[bytes, bytes, str, bytes, str, bool]]) -> None:
        """Take in what earlier imports of the table recorded."""
        self._db.executemany("INSERT INTO earlier VALUES (?, ?, ?, ?, ?, ?)", found)
        self._db.execute("CREATE INDEX earlier_row ON earlier (row)")
        self._db.execute("CREATE INDEX earlier_content ON earlier (content)")
        self.any_earlier = bool(self._db.execute("SELECT 1 FROM earlier LIMIT 1").fetchone())

    def of_row(self, key: str) -> list[Earlier]:
        """Return what stands of a row."""
        if not self.any_earlier:
            return []
        sql = "SELECT content, id, subject, predicate, live FROM earlier WHERE row = ?"
        return [Earlier(*row) for row in self._db.execute(sql, (text_digest(key),))]

    def stands(self, content: bytes) -> bool:
        """Tell whether the table's earlier imports say this already, in whatever row."""
        if not self.any_earlier:
            return False
        return bool(
            self._db.execute("SELECT 1 FROM earlier WHERE content = ? LIMIT 1", (content,)).fetchone()
        )

    def absent(self) -> int:
        """Return how many rows of earlier imports the table does not hold any more."""
        sql = "SELECT count(DISTINCT row) FROM earlier WHERE live AND row <> ? AND row NOT IN (SELECT key FROM keys)"
        return int(self._db.execute(sql, (text_digest(""),)).fetchone()[0])
