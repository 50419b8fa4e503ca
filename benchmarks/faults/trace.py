"""Reading what strace wrote: which file calls an operation makes below a folder, in order."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

#: Every call that reaches files; the counts of strace's ``when=`` are per call name and thread.
CALLS = (
    "openat", "read", "pread64", "write", "pwrite64", "fsync", "fdatasync", "ftruncate", "fallocate",
    "link", "linkat", "symlink", "rename", "renameat", "renameat2", "unlink", "unlinkat", "rmdir",
    "mkdir", "mkdirat", "chmod", "fchmod", "fchmodat", "newfstatat", "statx", "lseek", "getdents64", "fcntl",
    "utimensat", "copy_file_range", "sendfile", "writev", "pwritev2", "sync", "syncfs", "close",
)  # fmt: skip
#: Those that change what is on the disk.
CHANGING = frozenset(CALLS) - {
    "read",
    "pread64",
    "newfstatat",
    "statx",
    "lseek",
    "getdents64",
    "fcntl",
    "close",
}
#: Those that can meet a full disk.
GROWING = frozenset({"openat", "write", "pwrite64", "fsync", "fdatasync", "syncfs", "ftruncate", "fallocate",
                     "link", "linkat", "rename", "renameat", "renameat2", "mkdir", "mkdirat"})  # fmt: skip
OPTIONS = ("-y", "-xx", "-s", "16777216", "-e", f"trace={','.join(CALLS)}")

_LINE = re.compile(r"^(?P<thread>\d+) +(?P<name>\w+)\((?P<rest>.*)$")
_RESULT = re.compile(r"\)\s+= (?P<result>-?\d+|\?)(?P<after>.*)$")
_STRING = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')
_FD = re.compile(r"(?P<fd>\d+|AT_FDCWD)<(?P<path>(?:\\x[0-9a-f]{2})*)>")


@dataclass(frozen=True, slots=True)
class Call:
    """One call: its name, how often that name was called before by this thread (from 1), and what it touched."""

    name: str
    nth: int
    thread: str
    fd: int | None
    paths: tuple[str, ...]
    data: bytes
    numbers: tuple[int, ...]
    flags: str
    result: int

    def touches(self, folder: str) -> bool:
        """Tell whether a path of the call lies in a folder."""
        return any(path == folder or path.startswith(f"{folder}/") for path in self.paths)


def _plain(text: str) -> bytes:
    return bytes.fromhex(text.replace("\\x", ""))


def _joined(text: str) -> Iterator[str]:
    """Yield whole calls: with several threads strace splits one into "<unfinished ...>" and "resumed"."""
    open_calls: dict[str, str] = {}
    for line in text.splitlines():
        thread, _, rest = line.partition(" ")
        rest = rest.strip()
        if rest.endswith("<unfinished ...>"):
            open_calls[thread] = rest.removesuffix("<unfinished ...>").rstrip()
        elif rest.startswith("<... "):
            yield f"{thread} {open_calls.pop(thread, '')}{rest.partition('resumed>')[2]}"
        else:
            yield f"{thread} {rest}"


def read_trace(path: Path) -> list[Call]:
    """Return the calls of a trace in order."""
    calls = []
    counts: Counter[tuple[str, str]] = Counter()
    for line in _joined(path.read_text()):
        found = _LINE.match(line)
        if not found or found["name"] not in CALLS:
            continue
        name, thread, rest = found["name"], found["thread"], found["rest"]
        counts[thread, name] += 1
        ended = _RESULT.search(rest)
        result = int(ended["result"]) if ended and ended["result"] != "?" else -1
        arguments = rest[: ended.start()] if ended else rest
        descriptors = list(_FD.finditer(arguments))
        strings = [_plain(text) for text in _STRING.findall(arguments)]
        data = b""
        if name in {"write", "pwrite64"} and strings:
            data = strings.pop(0)
        elif name in {"read", "pread64", "getdents64"}:
            strings = []
        base = _plain(descriptors[0]["path"]).decode(errors="replace") if descriptors else ""
        named = [text.decode(errors="replace") for text in strings if text]
        paths = [text if text.startswith("/") else f"{base}/{text}" for text in named]
        if descriptors and descriptors[0]["fd"] != "AT_FDCWD":
            paths.insert(0, base)
        opened = _FD.search(f"{result}{ended['after']}") if ended and name == "openat" else None
        if opened:
            paths.append(_plain(opened["path"]).decode(errors="replace"))
        fd = int(descriptors[0]["fd"]) if descriptors and descriptors[0]["fd"] != "AT_FDCWD" else None
        tail = re.sub(r'"[^"]*"|<[^>]*>', "", arguments)
        numbers = tuple(int(number) for number in re.findall(r"(?<![\w.])-?\d+(?![\w.])", tail))
        calls.append(Call(name, counts[thread, name], thread, fd, tuple(paths), data, numbers, tail, result))
    return calls
