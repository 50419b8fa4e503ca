"""Finds the case a command is about and opens it with the person's settings."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from embers.actions.case_folder import DEMO_MARK, CaseFolder
from embers.actions.field_case import field_key
from embers.actions.recorder import Recorder
from embers.custody.field_lock import is_field_case
from embers.errors import UsageError
from embers.settings import (
    ACCOUNTS_FILE,
    FILE_NAME,
    JOURNAL_FILE,
    OBJECTS_FOLDER,
    TABLES_FILE,
    Settings,
    defaults,
    load,
)
from embers.surroundings import Surroundings

PASSPHRASE = "EMBERS_PASSPHRASE"  # noqa: S105 - the name of a variable, not a secret
TOKEN = "EMBERS_SYNC_TOKEN"  # noqa: S105 - the name of a variable, not a secret


@dataclass(frozen=True, slots=True)
class Here:
    """A case folder with the settings that apply to it."""

    folder: CaseFolder
    settings: Settings


def keyring_path(folder: Path, configured: Path | None = None) -> Path:
    """Return the keyring for a case: a demonstration keeps its keys beside its cases, never among a person's own."""
    beside = folder.parent / "keyring"
    if (beside / DEMO_MARK).exists():
        return beside
    return configured or Path(str(defaults()["keyring"]))


def case_path(
    path: Path | None = None, *, flags: Mapping[str, object] | None = None
) -> tuple[Path, Settings, Surroundings]:
    """Return the case folder a command is about and its settings, without opening anything."""
    chosen = path.resolve() if path else _nearest(Path.cwd())
    if chosen.is_file():
        hint = "Give the folder of a case, or make one with `embers init FOLDER`."
        raise UsageError("no-case", f"{chosen} is a file, not the folder of a case.", hint)
    # Secrets are no settings: they are never listed by `embers config show`.
    environment = {name: value for name, value in os.environ.items() if name not in {PASSPHRASE, TOKEN}}
    surroundings = Surroundings()
    settings = load(environment, {**(flags or {}), "case_folder": chosen}, surroundings=surroundings)
    return chosen, settings, surroundings


def here(path: Path | None = None, *, flags: Mapping[str, object] | None = None) -> Here:
    """Return the case in ``path``, or in the present folder or the nearest one above it that holds a case."""
    chosen, settings, surroundings = case_path(path, flags=flags)
    ring = keyring_path(chosen, settings.keyring)
    passphrase = os.environ.get(PASSPHRASE, "")
    key = field_key(chosen, surroundings, passphrase=passphrase, key_file=settings.key_file)
    folder = CaseFolder(
        chosen,
        ring,
        surroundings,
        passphrase,
        key,
        **addresses(settings, encrypted=key is not None),
    )
    return Here(folder, settings)


def addresses(settings: Settings, *, encrypted: bool) -> dict[str, str]:
    """Return what of a case lies on servers, as fields of its folder. Nothing of an encrypted case does."""
    own = {
        "journal": JOURNAL_FILE,
        "objects": OBJECTS_FOLDER,
        "tables": TABLES_FILE,
        "accounts": ACCOUNTS_FILE,
    }
    given = {name: str(getattr(settings, name)) for name in own}
    return {f"{name}_address": "" if encrypted or given[name] == own[name] else given[name] for name in own}


def say_exercise(found: Here) -> None:
    """Say on the error stream that a case is an exercise, so that nothing shown or built from it is taken for real."""
    from embers.projections.view import ProjectedCase
    from embers.reporting.notices import EXERCISE

    view = ProjectedCase(found.folder.projection_to_read())
    if view.subject(view.case).value("case-exercise"):
        sys.stderr.write(f"{EXERCISE}\n")


def _nearest(start: Path) -> Path:
    for folder in (start, *start.parents):
        if (folder / JOURNAL_FILE).exists() or (folder / FILE_NAME).exists() or is_field_case(folder):
            return folder
    raise UsageError(
        "no-case", f"There is no case in {start} or above it.", "Change into a case folder or name one."
    )


def recorder(found: Here, *, role: str) -> Recorder:
    """Return a recorder for the person of this device."""
    found.folder.require()
    ring = found.folder.keyring()
    person = ring.load_person(found.settings.person)
    return Recorder(
        journal=found.folder.journal(),
        objects=found.folder.objects(),
        person=person,
        role=role,
        surroundings=found.folder.surroundings,
    )
