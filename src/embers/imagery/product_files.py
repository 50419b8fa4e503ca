"""The files of a product, whether it lies unpacked in a folder, in a zip, or is only its manifest.

Archives are untrusted: names that leave the product, double names, encrypted members and members that
would unpack to absurd sizes are refused before a byte is unpacked, and reading is streamed and bounded.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol, cast

from embers.errors import ImageryError
from embers.surroundings import Disk

MANIFEST = "manifest.safe"
CHUNK = 1024 * 1024
#: A Sentinel product has some hundred files and at most a few tens of gigabytes.
MAX_MEMBERS = 20_000
MAX_MEMBER_BYTES = 32 * 1024**3
MAX_TOTAL_BYTES = 128 * 1024**3
#: Real products stay under 40:1; only members of more than 16 MiB unpacked are held to this.
MAX_RATIO = 250
_RATIO_FROM = 16 * 1024**2
_PRODUCT = re.compile(r"^S[1-6][A-D_][A-Za-z0-9_]{10,100}$")
_HINT = "Keep the archive as it is and ask the provider for a fresh copy of the product."


class UnreadableFileError(Exception):
    """One file is there but its bytes cannot be had; the sentence says why."""


class ProductFiles(Protocol):
    """What a manifest check needs from a product."""

    @property
    def form(self) -> str:
        """How the product was handed over: ``folder``, ``zip`` or ``manifest``."""
        ...

    @property
    def product(self) -> str:
        """Product identifier taken from the folder or archive name, empty if it gives none."""
        ...

    def names(self) -> Mapping[str, int | None]:
        """Return path inside the product -> size in bytes, ``None`` where it cannot be told."""
        ...

    def chunks(self, name: str) -> Iterator[bytes]:
        """Yield the bytes of a file; raises :class:`UnreadableFileError`."""
        ...


def safe_name(href: str, *, named: str) -> str:
    """Return ``href`` as a plain relative path; refuse anything that could point out of the product."""
    path = href.removeprefix("./")
    parts = path.split("/")
    bad = (
        not path
        or "\\" in path
        or ":" in path
        or any(ord(letter) < 32 or ord(letter) == 127 for letter in path)
        or any(part in {"", ".", ".."} for part in parts)
    )
    if bad:
        raise ImageryError(
            "product-path",
            f"{named} names {href!r}, which is not a plain path inside the product.",
            "Treat the product as hostile: keep it sealed and do not unpack it.",
        )
    return path


def product_name(name: str) -> str:
    """Return the product identifier a folder or archive name gives, or an empty string."""
    stem = name.removesuffix(".zip").removesuffix(".SAFE")
    return stem if _PRODUCT.match(stem) else ""


def _stream(handle: BinaryIO, limit: int) -> Iterator[bytes]:
    count = 0
    while chunk := handle.read(CHUNK):
        count += len(chunk)
        if count > limit:
            raise UnreadableFileError(f"it goes on beyond {limit} bytes")
        yield chunk


@dataclass(frozen=True, slots=True)
class FolderFiles:
    """An unpacked product. Symbolic links and special files are listed but never followed."""

    root: Path
    disk: Disk
    form: str = "folder"

    @property
    def product(self) -> str:
        """Identifier from the folder name."""
        return product_name(self.root.name)

    def names(self) -> Mapping[str, int | None]:
        """Sizes by path, see :class:`ProductFiles`."""
        return {
            path.relative_to(self.root).as_posix(): path.stat().st_size if _plain(path) else None
            for path in self.disk.walk(self.root)
        }

    def chunks(self, name: str) -> Iterator[bytes]:
        """Stream one file, see :class:`ProductFiles`."""
        path = self.root / name
        if not _plain(path):
            raise UnreadableFileError("it is a link or a special file, not a regular file")
        try:
            with self.disk.read(path) as handle:
                yield from _stream(handle, MAX_MEMBER_BYTES)
        except OSError as error:
            raise UnreadableFileError(f"it cannot be read ({error.strerror or error})") from error


def _plain(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()


@dataclass(frozen=True, slots=True)
class ManifestOnly:
    """A manifest that came without its product."""

    path: Path
    disk: Disk
    form: str = "manifest"

    @property
    def product(self) -> str:
        """Identifier from the folder name."""
        return product_name(self.path.resolve().parent.name)

    def names(self) -> Mapping[str, int | None]:
        """Sizes by path, see :class:`ProductFiles`."""
        return {MANIFEST: self.path.stat().st_size}

    def chunks(self, name: str) -> Iterator[bytes]:
        """Stream one file, see :class:`ProductFiles`."""
        if name != MANIFEST:
            raise UnreadableFileError("only the manifest was handed over")
        with self.disk.read(self.path) as handle:
            yield from _stream(handle, MAX_MEMBER_BYTES)


@dataclass(frozen=True, slots=True)
class ZipFiles:
    """A product inside a zip archive; members are read one after the other, never unpacked to disk."""

    archive: zipfile.ZipFile
    prefix: str
    members: Mapping[str, zipfile.ZipInfo]
    product: str
    form: str = "zip"

    def names(self) -> Mapping[str, int | None]:
        """Sizes by path, see :class:`ProductFiles`."""
        return {name: info.file_size for name, info in self.members.items()}

    def chunks(self, name: str) -> Iterator[bytes]:
        """Stream one file, see :class:`ProductFiles`."""
        info = self.members[name]
        if info.flag_bits & 0x1:
            raise UnreadableFileError("it is encrypted inside the archive")
        try:
            with self.archive.open(info) as handle:
                yield from _stream(cast("BinaryIO", handle), info.file_size)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError) as error:
            raise UnreadableFileError(f"the archive is damaged at this file ({error})") from error


def _checked_members(archive: zipfile.ZipFile, *, named: str) -> dict[str, zipfile.ZipInfo]:
    infos = archive.infolist()
    if len(infos) > MAX_MEMBERS or sum(info.file_size for info in infos) > MAX_TOTAL_BYTES:
        raise ImageryError("zip-size", f"{named} would unpack beyond any real product.", _HINT)
    members: dict[str, zipfile.ZipInfo] = {}
    for info in infos:
        # orig_filename is what the archive says; zipfile cuts filename at a NUL.
        name = safe_name(info.orig_filename.removesuffix("/"), named=named)
        if name in members:
            raise ImageryError("zip-duplicate", f"{named} holds {name!r} twice.", _HINT)
        large = info.file_size > _RATIO_FROM and info.file_size > MAX_RATIO * max(1, info.compress_size)
        if info.file_size > MAX_MEMBER_BYTES or large:
            raise ImageryError(
                "zip-size", f"{name!r} in {named} would unpack to {info.file_size} bytes.", _HINT
            )
        members[name] = info
    return {name: info for name, info in members.items() if not info.is_dir()}


def _open_zip(path: Path, handle: BinaryIO) -> ZipFiles:
    try:
        archive = zipfile.ZipFile(handle)
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise ImageryError(
            "zip-damaged", f"{path.name} is not a whole zip archive: {error}.", _HINT
        ) from error
    members = _checked_members(archive, named=path.name)
    found = [name for name in members if name.rpartition("/")[2] == MANIFEST]
    if len(found) != 1:
        raise ImageryError(
            "manifest-missing",
            f"{path.name} holds {len(found)} files named {MANIFEST}; one is expected.",
            _HINT,
        )
    prefix = found[0].removesuffix(MANIFEST)
    # What lies beside the product folder can never stand in for a listed file.
    inside = {
        name.removeprefix(prefix) if name.startswith(prefix) else f"../{name}": info
        for name, info in members.items()
    }
    product = product_name(prefix.rstrip("/").rpartition("/")[2]) or product_name(path.name)
    return ZipFiles(archive, prefix, inside, product)


@contextmanager
def open_product(path: Path, disk: Disk) -> Iterator[ProductFiles]:
    """Open a product folder, a zipped product or a lone manifest at ``path`` for reading.

    Raises :class:`ImageryError` if nothing is there, the archive is damaged or hostile, or it has
    no manifest.
    """
    if path.is_dir():
        if not (path / MANIFEST).is_file():
            raise ImageryError("manifest-missing", f"{path.name} holds no {MANIFEST}.", _HINT)
        yield FolderFiles(path, disk)
        return
    if not path.is_file():
        raise ImageryError("product-missing", f"There is no product at {path.name}.", "Check the path.")
    if path.suffix.lower() != ".zip":
        yield ManifestOnly(path, disk)
        return
    with disk.read(path) as handle:
        files = _open_zip(path, handle)
        with files.archive:
            yield files
