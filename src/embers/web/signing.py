"""Keys of people who are logged in, unlocked with their passphrase and kept in the memory of this process only.

A key dies with its session's log-out, when it was not used for a while, and with the process. Nothing of it is ever
written: a session that outlives the process finds no key and asks for the passphrase again. Who does not unlock a key
reads, and signs nothing.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from django.contrib.auth.signals import user_logged_out
from django.http import HttpRequest

from embers.actions.case_folder import CaseFolder
from embers.actions.recorder import Recorder
from embers.errors import AccessDenied, EmbersError
from embers.journal.keys import Keyring, PersonKey
from embers.web.accounts.settings import IDLE
from embers.web.reader import folder_of, policy_of, reader_of, sitting_of

_SWEPT_EVERY_S = 20.0


@dataclass(slots=True)
class _Unlocked:
    key: PersonKey
    person: str
    folder: CaseFolder
    used: float


class KeyMemory:
    """The unlocked keys of this process, by session."""

    def __init__(self, *, idle_s: float, now: Callable[[], float] = time.monotonic) -> None:
        self._idle_s, self._now = idle_s, now
        self._kept: dict[str, _Unlocked] = {}
        self._lock = threading.Lock()
        self._sweeper: threading.Thread | None = None

    def keep(self, session: str, key: PersonKey, person: str, folder: CaseFolder) -> None:
        """Keep a key for a session until it is forgotten or idle."""
        with self._lock:
            self._kept[session] = _Unlocked(key, person, folder, self._now())
            if self._sweeper is None:
                self._sweeper = threading.Thread(target=self._sweep_for_ever, daemon=True)
                self._sweeper.start()

    def use(self, session: str, person: str) -> tuple[PersonKey, CaseFolder] | None:
        """Return a session's key if it is this person's; counts as use."""
        self.sweep()
        with self._lock:
            kept = self._kept.get(session)
            if kept is None or kept.person != person:
                return None
            kept.used = self._now()
            return kept.key, kept.folder

    def lend(self, session: str, other: str, person: str) -> bool:
        """Let another sitting of the same person use a session's key, idle times counted apart; tell whether it can."""
        found = self.use(session, person)
        if found is not None:
            self.keep(other, found[0], person, found[1])
        return found is not None

    def holds(self, session: str) -> bool:
        """Tell whether a session has a key; does not count as use."""
        self.sweep()
        with self._lock:
            return session in self._kept

    def forget(self, session: str) -> None:
        """Forget a session's key."""
        with self._lock:
            self._kept.pop(session, None)

    def sweep(self) -> None:
        """Forget every key that was not used for too long."""
        with self._lock:
            old = [id for id, one in self._kept.items() if self._now() - one.used > self._idle_s]
            for id in old:
                del self._kept[id]

    def held(self) -> int:
        """Return how many keys are kept."""
        with self._lock:
            return len(self._kept)

    def _sweep_for_ever(self) -> None:
        while True:
            time.sleep(_SWEPT_EVERY_S)
            self.sweep()


MEMORY = KeyMemory(idle_s=IDLE.total_seconds())


def unlock(request: HttpRequest, passphrase: str) -> None:
    """Unlock the key of whoever is logged in; a wrong passphrase and a missing key are refused alike."""
    folder, reader = folder_of(request), reader_of(request)
    ring = (
        folder.keyring()
        if folder.key
        else Keyring(folder.keyring_path, folder.surroundings, passphrase=passphrase)
    )
    known = {key: subject for key, subject in _subjects(folder).items() if subject == reader.person}
    for name in ring.persons():
        try:
            key = ring.load_person(name)
        except EmbersError:
            continue
        if key.id in known and (sitting := sitting_of(request)):
            own = folder if folder.passphrase or folder.key else replace(folder, passphrase=passphrase)
            MEMORY.keep(sitting, key, reader.person, own)
            return
    raise AccessDenied(
        "key",
        "No key of yours opens with this passphrase on this server.",
        "Check the passphrase. Your key may lie on another computer; then you read here and sign there.",
    )


def signer_of(request: HttpRequest) -> PersonKey | None:
    """Return the unlocked key of whoever asks, or nothing if they only read."""
    found = _unlocked(request)
    return found[0] if found else None


def recorder_of(request: HttpRequest, *, role: str) -> Recorder | None:
    """Return a recorder that signs as whoever asks, or nothing if they only read. Close its journal after use."""
    found = _unlocked(request)
    if found is None:
        return None
    key, folder = found
    return recorder_with(folder, key, role=role)


def recorder_with(folder: CaseFolder, key: PersonKey, *, role: str) -> Recorder:
    """Return a recorder that brings the tables up to date after each act."""
    return Recorder(
        journal=folder.journal(),
        objects=folder.objects(),
        person=key,
        role=role,
        surroundings=folder.surroundings,
        after=folder.projection,
    )


def _unlocked(request: HttpRequest) -> tuple[PersonKey, CaseFolder] | None:
    reader = reader_of(request)
    sitting = sitting_of(request) if reader.person else ""
    if not sitting or reader.person not in policy_of(folder_of(request)).with_key:
        return None
    return MEMORY.use(sitting, reader.person)


def _subjects(folder: CaseFolder) -> dict[str, str]:
    journal = folder.journal(read_only=True)
    try:
        return dict(journal.roster().subjects)
    finally:
        journal.close()


def _forget_at_log_out(request: HttpRequest | None = None, **_: object) -> None:
    if request is not None and request.session.session_key:
        MEMORY.forget(request.session.session_key)


user_logged_out.connect(_forget_at_log_out)
