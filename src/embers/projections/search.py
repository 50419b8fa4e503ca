"""Search over labels, texts and names, crossing scripts: ``gence`` finds Gəncə, Գյանջա and Гянджа.

Each subject is one document with its words as written and the folded keys of every word. A query is matched
word by word against either; the last word may be incomplete.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain

from embers.access.audience import EVERYBODY
from embers.errors import ProjectionError
from embers.language import search_keys
from embers.projections.database import CaseDatabase

_WORD = re.compile(r"[\w’'ʼ-]+")
MAX_QUERY = 400
#: Values bound in one statement; SQLite allows 32,766.
_BATCH = 5000


@dataclass(frozen=True, slots=True)
class Found:
    """One search result."""

    subject: str
    kind: str
    label: str
    extract: str


@dataclass(frozen=True, slots=True)
class Document:
    """What is indexed for one subject; ``box`` is (south, north, west, east) in microdegrees.

    Where a subject reads differently to different classes of readers, each has a document of its own.
    """

    subject: str
    kind: str
    label: str
    body: str
    box: tuple[int, int, int, int] | None = None
    seen_by: int = EVERYBODY


def folded_words(text: str) -> str:
    """Return the folded keys of every word, each once."""
    words = dict.fromkeys(_WORD.findall(text))
    return " ".join(dict.fromkeys(chain.from_iterable(map(_keys, words))))


@lru_cache(maxsize=65536)
def _keys(word: str) -> tuple[str, ...]:
    return tuple(key for key in search_keys(word) if key)


def index(
    database: CaseDatabase, subjects: Sequence[str], documents: Sequence[Document], *, fresh: bool = False
) -> None:
    """Put documents into the search tables in place of all that was there about these subjects.

    ``fresh``: nothing was there.
    """
    with database.connection.cursor() as cursor:
        for start in () if fresh else range(0, len(subjects), _BATCH):
            batch = subjects[start : start + _BATCH]
            marks = ",".join(["%s"] * len(batch))
            cursor.execute(f"SELECT id FROM search_subject WHERE subject IN ({marks})", batch)
            old = [(row[0],) for row in cursor.fetchall()]
            cursor.executemany("DELETE FROM search_text WHERE rowid = %s", old)
            cursor.executemany("DELETE FROM search_box WHERE id = %s", old)
            cursor.executemany("DELETE FROM search_subject WHERE id = %s", old)
        cursor.execute("SELECT coalesce(max(id), 0) FROM search_subject")
        numbered = list(enumerate(documents, start=cursor.fetchone()[0] + 1))
        cursor.executemany(
            "INSERT INTO search_subject(id, subject, kind, seen_by) VALUES (%s, %s, %s, %s)",
            [(id, d.subject, d.kind, d.seen_by) for id, d in numbered],
        )
        cursor.executemany(
            "INSERT INTO search_text(rowid, label, body, folded) VALUES (%s, %s, %s, %s)",
            [(id, d.label, d.body, folded_words(f"{d.label} {d.body}")) for id, d in numbered],
        )
        cursor.executemany(
            "INSERT INTO search_box(id, lat0, lat1, lon0, lon1) VALUES (%s, %s, %s, %s, %s)",
            [(id, *d.box) for id, d in numbered if d.box],
        )


def _match(query: str) -> str:
    words = _WORD.findall(query)
    parts = []
    for place, word in enumerate(words):
        star = "*" if place == len(words) - 1 and len(word) > 2 else ""
        plain = '"' + word.replace('"', "") + '"' + star
        # Folding shortens ("qqqq" has the key "g"); a very short beginning would find everything.
        keys = [f'folded : "{key}"{star if len(key) > 2 else ""}' for key in search_keys(word) if key]
        parts.append("(" + " OR ".join([plain, *keys]) + ")")
    return " AND ".join(parts)


def search(database: CaseDatabase, query: str, *, kinds: Iterable[str] = (), limit: int = 50) -> list[Found]:
    """Return the best matching subjects; an empty or overlong query is refused."""
    if not _WORD.search(query):
        raise ProjectionError("query", "The search is empty.", "Type at least one word.")
    if len(query) > MAX_QUERY:
        raise ProjectionError("query", f"The search is longer than {MAX_QUERY} characters.", "Shorten it.")
    wanted = list(kinds)
    where = f"AND s.kind IN ({','.join(['%s'] * len(wanted))})" if wanted else ""
    sql = (
        "SELECT s.subject, s.kind, t.label, snippet(search_text, 1, '', '', '…', 18) "
        "FROM search_text t JOIN search_subject s ON s.id = t.rowid "
        f"WHERE search_text MATCH %s {where} ORDER BY bm25(search_text, 8.0, 1.0, 2.0), s.subject LIMIT %s"
    )
    with database.connection.cursor() as cursor:
        cursor.execute(sql, [_match(query), *wanted, limit])
        return [Found(*row) for row in cursor.fetchall()]


def within(database: CaseDatabase, box: tuple[int, int, int, int]) -> list[str]:
    """Return subjects whose precision circle meets a box (south, north, west, east) in microdegrees."""
    south, north, west, east = box
    sql = (
        "SELECT s.subject FROM search_box b JOIN search_subject s ON s.id = b.id "
        "WHERE b.lat1 >= %s AND b.lat0 <= %s AND b.lon1 >= %s AND b.lon0 <= %s ORDER BY s.subject"
    )
    with database.connection.cursor() as cursor:
        cursor.execute(sql, [south, north, west, east])
        return [row[0] for row in cursor.fetchall()]
