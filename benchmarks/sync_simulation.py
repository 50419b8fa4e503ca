"""Simulates whole histories of exchange, one for each seed, and counts what happened and what went wrong.

python benchmarks/sync_simulation.py --seeds 1000               the long form of tests/sync/test_simulation.py
python benchmarks/sync_simulation.py --first 712 --seeds 1      replays one history
python benchmarks/sync_simulation.py --seeds 200 --mutant       devices continue their log after a restore: must fail
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from results import machine, report

from embers.journal.journal import Journal
from embers.journal.keys import Keyring

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "sync"))
from simulated_world import simulate

#: Seeds one process runs before it hands over what it found.
PART = 10


def continue_old_logs() -> None:
    """Take the rule away that a restored device starts a new log."""
    for owner, name in ((Journal, "_refuse_cut_log"), (Journal, "_refuse_other_epoch"), (Keyring, "end")):
        setattr(owner, name, lambda *_: None)


def run(first: int, seeds: int, steps: int, mutant: bool) -> tuple[dict[str, int], dict[int, list[str]]]:
    """Run some seeds; return totals and what went wrong by seed."""
    if mutant:
        continue_old_logs()
    totals: dict[str, int] = {}
    wrong: dict[int, list[str]] = {}
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        for seed in range(first, first + seeds):
            try:
                world = simulate(seed, Path(folder), steps=steps)
            except (
                Exception
            ) as error:  # a world that broke off is a finding with a seed, not the end of the run
                wrong[seed] = [f"broke off with {type(error).__name__}: {error}"]
                continue
            for name, count in world.counts.items():
                totals[name] = totals.get(name, 0) + count
            if world.wrongs_found:
                wrong[seed] = world.wrongs_found
    return totals, wrong


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=1000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--mutant", action="store_true")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    started, totals, wrong = time.perf_counter(), {}, {}
    firsts = range(options.first, options.first + options.seeds, PART)
    last = options.first + options.seeds
    with ProcessPoolExecutor(options.workers) as pool:
        parts = [
            pool.submit(run, first, min(PART, last - first), options.steps, options.mutant)
            for first in firsts
        ]
        for part in parts:
            counts, found = part.result()
            wrong |= found
            totals = {name: totals.get(name, 0) + count for name, count in counts.items()}
            for seed, what in found.items():
                print(f"seed {seed}: {'; '.join(what)}", flush=True)
    found = {
        **machine(),
        "seeds": options.seeds,
        "seeds_with_something_wrong": len(wrong),
        "seconds": round(time.perf_counter() - started, 1),
        **totals,
    }
    report(found, write=options.write)
    return 1 if bool(wrong) != options.mutant else 0


if __name__ == "__main__":
    sys.exit(main())
