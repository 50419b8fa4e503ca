"""Entries verified in full per second, beside raw Ed25519 verifications, and the memory it takes.

    python benchmarks/verification.py [--entries 20000] [--write]

Prints a table and one line of JSON. Each verification run is a process of its own, so that its peak memory is
its own; the journal has one checkpoint per 10 entries.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import resource
import sys
import tempfile
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "journal"))

from results import Spent, machine, report, timed
from small_journal import small_journal

from embers.journal.journal import Journal
from embers.journal.verify import JournalReport, verify_journal
from embers.surroundings import Surroundings


def verify(path: str, workers: int, result: multiprocessing.Queue) -> None:  # type: ignore[type-arg]
    journal = Journal.open(Path(path), Surroundings())
    found: list[JournalReport] = []
    spent = timed(lambda: found.append(verify_journal(journal, workers=workers)))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    result.put((found[0].entries, len(found[0].problems), spent, memory))


def run(path: Path, workers: int) -> tuple[int, int, Spent, int]:
    context = multiprocessing.get_context("spawn")
    result = context.Queue()
    child = context.Process(target=verify, args=(str(path), workers, result))
    child.start()
    found: tuple[int, int, Spent, int] = result.get()
    child.join()
    return found


def raw_verifications(count: int) -> Spent:
    key, data = Ed25519PrivateKey.generate(), bytes(700)
    signature, public = key.sign(data), key.public_key()

    def act() -> None:
        for _ in range(count):
            public.verify(signature, data)

    return timed(act)


def measure(folder: Path, count: int) -> dict[str, object]:
    small = small_journal(folder)
    for place in range(0, count, 10):
        small.journal.append_many([small.note(f"{place} {n}") for n in range(10)], small.person)
    small.journal.close()
    raw = raw_verifications(5000)
    found: dict[str, object] = {
        **machine(),
        "entries": count + 5,
        "raw_ed25519_verify_per_s": round(5000 / raw.wall),
        "raw_ed25519_verify_per_processor_second": round(5000 / raw.processor),
    }
    for workers in (0, os.cpu_count() or 1):
        entries, problems, spent, memory = run(small.path, workers)
        name = "one_process" if not workers else f"{workers}_helpers"
        found[f"{name}_verify_per_s"] = round(entries / spent.wall)
        found[f"{name}_verify_per_processor_second"] = round(entries / spent.processor)
        found[f"{name}_peak_mib"] = memory
        found[f"{name}_problems"] = problems
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--entries", type=int, default=20_000)
    parser.add_argument(
        "--write", action="store_true", help="append the result to docs/reference/performance.md"
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        found = measure(Path(scratch), options.entries)
    report(found, write=options.write)


if __name__ == "__main__":
    main()
