"""Entries signed and committed per second, beside what the disk and the signature alone allow on this machine.

    python benchmarks/journal_entries.py [--entries 2000] [--folder DIR] [--write]

Prints a table and one line of JSON. The floors are measured in the same run: raw fsync of a small append,
raw Ed25519 signatures, and one SQLite transaction (WAL, synchronous=FULL) without signatures. An append makes
two signatures (person, device), one transaction, and one durable note in the keyring.
"""

from __future__ import annotations

import argparse
import os
import sqlite3
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "journal"))

from results import Spent, machine, report, timed
from small_journal import small_journal


def repeated(count: int, act: Callable[[], object]) -> Spent:
    def all_of_them() -> None:
        for _ in range(count):
            act()

    return timed(all_of_them)


def rate(count: int, act: Callable[[], object]) -> float:
    return count / repeated(count, act).wall


def fsync_rate(folder: Path, count: int) -> float:
    with (folder / "raw").open("ab") as handle:

        def act() -> None:
            handle.write(bytes(700))
            handle.flush()
            os.fsync(handle.fileno())

        return rate(count, act)


def sqlite_rate(folder: Path, count: int) -> float:
    db = sqlite3.connect(folder / "raw.sqlite3", isolation_level=None)
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("PRAGMA synchronous=FULL")
    db.execute("CREATE TABLE raw (data BLOB)")
    return rate(count, lambda: db.execute("INSERT INTO raw VALUES (?)", (bytes(700),)))


def measure(folder: Path, count: int) -> dict[str, object]:
    key = Ed25519PrivateKey.generate()
    small = small_journal(folder)
    drafts = [small.note(f"note {number}") for number in range(count)]
    queue = iter(drafts)
    single = repeated(count, lambda: small.journal.append(next(queue), small.person))
    places = iter(range(0, count, 100))

    def batch() -> None:
        place = next(places)
        small.journal.append_many(drafts[place : place + 100], small.person)

    batched = repeated(-(-count // 100), batch)
    size = small.journal.store.size(small.origin)
    small.journal.close()
    return {
        **machine(),
        "sqlite": sqlite3.sqlite_version,
        "entries": size,
        "append_per_s": round(count / single.wall),
        "append_per_processor_second": round(count / single.processor),
        "append_many_100_per_s": round(count / batched.wall),
        "append_many_100_per_processor_second": round(count / batched.processor),
        "floor_fsync_per_s": round(fsync_rate(folder, count)),
        "floor_sqlite_full_per_s": round(sqlite_rate(folder, count)),
        "floor_ed25519_sign_per_s": round(rate(count, lambda: key.sign(bytes(700)))),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--entries", type=int, default=2000)
    parser.add_argument("--folder", type=Path, help="a folder on the disk to measure; default: temporary")
    parser.add_argument(
        "--write", action="store_true", help="append the result to docs/reference/performance.md"
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as scratch:
        found = measure(Path(scratch), options.entries)
    report(found, write=options.write)


if __name__ == "__main__":
    main()
