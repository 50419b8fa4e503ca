"""Field mode: opening a locked case, locking it, destroying its lock.

Nothing here signs anything: a lock says nothing about the case, and a panic leaves no time for an entry.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from embers.custody import key_holder
from embers.custody.field_lock import (
    LOCK_NAME,
    Argon2Cost,
    CaseKey,
    create_lock,
    destroy_lock,
    is_field_case,
    lock_id,
    unlock,
)
from embers.errors import ActionError, CustodyError
from embers.journal.sqlite_connection import require_fixed_sqlcipher
from embers.objects.destroy import destroy_files
from embers.surroundings import Surroundings


@dataclass(frozen=True, slots=True)
class Panicked:
    """What a panic destroyed."""

    lock: bool
    key_file: bool
    holder: bool


def field_key(
    folder: Path, surroundings: Surroundings, *, passphrase: str = "", key_file: Path | None = None
) -> CaseKey | None:
    """Return the key of a field case if it is unlocked or a passphrase is at hand; nothing for an ordinary case."""
    if not is_field_case(folder):
        return None
    if held := key_holder.held_key(lock_id(folder, surroundings)):
        return CaseKey(held)
    return unlock(folder, passphrase, surroundings, key_file=key_file) if passphrase else None


def start_field_case(
    folder: Path,
    passphrase: str,
    surroundings: Surroundings,
    *,
    key_file: Path | None = None,
    cost: Argon2Cost | None = None,
) -> CaseKey:
    """Put a lock on a new, empty case folder and return its key. A folder with anything in it is refused.

    An ordinary case is not turned into a field case: what was written in the clear may stay on the medium.
    """
    require_fixed_sqlcipher()
    if folder.exists() and any(folder.iterdir()):
        raise ActionError(
            "field-folder",
            f"{folder} is not empty, and field mode begins with the case.",
            "Start a new folder, then sync or import into it. What was written in the clear can stay on a disk.",
        )
    return create_lock(folder, passphrase, surroundings, key_file=key_file, cost=cost)


def unlock_case(
    folder: Path, passphrase: str, surroundings: Surroundings, *, minutes: int, key_file: Path | None = None
) -> CaseKey:
    """Open a field case and keep its key until it is locked or idle for ``minutes``."""
    key = unlock(folder, passphrase, surroundings, key_file=key_file)
    key_holder.hold(lock_id(folder, surroundings), key.raw, minutes=minutes)
    return key


def lock_case(folder: Path, surroundings: Surroundings) -> bool:
    """Forget the key; tell whether the case was unlocked."""
    return key_holder.forget(lock_id(folder, surroundings))


def panic(folder: Path, surroundings: Surroundings, *, key_file: Path | None = None) -> Panicked:
    """Destroy the lock, and the key file if its medium is connected, then forget the key. There is no way back."""
    if not is_field_case(folder):
        raise ActionError(
            "no-field-case",
            f"{folder} has no {LOCK_NAME}: it is an ordinary case, and its files are not encrypted.",
            "Panic destroys a lock, not files. Only a field case can be made unreadable in a moment.",
        )
    holder = _lock_id_if_readable(folder, surroundings)
    destroyed = destroy_lock(folder, surroundings)
    file = destroy_files([key_file], surroundings) == 1 if key_file is not None else False
    return Panicked(destroyed, file, bool(holder) and key_holder.forget(holder))


def _lock_id_if_readable(folder: Path, surroundings: Surroundings) -> str:
    """Return the lock's id, or nothing if the lock is damaged: a panic must not fail over that."""
    try:
        return lock_id(folder, surroundings)
    except CustodyError:
        return ""
