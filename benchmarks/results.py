"""Takes times, prints a measurement as a table and as one line of JSON, and puts it into the page of results.

Two clocks: the one on the wall, and the processor time of this process and of the children it waited for. On a machine
that others use too only the second one still compares a program with its floor, as far as both need the processor.
"""

from __future__ import annotations

import json
import os
import platform
import re
import resource
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

PAGE = Path(__file__).resolve().parents[1] / "docs" / "reference" / "performance.md"


@dataclass(frozen=True, slots=True)
class Spent:
    """Seconds on the wall, and of processor time."""

    wall: float
    processor: float


def processor_time() -> float:
    """Return the processor seconds of this process, all its threads, and the children it has waited for."""
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


def timed(act: Callable[[], object]) -> Spent:
    """Do something and return what it took."""
    wall, used = time.perf_counter(), processor_time()
    act()
    return Spent(time.perf_counter() - wall, processor_time() - used)


def processor() -> str:
    """Return the processor's name as the system gives it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return named[0] if named else platform.machine()


def machine() -> dict[str, object]:
    """Return what a figure depends on besides the program."""
    return {
        "machine": f"{processor()}, {os.cpu_count()} cores, {platform.machine()}",
        "python": platform.python_version(),
        "load_average": busy(),
    }


def busy() -> str:
    """Return the load averages of the last 1, 5 and 15 minutes: above the number of cores, others were at work."""
    return ", ".join(f"{load:.1f}" for load in os.getloadavg()) if hasattr(os, "getloadavg") else "unknown"


def command() -> str:
    """Return the command as a reader would repeat it, in a folder of their own."""
    given = [word for word in sys.argv[1:] if word != "--write" and not word.startswith("--folder=")]
    if "--folder" in given:
        at = given.index("--folder")
        del given[at : at + 2]
    return " ".join(["python", f"benchmarks/{Path(sys.argv[0]).name}", *given])


def section(found: Mapping[str, object], day: str) -> str:
    """Return the measurement as a section of the page."""
    rows = "".join(f"| {name} | {value} |\n" for name, value in found.items())
    return (
        f"\n### {Path(sys.argv[0]).stem}, {day}\n\n`{command()}`\n\n| what | value |\n| --- | --- |\n{rows}"
    )


def report(found: Mapping[str, object], *, write: bool = False) -> None:
    """Print a measurement; with ``write``, put it into the page in place of an earlier one of the same command."""
    for name, value in found.items():
        print(f"{name:36} {value}")
    print(json.dumps(dict(found)))
    if write:
        page = PAGE.read_text(encoding="utf-8")
        day = datetime.now(UTC).date().isoformat()
        PAGE.write_text(without(page, command()) + section(found, day), encoding="utf-8")


def without(page: str, measured: str) -> str:
    """Return the page without the section of one command, remarks under it included."""
    start, *sections = re.split(r"(?m)^(?=### )", page)
    kept = [one for one in sections if f"\n`{measured}`\n" not in one]
    return "".join([start, *kept]).rstrip("\n") + "\n"
