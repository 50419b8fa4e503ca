"""Journal on PostgreSQL beside a raw commit, objects on S3 beside a raw put, on servers started for the purpose.

    python benchmarks/team_stores.py [--entries 1000] [--megabytes 200] [--write]

Both servers run on this machine and share its processors, so the figures show the cost of the store, not of a network.
An append makes two signatures and one durable note in the keyring besides its transaction. An object is sent, read
back, and, above 16 MiB, copied and read back again.
"""

from __future__ import annotations

import argparse
import io
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import obstore
import psycopg

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "journal"))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "servers"))

from postgres_server import start_postgres
from results import machine, report
from s3_server import KEYS, start_s3
from small_journal import small_journal

from embers.journal.verify import verify_journal
from embers.objects.place import open_objects
from embers.surroundings import Surroundings


def rate(count: int, act: Callable[[], object]) -> float:
    start = time.perf_counter()
    for _ in range(count):
        act()
    return count / (time.perf_counter() - start)


def journal(folder: Path, count: int) -> dict[str, object]:
    server = start_postgres()
    try:
        place = server.address(server.database())
        small = small_journal(folder, place=place)
        drafts = [small.note(f"note {number}") for number in range(count)]
        queue = iter(drafts)
        single = rate(count, lambda: small.journal.append(next(queue), small.person))
        start = time.perf_counter()
        for at in range(0, count, 100):
            small.journal.append_many(drafts[at : at + 100], small.person)
        batched = count / (time.perf_counter() - start)
        start = time.perf_counter()
        checked = verify_journal(small.journal)
        verified = checked.entries / (time.perf_counter() - start)
        small.journal.close()
        with psycopg.connect(place, autocommit=True) as db:
            db.execute("CREATE TABLE raw (data bytea)")
            raw = rate(count, lambda: db.execute("INSERT INTO raw VALUES (%s)", (bytes(700),)))
            version = db.execute("SHOW server_version").fetchone()
    finally:
        server.stop()
    return {
        "postgres": str((version or ["?"])[0]).split()[0],
        "append_per_s": round(single),
        "append_many_100_per_s": round(batched),
        "verify_per_s": round(verified),
        "floor_raw_commit_per_s": round(raw),
    }


def objects(folder: Path, megabytes: int) -> dict[str, object]:
    os.environ.update(KEYS)
    server = start_s3(folder / "s3.log")
    try:
        store = open_objects(f"s3://{server.bucket()}?endpoint={server.endpoint}", Surroundings())
        small = [os.urandom(10_000) for _ in range(200)]
        data = os.urandom(megabytes * 1_000_000)
        queue, names = iter(small), iter(range(len(small)))
        store.put(io.BytesIO(b"the first put asks whether the bucket is write-once"))
        small_rate = rate(len(small), lambda: store.put(io.BytesIO(next(queue))))
        under = store._store  # type: ignore[attr-defined]
        small_raw = rate(len(small), lambda: obstore.put(under, f"raw/{next(names)}", small[0]))
        large = rate(1, lambda: store.put(io.BytesIO(data)))
        part = 16 * 1024 * 1024
        large_raw = rate(1, lambda: obstore.put(under, "raw/large", data, chunk_size=part, max_concurrency=2))
    finally:
        server.stop()
    return {
        "s3_objects_10_kb_per_s": round(small_rate),
        "floor_raw_put_10_kb_per_s": round(small_raw),
        "s3_ingest_mb_per_s": round(megabytes * large, 1),
        "floor_raw_put_mb_per_s": round(megabytes * large_raw, 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--entries", type=int, default=1000)
    parser.add_argument("--megabytes", type=int, default=200)
    parser.add_argument(
        "--write", action="store_true", help="append the result to docs/reference/performance.md"
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        found = (
            machine() | journal(Path(scratch), options.entries) | objects(Path(scratch), options.megabytes)
        )
    report(found, write=options.write)


if __name__ == "__main__":
    main()
