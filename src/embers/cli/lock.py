"""Commands of field mode: ``unlock``, ``lock``, ``panic``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from embers.cli.output import JSON_OPTION, command, emit, say
from embers.cli.where import PASSPHRASE, case_path

if TYPE_CHECKING:
    from embers.custody.field_lock import CaseKey
    from embers.surroundings import Surroundings

FOLDER_ARGUMENT: Any = typer.Argument(None, help="Case folder; the nearest one is taken if left out.")
KEY_FILE_OPTION: Any = typer.Option(None, help="Key file on a removable medium, if the case has one.")


def ask_passphrase(*, new: bool = False) -> str:
    """Return the passphrase from EMBERS_PASSPHRASE, or ask for it without showing it."""
    given = os.environ.get(PASSPHRASE, "")
    if given:
        return given
    asked: str = typer.prompt("Passphrase", hide_input=True, confirmation_prompt=new, err=True)
    return asked


def put_lock(place: Path, surroundings: Surroundings, key_file: Path | None) -> CaseKey:
    """Put a lock with a new passphrase on a new case folder, and return its key."""
    from embers.actions.field_case import start_field_case

    file = key_file.resolve() if key_file else None
    return start_field_case(place, ask_passphrase(new=True), surroundings, key_file=file)


@command
def unlock(
    folder: Path | None = FOLDER_ARGUMENT,
    *,
    minutes: Annotated[
        int | None, typer.Option(min=1, max=240, help="Lock after so many minutes without use.")
    ] = None,
    key_file: Path | None = KEY_FILE_OPTION,
    as_json: bool = JSON_OPTION,
) -> None:
    """Unlock a field case until it is locked, or not used for some minutes. Time asleep counts."""
    from embers.actions.field_case import unlock_case

    path, settings, surroundings = case_path(folder, flags={"key_file": key_file, "lock_minutes": minutes})
    unlock_case(
        path, ask_passphrase(), surroundings, minutes=settings.lock_minutes, key_file=settings.key_file
    )
    if as_json:
        emit({"unlocked": str(path), "minutes": settings.lock_minutes})
    else:
        say(f"Unlocked. It locks after {settings.lock_minutes} minutes without use, or with `embers lock`.")


@command
def lock(folder: Path | None = FOLDER_ARGUMENT, *, as_json: bool = JSON_OPTION) -> None:
    """Lock a field case now: the key is forgotten, and a running `embers serve` ends."""
    from embers.actions.field_case import lock_case

    path, _, surroundings = case_path(folder)
    was_open = lock_case(path, surroundings)
    if as_json:
        emit({"locked": str(path), "was_unlocked": was_open})
    else:
        say("Locked." if was_open else "It was locked already.")


@command
def passphrase(
    folder: Path | None = FOLDER_ARGUMENT,
    *,
    key_file: Path | None = KEY_FILE_OPTION,
    as_json: bool = JSON_OPTION,
) -> None:
    """Give a field case another passphrase; the old one opens nothing any more."""
    from embers.custody.field_lock import change_passphrase

    path, settings, surroundings = case_path(folder, flags={"key_file": key_file})
    old = ask_passphrase()
    new: str = typer.prompt("New passphrase", hide_input=True, confirmation_prompt=True, err=True)
    change_passphrase(path, old, new, surroundings, key_file=settings.key_file)
    if as_json:
        emit({"changed": str(path)})
    else:
        say("Changed. A back-up of lock.json made before still opens with the old passphrase: destroy it.")


@command
def panic(
    folder: Path | None = FOLDER_ARGUMENT,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do it, without another question.")] = False,
    key_file: Path | None = KEY_FILE_OPTION,
    as_json: bool = JSON_OPTION,
) -> None:
    """Destroy the lock of a field case for ever. Needs no passphrase; what was not synced is lost."""
    from embers.actions.field_case import panic as run
    from embers.errors import UsageError

    path, settings, surroundings = case_path(folder, flags={"key_file": key_file})
    if not yes:
        raise UsageError(
            "panic",
            f"Nothing was destroyed. This makes everything in {path} unreadable for ever, for you too.",
            "Call `embers panic --yes` to do it.",
        )
    done = run(path, surroundings, key_file=settings.key_file)
    if as_json:
        emit(done)
        return
    say("The lock is destroyed: nothing in this folder can be opened with a passphrase any more.")
    say("Switch the computer off now. On a solid-state disk a trace of the lock may remain for a laboratory;")
    say("a good passphrase is what protects you then. See docs/how-to/field-laptop.md.")
