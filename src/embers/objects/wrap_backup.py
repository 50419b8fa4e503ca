"""Back-ups of wrapped keys, apart from objects and journal, with a short life.

An old back-up of ciphertext is harmless once its wraps are gone; an old back-up of wraps would undo an erasure. So
wraps are backed up in sets, sets are destroyed after at most 30 days, and an erasure reaches into those at hand.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from embers.errors import ObjectError
from embers.objects.destroy import destroy_files
from embers.objects.wraps import WrapFolder
from embers.surroundings import Surroundings

#: The longest a set may live. A shorter time may be asked for, never a longer one.
LONGEST = timedelta(days=30)
_STAMP = "%Y%m%dT%H%M%SZ"


@dataclass(frozen=True, slots=True)
class BackupDone:
    """What a back-up wrote, and how many outdated sets it destroyed."""

    folder: Path
    wraps: int
    outdated: int


class WrapBackup:
    """A folder of sets, best on a medium of its own that never travels with the objects."""

    def __init__(self, path: Path, surroundings: Surroundings) -> None:
        self.path = path
        self._surroundings = surroundings

    def write(self, wraps: WrapFolder, *, keep: timedelta = LONGEST) -> BackupDone:
        """Write a new set, then destroy sets older than ``keep``."""
        if not timedelta(0) < keep <= LONGEST:
            raise ObjectError(
                "backup-age",
                "Key back-ups live for at most 30 days.",
                "Otherwise an erasure would not be one.",
            )
        now = self._surroundings.clock.now()
        target = (
            self.path
            / f"{now.astimezone(UTC).strftime(_STAMP)}-{self._surroundings.randomness.bytes(4).hex()}"
        )
        fresh = WrapFolder(target, self._surroundings)
        written = fresh.put_all((name, data) for name in wraps.all() if (data := wraps.get(name)) is not None)
        outdated = [found for found in self.sets() if found != target and now - _made(found) > keep]
        for found in outdated:
            self._destroy(found)
        return BackupDone(target, written, len(outdated))

    def restore(self, wraps: WrapFolder, *, but_not: Iterable[str] = ()) -> int:
        """Bring back what is missing from the newest set, without wraps of erased objects; return how many."""
        newest = self.sets()[-1:]
        if not newest:
            raise ObjectError("no-backup", f"There is no key back-up in {self.path}.", "Give its folder.")
        erased = set(but_not)
        saved = WrapFolder(newest[0], self._surroundings)
        wanted = (name for name in saved.all() if name.opens not in erased)
        return wraps.put_all((name, data) for name in wanted if (data := saved.get(name)) is not None)

    def forget(self, objects: Iterable[str]) -> int:
        """Destroy every wrap of these objects in every set; return how many there were."""
        folders = [WrapFolder(found, self._surroundings) for found in self.sets()]
        for folder in folders:
            folder.sweep()
        return sum(
            folder.destroy([name for sha256 in objects for name in folder.of_object(sha256)])
            for folder in folders
        )

    def sets(self) -> list[Path]:
        """Return the sets from the oldest to the newest."""
        if not self.path.is_dir():
            return []
        return [path for path in sorted(self.path.iterdir()) if path.is_dir() and _stamp(path) is not None]

    def _destroy(self, folder: Path) -> None:
        destroy_files(list(self._surroundings.disk.walk(folder)), self._surroundings)
        for path in sorted((path for path in folder.rglob("*") if path.is_dir()), reverse=True):
            path.rmdir()
        folder.rmdir()


def _stamp(path: Path) -> datetime | None:
    try:
        return datetime.strptime(path.name[:16], _STAMP).replace(tzinfo=UTC)
    except ValueError:
        return None


def _made(path: Path) -> datetime:
    return _stamp(path) or datetime.min.replace(tzinfo=UTC)
