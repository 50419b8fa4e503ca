"""Bytes taken into the object store per second, beside ``openssl dgst -sha256``, ``cp`` with a sync, and memory.

    python benchmarks/ingest.py [--megabytes 2000] [--folder DIR] [--write]

Prints a table and one line of JSON. The store reads, hashes, writes and syncs; the two tools do one half each.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import resource
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from results import Spent, machine, report, timed

from embers.objects.local import LocalObjectStore
from embers.objects.store import Stored
from embers.surroundings import Surroundings


def ingest(source: str, folder: str, also: Sequence[str], result: multiprocessing.Queue) -> None:  # type: ignore[type-arg]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    stored: list[Stored] = []
    with Path(source).open("rb") as stream:
        store = LocalObjectStore(Path(folder), Surroundings())
        spent = timed(lambda: stored.append(store.put(stream, also=also)))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    result.put((stored[0].sha256, spent, peak // 1024, (peak - before) // 1024))


def run(source: Path, folder: Path, also: Sequence[str] = ()) -> tuple[str, Spent, int, int]:
    context = multiprocessing.get_context("spawn")
    result = context.Queue()
    child = context.Process(target=ingest, args=(str(source), str(folder), also, result))
    child.start()
    found: tuple[str, Spent, int, int] = result.get()
    child.join()
    return found


def measure(folder: Path, megabytes: int) -> dict[str, object]:
    source = folder / "source"
    with source.open("wb") as handle:
        for _ in range(megabytes):
            handle.write(os.urandom(1_000_000))
        os.fsync(handle.fileno())

    def copy() -> None:
        subprocess.run(["cp", str(source), str(folder / "copy")], check=True)
        with (folder / "copy").open("rb+") as handle:
            os.fsync(handle.fileno())
        (folder / "copy").unlink()

    line = subprocess.run(["openssl", "dgst", "-sha256", "-r", str(source)], check=True, capture_output=True)
    openssl = timed(
        lambda: subprocess.run(["openssl", "dgst", "-sha256", str(source)], check=True, capture_output=True)
    )
    copied = timed(copy)
    sha256, spent, peak, grown = run(source, folder / "objects")
    if sha256 != line.stdout.decode().split()[0]:
        raise SystemExit("the store and openssl disagree about the digest")
    _, both, _, _ = run(source, folder / "objects2", ("sha512", "md5", "sha1"))
    return {
        **machine(),
        "megabytes": megabytes,
        "store_mb_per_s": round(megabytes / spent.wall),
        "store_four_digests_mb_per_s": round(megabytes / both.wall),
        "openssl_sha256_mb_per_s": round(megabytes / openssl.wall),
        "cp_and_sync_mb_per_s": round(megabytes / copied.wall),
        "store_of_both_in_processor_time": round((openssl.processor + copied.processor) / spent.processor, 2),
        "store_peak_mib": peak,
        "store_grown_mib": grown,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--megabytes", type=int, default=2000)
    parser.add_argument("--folder", type=Path, help="a folder on the disk to measure; default: temporary")
    parser.add_argument(
        "--write", action="store_true", help="append the result to docs/reference/performance.md"
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as scratch:
        found = measure(Path(scratch), options.megabytes)
    report(found, write=options.write)


if __name__ == "__main__":
    main()
