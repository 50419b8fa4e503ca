"""Material taken in per second: one large file beside cp and OpenSSL, many small files beside ``cp -r`` and a sync.

    python benchmarks/acquisition.py [--megabytes 2000] [--files 10000] [--folder DIR] [--write]

"Taken in" means examined, hashed, flushed to stable storage and signed into the journal, metadata off. The floors are
measured in the same run on the same disk. Many files made or removed shortly before slow ext4 down for minutes
(it will not reuse inodes at once), which hits floor and measurement alike.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import resource
import subprocess
import tempfile
from pathlib import Path

from results import Spent, machine, report, timed

from embers.actions.acquire import Looking, acquire
from embers.actions.case_folder import CaseFolder
from embers.actions.cases import open_case
from embers.actions.items import ItemOrigin
from embers.surroundings import Surroundings

SMALL = 8192


def take(folder: str, source: str, result: multiprocessing.Queue) -> None:  # type: ignore[type-arg]
    """Take a source into a new case in a process of its own, so that its peak memory is its own."""
    base = Path(folder)
    case = CaseFolder(base / "case", base / "keys", Surroundings())
    recorder = open_case(case, staff="staff-01", role="investigator")
    origin = ItemOrigin("Benchmark", "benchmark", "copy")
    spent = timed(lambda: acquire(recorder, Path(source), origin, look=Looking.nothing()))
    result.put((spent, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024))


def run(folder: Path, source: Path) -> tuple[Spent, int]:
    context = multiprocessing.get_context("spawn")
    result = context.Queue()
    child = context.Process(target=take, args=(str(folder), str(source), result))
    child.start()
    found: tuple[Spent, int] = result.get()
    child.join()
    return found


def call(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)


def large(folder: Path, megabytes: int) -> dict[str, object]:
    source = folder / "large.bin"
    with source.open("wb") as handle:
        for _ in range(megabytes):
            handle.write(os.urandom(1_000_000))
        os.fsync(handle.fileno())
    copied = timed(
        lambda: (call("cp", str(source), str(folder / "copy")), call("sync", str(folder / "copy")))
    )
    hashed = timed(lambda: call("openssl", "dgst", "-sha256", str(source)))
    (folder / "copy").unlink()
    spent, peak = run(folder / "one", source)
    source.unlink()
    return {
        "megabytes": megabytes,
        "large_mb_per_s": round(megabytes / spent.wall),
        "floor_cp_then_openssl_mb_per_s": round(megabytes / (copied.wall + hashed.wall)),
        "large_of_floor": round((copied.wall + hashed.wall) / spent.wall, 2),
        "large_of_floor_in_processor_time": round((copied.processor + hashed.processor) / spent.processor, 2),
        "large_peak_mib": peak,
    }


def small(folder: Path, files: int) -> dict[str, object]:
    source = folder / "card" / "DCIM"
    source.mkdir(parents=True)
    for number in range(files):
        (source / f"IMG_{number:06d}.bin").write_bytes(os.urandom(SMALL))
    copied = timed(
        lambda: (call("cp", "-r", str(source), str(folder / "copies")), call("sync", "-f", str(folder)))
    )
    spent, peak = run(folder / "many", folder / "card")
    return {
        "files": files,
        "small_files_per_s": round(files / spent.wall),
        "small_files_per_processor_second": round(files / spent.processor),
        "floor_cp_r_and_sync_files_per_s": round(files / copied.wall),
        "small_peak_mib": peak,
    }


def sparse(folder: Path, gigabytes: int) -> dict[str, object]:
    """Read zeros that lie nowhere, so that only memory is measured; they are written out in full."""
    if not gigabytes:
        return {}
    source = folder / "sparse.bin"
    with source.open("wb") as handle:
        handle.truncate(gigabytes * 10**9)
    spent, peak = run(folder / "sparse", source)
    return {
        "sparse_gb": gigabytes,
        "sparse_mb_per_s": round(gigabytes * 1000 / spent.wall),
        "sparse_peak_mib": peak,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--megabytes", type=int, default=2000)
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument(
        "--sparse-gigabytes", type=int, default=0, help="also take in a sparse file of this size"
    )
    parser.add_argument("--folder", type=Path, help="a folder on the disk to measure; default: temporary")
    parser.add_argument(
        "--write", action="store_true", help="append the result to docs/reference/performance.md"
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as scratch:
        folder = Path(scratch)
        found = {**machine(), **small(folder, options.files), **large(folder, options.megabytes)}
        found |= sparse(folder, options.sparse_gigabytes)
    report(found, write=options.write)


if __name__ == "__main__":
    main()
