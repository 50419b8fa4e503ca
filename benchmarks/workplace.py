"""Pages of a large case: time in the server, bytes and queries of each, over the real WSGI application in one
process.

    python benchmarks/workplace.py [--incidents N] [--claims N] [--items N] [--folder DIR] [--calls 40]
                                   [--postgres [ADDRESS]] [--write]

No page may ask more statements of this case than of a small one (:data:`SMALL`); otherwise nothing is measured.

Prints a table and one line of JSON: for each page p50 / p95 in milliseconds, elapsed and of the processor,
kilobytes and queries. With ``--folder`` the case is kept and used again. The case is invented (``large_case.py``)
and goes through the ordinary journal and rebuild, which are not counted. Processor time is what the page costs;
elapsed time is the same on an idle machine, and the load average says whether others were at work. The floors are
the bare statements of a list and of a search in SQLite on the same file.

With ``--postgres`` the same pages of the same case are measured once more with its tables on a PostgreSQL server: at an
address, or on one started for the purpose on this machine with PostgreSQL's own default of 128 MB of cache. Processor
time is then that of the pages only, not of the server. Beside them stand the figures of the nearest peer and of bare
PostgreSQL where somebody measured the like: quoted, not measured here (:data:`PEER`).
"""

from __future__ import annotations

import argparse
import io
import random
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import unquote, urlencode

from django.db import connections
from django.test.utils import CaptureQueriesContext
from large_case import FIELD_WORDS, Corpus, write_case
from results import busy, machine, report

from embers.actions.case_folder import CaseFolder
from embers.projections.rebuild import rebuild
from embers.surroundings import Surroundings
from embers.web.serve import application

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "servers"))

#: Where the figures of others come from.
SOURCE = (
    "our trial run of November 2026 on the same kind of machine, at 100,000 records: Bayanat 4.0.2 over HTTP, with its "
    "log-in and an activity note (18 ms of each figure), and bare PostgreSQL 15 over a socket (p50 / p95 ms)"
)
#: By page, what was measured there that is nearest to it.
PEER = {
    "incidents, first page": "Bayanat: list, newest, with count 20 / 22",
    "incident": "Bayanat: open one bulletin 46 / 51",
    "search, rare word": "Bayanat: one rare word with count 54 / 1,387",
    "search, common word": "Bayanat: one common word with count 433 / 1,716; PostgreSQL: text, newest first 5.5 / 218, "
    "count 3.7 / 294",
    "search, two words": "Bayanat: two words with count 63 / 483",
    "search, place and word": "Bayanat: place and word with count 119 / 142",
    "search, common word, best first": "Bayanat: has no ranking; PostgreSQL: ts_rank 10 / 349",
    "search, box": "Bayanat: radius with count 524 / 575; PostgreSQL: radius 40 / 78",
    "search, text + box + date": "Bayanat: text, radius, date and count 781 / 26,683; PostgreSQL: 1.5 / 10.6",
}


#: The small edition that the number of statements of each page is compared with.
SMALL = {"incidents": 400, "claims": 4000, "items": 20}


@dataclass(frozen=True)
class Answer:
    """What a page answered."""

    status: int
    body: bytes


Get = Callable[[str], Answer]
#: A text, or what makes one by lot.
Making = str | Callable[[random.Random], str]


def made(make: Making, draw: random.Random) -> str:
    """Return the text."""
    return make if isinstance(make, str) else make(draw)


def reader(folder: CaseFolder) -> Get:
    """Return a caller of the application, as a server calls it."""
    app = application(folder)

    def get(address: str) -> Answer:
        route, _, query = address.partition("?")
        environ = {
            "REQUEST_METHOD": "GET",
            "PATH_INFO": unquote(route).encode().decode("latin-1"),
            "QUERY_STRING": query,
            "HTTP_HOST": "127.0.0.1:8000",
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "8000",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(),
            "SCRIPT_NAME": "",
        }
        begun: list[str] = []
        parts = app(environ, lambda status, _headers, _=None: begun.append(status))
        try:
            body = b"".join(parts)
        finally:
            if hasattr(parts, "close"):
                parts.close()
        return Answer(int(begun[0].split()[0]), body)

    return get


def prepared(root: Path, *, incidents: int, claims: int, items: int) -> CaseFolder:
    """Return a case of these sizes below ``root``, written and projected unless it is there."""
    folder = CaseFolder(root / "case", root / "keyring", Surroundings())
    if not folder.journal_path.exists():
        write_case(folder, incidents=incidents, claims=claims, items=items)
    if not folder.projection_path.exists() or not folder.database().current():
        journal = folder.journal(read_only=True)
        rebuild(journal, folder.objects(), folder.projection_path)
        journal.close()
    return folder


def deep_address(get: Get, address: str, pages: int) -> str:
    """Return the address of a page some pages into a list, reached as a person would."""
    for _ in range(pages):
        text = get(address).body.decode()
        _, found, rest = text.partition('rel="next" href="')
        if not found:
            break
        address = address.partition("?")[0] + rest.partition('"')[0].replace("&amp;", "&")
    return address


def addresses(get: Get, incidents: int) -> dict[str, Making]:
    """Return for each page measured what makes an address of it."""
    corpus = Corpus()
    deep, deep_claims = deep_address(get, "/incidents", 8), deep_address(get, "/claims", 8)

    def asked(route: str, draw: random.Random, **query: Making) -> str:
        return f"{route}?{urlencode({name: made(make, draw) for name, make in query.items()})}"

    rare = lambda draw: corpus.words[draw.randrange(8_000, 20_000)]  # noqa: E731
    common = lambda draw: draw.choice(FIELD_WORDS)  # noqa: E731
    two = lambda draw: f"{draw.choice(FIELD_WORDS)} {corpus.words[draw.randrange(50, 3_000)]}"  # noqa: E731
    placed = lambda draw: f"place:{draw.choice(corpus.places)} {draw.choice(FIELD_WORDS)}"  # noqa: E731
    party = lambda draw: draw.choice(("RED", "BLUE"))  # noqa: E731

    def box(draw: random.Random, degrees: float = 0.5) -> str:
        lat, lon = draw.choice(corpus.centres)
        reach = int(degrees * 1_000_000)
        return f"{lat - reach},{lat + reach},{lon - reach},{lon + reach}"

    def everything(draw: random.Random) -> str:
        words = f"{draw.choice((rare, common, two, placed))(draw)} date:2035-10-05..2035-10-{draw.randint(6, 28):02d}"
        return f"/search?{urlencode({'q': words, 'box': box(draw)})}"

    return {
        "start page": "/",
        "incidents, without a position": "/incidents?missing=position",
        "incidents, without a second origin, most killed": "/incidents?missing=second-source&sort=-killed",
        "incidents, contested, of a party": lambda draw: asked(
            "/incidents", draw, missing="decision", party=party
        ),
        "items, nobody verified": "/items?missing=verification",
        "items, without a working copy, largest": "/items?missing=working-copy&sort=-size",
        "incidents, first page": "/incidents",
        "incidents, deep page": deep,
        "incidents, last page": "/incidents?before=end",
        "incidents, most killed": "/incidents?sort=-killed",
        "incidents, filtered and sorted": lambda draw: asked(
            "/incidents",
            draw,
            party=party,
            month="2035-10",
            conduct="drone strike",
            sort="-claims",
        ),
        "incidents, words": lambda draw: asked("/incidents", draw, q=two, party=party),
        "incident": lambda draw: f"/incidents/X-{draw.randrange(incidents):06d}",
        "incident, no such code": lambda draw: f"/incidents/Y-{draw.randrange(incidents):06d}",
        "claims, first page": "/claims",
        "claims, deep page": deep_claims,
        "claims, filtered": lambda draw: asked("/claims", draw, side=party, field="killed", sort="-as_of"),
        "claims of a source": lambda draw: f"/claims?source=S{draw.randrange(500):03d}",
        "items, first page": "/items",
        "items, largest": lambda draw: asked("/items", draw, sort="-size", media="video/mp4"),
        "sources, first page": "/sources",
        "source": lambda draw: f"/sources/S{draw.randrange(500):03d}",
        "search, rare word": lambda draw: asked("/search", draw, q=rare),
        "search, common word": lambda draw: asked("/search", draw, q=common),
        "search, two words": lambda draw: asked("/search", draw, q=two),
        "search, place and word": lambda draw: asked("/search", draw, q=placed),
        "search, common word, best first": lambda draw: asked("/search", draw, q=common, order="best"),
        "search, box": lambda draw: asked("/search", draw, box=box),
        "search, text + box + date": everything,
        "map, page": "/map",
        "map, first view": "/map.geojson",
        "map, region": lambda draw: f"/map.geojson?zoom=7&box={box(draw, 2.0)}",
        "map, near": lambda draw: f"/map.geojson?zoom=11&box={box(draw, 0.1)}",
        "map, region, ten days": lambda draw: (
            f"/map.geojson?zoom=7&from=2035-10-01&to=2035-10-10&box={box(draw, 2.0)}"
        ),
        "timeline, everything": "/map.days",
        "timeline, region": lambda draw: f"/map.days?box={box(draw, 2.0)}",
    }


def queries_of(get: Get, address: str) -> int:
    """Return how many statements a page asks the case's tables."""
    get(address)
    total = 0
    for alias in list(connections.settings):
        if alias.startswith("case-ro-holder"):
            with CaptureQueriesContext(connections[alias]) as captured:
                get(address)
            total = max(total, len(captured))
    return total


def growing(small: CaseFolder, large: CaseFolder, *, incidents: int) -> list[str]:
    """Return the pages that ask more statements of a large case than of a small one: there must be none.

    Searches are left out: in a small case a word drawn by lot is found nowhere, and then less is asked.
    """
    few, many = reader(small), reader(large)
    there = addresses(many, incidents)
    found = []
    for name, make in addresses(few, SMALL["incidents"]).items():
        if "search" in name or "words" in name:
            continue
        asked = [
            queries_of(get, made(one, random.Random(98))) for get, one in ((few, make), (many, there[name]))
        ]
        if asked[1] > asked[0]:
            found.append(f"{name}: {asked[0]} statements of the small case, {asked[1]} of the large one")
    return found


def floors(folder: CaseFolder) -> Iterator[tuple[str, float]]:
    """Yield the medians, in milliseconds, of the bare statements of a page of a list and of a search.

    They go past the views of readers: in a file by Python's SQLite, on a server by an open connection.
    """
    if folder.tables_address:
        database = folder.tables()
        ask, close = database.rows, database.close
        number, found = "id", "search_subject WHERE words @@ 'bbomb'::tsquery"
    else:
        db = sqlite3.connect(f"file:{folder.projection_path}?mode=ro", uri=True)
        ask, close = (lambda sql: db.execute(sql).fetchall()), db.close
        number, found = "rowid", "search_text WHERE search_text MATCH 'bomb'"
    statements = {
        "floor: 50 incidents by date": "SELECT * FROM case_incident ORDER BY earliest, id LIMIT 50",
        "floor: 30 matches of a word": f"SELECT {number} FROM {found} LIMIT 30",
        "floor: every match of a word": f"SELECT count(*) FROM {found}",
        "floor: every incident counted": "SELECT count(*) FROM case_incident",
    }
    for name, sql in statements.items():
        spent = []
        for _ in range(9):
            start = time.perf_counter()
            ask(sql)
            spent.append((time.perf_counter() - start) * 1000)
        yield name, statistics.median(spent)
    close()


def halves(spent: list[float]) -> str:
    """Return median and 95th percentile."""
    ordered = sorted(spent)
    return (
        f"{statistics.median(ordered):.1f} / {ordered[min(len(ordered) - 1, round(len(ordered) * 0.95))]:.1f}"
    )


def measure(folder: CaseFolder, *, incidents: int, calls: int) -> dict[str, object]:
    """Measure every page and return a row of words for each."""
    get = reader(folder)
    found: dict[str, object] = {}
    for name, make in addresses(get, incidents).items():
        draw = random.Random(98)
        spent, used, sizes = [], [], []
        queries = queries_of(get, made(make, random.Random(98)))
        for _ in range(calls):
            address = made(make, draw)
            start, work = time.perf_counter(), time.process_time()
            answer = get(address)
            spent.append((time.perf_counter() - start) * 1000)
            used.append((time.process_time() - work) * 1000)
            sizes.append(len(answer.body))
            if answer.status != (404 if "no such" in name else 200):
                raise SystemExit(f"{address} answered {answer.status}")
        figures = f"{halves(spent)} ms, processor {halves(used)} ms"
        found[name] = f"{figures}, {max(sizes) / 1000:.0f} kB, {queries} queries"
    for name, median in floors(folder):
        found[name] = f"{median:.2f} ms"
    return found


def on_server(folder: CaseFolder, address: str, stack: ExitStack) -> CaseFolder:
    """Return the case with its tables on a server: the one at the address, or one that is started and thrown away."""
    if not address:
        from postgres_server import new_database  # noqa: PLC0415 - needs the extra

        address = stack.enter_context(new_database(buffers="128MB"))
    return replace(folder, tables_address=address)


def side_by_side(
    folder: CaseFolder, pages: dict[str, object], *, incidents: int, calls: int
) -> dict[str, object]:
    """Return the figures of a case on a server, each after the file's, with those of others where there are any."""
    start = time.perf_counter()
    folder.rebuild()
    seconds = time.perf_counter() - start
    theirs = measure(folder, incidents=incidents, calls=calls)
    database = folder.tables()
    size = database.rows("SELECT pg_database_size(current_database()), version()")[0]
    found: dict[str, object] = {
        "PostgreSQL": str(size[1]).partition(" (")[0],
        "PostgreSQL: rebuilt in": f"{seconds:.0f} s",
        "PostgreSQL: database_mib": size[0] // 2**20,
    }
    for name, figure in pages.items():
        found[name] = figure
        found[f"PostgreSQL: {name}"] = theirs[name]
        if name in PEER:
            found[f"others: {name}"] = PEER[name]
    return found | {"others": SOURCE}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--incidents", type=int, default=100_000)
    parser.add_argument("--claims", type=int, default=1_000_000)
    parser.add_argument("--items", type=int, default=50_000)
    parser.add_argument("--calls", type=int, default=40, help="calls of each page")
    parser.add_argument(
        "--postgres",
        nargs="?",
        const="",
        metavar="ADDRESS",
        help="measure on PostgreSQL too; without an address on a server started for the purpose",
    )
    parser.add_argument("--folder", type=Path, help="a folder to keep the case in; default: temporary")
    parser.add_argument(
        "--write", action="store_true", help="append the result to docs/reference/performance.md"
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch, ExitStack() as stack:
        root = options.folder or Path(scratch)
        folder = prepared(root, incidents=options.incidents, claims=options.claims, items=options.items)
        sizes = {"incidents": options.incidents, "claims": options.claims, "items": options.items}
        if options.claims > SMALL["claims"]:
            small = prepared(Path(scratch) / "small", **SMALL)
            if more := growing(small, folder, incidents=options.incidents):
                raise SystemExit("\n".join(more))
        before = busy()
        pages = measure(folder, incidents=options.incidents, calls=options.calls)
        mib = {"case_sqlite3_mib": folder.projection_path.stat().st_size // 2**20}
        if options.postgres is not None:
            moved = on_server(folder, options.postgres, stack)
            pages = side_by_side(moved, pages, incidents=options.incidents, calls=options.calls)
            connections.close_all()
    report({**machine(), "load_before": before, **sizes, **mib, **pages}, write=options.write)


if __name__ == "__main__":
    main()
