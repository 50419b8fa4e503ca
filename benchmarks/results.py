"""Prints a measurement as a table and as one line of JSON, and appends it to the page of results on request."""

from __future__ import annotations

import json
import os
import platform
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

PAGE = Path(__file__).resolve().parents[1] / "docs" / "reference" / "performance.md"


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
    """Return the command as a reader would repeat it."""
    given = [word for word in sys.argv[1:] if word != "--write"]
    return " ".join(["python", f"benchmarks/{Path(sys.argv[0]).name}", *given])


def section(found: Mapping[str, object], day: str) -> str:
    """Return the measurement as a section of the page."""
    rows = "".join(f"| {name} | {value} |\n" for name, value in found.items())
    return (
        f"\n### {Path(sys.argv[0]).stem}, {day}\n\n`{command()}`\n\n| what | value |\n| --- | --- |\n{rows}"
    )


def report(found: Mapping[str, object], *, write: bool = False) -> None:
    """Print a measurement; with ``write``, append it to the page."""
    for name, value in found.items():
        print(f"{name:36} {value}")
    print(json.dumps(dict(found)))
    if write:
        with PAGE.open("a", encoding="utf-8") as page:
            page.write(section(found, datetime.now(UTC).date().isoformat()))
