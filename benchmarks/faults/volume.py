"""What a disk may hold after the power fails: a model of a folder in which unflushed writes may be lost or torn.

The model follows the calls of a trace. POSIX promises little, and the model takes it at its word:

- data are durable after fsync or fdatasync of that file; before, each write may be there, missing, or there in part,
  sector by sector (512 bytes), and a file may have its new length with zeros where the data should be;
- a name (created, linked, renamed, removed) is durable after fsync of its folder; before, the changes of one folder may
  be there up to any point in their order. Flushing a file does not make its name durable;
- what one file or folder keeps says nothing about another.
"""

from __future__ import annotations

import hashlib
import posixpath
import random
import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from .trace import CHANGING, Call

SECTOR = 512
#: SQLite's shared-memory index is mapped memory and is rebuilt after a power failure; it never survives one.
LOST = ("-shm",)
#: How a write-ahead log begins, and the order of bytes in which its sums are reckoned.
_WAL_MAGIC = {b"\x37\x7f\x06\x82": "<", b"\x37\x7f\x06\x83": ">"}
#: What changes neither bytes nor names.
HARMLESS = frozenset({"chmod", "fchmod", "fchmodat", "utimensat"})


@dataclass(slots=True)
class File:
    """Bytes: what is durable, and what was written since as (offset, data), or (length, None) for a new length."""

    durable: bytes = b""
    pending: list[tuple[int, bytes | None]] = field(default_factory=list)

    def flush(self) -> None:
        """Make everything written durable."""
        self.durable = self.content(lambda change: [change])
        self.pending.clear()

    def content(
        self, keep: Callable[[tuple[int, bytes | None]], Sequence[tuple[int, bytes | None]]]
    ) -> bytes:
        """Return the bytes if ``keep`` decides what is left of each pending change."""
        data = bytearray(self.durable)
        for change in self.pending:
            for offset, written in keep(change):
                if written is None:
                    del data[offset:]
                    data.extend(bytes(offset - len(data)))
                else:
                    data.extend(bytes(max(0, offset - len(data))))
                    data[offset : offset + len(written)] = written
        return bytes(data)


@dataclass(slots=True)
class Folder:
    """Names: what is durable, and the changes since, in order; each change names one or two entries."""

    durable: dict[str, File | Folder] = field(default_factory=dict)
    pending: list[dict[str, File | Folder | None]] = field(default_factory=list)

    def names(self, count: int | None = None) -> dict[str, File | Folder]:
        """Return the entries after the first ``count`` pending changes; after all by default."""
        found = dict(self.durable)
        for change in self.pending[:count]:
            for name, node in change.items():
                if node is None:
                    found.pop(name, None)
                else:
                    found[name] = node
        return found

    def flush(self) -> None:
        """Make every name durable."""
        self.durable = self.names()
        self.pending.clear()


class Volume:
    """A folder on a disk, and what the calls of a trace did to it."""

    def __init__(self, base: Path, acks: Path) -> None:
        self._base = str(base)
        self._acks = str(acks)
        self._root = _read(base)
        self._open: dict[int, tuple[File | Folder, int]] = {}
        self.acknowledged: list[str] = []

    def restart(self) -> None:
        """Forget what a process that is gone held open; what it did not flush stays unflushed."""
        self._open.clear()

    def apply(self, call: Call) -> bool:
        """Follow one call; tell whether it changed what a power failure would leave."""
        if call.result < 0:
            return False
        act = getattr(self, f"_{call.name}", None)
        if act is None and call.name in CHANGING - HARMLESS and call.touches(self._base):
            raise NotImplementedError(
                f"the model of a disk does not know {call.name}, so it would show nothing"
            )
        return bool(act(call)) if act else False

    def states(self, rng: random.Random, torn: int) -> Iterator[tuple[str, dict[str, bytes]]]:
        """Yield (how, files) for a power failure now: all unflushed changes lost, all kept, and mixtures."""
        yield "dropped", dict(self._left(self._root, "", lambda _: [], lambda _: 0))
        yield "kept", dict(self._left(self._root, "", lambda change: [change], len))
        for _ in range(torn):
            yield (
                "torn",
                dict(
                    self._left(
                        self._root, "", lambda change: _tear(change, rng), lambda p: rng.randint(0, len(p))
                    )
                ),
            )

    def _left(
        self,
        folder: Folder,
        path: str,
        keep: Callable[[tuple[int, bytes | None]], Sequence[tuple[int, bytes | None]]],
        count: Callable[[Sequence[object]], int],
    ) -> Iterator[tuple[str, bytes]]:
        for name, node in folder.names(count(folder.pending)).items():
            if isinstance(node, Folder):
                yield f"{path}{name}/", b""
                yield from self._left(node, f"{path}{name}/", keep, count)
            elif not name.endswith(LOST):
                yield path + name, node.content(keep)

    def _find(self, path: str) -> tuple[Folder, str] | None:
        """Return the folder and last name of a path of this volume."""
        if not path.startswith(self._base + "/"):
            return None
        *above, name = posixpath.relpath(path, self._base).split("/")
        folder = self._root
        for part in above:
            node = folder.names().get(part)
            if not isinstance(node, Folder):
                return None
            folder = node
        return folder, name

    # --- the calls, by their names ---

    def _openat(self, call: Call) -> bool:
        path = call.paths[0]
        if path == self._base:
            self._open[call.result] = (self._root, 0)
            return False
        found = self._find(path)
        if found is None:
            self._open.pop(call.result, None)
            return False
        folder, name = found
        node = folder.names().get(name)
        created = node is None
        if node is None:
            node = File()
            folder.pending.append({name: node})
        if isinstance(node, File) and "O_TRUNC" in call.flags:
            node.pending.append((0, None))
        at = len(node.content(lambda c: [c])) if isinstance(node, File) and "O_APPEND" in call.flags else 0
        self._open[call.result] = (node, at)
        return created or "O_TRUNC" in call.flags

    def _write(self, call: Call) -> bool:
        if call.paths and call.paths[0] == self._acks:
            self.acknowledged += call.data.decode().split()
            return True
        node, at = self._open.get(call.fd or 0, (None, 0))
        if not isinstance(node, File):
            return False
        node.pending.append((at, call.data[: call.result]))
        self._open[call.fd or 0] = (node, at + call.result)
        return True

    def _pwrite64(self, call: Call) -> bool:
        node, _ = self._open.get(call.fd or 0, (None, 0))
        if not isinstance(node, File):
            return False
        node.pending.append((call.numbers[-1], call.data[: call.result]))
        return True

    def _ftruncate(self, call: Call) -> bool:
        node, _ = self._open.get(call.fd or 0, (None, 0))
        if not isinstance(node, File):
            return False
        node.pending.append((call.numbers[-1], None))
        return True

    def _read(self, call: Call) -> bool:
        if (call.fd or 0) in self._open:
            node, at = self._open[call.fd or 0]
            self._open[call.fd or 0] = (node, at + call.result)
        return False

    def _lseek(self, call: Call) -> bool:
        if (call.fd or 0) in self._open:
            self._open[call.fd or 0] = (self._open[call.fd or 0][0], call.result)
        return False

    def _fsync(self, call: Call) -> bool:
        node, _ = self._open.get(call.fd or 0, (None, 0))
        if node is not None:
            node.flush()
        return node is not None

    _fdatasync = _fsync

    def _sync(self, _call: Call) -> bool:
        _flush_all(self._root)
        return True

    _syncfs = _sync

    def _close(self, call: Call) -> bool:
        self._open.pop(call.fd or 0, None)
        return False

    def _mkdir(self, call: Call) -> bool:
        found = self._find(call.paths[0])
        if found:
            found[0].pending.append({found[1]: Folder()})
        return found is not None

    def _unlink(self, call: Call) -> bool:
        found = self._find(call.paths[0])
        if found:
            found[0].pending.append({found[1]: None})
        return found is not None

    def _linkat(self, call: Call) -> bool:
        source, target = self._find(call.paths[0]), self._find(call.paths[1])
        if source and target:
            target[0].pending.append({target[1]: source[0].names()[source[1]]})
        return bool(source and target)

    def _rename(self, call: Call) -> bool:
        source, target = self._find(call.paths[0]), self._find(call.paths[1])
        if not (source and target):
            return False
        node = source[0].names()[source[1]]
        if source[0] is target[0]:
            source[0].pending.append({source[1]: None, target[1]: node})
        else:
            target[0].pending.append({target[1]: node})
            source[0].pending.append({source[1]: None})
        return True

    _mkdirat, _unlinkat, _rmdir, _link, _renameat, _renameat2 = (
        _mkdir,
        _unlink,
        _unlink,
        _linkat,
        _rename,
        _rename,
    )


def _flush_all(folder: Folder) -> None:
    for node in folder.names().values():
        if isinstance(node, Folder):
            _flush_all(node)
        else:
            node.flush()
    folder.flush()


def _tear(change: tuple[int, bytes | None], rng: random.Random) -> Sequence[tuple[int, bytes | None]]:
    offset, data = change
    fate = rng.randrange(3)
    if data is None or fate < 2:
        return [change] if fate else []
    sectors = [(offset + at, data[at : at + SECTOR]) for at in range(0, len(data), SECTOR)]
    return [sector for sector in sectors if rng.random() < 0.5]


def _read(path: Path) -> Folder:
    """Read a folder as it is; everything in it is durable."""
    found = Folder()
    for one in path.iterdir():
        found.durable[one.name] = _read(one) if one.is_dir() else File(one.read_bytes())
    return found


def digest(base: Path, acknowledged: Sequence[str]) -> str:
    """Return the SHA-256 of a folder's names and bytes and of what was acknowledged over it."""
    found = hashlib.sha256("\n".join(acknowledged).encode())
    for path in sorted(base.rglob("*")):
        if not path.name.endswith(LOST):
            data = b"" if path.is_dir() else path.read_bytes()
            if path.name.endswith("-wal"):
                data = _without_salts(data)
            found.update(f"\n{path.relative_to(base)} {path.is_dir()} {len(data)}\n".encode() + data)
    return found.hexdigest()


def _without_salts(log: bytes) -> bytes:
    """Return a write-ahead log of SQLite without the random salts of its whole frames and the sums over them.

    SQLite reads frames up to the first that is not whole (salts and sum as the header's): what is whole is told by its
    pages alone, everything from there on by its bytes. https://www.sqlite.org/fileformat2.html#the_write_ahead_log
    """
    if len(log) < 32 or log[:4] not in _WAL_MAGIC:
        return log
    order, page, salts = _WAL_MAGIC[log[:4]], int.from_bytes(log[8:12]), log[16:24]
    sums = _wal_sums(order, log[:24], (0, 0))
    if struct.pack(">II", *sums) != log[24:32]:
        return log
    plain = [log[:16]]
    at = 32
    while len(frame := log[at : at + 24 + page]) == 24 + page and frame[8:16] == salts:
        sums = _wal_sums(order, frame[:8] + frame[24:], sums)
        if struct.pack(">II", *sums) != frame[16:24]:
            break
        plain += [frame[:8], frame[24:]]
        at += len(frame)
    return b"".join([*plain, b"|", log[at:]])


def _wal_sums(order: str, data: bytes, sums: tuple[int, int]) -> tuple[int, int]:
    one, two = sums
    words = struct.unpack(f"{order}{len(data) // 4}I", data)
    for first, second in zip(words[::2], words[1::2], strict=True):
        one = (one + first + two) & 0xFFFFFFFF
        two = (two + second + one) & 0xFFFFFFFF
    return one, two


def write(files: dict[str, bytes], base: Path) -> None:
    """Write a state into an empty folder; names that end in a slash are folders."""
    base.mkdir(parents=True)
    for name, data in files.items():
        path = base / name
        if name.endswith("/"):
            path.mkdir(parents=True, exist_ok=True)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
