"""How one log behaves as it grows: appending, opening, proofs and size at every power of ten.

    python benchmarks/long_log.py [--entries 10000000] [--folder DIR] [--write]

With ``--folder`` the log is kept, and a later run goes on growing it. At each size it measures: entries a second
while growing (a thousand an act), single durable appends, opening the journal and appending the first entry (the
tree is read from its tiles), building and checking inclusion and consistency proofs, bytes on the disk per entry, and
bringing one new entry to another copy that holds all the others (both copies on this disk, the whole exchange: heads,
proofs, checking, storing, receipt). Floors: signatures alone, and for the exchange one durable commit of SQLite.
"""

from __future__ import annotations

import argparse
import random
import shutil
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "journal"))

from results import busy, machine, report
from small_journal import AT, small_journal

from embers.ids import new_id, new_subject
from embers.journal.assertion import Assertion, Basis
from embers.journal.entry import EntryDraft
from embers.journal.journal import Journal, subtree_reader
from embers.journal.keys import Keyring, PersonKey
from embers.journal.merkle import compact, verify_consistency, verify_inclusion
from embers.journal.note import Checkpoint
from embers.objects.local import LocalObjectStore
from embers.surroundings import Surroundings
from embers.sync.blobs import FolderBlobs
from embers.sync.peer import Exchanged
from embers.sync.receipts import Receipts
from embers.sync.replica import Replica
from embers.sync.state import SyncState

BATCH = 1000
PROOFS = 50
EXCHANGES = 9


def note(around: Surroundings, number: int) -> EntryDraft:
    """Return an entry of ordinary size, about 700 bytes."""
    chance = around.randomness
    basis = (Basis(item=new_subject("item", chance), source=None, locator=f"page={number % 90}"),)
    said = Assertion(
        new_id(chance), new_subject("incident", chance), "note", f"Exercise: note {number}.", basis
    )
    return EntryDraft("note", "researcher", AT, (said,))


def milliseconds(act: Callable[[], object], times: int) -> float:
    start = time.perf_counter()
    for _ in range(times):
        act()
    return round((time.perf_counter() - start) / times * 1000, 3)


def grow(journal: Journal, person: PersonKey, around: Surroundings, size: int) -> float:
    """Append until the log has a size; return entries a second."""
    origin = journal.logs()[0].origin
    have = start_size = journal.store.size(origin)
    start = time.perf_counter()
    while have < size:
        count = min(BATCH, size - have)
        journal.append_many([note(around, have + place) for place in range(count)], person)
        have += count
    return round((have - start_size) / max(time.perf_counter() - start, 1e-9))


def open_journal(folder: Path) -> tuple[Journal, PersonKey, Surroundings]:
    around = Surroundings()
    ring = Keyring(folder / "keys", around)
    if not (folder / "journal.sqlite3").exists():
        small_journal(folder).journal.close()
    return (
        Journal.open(folder / "journal.sqlite3", around, keyring=ring),
        ring.load_person("staff-01"),
        around,
    )


def bytes_on_disk(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.glob("journal.sqlite3*"))


def look(folder: Path) -> dict[str, object]:
    """Measure a log as it is, opened anew."""
    start = time.perf_counter()
    journal, person, around = open_journal(folder)
    journal.append(note(around, 0), person)
    opened = round((time.perf_counter() - start) * 1000, 1)
    origin = journal.logs()[0].origin
    size, point = journal.store.size(origin), journal.checkpoint(origin)
    chance = random.Random(size)
    places = [chance.randrange(size) for _ in range(PROOFS)]
    earlier = [chance.randrange(1, size) for _ in range(PROOFS)]
    ahead, back, older = iter(places), iter(earlier), iter(earlier)
    found: dict[str, object] = {
        "open_and_append_ms": opened,
        "inclusion_proof_ms": milliseconds(lambda: journal.inclusion(origin, next(ahead)), PROOFS),
        "consistency_proof_ms": milliseconds(lambda: journal.consistency(origin, next(back), size), PROOFS),
        "inclusion_hashes": max(len(journal.inclusion(origin, place)) for place in places),
        "proofs_sound": all(included(journal, origin, place, point) for place in places)
        and all(consistent(journal, origin, next(older), point) for _ in earlier),
        "append_ms": milliseconds(lambda: journal.append(note(around, 0), person), 20),
        "bytes_per_entry": round(bytes_on_disk(folder) / size),
        "disk_mib": bytes_on_disk(folder) >> 20,
    }
    journal.close()
    return found


def included(journal: Journal, origin: str, place: int, point: Checkpoint) -> bool:
    leaf = journal.store.hashes(origin, 0, start=place, end=place + 1)[0]
    return verify_inclusion(leaf, place, point.size, journal.inclusion(origin, place, point.size), point.root)


def consistent(journal: Journal, origin: str, old: int, point: Checkpoint) -> bool:
    root = compact(old, subtree_reader(journal.store, origin)).root()
    path = journal.consistency(origin, old, point.size)
    return verify_consistency(old, root, point.size, point.root, path)


def replica(folder: Path, journal: Journal) -> Replica:
    around = Surroundings()
    return Replica(
        journal,
        SyncState(folder / "sync.sqlite3"),
        LocalObjectStore(folder / "objects", around),
        incoming=FolderBlobs(folder / "incoming", around),
        receipts=Receipts(around.clock),
    )


def exchange_one(folder: Path) -> dict[str, object]:
    """Bring one new entry to a copy that holds every other, and measure the exchange that does it."""
    journal, person, around = open_journal(folder)
    with tempfile.TemporaryDirectory(dir=folder) as place:
        copy = Path(place)
        with sqlite3.connect(folder / "journal.sqlite3") as source:
            source.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        source.close()
        shutil.copyfile(folder / "journal.sqlite3", copy / "journal.sqlite3")
        office = Journal.open(copy / "journal.sqlite3", around, keyring=Keyring(copy / "keys", around))
        here, there = replica(folder, journal), replica(copy, office)
        start = time.perf_counter()
        here.exchange(there)  # each copy indexes once which objects its entries name
        first = time.perf_counter() - start
        times: list[float] = []
        done = Exchanged()
        for _ in range(EXCHANGES):
            journal.append(note(around, 0), person)
            start = time.perf_counter()
            done = here.exchange(there)
            times.append((time.perf_counter() - start) * 1000)
            if done.sent != 1 or done.refused:
                raise SystemExit(f"one entry was to be sent, but: {done}")
        floor = commit_ms(copy / "floor.sqlite3")
        journal.close()
        office.close()
        here.state.close()
        there.state.close()
        return {
            "first_exchange_s": round(first, 1),
            "exchange_one_entry_ms": round(sorted(times)[EXCHANGES // 2], 1),
            "exchange_one_entry_bytes": done.bytes_sent,
            "floor_commit_ms": floor,
        }


def commit_ms(path: Path) -> float:
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("PRAGMA synchronous=FULL")
    db.execute("CREATE TABLE row (raw BLOB)")
    spent = milliseconds(lambda: db.execute("INSERT INTO row VALUES (zeroblob(900))"), 20)
    db.close()
    return spent


def signing_rate(count: int = 3000) -> int:
    key, data = Ed25519PrivateKey.generate(), bytes(700)
    start = time.perf_counter()
    for _ in range(count):
        key.sign(data)
    return round(count / (time.perf_counter() - start))


def measure(folder: Path, entries: int) -> dict[str, object]:
    found: dict[str, object] = machine()
    size = 1000
    while size <= entries:
        journal, person, around = open_journal(folder)
        rate = grow(journal, person, around, size)
        journal.close()
        looked = {
            "grown_per_s": rate or "kept from an earlier run",
            "floor_ed25519_sign_per_s": signing_rate(),
        }
        looked |= look(folder) | exchange_one(folder) | {"load": busy()}
        found |= {f"{size:,}: {name}": value for name, value in looked.items()}
        print(size, looked, file=sys.stderr, flush=True)
        size *= 10
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--entries", type=int, default=100_000)
    parser.add_argument("--folder", type=Path, help="keep the log here; a later run goes on growing it")
    parser.add_argument(
        "--write", action="store_true", help="append the result to docs/reference/performance.md"
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.folder or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        found = measure(folder, options.entries)
    report(found, write=options.write)


if __name__ == "__main__":
    main()
