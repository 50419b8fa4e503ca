"""Copies of erased bytes outside the object store of a case folder: in earlier dossiers, and among arriving pieces."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

from embers.objects.destroy import destroy_files, settle
from embers.objects.digest import digest_stream
from embers.settings import EXPORTS_FOLDER, INCOMING_FOLDER
from embers.surroundings import Surroundings, is_file, is_folder


def find_copies(folder: Path, objects: Collection[str], around: Surroundings) -> Iterator[Path]:
    """Yield the files below ``exports/`` that are, byte for byte, one of these objects."""
    exports = folder / EXPORTS_FOLDER
    if not objects or not is_folder(exports):
        return
    wanted = set(objects)
    for path in around.disk.walk(exports):
        if path.is_symlink() or not is_file(path):
            continue
        with around.disk.read(path) as handle:
            if digest_stream(handle).hex() in wanted:
                yield path


def destroy_copies(folder: Path, objects: Collection[str], around: Surroundings) -> int:
    """Destroy these objects in earlier dossiers, and every piece still arriving; return how many files of dossiers.

    All pieces go, whichever object they are of: those that are still wanted are asked for again.
    """
    found = destroy_files(list(find_copies(folder, objects, around)), around)
    incoming = folder / INCOMING_FOLDER
    if is_folder(incoming):
        destroy_files(list(around.disk.walk(incoming)), around)
    for emptied in (folder / EXPORTS_FOLDER, incoming):
        settle(emptied, around)
    return found
