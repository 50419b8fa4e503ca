"""schemathesis against the API for as long as one likes: how much was asked, how it was answered, and what was wrong.

python benchmarks/api_fuzz.py --examples 300 --seeds 5     the long form of tests/web/test_api_fuzz.py

Each seed builds a case of its own and asks every operation so often as the document has it, and so often otherwise.
"""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
from collections import Counter
from pathlib import Path

from results import machine, report

# importlib mode does not put folders on the path; builders of cases lie beside the tests.
ROOT = Path(__file__).resolve().parents[1]
sys.path.extend(str(ROOT / "tests" / folder) for folder in ("web", "projections", "actions"))


def run(seed: int, examples: int) -> tuple[Counter[int], list[str]]:
    """Ask one case everything; return the answers by status, and what was wrong."""
    import prepared_pages  # noqa: F401, PLC0415 - first: what follows needs its models
    from asking import program  # noqa: PLC0415
    from fuzzing import fuzz  # noqa: PLC0415
    from office import Office  # noqa: PLC0415

    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        office = Office(Path(folder))
        found = fuzz(office, program(office, "investigator", unlocked=True), examples=examples, first=seed)
    statuses: Counter[int] = Counter()
    for (_, status), count in found.statuses.items():
        statuses[status] += count
    return statuses, found.wrong


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--examples", type=int, default=300)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument(
        "--write", action="store_true", help="put the figures into docs/reference/performance.md"
    )
    given = parser.parse_args()
    logging.disable(logging.ERROR)
    statuses: Counter[int] = Counter()
    wrong: list[str] = []
    for seed in range(given.seeds):
        answered, problems = run(seed, given.examples)
        statuses += answered
        wrong += problems
    for one in dict.fromkeys(wrong):
        print(one, file=sys.stderr)
    figures: dict[str, object] = {
        "requests": sum(statuses.values()),
        "faults": sum(count for status, count in statuses.items() if status >= 500),
        "not_as_the_document_says": len(wrong),
        **{f"answered_{status}": count for status, count in sorted(statuses.items())},
        **machine(),
    }
    report(figures, write=given.write)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
