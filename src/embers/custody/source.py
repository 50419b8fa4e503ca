"""Material as it is brought: listed, recognised, with what others stated about it; nothing is read in full here."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from embers.custody import containers
from embers.custody.acquisition import FolderWalk, FoundFile, walk_folder
from embers.custody.names import recorded_name
from embers.custody.stated_digests import StatedList, lists_beside, lists_in
from embers.errors import CustodyError
from embers.surroundings import Surroundings


@dataclass(frozen=True, slots=True)
class Source:
    """A file or folder somebody brought: what is in it, what it looks like, and digests stated beside it."""

    root: Path
    walk: FolderWalk
    single: bool
    form: containers.Form
    lists: tuple[StatedList, ...]

    @property
    def listing(self) -> str:
        """SHA-256 of names and sizes, by which an interrupted acquisition is known again."""
        running = hashlib.sha256()
        for file in self.walk.files:
            running.update(f"{file.size} {file.name}\n".encode())
        return running.hexdigest()

    @property
    def bytes(self) -> int:
        """Bytes of all files."""
        return sum(file.size for file in self.walk.files)

    def stated(self, name: str) -> dict[str, str]:
        """Return the digests others stated for a file."""
        found: dict[str, str] = {}
        for one in self.lists:
            found |= one.digests.get(name, {})
        return found


def look_at_source(path: Path, around: Surroundings) -> Source:
    """List the material and the digests stated beside it; nothing is read in full yet."""
    single = not path.is_dir()
    if single:
        name, odd = recorded_name(path.name)
        found = path.lstat() if path.exists() else None  # examine() refuses what is missing, by name
        size, modified = (found.st_size, found.st_mtime_ns) if found else (0, 0)
        walk = FolderWalk((FoundFile(path, name, size, modified, tuple(odd)),), ())
        lists = lists_beside(path, around)
        form = containers.form_of_file(name)
    else:
        walk = walk_folder(path, around)
        if not walk.files and not walk.unreadable:
            raise CustodyError(
                "empty-folder",
                f"{recorded_name(str(path))[0]} holds no file.",
                "Give a folder with material.",
            )
        lists = lists_in([(file.path, file.name) for file in walk.files], around)
        form = containers.form_of_names([file.name for file in walk.files])
    return Source(path, walk, single, form, tuple(lists))
