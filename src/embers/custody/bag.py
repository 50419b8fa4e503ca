"""Writes BagIt 1.0 packages (RFC 8493): streamed, in constant memory, and either complete or not there.

A package is written into a hidden sibling of its final folder and renamed when its last byte is on stable
storage. bagit-python writes the older form 0.97, which is why Embers has a writer of its own.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from embers import __version__
from embers.custody.bag_check import check_bag, list_files
from embers.custody.bag_form import (
    ALGORITHMS,
    DECLARATION,
    PAYLOAD,
    checked_path,
    info_text,
    manifest_name,
    manifest_text,
    read_info,
    read_manifest,
)
from embers.errors import CustodyError
from embers.objects.digest import Digests, chunks
from embers.surroundings import Surroundings, utc_text

__all__ = ["AGENT", "BagWriter", "PackedFile", "check_bag", "write_bag"]

#: Names the writer in ``bag-info.txt``; only a package that carries it is ever replaced.
AGENT = "Embers"


@dataclass(frozen=True, slots=True)
class PackedFile:
    """One file of the payload as it was written: its path below ``data``, size and SHA-256."""

    path: str
    size: int
    sha256: str


@dataclass(slots=True)
class BagWriter:
    """Takes in the payload of one package, file by file. Made by :func:`write_bag`."""

    folder: Path
    surroundings: Surroundings
    info: dict[str, str] = field(default_factory=dict)
    _digests: dict[str, dict[str, str]] = field(default_factory=dict)
    _folded: dict[str, str] = field(default_factory=dict)
    _folders: set[Path] = field(default_factory=set)
    _size: int = 0

    @property
    def files(self) -> int:
        """How many payload files were taken in."""
        return len(self._digests)

    @property
    def size(self) -> int:
        """How many payload bytes were taken in."""
        return self._size

    def add(self, path: str, stream: BinaryIO, *, sha256: str | None = None) -> PackedFile:
        """Copy a stream to ``data/<path>``, digesting it in the same pass; an unexpected digest is refused.

        Paths that differ only in case are refused too: on many computers they are the same file.
        """
        clean = checked_path(path)
        self._claim(clean)
        digests = self._write(f"{PAYLOAD}/{clean}", stream)
        if sha256 is not None and sha256 != digests.hex():
            raise CustodyError(
                "altered",
                f"The bytes for {clean} have SHA-256 {digests.hex()}, not the recorded {sha256}.",
                "Run `embers verify` on the case; no package was written.",
            )
        self._digests[clean] = digests.all()
        self._size += digests.size
        return PackedFile(clean, digests.size, digests.hex())

    def add_bytes(self, path: str, data: bytes) -> PackedFile:
        """Write ``data/<path>`` from memory."""
        return self.add(path, io.BytesIO(data))

    def _claim(self, path: str) -> None:
        """Refuse a path that meets an earlier one as a file, a folder, or in another case."""
        parts = path.casefold().split("/")
        whole = "/".join(parts)
        parents = ["/".join(parts[:count]) for count in range(1, len(parts))]
        if whole in self._folded or any(self._folded.get(parent) == "file" for parent in parents):
            raise CustodyError(
                "name-twice", f"The package already has a file or folder {path!r}.", "Give it another name."
            )
        self._folded |= dict.fromkeys(parents, "folder") | {whole: "file"}

    def _write(self, path: str, stream: BinaryIO) -> Digests:
        disk = self.surroundings.disk
        target = self.folder.joinpath(*path.split("/"))
        if target.parent not in self._folders:
            disk.make_folder(target.parent)
            self._folders.add(target.parent)
        digests = Digests(ALGORITHMS)
        with disk.create(target) as handle:
            for data in chunks(stream):
                digests.update(data)
                handle.write(data)
            disk.sync(handle)
        return digests

    def finish(self) -> None:
        """Write manifests and tag files, tag manifests last, and flush every folder."""
        tags: dict[str, Digests] = {}

        def tag(name: str, text: str) -> None:
            tags[name] = self._write(name, io.BytesIO(text.encode()))

        self.surroundings.disk.make_folder(self.folder / PAYLOAD)
        tag("bagit.txt", DECLARATION)
        tag("bag-info.txt", info_text(self._complete_info()))
        for algorithm in ALGORITHMS:
            pairs = ((f"{PAYLOAD}/{path}", made[algorithm]) for path, made in self._digests.items())
            tag(manifest_name(algorithm), manifest_text(pairs))
        for algorithm in ALGORITHMS:
            pairs = ((name, made.hex(algorithm)) for name, made in tags.items())
            self._write(manifest_name(algorithm, tags=True), io.BytesIO(manifest_text(pairs).encode()))
        for folder in {self.folder, *self._folders}:
            self.surroundings.disk.sync_folder(folder)

    def _complete_info(self) -> dict[str, str]:
        return {
            **self.info,
            "Bagging-Date": utc_text(self.surroundings.clock.now())[:10],
            "Bag-Software-Agent": f"{AGENT} {__version__}",
            "Payload-Oxum": f"{self._size}.{len(self._digests)}",
        }


@contextmanager
def write_bag(
    target: Path, surroundings: Surroundings, *, info: Mapping[str, str], replace: bool = False
) -> Iterator[BagWriter]:
    """Give a writer; when the block ends well, the complete package stands at ``target``, else nothing does.

    An existing folder is refused. With ``replace`` a package that Embers wrote, and that holds nothing added
    later, gives way: it stays whole until the new one is complete. A crash between the two renames leaves
    both under hidden sibling names, never a mixture.
    """
    target = target.absolute()
    if target.exists() or target.is_symlink():
        _require_replaceable(target, replace=replace)
    side = _sibling(target, surroundings, "part")
    surroundings.disk.make_folder(side)
    writer = BagWriter(side, surroundings, dict(info))
    try:
        yield writer
        writer.finish()
        _into_place(side, target, surroundings)
    finally:
        if side.exists():
            _remove(side, surroundings)


def _sibling(target: Path, surroundings: Surroundings, ending: str) -> Path:
    return target.parent / f".{target.name}.{surroundings.randomness.bytes(6).hex()}.{ending}"


def _require_replaceable(target: Path, *, replace: bool) -> None:
    if not replace:
        raise CustodyError(
            "exists", f"{target} exists already; packages are not overwritten.", "Choose another name."
        )
    if target.is_symlink() or not target.is_dir() or not _is_ours(target):
        raise CustodyError(
            "not-ours",
            f"{target} is not a package written by Embers, or holds files added later.",
            "Move it away or choose another name; it was not touched.",
        )


def _is_ours(target: Path) -> bool:
    """Tell whether a folder is a package of this writer with exactly the files it was written with."""
    files, odd = list_files(target)
    known = {"bagit.txt", "bag-info.txt"}
    known |= {manifest_name(name, tags=tags) for name in ALGORITHMS for tags in (False, True)}
    try:
        info = read_info((target / "bag-info.txt").read_text(encoding="utf-8"))
        listed, _ = read_manifest((target / manifest_name("sha256")).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        return False
    return (
        info.get("Bag-Software-Agent", "").startswith(f"{AGENT} ")
        and not odd
        and set(files) == known | listed.keys()
    )


def _into_place(side: Path, target: Path, surroundings: Surroundings) -> None:
    disk = surroundings.disk
    old = _sibling(target, surroundings, "old") if target.exists() else None
    if old:
        disk.replace(target, old)
    try:
        disk.replace(side, target)
    except OSError:
        if old:
            disk.replace(old, target)
        raise
    disk.sync_folder(target.parent)
    if old:
        _remove(old, surroundings)


def _remove(folder: Path, surroundings: Surroundings) -> None:
    """Remove a folder this module made; leftovers that cannot be removed do no harm under a hidden name."""
    with suppress(OSError):
        parents = {folder}
        for path in list(surroundings.disk.walk(folder)):
            surroundings.disk.remove(path)
        for path in folder.rglob("*"):
            parents.add(path)
        for path in sorted(parents, key=lambda path: len(path.parts), reverse=True):
            path.rmdir()
