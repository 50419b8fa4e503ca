"""The floors that searches are measured against: the same texts, points and days in bare SQLite and in bare PostgreSQL.

SQLite has FTS5 and an R*Tree, PostgreSQL tsvector with GIN and points with GiST, started for the purpose with its own
128 MB of cache. Nothing of Embers is here, but what a query and a document are.
"""

from __future__ import annotations

import sqlite3
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path

from results import Spent, timed

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "servers"))

#: Microdegrees of a kilometre, roughly.
KM = 9_000
#: Queries asked before any is timed.
_BEFORE = 4
#: By kind of query: median and 95th percentile in milliseconds.
Taken = dict[str, tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Document:
    """What the floors hold of an incident."""

    number: int
    title: str
    account: str
    lat: int
    lon: int
    day: str


@dataclass(frozen=True, slots=True)
class Asked:
    """One query: words, a box (south, north, west, east), a span of days; empty parts are not asked for."""

    words: str = ""
    box: tuple[int, int, int, int] | None = None
    days: tuple[str, str] | None = None

    def text(self) -> str:
        """Return it as a person types it."""
        span = f" date:{self.days[0]}..{self.days[1]}" if self.days else ""
        return f"{self.words}{span}".strip()

    def parameters(self) -> dict[str, str]:
        """Return it as it stands in an address of Embers."""
        asked = {"q": self.text(), "box": ",".join(map(str, self.box or ()))}
        return {name: value for name, value in asked.items() if value}


def rate(count: int, spent: Spent) -> str:
    """Return a count by the second, on the wall and of processor time."""
    return f"{count / spent.wall:,.0f}/s, {count / spent.processor:,.0f} by processor second ({spent.wall:.1f} s)"


def spread(ask: Callable[[Asked], object], asked: Iterable[Asked]) -> tuple[float, float]:
    """Return median and 95th percentile in milliseconds."""
    spent = []
    for one in asked:
        start = time.perf_counter()
        ask(one)
        spent.append((time.perf_counter() - start) * 1000)
    spent.sort()
    return statistics.median(spent), spent[min(len(spent) - 1, round(len(spent) * 0.95))]


def spreads(ask: Callable[[Asked], object], asked: Mapping[str, Sequence[Asked]]) -> Taken:
    """Return the spread of each kind of query, each asked a few times before."""
    taken = {}
    for kind, those in asked.items():
        for one in those[:_BEFORE]:
            ask(one)
        taken[kind] = spread(ask, those)
    return taken


def shown(milliseconds: tuple[float, float]) -> str:
    """Return median and 95th percentile as a table has them."""
    return "{:.2f} / {:.2f} ms".format(*milliseconds)


def percentiles(ask: Callable[[Asked], object], asked: Iterable[Asked]) -> str:
    """Return median and 95th percentile as a table has them."""
    return shown(spread(ask, asked))


def ask_sqlite(
    corpus: Iterable[Document], root: Path, asked: dict[str, list[Asked]], found: dict[str, object]
) -> None:
    """Measure the same questions in bare SQLite."""
    (root / "floor.sqlite3").unlink(missing_ok=True)
    db = sqlite3.connect(root / "floor.sqlite3", isolation_level=None)
    db.executescript(
        "PRAGMA journal_mode=WAL; PRAGMA cache_size=-262144; CREATE TABLE doc (id INTEGER PRIMARY KEY, day TEXT);"
        "CREATE VIRTUAL TABLE words USING fts5(title, body); CREATE VIRTUAL TABLE place USING rtree(id, s, n, w, e);"
    )

    def load() -> None:
        db.execute("BEGIN")
        rows = iter(corpus)
        while some := list(islice(rows, 5000)):
            db.executemany("INSERT INTO doc VALUES (?, ?)", [(one.number + 1, one.day) for one in some])
            db.executemany(
                "INSERT INTO words (rowid, title, body) VALUES (?, ?, ?)",
                [(one.number + 1, one.title, one.account) for one in some],
            )
            db.executemany(
                "INSERT INTO place VALUES (?, ?, ?, ?, ?)",
                [(one.number + 1, one.lat, one.lat, one.lon, one.lon) for one in some],
            )
        db.execute("CREATE INDEX doc_day ON doc (day)")
        db.execute("COMMIT")
        db.execute("ANALYZE")

    spent = timed(load)
    found["floor, SQLite: rows loaded and indexed"] = rate(
        db.execute("SELECT count(*) FROM doc").fetchone()[0], spent
    )
    statements = {
        "text": "SELECT rowid FROM words WHERE words MATCH :words ORDER BY rowid DESC LIMIT 31",
        "geo": "SELECT id FROM place WHERE s >= :s AND n <= :n AND w >= :w AND e <= :e LIMIT 31",
        "date": "SELECT id FROM doc WHERE day BETWEEN :first AND :last ORDER BY day DESC LIMIT 31",
        "combined": "SELECT x.rowid FROM words x JOIN place p ON p.id = x.rowid JOIN doc d ON d.id = x.rowid "
        "WHERE x.words MATCH :words AND p.s >= :s AND p.n <= :n AND p.w >= :w AND p.e <= :e "
        "AND d.day BETWEEN :first AND :last ORDER BY x.rowid DESC LIMIT 31",
    }

    def ask(one: Asked, sql: str) -> None:
        south, north, west, east = one.box or (0, 0, 0, 0)
        first, last = one.days or ("", "")
        words = " ".join(f'"{word}"' for word in one.words.split())
        bound = {"words": words, "s": south, "n": north, "w": west, "e": east, "first": first, "last": last}
        db.execute(sql, bound).fetchall()

    for kind, sql in statements.items():
        found[f"{kind}: floor, SQLite"] = percentiles(partial(ask, sql=sql), asked[kind])
    db.close()


def ask_postgres(corpus: Iterable[Document], asked: dict[str, list[Asked]], found: dict[str, object]) -> None:
    """Measure the same questions in bare PostgreSQL, started for the purpose with its own 128 MB of cache."""
    import psycopg  # noqa: PLC0415 - needs the extra
    from postgres_server import new_database  # noqa: PLC0415

    with new_database(buffers="128MB") as address, psycopg.connect(address, autocommit=True) as db:
        _load_postgres(db, corpus, found)
        _ask_postgres(db, asked, found)


def _load_postgres(db: object, corpus: Iterable[Document], found: dict[str, object]) -> None:
    ask = db.execute  # type: ignore[attr-defined]
    ask("CREATE TABLE doc (id bigint PRIMARY KEY, day date, spot point, words tsvector)")

    def load() -> None:
        ask("CREATE TABLE told (id bigint, day date, lat bigint, lon bigint, body text)")
        with db.cursor() as cursor, cursor.copy("COPY told FROM STDIN") as copy:  # type: ignore[attr-defined]
            for one in corpus:
                copy.write_row((one.number + 1, one.day, one.lat, one.lon, f"{one.title} {one.account}"))
        ask(
            "INSERT INTO doc SELECT id, day, point(lon, lat), to_tsvector('simple', body) FROM told; DROP TABLE told"
        )
        ask("CREATE INDEX ON doc USING gin (words)")
        ask("CREATE INDEX ON doc USING gist (spot)")
        ask("CREATE INDEX ON doc (day)")
        ask("VACUUM ANALYZE doc")

    spent = timed(load)
    rows = ask("SELECT count(*) FROM doc").fetchone()[0]
    found["floor, PostgreSQL: rows loaded and indexed"] = f"{rows / spent.wall:,.0f}/s ({spent.wall:.1f} s)"


def _ask_postgres(db: object, asked: dict[str, list[Asked]], found: dict[str, object]) -> None:
    text, box = "words @@ plainto_tsquery('simple', %(words)s)", "spot <@ %(box)s::box"
    days, newest = "day BETWEEN %(first)s AND %(last)s", "ORDER BY id DESC LIMIT 31"
    wheres = {
        "text": f"{text} {newest}",
        "geo": f"{box} LIMIT 31",
        "date": f"{days} ORDER BY day DESC LIMIT 31",
        "combined": f"{text} AND {box} AND {days} {newest}",
    }

    def ask(one: Asked, where: str) -> None:
        south, north, west, east = one.box or (0, 0, 0, 0)
        first, last = one.days or ("2035-01-01", "2035-01-01")
        bound = {
            "words": one.words,
            "box": f"(({west},{south}),({east},{north}))",
            "first": first,
            "last": last,
        }
        db.execute(f"SELECT id FROM doc WHERE {where}", bound).fetchall()  # type: ignore[attr-defined]

    for kind, where in wheres.items():
        found[f"{kind}: floor, PostgreSQL"] = percentiles(partial(ask, where=where), asked[kind])
