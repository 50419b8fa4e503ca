"""Searches for places by other spellings of their names and counts how often the place is among the first ten.

python benchmarks/search_quality.py

The queries are written down (tests/projections/search_queries.csv): variants GeoNames gives for the places of
tests/gazetteer_sample.csv, chosen by a romanisation that is not ours. A query is ``known`` if its spelling is in the
index, and ``held`` or ``last`` if it was left out, so that only folding can find it. Folding was mended by what of
``held`` was missed; ``last`` was looked at only after that. The sample has no Georgian and hardly any Arabic letters.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
import tempfile
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

from results import machine

from embers.ids import derived_subject
from embers.projections.database import CaseDatabase
from embers.projections.search import search
from embers.projections.search_index import Document, Part, index

ROOT = Path(__file__).resolve().parents[1]
GAZETTEER = ROOT / "tests" / "gazetteer_sample.csv"
QUERIES = ROOT / "tests" / "projections" / "search_queries.csv"
AT = 10


def read(path: Path) -> list[dict[str, str]]:
    """Return the rows of a table."""
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def subject(place: str) -> str:
    """Return the subject of a place of the gazetteer."""
    return derived_subject("place", "gazetteer", place)


def filled(path: Path, queries: list[dict[str, str]]) -> CaseDatabase:
    """Return an index of every place under its names, those held for the test left out."""
    held = {(one["place"], one["query"]) for one in queries if one["use"] != "known"}
    documents = []
    for row in read(GAZETTEER):
        names = [name for name in row["variants"].split(";") if name and (row["id"], name) not in held]
        names = list(dict.fromkeys([row["name"], *names]))
        documents.append(
            Document(
                subject(row["id"]), "place", row["name"], tuple(Part("place-name", name) for name in names)
            )
        )
    database = CaseDatabase(path)
    database.create_tables()
    with database.transaction():
        index(database, [], documents, fresh=True)
    return database


def measure(database: CaseDatabase, queries: list[dict[str, str]]) -> tuple[Mapping[str, float], list[str]]:
    """Return recall among the first ten by script and use, and the queries that found nothing of it."""
    found: dict[str, list[bool]] = defaultdict(list)
    missed = []
    for one in queries:
        hits = [hit.subject for hit in search(database, one["query"], kinds=("place",), limit=AT)]
        hit = subject(one["place"]) in hits
        for name in ("all", one["use"], f"{one['script']} {one['use']}"):
            found[name].append(hit)
        if not hit:
            missed.append(f"{one['query']} ({one['place']}, {one['use']}, {len(hits)} others)")
    return {name: round(sum(hits) / len(hits), 4) for name, hits in sorted(found.items())}, missed


def main() -> int:
    """Print the figures and what was missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON value")
    options = parser.parse_args()
    queries = read(QUERIES)
    with tempfile.TemporaryDirectory() as folder:
        database = filled(Path(folder) / "case.sqlite3", queries)
        recall, missed = measure(database, queries)
        database.close()
    if options.json:
        sys.stdout.write(json.dumps({"queries": len(queries), **recall, "machine": machine()}) + "\n")
        return 0
    for name, share in recall.items():
        sys.stdout.write(f"recall at {AT}, {name}: {share}\n")
    for text in missed:
        sys.stdout.write(f"missed: {text}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
