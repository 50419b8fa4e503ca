"""Destroying files: overwrite, flush, remove, flush the folder.

On a magnetic disk the old bytes are gone. On flash storage the controller may keep a stale copy that no program can
reach; that is why what matters is encrypted, and why the manual says what destroying does not do.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from embers.surroundings import Surroundings, is_file, is_folder

_CHUNK = 1024 * 1024


def destroy_files(paths: Iterable[Path], surroundings: Surroundings) -> int:
    """Destroy files, durably; return how many there were. A missing one is not an error, so it can be repeated.

    The folders of missing ones are flushed too: whoever removed a file may have been killed before doing so, and a
    power cut would bring it back.
    """
    disk = surroundings.disk
    wanted = list(paths)
    found = [path for path in wanted if is_file(path) and not path.is_symlink()]
    for path in found:
        _overwrite(path, surroundings)
    disk.sync_files(found)
    for path in found:
        disk.remove(path)
    for folder in {path.parent for path in wanted}:
        if is_folder(folder):
            disk.sync_folder(folder)
    return len(found)


def settle(folder: Path, surroundings: Surroundings) -> None:
    """Flush every folder from here down, for files that were removed by whoever, and whose names nobody knows now."""
    for path in [folder, *(path for path in folder.rglob("*") if is_folder(path) and not path.is_symlink())]:
        if is_folder(path):
            surroundings.disk.sync_folder(path)


def _overwrite(path: Path, surroundings: Surroundings) -> None:
    path.chmod(0o600)
    left = path.stat().st_size
    with surroundings.disk.overwrite(path) as handle:
        while left:
            part = min(left, _CHUNK)
            handle.write(surroundings.randomness.bytes(part))
            left -= part
