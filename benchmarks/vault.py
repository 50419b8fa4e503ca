"""Stored bytes verified per second by an audit, beside raw SHA-256 on every core.

    python benchmarks/vault.py [--megabytes 2000] [--object-megabytes 20] [--folder DIR] [--write]

The floor is what every core hashes from memory, no file read at all; a second one is ``openssl dgst -sha256`` over the
same files, one process per core. Vault and floors are measured in turn, several times, and the best of each counts.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import os
import resource
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from results import Spent, machine, report, timed

from embers.objects.digest import CHUNK
from embers.objects.local import LocalObjectStore
from embers.objects.store import ObjectProblem
from embers.surroundings import Surroundings

CORES = os.cpu_count() or 1
ROUNDS = 3


def raw(megabytes: int) -> Spent:
    """Hash one buffer over and over on every core."""
    buffer = os.urandom(CHUNK)
    rounds = megabytes * 1_000_000 // CORES // CHUNK

    def one(_: int) -> None:
        running = hashlib.sha256()
        for _ in range(rounds):
            running.update(buffer)

    with ThreadPoolExecutor(CORES) as pool:
        spent = timed(lambda: list(pool.map(one, range(CORES))))
    scale = megabytes * 1e6 / (rounds * CORES * CHUNK)
    return Spent(spent.wall * scale, spent.processor * scale)


def openssl(paths: list[Path]) -> None:
    running = [
        subprocess.Popen(
            ["openssl", "dgst", "-sha256", *map(str, paths[core::CORES])], stdout=subprocess.DEVNULL
        )
        for core in range(CORES)
    ]
    for one in running:
        one.wait()


def evict(paths: list[Path]) -> None:
    """Ask the system to forget the files' bytes, where it can be asked."""
    for path in paths:
        with path.open("rb") as handle:
            if hasattr(os, "posix_fadvise"):
                os.posix_fadvise(handle.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def measure(folder: Path, megabytes: int, each: int) -> dict[str, object]:
    store = LocalObjectStore(folder / "objects", Surroundings())
    count = max(1, megabytes // each)
    for _ in range(count):
        store.put(io.BytesIO(os.urandom(each * 1_000_000)))
    total = count * each
    paths = [store.place(name) for name in store.all()]
    evict(paths)  # an audit finds them as they were read from the disk, not as they were written to it
    openssl(paths)  # brings the files into memory: the disk is not what is measured
    problems: list[ObjectProblem] = []
    floors, tools, vaults = [], [], []
    for _ in range(ROUNDS):
        floors.append(raw(total))
        tools.append(timed(lambda: openssl(paths)))
        vaults.append(timed(lambda: problems.extend(store.verify_all())))
    floor, tool, vault = (min(one.wall for one in each) for each in (floors, tools, vaults))
    return {
        **machine(),
        "megabytes": total,
        "objects": count,
        "vault_mb_per_s": round(total / vault),
        "floor_raw_sha256_mb_per_s": round(total / floor),
        "floor_openssl_mb_per_s": round(total / tool),
        "vault_of_raw": round(floor / vault, 2),
        "vault_of_openssl": round(tool / vault, 2),
        "vault_of_raw_in_processor_time": round(
            min(one.processor for one in floors) / min(one.processor for one in vaults), 2
        ),
        "vault_problems": len(problems),
        "vault_peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--megabytes", type=int, default=2000)
    parser.add_argument("--object-megabytes", type=int, default=20)
    parser.add_argument("--folder", type=Path, help="a folder on the disk to measure; default: temporary")
    parser.add_argument(
        "--write", action="store_true", help="append the result to docs/reference/performance.md"
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as scratch:
        found = measure(Path(scratch), options.megabytes, options.object_megabytes)
    report(found, write=options.write)


if __name__ == "__main__":
    main()
