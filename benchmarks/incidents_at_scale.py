"""Incidents and claims by the hundred thousand: imported as tables, resolved, indexed, searched.

    python benchmarks/incidents_at_scale.py [--incidents 100000] [--claims 1000000] [--calls 200] [--folder DIR]
                                            [--postgres] [--write]

Two CSV files (incidents with an account each, and figures by claimants) go in through the same import as anybody's
table, with mappings: every row checked, signed and kept, and rows per second told for each phase. Then the tables and
indexes are computed (claims resolved, stale figures left aside), and text, place, date and combined queries are asked:
of the engine, and of the pages a person sees. The floors are the same texts, points and days in bare SQLite (FTS5,
R*Tree) and, with ``--postgres``, in bare PostgreSQL (tsvector with GIN, point with GiST), measured in the same run.
Beside them stand the figures of the nearest peer, quoted with their source, not measured here (:data:`PEER`).

The corpus is that of ``large_case.py``: seeded, invented, in the shape the peer was measured with. Queries are drawn
from other seeds: rare, common, two words, place and word in turn; boxes around centres of 2, 10 and 50 km.
"""

from __future__ import annotations

import argparse
import csv
import random
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from urllib.parse import urlencode

from large_case import CLAIMANTS, CONDUCT, FIELD_WORDS, PARTIES, SOURCES, Corpus
from results import Spent, busy, machine, report, timed

from embers.actions.case_folder import CaseFolder
from embers.actions.cases import open_case
from embers.actions.recorder import Act, Recorder
from embers.actions.tables.importing import Importer
from embers.incidents.displayed import displayed
from embers.incidents.reading import claimants_of, claims_of, decisions_of
from embers.incidents.staleness import replaced_figures
from embers.projections.search import kind_counts, page
from embers.projections.search_query import read_query
from embers.projections.view import ProjectedCase
from embers.surroundings import Surroundings
from embers.vocabulary.loader import load_vocabulary

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "servers"))

SOURCE = (
    "our trial run of November 2026 on the same kind of machine at 100,000 records (peer-run): Bayanat 4.0.2 over "
    "HTTP, p50 / p95 in ms, log-in and activity note included (about 18 ms of each)"
)
PEER = {
    "import": "26 rows/s by HTTP, 24 rows/s by its sheet import, 1,767 rows/s by COPY past its application",
    "text": "with count 123 / 1,552; without 36 / 473",
    "geo": "radius with count 524 / 575",
    "combined": "text, radius, date and count 781 / 26,683; without date and count at load 978 / 2,204",
}
QUOTED = {
    "text": "SQLite FTS5 0.09 / 0.22 at 100k, 0.11 / 0.27 at 1M; PostgreSQL 5.5 / 218, 7.3 / 229",
    "geo": "SQLite R*Tree 1.4 / 9.9 at 100k, 19 / 157 at 1M; PostgreSQL 40 / 78, 96 / 386",
    "combined": "SQLite (text and box) 1.0 / 29 at 100k, 4.0 / 41 at 1M; PostgreSQL 1.5 / 10.6, 12 / 506",
}
FIRST, DAYS = 27, 44
KM = 9_000
HEADER = ("ID", "Title", "Date", "Place", "Lat", "Lon", "Account", "Party", "Conduct")
CLAIM_HEADER = ("No", "Incident", "Killed", "Injured", "Claimant", "Side", "Day", "Words", "Source")
INCIDENTS = """
[table]
name = "scale-incidents"
source = "An invented list"
row = "{ID}"

[[record]]
kind = "place"
key = "{Place}"
once = true

[[record.say]]
predicate = "place-name"
value = { name = "{Place}", lang = "en", used_by = "unknown" }

[[record]]
kind = "incident"
key = "{ID}"
"""
SAID = (
    ("incident-code", '"X-{ID}"', ""),
    ("incident-title", '"{Title}"', 'lang = "en"'),
    ("incident-account", '"{Account}"', ""),
    ("occurred", '"{Date}"', ""),
    ("incident-place", '{ kind = "place", key = "{Place}" }', ""),
    ("alleged-party", '"{Party}"', ""),
    ("conduct", '"{Conduct}"', ""),
    (
        "incident-position",
        '{ lat = "{Lat}", lon = "{Lon}", precision_m = "500", method = "settlement centroid" }',
        "",
    ),
)
CLAIMS = """
[table]
name = "scale-claims"
source = "An invented list"
row = "{No}"

[[record]]
kind = "organisation"
key = "{Claimant}"
once = true

[[record.say]]
predicate = "organisation-name"
value = "{Claimant}"
lang = "en"

[[record]]
kind = "source"
key = "{Source}"
once = true

[[record.say]]
predicate = "source-code"
value = "{Source}"

[[record]]
kind = "incident"
table = "scale-incidents"
key = "{Incident}"
"""
CLAIMED = """
[[record.say]]
predicate = "PREDICATE"
sources = [{ kind = "source", key = "{Source}" }]

[record.say.value]
is = { figure = "{COLUMN}", unit = "persons" }
claimant = { kind = "organisation", key = "{Claimant}" }
side = "{Side}"
as_of = "{Day}"
scope = "incident"
reading = "direct"
words = "{Words}"
"""


def mapping_of_incidents() -> str:
    """Return the mapping of the first table."""
    says = (f"\n[[record.say]]\npredicate = {one!r}\nvalue = {value}\n{more}\n" for one, value, more in SAID)
    return INCIDENTS + "".join(says)


def mapping_of_claims() -> str:
    """Return the mapping of the second table."""
    says = (
        CLAIMED.replace("PREDICATE", name).replace("COLUMN", name.capitalize())
        for name in ("killed", "injured")
    )
    return CLAIMS + "".join(says)


def day_of(number: int) -> str:
    """Return a day of the invented war."""
    after = FIRST + number % DAYS
    month, day = (9, after) if after <= 30 else (10, after - 30) if after <= 61 else (11, after - 61)
    return f"2035-{month:02d}-{day:02d}"


@dataclass(frozen=True, slots=True)
class Document:
    """What the floors hold of an incident."""

    number: int
    title: str
    account: str
    lat: int
    lon: int
    day: str


def documents(corpus: Corpus, many: int) -> Iterator[tuple[Document, list[object]]]:
    """Yield every incident as the floors hold it, and as a row of the table."""
    draw = corpus.chance
    for number in range(many):
        point, place, day = corpus.point(), draw.choice(corpus.places), day_of(draw.randrange(DAYS))
        title = f"Exercise: {draw.choice(FIELD_WORDS)} at {place} {number}"
        lat, lon = int(str(point["lat"])), int(str(point["lon"]))
        account = corpus.account()
        cells = [number, title, day, place, f"{lat / 1e6:.6f}", f"{lon / 1e6:.6f}", account]
        yield (
            Document(number, title, account, lat, lon, day),
            [*cells, PARTIES[number % 2], CONDUCT[number % len(CONDUCT)]],
        )


def write_tables(root: Path, incidents: int, claims: int) -> tuple[Path, Path]:
    """Write both tables; return their paths."""
    first, second = root / "incidents.csv", root / "claims.csv"
    with first.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow(HEADER)
        writer.writerows(row for _, row in documents(Corpus(), incidents))
    draw = random.Random(97)
    with second.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow(CLAIM_HEADER)
        for number in range(claims):
            figure = str(draw.randrange(17))
            who, side = f"Exercise press office {draw.randrange(CLAIMANTS)}", draw.choice(PARTIES)
            figures = [figure, ""] if number % 2 else ["", figure]
            about = number % incidents  # every incident is told of again later
            told = " ".join(draw.choices(FIELD_WORDS, k=6))
            day, source = day_of(number // incidents), f"S{draw.randrange(SOURCES):03d}"
            writer.writerow([number, about, *figures, who, side, day, told, source])
    return first, second


def rate(count: int, spent: Spent) -> str:
    """Return a count by the second, on the wall and of processor time."""
    return f"{count / spent.wall:,.0f}/s, {count / spent.processor:,.0f} by processor second ({spent.wall:.1f} s)"


def import_table(
    folder: CaseFolder, recorder: Recorder, path: Path, mapping: str, found: dict[str, object]
) -> None:
    """Import one table and say how long each phase took."""
    name = path.stem
    importer = Importer(recorder, folder.projection(), path, mapping.encode())
    try:
        checked: list[object] = []
        check = timed(lambda: checked.append(importer.check()))
        done: list[object] = []
        recorded = timed(lambda: done.append(importer.record(checked=checked[0])))  # type: ignore[arg-type]
    finally:
        importer.close()
    told = done[0]
    if not getattr(told, "recorded", False):
        raise SystemExit(f"{path.name} was refused: {told}")
    rows, said = told.rows, told.assertions  # type: ignore[attr-defined]
    whole = Spent(check.wall + recorded.wall, check.processor + recorded.processor)
    projected = timed(lambda: folder.projection().close())
    found[f"{name}: rows"] = rows
    found[f"{name}: assertions"] = said
    found[f"{name}: rows checked"] = rate(rows, check)
    found[f"{name}: rows signed and kept"] = rate(rows, recorded)
    found[f"{name}: rows imported"] = rate(rows, whole)
    found[f"{name}: assertions resolved and indexed"] = rate(said, projected)
    found[f"{name}: rows, searchable at the end"] = rate(
        rows, Spent(whole.wall + projected.wall, whole.processor + projected.processor)
    )


# --- queries --------------------------------------------------------------------------------------


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


def queries(calls: int) -> dict[str, list[Asked]]:
    """Return the queries of each kind."""
    corpus, draw = Corpus(), random.Random(99)

    def words(turn: int) -> str:
        common = draw.choice(FIELD_WORDS)
        return (
            corpus.words[draw.randrange(8_000, 20_000)],
            common,
            f"{common} {corpus.words[draw.randrange(50, 3_000)]}",
            f"{draw.choice(corpus.places)} {common}",
        )[turn % 4]

    def box(turn: int) -> tuple[int, int, int, int]:
        lat, lon = draw.choice(corpus.centres)
        lat, lon = lat + int(draw.gauss(0, 30_000)), lon + int(draw.gauss(0, 30_000))
        reach = (2, 10, 50)[turn % 3] * KM
        return lat - reach, lat + reach, lon - reach, lon + reach

    def days() -> tuple[str, str]:
        start = draw.randrange(DAYS - 8)
        return day_of(start), day_of(start + draw.randrange(1, 8))

    every = range(calls)
    return {
        "text": [Asked(words(turn)) for turn in every],
        "geo": [Asked(box=box(turn)) for turn in every],
        "date": [Asked(days=days()) for _ in every],
        "combined": [Asked(words(turn), box(turn), days()) for turn in every],
    }


def percentiles(ask: Callable[[Asked], object], asked: Iterable[Asked]) -> str:
    """Return median and 95th percentile in milliseconds."""
    spent = []
    for one in asked:
        start = time.perf_counter()
        ask(one)
        spent.append((time.perf_counter() - start) * 1000)
    spent.sort()
    return f"{statistics.median(spent):.2f} / {spent[min(len(spent) - 1, round(len(spent) * 0.95))]:.2f} ms"


def ask_embers(folder: CaseFolder, asked: dict[str, list[Asked]], found: dict[str, object]) -> None:
    """Ask the engine, and the page with everything on it."""
    from workplace import reader  # noqa: PLC0415 - it sets the web application up

    database = folder.projection()
    get = reader(folder)

    def engine(one: Asked) -> None:
        page(database, read_query(one.text(), kinds=("incident",), box=one.box))

    def counted(one: Asked) -> None:
        engine(one)
        kind_counts(database, read_query(one.text(), box=one.box))

    def seen(one: Asked) -> None:
        query = {"q": one.text()} if one.text() else {}
        query |= {"box": ",".join(map(str, one.box))} if one.box else {}
        answer = get(f"/search?{urlencode(query)}")
        if answer.status != 200:
            raise SystemExit(f"{query} answered {answer.status}")

    for kind, those in asked.items():
        for one in those[:4]:
            counted(one)
        found[f"{kind}: Embers, 30 newest"] = percentiles(engine, those)
        found[f"{kind}: Embers, with counts"] = percentiles(counted, those)
        seen(those[0])
        found[f"{kind}: Embers, page with counts"] = percentiles(seen, those)
    database.close()


def ask_sqlite(
    corpus: Iterable[Document], root: Path, asked: dict[str, list[Asked]], found: dict[str, object]
) -> None:
    """Measure the same questions in bare SQLite."""
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


# --- resolution -----------------------------------------------------------------------------------


def resolve(folder: CaseFolder, recorder: Recorder, found: dict[str, object], sample: int) -> None:
    """Measure what resolving claims costs: of incidents one by one, and after one later figure."""
    database = folder.projection()
    view, vocabulary = ProjectedCase(database), load_vocabulary()
    sql = "SELECT id FROM case_subject WHERE kind = 'incident' ORDER BY first, id LIMIT %s"
    ids = [str(row[0]) for row in database.rows(sql, [sample])]
    records = view.subjects(ids)
    told = []
    for record in records.values():
        claimants = view.subjects(list(claimants_of(record)))
        told.append((claims_of(record, claimants), decisions_of(record)))
    every = sum(len(claims) for claims, _ in told)
    stale: list[int] = []
    spent = timed(lambda: stale.extend(len(replaced_figures(claims)) for claims, _ in told))
    found["resolution: stale figures found, claims"] = rate(every, spent)
    found["resolution: stale figures among them"] = f"{sum(stale)} of {every} claims of {len(told)} incidents"
    policy = lambda field: vocabulary.predicate(field).cardinality  # noqa: E731
    whole = timed(lambda: [displayed(claims, made, policy=policy) for claims, made in told])
    found["resolution: shown with why, claims"] = rate(every, whole)
    waited = []
    for id, record in islice(records.items(), 10):
        old = next((held for held in record.live("killed")), None)
        if old is None:
            continue
        value = old.value | {"is": {"op": "eq", "n": 99, "unit": "persons"}, "as_of": "2035-12-01"}
        said = recorder.new_assertion(id, "killed", value)
        start = time.perf_counter()
        recorder.record(Act("claim.record", (said,)))
        folder.projection().close()
        waited.append((time.perf_counter() - start) * 1000)
    if waited:
        found["resolution: one later figure recorded and shown"] = (
            f"{statistics.median(waited):.1f} ms (median)"
        )
    database.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--incidents", type=int, default=100_000)
    parser.add_argument("--claims", type=int, default=1_000_000)
    parser.add_argument("--calls", type=int, default=200, help="queries of each kind")
    parser.add_argument("--folder", type=Path, help="a folder to work in and keep; default: temporary")
    parser.add_argument("--postgres", action="store_true", help="measure bare PostgreSQL in the same run too")
    parser.add_argument(
        "--write", action="store_true", help="append the result to docs/reference/performance.md"
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        root = options.folder or Path(scratch)
        root.mkdir(parents=True, exist_ok=True)
        found: dict[str, object] = {"load_before": busy()}
        first, second = write_tables(root, options.incidents, options.claims)
        folder = CaseFolder(root / "case", root / "keyring", Surroundings())
        recorder = open_case(folder, staff="staff-01", role="importer")
        import_table(folder, recorder, first, mapping_of_incidents(), found)
        import_table(folder, recorder, second, mapping_of_claims(), found)
        found["others: import"] = PEER["import"]
        found["case_sqlite3_mib"] = max(1, folder.projection_path.stat().st_size // 2**20)
        resolve(folder, recorder, found, min(options.incidents, 20_000))
        asked = queries(options.calls)
        ask_embers(folder, asked, found)
        ask_sqlite((one for one, _ in documents(Corpus(), options.incidents)), root, asked, found)
        if options.postgres:
            ask_postgres((one for one, _ in documents(Corpus(), options.incidents)), asked, found)
        for kind in asked:
            for what, told in (("others", PEER), ("quoted floors", QUOTED)):
                if kind in told:
                    found[f"{what}: {kind}"] = told[kind]
        found["others"] = SOURCE
    report({**machine(), **found}, write=options.write)


if __name__ == "__main__":
    main()
