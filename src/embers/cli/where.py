"""Finds the case a command is about and opens it with the person's settings."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from embers.actions.case_folder import CaseFolder
from embers.actions.recorder import Recorder
from embers.errors import UsageError
from embers.settings import Settings, load
from embers.surroundings import Surroundings

PASSPHRASE = "EMBERS_PASSPHRASE"


@dataclass(frozen=True, slots=True)
class Here:
    """A case folder with the settings that apply to it."""

    folder: CaseFolder
    settings: Settings


def here(path: Path | None = None, *, flags: dict[str, str] | None = None) -> Here:
    """Return the case in ``path``, or in the present folder or the nearest one above it that holds a case."""
    chosen = path.resolve() if path else _nearest(Path.cwd())
    # The passphrase is a secret, not a setting: it is never listed by `embers config show`.
    environment = {name: value for name, value in os.environ.items() if name != PASSPHRASE}
    surroundings = Surroundings()
    settings = load(environment, {**(flags or {}), "case_folder": chosen}, surroundings=surroundings)
    keyring = chosen.parent / "keyring"
    # A demonstration keeps its keys beside its cases, never among a person's own.
    ring = keyring if (keyring / "DEMO").exists() else Path(settings.keyring)
    return Here(CaseFolder(chosen, ring, surroundings), settings)


def _nearest(start: Path) -> Path:
    for folder in (start, *start.parents):
        if (folder / "journal.sqlite3").exists():
            return folder
    raise UsageError(
        "no-case", f"There is no case in {start} or above it.", "Change into a case folder or name one."
    )


def recorder(found: Here, *, role: str) -> Recorder:
    """Return a recorder for the person of this device."""
    ring = found.folder.keyring()
    person = ring.load_person(found.settings.person)
    return Recorder(
        journal=found.folder.journal(),
        objects=found.folder.objects(),
        person=person,
        role=role,
        surroundings=found.folder.surroundings,
    )
