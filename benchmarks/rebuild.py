"""Assertions projected per second when ``case.sqlite3`` is thrown away and computed again, and the memory it takes.

    python benchmarks/rebuild.py [--assertions 1000000] [--folder DIR] [--profile] [--write]

Prints a table and one line of JSON. The journal is written first (signed, one hundred assertions an entry, five
incidents with twelve claims each in an entry); that is not counted. The rebuild is a process of its own, so that
its peak memory is its own. Two floors are measured in the same run: reading every entry strictly, and inserting as
many rows of the same bytes into an SQLite table with one index.
"""

from __future__ import annotations

import argparse
import cProfile
import multiprocessing
import pstats
import resource
import sqlite3
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from results import Spent, machine, report, timed

from embers.actions.case_folder import CaseFolder
from embers.actions.cases import open_case
from embers.ids import new_id, new_subject
from embers.journal.assertion import Assertion, Basis, JsonValue
from embers.journal.entry import ClaimedTime, EntryDraft
from embers.journal.journal import Journal
from embers.objects.local import LocalObjectStore
from embers.projections.rebuild import rebuild
from embers.surroundings import Surroundings

INCIDENTS_PER_ENTRY, FACTS, CLAIMS = 5, 8, 12
PER_ENTRY = INCIDENTS_PER_ENTRY * (FACTS + CLAIMS)
#: Entries signed in one transaction while the journal is prepared.
PREPARED_AT_ONCE = 200


def facts(number: int) -> list[tuple[str, JsonValue]]:
    """Return what is recorded of one incident besides claims, in the shapes of the vocabulary."""
    account = f"Account {number} of what was seen, as long as accounts in the published set are on average."
    position = {"lat": 40_000_000 + number % 90_000, "lon": 46_000_000 + number % 70_000}
    return [
        ("incident-code", f"N-{number}"),
        ("incident-title", {"lang": "en", "text": f"Event number {number} near settlement {number % 997}"}),
        ("incident-account", account),
        ("occurred", f"2020-10-{1 + number % 31:02d}"),
        ("incident-position", position | {"method": "settlement centroid", "precision_m": 2000}),
        ("incident-territory", "a district"),
        ("alleged-party", "armenian" if number % 2 else "azerbaijani"),
        ("conduct", "shelling"),
    ]


def claim(number: int, claimant: str) -> JsonValue:
    """Return one casualty figure as a claimant states it."""
    return {
        "is": {"op": "eq", "n": number % 17, "unit": "persons"},
        "claimant": claimant,
        "side": "third_party",
        "as_of": "2020-10-17",
        "scope": "incident",
        "reading": "direct",
        "words": f"{number % 17} people were killed",
    }


def incident(number: int, sources: list[str], claimants: list[str], around: Surroundings) -> list[Assertion]:
    """Return the twenty assertions about one incident."""
    subject = new_subject("incident", around.randomness)

    def say(place: int, predicate: str, value: JsonValue) -> Assertion:
        source = sources[(number * 7 + place) % len(sources)]
        basis = (Basis(source=source, locator=f"row={place}"),)
        return Assertion(new_id(around.randomness), subject, predicate, value, basis)

    plain = [say(place, *fact) for place, fact in enumerate(facts(number))]
    stated = [
        say(
            place,
            "killed" if place % 2 else "injured",
            claim(number + place, claimants[place % len(claimants)]),
        )
        for place in range(CLAIMS)
    ]
    return plain + stated


def prepare(folder: CaseFolder, assertions: int) -> int:
    """Write a signed journal of about ``assertions`` assertions; return the number of its entries."""
    around = folder.surroundings
    recorder = open_case(folder, staff="staff-01", role="researcher")
    recorder.journal.close()
    person = folder.keyring().load_person("staff-01")
    journal = Journal.open(folder.journal_path, around, keyring=folder.keyring())
    sources = [new_subject("source", around.randomness) for _ in range(500)]
    claimants = [new_subject("organisation", around.randomness) for _ in range(40)]
    at = ClaimedTime("2020-10-17T08:00:05Z")
    drafts: list[EntryDraft] = []
    entries = max(1, assertions // PER_ENTRY)
    for number in range(entries):
        said: list[Assertion] = []
        for place in range(INCIDENTS_PER_ENTRY):
            said += incident(number * INCIDENTS_PER_ENTRY + place, sources, claimants, around)
        drafts.append(EntryDraft("facts.import", "researcher", at, tuple(said), reason="benchmark"))
        if len(drafts) == PREPARED_AT_ONCE:
            journal.append_many(drafts, person)
            drafts = []
    journal.append_many(drafts, person)
    journal.close()
    return entries


def build(path: str, profile: bool) -> tuple[Spent, int, int]:
    """Rebuild; return what it took, peak memory of this process (MiB) and assertions projected."""
    case = Path(path)
    around = Surroundings()
    journal = Journal.open(case / "journal.sqlite3", around)
    target = case / "case.sqlite3"
    watch = cProfile.Profile()
    if profile:
        watch.enable()
    spent = timed(lambda: rebuild(journal, LocalObjectStore(case / "objects", around), target))
    if profile:
        watch.disable()
        pstats.Stats(watch).sort_stats("tottime").print_stats(30)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    with sqlite3.connect(target) as db:
        rows = db.execute("SELECT count(*) FROM case_assertion").fetchone()[0]
    return spent, peak, int(rows)


def read_all(journal: Path) -> None:
    """Read every entry strictly."""
    opened = Journal.open(journal, Surroundings())
    for _ in opened.entries():
        pass
    opened.close()


def insert_rows(path: Path, count: int) -> Spent:
    """Return what SQLite takes to insert ``count`` rows of 300 bytes with one index."""
    db = sqlite3.connect(path)
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("CREATE TABLE raw (id TEXT PRIMARY KEY, data TEXT)")
    body = "x" * 300

    def act() -> None:
        rows = ((f"{n * 2654435761 % 2**32:032x}", body) for n in range(count))
        with db:
            db.executemany("INSERT INTO raw VALUES (?, ?)", rows)

    spent = timed(act)
    db.close()
    return spent


def measure(folder: Path, assertions: int, *, profile: bool) -> dict[str, object]:
    case = CaseFolder(folder / "case", folder / "keyring", Surroundings())
    start = time.perf_counter()
    entries = prepare(case, assertions)
    prepared = time.perf_counter() - start
    # An executor hands an error of the child on; a bare process and queue would wait for ever.
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as child:
        spent, peak, rows = child.submit(build, str(case.path), profile).result()
    read = timed(lambda: read_all(case.journal_path))
    raw = insert_rows(folder / "raw.sqlite3", rows)
    return {
        **machine(),
        "entries": entries,
        "assertions": rows,
        "prepare_assertions_per_s": round(rows / prepared),
        "rebuild_s": round(spent.wall, 1),
        "rebuild_processor_s": round(spent.processor, 1),
        "rebuild_assertions_per_s": round(rows / spent.wall),
        "rebuild_assertions_per_processor_second": round(rows / spent.processor),
        "rebuild_peak_mib": peak,
        "case_sqlite3_mib": (case.path / "case.sqlite3").stat().st_size // 2**20,
        "floor_read_entries_assertions_per_s": round(rows / read.wall),
        "floor_read_entries_assertions_per_processor_second": round(rows / read.processor),
        "floor_sqlite_rows_per_s": round(rows / raw.wall),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--assertions", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path, help="a folder on the disk to measure; default: temporary")
    parser.add_argument("--profile", action="store_true", help="print where the time goes")
    parser.add_argument(
        "--write", action="store_true", help="append the result to docs/reference/performance.md"
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as scratch:
        found = measure(Path(scratch), options.assertions, profile=options.profile)
    report(found, write=options.write)


if __name__ == "__main__":
    main()
