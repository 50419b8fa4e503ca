"""Fault campaigns over the operations that write evidence.

    python benchmarks/crash_campaign.py [--sample N] [--torn N] [--seed N] [--only NAME] [--write]

Every file call of each operation is made to fail (killed before it, EIO, ENOSPC), and the power is cut after every
change of the disk with what was not flushed dropped, kept or torn. The operation is also killed before each change of
the disk, done again, and then the power is cut: what a dead process left unflushed is not safe either. After each
trial the case must verify, hold all that was acknowledged, and take the same operation again. Mutants that break one
rule each must be found out.
Needs strace. Without ``--sample`` every call is tried.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from faults.campaign import Bench, Tally, call_faults, power_cuts, restarts
from faults.operations import MUTANTS, OPERATIONS
from results import machine, report

CAMPAIGNS = {"calls": "calls", "power": "power", "restarts": "killed, done again, power"}


def told(tally: Tally) -> str:
    parts = [
        f"{count} {name}"
        for counter in (tally.trials, tally.outcomes)
        for name, count in sorted(counter.items())
    ]
    return f"{tally.count} trials ({', '.join(parts)}), {tally.acknowledged} acknowledged, {len(tally.failures)} failed"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sample", type=int, help="trials per operation and campaign (default: all)")
    parser.add_argument("--torn", type=int, default=4, help="mixtures per moment of a power cut")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--only", choices=[*OPERATIONS, *MUTANTS], action="append", help="only this operation"
    )
    parser.add_argument("--campaign", choices=[*CAMPAIGNS], action="append", help="only this one")
    parser.add_argument("--write", action="store_true", help="append to docs/reference/performance.md")
    options = parser.parse_args()
    found: dict[str, object] = machine()
    failed = False
    for operation in [*OPERATIONS.values(), *MUTANTS.values()]:
        if options.only and operation.name not in options.only:
            continue
        with tempfile.TemporaryDirectory() as folder:
            bench = Bench(operation, Path(folder))
            start = time.monotonic()
            mutant = operation.name in MUTANTS
            common = {"sample": options.sample, "seed": options.seed, "first_failure": mutant}
            tallies = {}
            for name in options.campaign or CAMPAIGNS:
                if name == "calls":
                    tallies[name] = call_faults(bench, **common)
                elif name == "power":
                    tallies[name] = power_cuts(bench, torn=options.torn, **common)
                elif not mutant:
                    tallies[name] = restarts(bench, torn=1, **common)
            seconds = time.monotonic() - start
        failures = [line for tally in tallies.values() for line in tally.failures]
        failed |= mutant != bool(failures)
        found[operation.name + (" (mutant: must fail)" if mutant else "")] = (
            "".join(f"{CAMPAIGNS[name]}: {told(tally)}; " for name, tally in tallies.items())
            + f"{bench.repeated} states judged before; {seconds:.0f} s"
        )
        raw = [line for tally in tallies.values() for line in tally.raw]
        for line in [*failures, *raw][: 3 if mutant else 60]:
            print(line, file=sys.stderr)
    report(found, write=options.write)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
