"""Wrapped keys: small write-once files that can be destroyed, kept apart from objects and journal.

Two kinds of wrap, both small age files::

    wraps/data/ab/<sha256 of the sealed object>.<fingerprint of the compartment key>
    wraps/keys/<fingerprint of the compartment key>/<fingerprint of the member's key>

The first holds the data key of one sealed object, encrypted to a compartment's key; the second holds that
compartment's secret key, encrypted to one member. Sealed content is readable for whoever can walk this chain, and
for nobody once the wraps of its data key are destroyed everywhere. Names are digests of random bytes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from embers.errors import ObjectError
from embers.objects.destroy import destroy_files, settle
from embers.surroundings import Surroundings, is_file, is_folder

_DATA = re.compile(r"([0-9a-f]{64})\.([0-9a-f]{32})\Z")
_PRINT = re.compile(r"[0-9a-f]{32}\Z")
#: A wrap of a 32-byte key has about 240 bytes; anything larger is no wrap.
LIMIT = 4096
_SIDE = ".incoming"


@dataclass(frozen=True, slots=True, order=True)
class WrapName:
    """Names one wrap: what it opens (an object's digest or a compartment key), and whose key opens it."""

    opens: str
    key: str

    @property
    def of_object(self) -> bool:
        """Tell whether it holds the data key of an object."""
        return len(self.opens) == 64

    def path(self) -> str:
        """Return its place below the folder of wraps; refuse a name that is none."""
        if self.of_object and _DATA.match(f"{self.opens}.{self.key}"):
            return f"data/{self.opens[:2]}/{self.opens}.{self.key}"
        if _PRINT.match(self.opens) and _PRINT.match(self.key):
            return f"keys/{self.opens}/{self.key}"
        raise ObjectError("wrap-name", f"{self.opens}.{self.key} does not name a wrap.", "Check the digest.")


class WrapFolder:
    """The wraps of one case, or a back-up of them."""

    def __init__(self, path: Path, surroundings: Surroundings) -> None:
        self.path = path
        self._surroundings = surroundings

    def put(self, name: WrapName, wrapped: bytes) -> None:
        """Store one wrap durably. A second one of the same name is not needed and not stored."""
        self.put_all([(name, wrapped)])

    def put_all(self, wraps: Iterable[tuple[WrapName, bytes]]) -> int:
        """Store many wraps; all are on stable storage when this returns. Return how many were new.

        Many small files are flushed together: one by one would take minutes for a large compartment.
        """
        disk = self._surroundings.disk
        fresh: list[tuple[Path, Path]] = []
        folders = {self.path}
        for name, wrapped in wraps:
            if len(wrapped) > LIMIT:
                raise ObjectError("wrap", "A wrapped key is too long.", "It was not written by Embers.")
            target = self.path / name.path()
            disk.make_folder(target.parent)
            folders |= {target.parent, target.parent.parent}
            if is_file(target):
                continue
            side = target.with_name(f"{_SIDE}-{self._surroundings.randomness.bytes(8).hex()}")
            with disk.create(side) as handle:
                handle.write(wrapped)
            fresh.append((side, target))
        disk.sync_files([side for side, _ in fresh])
        for side, target in fresh:  # only now: a name must never stand for bytes that a power cut could take
            disk.replace(side, target)
        for folder in folders:  # also of those that were here: who put them may have been killed before this
            disk.sync_folder(folder)
        return len(fresh)

    def flush(self) -> None:
        """Put on stable storage which names are here and which are gone, whoever wrote or removed them."""
        settle(self.path, self._surroundings)

    def get(self, name: WrapName) -> bytes | None:
        """Return one wrap, or nothing if it is not here."""
        try:
            with self._surroundings.disk.read(self.path / name.path()) as handle:
                return handle.read(LIMIT + 1)
        except FileNotFoundError:
            return None

    def all(self) -> Iterator[WrapName]:
        """Yield every wrap in sorted order."""
        for part in ("data", "keys"):
            folder = self.path / part
            for path in self._surroundings.disk.walk(folder) if is_folder(folder) else ():
                if found := _name(path, part):
                    yield found

    def of_object(self, sha256: str) -> list[WrapName]:
        """Return the wraps of an object's data key."""
        folder = self.path / "data" / sha256[:2]
        names = (_name(path, "data") for path in sorted(folder.glob(f"{sha256}.*")))
        return [name for name in names if name is not None]

    def has_member(self, key: str) -> bool:
        """Tell whether a compartment's secret key is here, wrapped to any member."""
        folder = self.path / "keys" / key
        return any(_name(path, "keys") for path in (folder.iterdir() if is_folder(folder) else ()))

    def for_key(self, key: str) -> list[WrapName]:
        """Return the wraps that one key opens."""
        return [name for name in self.all() if name.key == key]

    def destroy(self, names: Iterable[WrapName]) -> int:
        """Overwrite and remove wraps, durably, with those a killed process had begun to remove; return how many."""
        gone = destroy_files((self.path / name.path() for name in names), self._surroundings)
        self.flush()
        return gone

    def sweep(self) -> None:
        """Destroy what a crash left without a name. Call it while nobody writes wraps."""
        if is_folder(self.path):
            walk = self._surroundings.disk.walk(self.path)
            destroy_files([path for path in walk if path.name.startswith(_SIDE)], self._surroundings)


def _name(path: Path, part: str) -> WrapName | None:
    if part == "data":
        found = _DATA.match(path.name)
        return WrapName(found[1], found[2]) if found else None
    if _PRINT.match(path.name) and _PRINT.match(path.parent.name):
        return WrapName(path.parent.name, path.name)
    return None
