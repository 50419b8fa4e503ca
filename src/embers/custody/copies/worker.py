"""The process that decodes one object of unknown make, with little memory, little time, and no right to write a file.

It is started for one copy and ends with it: whatever a hostile file does to it stays in it. ``argv[1]`` is the job
(JSON: ``maker``, ``parameters``); the object comes in on standard input; the copy goes out on standard output as the
length of a JSON head (8 bytes), the head, and the parts one after the other.
"""

from __future__ import annotations

import importlib
import json
import struct
import sys
from contextlib import suppress

from embers.custody.copies.made import LARGEST_OUTPUT, MEMORY, PROCESSOR_S, Made, Unreadable

MAKERS = frozenset({"picture", "document", "passages", "table", "overlay", "capture"})
LENGTH = struct.Struct(">Q")
_OPEN_FILES = 64


def limit() -> None:
    """Take from this process what decoding does not need. Where a system has no such limits, time alone bounds it."""
    try:
        import resource  # noqa: PLC0415 - not on every system
    except ImportError:
        return
    for what, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, PROCESSOR_S),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, _OPEN_FILES),
    ):
        with suppress(ValueError, OSError):
            resource.setrlimit(what, (most, most))


def main() -> int:
    """Make one copy; refusals are answers too, and every other failure ends the process without one."""
    limit()
    job = json.loads(sys.argv[1])
    if job["maker"] not in MAKERS:
        return 2
    made = _made(job, sys.stdin.buffer.read())
    sizes = [[name, len(data)] for name, data in made.parts.items()]
    head = json.dumps({"facts": made.facts, "parts": sizes}).encode()
    out = sys.stdout.buffer
    out.write(LENGTH.pack(len(head)) + head)
    for data in made.parts.values():
        out.write(data)
    out.flush()
    return 0


def _made(job: dict[str, object], data: bytes) -> Made:
    maker = importlib.import_module(f"embers.custody.copies.{job['maker']}")
    try:
        made: Made = maker.make(data, **job["parameters"])  # type: ignore[arg-type]
    except Unreadable as error:
        return Made({"unreadable": error.why, "detail": error.detail})
    except (MemoryError, RecursionError) as error:
        return Made({"unreadable": "too-heavy", "detail": type(error).__name__})
    if sum(len(part) for part in made.parts.values()) > LARGEST_OUTPUT:
        return Made({"unreadable": "too-heavy", "detail": "size of the copy"})
    return made


if __name__ == "__main__":
    sys.exit(main())
