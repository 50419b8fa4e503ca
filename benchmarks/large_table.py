"""A table of any size checked in constant memory: rows per second and the peak of the process that reads it.

    python benchmarks/large_table.py [--megabytes 300] [--record] [--folder DIR] [--write]

The file is written first (invented rows of about a kilobyte, one in ten thousand of them wrong without ``--record``).
The import is a process of its own, so that its peak memory is its own; ``--record`` signs and keeps the rows too.
``--megabytes 10000`` is the table of 10 GB of the issue. Its floor is Python's own reader of CSV on the same file.
"""

from __future__ import annotations

import argparse
import csv
import multiprocessing
import resource
import tempfile
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from results import Spent, machine, report, timed

from embers.actions.case_folder import CaseFolder
from embers.actions.cases import open_case
from embers.actions.tables.importing import Importer
from embers.surroundings import Surroundings

MAPPING = """
[table]
name = "large"
source = "An invented list"
row = "{ID}"

[[record]]
kind = "incident"
key = "{ID}"

[[record.say]]
predicate = "incident-title"
value = "{Title}"
lang = "en"

[[record.say]]
predicate = "incident-account"
value = "{Account}"

[[record.say]]
predicate = "occurred"
value = "{Date}"
"""
#: One row in this many is wrong where nothing is to be recorded.
WRONG = 10_000


def write_table(path: Path, size: int, *, wrong: bool) -> int:
    """Write a table of about ``size`` bytes; return its rows."""
    account = " ".join(f"word{number % 97}" for number in range(140))
    rows = 0
    with path.open("w", encoding="utf-8", newline="") as handle:
        handle.write("ID,Title,Date,Account\n")
        while handle.tell() < size:
            for _ in range(1000):
                day = "2035-02-31" if wrong and rows % WRONG == 7 else f"2035-02-{1 + rows % 28:02d}"
                handle.write(f"{rows},Event {rows} near a settlement,{day},{account} {rows}\n")
                rows += 1
    return rows


def read(place: str, table: str, record: bool) -> tuple[Spent, int, int, int]:
    """Import; return what it took, peak memory of this process in MiB, rows and wrong rows."""
    root = Path(place)
    folder = CaseFolder(root / "case", root / "keyring", Surroundings())
    recorder = open_case(folder, staff="staff-01", role="importer")
    importer = Importer(recorder, folder.projection(), Path(table), MAPPING.encode())
    done: list[tuple[int, int]] = []

    def run() -> None:
        found = importer.record() if record else importer.check()
        done.append((found.rows, found.wrong))

    spent = timed(run)
    importer.close()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return spent, peak, *done[0]


def floor(path: Path) -> int:
    """Read the same file with Python's own reader; return the rows."""
    with path.open(encoding="utf-8", newline="") as handle:
        return sum(1 for _ in csv.reader(handle))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--megabytes", type=int, default=300)
    parser.add_argument("--record", action="store_true", help="sign and keep the rows, not only check them")
    parser.add_argument("--folder", type=Path, help="where the file is written; default: temporary")
    parser.add_argument(
        "--write", action="store_true", help="append the result to docs/reference/performance.md"
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as scratch:
        table = Path(scratch) / "large.csv"
        rows = write_table(table, options.megabytes * 1_000_000, wrong=not options.record)
        with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
            spent, peak, found, wrong = pool.submit(read, scratch, str(table), options.record).result()
        if found != rows:
            raise SystemExit(f"{found} rows were read of {rows}")
        bare = timed(lambda: floor(table))
        size = table.stat().st_size
    report(
        {
            **machine(),
            "megabytes": size // 1_000_000,
            "rows": rows,
            "rows_wrong": wrong,
            "rows_per_s": round(rows / spent.wall),
            "rows_per_processor_second": round(rows / spent.processor),
            "mb_per_s": round(size / 1e6 / spent.wall, 1),
            "peak_mib": peak,
            "floor_csv_rows_per_s": round(rows / bare.wall),
            "floor_csv_rows_per_processor_second": round(rows / bare.processor),
        },
        write=options.write,
    )


if __name__ == "__main__":
    main()
