"""Incidents and claims by the hundred thousand: imported as tables, resolved, indexed, searched.

    python benchmarks/incidents_at_scale.py [--incidents 100000] [--claims 1000000] [--calls 200] [--folder DIR]
                                            [--postgres] [--peer ADDRESS] [--write]
    python benchmarks/incidents_at_scale.py --search-only --incidents 1000000 [--postgres] [--write]

Two CSV files (incidents with an account each, and figures by claimants) go in through the same import as anybody's
table, with mappings: every row checked, signed and kept, and rows per second told for each phase. Then the tables and
indexes are computed (claims resolved, stale figures left aside), and text, place, date and combined queries are asked:
of the engine, of the API over HTTP (``api_search.py``), and of the pages a person sees. The floors are the same texts,
points and days in bare SQLite (FTS5, R*Tree) and, with ``--postgres``, in bare PostgreSQL (tsvector with GIN, point
with GiST), measured in the same run. With ``--peer`` a running Bayanat is asked the same too (``peer_search.py``), and
its times are divided by each of ours; otherwise its figures are quoted with their source (:data:`PEER`). A case that is
already in ``--folder`` is asked without being imported again; with ``--claims 0`` it holds just what the peer holds, as
claims are words too. With ``--search-only`` documents go straight into the search index, and only the engine is asked:
so a million is measured.

The corpus is that of ``large_case.py``: seeded, invented, in the shape the peer was measured with. Queries are drawn
from other seeds: rare, common, two words, place and word in turn; boxes around centres of 2, 10 and 50 km.
"""

from __future__ import annotations

import argparse
import csv
import random
import statistics
import tempfile
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from urllib.parse import urlencode

from api_search import measure as ask_api
from large_case import CLAIMANTS, CONDUCT, FIELD_WORDS, PARTIES, SOURCES, Corpus
from peer_search import Peer, measure
from results import Spent, busy, machine, report, timed
from search_floors import KM, Asked, Document, Taken, ask_postgres, ask_sqlite, rate, shown, spreads

from embers.actions.case_folder import CaseFolder
from embers.actions.cases import open_case
from embers.actions.recorder import Act, Recorder
from embers.actions.tables.importing import Importer
from embers.incidents.displayed import displayed
from embers.incidents.reading import claimants_of, claims_of, decisions_of
from embers.incidents.staleness import replaced_figures
from embers.projections.database import CaseDatabase
from embers.projections.search import kind_counts, page
from embers.projections.search_index import Document as Indexed
from embers.projections.search_index import Part, index
from embers.projections.search_query import read_query
from embers.projections.view import ProjectedCase
from embers.surroundings import Surroundings
from embers.vocabulary.loader import load_vocabulary

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


def ask_engine(database: CaseDatabase, asked: dict[str, list[Asked]], found: dict[str, object]) -> Taken:
    """Ask the search behind the pages, for the newest thirty and for the counts of a page; return both together."""

    def engine(one: Asked) -> None:
        page(database, read_query(one.text(), kinds=("incident",), box=one.box))

    def counted(one: Asked) -> None:
        engine(one)
        kind_counts(database, read_query(one.text(), box=one.box))

    newest, both = spreads(engine, asked), spreads(counted, asked)
    for kind in asked:
        found[f"{kind}: Embers, 30 newest"] = shown(newest[kind])
        found[f"{kind}: Embers, with counts"] = shown(both[kind])
    return both


def ask_pages(folder: CaseFolder, asked: dict[str, list[Asked]]) -> Taken:
    """Ask for the page with everything on it."""
    from workplace import reader  # noqa: PLC0415 - it sets the web application up

    get = reader(folder)

    def seen(one: Asked) -> None:
        answer = get(f"/search?{urlencode(one.parameters())}")
        if answer.status != 200:
            raise SystemExit(f"{one} answered {answer.status}")

    return spreads(seen, asked)


def ask_peer(
    address: str, database: CaseDatabase, asked: dict[str, list[Asked]], own: dict[str, Taken], calls: int
) -> dict[str, object]:
    """Ask the peer the same; tell how often it takes what each way to ask Embers takes, and what both find."""
    peer = Peer(address)
    peer.log_in()
    told = measure(peer, asked, calls)
    found: dict[str, object] = dict(told.rows)
    for kind, those in asked.items():
        for way, taken in own.items():
            median, p95 = (
                theirs / ours for ours, theirs in zip(taken[kind], told.counted[kind], strict=True)
            )
            found[f"{kind}: Bayanat with count takes, of {way}"] = f"{median:.1f} / {p95:.1f} times"
        totals = [
            kind_counts(database, read_query(one.text(), box=one.box))[0].get("incident", 0)
            for one in those[:8]
        ]
        found[f"{kind}: found by Embers and by Bayanat"] = ", ".join(
            f"{one} and {other}" for one, other in zip(totals, told.totals[kind], strict=False)
        )
    return found


def search_only(path: Path, incidents: int, found: dict[str, object]) -> CaseDatabase:
    """Fill the search index with so many incidents and nothing else: a table of them takes hours to import."""
    database = CaseDatabase(path)
    database.create_tables()
    parts = (
        (one, (Part("incident-title", one.title), Part("incident-account", one.account)))
        for one, _ in documents(Corpus(), incidents)
    )
    stream = (
        Indexed(
            *(f"incident:{one.number}", "incident", one.title, told),
            day=one.day,
            box=(one.lat, one.lat, one.lon, one.lon),
        )
        for one, told in parts
    )

    def fill() -> None:
        with database.transaction():
            while some := list(islice(stream, 20_000)):
                index(database, [], some, fresh=True)
        database.engine.index.tidy(database, whole=True)

    found["incidents indexed"] = rate(incidents, timed(fill))
    return database


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


def imported(root: Path, incidents: int, claims: int, found: dict[str, object]) -> CaseFolder:
    """Return the case of these tables below ``root``; import it, and tell of that, unless it is there."""
    folder = CaseFolder(root / "case", root / "keyring", Surroundings())
    if folder.journal_path.exists():
        return folder
    first, second = write_tables(root, incidents, claims)
    recorder = open_case(folder, staff="staff-01", role="importer")
    import_table(folder, recorder, first, mapping_of_incidents(), found)
    if claims:
        import_table(folder, recorder, second, mapping_of_claims(), found)
        resolve(folder, recorder, found, min(incidents, 20_000))
    found["case_sqlite3_mib"] = max(1, folder.projection_path.stat().st_size // 2**20)
    return folder


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
    parser.add_argument(
        "--peer", metavar="ADDRESS", help="a running Bayanat with the same documents (peer_search.py)"
    )
    parser.add_argument("--peer-calls", type=int, default=60, help="queries of each kind the peer is asked")
    parser.add_argument("--search-only", action="store_true", help="fill and ask the search engine only")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        root = options.folder or Path(scratch)
        root.mkdir(parents=True, exist_ok=True)
        found: dict[str, object] = {"load_before": busy(), "incidents": options.incidents}
        asked = queries(options.calls)
        if options.search_only:
            database = search_only(root / "search.sqlite3", options.incidents, found)
            others: dict[str, Taken] = {}
        else:
            folder = imported(root, options.incidents, options.claims, found)
            others = {
                "the API of Embers over HTTP": ask_api(folder, asked),
                "a page of Embers": ask_pages(folder, asked),
            }
            database = folder.projection()
        own = {"the search of Embers with counts": ask_engine(database, asked, found), **others}
        for way, taken in others.items():
            found |= {f"{kind}: {way}": shown(took) for kind, took in taken.items()}
        ask_sqlite((one for one, _ in documents(Corpus(), options.incidents)), root, asked, found)
        if options.postgres:
            ask_postgres((one for one, _ in documents(Corpus(), options.incidents)), asked, found)
        if options.peer:
            found |= ask_peer(options.peer, database, asked, own, options.peer_calls)
        database.close()
        for kind in asked:
            if kind in QUOTED:
                found[f"quoted floors: {kind}"] = QUOTED[kind]
            if kind in PEER and not options.peer:
                found[f"others: {kind}"] = PEER[kind]
        found["others: import"] = PEER["import"]
        found["others"] = SOURCE
    report({**machine(), **found}, write=options.write)


if __name__ == "__main__":
    main()
