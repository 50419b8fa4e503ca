"""Logs as static files (C2SP tlog-tiles 0.1.0): a checkpoint, hash tiles, entry bundles."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from embers.errors import JournalError
from embers.journal.journal import TILE_LEVELS, Journal
from embers.journal.merkle import CompactRange, leaf_hash
from embers.journal.note import read_checkpoint, read_verifier_key
from embers.surroundings import Disk

WIDTH = 1 << TILE_LEVELS


def tile_number(index: int) -> str:
    """Write a tile index as C2SP does: groups of three digits, all but the last marked with ``x``."""
    parts = [f"{index % 1000:03d}"]
    while index >= 1000:
        index //= 1000
        parts.append(f"x{index % 1000:03d}")
    return "/".join(reversed(parts))


def tile_path(level: int | str, index: int, width: int = WIDTH) -> str:
    """Return the path of a tile (``level`` a number) or entry bundle (``level`` is ``entries``)."""
    partial = "" if width == WIDTH else f".p/{width}"
    return f"tile/{level}/{tile_number(index)}{partial}"


def _spans(size: int) -> Iterator[tuple[int, int]]:
    for index in range((size + WIDTH - 1) // WIDTH):
        yield index, min(WIDTH, size - index * WIDTH)


def bundle(entries: Sequence[bytes]) -> bytes:
    """Write entries as a bundle: each with a 16-bit big-endian length."""
    return b"".join(len(raw).to_bytes(2, "big") + raw for raw in entries)


def read_bundle(data: bytes) -> list[bytes]:
    """Read a bundle; refuse one that is cut."""
    entries, place = [], 0
    while place < len(data):
        length = int.from_bytes(data[place : place + 2], "big")
        entry = data[place + 2 : place + 2 + length]
        if len(entry) != length or place + 2 > len(data):
            raise JournalError("bundle", "An entry bundle is cut.", "Fetch it again.")
        entries.append(entry)
        place += 2 + length
    return entries


def export_log(journal: Journal, origin: str, write: Callable[[str, bytes], None]) -> int:
    """Hand every file of a log to ``write`` as (path, bytes), the checkpoint last; return the log's size."""
    size = journal.checkpoint(origin).size
    store = journal.store
    for index, width in _spans(size):
        rows = store.log_entries(origin, index * WIDTH, index * WIDTH + width)
        write(tile_path("entries", index, width), bundle([row.raw for row in rows]))
    level, count = 0, size
    while count:
        for index, width in _spans(count):
            hashes = store.hashes(origin, level * TILE_LEVELS, start=index * WIDTH, end=index * WIDTH + width)
            write(tile_path(level, index, width), b"".join(hashes))
        level, count = level + 1, count // WIDTH
    write("checkpoint", journal.checkpoint_note(origin).encode())
    return size


def export_folder(journal: Journal, origin: str, folder: Path) -> int:
    """Write a log as static files into a folder that must not exist yet."""
    folder.mkdir(parents=True)

    def write(path: str, data: bytes) -> None:
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)

    return export_log(journal, origin, write)


def read_folder(folder: Path, vkey: str, disk: Disk) -> Iterator[bytes]:
    """Yield the entries of a log exported as static files, each bundle checked against its hash tile.

    Raises :class:`JournalError` naming the file if a file is missing or altered, or if in the end the signed
    root does not come out. Use the entries only when the iterator has ended without an error.
    """
    origin, public = read_verifier_key(vkey)
    point = read_checkpoint(_read(folder, "checkpoint", disk).decode("utf-8", "replace"), origin, public)
    tree, sizes = CompactRange(), point.size
    for index, width in _spans(sizes):
        path = tile_path("entries", index, width)
        entries = read_bundle(_read(folder, path, disk))
        hashes = [leaf_hash(raw) for raw in entries]
        if len(entries) != width or b"".join(hashes) != _read(folder, tile_path(0, index, width), disk):
            raise JournalError("tile", f"{folder / path} does not fit its hash tile.", "Fetch the log again.")
        for hash in hashes:
            _check_tile_roots(folder, tree.append(hash), size=sizes, disk=disk)
        yield from entries
    if tree.root() != point.root:
        raise JournalError(
            "tile", f"The entries in {folder} do not have the signed root.", "Fetch the log again."
        )


def _check_tile_roots(folder: Path, done: list[tuple[int, int, bytes]], *, size: int, disk: Disk) -> None:
    """Compare the root of each tile just filled with its place in the tile one level up."""
    for level, index, hash in done:
        if level and level % TILE_LEVELS == 0:
            count = size >> level
            tile, place = divmod(index, WIDTH)
            path = tile_path(level // TILE_LEVELS, tile, min(WIDTH, count - tile * WIDTH))
            if _read(folder, path, disk)[32 * place : 32 * place + 32] != hash:
                raise JournalError(
                    "tile", f"{folder / path} does not fit the tiles below it.", "Fetch the log again."
                )


def _read(folder: Path, path: str, disk: Disk) -> bytes:
    try:
        with disk.read(folder / path) as handle:
            return handle.read(WIDTH * (1 << 16) + 1)
    except FileNotFoundError:
        raise JournalError("tile", f"{folder / path} is missing.", "Fetch the log again.") from None
